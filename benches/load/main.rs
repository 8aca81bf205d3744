//! Retries, waits and worst paths on a graph from a file: `cargo bench --bench load -- GRAPH.jsonl [EVERY]
//! [--peers PYTHON]`. With `--peers` the scripts of `benches/peer` do the same in the same run, and a result that differs
//! is an error.
//!
//! A line a node: `{"id": int, "entry": bool, "needs": [{"k": int, "of": [int, ...]}, ...]}`; every member of a need is a
//! call. Prints a line an operation, `{"op", "threads", "cpu_s", "wall_s", "checksum"}`, and the scripts in `benches/peer`
//! print the same lines: equal checksums are equal results. The matrix of paths is that of every `EVERY`-th entry.
//!
//! Times are medians of `RUNS`, or of one run where one takes longer than a second; what is over at once is done several
//! times a run, for the sake of the clock. Both sides start from a built graph:
//! each node's callees, as a `Csr` here, a `DiGraph` or a `Graph` there; reading and building are in no time. What every
//! operation works out from it is: the loops, the order of work, the factors of the calls. The verdict on cycles alone
//! starts from the program's own graph. Beside the ratio of times by the clock stands that of processor time, which
//! differs less on a machine that others use as well.
//!
//! Factors and limits follow from the ends of a call, and are whole or powers of two, so that results are exact.

#[path = "../cpu/mod.rs"]
mod cpu;
#[path = "../beside/measure.rs"]
mod measure;
#[path = "../beside/peers.rs"]
mod peers;

use linchpin::analysis::amplification::{Load, retry_cycles};
use linchpin::graph::algo::{Csr, Gains, Pass, Walks, components, in_parallel, likeliest, settle, spectral_radius};
use linchpin::run::{Inputs, Source, load};
use measure::{Measured, measure};
use serde::Deserialize;

#[derive(Deserialize)]
struct Node {
    id: u32,
    entry: bool,
    needs: Vec<Need>,
}

#[derive(Deserialize)]
struct Need {
    of: Vec<u32>,
}

/// A graph of calls.
struct Calls {
    entries: Vec<u32>,
    /// By caller, then callee: a call's number is its place.
    edges: Vec<(u32, u32)>,
    /// Caller → callees.
    callees: Csr,
}

fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let python = args.iter().position(|a| a == "--peers").map(|at| args.drain(at..args.len().min(at + 2)).nth(1));
    let mut args = args.into_iter().filter(|a| !a.starts_with("--"));
    let path = args.next();
    let text = match &path {
        Some(path) => std::fs::read_to_string(path)?,
        None => small(),
    };
    let every: usize = args.next().map_or(Ok(1), |n| n.parse())?;
    let nodes: Vec<Node> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut edges: Vec<(u32, u32)> =
        nodes.iter().flat_map(|n| n.needs.iter().flat_map(|need| need.of.iter().map(|&to| (n.id, to)))).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut entries: Vec<u32> = nodes.iter().filter(|n| n.entry).map(|n| n.id).collect();
    entries.sort_unstable();
    let nodes = nodes.iter().map(|n| n.id as usize + 1).max().unwrap_or(0);
    let calls = Calls { entries, callees: Csr::from_pairs(nodes, edges.iter().copied()), edges };
    let mut measured: Vec<Measured> = Vec::new();
    for threads in [1, rayon::current_num_threads()] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let done = pool.install(|| -> anyhow::Result<Vec<Measured>> {
            let mut done = Vec::new();
            if threads == 1 {
                done.push(measure("retry_sum", || one_pass(&calls, false))?);
                done.push(measure("retry_max", || one_pass(&calls, true))?);
                done.push(measure("worst_entry", || worst_entry(&calls))?);
                done.push(measure("waits", || waits(&calls))?);
                done.push(measure("spectral_radius", || largest_radius(&calls))?);
                done.push(cycle_verdict(&calls)?);
            }
            done.push(measure(&format!("path_matrix_every_{every}"), || path_matrix(&calls, every))?);
            Ok(done)
        })?;
        measured.extend(done);
    }
    let (Some(python), Some(path)) = (python, &path) else { return Ok(()) };
    let python = python.as_deref().unwrap_or("python3");
    let mut different = peers::beside(python, "networkx_load.py", &[path], &measured)?;
    different.extend(peers::beside(python, "igraph_paths.py", &[path, &every.to_string()], &measured)?);
    different.extend(peers::threads(&measured)?);
    anyhow::ensure!(different.is_empty(), "results differ: {}", different.join(", "));
    Ok(())
}

/// Tries of a call: 1 or 2.
fn tries(u: u32, v: u32) -> f64 {
    f64::from(1 + (u.wrapping_mul(31) + v.wrapping_mul(17)) % 2)
}

/// The probability that a failure passes: 1, a half or a quarter.
fn passes(u: u32, v: u32) -> f64 {
    [1.0, 0.5, 0.25][((u.wrapping_mul(31).wrapping_add(v.wrapping_mul(17))) % 3) as usize]
}

/// Amplification of one request at every entry; without bound behind a loop that grows.
fn one_pass(calls: &Calls, most: bool) -> u64 {
    let walks = Walks::of(&calls.callees);
    let gains = Gains::<f64>::new(&walks, |e| tries(calls.edges[e as usize].0, calls.edges[e as usize].1));
    // One lane, and every entry a source of it.
    let mut pass = Pass::<f64, 1>::new(&walks);
    let seeds = calls.entries.iter().map(|&e| (walks.place[e as usize], 1.0));
    if most {
        pass.maxima_from(&gains, seeds)
    } else {
        pass.sums_from(&gains, seeds)
    }
    pass.values().map(|(at, [value])| mix(walks.node[at as usize], value.to_bits())).fold(0, u64::wrapping_add)
}

