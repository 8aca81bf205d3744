//! The failure engine on a graph from a file: `cargo bench --bench engine -- GRAPH.jsonl [--peers PYTHON]`. With `--peers`
//! the scripts of `benches/peer` do the same in the same run, and a result that differs is an error.
//!
//! A line a node: `{"id": int, "entry": bool, "needs": [{"k": int, "of": [int, ...]}, ...]}`. Prints a line an
//! operation, `{"op", "threads", "cpu_s", "wall_s", "checksum"}`; equal checksums are equal results. Times are medians of
//! several runs, or of one run where one takes longer than a second. CPU time is that of the whole process. Then a line for
//! each pair that can be set side by side:
//!
//! - `hard_radii` beside igraph, and beside `read_bound`, which is as much memory read in order;
//! - `k_of_n_radii` beside a naive worklist for every source;
//! - `pairs`, of all entries, beside SCRAM, of some of them, one after the other;
//! - `illusions`, which asks of every group how many single failures bring it down, and `illusions_with_roots`, which lists
//!   the roots of them all, beside `hard_radii`, the time of which they are a multiple;
//! - what each component takes down alone after a change, beside the same from nothing;
//! - two threads beside one.
//!
//! Without a file, as `cargo bench` and `cargo test --benches` call it, it makes a small graph of its own.

mod change;
#[path = "../cpu/mod.rs"]
mod cpu;
mod failures;
mod graph;
#[path = "../beside/measure.rs"]
mod measure;
#[path = "../beside/peers.rs"]
mod peers;
mod scram;
#[path = "../beside/system.rs"]
mod system;

use failures::Faults;
use linchpin::graph::algo::Plan;
use measure::{Measured, measure};
use system::Node;

fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let python = args.iter().position(|a| a == "--peers").map(|at| args.drain(at..args.len().min(at + 2)).nth(1));
    let path = args.into_iter().find(|a| !a.starts_with("--"));
    let nodes = system::read(path.as_deref())?;
    let mut measured: Vec<Measured> = Vec::new();
    for threads in [1, rayon::current_num_threads()] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        measured.extend(pool.install(|| failures_of(&nodes, threads == 1))?);
        if threads == 1 {
            measured.extend(pool.install(|| change::updates(&nodes))?);
        }
    }
    let mut different = peers::threads(&measured)?;
    different.extend(within(&measured, "hard_radii", "read_bound", false)?);
    different.extend(within(&measured, "k_of_n_radii", "k_of_n_worklist", true)?);
    different.extend(within(&measured, "illusions", "hard_radii", false)?);
    different.extend(within(&measured, "illusions_with_roots", "hard_radii", false)?);
    different.extend(within(&measured, "radii_updated", "radii_in_full", true)?);
    different.extend(within(&measured, "radii_updated_of_all_changes", "radii_in_full", false)?);
    different.extend(within(&measured, "radii_updated_mean_of_all_changes", "radii_in_full", false)?);
    if let (Some(python), Some(path)) = (python, &path) {
        let python = python.as_deref().unwrap_or("python3");
        different.extend(peers::beside(python, "igraph_radius.py", &[path], &measured)?);
        if let Some(pairs) = measured.iter().find(|m| m.op == "pairs" && m.threads == 1) {
            let entries = nodes.iter().filter(|n| n.entry).count();
            different.extend(scram::beside(python, path, entries, pairs)?);
        }
    }
    anyhow::ensure!(different.is_empty(), "results differ: {}", different.join(", "));
    Ok(())
}

/// Sets an operation beside another one of ours, with one thread; its name if both should say the same and do not.
///
/// # Errors
/// If nobody reads the line.
fn within(measured: &[Measured], op: &str, other: &str, same: bool) -> anyhow::Result<Option<String>> {
    let find = |op| measured.iter().find(|m| m.op == op && m.threads == 1);
    let Some((ours, theirs)) = find(op).zip(find(other)) else { return Ok(None) };
    let equal = same.then(|| ours.checksum == theirs.checksum);
    peers::say(&serde_json::json!({
        "op": op, "peer": other, "peer_wall_s": theirs.wall_s, "wall_s": ours.wall_s,
        "ratio": theirs.wall_s / ours.wall_s, "cpu_ratio": theirs.cpu_s / ours.cpu_s, "equal": equal,
    }))?;
    Ok((equal == Some(false)).then(|| op.to_owned()))
}

/// Of so many nodes all pairs are counted.
const FEW: usize = 20_000;

/// All failures at once.
fn failures_of(nodes: &[Node], slow_ones: bool) -> anyhow::Result<Vec<Measured>> {
    let Faults { redundant, hard, entries } = Faults::of(nodes);
    let mut done = vec![measure("plan", || failures::checksum(Plan::new(&redundant).len().into()))?];
    let plan = Plan::new(&hard);
    let memory = vec![1; 1 << 25];
    done.push(measure("read_bound", || failures::read(&memory, failures::words(&plan)))?);
    done.push(measure("hard_radii", || failures::radii(&plan, &entries))?);
    let plan = Plan::new(&redundant);
    done.push(measure("k_of_n_radii", || failures::radii(&plan, &entries))?);
    if slow_ones {
        done.push(measure("k_of_n_worklist", || failures::worklist(&redundant, &entries))?);
    }
    done.push(measure("illusions", || failures::illusions(&plan))?);
    if nodes.len() <= FEW {
        done.push(measure("pairs", || failures::pair_counts(&plan, &entries))?);
    }
    Ok(done)
}
