use super::Load;
use crate::analysis::call::Symptom;
use crate::graph::algo::{Csr, UNSTABLE, shortest_cycle, spectral_radius};
use crate::graph::{ComponentId, DependencyId, Graph};
use std::collections::BTreeSet;
use std::ops::Range;

/// Components that call each other in a circle.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryCycle {
    /// Its members, by id.
    pub members: Vec<ComponentId>,
    /// The product along `witness`; infinite if a layer on it is unlimited.
    pub gain: f64,
    /// What calls are multiplied by, in the long run, each time they go round: they stay finite below 1.
    pub spectral_radius: f64,
    /// `spectral_radius` is only known not to be greater.
    pub bound: bool,
    /// The same once the circuit breakers on its calls are open: no call passes them.
    pub with_breakers_open: f64,
    /// Some call in it is retried, or declared to be made several times a request. What traces saw on average may be
    /// calls of requests that do not cause each other.
    pub stated: bool,
    /// A cycle, its first member not repeated: the one that grows the fastest of the shortest ones through each call
    /// that multiplies.
    pub witness: Vec<ComponentId>,
    /// The dependencies along `witness`, the last of which closes it.
    pub edges: Vec<DependencyId>,
}

impl RetryCycle {
    /// Whether calls multiply without end.
    pub fn unstable(&self) -> bool {
        self.spectral_radius >= UNSTABLE
    }
}

/// Every loop of calls, by members. The factors are the worst of all faults; a call counts as made round the loop, since
/// nothing says which requests cause which.
pub fn retry_cycles(graph: &Graph, load: &Load) -> Vec<RetryCycle> {
    let gains = load.gains_round(Symptom::LateOrError);
    let refused = load.gains_round(Symptom::Refused);
    let gains: Vec<f64> = gains.iter().zip(refused).map(|(a, b)| a.max(b)).collect();
    let mut found: Vec<RetryCycle> = load.walks.loops().map(|round| cycle(graph, load, &gains, round)).collect();
    found.sort_by(|a, b| a.members.cmp(&b.members));
    found
}

fn cycle(graph: &Graph, load: &Load, gains: &[f64], round: Range<u32>) -> RetryCycle {
    let places: Vec<ComponentId> = round.clone().map(|at| load.component_at(at)).collect();
    let members: BTreeSet<ComponentId> = places.iter().copied().collect();
    let edges: Vec<(u32, u32, u32)> = load.walks.edges_of(round).collect();
    let weighted: Vec<(u32, u32, f64)> = edges.iter().map(|&(u, v, e)| (u, v, gains[e as usize])).collect();
    let radius = spectral_radius(places.len(), &weighted);
    let breaks = |e: u32| graph.dependency(load.calls[e as usize].dependency).circuit_breaker;
    let open: Vec<(u32, u32, f64)> =
        edges.iter().filter(|e| !breaks(e.2)).map(|&(u, v, e)| (u, v, gains[e as usize])).collect();
    let with_breakers_open =
        if open.len() == weighted.len() { radius.at_most } else { greatest_radius(places.len(), &open) };
    let (witness, gain) = witness(places.len(), &edges, gains);
    let multiplied = |e: u32| {
        let call = &load.calls[e as usize];
        let seen = graph.dependency(call.dependency).observed.as_ref().and_then(|o| o.calls_per_request);
        gains[e as usize] > call.calls || (call.calls > 1.0 && seen != Some(call.calls))
    };
    RetryCycle {
        gain,
        spectral_radius: radius.at_most,
        bound: !radius.exact(),
        with_breakers_open,
        stated: edges.iter().any(|e| multiplied(e.2)),
        witness: witness.iter().map(|&(u, _)| places[u as usize]).collect(),
        edges: witness.iter().map(|&(_, e)| load.calls[e as usize].dependency).collect(),
        members: members.into_iter().collect(),
    }
}

/// The greatest spectral radius among the loops of a graph.
fn greatest_radius(nodes: usize, edges: &[(u32, u32, f64)]) -> f64 {
    let walks = crate::graph::algo::Walks::new(nodes, &edges.iter().map(|&(u, v, _)| (u, v)).collect::<Vec<_>>());
    let radius = |round: Range<u32>| {
        let of: Vec<_> = walks.edges_of(round.clone()).map(|(u, v, e)| (u, v, edges[e as usize].2)).collect();
        spectral_radius(round.len(), &of).at_most
    };
    walks.loops().map(radius).fold(0.0, f64::max)
}

/// How many of the calls that multiply most are tried as a start.
const STARTS: usize = 16;

/// A cycle as `(caller, call)` with its product. Of the shortest cycles through the calls that multiply most the one
/// with the greatest mean growth.
fn witness(nodes: usize, edges: &[(u32, u32, u32)], gains: &[f64]) -> (Vec<(u32, u32)>, f64) {
    // Of several calls between two members the one that multiplies most.
    let mut pairs: Vec<(u32, u32, u32)> = edges.to_vec();
    pairs.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(gains[b.2 as usize].total_cmp(&gains[a.2 as usize])));
    pairs.dedup_by_key(|e| (e.0, e.1));
    let forward = Csr::from_pairs(nodes, pairs.iter().map(|&(u, v, _)| (u, v)));
    let number = |u: u32, v: u32| {
        let at = pairs.binary_search_by_key(&(u, v), |e| (e.0, e.1)).ok();
        at.map_or(0, |i| pairs[i].2)
    };
    let mut starts = pairs.clone();
    starts.sort_by(|a, b| gains[b.2 as usize].total_cmp(&gains[a.2 as usize]).then((a.0, a.1).cmp(&(b.0, b.1))));
    let (mut best, mut best_mean, mut best_gain) = (Vec::new(), 0.0, 0.0);
    for &(from, to, e) in starts.iter().take(STARTS) {
        // The way back, as a cycle of a graph in which `from` leads to `to` alone.
        let nodes: Vec<u32> = if from == to {
            vec![from]
        } else {
            let only = Csr::from_pairs(nodes, forward.pairs().filter(|&(u, v)| u != from || v == to));
            shortest_cycle(&only, from, |_| true)
        };
        let next = nodes.iter().copied().cycle().skip(1);
        let calls: Vec<(u32, u32)> = nodes.iter().copied().zip(next).map(|(u, v)| (u, number(u, v))).collect();
        let gain: f64 = calls.iter().map(|&(_, e)| gains[e as usize]).product();
        let mean = gain.powf(1.0 / calls.len().max(1) as f64);
        if mean > best_mean {
            (best, best_mean, best_gain) = (calls, mean, gain);
        }
        if gains[e as usize] <= 1.0 && !best.is_empty() {
            break;
        }
    }
    // It starts at its first member.
    if let Some(first) = best.iter().enumerate().min_by_key(|(_, (u, _))| *u).map(|(i, _)| i) {
        best.rotate_left(first);
    }
    (best, best_gain)
}
