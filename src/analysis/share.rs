use super::fault_model::FaultModel;
use crate::graph::Graph;
use crate::graph::algo::{Csr, FaultGraph, Witness, components};

/// The expected share of requests that a failure hits, for each node that it reached: 1 for what was hit.
///
/// A request of `v` is hit over a dependency with the share of requests that use it times the provider's own share;
/// several dependencies hit independently (1 − Π(1 − p)). A group that several failures bring down is hit at most as
/// often as its threshold-th worst member. Around a loop a request is counted once: only what is nearer to the failure
/// adds to what is farther. Unknown shares are 1.
pub(super) struct Shares<'a> {
    graph: &'a Graph,
    share: Vec<Option<f64>>,
}

impl<'a> Shares<'a> {
    /// Computes the shares along the groups that fell. O(graph).
    pub(super) fn new(graph: &'a Graph, model: &FaultModel, reached: &Witness<'_>) -> Self {
        let hard = model.hard();
        let edges = hard.groups().flat_map(|g| hard.members(g).iter().map(move |&m| (hard.owner(g), m)));
        let loops = components(&Csr::from_pairs(hard.nodes() as usize, edges));
        let mut order = reached.order().to_vec();
        order.sort_by_key(|&v| (loops.of[v as usize], reached.distance(v), v));
        let mut shares = Self { graph, share: vec![None; hard.nodes() as usize] };
        for v in order {
            let share = if reached.distance(v) == Some(0) { 1.0 } else { shares.of(hard, v, reached) };
            shares.share[v as usize] = Some(share);
        }
        shares
    }

    /// The share of a node.
    pub(super) fn get(&self, node: u32) -> f64 {
        self.share[node as usize].unwrap_or(0.0)
    }

    /// The share with which the groups of a node hit it.
    pub(super) fn of(&self, groups: &FaultGraph, node: u32, reached: &Witness<'_>) -> f64 {
        let spared =
            groups.groups_of(node).filter(|&g| groups.violated(g, |m| reached.distance(m).is_some())).map(|g| {
                let threshold = groups.threshold(g) as usize;
                let members = groups.labelled(g).filter(|m| reached.distance(m.node).is_some());
                // A member that comes later around a loop adds nothing alone, but cannot excuse its group either.
                let later = if threshold == 1 { 0.0 } else { 1.0 };
                let mut hits: Vec<f64> =
                    members.map(|m| self.uses(m.label) * self.share[m.node as usize].unwrap_or(later)).collect();
                if threshold == 1 {
                    return hits.iter().map(|p| 1.0 - p).product();
                }
                hits.sort_by(|a, b| b.total_cmp(a));
                1.0 - hits.get(threshold - 1).copied().unwrap_or(0.0)
            });
        1.0 - spared.product::<f64>()
    }

    fn uses(&self, label: u32) -> f64 {
        let share = FaultModel::dependency(label).and_then(|id| self.graph.dependency(id).share);
        share.filter(|s| s.is_finite()).map_or(1.0, |s| s.clamp(0.0, 1.0))
    }
}
