use crate::graph::build::{COUNTED, assumptions};
use crate::graph::{
    Assumption, Component, ComponentId, Dependency, DependencyId, Graph, Match, Requirement, RequirementId, Unresolved,
};
use std::sync::Arc;

/// A graph that can be changed: numbers of components, dependencies and requirements stay what they were, new ones are
/// added behind, and what is taken out only goes when the graph is frozen again.
pub(super) struct Draft<'g> {
    old: &'g Graph,
    pub(super) components: Vec<Component>,
    pub(super) dependencies: Vec<Dependency>,
    /// By number: whose, name and how many must work. Members are the dependencies that name it.
    pub(super) requirements: Vec<Requirement>,
    gone: Vec<bool>,
    cut: Vec<bool>,
}

impl<'g> Draft<'g> {
    pub(super) fn of(graph: &'g Graph) -> Self {
        Self {
            components: graph.components.clone(),
            dependencies: graph.dependencies.clone(),
            requirements: graph.requirements.clone(),
            gone: vec![false; graph.components.len()],
            cut: vec![false; graph.dependencies.len()],
            old: graph,
        }
    }

    pub(super) fn add(&mut self, component: Component) -> ComponentId {
        self.components.push(component);
        self.gone.push(false);
        ComponentId(number(self.components.len() - 1))
    }

    pub(super) fn depend(&mut self, dependency: Dependency) {
        self.dependencies.push(dependency);
        self.cut.push(false);
    }

    pub(super) fn require(&mut self, of: ComponentId, id: &str, need: u32) -> RequirementId {
        self.requirements.push(Requirement { of, id: id.into(), need, members: Vec::new() });
        RequirementId(number(self.requirements.len() - 1))
    }

    /// Takes a component out, with all that it needs and all that needs it.
    pub(super) fn remove(&mut self, component: ComponentId) {
        self.gone[component.0 as usize] = true;
    }

    /// Takes out the dependencies for which something holds; how many there were.
    pub(super) fn cut(&mut self, which: impl Fn(&Dependency) -> bool) -> usize {
        let mut found = 0;
        for (cut, dependency) in self.cut.iter_mut().zip(&self.dependencies) {
            if !*cut && which(dependency) {
                (*cut, found) = (true, found + 1);
            }
        }
        found
    }

    /// Numbers of the dependencies for which something holds and that are not taken out.
    pub(super) fn which(&self, holds: impl Fn(&Dependency) -> bool) -> Vec<usize> {
        let all = self.dependencies.iter().zip(&self.cut).enumerate();
        all.filter(|(_, (d, cut))| !**cut && holds(d)).map(|(i, _)| i).collect()
    }

    /// An id that no component has: `id` itself, or with a number behind it.
    pub(super) fn free(&self, id: &str) -> Arc<str> {
        let taken = |id: &str| self.components.iter().any(|c| *c.id == *id);
        let numbered = |n: u32| if n == 1 { id.to_owned() } else { format!("{id}-{n}") };
        (1..=u32::MAX).map(numbered).find(|id| !taken(id)).unwrap_or_default().into()
    }

    /// The graph again, in its order. What stays keeps its order, so that the same change gives the same graph.
    pub(super) fn freeze(self, changes: impl Iterator<Item = Arc<str>>) -> Graph {
        let mut order: Vec<usize> = (0..self.components.len()).filter(|&i| !self.gone[i]).collect();
        order.sort_by(|&a, &b| self.components[a].id.cmp(&self.components[b].id));
        let mut place: Vec<Option<ComponentId>> = vec![None; self.components.len()];
        for (new, &old) in (0u32..).zip(&order) {
            place[old] = Some(ComponentId(new));
        }
        let at = |id: ComponentId| place.get(id.0 as usize).copied().flatten();
        let mut dependencies: Vec<Dependency> = Vec::with_capacity(self.dependencies.len());
        for (mut dependency, cut) in self.dependencies.into_iter().zip(self.cut) {
            let (Some(from), Some(to), false) = (at(dependency.from), at(dependency.to), cut) else { continue };
            (dependency.from, dependency.to) = (from, to);
            dependency.fallback = dependency.fallback.and_then(at);
            if let Some(observed) = &mut dependency.observed {
                let parallel = std::mem::take(&mut observed.parallel).into_iter();
                observed.parallel = parallel.filter_map(|(id, times)| Some((at(id)?, times))).collect();
                observed.parallel.sort_unstable();
            }
            dependencies.push(dependency);
        }
        dependencies.sort_by_key(|d| (d.from, d.to, d.plane));
        let requirements = requirements(self.requirements, &mut dependencies, at);
        let mut components: Vec<Option<Component>> = self.components.into_iter().map(Some).collect();
        let components = order.into_iter().filter_map(|old| components[old].take()).collect();
        let mut graph = Graph::freeze(components, dependencies, requirements);
        let (unresolved, matches) = (self.old.unresolved.iter().cloned(), self.old.matches.iter().cloned());
        graph.unresolved = unresolved.filter_map(|u| Some(Unresolved { from: at(u.from)?, ..u })).collect();
        graph.matches = matches.filter_map(|m| Some(Match { component: at(m.component)?, ..m })).collect();
        (graph.notes, graph.changes) = (self.old.notes.clone(), self.old.changes.clone());
        graph.changes.extend(changes);
        graph.assumptions = assumptions(&graph);
        let again = |a: &&Assumption| !COUNTED.contains(&&*a.id);
        graph.assumptions.extend(self.old.assumptions.iter().filter(again).cloned());
        graph
    }
}

/// The requirements that still have members, sorted and numbered anew. What is left of one with a single member is a
/// plain dependency.
fn requirements(
    old: Vec<Requirement>,
    dependencies: &mut [Dependency],
    at: impl Fn(ComponentId) -> Option<ComponentId>,
) -> Vec<Requirement> {
    let mut members: Vec<Vec<DependencyId>> = vec![Vec::new(); old.len()];
    for (i, dependency) in (0u32..).zip(dependencies.iter_mut()) {
        if let Some(requirement) = dependency.requirement.take() {
            members[requirement.0 as usize].push(DependencyId(i));
        }
    }
    let kept = old.into_iter().zip(members).filter(|(_, members)| members.len() > 1);
    let mut kept: Vec<Requirement> =
        kept.filter_map(|(r, members)| Some(Requirement { of: at(r.of)?, members, ..r })).collect();
    kept.sort_by(|a, b| (a.of, &a.id).cmp(&(b.of, &b.id)));
    for (i, requirement) in (0u32..).zip(&kept) {
        for member in &requirement.members {
            dependencies[member.0 as usize].requirement = Some(RequirementId(i));
        }
    }
    kept
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
