use super::Single;
use super::engine::Engine;
use crate::graph::algo::{Csr, Lanes};
use std::cmp::Reverse;
use std::ops::Range;

/// What brings each position down alone, and is the root of the two: always, unless both bring each other down; then the
/// one whose component comes first.
pub(super) struct Failers<'e> {
    engine: &'e Engine<'e>,
    /// By position. What brings another one down and not the other way round fails more, so it comes first.
    rank: Vec<(Reverse<u64>, u32)>,
    counts: Vec<u32>,
}

impl<'e> Failers<'e> {
    /// O(n/512 · members), and what fails in loops.
    pub(super) fn new(engine: &'e Engine<'e>, singles: &[Single]) -> Self {
        let mut rank = vec![(Reverse(0), u32::MAX); engine.plan.len() as usize];
        for single in singles {
            let rank = &mut rank[engine.at(single.component) as usize];
            *rank = (*rank).min((Reverse(single.failed), single.component.0));
        }
        let mut failers = Self { engine, rank, counts: vec![0; engine.plan.len() as usize] };
        let counted = engine.each_alone(|solver, range| {
            let can_fail = failers.can_fail(&range);
            let count = |&at: &u32| (at, failers.above(at, &range, solver.failed(at) & can_fail).count());
            solver.touched().iter().map(count).collect()
        });
        counted.into_iter().for_each(|(at, count)| failers.counts[at as usize] += count);
        failers
    }

    /// How many there are of a position.
    pub(super) fn count(&self, position: u32) -> u32 {
        self.counts[position as usize]
    }

    /// Whether some position of a range has so few.
    pub(super) fn has_few(&self, mut range: Range<u32>, most: u32) -> bool {
        range.any(|p| self.count(p) <= most)
    }

    /// Those of some positions, a row each.
    ///
    /// What brings a failer of a position down is a failer of the position too, so failers have fewer than it has.
    pub(super) fn of(&self, positions: &[u32]) -> Csr {
        let most = positions.iter().map(|&p| self.count(p)).max().unwrap_or(0);
        let wanted = |range| self.has_few(range, most);
        let found = self.engine.each_alone_of(wanted, |solver, range| {
            let can_fail = self.can_fail(&range);
            let mut found = Vec::new();
            for (i, &position) in (0u32..).zip(positions) {
                let above = self.above(position, &range, solver.failed(position) & can_fail);
                found.extend(above.iter().map(|lane| (i, position_of(range.start, lane))));
            }
            found
        });
        Csr::from_pairs(positions.len(), found.iter().copied())
    }

    fn can_fail(&self, range: &Range<u32>) -> Lanes {
        lanes_of(range, |p| self.engine.events(p).next().is_some())
    }

    /// Those of a position among positions that bring it down.
    fn above(&self, position: u32, range: &Range<u32>, mut lanes: Lanes) -> Lanes {
        if self.engine.plan.cycle[position as usize].len() > 1 {
            let rank = |p: u32| self.rank[p as usize];
            let is_root = |&lane: &usize| rank(position_of(range.start, lane)) < rank(position);
            return lanes.iter().filter(is_root).fold(Lanes::NONE, |all, lane| all | Lanes::one(lane));
        }
        if range.contains(&position) {
            lanes = lanes.without(&Lanes::one((position - range.start) as usize));
        }
        lanes
    }
}

/// The lanes of the positions of a range of which something holds.
pub(super) fn lanes_of(range: &Range<u32>, holds: impl Fn(u32) -> bool) -> Lanes {
    let held = range.clone().enumerate().filter(|(_, position)| holds(*position));
    held.fold(Lanes::NONE, |all, (lane, _)| all | Lanes::one(lane))
}

/// The position of a lane, if the first lane has this one.
pub(super) fn position_of(first: u32, lane: usize) -> u32 {
    first.saturating_add(u32::try_from(lane).unwrap_or(u32::MAX))
}
