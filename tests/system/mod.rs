//! Small graphs by hand, and the definitions of THEORY 2.0 evaluated naively beside them.

#![expect(dead_code, reason = "each test file uses a part")]

use linchpin::facts::{Criticality, EntryOrigin, Interaction, Kind, Plane};
use linchpin::graph::{
    Component, ComponentId, Dependency, DependencyId, Entry, Graph, Replicas, Requirement, RequirementId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A system under construction. Components come into being when they are named: `zone:a` is a zone, `web` a service.
#[derive(Clone, Debug, Default)]
pub struct System {
    components: BTreeMap<String, Component>,
    needs: Vec<Needs>,
}

#[derive(Clone, Debug)]
struct Needs {
    owner: String,
    need: u32,
    of: Vec<String>,
    edit: Edit,
}

/// What is special about a dependency.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    pub soft: bool,
    pub plane: Option<Plane>,
    pub interaction: Option<Interaction>,
    pub fallback: Option<String>,
    pub share: Option<f64>,
    pub buffer_ms: Option<f64>,
}

impl System {
    /// The owner needs each of these.
    pub fn needs(self, owner: &str, providers: &[&str]) -> Self {
        providers.iter().fold(self, |system, p| system.with(owner, p, Edit::default()))
    }

    /// The owner degrades without the provider.
    pub fn soft(self, owner: &str, provider: &str) -> Self {
        self.with(owner, provider, Edit { soft: true, ..Edit::default() })
    }

    /// The owner needs one provider in a special way.
    pub fn with(self, owner: &str, provider: &str, edit: Edit) -> Self {
        self.of(owner, 1, &[provider], edit)
    }

    /// The owner needs `need` of these.
    pub fn group(self, owner: &str, need: u32, of: &[&str]) -> Self {
        self.of(owner, need, of, Edit::default())
    }

    /// The owner needs `need` of these in a special way.
    pub fn of(mut self, owner: &str, need: u32, of: &[&str], edit: Edit) -> Self {
        std::iter::once(owner).chain(of.iter().copied()).for_each(|name| {
            self.component(name);
        });
        if let Some(fallback) = edit.fallback.clone() {
            self.component(&fallback);
        }
        let of = of.iter().map(|&n| n.to_owned()).collect();
        self.needs.push(Needs { owner: owner.to_owned(), need, of, edit });
        self
    }

    /// Users come in here.
    pub fn entry(mut self, name: &str, weight: f64) -> Self {
        self.component(name).entry = Some(Entry { weight, weighted: true, origin: EntryOrigin::Declared });
        self
    }

    /// It has instances.
    pub fn replicas(mut self, name: &str, count: u32, need: u32) -> Self {
        self.component(name).replicas = Some(Replicas { count, need, explicit: true, varies: false });
        self
    }

    /// It is switched off.
    pub fn off(mut self, name: &str) -> Self {
        self.component(name).off = true;
        self
    }

    fn component(&mut self, name: &str) -> &mut Component {
        let (kind, bare) = match name.split_once(':') {
            Some((kind, bare)) => (Kind::from_word(kind).expect("a kind"), bare),
            None => (Kind::Service, name),
        };
        let id = format!("{kind}:{bare}");
        self.components.entry(id.clone()).or_insert_with(|| Component::bare(id, kind, bare))
    }

    /// The frozen graph.
    pub fn build(&self) -> Graph {
        let id = |name: &str| {
            let full = if name.contains(':') { name.to_owned() } else { format!("service:{name}") };
            let at = self.components.keys().position(|k| *k == full).expect("a component");
            ComponentId(u32::try_from(at).expect("few"))
        };
        let mut dependencies = Vec::new();
        let mut requirements: Vec<Requirement> = Vec::new();
        for needs in &self.needs {
            let requirement = (needs.of.len() > 1).then(|| {
                let number = u32::try_from(requirements.len()).expect("few");
                let id: Arc<str> = format!("group {number}").into();
                requirements.push(Requirement { of: ComponentId(0), id, need: needs.need, members: Vec::new() });
                RequirementId(number)
            });
            let from = id(&needs.owner);
            for to in needs.of.iter().map(|n| id(n)) {
                let kind = self.components.values().nth(to.0 as usize).expect("a component").kind;
                let placed = matches!(kind, Kind::Node | Kind::Zone | Kind::Region);
                let default = if placed { Interaction::PlacedOn } else { Interaction::Sync };
                dependencies.push(Dependency {
                    criticality: if needs.edit.soft { Criticality::Soft } else { Criticality::Hard },
                    plane: needs.edit.plane.unwrap_or(Plane::Runtime),
                    requirement,
                    share: needs.edit.share,
                    fallback: needs.edit.fallback.as_deref().map(id),
                    buffer_ms: needs.edit.buffer_ms,
                    ..Dependency::bare(from, to, needs.edit.interaction.unwrap_or(default))
                });
            }
            if let Some(r) = requirement {
                requirements[r.0 as usize].of = from;
            }
        }
        dependencies.sort_by_key(|d| (d.from, d.to, d.plane, d.interaction, d.requirement));
        for (i, dependency) in (0u32..).zip(&dependencies) {
            if let Some(r) = dependency.requirement {
                requirements[r.0 as usize].members.push(DependencyId(i));
            }
        }
        Graph::freeze(self.components.values().cloned().collect(), dependencies, requirements)
    }
}

