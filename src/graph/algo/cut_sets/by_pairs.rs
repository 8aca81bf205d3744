use super::super::pairs::{self, Found};
use super::super::{FaultGraph, Gate, Group, Member, Plan};
use super::OfSize;
use super::problem::{Operand, Problem};
use std::sync::atomic::{AtomicU64, Ordering};

/// Cut sets of classes, counted with all their events.
#[derive(Default)]
struct Sets {
    count: u64,
    listed: Vec<[u32; 2]>,
}

/// The cut sets of size 2, by failing one class after the other with 512 others at a time: work that is bounded by the
/// square of their number, whatever the tree looks like. Listed if they take at most so many `rows`.
pub(super) fn pairs(problem: &Problem<'_>, rows: u64) -> OfSize {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let classes = number(problem.classes.len());
    let node = |operand: &Operand| match *operand {
        Operand::Class(class) => class,
        Operand::Gate(gate) => classes + gate,
    };
    let group = |((owner, gate), operands): ((u32, &Gate), &Vec<Operand>)| {
        let members = operands.iter().map(|operand| Member { node: node(operand), label: 0 }).collect();
        Group { owner, threshold: gate.threshold, members }
    };
    let groups = (classes..).zip(&problem.tree.gates).zip(&problem.operands).map(group).collect();
    let nodes = classes + number(problem.tree.gates.len());
    let plan = Plan::new(&FaultGraph::new(nodes, groups));
    // A tree has no loops, so every node has a position of its own.
    let class = |at: u32| plan.nodes.row(at).first().copied().filter(|&node| problem.choices(node) > 0);
    let events: Vec<bool> = (0..plan.len()).map(|at| class(at).is_some()).collect();
    let targets: Vec<u32> = (classes..nodes).last().map(|top| plan.at(top)).into_iter().collect();

    let room = AtomicU64::new(rows.saturating_add(1));
    let ask = pairs::Question { plan: &plan, events: &events, targets: &targets };
    let add = |sets: &mut Sets, found: Found<'_>| {
        let others = found.others.iter().filter_map(|lane| u32::try_from(lane).ok()).map(|lane| found.base + lane);
        for (one, other) in others.filter_map(|other| class(found.one).zip(class(other))) {
            let count = problem.choices(one).saturating_mul(problem.choices(other));
            sets.count = sets.count.saturating_add(count);
            // Which ones are left out once there are too many does not show: then none is listed.
            if room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                sets.listed.push([one.min(other), one.max(other)]);
            }
        }
    };
    let pieces = pairs::solve(&ask, Sets::default, add);
    let count = pieces.iter().fold(0u64, |sum, piece| sum.saturating_add(piece.count));
    let mut listed: Vec<[u32; 2]> = pieces.into_iter().flat_map(|piece| piece.listed).collect();
    listed.sort_unstable();
    OfSize { count, rows: (listed.len() as u64 <= rows).then(|| problem.rows(&listed)) }
}
