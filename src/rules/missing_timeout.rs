use super::finding::Cause;
use super::timeout_inversion::places;
use super::{Confidence, Context, Finding, rule};
use crate::analysis::call::Limit;
use crate::graph::{Dependency, DependencyId, Kind};

rule! {
    /// ## What it does
    ///
    /// Finds calls whose answer is waited for without a limit: it is switched off, or nothing in the input says that
    /// there is one. The latter have low confidence (most libraries have defaults, and many of those are very long), and
    /// are reported only where the input is not silent on the caller's settings altogether.
    ///
    /// ## Why is this bad?
    ///
    /// A callee that hangs takes a thread, a connection or an invocation of its caller with it, for each request, until
    /// none is left. A slow dependency then takes down everybody who waits for it, more thoroughly than a dead one.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// dependsOn: [{name: payments, timeout: none}]
    /// ```
    ///
    /// ## Remedy
    ///
    /// Set a limit a little above the 99th percentile of what the callee needs, and below what the caller itself is
    /// allowed.
    "LP031" "missing-timeout", Note, High, "No limit",
    "a call is waited for without a limit"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.analysis.timeouts.unlimited.iter().filter_map(|&(id, limit)| finding(cx, id, limit)).collect()
}

/// Whether it means something that the input is silent on a limit: linchpin's own manifest could state it, the call's
/// retries are known, or the same caller limits another call. Most manifests never say, and gateways have limits whether
/// they are stated or not.
fn telling(cx: &Context<'_>, d: &Dependency) -> bool {
    let caller = cx.graph.component(d.from).kind;
    let gateway = caller == Kind::Entry;
    // Every Job is started again by the platform, which says nothing of what its program does.
    let retried = d.retry.is_some() && caller != Kind::Job;
    let own_manifest = d.evidence.iter().any(|e| &*e.field == "dependsOn");
    let limits_another = || cx.graph.providers(d.from).any(|(_, other)| other.timeout.ms.is_some());
    !gateway && (own_manifest || retried || limits_another())
}

fn finding(cx: &Context<'_>, id: DependencyId, limit: Limit) -> Option<Finding> {
    let d = cx.graph.dependency(id);
    if limit == Limit::Unknown && !telling(cx, d) {
        return None;
    }
    let (from, to) = (cx.labels.of(d.from), cx.labels.of(d.to));
    let known = limit != Limit::Unknown;
    let message = if known {
        format!("{from} waits for {to} without a limit")
    } else {
        format!("nothing says how long {from} waits for {to}")
    };
    let mut finding = Finding::new(&RULE, vec![d.from, d.to], message);
    finding.cause = Some(Cause::Unlimited);
    finding.path = vec![d.to, d.from];
    finding.edges = vec![id];
    finding.evidence = places(cx.graph, id);
    finding.assumptions.clone_from(&d.assumptions);
    if !known {
        finding.confidence = Confidence::Low;
    }
    finding.fix = format!("limit how long {from} waits for {to}");
    Some(finding)
}
