use std::ops::{BitAnd, BitOr, BitOrAssign, BitXorAssign, Not, Range};

/// Scenarios that are solved at once.
pub const LANES: usize = 512;

const WORDS: usize = LANES / 64;

/// One bit for each of 512 scenarios: a cache line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Lanes([u64; WORDS]);

impl Lanes {
    /// No scenario.
    pub const NONE: Lanes = Lanes([0; WORDS]);
    /// Every scenario.
    pub const ALL: Lanes = Lanes([u64::MAX; WORDS]);

    /// A single scenario.
    pub fn one(lane: usize) -> Self {
        let mut lanes = Self::NONE;
        lanes.insert(lane);
        lanes
    }

    /// The scenarios of a range.
    pub fn range(range: Range<usize>) -> Self {
        let from = |lane: usize| {
            Lanes(std::array::from_fn(|w| match lane.saturating_sub(w * 64) {
                skip @ 0..64 => u64::MAX << skip,
                _ => 0,
            }))
        };
        from(range.start).without(&from(range.end))
    }

    /// Adds a scenario.
    pub fn insert(&mut self, lane: usize) {
        self.0[lane / 64] |= 1 << (lane % 64);
    }

    /// Whether a scenario is among them.
    #[inline]
    pub fn contains(&self, lane: usize) -> bool {
        self.0[lane / 64] >> (lane % 64) & 1 == 1
    }

    /// Whether there is none.
    #[inline]
    pub fn is_none(&self) -> bool {
        self.0.iter().fold(0, |all, w| all | w) == 0
    }

    /// The first of them.
    pub fn first(&self) -> Option<usize> {
        self.iter().next()
    }

    /// How many there are.
    #[inline]
    pub fn count(&self) -> u32 {
        self.0.iter().map(|w| w.count_ones()).sum()
    }

    /// These without those.
    #[inline]
    pub fn without(&self, those: &Lanes) -> Lanes {
        *self & !*those
    }

    /// The numbers of the scenarios, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + use<> {
        (0usize..).zip(self.0).flat_map(|(w, word)| {
            std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|rest| *rest != 0)
                .map(move |rest| w * 64 + rest.trailing_zeros() as usize)
        })
    }

    #[inline]
    fn zip(self, other: Lanes, f: impl Fn(u64, u64) -> u64) -> Lanes {
        Lanes(std::array::from_fn(|w| f(self.0[w], other.0[w])))
    }
}

impl BitAnd for Lanes {
    type Output = Lanes;
    #[inline]
    fn bitand(self, other: Lanes) -> Lanes {
        self.zip(other, |a, b| a & b)
    }
}

impl BitOr for Lanes {
    type Output = Lanes;
    #[inline]
    fn bitor(self, other: Lanes) -> Lanes {
        self.zip(other, |a, b| a | b)
    }
}

impl BitOrAssign for Lanes {
    #[inline]
    fn bitor_assign(&mut self, other: Lanes) {
        *self = *self | other;
    }
}

impl BitXorAssign for Lanes {
    #[inline]
    fn bitxor_assign(&mut self, other: Lanes) {
        *self = self.zip(other, |a, b| a ^ b);
    }
}

impl Not for Lanes {
    type Output = Lanes;
    #[inline]
    fn not(self) -> Lanes {
        Lanes(self.0.map(|w| !w))
    }
}

/// The scenarios in which at least `threshold` of the members are set.
#[inline]
pub fn at_least(threshold: u32, members: impl Iterator<Item = Lanes>) -> Lanes {
    match threshold {
        0 | 1 => members.fold(Lanes::NONE, |any, m| any | m),
        2 => {
            let (mut once, mut twice) = (Lanes::NONE, Lanes::NONE);
            for member in members {
                twice |= once & member;
                once |= member;
            }
            twice
        }
        _ => counted(threshold, members),
    }
}

/// A counter with one bit plane for each binary digit, started so that it overflows when the threshold is reached.
fn counted(threshold: u32, members: impl Iterator<Item = Lanes>) -> Lanes {
    let digits = 32 - (threshold - 1).leading_zeros() as usize;
    let start = (1u64 << digits) - u64::from(threshold);
    let mut planes = [Lanes::NONE; 32];
    for (digit, plane) in (0usize..digits).zip(&mut planes) {
        if start >> digit & 1 == 1 {
            *plane = Lanes::ALL;
        }
    }
    let mut reached = Lanes::NONE;
    for member in members {
        let mut carry = member;
        for plane in &mut planes[..digits] {
            let next = *plane & carry;
            *plane ^= carry;
            carry = next;
        }
        reached |= carry;
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The counter agrees with counting, for every threshold and up to 9 members.
    #[test]
    fn counter_agrees_with_counting() {
        for n in 1..=9usize {
            // Lane l has member m set if bit m of l is.
            let members =
                (0..n).map(|m| (0..LANES).filter(|l| l >> m & 1 == 1).fold(Lanes::NONE, |s, l| s | Lanes::one(l)));
            for threshold in 1..=10u32 {
                let reached = at_least(threshold, members.clone());
                for lane in 0..LANES {
                    let count = (0..n).filter(|m| lane >> m & 1 == 1).count();
                    assert_eq!(reached.contains(lane), count >= threshold as usize, "{count} of {n} at {threshold}");
                }
            }
        }
    }

    /// Iteration and ranges name the right lanes at the borders of words.
    #[test]
    fn lanes_at_word_borders() {
        let some = [0, 63, 64, 127, 511].iter().fold(Lanes::NONE, |s, &l| s | Lanes::one(l));
        assert_eq!(some.iter().collect::<Vec<_>>(), [0, 63, 64, 127, 511]);
        for lane in [0, 62, 63, 64, 127, 510, 511] {
            assert_eq!(Lanes::range(lane..LANES).iter().collect::<Vec<_>>(), (lane..LANES).collect::<Vec<_>>());
            assert_eq!(Lanes::range(1..lane).iter().collect::<Vec<_>>(), (1..lane).collect::<Vec<_>>());
        }
        assert_eq!((some.count(), Lanes::NONE.is_none(), some.is_none()), (5, true, false));
    }
}
