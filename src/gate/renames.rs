//! Which component of the base is called otherwise in the head: moved to another namespace, or given another name.
//!
//! Nothing but the name may have changed that others see: the kind is the same, and so are, but for their namespaces, those
//! who need it and those whom it needs. Who fits several is nobody's.

use crate::facts::{Interaction, Kind, Plane};
use crate::graph::{ComponentId, Graph};
use crate::rules::stable_name;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// The new stable names of components of the base, for those that have one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames(FxHashMap<ComponentId, String>);

/// What others see of a component.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Role<'g> {
    kind: Kind,
    /// Where it has to keep its name or its namespace.
    fixed: &'g str,
    dependents: BTreeSet<(Kind, &'g str)>,
    providers: BTreeSet<(Kind, &'g str)>,
}

impl Renames {
    /// Finds them by comparing the two graphs.
    pub fn between(base: &Graph, head: &Graph) -> Self {
        let names = |graph: &Graph| -> BTreeMap<String, ComponentId> {
            graph.ids().map(|id| (stable_name(graph, id), id)).collect()
        };
        let (old, new) = (names(base), names(head));
        let mut gone: BTreeSet<ComponentId> =
            old.iter().filter(|(name, _)| !new.contains_key(*name)).map(|(_, id)| *id).collect();
        let mut came: BTreeMap<ComponentId, &String> =
            new.iter().filter(|(name, _)| !old.contains_key(*name)).map(|(name, id)| (*id, name)).collect();
        let mut renames = FxHashMap::default();
        // Those that kept their name first: with them, others have the same neighbours.
        for keeps_name in [true, false] {
            let role = |graph, id| role(graph, id, keeps_name);
            let mut places: BTreeMap<Role<'_>, (Vec<ComponentId>, Vec<ComponentId>)> = BTreeMap::new();
            for id in gone.iter().filter(|_| !came.is_empty()) {
                places.entry(role(base, *id)).or_default().0.push(*id);
            }
            for id in came.keys() {
                places.entry(role(head, *id)).or_default().1.push(*id);
            }
            for (role, pair) in places {
                let ([was], [is]) = (&pair.0[..], &pair.1[..]) else { continue };
                let seen = keeps_name || !(role.dependents.is_empty() && role.providers.is_empty());
                if let Some(name) = came.get(is).filter(|_| seen) {
                    renames.insert(*was, (*name).clone());
                    gone.remove(was);
                    came.remove(is);
                }
            }
        }
        Self(renames)
    }

    /// The stable name that a component of the base has in the head.
    pub fn name(&self, base: &Graph, id: ComponentId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| stable_name(base, id))
    }

    /// Whether a component of the base is called otherwise now.
    pub fn has(&self, id: ComponentId) -> bool {
        self.0.contains_key(&id)
    }
}

fn role(graph: &Graph, id: ComponentId, keeps_name: bool) -> Role<'_> {
    let c = graph.component(id);
    let plain = |id| {
        let c = graph.component(id);
        (c.kind, &*c.name)
    };
    let called = |d: &&crate::graph::Dependency| d.plane == Plane::Runtime && d.interaction != Interaction::PlacedOn;
    Role {
        kind: c.kind,
        fixed: if keeps_name { &c.name } else { c.namespace.as_deref().unwrap_or_default() },
        dependents: graph.dependents(id).map(|(_, d)| d).filter(called).map(|d| plain(d.from)).collect(),
        providers: graph.providers(id).map(|(_, d)| d).filter(called).map(|d| plain(d.to)).collect(),
    }
}
