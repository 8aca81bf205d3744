use super::fault_model::FaultModel;
use crate::graph::Graph;
use crate::graph::algo::{Csr, FaultGraph, Member, Witness, components};

const NONE: u32 = u32::MAX;

/// The expected share of requests that a failure hits, for each node that it reached: 1 for what was hit.
///
/// A request of `v` is hit over a dependency with the share of requests that use it times the provider's own share;
/// several dependencies hit independently (1 − Π(1 − p)). A group that several failures bring down is hit at most as
/// often as its threshold-th worst member. Around a loop a request is counted once: only what is nearer to the failure
/// adds to what is farther. Unknown shares are 1.
pub(super) struct Shares<'a> {
    graph: &'a Graph,
    /// Nodes that were reached, and where each stands among them.
    reached: Vec<u32>,
    place: Vec<u32>,
    /// By place; nothing while it is not known yet.
    share: Vec<Option<f64>>,
}

impl<'a> Shares<'a> {
    /// Room for one scenario after another over so many nodes.
    pub(super) fn new(graph: &'a Graph, nodes: u32) -> Self {
        Self { graph, reached: Vec::new(), place: vec![NONE; nodes as usize], share: Vec::new() }
    }

    /// Computes the shares along the groups that fell, of all that a search without a target reached. O(Σ members) of
    /// what failed.
    pub(super) fn measure(&mut self, hard: &FaultGraph, reached: &Witness<'_>) {
        for v in self.reached.drain(..) {
            self.place[v as usize] = NONE;
        }
        self.reached.extend_from_slice(reached.order());
        for (i, &v) in (0u32..).zip(&self.reached) {
            self.place[v as usize] = i;
        }
        self.share = vec![None; self.reached.len()];
        // Loops among what failed, through groups that fell: nothing else carries requests that are hit.
        let fell = |v: u32| hard.groups_of(v).filter(|&g| violated(hard, g, reached));
        let mut edges = Vec::new();
        for (i, &v) in (0u32..).zip(&self.reached).filter(|&(_, &v)| reached.distance(v) != Some(0)) {
            let members = fell(v).flat_map(|g| hard.members(g)).map(|&m| self.place[m as usize]);
            edges.extend(members.filter(|&m| m != NONE).map(|m| (i, m)));
        }
        let loops = components(&Csr::from_pairs(self.reached.len(), edges.into_iter()));
        let mut order: Vec<(u32, Option<u32>, u32)> =
            loops.of.iter().zip(&self.reached).map(|(&at, &v)| (at, reached.distance(v), v)).collect();
        order.sort_unstable();
        for (_, distance, v) in order {
            let share = if distance == Some(0) { 1.0 } else { self.of(hard, v, reached) };
            self.share[self.place[v as usize] as usize] = Some(share);
        }
    }

    /// The share of a node; 0 of one that was not reached.
    pub(super) fn get(&self, node: u32) -> f64 {
        self.known(node).unwrap_or(0.0)
    }

    fn known(&self, node: u32) -> Option<f64> {
        self.share.get(*self.place.get(node as usize)? as usize).copied().flatten()
    }

    /// The share with which the groups of a node hit it.
    pub(super) fn of(&self, groups: &FaultGraph, node: u32, reached: &Witness<'_>) -> f64 {
        let spared = groups.groups_of(node).filter(|&g| violated(groups, g, reached)).map(|g| {
            let threshold = groups.threshold(g) as usize;
            let members = groups.labelled(g).filter(|m| reached.distance(m.node).is_some());
            // A member that comes later around a loop adds nothing alone, but cannot excuse its group either.
            let hit = |m: Member, later: f64| self.uses(m.label) * self.known(m.node).unwrap_or(later);
            if threshold == 1 {
                return members.map(|m| 1.0 - hit(m, 0.0)).product();
            }
            let mut hits: Vec<f64> = members.map(|m| hit(m, 1.0)).collect();
            hits.sort_by(|a, b| b.total_cmp(a));
            1.0 - hits.get(threshold - 1).copied().unwrap_or(0.0)
        });
        1.0 - spared.product::<f64>()
    }

    fn uses(&self, label: u32) -> f64 {
        FaultModel::dependency(label).map_or(1.0, |id| used(self.graph.dependency(id).share))
    }
}

/// Whether enough members of a group failed. Of one that each member brings down those count that did, without asking.
fn violated(groups: &FaultGraph, group: u32, reached: &Witness<'_>) -> bool {
    groups.threshold(group) == 1 || groups.violated(group, |m| reached.distance(m).is_some())
}

/// The share of requests that use a dependency, as far as it is known: otherwise all.
pub(super) fn used(share: Option<f64>) -> f64 {
    share.filter(|s| s.is_finite()).map_or(1.0, |s| s.clamp(0.0, 1.0))
}
