use super::claim::Claim;
use crate::analysis::engine::Engine;
use crate::analysis::failers::position_of;
use crate::graph::algo::{FaultGraph, Groups, Lanes, Member, Plan, pairs};
use std::collections::BTreeSet;

/// For those of the claims that nothing brings down alone: positions that bring down several members, and with one
/// more failure all, ascending. If only two together ever bring down several, all such pairs.
pub(super) fn together(engine: &Engine<'_>, claims: &[Claim], which: &[usize]) -> Vec<Vec<u32>> {
    if which.is_empty() {
        return Vec::new();
    }
    let pairs = in_pairs(engine, claims, which);
    let several = engine.each_alone(|solver, range| {
        let mut several = Vec::new();
        for (i, &claim) in which.iter().enumerate() {
            let falls = claims[claim].falls.iter().map(|(_, members)| solver.at_least(2, members));
            let lanes = falls.fold(Lanes::NONE, |all, lanes| all | lanes);
            several.extend(lanes.iter().map(|lane| (i, position_of(range.start, lane))));
        }
        several
    });
    let mut causes = vec![Vec::new(); which.len()];
    for (i, position) in several.into_iter().filter(|(i, position)| pairs[*i].contains(position)) {
        causes[i].push(position);
    }
    for (causes, pairs) in causes.iter_mut().zip(pairs).filter(|(causes, _)| causes.is_empty()) {
        causes.extend(pairs);
    }
    causes
}

/// For each of the claims the positions that bring the group down together with another one.
fn in_pairs(engine: &Engine<'_>, claims: &[Claim], which: &[usize]) -> Vec<BTreeSet<u32>> {
    // A node more for each group, that fails when the group does, is a target like an entry.
    let hard = engine.model.hard();
    let mut groups = Groups::default();
    hard.groups().for_each(|g| groups.push(hard.owner(g), hard.threshold(g), hard.labelled(g)));
    let probes = hard.nodes()..hard.nodes() + u32::try_from(which.len()).unwrap_or(0);
    for (owner, &claim) in probes.clone().zip(which) {
        for (threshold, members) in &claims[claim].falls {
            let node = |&position: &u32| engine.plan.nodes.row(position).first().copied();
            let members = members.iter().filter_map(node).map(|node| Member { node, label: 0 });
            groups.push(owner, *threshold, members);
        }
    }
    let plan = Plan::new(&FaultGraph::new(probes.end, groups));
    let events = |at: u32| plan.nodes.row(at).iter().filter(|&&v| v < hard.nodes()).map(|&v| engine.plan.at(v)).next();
    let can_fail: Vec<bool> =
        (0..plan.len()).map(|at| events(at).is_some_and(|at| engine.events(at).next().is_some())).collect();
    let targets: Vec<u32> = probes.map(|probe| plan.at(probe)).collect();
    let ask = pairs::Question { plan: &plan, events: &can_fail, targets: &targets };
    let found = pairs::solve(&ask, BTreeSet::new, |found: &mut BTreeSet<(usize, u32)>, pair| {
        let owner = plan.at(claims[which[pair.target]].owner.0);
        if pair.one == owner {
            return;
        }
        for other in pair.others.iter().map(|lane| position_of(pair.base, lane)).filter(|&other| other != owner) {
            found.extend([(pair.target, pair.one), (pair.target, other)]);
        }
    });
    let mut of_claim = vec![BTreeSet::new(); which.len()];
    for (i, at) in found.into_iter().flatten() {
        of_claim[i].extend(events(at));
    }
    of_claim
}
