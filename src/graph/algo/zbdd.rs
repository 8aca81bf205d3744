//! Families of sets as zero-suppressed decision diagrams: the algebra of minimal cut sets (Rauzy; Minato).
//!
//! A family is a node: for its variable, the sets with it (`high`, the variable taken out) and those without it
//! (`low`); variables grow from node to node, and equal families are the same node. Every family holds minimal sets
//! only: none that is a superset of another. Operations run on a stack of their own, so that the number of variables
//! does not matter, and remember what they have done.

use rustc_hash::{FxHashMap, FxHashSet};

/// A family of sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Family(u32);

impl Family {
    /// No set: nothing suffices.
    pub(super) const NONE: Family = Family(0);
    /// The empty set: nothing is needed.
    pub(super) const UNIT: Family = Family(1);
}

/// An operation took more steps than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfSteps;

#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) variable: u32,
    pub(super) high: Family,
    pub(super) low: Family,
    /// Size of its smallest and of its largest set.
    least: u32,
    most: u32,
}

/// What is remembered of an operation: which, on what, and up to which size.
type Key = (Operation, Family, Family, u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    /// The minimal sets of either family.
    Union,
    /// The minimal unions of a set of each, up to a size.
    Product,
    /// The sets of the first that are no supersets of any of the second.
    Without,
}

/// What is to be done, with the results of earlier tasks on the stack of values.
#[derive(Clone, Copy)]
enum Task {
    Do(Key),
    /// Replaces the upper of two values by what it has beyond the lower one, which stays.
    UpperWithoutLower,
    /// Replaces two values by their union.
    UnionOfTwo,
    /// Replaces a value by its product with a family.
    ProductWith(Family, u32),
    /// Replaces a value by what it has beyond a family.
    ValueWithout(Family),
    /// Makes a node of the values `low` and, above it, `high`, and remembers it as the result of an operation.
    Make(u32, Key),
}

/// All families of one problem.
pub(super) struct Zbdd {
    nodes: Vec<Node>,
    unique: FxHashMap<(u32, Family, Family), Family>,
    done: FxHashMap<Key, Family>,
    tasks: Vec<Task>,
    values: Vec<Family>,
    steps_left: u32,
}

impl Zbdd {
    /// Room for families whose operations may take so many steps altogether. A step makes at most one node.
    pub(super) fn new(steps: u32) -> Self {
        let end = |least| Node { variable: u32::MAX, high: Family::NONE, low: Family::NONE, least, most: 0 };
        Self {
            nodes: vec![end(u32::MAX), end(0)],
            unique: FxHashMap::default(),
            done: FxHashMap::default(),
            tasks: Vec::new(),
            values: Vec::new(),
            steps_left: steps,
        }
    }

    /// The family of one set with one variable.
    pub(super) fn variable(&mut self, variable: u32) -> Family {
        self.make(variable, Family::UNIT, Family::NONE)
    }

    pub(super) fn union(&mut self, a: Family, b: Family) -> Result<Family, OutOfSteps> {
        self.run((Operation::Union, a, b, 0))
    }

    /// The minimal unions of a set of each family that have at most `size` members.
    pub(super) fn product(&mut self, a: Family, b: Family, size: u32) -> Result<Family, OutOfSteps> {
        self.run((Operation::Product, a, b, size))
    }

    /// The node of a family that is neither `NONE` nor `UNIT`.
    pub(super) fn node(&self, family: Family) -> Option<Node> {
        self.nodes.get(family.0 as usize).copied().filter(|_| family > Family::UNIT)
    }

    /// The family with families in place of variables, up to a size.
    pub(super) fn replace(
        &mut self,
        family: Family,
        meaning: &FxHashMap<u32, Family>,
        size: u32,
    ) -> Result<Family, OutOfSteps> {
        let reached = self.reached(family);
        if !reached.iter().any(|&at| self.node(at).is_some_and(|n| meaning.contains_key(&n.variable))) {
            return Ok(family);
        }
        let mut replaced: FxHashMap<Family, Family> = FxHashMap::default();
        for at in reached {
            let result = match self.node(at) {
                None => at,
                Some(Node { variable, high, low, .. }) => {
                    let of = |family: Family| replaced.get(&family).copied().unwrap_or(family);
                    let (high, low) = (of(high), of(low));
                    let value = meaning.get(&variable).copied();
                    let value = value.unwrap_or_else(|| self.variable(variable));
                    let with = self.product(value, high, size)?;
                    self.union(with, low)?
                }
            };
            replaced.insert(at, result);
        }
        Ok(replaced.get(&family).copied().unwrap_or(family))
    }

