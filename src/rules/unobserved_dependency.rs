use super::{Context, Finding, rule, words};

rule! {
    /// ## What it does
    ///
    /// Finds dependencies that a manifest declares and that were never seen in traces, although the dependent recorded
    /// spans.
    ///
    /// ## Why is this bad?
    ///
    /// Either nothing uses it any more: then it is one more thing that everybody believes to be needed, and its address
    /// is wrong the day someone uses it again. Or it is used and cannot be seen, because its client is not instrumented
    /// or loses the trace context: then nobody will see it fail either. Or it is used so rarely that no trace has it: then
    /// its failure comes as a surprise.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// env:
    ///   - {name: CURRENCY_ADDR, value: "currency:7000"}     # no span of this service ever led there
    /// ```
    ///
    /// ## Remedy
    ///
    /// Find out which of the three it is: remove the setting, instrument the client and pass the context on, or record
    /// traces for longer. Until then linchpin takes the manifest's word for it.
    "LP071" "unobserved-dependency", Note, Medium, "Unobserved",
    "a declared dependency was never seen in traces"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let unobserved = cx.analysis.drift.iter().flat_map(|drift| &drift.unobserved);
    unobserved
        .map(|&id| {
            let d = cx.graph.dependency(id);
            let (from, to) = (cx.labels.of(d.from), cx.labels.of(d.to));
            let spans = words::count_of(cx.graph.component(d.from).spans, "span", "spans");
            let message = format!("{from} declares {to}, but none of its {spans} shows it");
            let mut finding = Finding::new(&RULE, vec![d.from, d.to], message);
            finding.evidence.clone_from(&d.evidence);
            finding.fix = "remove it if nothing uses it, or instrument the client that does".to_owned();
            finding.discriminator = d.interaction.word().to_owned();
            finding
        })
        .collect()
}
