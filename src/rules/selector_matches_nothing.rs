use super::{Context, Finding, rule};
use crate::graph::Note;

rule! {
    /// ## What it does
    ///
    /// Finds Services, NetworkPolicies and the like whose selector matches no workload of the input.
    ///
    /// ## Why is this bad?
    ///
    /// A Service without workloads refuses every connection. Most often a label was renamed on one side only.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// kind: Service
    /// metadata: {name: cart}
    /// spec:
    ///   selector: {app: carts}      # the pods say `app: cart`
    /// ```
    ///
    /// ## Remedy
    ///
    /// Make the labels agree, remove what selects nothing, or include the manifest of the workload.
    "LP081" "selector-matches-nothing", Warning, High, "Selects nothing",
    "a selector matches no workload"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for note in &cx.graph.notes {
        let Note::SelectorMatchesNothing { owner, selector, evidence, .. } = note else { continue };
        let mut finding = Finding::new(&RULE, Vec::new(), format!("{owner}: no workload matches {selector}"));
        finding.discriminator = owner.clone();
        finding.evidence = vec![evidence.clone()];
        finding.fix = format!("make the selector and the labels of the workload agree, or remove {owner}");
        findings.push(finding);
    }
    findings
}
