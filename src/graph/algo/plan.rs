use super::{Csr, FaultGraph, components};
use std::cmp::Reverse;
use std::ops::Range;

/// A fault graph made ready for many scenarios at once.
///
/// Nodes on a loop of groups with threshold 1 always fail together, so they become one *position*. Positions are in
/// topological order, providers first, and those that need nobody before all others; what still loops (through groups
/// that need several failures) stands together in a range of positions that is solved by iteration.
///
/// Call graphs look like bow ties (Broder et al., Graph structure in the web, 2000): much leads into one large loop, and
/// much hangs on it. That loop is the *hub*. What leads into it comes first in the order, as far as the order allows, so
/// that scenarios of neighbouring positions share its fate.
pub struct Plan {
    /// The first position that may fail with another one: those before it fail only when they are hit.
    pub dependents: u32,
    /// Node → position.
    pub position: Vec<u32>,
    /// Position → nodes.
    pub nodes: Csr,
    /// Position → positions any one of which fails it, descending.
    pub any: Csr,
    /// The transpose of `any`.
    pub any_users: Csr,
    /// Position → its groups with thresholds above 1: they are numbered by their owners' positions.
    pub groups: Csr,
    /// Group → its owner's position.
    pub owner: Vec<u32>,
    /// Group → its threshold.
    pub threshold: Vec<u32>,
    /// Group → positions of its members, ascending, repeated as often as they count.
    pub members: Csr,
    /// Position → the owners of groups that it is a member of.
    pub group_users: Csr,
    /// Position → the loop that it stands in: a range of positions, of length 1 for most.
    pub cycle: Vec<Range<u32>>,
    /// The largest loop that always fails together, if there is one.
    pub hub: Option<Hub>,
}

/// A position that takes many down.
pub struct Hub {
    /// Where it stands.
    pub at: u32,
    /// Position → whether it falls for certain when the hub does.
    pub above: Vec<bool>,
}

impl Plan {
    /// O(nodes + members).
    pub fn new(graph: &FaultGraph) -> Self {
        let n = graph.nodes() as usize;
        let edges = |single: bool| {
            graph
                .groups()
                .filter(move |&g| graph.threshold(g) == 1 || !single)
                .flat_map(move |g| graph.members(g).iter().map(move |&m| (graph.owner(g), m)))
        };
        let together = components(&Csr::from_pairs(n, edges(true)));
        let class = |v: u32| together.of[v as usize];
        let classes = together.members.rows();
        let needs = Csr::from_pairs(classes, edges(false).map(|(o, m)| (class(o), class(m))));
        let order = components(&needs);
        let loops =
            (0..u32::try_from(classes).unwrap_or(u32::MAX)).map(|c| (together.members.row(c).len(), Reverse(c)));
        let hub = loops.filter(|(nodes, _)| *nodes > 1).max().map(|(_, Reverse(c))| c);
        let below_hub = reached(&needs, hub);

        let mut depends = vec![false; order.members.rows()];
        for (o, _) in edges(false).map(|(o, m)| (class(o), class(m))).filter(|(o, m)| o != m) {
            depends[order.of[o as usize] as usize] = true;
        }
        let mut place = vec![0u32; classes];
        let mut cycle: Vec<Range<u32>> = Vec::with_capacity(classes);
        let leads_to_hub = |c: u32| order.members.row(c).first().is_some_and(|&class| below_hub[class as usize]);
        let mut loops: Vec<u32> = (0..u32::try_from(order.members.rows()).unwrap_or(u32::MAX)).collect();
        loops.sort_by_key(|&c| (depends[c as usize], !leads_to_hub(c)));
        for &c in &loops {
            let start = u32::try_from(cycle.len()).unwrap_or(u32::MAX);
            let members = order.members.row(c);
            let range = start..start + u32::try_from(members.len()).unwrap_or(u32::MAX);
            range.clone().zip(members).for_each(|(at, &class)| place[class as usize] = at);
            cycle.extend(members.iter().map(|_| range.clone()));
        }
        let position: Vec<u32> = together.of.iter().map(|&c| place[c as usize]).collect();
        let at = |v: u32| position[v as usize];

        let mut any: Vec<(u32, u32)> = edges(true).map(|(o, m)| (at(o), at(m))).filter(|(o, m)| o != m).collect();
        any.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        any.dedup();
        let mut several: Vec<u32> = graph.groups().filter(|&g| graph.threshold(g) > 1).collect();
        several.sort_by_key(|&g| at(graph.owner(g)));
        let owner: Vec<u32> = several.iter().map(|&g| at(graph.owner(g))).collect();
        let threshold = several.iter().map(|&g| graph.threshold(g)).collect();
        let members = (0u32..).zip(&several).flat_map(|(i, &g)| graph.members(g).iter().map(move |&m| (i, at(m))));
        let mut members: Vec<(u32, u32)> = members.collect();
        members.sort_unstable();
        let members = Csr::from_pairs(several.len(), members.into_iter());
        let mut group_users: Vec<(u32, u32)> = members.pairs().map(|(g, m)| (m, owner[g as usize])).collect();
        group_users.sort_unstable();
        group_users.dedup();
        let any_users = Csr::from_pairs(classes, any.iter().map(|&(o, m)| (m, o)));
        let hub = hub.map(|class| place[class as usize]);
        Self {
            dependents: u32::try_from(depends.iter().filter(|d| !**d).count()).unwrap_or(u32::MAX),
            nodes: Csr::from_pairs(classes, position.iter().copied().zip(0u32..)),
            hub: hub.map(|at| Hub { at, above: reached(&any_users, [at]) }),
            any_users,
            any: Csr::from_pairs(classes, any.into_iter()),
            groups: Csr::from_pairs(classes, owner.iter().copied().zip(0u32..)),
            group_users: Csr::from_pairs(classes, group_users.into_iter()),
            position,
            owner,
            threshold,
            members,
            cycle,
        }
    }

    /// The number of positions.
    pub fn len(&self) -> u32 {
        u32::try_from(self.nodes.rows()).unwrap_or(u32::MAX)
    }

    /// Whether there is no position.
    pub fn is_empty(&self) -> bool {
        self.nodes.rows() == 0
    }

    /// For each position whether one of these depends on it, themselves included. O(members).
    pub fn below(&self, targets: &[u32]) -> Vec<bool> {
        let mut below = vec![false; self.nodes.rows()];
        let mut open = targets.to_vec();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut below[at as usize], true) {
                open.extend(self.any.row(at));
                open.extend(self.groups.row(at).iter().flat_map(|&g| self.members.row(g)));
            }
        }
        below
    }

    /// Where a node stands.
    pub fn at(&self, node: u32) -> u32 {
        self.position[node as usize]
    }
}

/// Which rows can be reached from some over the items of each, these included.
fn reached(rows: &Csr, from: impl IntoIterator<Item = u32>) -> Vec<bool> {
    let mut seen = vec![false; rows.rows()];
    let mut open: Vec<u32> = from.into_iter().collect();
    open.iter().for_each(|&row| seen[row as usize] = true);
    while let Some(row) = open.pop() {
        open.extend(rows.row(row).iter().filter(|&&next| !std::mem::replace(&mut seen[next as usize], true)));
    }
    seen
}
