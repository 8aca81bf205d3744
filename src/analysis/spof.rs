use super::Single;
use super::engine::Engine;
use super::level::level;
use super::{Level, Spof, Unreached};
use crate::facts::Confidence;
use crate::graph::ComponentId;
use crate::graph::algo::{LANES, Lanes, Solver, in_parallel};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;

/// Components that take an entry down alone, the most telling first (THEORY 2.2, "Useful ranking"); and those that take
/// others down that no entry needs, with how many.
///
/// A component that only takes itself down, and only as a whole, is no news and has no row.
pub(super) fn spofs(engine: &Engine<'_>, singles: &[Single]) -> (Vec<Spof>, Vec<Unreached>) {
    let row = |s: &Single| row(engine, s).or_else(|| unreached_row(engine, s));
    let mut rows: Vec<(Spof, u64)> = singles.iter().filter_map(|s| Some((row(s)?, s.failed))).collect();
    // A row that takes another one down comes before it, unless the other one is more likely to fail.
    rows.sort_by(|(a, a_failed), (b, b_failed)| {
        let rank = |row: &Spof, failed: u64| (row.level, Reverse(failed), row.component);
        a.entries.cmp(&b.entries).then_with(|| rank(a, *a_failed).cmp(&rank(b, *b_failed)))
    });
    let failed: FxHashMap<ComponentId, u64> = rows.iter().map(|(row, failed)| (row.component, *failed)).collect();
    let mut rows: Vec<Spof> = rows.into_iter().map(|(row, _)| row).collect();
    for (at, root) in roots(engine, &rows) {
        rows[at].folded_into = Some(rows[root].component);
    }
    let shown = |row: &Spof| row.folded_into.is_none();
    let folded: BTreeSet<ComponentId> = rows.iter().filter(|row| !shown(row)).map(|row| row.component).collect();
    for row in rows.iter_mut().filter(|row| shown(row)) {
        row.folded_into = declared_by_entry(engine, row).filter(|entry| !folded.contains(entry));
    }
    rows.sort_by(|a, b| {
        let class = |row: &Spof| (row.folded_into.is_some(), alarm(row.level));
        let heavier = || b.expected.total_cmp(&a.expected);
        class(a).cmp(&class(b)).then_with(heavier).then_with(|| (a.level, a.component).cmp(&(b.level, b.component)))
    });
    let (unreached, spofs): (Vec<Spof>, _) = rows.into_iter().partition(|row| row.entries.is_empty());
    let failed = |row: &Spof| failed.get(&row.component).copied().unwrap_or_default();
    (spofs, unreached.into_iter().map(|row| Unreached { failed: failed(&row), row }).collect())
}

fn row(engine: &Engine<'_>, single: &Single) -> Option<Spof> {
    let component = single.component;
    let level = level(engine.graph.component(component));
    let entries = engine.entry_ids(&single.entries);
    let only_itself = entries.iter().all(|&e| e == component);
    if only_itself && (entries.is_empty() || level == Level::Component) {
        return None;
    }
    let weight = single.entries.iter().map(|&i| engine.entries[i as usize].1).sum();
    let expected = single.hits().map(|(i, share)| engine.entries[i as usize].1 * share).sum();
    let (shares, path, edges) = (single.shares.clone(), single.path.to_vec(), single.edges.to_vec());
    Some(Spof { component, level, entries, shares, weight, expected, path, edges, folded_into: None })
}

/// A row without entries, for a component that takes others down, none of which leads to one. Its witness is one step
/// long: whom it takes down directly, and not only in watching it.
fn unreached_row(engine: &Engine<'_>, single: &Single) -> Option<Spof> {
    let component = single.component;
    let level = level(engine.graph.component(component));
    if single.failed == 0 || !single.entries.is_empty() || level == Level::Component {
        return None;
    }
    let hard = engine.model.hard();
    let falls = |group: u32| hard.violated(group, |member| member == component.0);
    let works = |owner: u32| engine.model.component(owner).is_some_and(|c| !engine.graph.component(c).telemetry);
    let steps = hard.uses(component.0).map(|(group, label)| (group, hard.owner(group), label));
    let (_, victim, label) =
        steps.filter(|&(group, owner, _)| falls(group) && works(owner)).min_by_key(|s| (s.1, s.2))?;
    let (path, edges) = engine.model.path((vec![component.0, victim], vec![label]));
    let (entries, shares) = (Vec::new(), Vec::new());
    Some(Spof { component, level, entries, shares, weight: 0.0, expected: 0.0, path, edges, folded_into: None })
}

/// How loud a level is: what fails every week, what fails every year, what only a bad change fails.
fn alarm(level: Level) -> u8 {
    match level {
        Level::Instance | Level::Volume | Level::Node | Level::Zone => 0,
        Level::Region | Level::Provider => 1,
        Level::Component => 2,
    }
}

/// For each row that another row tells already, that other row: one with the same entries that takes it down and is at
/// least as likely to fail, so the root of a chain tells the whole chain. Rows are sorted by entries and rank.
///
/// If `s` takes `r` down and `r` takes `c` down, `s` takes `c` down; so the first row that does is itself a root.
fn roots(engine: &Engine<'_>, rows: &[Spof]) -> Vec<(usize, usize)> {
    let mut chains: Vec<Range<usize>> = Vec::new();
    for chunk in rows.chunk_by(|a, b| a.entries == b.entries) {
        let start = chains.last().map_or(0, |c| c.end);
        chains.push(start..start + chunk.len());
    }
    let batches = rows.len().div_ceil(LANES);
    let found = in_parallel(
        batches,
        || Solver::new(&engine.plan),
        |solver, batch| {
            let lanes = batch * LANES..rows.len().min((batch + 1) * LANES);
            solver.solve(lanes.clone().map(|row| (engine.at(rows[row].component), row - lanes.start)));
            let mut told = Vec::new();
            for chain in &chains[chains.partition_point(|c| c.end <= lanes.start)..] {
                let start = chain.start.max(lanes.start);
                if start >= lanes.end {
                    break;
                }
                for (row, victim) in rows.iter().enumerate().take(chain.end).skip(start + 1) {
                    let before = Lanes::range(start - lanes.start..row.min(lanes.end) - lanes.start);
                    let first = (solver.failed(engine.at(victim.component)) & before).first();
                    told.extend(first.map(|lane| (row, lanes.start + lane)));
                }
            }
            told
        },
    );
    // Batches are in order, so the first root of a row is the one that counts.
    let mut told: Vec<(usize, usize)> = found.into_iter().flatten().collect();
    told.sort_unstable();
    told.dedup_by_key(|(row, _)| *row);
    told
}

/// The heaviest entry of a row that fails only as a whole and that every one of its entries names as a direct
/// dependency: whoever wrote that down knows it.
fn declared_by_entry(engine: &Engine<'_>, row: &Spof) -> Option<ComponentId> {
    let declares = |entry: ComponentId| {
        let mut providers = engine.graph.providers(entry);
        entry != row.component && providers.any(|(_, d)| d.to == row.component && d.confidence == Confidence::Declared)
    };
    let plain = row.level == Level::Component && row.entries.iter().all(|&e| declares(e));
    row.path.last().copied().filter(|_| plain)
}
