//! Minimal cut sets of any size, of one tree: truncated decision diagrams over classes of events.

use super::fault_tree::{FaultTree, Input};
use super::zbdd::{Family, OutOfSteps, Zbdd};
use super::{LANES, Lanes, at_least};
use rustc_hash::FxHashMap;

/// The minimal cut sets of a tree up to a size.
pub struct CutSets {
    /// Up to which size they are complete.
    complete_to: u32,
    singles: Vec<u32>,
    /// By variable, events any of which is as good as the others.
    classes: Vec<Vec<u32>>,
    zbdd: Zbdd,
    top: Family,
}

impl CutSets {
    /// Finds them up to `size`, or up to the largest smaller one for which `steps` steps are enough, at least 1.
    ///
    /// What suffices alone is found first and taken out: no other minimal cut set has it. Then one size after the
    /// other, each from the leaves up: the cut sets of an OR gate are the minimal ones of its inputs', those of an AND
    /// gate their unions, and nothing larger than asked for is ever made.
    pub fn new(tree: &FaultTree, size: u32, steps: u32) -> Self {
        let singles = singles(tree);
        let mut found = Self { complete_to: 1, singles, classes: Vec::new(), zbdd: Zbdd::new(0), top: Family::NONE };
        let never = |event| found.singles.binary_search(&event).is_ok();
        let Ok(rest) = tree.without(never, steps as usize) else { return found };
        let problem = Problem::new(&rest);
        for size in 2..=size {
            let mut zbdd = Zbdd::new(steps);
            let Ok(top) = problem.solve(&mut zbdd, size) else { break };
            (found.zbdd, found.top, found.complete_to) = (zbdd, top, size);
        }
        found.classes = problem.classes;
        found
    }

    /// Up to which size they are complete.
    pub fn complete_to(&self) -> u32 {
        self.complete_to
    }

    /// For each size from 0 to [`Self::complete_to`] how many there are; saturating.
    pub fn counts(&self) -> Vec<u64> {
        let choices = |class: u32| self.classes[class as usize].len() as u64;
        let mut counts = self.zbdd.counts(self.top, self.complete_to, choices);
        counts[1] += self.singles.len() as u64;
        counts
    }

    /// The cut sets of a size, unless it takes more than `max` rows: each row a list of sides, and a cut set takes one
    /// event of each. No cut set stands in two rows.
    pub fn rows(&self, size: u32, max: u64) -> Option<Vec<Vec<&[u32]>>> {
        if size == 1 {
            return Some(if self.singles.is_empty() { Vec::new() } else { vec![vec![&self.singles]] });
        }
        let rows = self.zbdd.counts(self.top, self.complete_to, |_| 1);
        if rows.get(size as usize).is_none_or(|&rows| rows > max) {
            return None;
        }
        let sides = |set: Vec<u32>| set.into_iter().map(|class| &self.classes[class as usize][..]).collect();
        Some(self.zbdd.sets(self.top, size).into_iter().map(sides).collect())
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

/// A tree over variables: classes of events and modules.
struct Problem<'t> {
    tree: &'t FaultTree,
    /// By variable its events; none for a module.
    classes: Vec<Vec<u32>>,
    /// By gate, the variables and gates that it looks at.
    operands: Vec<Vec<Operand>>,
    /// By gate its variable, if it is a module below the top.
    module: Vec<Option<u32>>,
}

#[derive(Clone, Copy)]
enum Operand {
    Class(u32),
    Gate(u32),
}

impl<'t> Problem<'t> {
    /// Variables are numbered in the order of a search from the top, which keeps together what belongs together.
    /// Events that only one OR gate looks at are one class.
    fn new(tree: &'t FaultTree) -> Self {
        let events = tree.events();
        let index = |event: u32| events.partition_point(|&e| e < event);
        let mut uses = vec![0u32; events.len()];
        for event in tree.gates.iter().flat_map(|g| g.inputs.iter().filter_map(Input::event)) {
            uses[index(event)] += 1;
        }
        let gates = tree.gates.len();
        let is_module = tree.modules();
        let mut problem =
            Self { tree, classes: Vec::new(), operands: vec![Vec::new(); gates], module: vec![None; gates] };
        let mut class_of: Vec<Option<u32>> = vec![None; events.len()];
        let mut seen = vec![false; gates];
        let mut open: Vec<usize> = gates.checked_sub(1).into_iter().collect();
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            if is_module[at] && at + 1 < gates {
                problem.module[at] = Some(problem.variable(Vec::new()));
            }
            let gate = &tree.gates[at];
            let own = |event: &u32| gate.threshold == 1 && uses[index(*event)] == 1;
            let (own, others): (Vec<u32>, Vec<u32>) = gate.inputs.iter().filter_map(Input::event).partition(own);
            if !own.is_empty() {
                let class = problem.variable(own);
                problem.operands[at].push(Operand::Class(class));
            }
            for event in others {
                let class = *class_of[index(event)].get_or_insert_with(|| problem.variable(vec![event]));
                problem.operands[at].push(Operand::Class(class));
            }
            problem.operands[at].extend(gate.inputs.iter().filter_map(Input::gate).map(Operand::Gate));
            open.extend(gate.inputs.iter().rev().filter_map(Input::gate).map(|gate| gate as usize));
        }
        problem
    }

    fn variable(&mut self, events: Vec<u32>) -> u32 {
        self.classes.push(events);
        u32::try_from(self.classes.len() - 1).unwrap_or(u32::MAX)
    }

    /// The minimal cut sets of the top up to a size, over classes.
    fn solve(&self, zbdd: &mut Zbdd, size: u32) -> Result<Family, OutOfSteps> {
        let mut family = Vec::with_capacity(self.operands.len());
        let mut meaning: FxHashMap<u32, Family> = FxHashMap::default();
        for ((gate, operands), module) in self.tree.gates.iter().zip(&self.operands).zip(&self.module) {
            let mut of = Vec::with_capacity(operands.len());
            for operand in operands {
                of.push(match *operand {
                    Operand::Class(class) => zbdd.variable(class),
                    Operand::Gate(gate) => family.get(gate as usize).copied().unwrap_or(Family::NONE),
                });
            }
            let found = at_least_of(zbdd, gate.threshold, &of, size)?;
            family.push(match module {
                // A variable counts as one member, which is never too many: nothing is lost before it is replaced.
                Some(variable) if found != Family::NONE => {
                    let found = zbdd.replace(found, &meaning, size)?;
                    meaning.insert(*variable, found);
                    zbdd.variable(*variable)
                }
                _ => found,
            });
        }
        zbdd.replace(family.pop().unwrap_or(Family::NONE), &meaning, size)
    }
}

/// The minimal sets that fail at least `threshold` of several: those of `n` of the first ones, for each `n`, one more
/// at a time.
fn at_least_of(zbdd: &mut Zbdd, threshold: u32, of: &[Family], size: u32) -> Result<Family, OutOfSteps> {
    let mut fails = vec![Family::NONE; threshold as usize];
    for (seen, &one) in of.iter().enumerate() {
        // With too few still to come, low counts can no longer grow to the threshold.
        let first = (threshold as usize).saturating_sub(of.len() - seen);
        for n in (first..fails.len().min(seen + 1)).rev() {
            let before = if n == 0 { Family::UNIT } else { fails[n - 1] };
            let with = zbdd.product(one, before, size)?;
            fails[n] = zbdd.union(fails[n], with)?;
        }
    }
    Ok(fails.pop().unwrap_or(Family::UNIT))
}
