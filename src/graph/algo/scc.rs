use super::Csr;

/// Strongly connected components, numbered so that every edge goes to the same or a smaller number.
#[derive(Clone, Debug)]
pub struct Components {
    /// Node → component.
    pub of: Vec<u32>,
    /// Component → nodes, ascending.
    pub members: Csr,
    /// Nodes in the order in which a search along the edges left them: but for what closes a loop, providers first.
    pub left: Vec<u32>,
}

/// Tarjan's algorithm with a stack of its own, O(nodes + edges): a chain of a million nodes is no problem.
pub fn components(edges: &Csr) -> Components {
    const NONE: u32 = u32::MAX;
    /// A node whose component is known: no search goes by it any more, so it is older than none.
    const DONE: u32 = NONE - 1;
    let n = edges.rows();
    // When a node was met, and the component that it is in.
    let (mut met, mut of) = (vec![NONE; n], vec![NONE; n]);
    let mut open: Vec<u32> = Vec::new();
    let mut path: Vec<Visit> = Vec::new();
    let mut left: Vec<u32> = Vec::with_capacity(n);
    let (mut clock, mut count) = (0u32, 0u32);
    for root in 0..u32::try_from(n).unwrap_or(NONE) {
        let mut next = (met[root as usize] == NONE).then_some(root);
        loop {
            if let Some(node) = next.take() {
                met[node as usize] = clock;
                open.push(node);
                path.push(Visit { node, oldest: clock, rest: edges.range(node) });
                clock += 1;
            }
            let Some(visit) = path.last_mut() else { break };
            for slot in visit.rest.by_ref() {
                let to = edges.item(slot);
                match met[to as usize] {
                    NONE => {
                        next = Some(to);
                        break;
                    }
                    time => visit.oldest = visit.oldest.min(time),
                }
            }
            if next.is_some() {
                continue;
            }
            let Some(Visit { node, oldest, .. }) = path.pop() else { break };
            left.push(node);
            if let Some(caller) = path.last_mut() {
                caller.oldest = caller.oldest.min(oldest);
            }
            if oldest == met[node as usize] {
                while let Some(w) = open.pop() {
                    (met[w as usize], of[w as usize]) = (DONE, count);
                    if w == node {
                        break;
                    }
                }
                count += 1;
            }
        }
    }
    let members = Csr::from_pairs(count as usize, of.iter().copied().zip(0u32..));
    Components { of, members, left }
}

/// A node on the path of the search.
struct Visit {
    node: u32,
    /// When the oldest node was met that is known to be in its loop.
    oldest: u32,
    /// The edges that are to be followed yet.
    rest: std::ops::Range<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loop is one component, its providers come before it, its dependents after it.
    #[test]
    fn loops_collapse_in_topological_order() {
        let found = components(&Csr::from_pairs(5, [(0, 1), (1, 2), (2, 1), (2, 3)].into_iter()));
        assert_eq!(found.of, [2, 1, 1, 0, 3]);
        assert_eq!(found.members.row(1), [1, 2]);
        assert_eq!(found.left, [3, 2, 1, 0, 4]);
    }

    /// Input controls the length of a chain, so it must not control the depth of the stack.
    #[test]
    fn long_chains_do_not_overflow() {
        let n = 1_000_000u32;
        let found = components(&Csr::from_pairs(n as usize, (1..n).map(|v| (v - 1, v))));
        assert_eq!(found.of[0], n - 1);
    }
}
