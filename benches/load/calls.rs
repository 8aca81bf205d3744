//! Calls with tries, limits and odds that follow from their ends: whole or powers of two, so that results are exact.

use crate::system::Node;
use linchpin::analysis::amplification::{Load, retry_cycles};
use linchpin::graph::Graph;
use linchpin::graph::algo::{Csr, Gains, Pass, Walks, components, in_parallel, likeliest, settle, spectral_radius};
use linchpin::run::{Inputs, Source, load};

/// A graph of calls.
pub struct Calls {
    entries: Vec<u32>,
    /// By caller, then callee: a call's number is its place.
    edges: Vec<(u32, u32)>,
    /// Caller → callees.
    callees: Csr,
}

impl Calls {
    /// Every member of a need is a call.
    pub fn of(nodes: &[Node]) -> Self {
        let mut edges: Vec<(u32, u32)> =
            nodes.iter().flat_map(|n| n.needs.iter().flat_map(|need| need.of.iter().map(|&to| (n.id, to)))).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut entries: Vec<u32> = nodes.iter().filter(|n| n.entry).map(|n| n.id).collect();
        entries.sort_unstable();
        let nodes = nodes.iter().map(|n| n.id as usize + 1).max().unwrap_or(0);
        Self { entries, callees: Csr::from_pairs(nodes, edges.iter().copied()), edges }
    }
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
pub fn one_pass(calls: &Calls, most: bool) -> u64 {
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
pub fn worst_entry(calls: &Calls) -> u64 {
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
pub fn waits(calls: &Calls) -> u64 {
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
pub fn largest_radius(calls: &Calls) -> u64 {
    let (members, inside) = largest(calls);
    let weighted: Vec<(u32, u32, f64)> = inside.iter().map(|&(u, v)| (u, v, tries(u, v))).collect();
    (spectral_radius(members.len(), &weighted).at_most * 1e8).round() as u64
}

/// The largest loop, as the program knows graphs.
pub fn largest_loop(calls: &Calls) -> anyhow::Result<Graph> {
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
    Ok(load(&inputs)?.graph)
}

/// The verdict on loops with their witnesses, as the program gives it.
pub fn cycle_verdict(graph: &Graph) -> u64 {
    let cycles = retry_cycles(graph, &Load::new(graph));
    cycles.iter().map(|c| u64::from(c.unstable())).sum()
}

/// The likeliest way of every source into every entry, loops included: how many there are and all their lengths.
pub fn path_matrix(calls: &Calls, every: usize) -> u64 {
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
