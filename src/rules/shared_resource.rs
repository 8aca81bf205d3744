use super::{Context, Finding, remedy, rule, words};

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
    /// Know it. A store or broker that must not couple its users is split (each gets its own), or given standby replicas
    /// and limits for each user (connections, quotas, rate). A service without data of its own gains nothing from being
    /// split: run enough replicas of it over several zones, and let its dependents go on without it.
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
            finding.fix = remedy::for_shared(cx.graph, cx.labels, shared.component);
            finding.entries.clone_from(&shared.entries);
            finding
        })
        .collect()
}
