use super::{Context, Finding, rule, words};

rule! {
    /// ## What it does
    ///
    /// Finds services and functions that record no spans while others around them do. Stores and brokers are left out:
    /// their clients' spans speak for them.
    ///
    /// ## Why is this bad?
    ///
    /// What it depends on cannot be seen, nor how often it is called, how often it fails and who waits for it: the graph
    /// has only what manifests say of it. And an incident that goes through it is lost to view there.
    ///
    /// ## Example
    ///
    /// ```text
    /// traces:    frontend calls ads (93 calls); no span was recorded by ads
    /// ```
    ///
    /// ## Remedy
    ///
    /// Instrument it, or let its sidecar record spans. A watcher that needs none is left out once its manifest shows
    /// that it is telemetry.
    "LP072" "blind-spot", Note, High, "Blind spots",
    "a component records no spans while others around it do"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let blind = cx.analysis.drift.iter().flat_map(|drift| &drift.blind_spots);
    blind
        .map(|&id| {
            let name = cx.labels.of(id);
            let calls = cx.graph.dependents(id).filter_map(|(_, d)| d.observed.as_ref()).map(|o| o.calls);
            let called = match calls.fold(0u64, u64::saturating_add) {
                0 => String::new(),
                n => format!(", though it was called ({} in traces)", words::count_of(n, "call", "calls")),
            };
            let mut finding = Finding::new(&RULE, vec![id], format!("{name} records no spans{called}"));
            finding.evidence.extend(cx.graph.component(id).evidence.first().cloned());
            finding.fix = format!("instrument {name}, or let its sidecar record spans");
            finding
        })
        .collect()
}