/// A component by its name: `web`, `zone:a`.
pub fn id(graph: &Graph, name: &str) -> ComponentId {
    graph.find(&if name.contains(':') { name.to_owned() } else { format!("service:{name}") }).expect("a component")
}

/// The names of components, as [`System`] takes them.
pub fn names<'g>(graph: &'g Graph, ids: impl IntoIterator<Item = &'g ComponentId>) -> Vec<&'g str> {
    ids.into_iter().map(|&c| graph.component(c).id.strip_prefix("service:").unwrap_or(&graph.component(c).id)).collect()
}

/// All that fails when these fail, by repeated application of the definition: slow, and written without a look at the
/// engine.
pub fn failed(graph: &Graph, hit: &[ComponentId]) -> BTreeSet<ComponentId> {
    let mut failed: BTreeSet<ComponentId> = hit.iter().copied().filter(|&c| !graph.component(c).off).collect();
    loop {
        let before = failed.len();
        for v in graph.ids().filter(|&v| !graph.component(v).off) {
            let singles =
                graph.providers(v).filter(|(_, d)| d.requirement.is_none() && works(graph, d)).map(|(_, d)| d);
            let mut falls = singles.filter(|d| d.criticality == Criticality::Hard).any(|d| lost(graph, d, &failed));
            for requirement in graph.requirements.iter().filter(|r| r.of == v) {
                let of = requirement.members.iter().map(|&m| graph.dependency(m)).filter(|d| works(graph, d));
                let of: Vec<&Dependency> = of.collect();
                let hard = of.iter().any(|d| d.criticality == Criticality::Hard);
                let left = of.iter().filter(|d| !lost(graph, d, &failed)).count();
                let need = (requirement.need.max(1) as usize).min(of.len());
                falls |= hard && left < need;
            }
            if falls {
                failed.insert(v);
            }
        }
        if failed.len() == before {
            return failed;
        }
    }
}

fn works(graph: &Graph, d: &Dependency) -> bool {
    let (from, to) = (graph.component(d.from), graph.component(d.to));
    let carries = !matches!(d.interaction, Interaction::Observe | Interaction::Recover);
    d.plane == Plane::Runtime && carries && !from.off && !to.off
}

fn lost(graph: &Graph, d: &Dependency, failed: &BTreeSet<ComponentId>) -> bool {
    let fallback = d.fallback.filter(|&f| f != d.from && f != d.to && !graph.component(f).off);
    failed.contains(&d.to) && fallback.is_none_or(|f| failed.contains(&f))
}

/// The minimal sets of at most `max` components that fail a target, by trying all.
pub fn minimal_cuts(graph: &Graph, target: ComponentId, max: usize) -> BTreeSet<Vec<ComponentId>> {
    let events: Vec<ComponentId> = graph.ids().filter(|&c| !graph.component(c).off).collect();
    let mut found: BTreeSet<Vec<ComponentId>> = BTreeSet::new();
    for size in 1..=max {
        for set in subsets(&events, size) {
            let minimal = !found.iter().any(|cut| cut.iter().all(|c| set.contains(c)));
            if minimal && failed(graph, &set).contains(&target) {
                found.insert(set);
            }
        }
    }
    found
}

fn subsets(of: &[ComponentId], size: usize) -> Vec<Vec<ComponentId>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    (0..of.len())
        .flat_map(|i| {
            subsets(&of[i + 1..], size - 1).into_iter().map(move |mut rest| {
                rest.insert(0, of[i]);
                rest
            })
        })
        .collect()
}
