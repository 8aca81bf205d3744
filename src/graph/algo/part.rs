use super::{FaultGraph, Group, Groups, Member, Worklist};

/// The part of a fault graph that a question is about, small where the question is: nodes are numbered anew, in their
/// order, with all of their groups.
#[derive(Debug)]
pub struct Part {
    /// The part.
    pub graph: FaultGraph,
    /// The old number of each node, ascending.
    nodes: Vec<u32>,
    /// The new number of each node of the whole; `ABSENT` of those that are not there.
    place: Vec<u32>,
}

const ABSENT: u32 = u32::MAX;

impl Part {
    /// Everything that can fail when some nodes fail, each alone: what fails when all of them do. O(nodes) bits and
    /// O(Σ members) of what fails.
    pub fn downstream(graph: &FaultGraph, from: &[u32]) -> Self {
        let mut nodes = Worklist::new(graph).run(from).to_vec();
        nodes.sort_unstable();
        let groups: Vec<u32> = nodes.iter().flat_map(|&v| graph.groups_of(v)).collect();
        Self::of(graph, nodes, &groups, &[]).0
    }

    /// Through which the failure of some nodes can bring one of some groups down, and one more node, which fails when one of
    /// them falls. What else the groups need is not there, since it does not fail.
    pub fn between(graph: &FaultGraph, from: &[u32], groups: &[Group]) -> (Self, u32) {
        let nodes = leading(graph, from, groups.iter().flat_map(|g| &g.members).map(|m| m.node));
        let own: Vec<u32> = nodes.iter().flat_map(|&v| graph.groups_of(v)).collect();
        Self::of(graph, nodes, &own, groups)
    }

    /// Through which the failure of some nodes can bring down others, with all groups, and without some that are given in
    /// order. Both parts number the nodes alike.
    pub fn with_and_without(graph: &FaultGraph, from: &[u32], to: &[u32], without: &[u32]) -> (Self, Self) {
        let nodes = leading(graph, from, to.iter().copied());
        let mut groups: Vec<u32> = nodes.iter().flat_map(|&v| graph.groups_of(v)).collect();
        let (with, _) = Self::of(graph, nodes.clone(), &groups, &[]);
        groups.retain(|g| without.binary_search(g).is_err());
        (with, Self::of(graph, nodes, &groups, &[]).0)
    }

    /// Nodes with these of their groups, and a node more that owns the groups `watched`.
    fn of(graph: &FaultGraph, nodes: Vec<u32>, groups: &[u32], watched: &[Group]) -> (Self, u32) {
        let count = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        let mut place = vec![ABSENT; graph.nodes() as usize];
        (0u32..).zip(&nodes).for_each(|(at, &v)| place[v as usize] = at);
        let local = |v: u32| place.get(v as usize).copied().filter(|&at| at != ABSENT);
        let here = |m: Member| Some(Member { node: local(m.node)?, ..m });
        let mut own = Groups::default();
        for (g, owner) in groups.iter().filter_map(|&g| Some((g, local(graph.owner(g))?))) {
            own.push(owner, graph.threshold(g), graph.labelled(g).filter_map(here));
        }
        for group in watched {
            own.push(count, group.threshold, group.members.iter().copied().filter_map(here));
        }
        (Self { graph: FaultGraph::new(count + 1, own), nodes, place }, count)
    }

    /// The number of a node in the part.
    pub fn local(&self, node: u32) -> Option<u32> {
        self.place.get(node as usize).copied().filter(|&at| at != ABSENT)
    }

    /// The number of a node of the part in the whole; nothing for the one that was added.
    pub fn global(&self, node: u32) -> Option<u32> {
        self.nodes.get(node as usize).copied()
    }
}

/// Of what fails when some nodes fail what others need, these included, sorted. O(nodes) bits and O(Σ members) of what fails.
fn leading(graph: &FaultGraph, from: &[u32], to: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut work = Worklist::new(graph);
    work.run(from);
    let seen = graph.upstream(to.filter(|&v| work.failed(v)), |_, m| work.failed(m));
    (0..graph.nodes()).filter(|&v| seen[v as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Worklist;
    use super::*;

    fn group(owner: u32, threshold: u32, members: &[u32]) -> Group {
        let members = members.iter().map(|&node| Member { node, label: 10 * owner + node }).collect();
        Group { owner, threshold, members }
    }

    /// 0 ← 1 ← 2 ← 3, and 3 needs one of 2 and 4, which needs 5; 6 stands apart.
    fn graph() -> FaultGraph {
        let groups = [group(1, 1, &[0]), group(2, 1, &[1]), group(3, 2, &[2, 4]), group(4, 1, &[5]), group(6, 1, &[5])];
        FaultGraph::new(7, groups.into_iter().collect())
    }

    fn failed(graph: &FaultGraph, hit: &[u32]) -> Vec<u32> {
        let mut failed = Worklist::new(graph).run(hit).to_vec();
        failed.sort_unstable();
        failed
    }

    /// What is reached fails in the part as it does in the whole, and the part is no larger than it has to be.
    #[test]
    fn downstream_is_what_can_fail() {
        let whole = graph();
        let part = Part::downstream(&whole, &[1, 4]);
        assert_eq!((0..4).map(|v| part.global(v)).collect::<Vec<_>>(), [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!((part.local(0), part.local(5), part.local(6)), (None, None, None));
        let hit: Vec<u32> = [1, 4].iter().filter_map(|&v| part.local(v)).collect();
        let found: Vec<u32> = failed(&part.graph, &hit).into_iter().filter_map(|v| part.global(v)).collect();
        assert_eq!(found, failed(&whole, &[1, 4]));
    }

    /// The added node fails exactly when one of the watched groups falls, and what cannot bring it down is not there.
    #[test]
    fn between_watches_groups() {
        let whole = graph();
        let (part, watch) = Part::between(&whole, &[0, 2, 5], &[group(0, 2, &[2, 4]), group(0, 9, &[6])]);
        for (hit, falls) in [(vec![2], false), (vec![0, 5], true), (vec![1, 4], true), (vec![5], false)] {
            let hit: Vec<u32> = hit.into_iter().filter_map(|v| part.local(v)).collect();
            assert_eq!(failed(&part.graph, &hit).contains(&watch), falls, "{hit:?}");
        }
        assert_eq!((part.local(3), part.local(6).is_some(), part.global(watch)), (None, true, None));
        let (part, _) = Part::between(&whole, &[1], &[group(0, 1, &[2, 4])]);
        assert_eq!([0, 1, 2, 4, 5].map(|v| part.local(v).is_some()), [false, true, true, false, false]);
    }

    /// Without a group its owner may survive what it did not survive with it.
    #[test]
    fn without_some_groups() {
        let whole = graph();
        let gone: Vec<u32> = whole.groups_of(2).collect();
        let (with, without) = Part::with_and_without(&whole, &[0, 2, 4, 5], &[3], &gone);
        for (hit, before, after) in [([0, 5], true, false), ([2, 5], true, true), ([0, 2], false, false)] {
            let falls = |part: &Part| {
                let hit: Vec<u32> = hit.iter().filter_map(|&v| part.local(v)).collect();
                part.local(3).is_some_and(|v| failed(&part.graph, &hit).contains(&v))
            };
            assert_eq!((falls(&with), falls(&without)), (before, after), "{hit:?}");
        }
    }
}
