use super::call::Call;
use super::share::used;
use crate::facts::Kind;
use crate::graph::algo::{Csr, settle};
use crate::graph::{ComponentId, DependencyId, Graph};

/// Requests per second of every component when all is well, as far as manifests say: what users offer at entries and
/// what is added from outside, carried on over calls with their shares and numbers. Retries are none of it.
///
/// Unknown is `None`. What only some of the callers' loads are known of is at least what is said; a loop of calls is gone
/// round as often as it has members. O(calls).
pub fn rates(graph: &Graph) -> Vec<Option<f64>> {
    rates_with(graph, |_| 1.0)
}

/// The same with each call made so many times.
pub(super) fn rates_with(graph: &Graph, times: impl Fn(DependencyId) -> f64) -> Vec<Option<f64>> {
    let calls = Call::all(graph);
    let into = Csr::from_pairs(graph.components.len(), (0u32..).zip(&calls).map(|(i, c)| (c.to.0, i)));
    let callers = Csr::from_pairs(graph.components.len(), calls.iter().map(|c| (c.to.0, c.from.0)));
    settle(&callers, &None, |v, known: &[Option<f64>]| {
        let own = graph.component(ComponentId(v)).settings.load_rps.filter(|rps| rps.is_finite());
        let brought = into.row(v).iter().filter_map(|&i| {
            let call = calls.get(i as usize)?;
            let from = known.get(call.from.0 as usize).copied().flatten()?;
            Some(from * per_request(graph, call) * times(call.dependency))
        });
        brought.chain(own).reduce(|a, b| a + b)
    })
}

/// Calls that a request of the caller makes on average: what a cache answers itself it does not ask for.
pub(super) fn per_request(graph: &Graph, call: &Call) -> f64 {
    let caller = graph.component(call.from);
    let missed = match caller.settings.hit_rate {
        Some(hits) if caller.kind == Kind::Cache => 1.0 - hits.clamp(0.0, 1.0),
        _ => 1.0,
    };
    call.calls * use_of(graph, call.dependency) * missed
}

/// The share of the dependent's requests that use a dependency. One of several providers of which each is as good as the
/// other is used by its part of them, where nothing says more.
pub(super) fn use_of(graph: &Graph, id: DependencyId) -> f64 {
    let d = graph.dependency(id);
    match (d.share, d.requirement) {
        (None, Some(requirement)) => {
            let requirement = graph.requirement(requirement);
            let members = requirement.members.len().max(1) as f64;
            (f64::from(requirement.need) / members).clamp(1.0 / members, 1.0)
        }
        (share, _) => used(share),
    }
}
