use super::words::{count_of, duration};
use super::{Confidence, Context, Finding, Measure, Severity, rule};
use crate::analysis::of_timeout;
use crate::analysis::waits::{Dead, DeadSetting, TimeoutRow};
use crate::graph::{DependencyId, Evidence, Graph, Kind};

rule! {
    /// ## What it does
    ///
    /// Finds calls whose caller gives up before the callee does: the callee's own calls, with their tries, limits and
    /// pauses, may take longer than the caller allows. A queue that shows a message again while its consumer may still
    /// be working on it is the same. As notes it finds limits that never act because another one acts before, and queues
    /// that hide messages for less than 6 times the limit of the function that takes them, which is what AWS advises.
    ///
    /// ## Why is this bad?
    ///
    /// The callee goes on working for nobody, and if the caller tries again, so does the next one: the slower the system
    /// is, the more of its work is wasted. The user gets an error that the callee was about to prevent.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// frontend:  dependsOn: [{name: checkout, timeout: 1s}]
    /// checkout:  dependsOn: [{name: payments, retry: {tries: 3, perTryTimeout: 500ms, backoff: [100ms, 200ms]}}]   # 1.8 s
    /// ```
    ///
    /// ## Remedy
    ///
    /// Let limits grow towards the user: each caller allows a little more than its callee needs with all its tries. Pass
    /// the deadline on with the request where the protocol can (gRPC does), so that nobody works past it.
    "LP030" "timeout-inversion", Warning, High, "Waits too short",
    "a caller gives up before its callee does"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let timeouts = &cx.analysis.timeouts;
    let inverted = timeouts.rows.iter().filter(|r| r.inverted_by_limits() && !is_entry(cx.graph, r));
    let dead = timeouts.dead.iter().map(|dead| dead_setting(cx, dead));
    let tight = timeouts.rows.iter().filter(|r| tight(cx.graph, r)).map(|row| little_room(cx, row));
    inverted.map(|row| inversion(cx, row)).chain(tight).chain(dead).collect()
}

/// How many times the limit of a function a message should be hidden from others, by AWS's advice: batches are tried
/// again inside that time when the function is throttled.
const ROOM: f64 = 6.0;

/// Whether a queue leaves a function less time than advised, though enough for one run.
fn tight(graph: &Graph, row: &TimeoutRow) -> bool {
    let queue = graph.component(row.from).kind == Kind::Queue && graph.component(row.to).kind == Kind::Function;
    let limit = graph.component(row.to).settings.timeout_ms;
    queue && !row.inverted() && limit.is_some_and(|ms| row.budget_ms < ROOM * ms)
}

fn little_room(cx: &Context<'_>, row: &TimeoutRow) -> Finding {
    let (from, to) = (cx.labels.of(row.from), cx.labels.of(row.to));
    let limit = cx.graph.component(row.to).settings.timeout_ms.unwrap_or(0.0);
    let (has, advised) = (duration(row.budget_ms), duration(ROOM * limit));
    let message =
        format!("{from} shows a message again after {has}, less than 6 times the {} of {to}", duration(limit));
    let fix = format!("hide messages for {advised} or more");
    let mut finding = about(cx, row, Finding::new(&RULE, vec![row.from, row.to], message), fix);
    finding.severity = Severity::Note;
    finding.discriminator = "visibility".to_owned();
    finding
}

/// What a gateway gives to what is behind it is the limit of the whole chain (LP032).
pub(super) fn is_entry(graph: &Graph, row: &TimeoutRow) -> bool {
    graph.component(row.from).kind == Kind::Entry
}

fn inversion(cx: &Context<'_>, row: &TimeoutRow) -> Finding {
    let (from, to) = (cx.labels.of(row.from), cx.labels.of(row.to));
    let message =
        format!("{from} gives {to} {}, {to} may need {}{}", duration(row.budget_ms), needed(row), wasted(row));
    let more = duration(row.limited_ms);
    let fix = format!("give {to} more than {more}, or let {to} try less often or give up sooner");
    about(cx, row, Finding::new(&RULE, vec![row.from, row.to], message), fix)
}

/// `1.9 s`, `3 s or more`.
pub(super) fn needed(row: &TimeoutRow) -> String {
    let more = if row.worst.ms.is_finite() { "" } else { " or more" };
    format!("{}{more}", duration(row.limited_ms))
}

/// ` (1 wasted try)`, or nothing.
pub(super) fn wasted(row: &TimeoutRow) -> String {
    match row.wasted_tries {
        Some(n @ 1..) => format!(" ({})", count_of(n, "wasted try", "wasted tries")),
        _ => String::new(),
    }
}

/// Fills in what findings about a row have in common.
pub(super) fn about(cx: &Context<'_>, row: &TimeoutRow, mut finding: Finding, fix: String) -> Finding {
    finding.path = vec![row.to, row.from];
    finding.edges = vec![row.dependency];
    finding.measure = Some(Measure::Wait(row.worst.ms));
    finding.evidence = places(cx.graph, row.dependency);
    finding.assumptions = of_timeout(cx.graph, row);
    finding.confidence = if finding.assumptions.is_empty() { Confidence::High } else { Confidence::Medium };
    finding.fix = fix;
    finding
}

/// Where the limits of a call stand, else the call itself.
pub(super) fn places(graph: &Graph, id: DependencyId) -> Vec<Evidence> {
    let d = graph.dependency(id);
    let of_timeouts = d.timeouts.iter().map(|t| &t.evidence);
    let layers = d.retry.iter().flat_map(|r| &r.layers);
    let limited = layers.filter(|l| l.per_try_timeout_ms.is_some() || l.timeout_ms.is_some());
    let mut found: Vec<Evidence> = Vec::new();
    for e in of_timeouts.chain(limited.filter_map(|l| l.evidence.as_ref())).chain(d.evidence.first()) {
        if !found.contains(e) {
            found.push(e.clone());
        }
    }
    found
}

fn dead_setting(cx: &Context<'_>, dead: &DeadSetting) -> Finding {
    let d = cx.graph.dependency(dead.dependency);
    let (from, to) = (cx.labels.of(d.from), cx.labels.of(d.to));
    let (ms, acting) = (duration(dead.dead_ms), duration(dead.acting_ms));
    let (message, fix) = match dead.what {
        Dead::PerTry => (
            format!("{from} → {to}: the {ms} of a try never act: all tries have {acting}"),
            "make the limit of a try a part of the limit of the call".to_owned(),
        ),
        Dead::BeyondCaller => (
            format!("{from} → {to}: the limit of {ms} never acts, for {from} allows itself {acting}"),
            format!("set it below {acting}"),
        ),
    };
    let mut finding = Finding::new(&RULE, vec![d.from, d.to], message);
    finding.severity = Severity::Note;
    finding.path = vec![d.to, d.from];
    finding.edges = vec![dead.dependency];
    finding.evidence = places(cx.graph, dead.dependency);
    finding.assumptions.clone_from(&d.assumptions);
    finding.fix = fix;
    finding.discriminator =
        format!("{} {}", dead.layer.word(), if dead.what == Dead::PerTry { "per-try" } else { "call" });
    finding
}
