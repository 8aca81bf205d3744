use super::Single;
use super::engine::Engine;
use super::fault_model::FaultModel;
use super::share::used;
use crate::graph::algo::{FaultGraph, Group, LANES, Member, Part, Plan, Solver, in_parallel};
use crate::graph::{ComponentId, Dependency, DependencyId, Graph};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What each component takes down alone in a graph, kept so that the same for a slightly different graph costs only
/// what the difference reaches.
///
/// Why that is enough: let F be what fails from a component in the old graph. If no requirement that went and none that
/// came has fallen under F, F is a fixpoint of both graphs, and by the same argument the other way round it is the
/// least one of both. So only components that bring down, in the old graph, something that went or came are asked
/// again.
pub struct Baseline<'g> {
    pub(super) engine: Engine<'g>,
    pub(super) singles: Vec<Single>,
}

impl<'g> Baseline<'g> {
    /// Everything, from nothing.
    pub fn new(graph: &'g Graph) -> Self {
        let engine = Engine::new(graph);
        let singles = engine.singles();
        Self { engine, singles }
    }

    /// The graph.
    pub fn graph(&self) -> &'g Graph {
        self.engine.graph
    }

    /// What each component that can fail takes down alone, by id.
    pub fn singles(&self) -> &[Single] {
        &self.singles
    }

    /// Equal to [`Baseline::new`] of the other graph, at the cost of reading both graphs once and solving what the
    /// difference reaches. Components are the same if their ids are.
    pub fn update<'n>(&self, graph: &'n Graph) -> Baseline<'n> {
        let engine = Engine::new(graph);
        let same = Same::new(&self.engine, &engine);
        let known = if engine.shares == self.engine.shares { self.unaffected(&engine, &same) } else { Vec::new() };
        let mut asked: Vec<ComponentId> = graph.ids().filter(|c| engine.event(c.0).is_some()).collect();
        asked.retain(|c| known.binary_search_by_key(c, |s| s.component).is_err());
        let mut singles = engine.singles_of(&asked);
        singles.extend(known);
        singles.sort_unstable_by_key(|s| s.component);
        Baseline { engine, singles }
    }

    /// The answers that hold in the other graph too, in its terms, by id.
    fn unaffected(&self, new: &Engine<'_>, same: &Same) -> Vec<Single> {
        let affected = self.affected(&same.differences(&self.engine, new));
        // Where an entry stands in the new list, if it weighs the same there.
        let weighs = |&(old, weight): &(ComponentId, f64)| {
            let entry = same.component(old)?;
            let at = new.entries.binary_search_by_key(&entry, |(id, _)| *id).ok()?;
            u32::try_from(at).ok().filter(|_| new.entries.get(at).is_some_and(|(_, w)| *w == weight))
        };
        let entries: Vec<Option<u32>> = self.engine.entries.iter().map(weighs).collect();
        let as_before = entries.iter().zip(0u32..).all(|(now, old)| *now == Some(old));
        let list = |old: &Arc<[u32]>| match as_before {
            true => Some(old.clone()),
            false => old.iter().map(|&e| entries.get(e as usize).copied().flatten()).collect(),
        };
        let carried = |single: &Single| {
            let component = same.component(single.component).filter(|c| new.event(c.0).is_some())?;
            Some(Single {
                component,
                failed: single.failed,
                entries: list(&single.entries)?,
                shares: single.shares.clone(),
                path: single.path.iter().map(|&c| same.component(c)).collect::<Option<_>>()?,
                edges: single.edges.iter().map(|&d| same.dependency(d)).collect::<Option<_>>()?,
            })
        };
        let kept = self.singles.iter().filter(|s| affected.binary_search(&s.component).is_err());
        kept.filter_map(carried).collect()
    }

    /// The components that bring one of some groups down alone, by id.
    fn affected(&self, groups: &[Group]) -> Vec<ComponentId> {
        let (part, watch) = Part::upstream(self.engine.model.hard(), groups);
        let plan = Plan::new(&part.graph);
        let watch = plan.at(watch);
        let blocks = (plan.len() as usize).div_ceil(LANES);
        let found = in_parallel(
            blocks,
            || Solver::new(&plan),
            |solver, block| {
                let first = u32::try_from(block * LANES).unwrap_or(u32::MAX);
                solver.solve((first..plan.len()).take(LANES).zip(0..));
                let falls = solver.failed(watch).iter().filter_map(|lane| Some(first + u32::try_from(lane).ok()?));
                let nodes = falls.flat_map(|at| plan.nodes.row(at).to_vec()).filter_map(|v| part.global(v));
                nodes.filter_map(|v| self.engine.event(v)).collect::<Vec<_>>()
            },
        );
        let mut components: Vec<ComponentId> = found.into_iter().flatten().collect();
        components.sort_unstable();
        components
    }
}

