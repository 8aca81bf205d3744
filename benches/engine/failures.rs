//! All single failures, all pairs of them, and what they say of redundancy.

use crate::system::{Need, Node};
use linchpin::graph::algo::{
    FaultGraph, Group, LANES, LaneCounter, Member, Plan, Solver, Worklist, in_parallel, pairs,
};

/// What fails with what: as the file says, and as if every member of a need were needed; and the entries.
pub struct Faults {
    pub redundant: FaultGraph,
    pub hard: FaultGraph,
    pub entries: Vec<u32>,
}

impl Faults {
    pub fn of(nodes: &[Node]) -> Self {
        let count = nodes.iter().map(|n| n.id + 1).max().unwrap_or(0);
        let mut entries: Vec<u32> = nodes.iter().filter(|n| n.entry).map(|n| n.id).collect();
        entries.sort_unstable();
        let groups = |loosen: bool| {
            let needs = nodes.iter().flat_map(|n| n.needs.iter().map(|need| (n.id, need)));
            let group = |(owner, need): (u32, &Need)| {
                let members: Vec<Member> = need.of.iter().map(|&node| Member { node, label: 0 }).collect();
                let spare = u32::try_from(members.len()).unwrap_or(u32::MAX).saturating_sub(need.k);
                Group { owner, threshold: if loosen { 1 } else { spare + 1 }, members }
            };
            FaultGraph::new(count, needs.map(group).collect())
        };
        Self { redundant: groups(false), hard: groups(true), entries }
    }
}

/// For every node, failing alone: how many fail, and how many entries among them.
pub fn radii(plan: &Plan, entries: &[u32]) -> u64 {
    let blocks = (plan.len() as usize).div_ceil(LANES);
    let sums = in_parallel(
        blocks,
        || Solver::new(plan),
        |solver, block| {
            let sources: Vec<u32> = (0..plan.len()).skip(block * LANES).take(LANES).collect();
            solver.solve(sources.iter().copied().zip(0..));
            let (mut all, mut hit) = (LaneCounter::default(), LaneCounter::default());
            for &at in solver.touched() {
                all.add(solver.failed(at), u32::try_from(plan.nodes.row(at).len()).unwrap_or(u32::MAX));
            }
            for &entry in entries {
                hit.add(solver.failed(plan.at(entry)), 1);
            }
            let (all, hit) = (all.counts(), hit.counts());
            let nodes = sources
                .iter()
                .zip(all.iter().zip(&hit))
                .flat_map(|(&at, radius)| plan.nodes.row(at).iter().map(move |&v| (v, radius)));
            nodes.map(|(v, (&all, &hit))| mix(v, all, hit)).fold(0, u64::wrapping_add)
        },
    );
    sums.into_iter().fold(0, u64::wrapping_add)
}

/// What a plain sweep cannot do without, in words: for every 512 sources a cache line for each member that is not before
/// them, half of all.
pub fn words(plan: &Plan) -> usize {
    plan.any.len() * (plan.len() as usize).div_ceil(LANES) / 2 * LANES / 64
}

/// Reads so many words one after the other, over and over the same memory.
pub fn read(memory: &[u64], mut words: usize) -> u64 {
    let mut sum = 0;
    while words > 0 {
        let part = std::hint::black_box(&memory[..words.min(memory.len())]);
        sum ^= part.iter().fold(0, |all, word| all ^ word);
        words -= part.len();
    }
    sum
}

/// What `radii` says, one source after the other.
pub fn worklist(graph: &FaultGraph, entries: &[u32]) -> u64 {
    let mut is_entry = vec![false; graph.nodes() as usize];
    entries.iter().for_each(|&e| is_entry[e as usize] = true);
    let mut list = Worklist::new(graph);
    let one = |v: u32| {
        let failed = list.run(&[v]);
        mix(v, failed.len() as u64, failed.iter().filter(|&&u| is_entry[u as usize]).count() as u64)
    };
    (0..graph.nodes()).map(one).fold(0, u64::wrapping_add)
}

/// For every redundant group the number of single failures that bring it down.
pub fn illusions(plan: &Plan) -> u64 {
    let blocks = (plan.len() as usize).div_ceil(LANES);
    let sums = in_parallel(
        blocks,
        || Solver::new(plan),
        |solver, block| {
            solver.solve((0..plan.len()).skip(block * LANES).take(LANES).zip(0..));
            let groups = 0..u32::try_from(plan.owner.len()).unwrap_or(u32::MAX);
            let falls = |g: u32| solver.at_least(plan.threshold[g as usize], plan.members.row(g)).count();
            groups.map(|g| mix(g, u64::from(falls(g)), 0) - mix(g, 0, 0)).fold(0, u64::wrapping_add)
        },
    );
    sums.into_iter().fold(0, u64::wrapping_add)
}

/// For every entry the number of minimal cut sets of size two.
pub fn pair_counts(plan: &Plan, entries: &[u32]) -> u64 {
    let events = vec![true; plan.len() as usize];
    let targets: Vec<u32> = entries.iter().map(|&e| plan.at(e)).collect();
    let ask = pairs::Question { plan, events: &events, targets: &targets };
    let size = |at: u32| plan.nodes.row(at).len() as u64;
    let count = |sum: &mut u64, found: pairs::Found<'_>| {
        let others: u64 =
            found.others.iter().filter_map(|lane| u32::try_from(lane).ok()).map(|l| size(found.base + l)).sum();
        *sum += size(found.one) * others;
    };
    pairs::solve(&ask, || 0u64, count).into_iter().sum()
}

/// A number that differs with its parts; sums of it do not depend on the order.
pub fn mix(node: u32, a: u64, b: u64) -> u64 {
    checksum(u64::from(node) ^ a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xC2B2_AE3D_27D4_EB4F))
}

pub fn checksum(n: u64) -> u64 {
    (n ^ (n >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(29)
}
