use super::regime::Row;
use super::traffic::{Edge, Traffic};
use crate::analysis::carries_outage;
use crate::facts::Criticality;
use crate::graph::algo::{Csr, settle};
use crate::graph::{Assumption, ComponentId, Dependency, Evidence, OBSERVED_RATES};
use std::sync::Arc;

/// What the load of a component rests on: a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestsOn(u8);

const ONE_CALL: (u8, &str) = (1, "one-call-per-request");
const ONE_TRY: (u8, &str) = (2, "one-try");
const EVEN: (u8, &str) = (4, "even-parts-of-groups");
const SEEN: (u8, &str) = (8, OBSERVED_RATES);
const IN_FULL: (u8, &str) = (16, "retried-in-full");
const NO_GOODPUT: &str = "overloaded-answers-nobody";
const BY_LITTLE: &str = "capacity-from-concurrency";
const SILENT: &str = "silent-entries";

/// By component: what stands on the calls that lead to it.
pub(super) fn rests_on(traffic: &Traffic<'_>) -> Vec<RestsOn> {
    let graph = traffic.graph;
    let n = graph.components.len();
    let callers = Csr::from_pairs(n, traffic.edges.iter().map(|e| (e.to, e.from)));
    let into = Csr::from_pairs(n, (0u32..).zip(&traffic.edges).map(|(i, e)| (e.to, i)));
    let observed = traffic.observed_at();
    settle(&callers, &RestsOn(0), |v, of| {
        let edges = into.row(v).iter().map(|&i| &traffic.edges[i as usize]);
        let bits = edges.map(|e| {
            let d = graph.dependency(e.dependency);
            let own = [
                (d.calls_per_request.is_none(), ONE_CALL),
                (d.retry.is_none(), ONE_TRY),
                (e.is_even(), EVEN),
                (in_full(traffic, e), IN_FULL),
            ];
            own.iter().filter(|(holds, _)| *holds).fold(of[e.from as usize].0, |bits, (_, (bit, _))| bits | bit)
        });
        let own = if observed[v as usize] { SEEN.0 } else { 0 };
        RestsOn(bits.fold(own, |all, bits| all | bits))
    })
}

/// Whether a call is tried again when its callee fails, which some failures make it do for a part of its requests only.
fn in_full(traffic: &Traffic<'_>, edge: &Edge) -> bool {
    let graph = traffic.graph;
    let partly = |d: &Dependency| {
        d.criticality == Criticality::Hard && carries_outage(graph, d) && d.share.is_some_and(|share| share < 1.0)
    };
    edge.retried() && graph.providers(ComponentId(edge.to)).any(|(_, d)| partly(d))
}

/// The ids of what a number rests on, sorted.
pub(super) fn ids(of: RestsOn, by_little: bool, silent: bool) -> Vec<Arc<str>> {
    let bit = |(bit, id): (u8, &'static str)| (of.0 & bit != 0, id);
    let all = [
        (by_little, BY_LITTLE),
        bit(EVEN),
        bit(SEEN),
        bit(ONE_CALL),
        bit(ONE_TRY),
        (true, NO_GOODPUT),
        bit(IN_FULL),
        (silent, SILENT),
    ];
    all.into_iter().filter(|(holds, _)| *holds).map(|(_, id)| id.into()).collect()
}

/// The assumptions of loads that no other measurement makes, by id. `multiplied`: some load is told as it is when somebody
/// is overloaded.
pub(super) fn assumptions(
    traffic: &Traffic<'_>,
    rows: &[Row],
    silent: &[ComponentId],
    multiplied: bool,
) -> Vec<Assumption> {
    let graph = traffic.graph;
    let at = |id: &ComponentId| graph.component(*id).evidence.first().cloned();
    let by_little: Vec<Evidence> = rows.iter().filter(|r| r.by_little).filter_map(|r| at(&r.component)).collect();
    let groups = traffic.edges.iter().filter(|e| e.is_even());
    let groups: Vec<Evidence> =
        groups.filter_map(|e| graph.dependency(e.dependency).evidence.first().cloned()).collect();
    let in_full = traffic.edges.iter().filter(|e| in_full(traffic, e));
    let in_full: Vec<Evidence> =
        in_full.filter_map(|e| graph.dependency(e.dependency).evidence.first().cloned()).collect();
    let silent: Vec<Evidence> = silent.iter().filter_map(at).collect();
    let all = [
        (
            BY_LITTLE,
            "where only requests at once are known, what can be served follows from how long one takes when all is well",
            Some("capacity.rps in a native manifest"),
            by_little,
        ),
        (
            EVEN.1,
            "the members of a group get even parts of its requests, and the rest of the group those of one that is down",
            Some("a share on each member in a native manifest"),
            groups,
        ),
        (
            NO_GOODPUT,
            "an overloaded component is taken to answer nobody in time; if it still answered as many as it can serve, it \
             would recover as soon as fewer come",
            None,
            Vec::new(),
        ),
        (
            IN_FULL.1,
            "a component that fails for a part of its requests is taken to have all of them tried again: what is said to \
             come then is the most",
            None,
            in_full,
        ),
        (
            SILENT,
            "where users come in and nobody says how many, none are counted",
            Some("load.rps in a native manifest"),
            silent,
        ),
    ];
    let assumption = |(id, text, setting, evidence): (&str, &str, Option<&str>, Vec<Evidence>)| {
        let applies = !evidence.is_empty() || (id == NO_GOODPUT && multiplied);
        applies.then(|| Assumption { id: id.into(), text: text.into(), setting: setting.map(Into::into), evidence })
    };
    let mut found: Vec<Assumption> = all.into_iter().filter_map(assumption).collect();
    found.sort();
    found
}
