//! All single failures, all pairs of them, and what they say of redundancy.

use crate::measure::Measured;
use crate::peers;
use linchpin::graph::algo::{FaultGraph, LANES, LaneCounter, Plan, Solver, Worklist, in_parallel, pairs};
use serde::Deserialize;

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

/// The last line of `scram_cuts.py`; those before it are an entry's.
#[derive(Deserialize)]
struct Sum {
    entries: usize,
    finished: usize,
    different: usize,
    cpu_s: f64,
}

/// Sets SCRAM's cut sets of some entries beside those of all `entries` here, by the CPU time of an entry. What SCRAM does not
/// finish counts with the time after which it was stopped.
///
/// # Errors
/// If SCRAM or `linchpin` cannot be run.
pub fn beside_scram(python: &str, graph: &str, entries: usize, ours: &Measured) -> anyhow::Result<Option<String>> {
    let script = "scram_cuts.py";
    let lines: Vec<serde_json::Value> = peers::run(python, script, &[graph, "40", "2", "60"])?;
    let sum: Sum = serde_json::from_value(lines.into_iter().next_back().unwrap_or_default())?;
    let (theirs, ours_s) = (sum.cpu_s / sum.entries as f64, ours.cpu_s / entries as f64);
    peers::say(&serde_json::json!({
        "op": ours.op, "peer": script, "entries": entries, "peer_entries": sum.entries, "peer_finished": sum.finished,
        "peer_cpu_s_an_entry": theirs, "cpu_s_an_entry": ours_s, "cpu_ratio": theirs / ours_s, "equal": sum.different == 0,
    }))?;
    Ok((sum.different > 0).then(|| ours.op.clone()))
}
