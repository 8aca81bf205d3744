//! Minimal cut sets of any size, of one tree: truncated decision diagrams over classes of events.

mod by_pairs;
mod problem;

use super::fault_tree::{FaultTree, Input};
use super::zbdd::Zbdd;
use super::{LANES, Lanes, at_least};
use problem::Problem;

/// What [`CutSets::new`] may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutBounds {
    /// Steps of decision diagrams for one size; a step takes some 50 bytes at most.
    pub steps: u32,
    /// List the cut sets of a size if they take no more rows than this; otherwise only count them.
    pub rows: u64,
}

/// The minimal cut sets of a tree up to a size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutSets {
    /// By size, from 1 on: all sizes up to which they are complete.
    pub sizes: Vec<OfSize>,
}

/// The minimal cut sets of one size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfSize {
    /// How many there are; saturating.
    pub count: u64,
    /// Rows of sides: a cut set takes one event of each side of a row. No cut set stands in two rows, and no event in
    /// two sides of a row. Nothing if they would be too many.
    pub rows: Option<Vec<Vec<Vec<u32>>>>,
}

impl CutSets {
    /// Finds them up to `size`, or up to the largest smaller one that the bounds allow, at least 2 unless
    /// the tree grows beyond them.
    ///
    /// What suffices alone is found first and taken out: no other minimal cut set has it. Pairs are tried. Larger ones
    /// are made one size after the other, each from the leaves up: the cut sets of an OR gate are the minimal ones of its inputs', those of an AND
    /// gate their unions, and nothing larger than asked for is ever made.
    pub fn new(tree: &FaultTree, size: u32, bounds: &CutBounds) -> Self {
        let singles = singles(tree);
        let never = |event| singles.binary_search(&event).is_ok();
        let rest = tree.without(never, bounds.steps as usize);
        let count = singles.len() as u64;
        let rows = if singles.is_empty() { Vec::new() } else { vec![vec![singles]] };
        let mut found = Self { sizes: vec![OfSize { count, rows: Some(rows) }] };
        let Ok(rest) = rest else { return found };
        let problem = Problem::new(&rest);
        let mut solved = None;
        for size in 3..=size {
            let mut zbdd = Zbdd::new(bounds.steps);
            let Ok(top) = problem.solve(&mut zbdd, size) else { break };
            solved = Some((zbdd, top, size));
        }
        if let Some((zbdd, top, size)) = solved {
            let counts = zbdd.counts(top, size, |class| problem.choices(class));
            let rows = zbdd.counts(top, size, |_| 1);
            for ((size, count), rows) in (0..).zip(counts).zip(rows).skip(2) {
                let listed = (rows <= bounds.rows).then(|| problem.rows(&zbdd.sets(top, size)));
                found.sizes.push(OfSize { count, rows: listed });
            }
        }
        // A diagram may need more steps than allowed where many sets of gates below come to few of the top. Pairs are
        // found without, at a cost that is known before.
        if found.complete_to() < size.min(2) {
            found.sizes.push(by_pairs::pairs(&problem, bounds.rows));
        }
        found
    }

    /// Up to which size they are complete.
    pub fn complete_to(&self) -> u32 {
        u32::try_from(self.sizes.len()).unwrap_or(u32::MAX)
    }
}

/// The events that fail the top alone, sorted. 512 at a time.
fn singles(tree: &FaultTree) -> Vec<u32> {
    let events = tree.events();
    let mut failed = vec![Lanes::NONE; tree.gates.len()];
    let mut singles = Vec::new();
    for block in events.chunks(LANES) {
        for (at, gate) in tree.gates.iter().enumerate() {
            let inputs = gate.inputs.iter().map(|input| match *input {
                Input::Event(event) => block.binary_search(&event).map_or(Lanes::NONE, Lanes::one),
                Input::Gate(gate) => failed[gate as usize],
            });
            failed[at] = at_least(gate.threshold, inputs);
        }
        singles.extend(failed.last().into_iter().flat_map(Lanes::iter).filter_map(|lane| block.get(lane)));
    }
    singles
}