const NONE: u32 = u32::MAX;

/// Which component, dependency and node of an old graph is which of a new one. Order is kept, so that whatever is
/// sorted in the one is sorted in the other.
struct Same {
    /// By node; components come first.
    nodes: Vec<u32>,
    dependencies: Vec<u32>,
}

impl Same {
    fn new(old: &Engine<'_>, new: &Engine<'_>) -> Self {
        let mut same = Self { nodes: components(old.graph, new.graph), dependencies: Vec::new() };
        same.dependencies = same.pair_dependencies(old.graph, new.graph);
        // A node for a provider with its fallback is known by the dependency that it stands for.
        let slots = |engine: &Engine<'_>| -> Vec<(u32, u32)> {
            let hard = engine.model.hard();
            let first = u32::try_from(engine.graph.components.len()).unwrap_or(u32::MAX);
            let label = |v| hard.groups_of(v).flat_map(|g| hard.labelled(g)).map(|m| m.label).next();
            (first..hard.nodes()).filter_map(|v| Some((label(v)?, v))).collect()
        };
        let mut known = slots(new);
        known.sort_unstable();
        for (label, _) in slots(old) {
            let new = FaultModel::dependency(label).and_then(|d| same.dependency(d));
            let slot = new.and_then(|d| known.binary_search_by_key(&d.0, |(label, _)| *label).ok());
            same.nodes.push(slot.map_or(NONE, |at| known[at].1));
        }
        same
    }

    fn component(&self, old: ComponentId) -> Option<ComponentId> {
        self.node(old.0).map(ComponentId)
    }

    fn dependency(&self, old: DependencyId) -> Option<DependencyId> {
        self.dependencies.get(old.0 as usize).copied().filter(|&d| d != NONE).map(DependencyId)
    }

    fn node(&self, old: u32) -> Option<u32> {
        self.nodes.get(old as usize).copied().filter(|&v| v != NONE)
    }

    /// Dependencies are the same if their ends, plane, interaction and the name of their requirement are.
    fn pair_dependencies(&self, old: &Graph, new: &Graph) -> Vec<u32> {
        let mut pairs = vec![NONE; old.dependencies.len()];
        for from in old.ids() {
            let Some(now) = self.component(from) else { continue };
            let mut candidates = new.providers(now).peekable();
            for (id, d) in old.providers(from) {
                let Some(to) = self.component(d.to) else { continue };
                // What stands before it in the new order has no counterpart.
                while candidates.next_if(|(_, c)| (c.to, c.plane) < (to, d.plane)).is_some() {}
                let alike = |c: &Dependency| {
                    (c.to, c.plane, c.interaction) == (to, d.plane, d.interaction) && name(new, c) == name(old, d)
                };
                if let Some((other, _)) = candidates.next_if(|(_, c)| alike(c)) {
                    pairs[id.0 as usize] = other.0;
                }
            }
        }
        pairs
    }

    /// The groups that are in one of the graphs only, or whose members' shares differ, with the members that the old
    /// graph has, in its terms.
    fn differences(&self, old: &Engine<'_>, new: &Engine<'_>) -> Vec<Group> {
        let (before, after) = (old.model.hard(), new.model.hard());
        let mut back = vec![NONE; after.nodes() as usize];
        for (v, &now) in (0u32..).zip(&self.nodes).filter(|&(_, &now)| now != NONE) {
            back[now as usize] = v;
        }
        let mut different = Vec::new();
        let listed = |graph: &FaultGraph, g: u32| Group {
            owner: graph.owner(g),
            threshold: graph.threshold(g),
            members: graph.labelled(g).collect(),
        };
        for (v, &now) in (0u32..).zip(&self.nodes) {
            let now = if now == NONE { 0..0 } else { after.groups_of(now) };
            let then = before.groups_of(v);
            if then.len() == now.len() && then.clone().zip(now.clone()).all(|(g, h)| self.equal(old, new, g, h)) {
                continue;
            }
            let kept: BTreeSet<u32> =
                then.clone().filter(|&g| now.clone().any(|h| self.equal(old, new, g, h))).collect();
            let came = now.filter(|&h| !then.clone().any(|g| self.equal(old, new, g, h)));
            let came = came.map(|h| listed(after, h)).map(|g| translated(g, &back));
            different.extend(then.clone().filter(|g| !kept.contains(g)).map(|g| listed(before, g)));
            different.extend(came);
        }
        // Where users come in only now is news for whatever takes it down.
        let entries = new.entries.iter().filter_map(|(now, _)| back.get(now.0 as usize)).filter(|&&v| v != NONE);
        let doors = entries.filter(|&&v| old.entries.binary_search_by_key(&v, |(id, _)| id.0).is_err());
        let door = |&v: &u32| Group { owner: v, threshold: 1, members: vec![Member { node: v, label: 0 }] };
        different.extend(doors.map(door));
        let fresh = (0..after.nodes()).filter(|&v| back[v as usize] == NONE);
        different.extend(fresh.flat_map(|v| after.groups_of(v)).map(|h| translated(listed(after, h), &back)));
        different
    }

    /// Whether two groups say the same of the same members.
    fn equal(&self, old: &Engine<'_>, new: &Engine<'_>, g: u32, h: u32) -> bool {
        let (before, after) = (old.model.hard(), new.model.hard());
        let alike = |(a, b): (Member, Member)| {
            let (from, to) = (FaultModel::dependency(a.label), FaultModel::dependency(b.label));
            let share = |graph: &Graph, d: Option<DependencyId>| d.map(|d| used(graph.dependency(d).share));
            self.node(a.node) == Some(b.node)
                && from.map(|d| self.dependency(d)) == to.map(Some)
                && share(old.graph, from) == share(new.graph, to)
        };
        before.threshold(g) == after.threshold(h)
            && before.members(g).len() == after.members(h).len()
            && before.labelled(g).zip(after.labelled(h)).all(alike)
    }
}

/// Which component of the new graph has the id of each of the old one.
fn components(old: &Graph, new: &Graph) -> Vec<u32> {
    let mut candidates = (0u32..).zip(&new.components).peekable();
    let same = |c: &crate::graph::Component| {
        while candidates.next_if(|(_, n)| n.id < c.id).is_some() {}
        candidates.next_if(|(_, n)| n.id == c.id).map_or(NONE, |(at, _)| at)
    };
    old.components.iter().map(same).collect()
}

fn name<'g>(graph: &'g Graph, d: &Dependency) -> Option<&'g str> {
    d.requirement.map(|r| &*graph.requirement(r).id)
}

/// A group with the numbers of its members put back; those that were not there never failed.
fn translated(group: Group, back: &[u32]) -> Group {
    let known = group.members.into_iter().map(|m| Member { node: back[m.node as usize], ..m });
    Group { members: known.filter(|m| m.node != NONE).collect(), ..group }
}
