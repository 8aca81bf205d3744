use super::super::fault_tree::{FaultTree, Input};
use super::super::twin_rows;
use super::super::zbdd::{Family, OutOfSteps, Zbdd};
use rustc_hash::FxHashMap;

/// A tree over variables: classes of events and modules.
pub(super) struct Problem<'t> {
    pub(super) tree: &'t FaultTree,
    /// By variable its events; none for a module.
    pub(super) classes: Vec<Vec<u32>>,
    /// By gate, the variables and gates that it looks at.
    pub(super) operands: Vec<Vec<Operand>>,
    /// By gate its variable, if it is a module below the top.
    module: Vec<Option<u32>>,
}

#[derive(Clone, Copy)]
pub(super) enum Operand {
    Class(u32),
    Gate(u32),
}

impl<'t> Problem<'t> {
    /// Variables are numbered in the order of a search from the top, which keeps together what belongs together.
    /// Events that only one OR gate looks at are one class.
    pub(super) fn new(tree: &'t FaultTree) -> Self {
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

    /// How many events a class has.
    pub(super) fn choices(&self, class: u32) -> u64 {
        self.classes.get(class as usize).map_or(0, |events| events.len() as u64)
    }

    fn variable(&mut self, events: Vec<u32>) -> u32 {
        self.classes.push(events);
        u32::try_from(self.classes.len() - 1).unwrap_or(u32::MAX)
    }

    /// Sets of classes as rows of sides of events.
    pub(super) fn rows<S: AsRef<[u32]>>(&self, sets: &[S]) -> Vec<Vec<Vec<u32>>> {
        let events = |side: Vec<u32>| {
            let mut events: Vec<u32> = side.iter().flat_map(|&class| &self.classes[class as usize]).copied().collect();
            events.sort_unstable();
            events
        };
        twin_rows(sets).into_iter().map(|row| row.into_iter().map(events).collect()).collect()
    }

    /// The minimal cut sets of the top up to a size, over classes.
    pub(super) fn solve(&self, zbdd: &mut Zbdd, size: u32) -> Result<Family, OutOfSteps> {
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
