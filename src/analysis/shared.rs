use super::Shared;
use super::Single;
use super::engine::Engine;
use super::fault_model::carries_outage;
use crate::graph::ComponentId;
use crate::graph::algo::{FaultGraph, Group, LANES, Lanes, Member, Plan, Solver, in_parallel};
use std::sync::atomic::{AtomicU32, Ordering};

/// Components that couples others: at least two that do not depend on one another rely on each (THEORY 2.3), those of
/// the heaviest entries first.
///
/// Members of one redundancy group that share something are no row here but an illusion.
pub(super) fn shared(engine: &Engine<'_>, singles: &[Single]) -> Vec<Shared> {
    let dependents = dependents(engine);
    let mut found: Vec<(f64, Shared)> = Vec::new();
    for (component, dependents) in unordered(engine, dependents) {
        if dependents.len() < 2 || one_group(engine, &dependents) {
            continue;
        }
        let single = singles.binary_search_by_key(&component, |s| s.component).ok().and_then(|at| singles.get(at));
        let hit = single.map_or(&[][..], |s| &s.entries);
        let weight = hit.iter().map(|&e| engine.entries[e as usize].1).sum();
        found.push((weight, Shared { component, dependents, entries: engine.entry_ids(hit) }));
    }
    found.sort_by(|(a_weight, a), (b_weight, b)| {
        let more = b.dependents.len().cmp(&a.dependents.len());
        b_weight.total_cmp(a_weight).then(more).then(a.component.cmp(&b.component))
    });
    found.into_iter().map(|(_, shared)| shared).collect()
}

/// Who relies on each component directly, by id, where there are several.
fn dependents(engine: &Engine<'_>) -> Vec<(ComponentId, Vec<ComponentId>)> {
    let of = |component| {
        let carrying = engine.graph.dependents(component).filter(|(_, d)| carries_outage(engine.graph, d));
        let mut dependents: Vec<ComponentId> = carrying.map(|(_, d)| d.from).filter(|&d| d != component).collect();
        dependents.sort_unstable();
        dependents.dedup();
        (component, dependents)
    };
    engine.graph.ids().map(of).filter(|(_, dependents)| dependents.len() > 1).collect()
}

/// Of the dependents of each component those that are not ordered, by any way of dependencies, with at least one other.
fn unordered(
    engine: &Engine<'_>,
    mut rows: Vec<(ComponentId, Vec<ComponentId>)>,
) -> Vec<(ComponentId, Vec<ComponentId>)> {
    let plan = Plan::new(&any_way(engine));
    let at = |c: ComponentId| plan.at(c.0);
    let blocks = (plan.len() as usize).div_ceil(LANES);
    // With how many others each dependent of each row is ordered: counted from both sides of each ordered pair, and
    // never listed, because there may be as many pairs as half the square of the dependents.
    let zeros =
        |(_, dependents): &(ComponentId, Vec<ComponentId>)| dependents.iter().map(|_| AtomicU32::new(0)).collect();
    let partners: Vec<Vec<AtomicU32>> = rows.iter().map(zeros).collect();
    let count = |row: usize, dependent: usize| partners[row][dependent].fetch_add(1, Ordering::Relaxed);
    in_parallel(
        blocks,
        || Solver::new(&plan),
        |solver, block| {
            let start = u32::try_from(block * LANES).unwrap_or(u32::MAX);
            let range = start..plan.len().min(start.saturating_add(u32::try_from(LANES).unwrap_or(0)));
            solver.solve(range.clone().zip(0..));
            for (r, (_, dependents)) in rows.iter().enumerate() {
                let here = dependents.iter().enumerate().filter(|(_, d)| range.contains(&at(**d)));
                let mut lane_of: Vec<(usize, usize)> = here.map(|(i, &d)| ((at(d) - start) as usize, i)).collect();
                if lane_of.is_empty() {
                    continue;
                }
                lane_of.sort_unstable();
                let lanes = lane_of.iter().fold(Lanes::NONE, |all, (lane, _)| all | Lanes::one(*lane));
                for (i, &dependent) in dependents.iter().enumerate() {
                    for lane in (solver.failed(at(dependent)) & lanes).iter() {
                        let provider = lane_of.partition_point(|(l, _)| *l < lane);
                        for &(_, j) in
                            lane_of[provider..].iter().take_while(|(l, _)| *l == lane).filter(|(_, j)| *j != i)
                        {
                            count(r, i);
                            if at(dependents[j]) != at(dependent) {
                                count(r, j);
                            }
                        }
                    }
                }
            }
        },
    );
    for ((_, dependents), partners) in rows.iter_mut().zip(partners) {
        let others = dependents.len() - 1;
        let mut partners = partners.into_iter().map(AtomicU32::into_inner);
        dependents.retain(|_| partners.next().is_some_and(|p| (p as usize) < others));
    }
    rows
}

/// Dependence by any way, hard or soft: a fault graph in which every member suffices.
fn any_way(engine: &Engine<'_>) -> FaultGraph {
    let graph = engine.graph;
    let carrying = (0u32..).zip(&graph.dependencies).filter(|(_, d)| carries_outage(graph, d));
    let groups = carrying.map(|(label, d)| {
        let members = vec![Member { node: d.to.0, label }];
        Group { owner: d.from.0, threshold: 1, members }
    });
    FaultGraph::new(u32::try_from(graph.components.len()).unwrap_or(u32::MAX), groups.collect())
}

/// Whether one redundancy group holds all of these.
fn one_group(engine: &Engine<'_>, components: &[ComponentId]) -> bool {
    let hard = engine.model.hard();
    let Some(first) = components.first() else { return true };
    let mut groups = hard.uses(first.0).map(|(g, _)| g).filter(|&g| hard.threshold(g) > 1);
    groups.any(|g| components.iter().all(|c| hard.members(g).contains(&c.0)))
}
