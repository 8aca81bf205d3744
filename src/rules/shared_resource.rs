use super::{Context, Finding, rule, words};

rule! {
    /// ## What it does
    ///
    /// Finds components that several others rely on which have nothing to do with each other otherwise: a database of
    /// three services, a broker, a configuration service.
    ///
    /// ## Why is this bad?
    ///
    /// It need not be. But services that look independent are not: a slow query of one is an outage of the others, and
    /// an incident review that looks only at the caller will not find the cause.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// orders:    {DATABASE_URL: postgres://shop-db/orders}
    /// invoices:  {DATABASE_URL: postgres://shop-db/invoices}
    /// ```
    ///
    /// ## Remedy
    ///
    /// Know it. Where the coupling is not wanted, give each its own instance, or limits (connections, quotas, rate) that
    /// keep one from starving the others.
    "LP010" "shared-resource", Note, High, "Shared",
    "a component couples others that look independent"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.analysis
        .shared
        .iter()
        .map(|shared| {
            let name = cx.labels.of(shared.component);
            let coupled = words::list(shared.dependents.iter().map(|&d| cx.labels.of(d)), 4);
            let mut finding = Finding::new(&RULE, vec![shared.component], format!("{name} couples {coupled}"));
            finding.evidence.extend(cx.graph.component(shared.component).evidence.first().cloned());
            finding.fix = "give each its own, or limits that keep one from starving the others".to_owned();
            finding.entries.clone_from(&shared.entries);
            finding
        })
        .collect()
}
