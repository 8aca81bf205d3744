//! Products along walks: how many calls one request becomes, over all walks and along the worst one.
//!
//! [`Walks`] is the order of work for a graph: one pass from callers to callees over its strongly connected components,
//! never an enumeration of paths. [`super::Gains`] are the factors of its edges, with what they make of each loop, and
//! [`super::Pass`] the values of a pass.

use super::{Components, Csr, components};
use std::ops::Range;

/// A graph ready for passes from callers to callees. Its nodes are renumbered: *places* are in topological order,
/// callers first, those of a loop together.
pub struct Walks {
    /// Node → place.
    pub place: Vec<u32>,
    /// Place → node.
    pub node: Vec<u32>,
    /// Place → places called.
    pub(super) out: Csr,
    /// Slot of `out` → number of the edge.
    pub(super) edge: Vec<u32>,
    /// Slot of `out` → place of the caller.
    pub(super) tail: Vec<u32>,
    /// Place → its loop's places, of length 1 for most.
    pub(super) round: Vec<Range<u32>>,
    /// Place → slots of the edges that come from its own loop.
    pub(super) within: Csr,
    /// The places of each loop, where its places stand, in the order in which a sweep over them carries values farthest:
    /// but for what closes the loop, callers first.
    pub(super) sweep: Vec<u32>,
}

impl Walks {
    /// Of edges `(caller, callee)` in any order. O(nodes + edges).
    pub fn new(nodes: usize, edges: &[(u32, u32)]) -> Self {
        let numbers = Csr::from_pairs(nodes, (0u32..).zip(edges).map(|(e, &(u, _))| (u, e)));
        let callees = Csr::from_pairs(nodes, edges.iter().copied());
        let mut walks = Self::of(&callees);
        walks.edge.iter_mut().for_each(|e| *e = numbers.item(*e as usize));
        walks
    }

    /// Of the callees of every node; an edge's number is its place among all of them. O(nodes + edges).
    pub fn of(callees: &Csr) -> Self {
        let Components { members, left, .. } = components(callees);
        let nodes = callees.rows();
        let mut place = vec![0; nodes];
        let (mut node, mut round) = (Vec::with_capacity(nodes), Vec::with_capacity(nodes));
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        for scc in (0..number(members.rows())).rev() {
            let start = number(node.len());
            node.extend_from_slice(members.row(scc));
            round.resize(node.len(), start..number(node.len()));
        }
        (0u32..).zip(&node).for_each(|(at, &v)| place[v as usize] = at);
        // Each loop takes its places in the order in which the search left them, last first.
        let (mut sweep, mut taken) = (vec![0; nodes], vec![0u32; nodes]);
        for at in left.iter().rev().map(|&v| place[v as usize]) {
            let start = round[at as usize].start as usize;
            sweep[start + taken[start] as usize] = at;
            taken[start] += 1;
        }
        let (mut edge, mut tail) = (Vec::with_capacity(callees.len()), Vec::with_capacity(callees.len()));
        let mut within = Vec::new();
        let rows = (0u32..).zip(&node).map(|(at, &v)| {
            edge.extend(callees.range(v).map(number));
            tail.resize(edge.len(), at);
            (at, callees.row(v).iter().map(|&to| place[to as usize]))
        });
        let out = Csr::from_rows(rows.map(|(_, row)| row), callees.len());
        for round in round.chunk_by(|a, b| a == b) {
            let inside = round[0].clone();
            within.extend(
                inside
                    .clone()
                    .flat_map(|at| out.row(at).iter().zip(out.range(at)))
                    .filter(|(to, _)| inside.contains(to))
                    .map(|(&to, slot)| (to, number(slot))),
            );
        }
        Self { edge, within: Csr::from_pairs(nodes, within.iter().copied()), out, tail, place, node, round, sweep }
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.node.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.node.is_empty()
    }

    /// The loops: their places, ascending. An edge from a node to itself is one.
    pub fn loops(&self) -> impl Iterator<Item = Range<u32>> {
        let starts = (0u32..).zip(&self.round).filter(|(at, round)| *at == round.start);
        starts.map(|(_, round)| round.clone()).filter(|round| round.clone().any(|at| !self.within.row(at).is_empty()))
    }

    /// The edges of a loop as `(caller, callee, edge)`, places counted from its first.
    pub fn edges_of(&self, round: Range<u32>) -> impl Iterator<Item = (u32, u32, u32)> {
        let slots = round.clone().flat_map(|at| self.within.row(at).iter().map(move |&slot| (at, slot)));
        slots.map(move |(at, s)| (self.tail[s as usize] - round.start, at - round.start, self.edge[s as usize]))
    }

    /// The places of a loop in the order of a sweep.
    pub(super) fn sweep(&self, round: &Range<u32>) -> &[u32] {
        &self.sweep[round.start as usize..round.end as usize]
    }

    /// The edges into a place from its own loop: `(caller, slot)`.
    pub(super) fn callers_in_loop(&self, at: u32) -> impl Iterator<Item = (u32, usize)> {
        self.within.row(at).iter().map(|&slot| (self.tail[slot as usize], slot as usize))
    }

    /// The edges of a place that leave its loop: `(callee, slot)`.
    pub(super) fn leaving(&self, at: u32) -> impl Iterator<Item = (u32, usize)> {
        let round = self.round[at as usize].clone();
        let callees = self.out.row(at).iter().copied().zip(self.out.range(at));
        callees.filter(move |(to, _)| !round.contains(to))
    }

    /// Whether two nodes stand in the same loop.
    pub fn in_one_loop(&self, (a, b): (u32, u32)) -> bool {
        let (a, b) = (self.place[a as usize], self.place[b as usize]);
        self.round[a as usize] == self.round[b as usize] && self.loops_at(a)
    }

    /// Whether a place stands in a loop.
    pub(super) fn loops_at(&self, at: u32) -> bool {
        self.round[at as usize].len() > 1 || !self.within.row(at).is_empty()
    }
}
