use super::super::Plan;
use super::build::Builder;
use super::{FaultTree, Input, TreeTooLarge};
use std::ops::Range;

impl FaultTree {
    /// The tree of a position's failure, with the nodes for which `is_event` holds as events; at most `max_gates`.
    ///
    /// Loops are unrolled without a change of meaning. In the least fixpoint whatever fails has a reason that does not
    /// rest on itself, so on no way down such a reason a node stands twice. Number the nodes of a loop by a depth-first
    /// search: every way round goes through an edge back up, to one of `h` *heads*. A reason therefore takes at most
    /// `h` such edges, and `h + 1` copies of the loop, in which edges back up lead into the copy below and out of the
    /// lowest nowhere, fail exactly when the loop does.
    ///
    /// # Errors
    /// If it would have more gates than allowed.
    pub fn new(
        plan: &Plan,
        is_event: impl Fn(u32) -> bool,
        target: u32,
        max_gates: usize,
    ) -> Result<Self, TreeTooLarge> {
        let below = plan.below(&[target]);
        let mut unroll =
            Unroll { plan, is_event, formula: vec![None; plan.len() as usize], builder: Builder::new(max_gates) };
        let mut at = 0;
        while let Some(range) = plan.cycle.get(at as usize).cloned().filter(|_| at <= target) {
            at = range.end;
            if below[range.start as usize] {
                unroll.cycle(&range)?;
            }
        }
        let top = unroll.formula.get(target as usize).copied().flatten();
        Ok(unroll.builder.finish(top))
    }
}

struct Unroll<'p, E> {
    plan: &'p Plan,
    is_event: E,
    /// By position; nothing for what never fails, or is not there yet.
    formula: Vec<Option<Input>>,
    builder: Builder,
}

impl<E: Fn(u32) -> bool> Unroll<'_, E> {
    /// What fails a position alone, and its groups.
    fn inputs(&self, at: u32, value: impl Fn(u32) -> Option<Input>) -> (Vec<Input>, Vec<(u32, Vec<Input>)>) {
        let plan = self.plan;
        let events = plan.nodes.row(at).iter().filter(|&&node| (self.is_event)(node)).map(|&node| Input::Event(node));
        let any = events.chain(plan.any.row(at).iter().filter_map(|&m| value(m))).collect();
        let group =
            |&g: &u32| (plan.threshold[g as usize], plan.members.row(g).iter().filter_map(|&m| value(m)).collect());
        (any, plan.groups.row(at).iter().map(group).collect())
    }

    fn build(&mut self, mut any: Vec<Input>, groups: Vec<(u32, Vec<Input>)>) -> Result<Option<Input>, TreeTooLarge> {
        for (threshold, members) in groups {
            any.extend(self.builder.at_least(threshold, members)?);
        }
        self.builder.any(any)
    }

    /// Unrolls the positions of a loop, or builds the only one. Who needs itself is a loop too: that edge leads nowhere.
    fn cycle(&mut self, range: &Range<u32>) -> Result<(), TreeTooLarge> {
        let place = |v: u32| (v - range.start) as usize;
        let members = |v: u32| {
            let plan = self.plan;
            let of_groups = plan.groups.row(v).iter().flat_map(|&g| plan.members.row(g));
            plan.any.row(v).iter().chain(of_groups).copied().filter(|m| range.contains(m))
        };
        let (order, finished) = postorder(range, members);
        let mut is_head = vec![false; range.len()];
        for &v in &order {
            for m in members(v).filter(|&m| m != v && finished[place(m)] > finished[place(v)]) {
                is_head[place(m)] = true;
            }
        }
        let heads: Vec<u32> = order.iter().copied().filter(|&v| is_head[place(v)]).collect();
        let mut below: Vec<Option<Input>> = vec![None; range.len()];
        for _ in 0..=heads.len() {
            for &v in &order {
                let up = |m: u32| range.contains(&m) && finished[place(m)] >= finished[place(v)];
                let value = |m: u32| if up(m) { below[place(m)] } else { self.formula[m as usize] };
                let (any, groups) = self.inputs(v, |m| value(m).filter(|_| m != v));
                self.formula[v as usize] = self.build(any, groups)?;
            }
            let copy: Vec<Option<Input>> = range.clone().map(|v| self.formula[v as usize]).collect();
            if std::mem::replace(&mut below, copy) == below {
                break;
            }
        }
        Ok(())
    }
}

/// The positions of a loop in the order in which a depth-first search along members leaves them, and for each position
/// when it was left.
fn postorder<I: Iterator<Item = u32>>(range: &Range<u32>, members: impl Fn(u32) -> I) -> (Vec<u32>, Vec<usize>) {
    let place = |v: u32| (v - range.start) as usize;
    let mut seen = vec![false; range.len()];
    let mut order = Vec::with_capacity(range.len());
    let mut path: Vec<(u32, I)> = Vec::new();
    // From the last: users first, so that few edges lead back up.
    for root in range.clone().rev() {
        if std::mem::replace(&mut seen[place(root)], true) {
            continue;
        }
        path.push((root, members(root)));
        while let Some((v, rest)) = path.last_mut() {
            match rest.find(|&m| !seen[place(m)]) {
                Some(m) => {
                    seen[place(m)] = true;
                    path.push((m, members(m)));
                }
                None => {
                    order.push(*v);
                    path.pop();
                }
            }
        }
    }
    let mut finished = vec![0; range.len()];
    for (when, &v) in order.iter().enumerate() {
        finished[place(v)] = when;
    }
    (order, finished)
}
