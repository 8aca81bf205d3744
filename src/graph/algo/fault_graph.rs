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

/// Groups in a few lists instead of one list each: there may be a million.
#[derive(Default)]
pub struct Groups {
    owner: Vec<u32>,
    threshold: Vec<u32>,
    /// Where the members of each end.
    end: Vec<usize>,
    members: Vec<Member>,
}

impl Groups {
    /// Adds one.
    pub fn push(&mut self, owner: u32, threshold: u32, members: impl IntoIterator<Item = Member>) {
        self.members.extend(members);
        self.owner.push(owner);
        self.threshold.push(threshold);
        self.end.push(self.members.len());
    }

    fn members(&self, at: usize) -> &[Member] {
        let start = at.checked_sub(1).map_or(0, |before| self.end[before]);
        &self.members[start..self.end[at]]
    }
}

impl FromIterator<Group> for Groups {
    fn from_iter<I: IntoIterator<Item = Group>>(groups: I) -> Self {
        let mut all = Self::default();
        groups.into_iter().for_each(|g| all.push(g.owner, g.threshold, g.members));
        all
    }
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
    pub fn new(nodes: u32, all: Groups) -> Self {
        let fails = |&at: &usize| (1..=all.members(at).len()).contains(&(all.threshold[at] as usize));
        let mut order: Vec<usize> = (0..all.owner.len()).filter(fails).collect();
        order.sort_by_key(|&at| (all.owner[at], all.threshold[at], all.members(at)));
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let rows = || order.iter().map(|&at| all.members(at));
        let count = rows().map(<[Member]>::len).sum();
        let members = Csr::from_rows(rows().map(|row| row.iter().map(|m| m.node)), count);
        let labels = rows().flatten().map(|m| m.label).collect();
        let of: Vec<u32> = (0u32..).zip(rows()).flat_map(|(i, row)| row.iter().map(move |_| i)).collect();
        let places = Csr::from_pairs(nodes as usize, (0u32..).zip(members.items()).map(|(at, &node)| (node, at)));
        let used_by = places.map(|at| of[at as usize]);
        let owner: Vec<u32> = order.iter().map(|&at| all.owner[at]).collect();
        let threshold = order.iter().map(|&at| all.threshold[at]).collect();
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

    /// From where some nodes can be reached, themselves included, over the members of groups that count: `counts` is asked
    /// of groups and their members. O(Σ members).
    pub fn upstream(&self, of: impl Iterator<Item = u32>, counts: impl Fn(u32, u32) -> bool) -> Vec<bool> {
        let mut seen = vec![false; self.nodes as usize];
        let mut add = |v: u32| !std::mem::replace(&mut seen[v as usize], true);
        let mut open: Vec<u32> = of.filter(|&v| add(v)).collect();
        while let Some(u) = open.pop() {
            for group in self.groups_of(u) {
                open.extend(self.members(group).iter().filter(|&&m| counts(group, m) && add(m)));
            }
        }
        seen
    }

    /// Whether too many members have failed.
    pub fn violated(&self, group: u32, failed: impl Fn(u32) -> bool) -> bool {
        let threshold = self.threshold(group) as usize;
        self.members(group).iter().filter(|&&m| failed(m)).take(threshold).count() == threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups that cannot fall are left out; upstream is what counts, and nobody is counted in who is not reached.
    #[test]
    fn upstream_over_groups_that_count() {
        let member = |node| Member { node, label: 0 };
        let mut groups = Groups::default();
        groups.push(3, 2, [member(2), member(4)]);
        groups.push(2, 1, [member(1)]);
        groups.push(1, 1, [member(0), member(3)]);
        groups.push(4, 3, [member(5), member(0)]);
        let graph = FaultGraph::new(6, groups);
        assert_eq!(graph.groups().len(), 3);
        let from =
            |seen: Vec<bool>| seen.iter().enumerate().filter(|(_, seen)| **seen).map(|(v, _)| v).collect::<Vec<_>>();
        assert_eq!(from(graph.upstream([3].into_iter(), |_, _| true)), [0, 1, 2, 3, 4]);
        assert_eq!(from(graph.upstream([3].into_iter(), |g, _| graph.threshold(g) == 1)), [3]);
        assert_eq!(from(graph.upstream([2].into_iter(), |_, m| m != 0)), [1, 2, 3, 4]);
    }
}
