//! Cut sets of size two: what two failures do together that neither does alone.
//!
//! If `a` and `b` together fail a node that neither fails alone, then some group of threshold 2 or more lost members
//! to `a` alone and others to `b` alone (the pair lemma, THEORY 2.2: look at the first node of the fixpoint where the
//! pair exceeds both). So only such groups are looked at, and only what the pair fails *in addition* is spread from
//! them, for one `a` and 512 `b` at a time.

use super::dirty::Dirty;
use super::{LANES, Lanes, Plan, Solver, at_least, in_parallel};
use std::ops::Range;

/// What is asked.
pub struct Question<'a> {
    /// The graph.
    pub plan: &'a Plan,
    /// For each position whether it is an event.
    pub events: &'a [bool],
    /// The positions of interest.
    pub targets: &'a [u32],
}

/// Some minimal cut sets of one target: a position together with any one of many.
pub struct Found<'a> {
    /// Index into the targets.
    pub target: usize,
    /// The one.
    pub one: u32,
    /// The position of lane 0 of `others`.
    pub base: u32,
    /// The others, all above `one`.
    pub others: &'a Lanes,
}

/// Finds every minimal cut set of size two of every target, each once, in no order: `add` folds them into one `A` for
/// each piece of work, in the order of the pieces.
///
/// O(blocks²) solutions of 512 scenarios, plus for each event the part of the graph in which pairs with it do more.
pub fn solve<A: Send>(
    ask: &Question<'_>,
    empty: impl Fn() -> A + Sync,
    add: impl Fn(&mut A, Found<'_>) + Sync,
) -> Vec<A> {
    let blocks = (ask.plan.len() as usize).div_ceil(LANES);
    let relevant = ask.plan.below(ask.targets);
    let mut target_at = vec![Vec::new(); ask.plan.len() as usize];
    for (i, &t) in ask.targets.iter().enumerate() {
        target_at[t as usize].push(i);
    }
    let workspace = || Search::new(ask, &relevant);
    in_parallel(blocks, workspace, |search, block| {
        let mut found = empty();
        search.first(block);
        for other in block..blocks {
            search.second(block, other, |at, one, base, others| {
                for &target in &target_at[at as usize] {
                    add(&mut found, Found { target, one, base, others });
                }
            });
        }
        found
    })
}

struct Search<'a> {
    ask: &'a Question<'a>,
    relevant: &'a [bool],
    /// Scenarios of the first event, and of the second.
    a: Solver<'a>,
    b: Solver<'a>,
    /// For each lane of `a` the groups that it fails in part.
    partial: Vec<Vec<u32>>,
    /// For each lane of `b` whether it fails the group in part; by group.
    partial_b: Vec<Lanes>,
    /// What pairs fail in addition.
    extra: Vec<Lanes>,
    touched: Vec<u32>,
    changed: Vec<bool>,
    dirty: Dirty,
}

impl<'a> Search<'a> {
    fn new(ask: &'a Question<'a>, relevant: &'a [bool]) -> Self {
        let n = ask.plan.len() as usize;
        Self {
            ask,
            relevant,
            a: Solver::new(ask.plan),
            b: Solver::new(ask.plan),
            partial: vec![Vec::new(); LANES],
            partial_b: vec![Lanes::NONE; ask.plan.owner.len()],
            extra: vec![Lanes::NONE; n],
            touched: Vec::new(),
            changed: vec![false; n],
            dirty: Dirty::new(n),
        }
    }

    /// Solves the block of the first events.
    fn first(&mut self, block: usize) {
        self.a.solve(hits(self.ask, block));
        self.partial.iter_mut().for_each(Vec::clear);
        for group in self.groups() {
            for lane in self.partly(&self.a, group).iter() {
                self.partial[lane].push(group);
            }
        }
    }

    /// Solves the block of the second events and reports, for each first event, what the pairs add.
    fn second(&mut self, first: usize, second: usize, mut report: impl FnMut(u32, u32, u32, &Lanes)) {
        self.b.solve(hits(self.ask, second));
        for group in self.groups() {
            self.partial_b[group as usize] = self.partly(&self.b, group);
        }
        let base = bounds(self.ask.plan, second).start;
        for (lane, one) in (0usize..).zip(bounds(self.ask.plan, first)) {
            let allowed = if first == second { Lanes::range(lane + 1..LANES) } else { Lanes::ALL };
            self.spread(lane, allowed);
            for at in std::mem::take(&mut self.touched) {
                let lanes = std::mem::take(&mut self.extra[at as usize]);
                report(at, one, base, &lanes);
            }
        }
    }

    fn groups(&self) -> Range<u32> {
        0..u32::try_from(self.ask.plan.owner.len()).unwrap_or(u32::MAX)
    }

    /// The scenarios that fail some members of a group that matters, but too few.
    fn partly(&self, solver: &Solver<'_>, group: u32) -> Lanes {
        let plan = self.ask.plan;
        if !self.relevant[plan.owner[group as usize] as usize] {
            return Lanes::NONE;
        }
        let members = plan.members.row(group);
        let some = solver.at_least(1, members);
        if some.is_none() { some } else { some.without(&solver.at_least(plan.threshold[group as usize], members)) }
    }

    /// The least fixpoint of what the first event of a lane and each second event fail beyond either.
    fn spread(&mut self, lane: usize, allowed: Lanes) {
        let plan = self.ask.plan;
        for &group in &self.partial[lane] {
            if !(self.partial_b[group as usize] & allowed).is_none() {
                self.dirty.insert(plan.owner[group as usize]);
            }
        }
        while let Some(at) = self.dirty.pop() {
            if self.a.failed(at).contains(lane) {
                continue;
            }
            for &group in plan.groups.row(at) {
                let failed = plan.members.row(group).iter().map(|&m| {
                    if self.a.failed(m).contains(lane) { Lanes::ALL } else { self.b.failed(m) | self.extra[m as usize] }
                });
                let lanes = at_least(plan.threshold[group as usize], failed) & allowed;
                self.raise(at, lanes);
            }
            if std::mem::replace(&mut self.changed[at as usize], false) {
                let lanes = self.extra[at as usize];
                for &user in plan.any_users.row(at) {
                    if self.relevant[user as usize] && !self.a.failed(user).contains(lane) && self.raise(user, lanes) {
                        self.dirty.insert(user);
                    }
                }
                for &user in plan.group_users.row(at) {
                    if self.relevant[user as usize] {
                        self.dirty.insert(user);
                    }
                }
            }
        }
    }

    /// Adds pairs to a position, without those whose second event fails it alone; whether any was new.
    fn raise(&mut self, at: u32, lanes: Lanes) -> bool {
        let extra = &mut self.extra[at as usize];
        let new = lanes.without(&self.b.failed(at)).without(extra);
        if new.is_none() {
            return false;
        }
        if extra.is_none() {
            self.touched.push(at);
        }
        *extra |= new;
        self.changed[at as usize] = true;
        true
    }
}

fn bounds(plan: &Plan, block: usize) -> Range<u32> {
    let at = |block: usize| u32::try_from(block * LANES).unwrap_or(u32::MAX).min(plan.len());
    at(block)..at(block + 1)
}

/// Each event of a block in a lane of its own.
fn hits<'a>(ask: &Question<'a>, block: usize) -> impl Iterator<Item = (u32, usize)> + use<'a> {
    let events = ask.events;
    bounds(ask.plan, block).zip(0..).filter(|(at, _)| events[*at as usize])
}
