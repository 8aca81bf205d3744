use super::Single;
use super::engine::Engine;
use super::level::level;
use super::{CutSets, Level};
use crate::graph::algo::{pairs, twin_rows};
use crate::graph::{ComponentId, Graph};
use std::cmp::Reverse;

/// Minimal cut sets of size 1 and 2 of every entry: by entry, then size, then the likeliest first.
///
/// Pairs are looked for only if the graph has at most `max_nodes` components that do not fail together anyway, and
/// are listed for the heaviest entries as long as `max_pairs` lasts; for the others there is the count. Both bounds
/// show in the rows: `complete_to`, and no sides.
pub(super) fn cut_sets(engine: &Engine<'_>, singles: &[Single], max_nodes: usize, max_pairs: u64) -> Vec<CutSets> {
    let pairs = engine.plan.len() as usize <= max_nodes;
    let complete_to = if pairs { 2 } else { 1 };
    let mut alone: Vec<Side> = vec![Vec::new(); engine.entries.len()];
    for single in singles {
        for &entry in single.entries.iter() {
            alone[entry as usize].push(event(engine.graph, single.component));
        }
    }
    let together = if pairs { rectangles(engine, max_pairs) } else { vec![(0, Vec::new()); engine.entries.len()] };
    let mut rows = Vec::new();
    for ((&(entry, _), alone), (count, listed)) in engine.entries.iter().zip(alone).zip(together) {
        let row = |size, sides, count| CutSets { entry, size, sides, count, complete_to };
        if !alone.is_empty() {
            let count = alone.len() as u64;
            rows.push(row(1, vec![alone], count));
        }
        if count > 0 && listed.is_empty() {
            rows.push(row(2, Vec::new(), count));
        }
        for sides in listed {
            let count = sides.iter().map(|side| side.len() as u64).product();
            rows.push(row(2, sides, count));
        }
    }
    rows
}

/// Events any of which is as good as the others.
pub(super) type Side = Vec<(ComponentId, Level)>;

pub(super) fn event(graph: &Graph, component: ComponentId) -> (ComponentId, Level) {
    (component, level(graph.component(component)))
}

/// For each entry how many pairs there are, and their rectangles unless there are too many.
fn rectangles(engine: &Engine<'_>, max_pairs: u64) -> Vec<(u64, Vec<Vec<Side>>)> {
    let sizes: Vec<u64> = (0..engine.plan.len()).map(|at| engine.events(at).count() as u64).collect();
    let events: Vec<bool> = sizes.iter().map(|&n| n > 0).collect();
    let targets: Vec<u32> = engine.entries.iter().map(|&(entry, _)| engine.at(entry)).collect();
    let ask = pairs::Question { plan: &engine.plan, events: &events, targets: &targets };
    let mut counts = vec![0u64; targets.len()];
    let count = |counts: &mut Vec<u64>, found: pairs::Found<'_>| {
        let others = found.others.iter().map(|lane| sizes[found.base as usize + lane]);
        counts[found.target] += sizes[found.one as usize] * others.sum::<u64>();
    };
    for piece in pairs::solve(&ask, || vec![0u64; targets.len()], count) {
        counts.iter_mut().zip(piece).for_each(|(sum, n)| *sum += n);
    }
    let listed = within(engine, &counts, max_pairs);
    let targets: Vec<u32> = listed.iter().map(|&entry| targets[entry]).collect();
    let mut pairs = vec![Vec::new(); listed.len()];
    let ask = pairs::Question { plan: &engine.plan, events: &events, targets: &targets };
    let list = |pairs: &mut Vec<(usize, u32, u32)>, found: pairs::Found<'_>| {
        let others = found.others.iter().filter_map(|lane| u32::try_from(lane).ok());
        pairs.extend(others.map(|lane| (found.target, found.one, found.base + lane)));
    };
    for (target, one, other) in pairs::solve(&ask, Vec::new, list).into_iter().flatten() {
        pairs[target].push([one, other]);
    }
    let mut result: Vec<(u64, Vec<Vec<Side>>)> = counts.into_iter().map(|count| (count, Vec::new())).collect();
    for (entry, pairs) in listed.into_iter().zip(pairs) {
        result[entry].1 = compress(engine, &pairs);
    }
    result
}

/// The heaviest entries whose pairs are no more than the bound together, in order.
fn within(engine: &Engine<'_>, counts: &[u64], max_pairs: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..counts.len()).filter(|&e| counts[e] > 0).collect();
    order.sort_by(|&a, &b| engine.entries[b].1.total_cmp(&engine.entries[a].1).then(a.cmp(&b)));
    let mut sum = 0u64;
    let mut chosen: Vec<usize> = order
        .into_iter()
        .take_while(|&entry| {
            sum = sum.saturating_add(counts[entry]);
            sum <= max_pairs
        })
        .collect();
    chosen.sort_unstable();
    chosen
}

/// Pairs of positions as disjoint rectangles, the likeliest first.
fn compress(engine: &Engine<'_>, pairs: &[[u32; 2]]) -> Vec<Vec<Side>> {
    let side = |side: Vec<u32>| side.iter().flat_map(|&at| engine.events(at)).map(|c| event(engine.graph, c)).collect();
    ranked(twin_rows(pairs).into_iter().map(|row| row.into_iter().map(side).collect()))
}

/// Rows with their sides sorted, the likeliest first: the one whose least likely member is the likeliest.
pub(super) fn ranked(rows: impl Iterator<Item = Vec<Side>>) -> Vec<Vec<Side>> {
    let sorted = |mut row: Vec<Side>| {
        row.iter_mut().for_each(|side| side.sort_unstable());
        row.sort_unstable();
        row
    };
    let mut rows: Vec<Vec<Side>> = rows.map(sorted).collect();
    rows.sort_by_cached_key(|row| {
        let mut levels: Vec<Option<Level>> = row.iter().map(|side| side.iter().map(|e| e.1).min()).collect();
        levels.sort_unstable_by_key(|&level| Reverse(level));
        (levels, row.clone())
    });
    rows
}
