use super::{Context, Finding, rule, words};
use crate::analysis::call::{Call, Symptom};
use crate::graph::{Interaction, Kind, Layer};

rule! {
    /// ## What it does
    ///
    /// Finds calls that are retried with neither a circuit breaker nor a retry budget on them.
    ///
    /// ## Why is this bad?
    ///
    /// As long as the callee is down every request is tried as often as the settings allow. Nothing notices that it is
    /// the tries themselves that keep it down.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// dependsOn: [{name: payments, retry: {tries: 3, backoff: [100ms]}}]
    /// ```
    ///
    /// ## Remedy
    ///
    /// A budget (`budget: 0.1`: retries are at most a tenth of requests), a circuit breaker (`circuitBreaker: true`), or
    /// both.
    "LP024" "retry-without-breaker-or-budget", Note, High, "No brake",
    "nothing stops retries when they do no good"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let calls = cx.graph.dependency_ids().filter_map(|id| Call::of(cx.graph, id));
    calls.filter_map(|call| finding(cx, &call)).collect()
}

fn finding(cx: &Context<'_>, call: &Call) -> Option<Finding> {
    let d = cx.graph.dependency(call.dependency);
    let retried = call.stages.iter().filter(|s| s.tries > 1.0);
    let tries = [Symptom::Refused, Symptom::Error, Symptom::Late].map(|s| call.tries(s, true));
    let tries = tries.into_iter().fold(1.0, f64::max);
    // The pods of a Job wait ten seconds and more before they start again: that is brake enough.
    if cx.graph.component(call.from).kind == Kind::Job {
        return None;
    }
    // How often a queue delivers a message is a matter of dead letters, and who takes it takes it when he can.
    let delivered = retried.clone().all(|s| matches!(s.layer, Layer::Queue | Layer::Platform));
    if d.interaction == Interaction::AsyncConsume && delivered {
        return None;
    }
    if d.circuit_breaker || tries <= 1.0 || retried.clone().any(|s| s.budget.is_some()) {
        return None;
    }
    let (from, to) = (cx.labels.of(call.from), cx.labels.of(call.to));
    let tries = words::factor(tries);
    let message = format!("{from} → {to} is retried ({tries}), with neither a circuit breaker nor a budget");
    let mut finding = Finding::new(&RULE, vec![call.from, call.to], message);
    finding.evidence = retried.filter_map(|s| s.evidence.clone()).collect();
    finding.path = vec![call.to, call.from];
    finding.edges = vec![call.dependency];
    finding.assumptions.clone_from(&d.assumptions);
    finding.fix = "give the retries a budget of 10 or 20 %, or the call a circuit breaker".to_owned();
    Some(finding)
}
