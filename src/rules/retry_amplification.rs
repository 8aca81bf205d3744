use super::arithmetic::{factors, when};
use super::{Confidence, Context, Finding, Measure, Severity, rule, words};
use crate::analysis::amplification::{Amplification, Hop, STORM, Storm};
use crate::analysis::{call, of_amplification};
use crate::graph::{Evidence, Graph};
use std::collections::BTreeSet;
use std::sync::Arc;

rule! {
    /// ## What it does
    ///
    /// Finds components at which one request of a user becomes ten calls or more when they fail, because several calls on
    /// the way retry, or fan out. From 64 on it is an error.
    ///
    /// The number is that of the worst way from an entry, with everything that bounds it: deadlines, limits of a try,
    /// pauses, budgets, and what a layer does not retry. Tries include the first one.
    ///
    /// ## Why is this bad?
    ///
    /// A component that is in trouble gets the most load of its life, at the worst moment. What would have been a short
    /// hiccup becomes an outage that lasts until somebody takes the load away.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// gateway:   dependsOn: [{name: checkout, retry: {tries: 4}}]
    /// checkout:  dependsOn: [{name: payments, retry: {tries: 4}}]
    /// payments:  dependsOn: [{name: ledger, retry: {tries: 4}}]     # 4 × 4 × 4 = 64 calls of ledger
    /// ```
    ///
    /// ## Remedy
    ///
    /// Retry in one layer only, the one next to the failure, and let the others pass the error on. Give retries a budget:
    /// a share of requests (10 or 20 %) that they may not exceed. A circuit breaker ends a storm that has begun.
    "LP020" "retry-amplification", Warning, High, "Retries multiply",
    "one request becomes ten calls or more of a component that fails"
}

/// From here on it is an error.
const ERROR: f64 = 64.0;
/// The budget that the remedy proposes.
const BUDGET: f64 = 0.2;

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.analysis.retries.amplification.storms.iter().filter_map(|storm| finding(cx, storm)).collect()
}

/// What one request becomes without going round loops of calls: those are told by LP021.
fn along(row: &Amplification) -> f64 {
    row.hops.iter().map(|hop| hop.gain()).product()
}

fn finding(cx: &Context<'_>, storm: &Storm) -> Option<Finding> {
    let (graph, row) = (cx.graph, &storm.worst);
    let max = along(row);
    if max < STORM {
        return None;
    }
    let (entry, target) = (cx.labels.of(row.entry), cx.labels.of(row.target));
    let breaker = row.hops.iter().find(|h| h.gain() > 1.0 && graph.dependency(h.dependency).circuit_breaker);
    let mut message = if max.is_finite() {
        format!("a request at {entry} becomes {} calls of {target} when it {}", words::factor(max), when(row.fault))
    } else {
        format!("a request at {entry} becomes calls of {target} without end when it {}", when(row.fault))
    };
    let factors = factors(&row.hops);
    if !factors.is_empty() {
        message.push_str(&format!(": {factors}"));
    }
    if max.is_finite() && row.max.is_infinite() {
        message.push_str(", and more round a loop of calls on the way");
    }
    if let Some(hop) = breaker {
        message.push_str(&format!(
            ", until the breaker of {} → {} opens",
            cx.labels.of(hop.from),
            cx.labels.of(hop.to)
        ));
    }
    let severity = match (max >= ERROR, breaker) {
        (true, None) => Severity::Error,
        (true, Some(_)) | (false, None) => Severity::Warning,
        (false, Some(_)) => Severity::Note,
    };
    let mut finding = Finding::new(&RULE, vec![row.target], message);
    finding.severity = severity;
    finding.path = row.path.iter().rev().copied().collect();
    finding.edges = row.hops.iter().rev().map(|h| h.dependency).collect();
    finding.entries.clone_from(&storm.entries);
    finding.evidence = evidence(graph, &row.hops);
    finding.assumptions = of_amplification(graph, row);
    finding.confidence = if finding.assumptions.is_empty() { Confidence::High } else { Confidence::Medium };
    finding.folded_into = storm.folded_into;
    finding.measure = Some(Measure::Calls(max));
    finding.fix = fix(&row.hops);
    Some(finding)
}

fn fix(hops: &[Arc<Hop>]) -> String {
    let retried = hops.iter().flat_map(|h| &h.layers).filter(|l| l.tries > 1.0).count();
    // With a budget on each, tries of a layer are at most 1 + budget.
    let layer = |l: &call::LayerTries| l.tries.min(1.0 + BUDGET);
    let budgeted: f64 = hops.iter().map(|h| h.calls * h.layers.iter().map(layer).product::<f64>()).product();
    match retried {
        0 => "make fewer calls for a request: batch them, or cache what they fetch".to_owned(),
        1 => format!("give the retries a budget of 20 %: then at most {} calls", words::factor(budgeted)),
        _ => format!(
            "keep the retries of one layer, the one next to the failure; a budget of 20 % on each leaves at most {} calls",
            words::factor(budgeted)
        ),
    }
}

/// Where the settings stand that multiply: those of the retries, or else the calls themselves.
pub(super) fn evidence(graph: &Graph, hops: &[Arc<Hop>]) -> Vec<Evidence> {
    let mut known: BTreeSet<&Evidence> = BTreeSet::new();
    let mut found: Vec<Evidence> = Vec::new();
    for hop in hops {
        let d = graph.dependency(hop.dependency);
        let layers = d.retry.iter().flat_map(|r| &r.layers);
        let acting = layers.filter(|l| hop.multiplying().any(|(layer, _)| layer == l.layer));
        let of_layers: Vec<&Evidence> = acting.filter_map(|l| l.evidence.as_ref()).collect();
        let fans_out = hop.gain() > 1.0 && of_layers.is_empty();
        let all = of_layers.into_iter().chain(d.evidence.first().filter(|_| fans_out));
        for e in all {
            if known.insert(e) {
                found.push(e.clone());
            }
        }
    }
    found.shrink_to_fit();
    found
}
