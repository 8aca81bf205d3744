use super::{Csr, FaultGraph};
use std::collections::VecDeque;

const NONE: u32 = u32::MAX;

/// How a failure came to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The failed member that it came from.
    pub from: u32,
    /// The label of the edge.
    pub label: u32,
    /// Steps from what was hit.
    pub distance: u32,
}

/// Shortest ways along which one failure scenario came, by breadth-first search over groups that fell.
///
/// Ties go to the smaller node, so the answer depends on the graph alone. O(Σ members) of what failed; a search takes
/// back the marks of the one before.
pub struct Witness<'g> {
    graph: &'g FaultGraph,
    step: Vec<Option<Step>>,
    /// Nodes by distance, what was hit first.
    order: Vec<u32>,
}

impl<'g> Witness<'g> {
    /// Room for searches in a graph.
    pub fn new(graph: &'g FaultGraph) -> Self {
        Self { graph, step: vec![None; graph.nodes() as usize], order: Vec::new() }
    }

    /// Searches from the nodes that were hit (sorted) among those for which `failed` holds, until `target` is found
    /// or, without one, everything.
    pub fn search(&mut self, hit: &[u32], failed: impl Fn(u32) -> bool, target: Option<u32>) {
        for v in self.order.drain(..) {
            self.step[v as usize] = None;
        }
        for &v in hit {
            self.find(v, Step { from: NONE, label: NONE, distance: 0 });
        }
        let graph = self.graph;
        let mut next = 0;
        while let Some(&u) = self.order.get(next) {
            next += 1;
            let distance = self.distance(u).map_or(0, |d| d + 1);
            for (group, label) in graph.uses(u) {
                let owner = graph.owner(group);
                // One failed member is enough for most groups, and `u` is one.
                let fell = || graph.threshold(group) == 1 || graph.violated(group, &failed);
                if self.step[owner as usize].is_none() && fell() {
                    self.find(owner, Step { from: u, label, distance });
                    if Some(owner) == target {
                        return;
                    }
                }
            }
        }
    }

    fn find(&mut self, node: u32, step: Step) {
        if self.step[node as usize].is_none() {
            self.step[node as usize] = Some(step);
            self.order.push(node);
        }
    }

    /// Who was found, nearest first.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Steps from what was hit, if the failure came here.
    pub fn distance(&self, node: u32) -> Option<u32> {
        self.step[node as usize].map(|s| s.distance)
    }

    /// The nodes from what was hit to a node, both included, and the labels of the edges between them. Empty if the
    /// failure did not come here.
    pub fn path(&self, to: u32) -> (Vec<u32>, Vec<u32>) {
        let (mut nodes, mut labels) = (Vec::new(), Vec::new());
        let mut at = to;
        while let Some(step) = self.step.get(at as usize).copied().flatten() {
            nodes.push(at);
            if step.from == NONE {
                break;
            }
            labels.push(step.label);
            at = step.from;
        }
        nodes.reverse();
        labels.reverse();
        (nodes, labels)
    }
}

/// A shortest cycle through a node along edges between nodes of which `within` holds: the nodes in order, the first
/// one not repeated. Empty if there is none. O(edges within).
pub fn shortest_cycle(edges: &Csr, node: u32, within: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut from = vec![NONE; edges.rows()];
    let mut queue = VecDeque::from([node]);
    while let Some(u) = queue.pop_front() {
        for &w in edges.row(u) {
            if w == node {
                let mut cycle: Vec<u32> =
                    std::iter::successors(Some(u), |&at| (at != node).then(|| from[at as usize])).collect();
                cycle.reverse();
                return cycle;
            }
            if within(w) && from[w as usize] == NONE {
                from[w as usize] = u;
                queue.push_back(w);
            }
        }
    }
    Vec::new()
}
