use super::traffic::Traffic;
use crate::facts::{Interaction, Plane};
use crate::graph::{ComponentId, DependencyId};

/// A queue between those who send and one who takes, and what waits in it while he does not (SEMANTICS G.8).
#[derive(Clone, Debug, PartialEq)]
pub struct Backlog {
    /// The queue.
    pub queue: ComponentId,
    /// Who takes from it.
    pub consumer: ComponentId,
    /// The dependency of the consumer on the queue.
    pub dependency: DependencyId,
    /// Messages per second that come, if known.
    pub load: Option<f64>,
    /// Messages per second that the consumer can take beside what else it serves, if known.
    pub drain: Option<f64>,
    /// How long the queue keeps a message, in milliseconds, if known.
    pub retention_ms: Option<f64>,
    /// After so long a message is given up on if the consumer fails on it instead of being down: it has been delivered as
    /// often as the queue does. In milliseconds, if known.
    pub given_up_ms: Option<f64>,
}

/// An outage of a consumer to give numbers for, in milliseconds.
pub const OUTAGE_MS: f64 = 600_000.0;

impl Backlog {
    /// Messages that wait when the consumer has been down for so long, in milliseconds: what is older than the queue
    /// keeps is gone.
    pub fn waiting(&self, outage_ms: f64) -> Option<f64> {
        Some(self.load? * outage_ms.min(self.retention_ms.unwrap_or(f64::INFINITY)) / 1000.0)
    }

    /// Messages that are lost by then.
    pub fn lost(&self, outage_ms: f64) -> Option<f64> {
        Some(self.load? * (outage_ms - self.retention_ms?).max(0.0) / 1000.0)
    }

    /// How long the consumer then takes to work it off, in milliseconds, while more comes; infinite if it never does.
    pub fn drain_ms(&self, outage_ms: f64) -> Option<f64> {
        let (load, drain) = (self.load?, self.drain?);
        Some(if drain > load { self.waiting(outage_ms)? / (drain - load) * 1000.0 } else { f64::INFINITY })
    }

    /// The longest outage in milliseconds after which nothing is lost; unknown if nobody says how long the queue keeps a
    /// message. The oldest message of a longer one is too old when the consumer comes back.
    pub fn longest_without_loss_ms(&self) -> Option<f64> {
        self.retention_ms
    }
}

/// Every queue that anything is known of, with each that takes from it; by queue and consumer.
pub(super) fn backlogs(traffic: &Traffic<'_>) -> Vec<Backlog> {
    let graph = traffic.graph;
    let consumed = graph.dependency_ids().map(|id| (id, graph.dependency(id)));
    let consumed = consumed.filter(|(_, d)| d.interaction == Interaction::AsyncConsume && d.plane == Plane::Runtime);
    let backlog = |(dependency, d): (DependencyId, &crate::graph::Dependency)| {
        let settings = &graph.component(d.to).settings;
        let known = |v: f64| (v > 0.0 && v.is_finite()).then_some(v);
        let load = known(traffic.normal[d.to.0 as usize]).map(|rps| rps * d.calls_per_request.unwrap_or(1.0));
        let all = known(traffic.normal[d.from.0 as usize]);
        let beside = load.zip(all).map_or(0.0, |(load, all)| (all - load).max(0.0));
        let drain = traffic.capacities.rps(d.from.0).map(|rps| (rps - beside).max(0.0));
        let deliveries = settings.deliveries.filter(|n| n.is_finite());
        let given_up_ms = deliveries.zip(settings.visibility_ms).map(|(n, ms)| n * ms);
        let (queue, consumer, retention_ms) = (d.to, d.from, settings.retention_ms);
        let told = load.is_some() || retention_ms.is_some() || given_up_ms.is_some();
        told.then_some(Backlog { queue, consumer, dependency, load, drain, retention_ms, given_up_ms })
    };
    let mut found: Vec<Backlog> = consumed.filter_map(backlog).collect();
    found.sort_by_key(|b| (b.queue, b.consumer, b.dependency));
    found
}
