use super::dirty::Dirty;
use super::{Lanes, Plan, at_least};

/// Above this share of what is ahead (1 in …) a sweep over all of it is cheaper than a queue.
const DENSE: usize = 16;

/// Solves up to 512 scenarios over a [`Plan`] at once; one for each thread.
///
/// It starts with a queue of what changed, in topological order, so that small failures cost little, and goes over to
/// a sweep once much has changed: what changed so far has told its users, so a sweep reads only what comes after. What
/// depends on nobody is always told, never read. What falls with the hub is not looked at where the hub has fallen in all
/// scenarios. Which way it took never shows in the result.
pub struct Solver<'p> {
    plan: &'p Plan,
    state: Vec<Lanes>,
    /// The scenarios that are asked.
    asked: Lanes,
    /// Whether the users of a position do not know yet what it has, and of how many positions.
    changed: Vec<bool>,
    news: usize,
    dirty: Dirty,
    touched: Vec<u32>,
}

impl<'p> Solver<'p> {
    /// Room for 64 bytes a position.
    pub fn new(plan: &'p Plan) -> Self {
        let n = plan.len() as usize;
        let (state, changed) = (vec![Lanes::NONE; n], vec![false; n]);
        Self { plan, state, asked: Lanes::NONE, changed, news: 0, dirty: Dirty::new(n), touched: Vec::new() }
    }

    /// The least fixpoint where each scenario hits the positions that are given for its lane.
    pub fn solve(&mut self, hits: impl Iterator<Item = (u32, usize)>) {
        for at in self.touched.drain(..) {
            self.state[at as usize] = Lanes::NONE;
        }
        self.asked = Lanes::NONE;
        for (at, lane) in hits {
            self.asked.insert(lane);
            self.raise(at, Lanes::one(lane));
        }
        while let Some(at) = self.dirty.pop() {
            let ahead = (self.plan.len() - at) as usize;
            if at >= self.plan.dependents && self.news * DENSE > ahead {
                self.dirty.clear();
                return self.sweep(at);
            }
            self.settle(at);
        }
    }

    /// The scenarios in which a position has failed.
    #[inline]
    pub fn failed(&self, at: u32) -> Lanes {
        self.state[at as usize]
    }

    /// The positions that failed in some scenario, each once.
    pub fn touched(&self) -> &[u32] {
        &self.touched
    }

    /// The scenarios in which at least `threshold` of these positions have failed.
    #[inline]
    pub fn at_least(&self, threshold: u32, members: &[u32]) -> Lanes {
        if threshold as usize == members.len() {
            return self.all(members);
        }
        at_least(threshold, members.iter().map(|&m| self.state[m as usize]))
    }

    /// The scenarios in which all of these positions have failed: looks no further once there is none.
    #[inline]
    fn all(&self, members: &[u32]) -> Lanes {
        let mut all = Lanes::ALL;
        for &m in members {
            all = all & self.state[m as usize];
            if all.is_none() {
                break;
            }
        }
        all
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
        self.news += usize::from(!std::mem::replace(&mut self.changed[at as usize], true));
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
            self.news -= 1;
            let lanes = self.state[at as usize];
            for &user in plan.any_users.row(at) {
                self.raise(user, lanes);
            }
            for &user in plan.group_users.row(at) {
                self.dirty.insert(user);
            }
        }
    }

    /// Evaluates all positions from one on, loops until they stand still. Those before it have told their users.
    fn sweep(&mut self, from: u32) {
        let plan = self.plan;
        let end = plan.len();
        let from = plan.cycle.get(from as usize).map_or(end, |c| c.start);
        self.touched.retain(|&v| v < from);
        self.changed.fill(false);
        self.news = 0;
        let mut at = from;
        let hub = plan.hub.as_ref();
        while hub.is_some_and(|hub| at <= hub.at) {
            at = self.step(at, from);
        }
        // What has them all cannot get more.
        let above = hub.filter(|hub| self.state[hub.at as usize] == self.asked).map_or(&[][..], |hub| &hub.above);
        while at < end {
            if above.get(at as usize).is_some_and(|above| *above) {
                self.state[at as usize] = self.asked;
                at += 1;
            } else {
                at = self.step(at, from);
            }
        }
        self.touched.extend((from..end).filter(|&v| !self.state[v as usize].is_none()));
    }

    /// Evaluates a position, or the whole loop that it stands in until that stands still, and returns what comes next.
    #[inline]
    fn step(&mut self, at: u32, from: u32) -> u32 {
        let range = self.plan.cycle[at as usize].clone();
        if range.len() == 1 {
            self.evaluate(at, from);
        } else {
            while range.clone().fold(false, |moved, v| {
                let old = self.state[v as usize];
                self.evaluate(v, from);
                moved | (self.state[v as usize] != old)
            }) {}
        }
        range.end
    }

    /// Gives a position what it gets from its groups and from positions that are not before `from`.
    #[inline]
    fn evaluate(&mut self, at: u32, from: u32) {
        let plan = self.plan;
        let mut lanes = self.state[at as usize];
        for &m in plan.any.row(at).iter().take_while(|m| **m >= from) {
            lanes |= self.state[m as usize];
        }
        for &g in plan.groups.row(at) {
            lanes |= self.at_least(plan.threshold[g as usize], plan.members.row(g));
        }
        self.state[at as usize] = lanes;
    }
}
