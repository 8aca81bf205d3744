use super::finding::Cause;
use super::words::duration;
use super::{Context, Finding, Measure, rule};
use crate::analysis::waits::{Basis, Drain};

rule! {
    /// ## What it does
    ///
    /// Finds components that are stopped before the longest request in them can be done: the time that the platform
    /// gives them to finish is shorter than what they may have to wait for their own calls.
    ///
    /// ## Why is this bad?
    ///
    /// Every deploy and every scale-in cuts requests off in the middle: users see errors, and what was half done (a
    /// payment taken, an order not written) stays so.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// terminationGracePeriodSeconds: 10          # and a call with 3 tries of 5 s
    /// ```
    ///
    /// ## Remedy
    ///
    /// Give it the time that its longest request may take, and let it refuse new ones meanwhile; or shorten its waits.
    "LP033" "drain-too-short", Warning, High, "Drain too short",
    "a component is stopped before its longest request is done"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.analysis.timeouts.drains.iter().map(|drain| finding(cx, drain)).collect()
}

fn finding(cx: &Context<'_>, drain: &Drain) -> Finding {
    let name = cx.labels.of(drain.component);
    let longest = match drain.longest.ms {
        ms if ms.is_finite() => duration(ms),
        _ if drain.longest.endless() => "any time".to_owned(),
        _ => format!("{} or more", duration(drain.longest.at_least)),
    };
    let message =
        format!("{name} has {} to finish when it is stopped, a request may take {longest}", duration(drain.drain_ms));
    let mut finding = Finding::new(&RULE, vec![drain.component], message);
    finding.cause = drain.longest.endless().then_some(Cause::Unlimited);
    finding.measure = Some(Measure::Wait(drain.longest.ms));
    finding.path = vec![drain.component];
    finding.evidence.extend(cx.graph.component(drain.component).evidence.first().cloned());
    finding.assumptions = drain.longest.bases.iter().map(Basis::id).map(Into::into).collect();
    finding.fix = format!("give {name} as long as its longest request takes, or limit its waits");
    finding
}
