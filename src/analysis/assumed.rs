//! What the measurements of load and time take for granted, and which rows rest on it.

use super::amplification::{Amplification, Load, RetryCycle, calls};
use super::call::{Call, waits};
use super::paths::{By, WorstPath};
use super::waits::{Basis, TimeoutRow};
use crate::graph::{Assumption, Component, ComponentId, DependencyId, Evidence, Graph};
use std::collections::BTreeSet;
use std::sync::Arc;

const ONE_CALL: &str = "one-call-per-request";
const ONE_TRY: &str = "one-try";
const ROUND_LOOPS: &str = "calls-round-loops";
/// The graph's own.
const HARD: &str = "hard-dependencies";

/// The assumptions that some row may rest on, by id.
pub fn assumed(graph: &Graph) -> Vec<Assumption> {
    let (calls, _) = calls(graph);
    let loops = Load::new(graph).walks.loops().next().is_some();
    let at = |which: &dyn Fn(&Call) -> bool| -> Vec<Evidence> {
        let of = calls.iter().filter(|c| which(c)).map(|c| graph.dependency(c.dependency));
        of.filter_map(|d| d.evidence.first().cloned()).collect()
    };
    let of_components = |which: &dyn Fn(&Component) -> bool| -> Vec<Evidence> {
        let of = graph.components.iter().filter(|c| which(c));
        of.filter_map(|c| c.evidence.first().cloned()).collect()
    };
    let median = |c: &Component| c.settings.p99_ms.is_none() && c.settings.p50_ms.is_some();
    // Where nobody is called, waits are bounded by limits alone, and nothing is left out.
    let waiting: BTreeSet<ComponentId> =
        calls.iter().filter(|c| waits(graph.dependency(c.dependency))).map(|c| c.from).collect();
    let silent = waiting.iter().map(|&id| graph.component(id));
    let silent = silent.filter(|c| c.settings.p99_ms.or(c.settings.p50_ms).is_none());
    let silent: Vec<Evidence> = silent.filter_map(|c| c.evidence.first().cloned()).collect();
    let unlimited = |c: &Call| !c.try_limit().is_finite() && waits(graph.dependency(c.dependency));
    let found = [
        (
            ROUND_LOOPS,
            "calls in a loop are taken to lead round it: nothing says which requests cause which calls",
            "callsPerRequest in a native manifest, or traces that show what is sent while messages are handled",
            Vec::new(),
        ),
        (
            Basis::Median.id(),
            "where only the median of a component's own work is known, it stands for the worst",
            "latency.p99 in a native manifest",
            of_components(&median),
        ),
        (
            Basis::NoLimitKnown.id(),
            "a call of which no limit is known is taken to have none",
            "timeout in a native manifest",
            at(&unlimited),
        ),
        (
            ONE_CALL,
            "a request is taken to make one call of each provider where nothing says how many",
            "callsPerRequest in a native manifest, or traces",
            at(&|c| !c.calls_known),
        ),
        (
            ONE_TRY,
            "a call of which no retries are known is taken to be tried once",
            "retry in a native manifest",
            at(&|c| !retries_known(graph, c.dependency)),
        ),
        (
            Basis::OwnWork.id(),
            "a component's own work is not counted where it is unknown: waits may be longer",
            "latency in a native manifest",
            silent,
        ),
    ];
    let assumption = |(id, text, setting, evidence): (&str, &str, &str, Vec<Evidence>)| {
        let applies = !evidence.is_empty() || (id == ROUND_LOOPS && loops);
        applies.then(|| Assumption { id: id.into(), text: text.into(), setting: Some(setting.into()), evidence })
    };
    let mut all: Vec<Assumption> = found.into_iter().filter_map(assumption).collect();
    all.sort();
    all
}

fn retries_known(graph: &Graph, id: DependencyId) -> bool {
    graph.dependency(id).retry.is_some()
}

/// What a row of amplification rests on, sorted.
pub fn of_amplification(graph: &Graph, row: &Amplification) -> Vec<Arc<str>> {
    let mut ids = of_edges(graph, row.hops.iter().map(|h| h.dependency));
    let calls = row.hops.iter().map(|h| graph.dependency(h.dependency));
    ids.extend(calls.clone().any(|d| d.calls_per_request.is_none()).then(|| ONE_CALL.into()));
    ids.extend(calls.clone().any(|d| d.retry.is_none()).then(|| ONE_TRY.into()));
    let unlimited = row.hops.iter().any(|h| h.gain().is_infinite());
    ids.extend((row.sum.is_infinite() && !unlimited).then(|| ROUND_LOOPS.into()));
    ids.into_iter().collect()
}

/// What a loop of calls rests on, sorted.
pub fn of_cycle(graph: &Graph, cycle: &RetryCycle) -> Vec<Arc<str>> {
    let mut ids = of_edges(graph, cycle.edges.iter().copied());
    let calls = cycle.edges.iter().map(|&id| graph.dependency(id));
    ids.extend(calls.clone().any(|d| d.calls_per_request.is_none()).then(|| ONE_CALL.into()));
    ids.extend(calls.clone().any(|d| d.retry.is_none()).then(|| ONE_TRY.into()));
    ids.insert(ROUND_LOOPS.into());
    ids.into_iter().collect()
}

/// What a row of timeouts rests on, sorted.
pub fn of_timeout(graph: &Graph, row: &TimeoutRow) -> Vec<Arc<str>> {
    let mut ids = of_edges(graph, [row.dependency].into_iter());
    ids.extend(row.worst.bases.iter().map(|b| b.id().into()));
    ids.into_iter().collect()
}

/// What a worst path rests on, sorted.
pub fn of_worst_path(graph: &Graph, row: &WorstPath) -> Vec<Arc<str>> {
    let edges = row.edges.iter().map(|&id| graph.dependency(id));
    let mut ids: BTreeSet<Arc<str>> = BTreeSet::new();
    if row.by == By::Amplification {
        ids = of_edges(graph, row.edges.iter().copied());
        ids.extend(edges.clone().any(|d| d.calls_per_request.is_none()).then(|| ONE_CALL.into()));
        ids.extend(edges.clone().any(|d| d.retry.is_none()).then(|| ONE_TRY.into()));
    } else {
        ids.extend(edges.clone().any(|d| d.assumed).then(|| HARD.into()));
    }
    ids.into_iter().collect()
}

/// What the platform's settings of some dependencies rest on.
fn of_edges(graph: &Graph, edges: impl Iterator<Item = DependencyId>) -> BTreeSet<Arc<str>> {
    edges.flat_map(|id| graph.dependency(id).assumptions.iter().cloned()).collect()
}
