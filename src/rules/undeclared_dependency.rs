use super::{Context, Finding, rule, words};
use crate::graph::Interaction;

rule! {
    /// ## What it does
    ///
    /// Finds dependencies that traces saw and that no manifest declares: an address that is built into the program, or
    /// that it learns from a service registry, a database or a feature flag.
    ///
    /// ## Why is this bad?
    ///
    /// It need not be: most programs know more addresses than their manifests. But whoever reads the manifests does not
    /// see this dependency, a review of a change to it does not happen, and before the first trace nobody knows what its
    /// failure breaks. A dependency that is declared for the order of start only is one of these: the manifest says that
    /// it is needed once, the traces that it is needed all the time.
    ///
    /// ## Example
    ///
    /// ```text
    /// traces:    checkout calls currency (1,204 calls)
    /// manifests: nothing in the manifest of checkout names currency
    /// ```
    ///
    /// ## Remedy
    ///
    /// Make the address a setting of the dependent, or declare it in a linchpin manifest:
    ///
    /// ```yaml
    /// apiVersion: linchpin/v1
    /// kind: Service
    /// metadata: {name: checkout, namespace: shop}
    /// spec:
    ///   dependsOn: [{name: currency}]
    /// ```
    "LP070" "undeclared-dependency", Note, High, "Undeclared",
    "traces saw a dependency that no manifest declares"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let undeclared = cx.analysis.drift.iter().flat_map(|drift| &drift.undeclared);
    undeclared
        .map(|&id| {
            let d = cx.graph.dependency(id);
            let (from, to) = (cx.labels.of(d.from), cx.labels.of(d.to));
            let does = match d.interaction {
                Interaction::Read => "reads from",
                Interaction::Write => "writes to",
                Interaction::AsyncPublish => "publishes to",
                Interaction::AsyncConsume => "consumes from",
                _ => "calls",
            };
            let calls = d.observed.as_ref().map_or(0, |o| o.calls);
            let calls = words::count_of(calls, "call", "calls");
            let message = format!("{from} {does} {to} ({calls} in traces), which no manifest declares");
            let mut finding = Finding::new(&RULE, vec![d.from, d.to], message);
            finding.evidence.extend(cx.graph.component(d.from).evidence.first().cloned());
            finding.fix = format!("make the address of {to} a setting of {from}, or declare it in a linchpin manifest");
            finding.discriminator = d.interaction.word().to_owned();
            finding
        })
        .collect()
}