/// The likeliest way of every source into any entry, loops included.
fn worst_entry(calls: &Calls) -> u64 {
    let passes = |slot: usize| passes(calls.edges[slot].0, calls.edges[slot].1);
    let found = likeliest(&calls.callees, calls.entries.iter().copied(), passes);
    let reached = (0u32..).zip(found.value).filter(|(_, value)| *value > 0.0);
    reached.map(|(v, value)| mix(v, halvings(value))).fold(0, u64::wrapping_add)
}

/// A number that differs with its parts; sums of it do not depend on the order. `benches/peer/graph.py` has the same.
fn mix(node: u32, value: u64) -> u64 {
    let n = u64::from(node) ^ value.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (n ^ (n >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(29)
}

/// The length of a way of powers of a half.
fn halvings(value: f64) -> u64 {
    1023 - (value.to_bits() >> 52)
}

/// W(v) = own + Σ min(limit, tries · W(callee)), around loops as much as their limits allow; own work is 1 ms.
fn waits(calls: &Calls) -> u64 {
    let limit = |u: u32, v: u32| f64::from(100 + (u.wrapping_add(v)) % 900);
    let waits = settle(&calls.callees, &f64::INFINITY, |v, waits| {
        let callees = calls.callees.row(v).iter();
        1.0 + callees.map(|&w| (tries(v, w) * waits[w as usize]).min(limit(v, w))).sum::<f64>()
    });
    (0u32..).zip(waits).map(|(v, wait)| mix(v, wait.to_bits())).fold(0, u64::wrapping_add)
}

/// The calls of the largest loop, its members counted from 0.
fn largest(calls: &Calls) -> (Vec<u32>, Vec<(u32, u32)>) {
    let loops = components(&calls.callees);
    let count = u32::try_from(loops.members.rows()).unwrap_or(u32::MAX);
    let Some(scc) = (0..count).max_by_key(|&c| loops.members.row(c).len()) else { return Default::default() };
    let members = loops.members.row(scc).to_vec();
    let place = |v: u32| members.binary_search(&v).ok().and_then(|i| u32::try_from(i).ok());
    let inside = calls.edges.iter().filter_map(|&(u, v)| Some((place(u)?, place(v)?))).collect();
    (members, inside)
}

/// The spectral radius of the largest loop, to eight digits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
fn largest_radius(calls: &Calls) -> u64 {
    let (members, inside) = largest(calls);
    let weighted: Vec<(u32, u32, f64)> = inside.iter().map(|&(u, v)| (u, v, tries(u, v))).collect();
    (spectral_radius(members.len(), &weighted).at_most * 1e8).round() as u64
}

/// The verdict on the largest loop with its witness, as the program gives it.
fn cycle_verdict(calls: &Calls) -> anyhow::Result<Measured> {
    let (members, inside) = largest(calls);
    let folder = tempfile::tempdir()?;
    let mut text = String::new();
    for u in 0..members.len() {
        let of = inside.iter().filter(|e| e.0 as usize == u);
        let needs: Vec<String> =
            of.map(|&(u, v)| format!("{{name: n{v}, retry: {{tries: {}}}}}", tries(u, v))).collect();
        let head = format!("apiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: n{u}}}\n");
        text.push_str(&format!("{head}spec: {{dependsOn: [{}]}}\n---\n", needs.join(", ")));
    }
    std::fs::write(folder.path().join("loop.yaml"), text)?;
    let inputs = Inputs { manifests: vec![Source::Path(folder.path().to_owned())], ..Inputs::default() };
    let graph = load(&inputs)?.graph;
    measure("cycle_verdict", || {
        let cycles = retry_cycles(&graph, &Load::new(&graph));
        cycles.iter().map(|c| u64::from(c.unstable())).sum()
    })
}

/// The likeliest way of every source into every entry, loops included: how many there are and all their lengths.
fn path_matrix(calls: &Calls, every: usize) -> u64 {
    const LANES: usize = 16;
    let walks = Walks::of(&calls.callees);
    let gains = Gains::<f32>::new(&walks, |e| passes(calls.edges[e as usize].0, calls.edges[e as usize].1));
    let entries: Vec<u32> = calls.entries.iter().copied().step_by(every).collect();
    let blocks: Vec<&[u32]> = entries.chunks(LANES).collect();
    let sums = in_parallel(
        blocks.len(),
        || Pass::<f32, LANES>::new(&walks),
        |pass, block| {
            let seeds: Vec<(u32, f32)> = blocks[block].iter().map(|&e| (walks.place[e as usize], 1.0)).collect();
            pass.maxima(&gains, &seeds);
            let reached = pass.values().flat_map(|(_, lane)| lane).filter(|value| **value > 0.0);
            // A power of a half has its length in its exponent.
            reached.map(|value| (1 << 32) + u64::from(127 - (value.to_bits() >> 23))).fold(0, u64::wrapping_add)
        },
    );
    sums.into_iter().fold(0, u64::wrapping_add)
}

/// Layers of ten, each node calling three of the layer below, and a loop at the top.
fn small() -> String {
    let node = |id: u32| {
        let below = |i: u32| (id / 10).wrapping_sub(1).wrapping_mul(10).wrapping_add((id * 7 + i * 3) % 10);
        let mut of = if id < 10 { Vec::new() } else { vec![below(0), below(1), below(2)] };
        if (180..190).contains(&id) {
            of.push(180 + (id + 1) % 10);
        }
        serde_json::json!({"id": id, "entry": id >= 190, "needs": [{"k": 1, "of": of}]}).to_string()
    };
    (0..200).map(node).collect::<Vec<_>>().join("\n")
}
