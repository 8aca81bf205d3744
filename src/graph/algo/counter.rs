use super::{LANES, Lanes};

/// Counts for each lane in how many of many [`Lanes`] it is set, at about one carry-save adder for each.
///
/// A bit plane for each binary digit. Operands of weight 1 wait until there are eight, which are added at once and carry
/// into the digit of eights; from there on, two of a digit carry into the next, so the work halves from digit to digit.
#[derive(Default)]
pub struct LaneCounter {
    waiting: Vec<Lanes>,
    /// Ones, twos and fours of what does not wait.
    low: [Lanes; 3],
    /// Every digit of what is heavier or has carried, and beside each at most one operand that waits for a partner.
    digits: Vec<(Lanes, Option<Lanes>)>,
}

/// How many operands are added at once.
const AT_ONCE: usize = 8;

impl LaneCounter {
    /// Adds `weight` in each of the lanes.
    #[inline]
    pub fn add(&mut self, lanes: Lanes, weight: u32) {
        if weight == 1 {
            self.waiting.push(lanes);
            if self.waiting.len() == AT_ONCE {
                self.add_waiting();
            }
            return;
        }
        for digit in 0..32 {
            if weight >> digit & 1 == 1 {
                self.add_at(digit, lanes);
            }
        }
    }

    fn add_waiting(&mut self) {
        let [ones, twos, fours] = &mut self.low;
        if let [a, b, c, d, e, f, g, h] = self.waiting[..] {
            let pairs = [add_two(ones, a, b), add_two(ones, c, d), add_two(ones, e, f), add_two(ones, g, h)];
            let quads = [add_two(twos, pairs[0], pairs[1]), add_two(twos, pairs[2], pairs[3])];
            let carry = add_two(fours, quads[0], quads[1]);
            self.add_at(3, carry);
        }
        self.waiting.clear();
    }

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
            lanes = add_two(plane, other, lanes);
            digit += 1;
        }
    }

    /// The count of each lane.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0u64; LANES];
        let waiting = self.waiting.iter().map(|lanes| (0, *lanes));
        let low = (0u32..).zip(self.low);
        let digits = (0u32..).zip(&self.digits);
        let digits = digits.flat_map(|(digit, (plane, waiting))| {
            std::iter::once((digit, *plane)).chain(waiting.map(|lanes| (digit, lanes)))
        });
        for (digit, lanes) in waiting.chain(low).chain(digits) {
            for lane in lanes.iter() {
                counts[lane] += 1 << digit;
            }
        }
        counts
    }
}

/// Adds two operands to a plane and returns what carries into the next: a carry-save adder.
#[inline]
fn add_two(plane: &mut Lanes, a: Lanes, b: Lanes) -> Lanes {
    let carry = (*plane & a) | (*plane & b) | (a & b);
    *plane ^= a;
    *plane ^= b;
    carry
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