    /// What a family is made of, parts before wholes, itself last.
    fn reached(&self, family: Family) -> Vec<Family> {
        let mut seen = FxHashSet::default();
        let mut open = vec![family];
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(self.node(at).into_iter().flat_map(|n| [n.high, n.low]));
            }
        }
        let mut reached: Vec<Family> = seen.into_iter().collect();
        // A node is made after its parts.
        reached.sort_unstable();
        reached
    }

    /// For each size up to `size` how many sets the family has, where a variable stands for so many `choices`;
    /// saturating.
    pub(super) fn counts(&self, family: Family, size: u32, choices: impl Fn(u32) -> u64) -> Vec<u64> {
        let mut counts: FxHashMap<Family, Vec<u64>> = FxHashMap::default();
        for at in self.reached(family) {
            let mut of = vec![0; size as usize + 1];
            match self.node(at) {
                None => of[0] = u64::from(at == Family::UNIT),
                Some(node) => {
                    let choices = choices(node.variable);
                    let with = counts.get(&node.high).into_iter().flatten().map(|n| n.saturating_mul(choices));
                    of[1..].iter_mut().zip(with).for_each(|(n, with)| *n = with);
                    let without = counts.get(&node.low).into_iter().flatten();
                    of.iter_mut().zip(without).for_each(|(n, without)| *n = n.saturating_add(*without));
                }
            }
            counts.insert(at, of);
        }
        counts.remove(&family).unwrap_or_default()
    }

    /// The sets of a size, each sorted, in order.
    pub(super) fn sets(&self, family: Family, size: u32) -> Vec<Vec<u32>> {
        let mut sets = Vec::new();
        let mut chosen: Vec<u32> = Vec::new();
        // With how many of the chosen to go on at which family.
        let mut open = vec![(0, family)];
        while let Some((keep, at)) = open.pop() {
            chosen.truncate(keep);
            let missing = size as usize - keep;
            match self.node(at) {
                None if at == Family::UNIT && missing == 0 => sets.push(chosen.clone()),
                Some(node) if self.nodes[at.0 as usize].least as usize <= missing => {
                    open.push((keep, node.low));
                    chosen.push(node.variable);
                    open.push((keep + 1, node.high));
                }
                _ => {}
            }
        }
        sets
    }

    fn top(&self, family: Family) -> u32 {
        self.nodes[family.0 as usize].variable
    }

    /// The sets with a variable, without it, and those that lack it.
    fn split(&self, family: Family, variable: u32) -> (Family, Family) {
        let node = &self.nodes[family.0 as usize];
        if node.variable == variable { (node.high, node.low) } else { (Family::NONE, family) }
    }

    fn make(&mut self, variable: u32, high: Family, low: Family) -> Family {
        if high == Family::NONE {
            return low;
        }
        let nodes = &mut self.nodes;
        *self.unique.entry((variable, high, low)).or_insert_with(|| {
            let (h, l) = (&nodes[high.0 as usize], &nodes[low.0 as usize]);
            let least = l.least.min(h.least.saturating_add(1));
            let most = if low == Family::NONE { h.most + 1 } else { l.most.max(h.most + 1) };
            nodes.push(Node { variable, high, low, least, most });
            // No more nodes than steps, whose number is a `u32`.
            Family(u32::try_from(nodes.len() - 1).unwrap_or(u32::MAX))
        })
    }

    fn run(&mut self, key: Key) -> Result<Family, OutOfSteps> {
        self.tasks.clear();
        self.values.clear();
        self.tasks.push(Task::Do(key));
        while let Some(task) = self.tasks.pop() {
            self.steps_left = self.steps_left.checked_sub(1).ok_or(OutOfSteps)?;
            match task {
                Task::Do(key) => self.begin(key),
                Task::UpperWithoutLower => {
                    let upper = self.pop();
                    let lower = self.values.last().copied().unwrap_or(Family::NONE);
                    self.tasks.push(Task::Do((Operation::Without, upper, lower, 0)));
                }
                Task::UnionOfTwo => {
                    let (b, a) = (self.pop(), self.pop());
                    self.tasks.push(Task::Do((Operation::Union, a, b, 0)));
                }
                Task::ProductWith(other, size) => {
                    let value = self.pop();
                    self.tasks.push(Task::Do((Operation::Product, other, value, size)));
                }
                Task::ValueWithout(other) => {
                    let value = self.pop();
                    self.tasks.push(Task::Do((Operation::Without, value, other, 0)));
                }
                Task::Make(variable, key) => {
                    let (high, low) = (self.pop(), self.pop());
                    let made = self.make(variable, high, low);
                    self.done.insert(key, made);
                    self.values.push(made);
                }
            }
        }
        Ok(self.pop())
    }

    fn pop(&mut self) -> Family {
        // Every task leaves one value more than it takes, so there always is one.
        self.values.pop().unwrap_or(Family::NONE)
    }

    /// Answers at once what is known or plain; otherwise breaks an operation into those on parts, last one first.
    fn begin(&mut self, key: Key) {
        let (operation, a, b, size) = key;
        if let Some(plain) = self.plain(key) {
            return self.values.push(plain);
        }
        let key = match operation {
            // What is left of a family with itself is to leave out what is too large.
            Operation::Product if a == b => (operation, Family::UNIT, b, size),
            // Unions and products do not depend on the order.
            Operation::Union | Operation::Product => (operation, a.min(b), a.max(b), size),
            Operation::Without => key,
        };
        if let Some(&known) = self.done.get(&key) {
            return self.values.push(known);
        }
        let (_, a, b, _) = key;
        match operation {
            Operation::Union => {
                let v = self.top(a).min(self.top(b));
                let ((a1, a0), (b1, b0)) = (self.split(a, v), self.split(b, v));
                self.tasks.extend([
                    Task::Make(v, key),
                    Task::UpperWithoutLower,
                    Task::Do((Operation::Union, a1, b1, 0)),
                    Task::Do((Operation::Union, a0, b0, 0)),
                ]);
            }
            Operation::Product => {
                let v = self.top(a).min(self.top(b));
                let ((a1, a0), (b1, b0)) = (self.split(a, v), self.split(b, v));
                self.tasks.extend([
                    Task::Make(v, key),
                    Task::UpperWithoutLower,
                    Task::UnionOfTwo,
                    Task::Do((Operation::Product, a0, b1, size - 1)),
                    Task::ProductWith(a1, size - 1),
                    Task::Do((Operation::Union, b1, b0, 0)),
                    Task::Do((Operation::Product, a0, b0, size)),
                ]);
            }
            Operation::Without if self.top(b) < self.top(a) => {
                let (_, b0) = self.split(b, self.top(b));
                self.tasks.push(Task::Do((Operation::Without, a, b0, 0)));
            }
            Operation::Without => {
                let v = self.top(a);
                let ((a1, a0), (b1, b0)) = (self.split(a, v), self.split(b, v));
                self.tasks.extend([
                    Task::Make(v, key),
                    Task::ValueWithout(b0),
                    Task::Do((Operation::Without, a1, b1, 0)),
                    Task::Do((Operation::Without, a0, b0, 0)),
                ]);
            }
        }
    }

    /// The result where it can be seen without looking into both families.
    fn plain(&self, (operation, a, b, size): Key) -> Option<Family> {
        const NONE: Family = Family::NONE;
        const UNIT: Family = Family::UNIT;
        let (least, most) = (|f: Family| self.nodes[f.0 as usize].least, |f: Family| self.nodes[f.0 as usize].most);
        match operation {
            // The empty set is a subset of every other, so a family that has it has nothing else.
            Operation::Union if a == UNIT || b == UNIT => Some(UNIT),
            Operation::Union if b == NONE || a == b => Some(a),
            Operation::Union if a == NONE => Some(b),
            Operation::Product if least(a).max(least(b)) > size => Some(NONE),
            Operation::Product if a == UNIT && most(b) <= size => Some(b),
            Operation::Product if b == UNIT && most(a) <= size => Some(a),
            Operation::Product if a == b && most(a) <= size => Some(a),
            Operation::Without if a == NONE || b == UNIT || a == b => Some(NONE),
            Operation::Without if b == NONE || a == UNIT || least(b) > most(a) => Some(a),
            _ => None,
        }
    }
}
