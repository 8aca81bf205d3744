use super::Csr;
use std::collections::BTreeMap;

/// The likeliest walk from the nearest of several starts to each node.
#[derive(Clone, Debug, PartialEq)]
pub struct Likeliest {
    /// Node → the product along its walk; 0 where no walk leads, 1 at the starts.
    pub value: Vec<f64>,
    /// Node → the node before it on its walk; `u32::MAX` where there is none.
    pub from: Vec<u32>,
    /// The nodes that are reached, the best first: each after the node before it.
    pub order: Vec<u32>,
}

/// Of all walks from any of the starts to a node the one with the greatest product, for all nodes in one search, the best
/// first (Dijkstra's algorithm). `passes` gives the factor of an edge by its place, from 0 to 1: products never grow, so
/// loops do no harm. Of equal walks the one that was found first counts.
///
/// What waits is kept by value, and few values differ: a factor of 1, which most have, queues at the end of the very list
/// that is worked off. O(nodes + edges + improvements · log(different values)).
pub fn likeliest(edges: &Csr, starts: impl Iterator<Item = u32>, passes: impl Fn(usize) -> f64) -> Likeliest {
    let nodes = edges.rows();
    let mut found =
        Likeliest { value: vec![0.0; nodes], from: vec![u32::MAX; nodes], order: Vec::with_capacity(nodes) };
    let starts: Vec<u32> = starts.filter(|&v| std::mem::replace(&mut found.value[v as usize], 1.0) == 0.0).collect();
    // Of numbers that are not negative the greater has the greater bits.
    let mut waiting = BTreeMap::from([(1f64.to_bits(), starts)]);
    while let Some((bits, mut equal)) = waiting.pop_last() {
        let value = f64::from_bits(bits);
        let mut next = 0;
        while let Some(&at) = equal.get(next) {
            next += 1;
            if found.value[at as usize] > value {
                continue;
            }
            found.order.push(at);
            for (&to, slot) in edges.row(at).iter().zip(edges.range(at)) {
                let before = found.value[to as usize];
                // No factor makes it better than it is here.
                if before >= value {
                    continue;
                }
                let here = value * passes(slot);
                if here > before {
                    found.value[to as usize] = here;
                    found.from[to as usize] = at;
                    if here == value { &mut equal } else { waiting.entry(here.to_bits()).or_default() }.push(to);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The values are those that relaxing every edge until nothing moves gives, and each follows from the node before.
        #[test]
        fn as_by_relaxation(
            edges in prop::collection::vec((0u32..12, 0u32..12, 0usize..4), 0..60),
            starts in prop::collection::vec(0u32..12, 0..4),
        ) {
            let csr = Csr::from_pairs(12, edges.iter().map(|&(u, v, _)| (u, v)));
            let factors = Csr::from_pairs(12, (0u32..).zip(&edges).map(|(e, &(u, ..))| (u, e)));
            let passes = |slot: usize| [0.0, 0.3, 0.5, 1.0][edges[factors.item(slot) as usize].2];
            let found = likeliest(&csr, starts.iter().copied(), passes);
            let mut value = [0.0f64; 12];
            starts.iter().for_each(|&s| value[s as usize] = 1.0);
            for _ in 0..12 {
                for u in 0..12 {
                    for slot in csr.range(u) {
                        let to = csr.item(slot) as usize;
                        value[to] = value[to].max(value[u as usize] * passes(slot));
                    }
                }
            }
            prop_assert_eq!(&found.value[..], &value[..]);
            prop_assert_eq!(found.order.len(), value.iter().filter(|v| **v > 0.0).count());
            for (at, &v) in found.order.iter().enumerate() {
                let from = found.from[v as usize];
                prop_assert_eq!(from == u32::MAX, starts.contains(&v));
                prop_assert!(from == u32::MAX || found.order[..at].contains(&from));
            }
        }
    }
}
