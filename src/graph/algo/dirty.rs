/// A set of numbers that gives back the smallest first: a queue in topological order without a heap.
pub(super) struct Dirty {
    words: Vec<u64>,
    /// One bit for each word that is not 0.
    summary: Vec<u64>,
    /// No word of `summary` before this one has a bit.
    first: usize,
}

impl Dirty {
    pub(super) fn new(size: usize) -> Self {
        let words = size.div_ceil(64);
        Self { words: vec![0; words], summary: vec![0; words.div_ceil(64)], first: 0 }
    }

    #[inline]
    pub(super) fn insert(&mut self, n: u32) {
        let word = n as usize / 64;
        self.words[word] |= 1 << (n % 64);
        self.summary[word / 64] |= 1 << (word % 64);
        self.first = self.first.min(word / 64);
    }

    pub(super) fn pop(&mut self) -> Option<u32> {
        while *self.summary.get(self.first)? == 0 {
            self.first += 1;
        }
        let summary = &mut self.summary[self.first];
        let at = self.first * 64 + summary.trailing_zeros() as usize;
        let word = &mut self.words[at];
        let bit = word.trailing_zeros();
        *word &= *word - 1;
        if *word == 0 {
            *summary &= *summary - 1;
        }
        u32::try_from(at).ok().map(|at| at * 64 + bit)
    }

    pub(super) fn clear(&mut self) {
        while self.pop().is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest comes first, also when it is added after larger ones were taken.
    #[test]
    fn smallest_first() {
        let mut dirty = Dirty::new(10_000);
        [9_999, 64, 64, 4_096].iter().for_each(|&n| dirty.insert(n));
        assert_eq!((dirty.pop(), dirty.pop()), (Some(64), Some(4_096)));
        dirty.insert(3);
        assert_eq!((dirty.pop(), dirty.pop(), dirty.pop()), (Some(3), Some(9_999), None));
    }
}
