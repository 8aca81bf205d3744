use super::hops::Hops;
use super::storms::{Storm, Storms};
use super::ways::Ways;
use super::{Fault, Hop, Load};
use crate::graph::algo::{Gains, Pass, in_parallel};
use crate::graph::{ComponentId, Graph};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many calls one request at an entry becomes at a target that fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Amplification {
    /// Where the request comes in.
    pub entry: ComponentId,
    /// Who receives the calls.
    pub target: ComponentId,
    /// How the target fails.
    pub fault: Fault,
    /// Over all walks; infinite if a loop of calls does not die out, or a layer is unlimited.
    pub sum: f64,
    /// Along the worst walk; infinite likewise.
    pub max: f64,
    /// The same without retry budgets.
    pub max_unbudgeted: f64,
    /// The worst walk, entry and target included.
    pub path: Vec<ComponentId>,
    /// The arithmetic of `max`, a hop for each call along `path`. Through a loop that grows, a way without going round.
    pub hops: Vec<Arc<Hop>>,
}

/// The worst rows, and how many there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Amplifications {
    /// By entry, target and fault.
    pub rows: Vec<Amplification>,
    /// How many rows there are in all: for each entry and everything that receives its calls one for an outage, and
    /// one for each other fault of which the sum or the maximum differ from it.
    pub total: u64,
    /// The targets at which some request becomes a storm, the worst first.
    pub storms: Vec<Storm>,
}

/// Entries at once: a cache line of sums.
const LANES: usize = 8;

/// Row of a matrix, without its path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) entry: ComponentId,
    pub(super) target: ComponentId,
    pub(super) fault: Fault,
    pub(super) sum: f64,
    pub(super) max: f64,
    unbudgeted: f64,
}

impl Cell {
    /// The worst first.
    pub(super) fn rank(&self, other: &Self) -> Ordering {
        other.max.total_cmp(&self.max).then(other.sum.total_cmp(&self.sum)).then(self.place().cmp(&other.place()))
    }

    fn place(&self) -> (ComponentId, ComponentId, Fault) {
        (self.entry, self.target, self.fault)
    }
}

/// The factors of one fault: of the calls to the target, and of all before them.
struct Kind {
    fault: Fault,
    up: Gains<f64>,
    last: Gains<f64>,
    /// The factors of calls to the target, by call.
    of_last: Vec<f64>,
    /// Without budgets, where there are any.
    free: Option<(Gains<f64>, Gains<f64>)>,
}

/// Amplification from every entry to everything that receives its calls, the `limit` worst rows of it. All entries in
/// parallel, eight in one pass over the condensation; O(entries / 8 × (components + dependencies)) for each fault that
/// some layer tells from an outage.
///
/// `wanted` says which targets, faults and maxima count at all.
pub fn amplification(
    graph: &Graph,
    load: &Load,
    entries: &[ComponentId],
    limit: usize,
    wanted: impl Fn(ComponentId, Fault, f64) -> bool + Sync,
) -> Amplifications {
    let (unseen, kinds) = (load.factors(&load.gains_unseen()), kinds(load));
    let seen = || (Worst::new(limit), 0, Storms::default());
    // A few parts for each thread: even work, and no more of them to keep than that.
    let part = entries.len().div_ceil(4 * rayon::current_num_threads()).next_multiple_of(LANES).max(LANES);
    let parts: Vec<&[ComponentId]> = entries.chunks(part).collect();
    let found = in_parallel(
        parts.len(),
        || Room::new(load, &kinds),
        |room, part| {
            let (mut worst, mut total, mut storms) = seen();
            for block in parts[part].chunks(LANES) {
                room.block(load, (&unseen, &kinds), block, &mut |cell| {
                    if wanted(cell.target, cell.fault, cell.max) {
                        total += 1;
                        storms.see(&cell);
                        worst.see(cell);
                    }
                });
            }
            (worst.finish(), total, storms)
        },
    );
    let (mut worst, mut total, mut storms) = seen();
    for (cells, count, more) in found {
        cells.into_iter().for_each(|cell| worst.see(cell));
        total += count;
        storms.merge(more);
    }
    let mut cells = worst.finish();
    cells.sort_by_key(Cell::place);
    let rows = with_paths(graph, load, (&unseen, &kinds), &cells);
    let storms = storms.finish(|worst| with_paths(graph, load, (&unseen, &kinds), worst));
    Amplifications { rows, total, storms }
}

/// The worst of the cells that were seen, up to a limit.
struct Worst {
    cells: Vec<Cell>,
    limit: usize,
    /// The mildest of those that were kept last: nothing milder will be among the worst.
    bar: Option<Cell>,
}

