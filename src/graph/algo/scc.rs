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
    let n = edges.rows();
    let mut index = vec![NONE; n];
    let mut low = vec![NONE; n];
    let mut of = vec![NONE; n];
    let mut open: Vec<u32> = Vec::new();
    let mut path: Vec<(u32, usize)> = Vec::new();
    let mut left: Vec<u32> = Vec::with_capacity(n);
    let (mut clock, mut count) = (0u32, 0u32);
    for root in 0..u32::try_from(n).unwrap_or(NONE) {
        if index[root as usize] != NONE {
            continue;
        }
        path.push((root, 0));
        while let Some((node, next)) = path.last_mut() {
            let v = *node as usize;
            if index[v] == NONE {
                (index[v], low[v]) = (clock, clock);
                clock += 1;
                open.push(*node);
            }
            if let Some(&w) = edges.row(*node).get(*next) {
                *next += 1;
                if index[w as usize] == NONE {
                    path.push((w, 0));
                } else if of[w as usize] == NONE {
                    low[v] = low[v].min(index[w as usize]);
                }
                continue;
            }
            left.extend(path.pop().map(|(v, _)| v));
            if let Some(&(parent, _)) = path.last() {
                low[parent as usize] = low[parent as usize].min(low[v]);
            }
            if low[v] == index[v] {
                while let Some(w) = open.pop() {
                    of[w as usize] = count;
                    if w as usize == v {
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
