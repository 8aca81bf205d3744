use super::{Confidence, Context, Finding, Measure, Severity, rule, words};
use crate::analysis::amplification::RetryCycle;
use crate::analysis::of_cycle;
use crate::graph::Evidence;
use crate::graph::algo::UNSTABLE;

rule! {
    /// ## What it does
    ///
    /// Finds components that call each other in a circle in which calls multiply: each round makes as many calls as the
    /// one before, or more. That is so if and only if the spectral radius of their factors (calls for each request ×
    /// tries of each call) is 1 or more; two circles that die out alone may not when they share a member.
    ///
    /// Circles without retries and without fan-out are not reported here: that calls lead round them is not known.
    ///
    /// ## Why is this bad?
    ///
    /// Once a member fails, the load on the circle grows until something breaks, and it goes on when the cause is long
    /// gone. Adding capacity does not end it.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// orders:     dependsOn: [{name: inventory, retry: {tries: 3}}]
    /// inventory:  dependsOn: [{name: orders, callsPerRequest: 0.5}]    # 3 × 0.5 = 1.5 calls a round
    /// ```
    ///
    /// ## Remedy
    ///
    /// Break the circle: an event instead of a call, or the data with the request. Where it has to stay, do not retry
    /// inside it, or give the retries a budget that keeps the product below 1, and a circuit breaker.
    "LP021" "retry-cycle", Error, High, "Retry cycle",
    "components call each other in a circle in which calls multiply"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let unstable = cx.analysis.retries.cycles.iter().filter(|c| c.unstable() && c.stated);
    unstable.map(|cycle| finding(cx, cycle)).collect()
}

fn finding(cx: &Context<'_>, cycle: &RetryCycle) -> Finding {
    let members = words::list(cycle.members.iter().map(|&m| cx.labels.of(m)), 4);
    let round: Vec<&str> = cycle.witness.iter().chain(cycle.witness.first()).map(|&m| cx.labels.of(m)).collect();
    let among = if cycle.members.len() == 1 { "of itself" } else { "among each other" };
    let mut message = if cycle.gain >= UNSTABLE {
        let gain = words::factor(cycle.gain);
        format!("{members} multiply calls {among}: one becomes {gain} by {}", round.join(" → "))
    } else {
        let radius = words::factor(cycle.spectral_radius);
        format!(
            "{members} multiply calls {among}: by {radius} a step over all circles together, though by no one alone"
        )
    };
    let mut finding = Finding::new(&RULE, cycle.members.clone(), String::new());
    if cycle.with_breakers_open < UNSTABLE {
        message.push_str(", until a circuit breaker opens");
        finding.severity = Severity::Warning;
    }
    let layers = cycle.edges.iter().flat_map(|&id| cx.graph.dependency(id).retry.iter().flat_map(|r| &r.layers));
    let retries = layers.filter(|l| l.unlimited || l.tries.is_some_and(|n| n > 1)).filter_map(|l| l.evidence.clone());
    let calls = cycle.edges.iter().filter_map(|&id| cx.graph.dependency(id).evidence.first().cloned());
    let mut evidence: Vec<Evidence> = Vec::new();
    retries.chain(calls).for_each(|e| evidence.extend((!evidence.contains(&e)).then_some(e)));
    finding.evidence = evidence;
    finding.message = message;
    finding.path = cycle.witness.iter().chain(cycle.witness.first()).copied().collect();
    finding.edges.clone_from(&cycle.edges);
    finding.assumptions = of_cycle(cx.graph, cycle);
    finding.measure = Some(Measure::Gain(cycle.gain.max(cycle.spectral_radius)));
    finding.confidence = Confidence::Medium;
    finding.fix = "break the circle, or do not retry inside it".to_owned();
    finding
}
