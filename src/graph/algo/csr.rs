/// Lists of numbers in two arrays: row `r` is `items[offsets[r]..offsets[r + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csr {
    offsets: Vec<u32>,
    items: Vec<u32>,
}

impl Csr {
    /// Rows `0..rows` from `(row, item)` pairs; the items of a row keep the order of the pairs.
    pub fn from_pairs(rows: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut offsets = vec![0u32; rows + 1];
        for (row, _) in pairs.clone() {
            offsets[row as usize + 1] += 1;
        }
        for r in 0..rows {
            offsets[r + 1] += offsets[r];
        }
        let mut next = offsets.clone();
        let mut items = vec![0u32; offsets[rows] as usize];
        for (row, item) in pairs {
            let at = &mut next[row as usize];
            items[*at as usize] = item;
            *at += 1;
        }
        Self { offsets, items }
    }

    /// Rows one after the other, of so many items in all.
    pub fn from_rows(rows: impl Iterator<Item = impl Iterator<Item = u32>>, items: usize) -> Self {
        let (mut offsets, mut items) = (vec![0], Vec::with_capacity(items));
        for row in rows {
            items.extend(row);
            offsets.push(u32::try_from(items.len()).unwrap_or(u32::MAX));
        }
        Self { offsets, items }
    }

    /// Other items in the same places.
    pub fn map(&self, item: impl Fn(u32) -> u32) -> Self {
        Self { offsets: self.offsets.clone(), items: self.items.iter().map(|&i| item(i)).collect() }
    }

    /// All items, row by row.
    pub fn items(&self) -> &[u32] {
        &self.items
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The number of items in all rows together.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no row has an item.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items of a row.
    #[inline]
    pub fn row(&self, row: u32) -> &[u32] {
        &self.items[self.range(row)]
    }

    /// An item by its place among all.
    #[inline]
    pub fn item(&self, at: usize) -> u32 {
        self.items[at]
    }

    /// Where the items of a row stand among all items, for data that is kept beside them.
    #[inline]
    pub fn range(&self, row: u32) -> std::ops::Range<usize> {
        self.offsets[row as usize] as usize..self.offsets[row as usize + 1] as usize
    }

    /// All `(row, item)` pairs in order.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + Clone {
        (0u32..)
            .zip(self.offsets.windows(2))
            .flat_map(|(row, w)| self.items[w[0] as usize..w[1] as usize].iter().map(move |&item| (row, item)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows keep the order of their pairs, and empty rows are empty.
    #[test]
    fn rows_keep_order() {
        let csr = Csr::from_pairs(4, [(2, 7), (0, 1), (2, 5), (0, 3)].into_iter());
        assert_eq!((csr.row(0), csr.row(1), csr.row(2), csr.row(3)), (&[1, 3][..], &[][..], &[7, 5][..], &[][..]));
        assert_eq!(csr.pairs().collect::<Vec<_>>(), [(0, 1), (0, 3), (2, 7), (2, 5)]);
    }
}
