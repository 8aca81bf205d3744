//! Minimal cut sets of any size, and the trees that they are made from, beside trying every set of events.

use linchpin::graph::algo::{
    CutBounds, CutSets, FaultGraph, FaultTree, Group, Groups, Input, Member, OfSize, Plan, TreeTooLarge, Worklist,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

const NODES: u32 = 9;
/// Enough for every graph of a test.
const GATES: usize = 100_000;
const ALL: CutBounds = CutBounds { steps: 1_000_000, rows: u64::MAX };

prop_compose! {
    /// Any members, so that there are loops, members listed twice, and owners in their own groups.
    fn group()(
        owner in 0..NODES,
        members in prop::collection::vec(0..NODES, 1..5),
        threshold in 1..4u32,
    ) -> Group {
        let members = members.into_iter().map(|node| Member { node, label: 0 }).collect();
        Group { owner, threshold, members }
    }
}

prop_compose! {
    fn graph()(groups in prop::collection::vec(group(), 0..14)) -> FaultGraph {
        FaultGraph::new(NODES, groups.into_iter().collect())
    }
}

fn tree(graph: &FaultGraph, events: u32, target: u32) -> FaultTree {
    let plan = Plan::new(graph);
    FaultTree::new(&plan, |node| events >> node & 1 == 1, plan.at(target), GATES).expect("it is small")
}

fn members(set: u32) -> Vec<u32> {
    (0..NODES).filter(|node| set >> node & 1 == 1).collect()
}

/// The minimal sets of events that fail a target, by trying all, smallest first.
fn by_trying(graph: &FaultGraph, events: u32, target: u32) -> BTreeSet<Vec<u32>> {
    let mut worklist = Worklist::new(graph);
    let mut sets: Vec<u32> = (0..1 << NODES).filter(|set| set & !events == 0).collect();
    sets.sort_by_key(|set| set.count_ones());
    let mut minimal: Vec<u32> = Vec::new();
    for set in sets {
        if minimal.iter().all(|m| m & set != *m) && worklist.run(&members(set)).contains(&target) {
            minimal.push(set);
        }
    }
    minimal.into_iter().map(members).collect()
}

/// The cut sets of a size, one by one; each stands in one row.
fn expanded(of: &OfSize) -> BTreeSet<Vec<u32>> {
    let mut cuts = BTreeSet::new();
    for sides in of.rows.as_ref().expect("no limit") {
        let mut sets = vec![Vec::new()];
        for side in sides {
            sets = sets.iter().flat_map(|set: &Vec<u32>| side.iter().map(|e| [&set[..], &[*e]].concat())).collect();
        }
        for mut set in sets {
            set.sort_unstable();
            assert!(cuts.insert(set), "a cut set stands in two rows");
        }
    }
    cuts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A tree, with its loops unrolled, fails exactly when the least fixpoint does, whatever is hit.
    #[test]
    fn trees_equal_the_fixpoint(graph in graph(), events in 0..1u32 << NODES, target in 0..NODES) {
        let tree = tree(&graph, events, target);
        let mut worklist = Worklist::new(&graph);
        for set in (0..1u32 << NODES).filter(|set| set & !events == 0) {
            let failed = worklist.run(&members(set)).contains(&target);
            prop_assert_eq!(tree.fails(|event| set >> event & 1 == 1), failed, "{:?}", members(set));
        }
        for (at, gate) in tree.gates.iter().enumerate() {
            prop_assert!((1..=gate.inputs.len()).contains(&(gate.threshold as usize)));
            prop_assert!(gate.inputs.is_sorted_by(|a, b| a < b), "an input stands in a gate twice");
            prop_assert!(gate.inputs.iter().all(|i| i.gate().is_none_or(|g| (g as usize) < at)));
        }
    }

    /// Minimal cut sets of every size are those that trying all sets finds, and are counted right.
    #[test]
    fn cut_sets_equal_trying_all(graph in graph(), events in 0..1u32 << NODES, target in 0..NODES, size in 1..6u32) {
        let expected = by_trying(&graph, events, target);
        let found = CutSets::new(&tree(&graph, events, target), size, &ALL);
        prop_assert_eq!(found.complete_to(), size);
        for (size, of) in (1..).zip(&found.sizes) {
            let of_size: BTreeSet<Vec<u32>> =
                expected.iter().filter(|set| set.len() == size).cloned().collect();
            prop_assert_eq!(of.count, of_size.len() as u64);
            prop_assert_eq!(expanded(of), of_size);
        }
    }

    /// With fewer steps than needed the answer is smaller and says so, and what it says is still exact.
    #[test]
    fn bounds_are_honest(graph in graph(), target in 0..NODES, steps in 0..2_000u32) {
        let all = tree(&graph, u32::MAX, target);
        let (whole, cut) = (CutSets::new(&all, 4, &ALL), CutSets::new(&all, 4, &CutBounds { steps, ..ALL }));
        prop_assert!((1..=4).contains(&cut.complete_to()));
        prop_assert_eq!(&cut.sizes[..], &whole.sizes[..cut.sizes.len()]);
    }
}

/// Quorums of quorums over disjoint events are modules of their own; the counts are those of combinatorics.
#[test]
fn modules_are_solved_alone() {
    // A top that needs 3 of 5 quorums, each of which needs 2 of its own 3 events.
    let member = |node| Member { node, label: 0 };
    let quorum = |i: u32| Group { owner: 15 + i, threshold: 2, members: (3 * i..3 * i + 3).map(member).collect() };
    let top = Group { owner: 20, threshold: 3, members: (15..20).map(member).collect() };
    let graph = FaultGraph::new(21, (0..5).map(quorum).chain([top]).collect());
    let plan = Plan::new(&graph);
    let tree = FaultTree::new(&plan, |node| node < 15, plan.at(20), GATES).expect("it is small");
    // 10 triples of quorums, 3 pairs in each.
    for (rows, listed) in [(269, false), (270, true)] {
        let found = CutSets::new(&tree, 6, &CutBounds { rows, ..ALL });
        assert_eq!(found.sizes.iter().map(|of| of.count).collect::<Vec<_>>(), [0, 0, 0, 0, 0, 270]);
        assert_eq!(found.sizes[5].rows.is_some(), listed);
    }
}

/// A loop of quorums has a tree, and one that would become too large is refused instead of filling the memory.
#[test]
fn trees_are_bounded() {
    let member = |node| Member { node, label: 0 };
    let groups = (0..400u32).map(|owner| Group {
        owner,
        threshold: 2,
        members: [1, 7, 31, 133].map(|step| member((owner + step) % 400)).to_vec(),
    });
    let plan = Plan::new(&FaultGraph::new(400, groups.collect()));
    assert_eq!(FaultTree::new(&plan, |_| true, plan.at(0), 10_000), Err(TreeTooLarge));
    let tree = FaultTree::new(&plan, |_| true, plan.at(0), 10_000_000).expect("enough");
    assert!(tree.fails(|event| event == 0) && !tree.fails(|event| event == 1));
}

/// Who can never fail has a tree without gates and no cut sets.
#[test]
fn nothing_to_fail() {
    let tree = tree(&FaultGraph::new(NODES, Groups::default()), 0, 3);
    assert_eq!(tree, FaultTree::default());
    assert!(CutSets::new(&tree, 3, &ALL).sizes.iter().all(|of| of.count == 0));
    assert!(tree.events().is_empty() && Input::Event(1).gate().is_none());
}
