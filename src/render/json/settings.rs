//! What a component's own numbers are, as far as anything states them.

use super::parts::Number;
use crate::graph;
use serde::Serialize;

/// The numbers of a component; what nothing states is left out.
#[derive(Debug, Serialize)]
pub(super) struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_ms: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drain_ms: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity_rps: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity_concurrency: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    load_rps: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shed_rps: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p50_ms: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p99_ms: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hit_rate: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<Number>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unlimited_deliveries: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_ms: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility_ms: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout_unavailable: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout_surge: Option<Number>,
}

/// The numbers of a component, if it has any.
pub(super) fn settings(of: &graph::Settings) -> Option<Settings> {
    let known = |n: Option<f64>| n.filter(|n| n.is_finite()).map(Number);
    (*of != graph::Settings::default()).then(|| Settings {
        timeout_ms: known(of.timeout_ms),
        drain_ms: known(of.drain_ms),
        capacity_rps: known(of.capacity_rps),
        capacity_concurrency: known(of.capacity_concurrency),
        load_rps: known(of.load_rps),
        shed_rps: known(of.shed_rps),
        p50_ms: known(of.p50_ms),
        p99_ms: known(of.p99_ms),
        hit_rate: known(of.hit_rate),
        deliveries: known(of.deliveries),
        unlimited_deliveries: of.deliveries.is_some_and(f64::is_infinite),
        dead_letter: of.dead_letter,
        retention_ms: known(of.retention_ms),
        visibility_ms: known(of.visibility_ms),
        rollout_unavailable: known(of.rollout_unavailable),
        rollout_surge: known(of.rollout_surge),
    })
}
