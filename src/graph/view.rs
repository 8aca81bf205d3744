//! Parts of a graph: what lies around a component, and how one reaches another.

use super::{ComponentId, Dependency, DependencyId, Graph};
use std::collections::{BTreeSet, VecDeque};

/// The components at most `depth` dependencies away from any of `centres`, against or along the arrows, with the
/// centres. Arrows count on every plane. O(components + dependencies).
pub fn neighbourhood(graph: &Graph, centres: &[ComponentId], depth: u32) -> BTreeSet<ComponentId> {
    let mut seen: BTreeSet<ComponentId> = centres.iter().copied().collect();
    let mut rim: Vec<ComponentId> = seen.iter().copied().collect();
    for _ in 0..depth {
        let mut next = Vec::new();
        for at in rim {
            let neighbours = graph.providers(at).map(|(_, d)| d.to).chain(graph.dependents(at).map(|(_, d)| d.from));
            next.extend(neighbours.filter(|&n| seen.insert(n)));
        }
        if next.is_empty() {
            break;
        }
        rim = next;
    }
    seen
}

/// The fewest dependencies that lead from `from` to its direct or indirect provider `to`, in that order, using only
/// those that `follow` accepts; nothing if there is no way. O(components + dependencies).
pub fn connection(
    graph: &Graph,
    from: ComponentId,
    to: ComponentId,
    follow: impl Fn(&Dependency) -> bool,
) -> Option<Vec<DependencyId>> {
    let mut reached_by: Vec<Option<DependencyId>> = vec![None; graph.components.len()];
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            break;
        }
        for (id, d) in graph.providers(at).filter(|(_, d)| follow(d)) {
            if d.to != from && reached_by[d.to.0 as usize].is_none() {
                reached_by[d.to.0 as usize] = Some(id);
                queue.push_back(d.to);
            }
        }
    }
    let mut edges = Vec::new();
    let mut at = to;
    while at != from {
        let by = reached_by[at.0 as usize]?;
        edges.push(by);
        at = graph.dependency(by).from;
    }
    edges.reverse();
    Some(edges)
}
