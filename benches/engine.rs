//! The failure engine on a graph from a file, beside a naive worklist: `cargo bench --bench engine -- GRAPH.jsonl`.
//!
//! A line a node: `{"id": int, "entry": bool, "needs": [{"k": int, "of": [int, ...]}, ...]}`. Prints a line an
//! operation, `{"op", "threads", "cpu_s", "wall_s", "checksum"}`; equal checksums are equal results. Times are medians
//! of `RUNS`, or of one run where one takes longer than a second. CPU time is that of the whole process.
//!
//! Peers print the same lines: `benches/peer/igraph_radius.py GRAPH.jsonl` for `hard_radii`, with an equal checksum; the
//! worklist below for `k_of_n_radii`; `benches/peer/scram_cuts.py GRAPH.jsonl` for `pairs`, entry by entry. `read_bound`
//! is no operation but a yardstick for `hard_radii`: as much memory read in order.
//!
//! Without a file, as `cargo bench` and `cargo test --benches` call it, it makes a small graph of its own.

#[path = "cpu/mod.rs"]
mod cpu;

use cpu::cpu_seconds;
use linchpin::graph::algo::{
    FaultGraph, Group, LANES, LaneCounter, Member, Plan, Solver, Worklist, in_parallel, pairs,
};
use serde::Deserialize;
use std::io::Write;
use std::time::Instant;

const RUNS: usize = 5;
/// Seconds of CPU that are worth measuring.
const SHORTEST: f64 = 0.3;

#[derive(Deserialize)]
struct Node {
    id: u32,
    entry: bool,
    needs: Vec<Need>,
}

#[derive(Deserialize)]
struct Need {
    k: u32,
    of: Vec<u32>,
}

fn main() -> anyhow::Result<()> {
    let file = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let text = match &file {
        Some(path) => std::fs::read_to_string(path)?,
        None => small(),
    };
    let nodes: Vec<Node> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
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
    let (hard, redundant) = (groups(true), groups(false));
    let big = count > 200_000;
    let memory = vec![1; 1 << 25];

    for threads in [1, rayon::current_num_threads()] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        pool.install(|| -> anyhow::Result<()> {
            measure("plan", || checksum(Plan::new(&redundant).len().into()))?;
            let plan = Plan::new(&hard);
            // What a plain sweep cannot do without: for every 512 sources a cache line for each member that is not
            // before them, half of all.
            let lines = plan.any.len() * (plan.len() as usize).div_ceil(LANES) / 2;
            measure("read_bound", || read(&memory, lines * LANES / 64))?;
            measure("hard_radii", || radii(&plan, &entries))?;
            let plan = Plan::new(&redundant);
            measure("k_of_n_radii", || radii(&plan, &entries))?;
            if threads == 1 {
                let every = if big { 100 } else { 1 };
                measure(&format!("k_of_n_worklist_every_{every}"), || worklist(&redundant, &entries, every))?;
            }
            measure("illusions", || illusions(&plan))?;
            if count <= 20_000 {
                measure("pairs", || pair_counts(&plan, &entries))?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// For every node, failing alone: how many fail, and how many entries among them.
fn radii(plan: &Plan, entries: &[u32]) -> u64 {
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

/// Reads so many words one after the other, over and over the same memory.
fn read(memory: &[u64], mut words: usize) -> u64 {
    let mut sum = 0;
    while words > 0 {
        let part = std::hint::black_box(&memory[..words.min(memory.len())]);
        sum ^= part.iter().fold(0, |all, word| all ^ word);
        words -= part.len();
    }
    sum
}

/// What `radii` says, one source after the other; for large graphs only every so many, with times to be multiplied.
fn worklist(graph: &FaultGraph, entries: &[u32], every: usize) -> u64 {
    let mut is_entry = vec![false; graph.nodes() as usize];
    entries.iter().for_each(|&e| is_entry[e as usize] = true);
    let mut list = Worklist::new(graph);
    let one = |v: u32| {
        let failed = list.run(&[v]);
        mix(v, failed.len() as u64, failed.iter().filter(|&&u| is_entry[u as usize]).count() as u64)
    };
    (0..graph.nodes()).step_by(every).map(one).fold(0, u64::wrapping_add)
}

/// For every redundant group the number of single failures that bring it down.
fn illusions(plan: &Plan) -> u64 {
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
fn pair_counts(plan: &Plan, entries: &[u32]) -> u64 {
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
fn mix(node: u32, a: u64, b: u64) -> u64 {
    checksum(u64::from(node) ^ a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xC2B2_AE3D_27D4_EB4F))
}

fn checksum(n: u64) -> u64 {
    (n ^ (n >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(29)
}

fn measure(op: &str, work: impl Fn() -> u64) -> anyhow::Result<()> {
    let (mut wall, mut cpu, mut result) = (Vec::new(), Vec::new(), 0);
    for run in 0..RUNS {
        // The clock counts hundredths of a second: what is shorter is done over and over.
        let (start, before, mut times) = (Instant::now(), cpu_seconds(), 0.0);
        while times < 1.0 || (cpu_seconds() - before < SHORTEST && start.elapsed().as_secs_f64() < 1.0) {
            result = work();
            times += 1.0;
        }
        wall.push(start.elapsed().as_secs_f64() / times);
        cpu.push((cpu_seconds() - before) / times);
        if run == 0 && wall[0] > 1.0 {
            break;
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let threads = rayon::current_num_threads();
    let line = serde_json::json!({
        "op": op, "threads": threads, "cpu_s": median(&mut cpu), "wall_s": median(&mut wall), "checksum": format!("{result:016x}"),
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// Layers of ten: each node needs one of two and two of three of the layer below.
fn small() -> String {
    let node = |id: u32| {
        let below = |i: u32| (id / 10).wrapping_sub(1).wrapping_mul(10).wrapping_add((id * 7 + i * 3) % 10);
        let needs =
            serde_json::json!([{"k": 1, "of": [below(0), below(1)]}, {"k": 2, "of": [below(2), below(3), below(5)]}]);
        let needs = if id < 10 { serde_json::json!([]) } else { needs };
        serde_json::json!({"id": id, "entry": id >= 190, "needs": needs}).to_string()
    };
    (0..200).map(node).collect::<Vec<_>>().join("\n")
}
