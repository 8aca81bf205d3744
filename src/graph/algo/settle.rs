use super::{Components, Csr, components};

/// Values that depend on those of the nodes that a node leads to: `value(node, values)` with everything outside the
/// node's loop settled. Loops start from `top` and go down until they rest, at most as many rounds as they have nodes
/// and one: for a monotone `value` that is an upper bound of every solution, and the greatest one where it rests.
///
/// O(nodes + edges) calls of `value`, and for each loop as many as it takes.
pub fn settle<T: Clone + PartialEq>(edges: &Csr, top: &T, value: impl Fn(u32, &[T]) -> T) -> Vec<T> {
    let Components { members, .. } = components(edges);
    let mut values = vec![top.clone(); edges.rows()];
    for scc in 0..u32::try_from(members.rows()).unwrap_or(u32::MAX) {
        let round = members.row(scc);
        let rounds = if round.len() == 1 && !edges.row(round[0]).contains(&round[0]) { 1 } else { round.len() + 1 };
        for _ in 0..rounds {
            let mut moving = false;
            for &v in round {
                let new = value(v, &values);
                moving |= values[v as usize] != new;
                values[v as usize] = new;
            }
            if !moving {
                break;
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chain adds up from its end; a loop without a limit stays at the top, one with a limit comes down to it.
    #[test]
    fn loops_come_down() {
        let edges = Csr::from_pairs(5, [(0, 1), (1, 2), (2, 1), (3, 4), (4, 3)].into_iter());
        let limit = |v: u32| if v == 2 { 10.0 } else { f64::INFINITY };
        let cost = |v: u32, values: &[f64]| {
            let below: f64 = edges.row(v).iter().map(|&w| values[w as usize]).sum();
            (1.0 + below).min(limit(v))
        };
        assert_eq!(settle(&edges, &f64::INFINITY, cost), [12.0, 11.0, 10.0, f64::INFINITY, f64::INFINITY]);
    }
}
