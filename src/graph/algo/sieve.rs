use std::ops::Range;

/// A set of numbers below a bound that gives them back in order: sorts long lists of different numbers in one pass.
pub struct Sieve {
    words: Vec<u64>,
    /// The words that are not 0 are among these.
    used: Range<usize>,
    count: usize,
}

impl Sieve {
    /// Room for numbers below `bound`.
    pub fn new(bound: usize) -> Self {
        Self { words: vec![0; bound.div_ceil(64)], used: 0..0, count: 0 }
    }

    /// Adds a number.
    #[inline]
    pub fn insert(&mut self, number: u32) {
        let at = number as usize / 64;
        let bit = 1 << (number % 64);
        self.count += usize::from(self.words[at] & bit == 0);
        self.words[at] |= bit;
        self.used = if self.used.is_empty() { at..at + 1 } else { self.used.start.min(at)..self.used.end.max(at + 1) };
    }

    /// Takes all numbers out, ascending. O(bound / 64) at most, and what there is.
    pub fn drain(&mut self) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(std::mem::take(&mut self.count));
        for at in std::mem::replace(&mut self.used, 0..0) {
            let mut word = std::mem::take(&mut self.words[at]);
            while word != 0 {
                numbers.push(u32::try_from(at * 64).unwrap_or(u32::MAX) + word.trailing_zeros());
                word &= word - 1;
            }
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers come out in order, each once, and nothing is left for the next list.
    #[test]
    fn numbers_in_order() {
        let mut sieve = Sieve::new(1_000);
        for list in [vec![999], vec![3, 1, 2, 1], (0..1_000).rev().step_by(3).collect(), vec![64, 63, 0], vec![]] {
            list.iter().for_each(|&number| sieve.insert(number));
            let sorted: std::collections::BTreeSet<u32> = list.into_iter().collect();
            assert!(sieve.drain().into_iter().eq(sorted));
        }
    }
}
