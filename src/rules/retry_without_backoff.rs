use super::{Context, Finding, Severity, rule, words};
use crate::analysis::call::{Call, Stage};
use crate::facts::{Layer, Origin};

rule! {
    /// ## What it does
    ///
    /// Finds retries that are set up and pause for no time between tries; and, as a note, those whose pauses are known to
    /// be the same for all.
    ///
    /// ## Why is this bad?
    ///
    /// Whatever made the first try fail is still there a microsecond later. All tries are spent at once, all callers do so
    /// at the same moment, and the callee gets the load of all of them in one burst.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// retry: {tries: 5}
    /// ```
    ///
    /// ## Remedy
    ///
    /// Pause between tries, longer each time, with a random part so that callers do not come back together:
    /// `backoff: [100ms, 200ms, 400ms]`.
    "LP023" "retry-without-backoff", Warning, High, "No backoff",
    "retries follow each other without a pause"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let calls = cx.graph.dependency_ids().filter_map(|id| Call::of(cx.graph, id));
    let found = calls.flat_map(|call| {
        let stages: Vec<Stage> = call.stages.iter().filter(|s| hasty(s) || in_step(s)).cloned().collect();
        stages.into_iter().map(move |stage| (call.clone(), stage))
    });
    found.map(|(call, stage)| finding(cx, &call, &stage)).collect()
}

/// Whether a layer retries at once. Of platforms' own retries nobody says how they pause; a queue waits for its
/// visibility timeout.
fn hasty(stage: &Stage) -> bool {
    let set = stage.origin == Origin::Explicit && !matches!(stage.layer, Layer::Queue | Layer::Platform);
    set && stage.tries > 1.0 && !stage.pauses.iter().any(|p| *p > 0.0)
}

/// Whether the pauses of a layer are known to have no random part.
fn in_step(stage: &Stage) -> bool {
    let set = stage.origin == Origin::Explicit && stage.layer != Layer::Queue;
    set && stage.tries > 1.0 && stage.jitter == Some(false) && stage.pauses.iter().any(|p| *p > 0.0)
}

fn finding(cx: &Context<'_>, call: &Call, stage: &Stage) -> Finding {
    let (from, to) = (cx.labels.of(call.from), cx.labels.of(call.to));
    let (tries, layer) = (words::factor(stage.tries), stage.layer.word());
    let how =
        if hasty(stage) { "nothing says that it pauses in between" } else { "all who try pause for the same time" };
    let message = format!("{from} → {to} is tried {tries} times ({layer}) and {how}");
    let message = message.replace("without end times", "without end");
    let mut finding = Finding::new(&RULE, vec![call.from, call.to], message);
    finding.evidence = stage.evidence.iter().cloned().collect();
    finding.path = vec![call.to, call.from];
    finding.edges = vec![call.dependency];
    finding.fix = "pause between tries, longer each time and with a random part".to_owned();
    if !hasty(stage) {
        finding.severity = Severity::Note;
        finding.fix = "make the pauses random, so that those who failed together do not come back together".to_owned();
    }
    finding.discriminator = layer.to_owned();
    finding
}