impl Worst {
    fn new(limit: usize) -> Self {
        Self { cells: Vec::new(), limit, bar: None }
    }

    fn see(&mut self, cell: Cell) {
        if self.limit == 0 || self.bar.is_some_and(|bar| cell.rank(&bar).is_gt()) {
            return;
        }
        self.cells.push(cell);
        // Twice the limit, so that selecting is rare.
        if self.cells.len() >= self.limit.saturating_mul(2).max(1024) {
            self.keep();
        }
    }

    fn keep(&mut self) {
        if self.cells.len() > self.limit {
            let (_, mildest, _) = self.cells.select_nth_unstable_by(self.limit - 1, Cell::rank);
            self.bar = Some(*mildest);
            self.cells.truncate(self.limit);
        }
    }

    /// In no order.
    fn finish(mut self) -> Vec<Cell> {
        self.keep();
        self.cells
    }
}

/// The factors of an outage, and of the other faults where some call tells them apart.
fn kinds(load: &Load) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    let mut seen: Vec<[Vec<f64>; 2]> = Vec::new();
    for fault in Fault::ALL {
        let gains = |budgets| {
            let up = load.gains_further_up(fault.seen_further_up(), budgets);
            [up, load.gains(fault.seen_by_caller(), budgets)]
        };
        let with = gains(true);
        if seen.first() == Some(&with) {
            continue;
        }
        let without = gains(false);
        let [up, last] = with.each_ref().map(|g| load.factors(g));
        let of_last = with[1].clone();
        let free = (without != with).then(|| {
            let [up, last] = without.map(|g| load.factors(&g));
            (up, last)
        });
        seen.push(with);
        kinds.push(Kind { fault, up, last, of_last, free });
    }
    kinds
}

/// A thread's room: one pass for the calls on which nobody sees a failure, one for the others before the last, and for each
/// fault one for its sums, its maxima and its maxima without budgets.
struct Room<'w> {
    unseen: Pass<'w, f64, LANES>,
    up: Pass<'w, f64, LANES>,
    of: Vec<[Pass<'w, f64, LANES>; 3]>,
}

/// What starts at a place for each of some entries.
type Start = (u32, [f64; LANES]);

impl<'w> Room<'w> {
    fn new(load: &'w Load, kinds: &[Kind]) -> Self {
        let pass = || Pass::new(&load.walks);
        Self { unseen: pass(), up: pass(), of: kinds.iter().map(|_| std::array::from_fn(|_| pass())).collect() }
    }

    /// Where requests of some entries begin to be seen to fail: at the entries, and at what they or others behind them send
    /// to, with what comes there while nobody sees a failure.
    fn starts(&mut self, load: &Load, unseen: &Gains<f64>, sources: &[(u32, f64)], greatest: bool) -> Vec<Start> {
        let mut starts: BTreeMap<u32, [f64; LANES]> = BTreeMap::new();
        for (lane, &(at, value)) in sources.iter().enumerate() {
            starts.entry(at).or_default()[lane] = value;
        }
        if !load.sent.is_empty() {
            match greatest {
                true => self.unseen.maxima(unseen, sources),
                false => self.unseen.sums(unseen, sources),
            }
        }
        for &number in &load.sent {
            let (from, to) = load.ends(number);
            let sent = self.unseen.at(load.walks.place[from as usize]);
            let calls = load.calls[number as usize].calls;
            let start = starts.entry(load.walks.place[to as usize]).or_default();
            for (sum, &v) in start.iter_mut().zip(sent) {
                *sum = if greatest { sum.max(v * calls) } else { *sum + v * calls };
            }
        }
        starts.into_iter().collect()
    }

