use super::Csr;
use std::ops::Range;

/// One member of a group: who, and a label that says by which edge (a caller's number, for witnesses).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The node.
    pub node: u32,
    /// The caller's name of the edge.
    pub label: u32,
}

/// `threshold` failed members fail the owner. A node that stands in `members` twice counts twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Whose group.
    pub owner: u32,
    /// How many failed members are too many: n − k + 1 for k of n, at least 1.
    pub threshold: u32,
    /// The members.
    pub members: Vec<Member>,
}

/// A coherent fault graph (THEORY 2.0): a node fails when it is hit itself, or when in one of its groups at least
/// `threshold` members have failed. Cycles are allowed; the state is the least fixpoint.
///
/// Groups are numbered by owner, so what is computed in their order is sorted.
#[derive(Clone, Debug)]
pub struct FaultGraph {
    nodes: u32,
    owner: Vec<u32>,
    threshold: Vec<u32>,
    /// Group → members.
    members: Csr,
    /// Beside the items of `members`.
    labels: Vec<u32>,
    /// Node → places among the items of `members`.
    places: Csr,
    /// Node → groups, beside `places`.
    used_by: Csr,
    /// Node → the first of its groups; one more at the end.
    first_group: Vec<u32>,
}

impl FaultGraph {
    /// A graph of nodes `0..nodes`. Groups that can never fail (threshold 0 or above the number of members) are left
    /// out.
    pub fn new(nodes: u32, mut groups: Vec<Group>) -> Self {
        groups.retain(|g| (1..=g.members.len()).contains(&(g.threshold as usize)));
        groups.sort();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let count = groups.iter().map(|g| g.members.len()).sum();
        let members = Csr::from_rows(groups.iter().map(|g| g.members.iter().map(|m| m.node)), count);
        let labels = groups.iter().flat_map(|g| &g.members).map(|m| m.label).collect();
        let of: Vec<u32> = (0u32..).zip(&groups).flat_map(|(i, g)| g.members.iter().map(move |_| i)).collect();
        let places = Csr::from_pairs(nodes as usize, (0u32..).zip(members.items()).map(|(at, &node)| (node, at)));
        let used_by = places.map(|at| of[at as usize]);
        let owner: Vec<u32> = groups.iter().map(|g| g.owner).collect();
        let threshold = groups.iter().map(|g| g.threshold).collect();
        let mut first_group = Vec::with_capacity(nodes as usize + 1);
        let mut first = 0;
        for v in 0..=nodes {
            first += owner[first..].iter().take_while(|&&o| o < v).count();
            first_group.push(number(first));
        }
        Self { nodes, owner, threshold, members, labels, places, used_by, first_group }
    }

    /// The number of nodes.
    pub fn nodes(&self) -> u32 {
        self.nodes
    }

    /// All groups.
    pub fn groups(&self) -> Range<u32> {
        0..self.first_group[self.nodes as usize]
    }

    /// The groups of a node.
    pub fn groups_of(&self, node: u32) -> Range<u32> {
        self.first_group[node as usize]..self.first_group[node as usize + 1]
    }

    /// Whose group.
    pub fn owner(&self, group: u32) -> u32 {
        self.owner[group as usize]
    }

    /// How many failed members fail the owner.
    pub fn threshold(&self, group: u32) -> u32 {
        self.threshold[group as usize]
    }

    /// The nodes of a group.
    pub fn members(&self, group: u32) -> &[u32] {
        self.members.row(group)
    }

    /// A group as it was given.
    pub fn group(&self, group: u32) -> Group {
        Group { owner: self.owner(group), threshold: self.threshold(group), members: self.labelled(group).collect() }
    }

    /// The nodes of a group with their labels.
    pub fn labelled(&self, group: u32) -> impl Iterator<Item = Member> + Clone {
        self.members.range(group).zip(self.members(group)).map(|(at, &node)| Member { node, label: self.labels[at] })
    }

    /// The groups that a node is a member of, once for each time it stands in one.
    pub fn used_by(&self, node: u32) -> &[u32] {
        self.used_by.row(node)
    }

    /// The same with the labels of the edges.
    pub fn uses(&self, node: u32) -> impl Iterator<Item = (u32, u32)> {
        self.used_by(node).iter().zip(self.places.row(node)).map(|(&group, &at)| (group, self.labels[at as usize]))
    }

    /// Whether too many members have failed.
    pub fn violated(&self, group: u32, failed: impl Fn(u32) -> bool) -> bool {
        let threshold = self.threshold(group) as usize;
        self.members(group).iter().filter(|&&m| failed(m)).take(threshold).count() == threshold
    }
}
