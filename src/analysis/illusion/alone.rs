use super::claim::{Claim, can_be_held, spared};
use crate::analysis::engine::Engine;
use crate::analysis::failers::{Failers, lanes_of, position_of};
use crate::graph::algo::{Csr, Lanes, Solver};
use std::collections::BTreeSet;

/// For each claim positions that bring the group down alone, ascending, all roots of them included; never the owner's.
///
/// There may be thousands for each of as many groups. But what brings one of them down brings the group down too, so
/// whatever more positions bring down than can be excused for this claim is no root, and is left out.
pub(super) fn alone(engine: &Engine<'_>, claims: &[Claim], failers: &Failers<'_>) -> Vec<Vec<u32>> {
    let excused = |claim: &Claim| match claim.placement {
        true => u32::MAX,
        false => u32::try_from(claim.declared.len()).unwrap_or(u32::MAX).saturating_add(1),
    };
    let spared: Vec<Vec<u32>> = claims.iter().map(|claim| spared(engine, claim)).collect();
    let falls = Falls::new(engine, claims, excused);
    let most = falls.sorts.iter().map(|sort| sort.0).max().unwrap_or(0);
    let wanted = |range| failers.has_few(range, most);
    let found = engine.each_alone_of(wanted, |solver, range| {
        let sort = |&(bound, placement): &(u32, bool)| {
            let held = |p| engine.events(p).any(|c| can_be_held(engine, c, placement));
            lanes_of(&range, |p| failers.count(p) <= bound && held(p))
        };
        let counting: Vec<Lanes> = falls.sorts.iter().map(sort).collect();
        let mut found = (range.start, Vec::new(), Vec::new());
        falls.each(solver, &counting, |claim, mut lanes| {
            for position in spared[claim as usize].iter().filter(|p| range.contains(p)) {
                lanes = lanes.without(&Lanes::one((position - range.start) as usize));
            }
            if !lanes.is_none() {
                found.1.push(claim);
                found.2.push(lanes);
            }
        });
        vec![found]
    });
    // Room for what there is: there may be a hundred million.
    let mut counts = vec![0usize; claims.len()];
    for (_, which, lanes) in &found {
        which.iter().zip(lanes).for_each(|(&claim, lanes)| counts[claim as usize] += lanes.count() as usize);
    }
    let mut causes: Vec<Vec<u32>> = counts.into_iter().map(Vec::with_capacity).collect();
    for (first, which, lanes) in found {
        let each = which.into_iter().zip(lanes);
        each.for_each(|(claim, lanes)| {
            causes[claim as usize].extend(lanes.iter().map(|lane| position_of(first, lane)))
        });
    }
    causes
}

/// When claims fall, in the order of their owners' positions, which is that of their members as far as it can be.
struct Falls {
    /// Of what counts: positions with so many failers at most, and for claims about members or about places.
    sorts: Vec<(u32, bool)>,
    /// Claim, its place in `sorts`, a threshold; beside the rows of `members`.
    rows: Vec<(u32, usize, u32)>,
    members: Csr,
}

impl Falls {
    fn new(engine: &Engine<'_>, claims: &[Claim], excused: impl Fn(&Claim) -> u32) -> Self {
        let sort = |claim: &Claim| (excused(claim), claim.placement);
        let sorts: Vec<(u32, bool)> = claims.iter().map(sort).collect::<BTreeSet<_>>().into_iter().collect();
        let mut order: Vec<(u32, &Claim)> = (0u32..).zip(claims).collect();
        order.sort_by_key(|(_, claim)| engine.at(claim.owner));
        let (mut rows, mut members) = (Vec::new(), Vec::new());
        for (i, claim) in order {
            let sort = sorts.partition_point(|s| *s < sort(claim));
            for (threshold, positions) in &claim.falls {
                rows.push((i, sort, *threshold));
                members.push(positions);
            }
        }
        let count = members.iter().map(|positions| positions.len()).sum();
        Self { sorts, rows, members: Csr::from_rows(members.into_iter().map(|m| m.iter().copied()), count) }
    }

    /// In which of the scenarios that count for its sort each claim falls, for those that do.
    fn each(&self, solver: &Solver<'_>, counting: &[Lanes], mut tell: impl FnMut(u32, Lanes)) {
        let mut numbered = (0u32..).zip(&self.rows).filter(|(_, (_, sort, _))| !counting[*sort].is_none()).peekable();
        while let Some((row, &(claim, sort, threshold))) = numbered.next() {
            let mut lanes = solver.at_least(threshold, self.members.row(row));
            while let Some((row, &(_, _, threshold))) = numbered.next_if(|(_, (other, ..))| *other == claim) {
                lanes |= solver.at_least(threshold, self.members.row(row));
            }
            lanes = lanes & counting[sort];
            if !lanes.is_none() {
                tell(claim, lanes);
            }
        }
    }
}