    /// The cells of some entries: for each target those of an outage and of what differs from it.
    fn block(
        &mut self,
        load: &Load,
        (unseen, kinds): (&Gains<f64>, &[Kind]),
        entries: &[ComponentId],
        found: &mut impl FnMut(Cell),
    ) {
        let sources: Vec<(u32, f64)> = entries.iter().map(|e| (load.walks.place[e.0 as usize], 1.0)).collect();
        let (all, most) = (self.starts(load, unseen, &sources, false), self.starts(load, unseen, &sources, true));
        for (kind, [sums, maxima, free]) in kinds.iter().zip(&mut self.of) {
            self.up.sums_of(&kind.up, &all);
            self.up.last(&kind.last, false, sums);
            self.up.maxima_of(&kind.up, &most);
            self.up.last(&kind.last, true, maxima);
            if let Some((up, last)) = &kind.free {
                self.up.maxima_of(up, &most);
                self.up.last(last, true, free);
            }
        }
        let Some([outage, ..]) = self.of.first() else { return };
        // Where calls lead does not depend on the fault.
        for (at, lanes) in outage.values().filter(|(_, lanes)| lanes.iter().any(|v| *v > 0.0)) {
            let target = load.component_at(at);
            let others: Vec<u32> = load.other_places(at).collect();
            for (lane, &entry) in entries.iter().enumerate().filter(|(lane, e)| lanes[*lane] > 0.0 && **e != target) {
                // What comes to several places of one component is told at the first of them.
                if others.iter().any(|&other| other < at && outage.at(other)[lane] > 0.0) {
                    continue;
                }
                let fold = |pass: &Pass<'_, f64, LANES>, both: fn(f64, f64) -> f64| {
                    others.iter().map(|&other| pass.at(other)[lane]).fold(pass.at(at)[lane], both)
                };
                let mut first = None;
                for (kind, [sums, maxima, free]) in kinds.iter().zip(&self.of) {
                    let (sum, max) = (fold(sums, |a, b| a + b), fold(maxima, f64::max));
                    if *first.get_or_insert((sum, max)) == (sum, max) && kind.fault != Fault::Outage {
                        continue;
                    }
                    let unbudgeted = if kind.free.is_some() { fold(free, f64::max) } else { max };
                    found(Cell { entry, target, fault: kind.fault, sum, max, unbudgeted });
                }
            }
        }
    }
}

/// Rows with their worst walks: one search for each entry and fault, and for each target the best last call.
fn with_paths(
    graph: &Graph,
    load: &Load,
    (unseen, kinds): (&Gains<f64>, &[Kind]),
    cells: &[Cell],
) -> Vec<Amplification> {
    let mut wanted: BTreeMap<(ComponentId, Fault), Vec<usize>> = BTreeMap::new();
    for (i, cell) in cells.iter().enumerate() {
        wanted.entry((cell.entry, cell.fault)).or_default().push(i);
    }
    let mut incoming: Vec<Vec<u32>> = vec![Vec::new(); graph.components.len()];
    for (number, call) in (0u32..).zip(&load.calls) {
        incoming[call.to.0 as usize].push(number);
    }
    let searches: Vec<((ComponentId, Fault), Vec<usize>)> = wanted.into_iter().collect();
    let found = in_parallel(
        searches.len(),
        || (),
        |(), i| {
            let ((entry, fault), rows) = &searches[i];
            let Some(kind) = kinds.iter().find(|k| k.fault == *fault) else { return Vec::new() };
            let best = Ways::new(load, unseen, &kind.up, *entry);
            let row = |&i: &usize| (i, path(load, &best, &kind.of_last, &incoming, *entry, cells[i].target));
            rows.iter().map(row).collect()
        },
    );
    let mut paths: Vec<Vec<u32>> = vec![Vec::new(); cells.len()];
    for (i, path) in found.into_iter().flatten() {
        paths[i] = path;
    }
    let mut hops = Hops::new(load);
    let row = |(cell, calls): (&Cell, Vec<u32>)| {
        let hops = hops.along(&calls, cell.fault);
        let path = std::iter::once(cell.entry).chain(hops.iter().map(|h| h.to)).collect();
        let Cell { entry, target, fault, sum, max, unbudgeted: max_unbudgeted } = *cell;
        Amplification { entry, target, fault, sum, max, max_unbudgeted, path, hops }
    };
    cells.iter().zip(paths).map(row).collect()
}

/// The calls of the worst walk to a target: the best last call, and the best walk to its caller.
fn path(
    load: &Load,
    best: &Ways,
    last: &[f64],
    incoming: &[Vec<u32>],
    entry: ComponentId,
    target: ComponentId,
) -> Vec<u32> {
    let reach = |&number: &u32| {
        let before = best.seen[load.walks.place[load.ends(number).0 as usize] as usize]?;
        Some((before.value * last[number as usize], before.hops, number))
    };
    let better = |a: &(f64, u32, u32), b: &(f64, u32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2));
    let Some((.., number)) = incoming[target.0 as usize].iter().filter_map(reach).min_by(better) else {
        return Vec::new();
    };
    let mut calls = best.to(load, load.ends(number).0);
    calls.push(number);
    // Round a loop it may come by the target, or by the entry, before: what lies between adds nothing, unless that is
    // before a queue, when nobody sees a failure.
    let sees = load.first_that_sees(&calls);
    if let Some(more) = calls.iter().skip(sees).position(|&c| load.calls[c as usize].to == target) {
        calls.truncate(sees + more + 1);
    }
    debug_assert!(calls.first().is_none_or(|&c| load.calls[c as usize].from == entry));
    calls
}
