use super::Cycle;
use super::fault_model::{FaultModel, carries_outage};
use crate::facts::{Criticality, Interaction, Plane};
use crate::graph::algo::{Csr, FaultGraph, Group, cold_start, components, shortest_cycle};
use crate::graph::{ComponentId, Dependency, Graph};
use std::collections::BTreeMap;

/// Loops of dependencies at run time, fallbacks included, and loops of start order; by members.
///
/// A loop of start order cannot come up at all. One at run time cannot if its members wait for each other over hard
/// requirements; what they need from outside the loop is taken to be up.
pub(super) fn cycles(graph: &Graph, model: &FaultModel) -> Vec<Cycle> {
    let runtime = loops(graph, |d| carries_outage(graph, d));
    let waiting = deadlocked(model.hard());
    let mut found: BTreeMap<Vec<ComponentId>, Cycle> = BTreeMap::new();
    for (members, witness) in runtime {
        let deadlocked = members.iter().copied().filter(|m| waiting.binary_search(&m.0).is_ok()).collect();
        found.insert(members.clone(), Cycle { members, witness, deadlocked });
    }
    let starts = |d: &Dependency| {
        let off = graph.component(d.from).off || graph.component(d.to).off;
        d.plane == Plane::Startup && d.interaction == Interaction::Startup && d.criticality == Criticality::Hard && !off
    };
    for (members, witness) in loops(graph, starts) {
        let cycle = Cycle { deadlocked: members.clone(), members: members.clone(), witness };
        found.entry(members).and_modify(|c| c.deadlocked = c.members.clone()).or_insert(cycle);
    }
    found.into_values().collect()
}

/// Strongly connected components of more than one member, or with an edge to themselves: members by id, and a shortest
/// cycle through the first.
fn loops(graph: &Graph, among: impl Fn(&Dependency) -> bool) -> Vec<(Vec<ComponentId>, Vec<ComponentId>)> {
    let chosen = graph.dependencies.iter().filter(|d| among(d));
    let mut edges: Vec<(u32, u32)> =
        chosen.flat_map(|d| [Some(d.to), d.fallback].into_iter().flatten().map(|to| (d.from.0, to.0))).collect();
    edges.retain(|(_, to)| graph.components.get(*to as usize).is_some_and(|c| !c.off));
    edges.sort_unstable();
    edges.dedup();
    let edges = Csr::from_pairs(graph.components.len(), edges.into_iter());
    let sccs = components(&edges);
    let ids = |nodes: &[u32]| nodes.iter().map(|&v| ComponentId(v)).collect::<Vec<_>>();
    let mut loops = Vec::new();
    for scc in 0..u32::try_from(sccs.members.rows()).unwrap_or(u32::MAX) {
        let members = sccs.members.row(scc);
        if let [first, rest @ ..] = members
            && (!rest.is_empty() || edges.row(*first).contains(first))
        {
            loops.push((ids(members), ids(&shortest_cycle(&edges, *first, |v| sccs.of[v as usize] == scc))));
        }
    }
    loops
}

/// Who cannot come up although everything outside its own loop is up; sorted.
fn deadlocked(hard: &FaultGraph) -> Vec<u32> {
    let edges = hard.groups().flat_map(|g| hard.members(g).iter().map(move |&m| (hard.owner(g), m)));
    let sccs = components(&Csr::from_pairs(hard.nodes() as usize, edges));
    let inside = hard.groups().map(|g| {
        let owner = hard.owner(g);
        let members = hard.labelled(g).filter(|m| sccs.of[m.node as usize] == sccs.of[owner as usize]).collect();
        Group { owner, threshold: hard.threshold(g), members }
    });
    cold_start(&FaultGraph::new(hard.nodes(), inside.collect()))
}
