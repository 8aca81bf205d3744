use super::dirty::Dirty;
use super::{Lanes, Plan, at_least};

/// Above this share of touched positions (1 in …) a sweep over all is cheaper than a queue.
const DENSE: usize = 8;

/// Solves up to 512 scenarios over a [`Plan`] at once; one for each thread.
///
/// It starts with a queue of what changed, in topological order, so that small failures cost little, and goes over to
/// a sweep once much has changed. Which way it took never shows in the result.
pub struct Solver<'p> {
    plan: &'p Plan,
    state: Vec<Lanes>,
    changed: Vec<bool>,
    dirty: Dirty,
    touched: Vec<u32>,
}

impl<'p> Solver<'p> {
    /// Room for 64 bytes a position.
    pub fn new(plan: &'p Plan) -> Self {
        let n = plan.len() as usize;
        Self { plan, state: vec![Lanes::NONE; n], changed: vec![false; n], dirty: Dirty::new(n), touched: Vec::new() }
    }

    /// The least fixpoint where each scenario hits the positions that are given for its lane.
    pub fn solve(&mut self, hits: impl Iterator<Item = (u32, usize)>) {
        for at in self.touched.drain(..) {
            self.state[at as usize] = Lanes::NONE;
        }
        for (at, lane) in hits {
            self.raise(at, Lanes::one(lane));
        }
        let limit = self.state.len() / DENSE;
        while let Some(at) = self.dirty.pop() {
            if self.touched.len() > limit.max(1_000) {
                self.dirty.clear();
                self.sweep(at);
                return;
            }
            self.settle(at);
        }
    }

    /// The scenarios in which a position has failed.
    #[inline]
    pub fn failed(&self, at: u32) -> Lanes {
        self.state[at as usize]
    }

    /// The positions that failed in some scenario; perhaps a few that did not, each once.
    pub fn touched(&self) -> &[u32] {
        &self.touched
    }

    /// The scenarios in which at least `threshold` of these positions have failed.
    #[inline]
    pub fn at_least(&self, threshold: u32, members: &[u32]) -> Lanes {
        at_least(threshold, members.iter().map(|&m| self.state[m as usize]))
    }

    /// Adds scenarios to a position and queues it.
    #[inline]
    fn raise(&mut self, at: u32, lanes: Lanes) {
        if self.merge(at, lanes) {
            self.dirty.insert(at);
        }
    }

    /// Adds scenarios to a position; whether any was new.
    #[inline]
    fn merge(&mut self, at: u32, lanes: Lanes) -> bool {
        let state = &mut self.state[at as usize];
        if lanes.without(state).is_none() {
            return false;
        }
        if state.is_none() {
            self.touched.push(at);
        }
        *state |= lanes;
        self.changed[at as usize] = true;
        true
    }

    /// Evaluates the groups of a position and hands its news on.
    fn settle(&mut self, at: u32) {
        let plan = self.plan;
        for &g in plan.groups.row(at) {
            let lanes = self.at_least(plan.threshold[g as usize], plan.members.row(g));
            self.merge(at, lanes);
        }
        if std::mem::replace(&mut self.changed[at as usize], false) {
            let lanes = self.state[at as usize];
            for &user in plan.any_users.row(at) {
                self.raise(user, lanes);
            }
            for &user in plan.group_users.row(at) {
                self.dirty.insert(user);
            }
        }
    }

    /// Evaluates all positions from one on, loops until they stand still.
    fn sweep(&mut self, from: u32) {
        let plan = self.plan;
        let end = plan.len();
        let mut at = plan.cycle.get(from as usize).map_or(end, |c| c.start);
        self.touched.retain(|&v| v < at);
        self.touched.extend(at..end);
        self.changed.fill(false);
        while at < end {
            let range = plan.cycle[at as usize].clone();
            if range.len() == 1 {
                self.state[at as usize] = self.evaluate(at);
            } else {
                while range.clone().fold(false, |moved, v| {
                    let new = self.evaluate(v);
                    moved | (std::mem::replace(&mut self.state[v as usize], new) != new)
                }) {}
            }
            at = range.end;
        }
    }

    #[inline]
    fn evaluate(&self, at: u32) -> Lanes {
        let plan = self.plan;
        let mut lanes = self.state[at as usize];
        for &m in plan.any.row(at) {
            lanes |= self.state[m as usize];
        }
        for &g in plan.groups.row(at) {
            lanes |= self.at_least(plan.threshold[g as usize], plan.members.row(g));
        }
        lanes
    }
}
