//! Parts of a graph: what lies around a component, and how one reaches another.

use super::{ComponentId, Dependency, DependencyId, Graph};
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef as _;
use rustc_hash::FxHashMap;
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

/// The shortest ways between components, over some of the dependencies.
pub struct Ways(DiGraph<ComponentId, DependencyId>);

impl Ways {
    /// Those over the dependencies that `follow` accepts. O(components + dependencies).
    pub fn new(graph: &Graph, follow: impl Fn(&Dependency) -> bool) -> Self {
        Self(as_petgraph(graph, follow))
    }

    /// The fewest dependencies that lead from `from` to its direct or indirect provider `to`, in that order, of equally
    /// few the first; nothing if there is no way. O(what is nearer than `to`).
    pub fn shortest(&self, from: ComponentId, to: ComponentId) -> Option<Vec<DependencyId>> {
        let (from, to) = (node(from), node(to));
        let mut came: FxHashMap<NodeIndex, EdgeIndex> = FxHashMap::default();
        let mut open = VecDeque::from([from]);
        while to != from && !came.contains_key(&to) {
            let at = open.pop_front()?;
            for edge in self.0.edges(at).filter(|e| e.target() != from) {
                came.entry(edge.target()).or_insert_with(|| {
                    open.push_back(edge.target());
                    edge.id()
                });
            }
        }
        let mut way = Vec::new();
        let mut at = to;
        while at != from {
            let edge = *came.get(&at)?;
            way.push(*self.0.edge_weight(edge)?);
            at = self.0.edge_endpoints(edge)?.0;
        }
        way.reverse();
        Some(way)
    }
}

/// One shortest way of [`Ways`].
pub fn connection(
    graph: &Graph,
    from: ComponentId,
    to: ComponentId,
    follow: impl Fn(&Dependency) -> bool,
) -> Option<Vec<DependencyId>> {
    Ways::new(graph, follow).shortest(from, to)
}
