use super::words::factor;
use super::{Confidence, Context, Finding, Severity, load, rule};
use crate::analysis::entries_calling;
use crate::analysis::overload::{Regime, Row};
use crate::graph::{ComponentId, Evidence, Graph};
use std::collections::BTreeSet;
use std::sync::Arc;

rule! {
    /// ## What it does
    ///
    /// Finds components that serve their load, but would not come back from an overload: the retries of those who get no
    /// answer, and caches that are no longer filled, bring more than they can serve as long as they bring it. The load up
    /// to which a component recovers by itself is its hidden capacity, capacity / amplification. Components whose normal
    /// load is above their capacity are found too.
    ///
    /// Only components whose capacity and load are known are judged. It is an error where it is certain even if nobody
    /// passes on more than he can serve, otherwise a warning.
    ///
    /// ## Why is this bad?
    ///
    /// The cause, a short network cut or a restart, is gone, and the outage is not: it ends only when somebody takes load
    /// away. Most of the longest outages are of this kind.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// frontend:  load: {rps: 700}, dependsOn: [{name: db, retry: {tries: 3}}]
    /// db:        capacity: {rps: 1000}                  # 2,100 come once it is overloaded
    /// ```
    ///
    /// ## Remedy
    ///
    /// A retry budget, a circuit breaker, or shedding of load, each with the number that the finding gives; or so much
    /// capacity that the load stays below what it recovers from.
    "LP041" "metastable", Error, High, "Stays down",
    "a component stays overloaded when the cause is gone"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let rows: Vec<&Row> = cx.analysis.overload.rows.iter().filter(|r| r.regime != Regime::Stable).collect();
    with_callers(cx.graph, rows.into_iter().map(|row| (finding(cx, row), vec![row.component])).collect())
}

fn finding(cx: &Context<'_>, row: &Row) -> Finding {
    let name = cx.labels.of(row.component);
    let (normal, capacity) = (load::rate(row.load), load::rate(row.capacity));
    let message = match row.regime {
        Regime::Overloaded => format!("{name} gets {normal} requests a second and can serve {capacity}"),
        Regime::Stable | Regime::Vulnerable => {
            let then = if row.amplification.is_finite() {
                format!(
                    "{} ({} times as many)",
                    load::rate(row.load * row.amplification),
                    factor((row.amplification * 100.0).round() / 100.0)
                )
            } else {
                "more and more".to_owned()
            };
            format!(
                "{name} gets {normal} requests a second of the {capacity} it can serve, but {then} once it is overloaded: \
                 above {} it does not recover by itself",
                load::rate(row.hidden_capacity())
            )
        }
    };
    let mut finding = Finding::new(&RULE, vec![row.component], message);
    if row.certain == Regime::Stable {
        finding.severity = Severity::Warning;
    }
    finding.path = vec![row.component];
    finding.evidence = places(cx.graph, &[row.component]);
    finding.assumptions = assumptions(cx, &[row.component]);
    finding.confidence = Confidence::Medium;
    finding.fix = match (row.regime, load::ways_out(cx.graph, cx.labels, row)) {
        (Regime::Overloaded, _) => format!("give {name} more capacity, or send it less"),
        (_, Some(ways)) => format!("any of {ways}"),
        (_, None) => "give the retries a budget, put a circuit breaker on them, or be ready to shed load".to_owned(),
    };
    finding
}

/// Where components stand.
pub(super) fn places(graph: &Graph, of: &[ComponentId]) -> Vec<Evidence> {
    of.iter().filter_map(|&id| graph.component(id).evidence.first().cloned()).collect()
}

/// Findings with the entries whose requests come to those who are overloaded.
pub(super) fn with_callers(graph: &Graph, found: Vec<(Finding, Vec<ComponentId>)>) -> Vec<Finding> {
    let (mut findings, overloaded): (Vec<Finding>, Vec<Vec<ComponentId>>) = found.into_iter().unzip();
    for (finding, entries) in findings.iter_mut().zip(entries_calling(graph, &overloaded)) {
        finding.entries = entries;
    }
    findings
}

/// What the loads of components rest on, sorted.
pub(super) fn assumptions(cx: &Context<'_>, of: &[ComponentId]) -> Vec<Arc<str>> {
    let all: BTreeSet<Arc<str>> = of.iter().flat_map(|&id| cx.analysis.overload.of(id)).collect();
    all.into_iter().collect()
}
