use super::{LANES, Lanes};

/// Counts for each lane in how many of many [`Lanes`] it is set, at about one carry-save adder for each.
///
/// A bit plane for each binary digit, and beside it at most one operand that waits for a partner: two of a digit are
/// added at once and carry into the next, so the work halves from digit to digit.
#[derive(Default)]
pub struct LaneCounter {
    digits: Vec<(Lanes, Option<Lanes>)>,
}

impl LaneCounter {
    /// Adds `weight` in each of the lanes.
    #[inline]
    pub fn add(&mut self, lanes: Lanes, weight: u32) {
        if weight == 1 {
            return self.add_at(0, lanes);
        }
        for digit in 0..32 {
            if weight >> digit & 1 == 1 {
                self.add_at(digit, lanes);
            }
        }
    }

    #[inline]
    fn add_at(&mut self, mut digit: usize, mut lanes: Lanes) {
        loop {
            if self.digits.len() <= digit {
                self.digits.resize(digit + 1, (Lanes::NONE, None));
            }
            let (plane, waiting) = &mut self.digits[digit];
            let Some(other) = waiting.take() else {
                *waiting = Some(lanes);
                return;
            };
            let carry = (*plane & other) | (*plane & lanes) | (other & lanes);
            *plane ^= other;
            *plane ^= lanes;
            lanes = carry;
            digit += 1;
        }
    }

    /// The count of each lane.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0u64; LANES];
        for (digit, (plane, waiting)) in (0u32..).zip(&self.digits) {
            for lanes in std::iter::once(*plane).chain(*waiting) {
                for lane in lanes.iter() {
                    counts[lane] += 1 << digit;
                }
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The planes agree with counting one by one, weights included.
    #[test]
    fn planes_agree_with_counting() {
        let mut counter = LaneCounter::default();
        let mut expected = vec![0u64; LANES];
        for step in 0..1_000usize {
            let weight = if step % 7 == 0 { 5 } else { 1 };
            let lanes =
                (0..LANES).filter(|l| (l * 31 + step * 17) % 11 < 4).fold(Lanes::NONE, |s, l| s | Lanes::one(l));
            lanes.iter().for_each(|l| expected[l] += u64::from(weight));
            counter.add(lanes, weight);
        }
        assert_eq!(counter.counts(), expected);
    }
}
