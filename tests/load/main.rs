//! Retries, waits and worst paths: the hand-checked oracles of the theory, and brute force on small random systems.

mod amplification;
mod brute_force;
mod overload;
mod paths;
#[path = "../system/mod.rs"]
mod system;
mod waits;

use linchpin::analysis::amplification::{Amplification, Fault, retries};
use linchpin::facts::{Layer, Origin, RetryLayer, TimeoutOrigin};
use linchpin::graph::{Dependency, Evidence, Graph, LayerTimeout, Retry, Timeout};
use linchpin::source::Location;
use system::id;

fn evidence() -> Evidence {
    Evidence::new(Location::start("shop.yaml".into()), "retry")
}

/// A layer of so many tries.
fn layer(layer: Layer, tries: u32) -> RetryLayer {
    RetryLayer::new(layer, tries, Origin::Explicit, evidence())
}

/// The dependency between two components, to be changed.
fn edge<'g>(graph: &'g mut Graph, from: &str, to: &str) -> &'g mut Dependency {
    let (from, to) = (id(graph, from), id(graph, to));
    graph.dependencies.iter_mut().find(|d| (d.from, d.to) == (from, to)).expect("an edge")
}

fn retry(d: &mut Dependency, layers: Vec<RetryLayer>) {
    d.retry = Retry::of(layers);
}

fn tries(graph: &mut Graph, from: &str, to: &str, n: u32) {
    retry(edge(graph, from, to), vec![layer(Layer::Library, n)]);
}

fn timeout(d: &mut Dependency, ms: f64) {
    d.timeouts.push(LayerTimeout {
        layer: Layer::Library,
        ms: Some(ms).filter(|ms| ms.is_finite()),
        origin: if ms.is_finite() { TimeoutOrigin::Explicit } else { TimeoutOrigin::Disabled },
        evidence: evidence(),
    });
    d.timeout = Timeout::of(&d.timeouts);
}

fn rows(graph: &Graph) -> Vec<Amplification> {
    retries(graph, usize::MAX).amplification.rows
}

fn row(graph: &Graph, entry: &str, target: &str, fault: Fault) -> Option<Amplification> {
    let (entry, target) = (id(graph, entry), id(graph, target));
    rows(graph).into_iter().find(|r| (r.entry, r.target, r.fault) == (entry, target, fault))
}

fn close(a: f64, b: f64) -> bool {
    (a == b) || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

fn calls(graph: &mut Graph, from: &str, to: &str, n: f64) {
    edge(graph, from, to).calls_per_request = Some(n);
}
