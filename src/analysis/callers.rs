use crate::facts::Plane;
use crate::graph::algo::{FaultGraph, Group, LANES, Member, Plan, Solver, in_parallel};
use crate::graph::{ComponentId, Graph};

/// The entries whose requests come to some component of each set, by id; an entry's own come to it.
///
/// Dependencies are followed from callers to callees, for 512 entries at a time: O(entries/512 · dependencies), whatever
/// the number of sets, and O(members) for each of them.
pub fn entries_calling<S: AsRef<[ComponentId]> + Sync>(graph: &Graph, sets: &[S]) -> Vec<Vec<ComponentId>> {
    if sets.is_empty() {
        return Vec::new();
    }
    let calls = graph.dependencies.iter().filter(|d| d.plane == Plane::Runtime).map(|d| {
        let caller = Member { node: d.from.0, label: 0 };
        Group { owner: d.to.0, threshold: 1, members: vec![caller] }
    });
    let nodes = u32::try_from(graph.components.len()).unwrap_or(u32::MAX);
    let plan = Plan::new(&FaultGraph::new(nodes, calls.collect()));
    let places = |set: &S| set.as_ref().iter().map(|c| plan.at(c.0)).collect::<Vec<u32>>();
    let places: Vec<Vec<u32>> = sets.iter().map(places).collect();
    let entries: Vec<ComponentId> = graph.entries().map(|(id, _)| id).collect();
    let blocks: Vec<&[ComponentId]> = entries.chunks(LANES).collect();
    let found = in_parallel(
        blocks.len(),
        || Solver::new(&plan),
        |solver, block| {
            let entries = blocks[block];
            solver.solve(entries.iter().map(|e| plan.at(e.0)).zip(0..));
            places.iter().map(|set| solver.at_least(1, set)).collect::<Vec<_>>()
        },
    );
    let mut calling = vec![Vec::new(); sets.len()];
    for (entries, of_sets) in blocks.iter().zip(found) {
        for (calling, lanes) in calling.iter_mut().zip(of_sets) {
            calling.extend(lanes.iter().map(|lane| entries[lane]));
        }
    }
    calling
}
