use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Sets as rows of sides: a row stands for all sets that take one item of each of its sides.
///
/// Items are *twins* if they may replace each other in every set, so no set has two of them. A side is all twins of
/// one sort; no set stands in two rows. The given sets are of one size, sorted, and each there once.
pub fn twin_rows<S: AsRef<[u32]>>(sets: &[S]) -> Vec<Vec<Vec<u32>>> {
    // For each item what it stands with: the other item of a pair, or a number for the others of a larger set.
    let mut company: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut numbers: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
    for set in sets.iter().map(AsRef::as_ref) {
        for (at, &item) in set.iter().enumerate() {
            let others = match *set {
                [one, other] => one ^ other ^ item,
                _ => {
                    let others = [&set[..at], &set[at + 1..]].concat();
                    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                    *numbers.entry(others).or_insert(next)
                }
            };
            company.entry(item).or_default().push(others);
        }
    }
    let mut twins: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
    for (item, mut company) in company {
        company.sort_unstable();
        twins.entry(company).or_default().push(item);
    }
    // The first of a side stands for all of it.
    let sides: BTreeMap<u32, Vec<u32>> = twins.into_values().filter_map(|side| Some((*side.first()?, side))).collect();
    let row = |set: &S| set.as_ref().iter().map(|item| sides.get(item).cloned()).collect();
    sets.iter().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rectangle is one row, what is beside it another one; larger sets share sides too.
    #[test]
    fn twins_share_a_side() {
        let pairs = [[1, 3], [1, 4], [2, 3], [2, 4], [3, 9]];
        assert_eq!(twin_rows(&pairs), [vec![vec![1, 2], vec![3]], vec![vec![1, 2], vec![4]], vec![vec![3], vec![9]]]);
        let square = [[1, 3], [1, 4], [2, 3], [2, 4]];
        assert_eq!(twin_rows(&square), [vec![vec![1, 2], vec![3, 4]]]);
        let triples = [[1, 3, 5], [1, 4, 5], [2, 3, 5], [2, 4, 5]];
        assert_eq!(twin_rows(&triples), [vec![vec![1, 2], vec![3, 4], vec![5]]]);
        assert!(twin_rows::<[u32; 2]>(&[]).is_empty());
    }
}
