use super::overload::Traffic;
use super::share::used;
use crate::graph::{ComponentId, DependencyId, Graph, OBSERVED_RATES};
use std::collections::BTreeMap;

/// Requests per second of every component when all is well: what users offer at entries and what is added from outside,
/// carried on over calls with their shares and numbers. Retries are none of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates {
    /// By component; what nothing is known of is `None`, and so is what comes round a loop of calls that never dies out.
    rps: Vec<Option<f64>>,
    /// Whether traces have a say in it.
    observed: Vec<bool>,
    /// By component the most that may come, where all who let requests in turn away what is too many.
    most: Vec<Option<f64>>,
}

impl Rates {
    /// Requests per second of a component, if known: at least those that somebody says something of.
    pub fn of(&self, v: ComponentId) -> Option<f64> {
        self.rps.get(v.0 as usize).copied().flatten()
    }

    /// Requests per second that may come to a component at most, if who lets requests in turns away what is too many.
    pub fn at_most(&self, v: ComponentId) -> Option<f64> {
        self.most.get(v.0 as usize).copied().flatten()
    }

    /// What they take for granted: that as many come as traces saw.
    pub fn rests_on(&self, v: ComponentId) -> Option<&'static str> {
        (self.of(v).is_some() && self.observed.get(v.0 as usize) == Some(&true)).then_some(OBSERVED_RATES)
    }
}

/// Measures them. O(calls).
pub fn rates(graph: &Graph) -> Rates {
    let traffic = Traffic::new(graph);
    let known = traffic.known_at();
    let rps = traffic.normal.iter().zip(known).map(|(&rps, known)| Some(rps).filter(|r| known && r.is_finite()));
    Rates { rps: rps.collect(), observed: traffic.observed_at(), most: traffic.at_most() }
}

/// Calls per second over each dependency of which that is known, if each call is made so many times.
pub(super) fn calls(graph: &Graph, times: impl Fn(DependencyId) -> f64) -> BTreeMap<DependencyId, f64> {
    Traffic::new(graph).multiplied(times)
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
