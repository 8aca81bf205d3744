//! Parts of a graph: what lies around a component, and how one reaches another.

use super::{ComponentId, Dependency, DependencyId, Graph};
use petgraph::algo::astar;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeSet;

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

/// The graph in petgraph's form, for its algorithms: nodes have the components' indices, only dependencies that `keep`
/// accepts are edges.
pub fn as_petgraph(graph: &Graph, keep: impl Fn(&Dependency) -> bool) -> DiGraph<ComponentId, DependencyId> {
    let mut plain = DiGraph::with_capacity(graph.components.len(), graph.dependencies.len());
    for id in graph.ids() {
        plain.add_node(id);
    }
    // petgraph walks the edges of a node from the last one added to the first: added backwards, ties go to the first.
    let backwards = graph.dependency_ids().zip(&graph.dependencies).collect::<Vec<_>>().into_iter().rev();
    for (id, d) in backwards.filter(|(_, d)| keep(d)) {
        plain.add_edge(node(d.from), node(d.to), id);
    }
    plain
}

fn node(id: ComponentId) -> NodeIndex {
    NodeIndex::new(id.0 as usize)
}

/// The fewest dependencies that lead from `from` to its direct or indirect provider `to`, in that order, using only
/// those that `follow` accepts; nothing if there is no way.
pub fn connection(
    graph: &Graph,
    from: ComponentId,
    to: ComponentId,
    follow: impl Fn(&Dependency) -> bool,
) -> Option<Vec<DependencyId>> {
    let plain = as_petgraph(graph, follow);
    let (_, way) = astar(&plain, node(from), |at| at == node(to), |_| 1u32, |_| 0)?;
    way.windows(2).map(|step| plain.find_edge(step[0], step[1]).and_then(|e| plain.edge_weight(e)).copied()).collect()
}
