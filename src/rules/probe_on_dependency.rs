use super::{Confidence, Context, Finding, rule};
use crate::analysis::{Probe, probes};

rule! {
    /// ## What it does
    ///
    /// Finds probes and health checks of a component that ask another one: a liveness probe that goes to the database, a
    /// readiness probe that goes to the payment provider.
    ///
    /// ## Why is this bad?
    ///
    /// All replicas fail the probe at the same moment, because they all ask the same thing. A dependency that is only
    /// slow for half a minute (with Kubernetes' defaults a probe gives up after 1 s, and three failures 10 s apart are
    /// enough: 21 to 31 s) then restarts every replica at once, with cold caches and connections to make anew; a readiness
    /// probe takes every replica out of service at once. Redundancy does not help.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// livenessProbe: {exec: {command: [pg_isready, -h, orders-db]}}
    /// ```
    ///
    /// ## Remedy
    ///
    /// A liveness probe asks the process itself and nothing else. What depends on others belongs into metrics and into
    /// how requests are answered, not into probes.
    "LP034" "probe-on-dependency", Warning, High, "Probes others",
    "a probe turns a slow dependency into a restart of every replica"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    probes(cx.graph).iter().map(|probe| finding(cx, probe)).collect()
}

fn finding(cx: &Context<'_>, asks: &Probe<'_>) -> Finding {
    let &Probe { of: from, asked, host, probe, evidence: at } = asks;
    let own = cx.graph.component(from);
    let name = cx.labels.of(from);
    let whom = asked.map_or(host, |id| cx.labels.of(id));
    let all = match own.replicas.map_or(0, |r| r.count) {
        0 | 1 => String::new(),
        n => format!(" all {n} replicas at once"),
    };
    let then = if asks.restarts() { "restarts" } else { "takes out of service" };
    let it = if all.is_empty() { " it".to_owned() } else { all };
    let message = format!("the {probe} of {name} asks {whom}: a slow {whom} {then}{it}");
    let subjects = std::iter::once(from).chain(asked).collect();
    let mut finding = Finding::new(&RULE, subjects, message);
    finding.evidence = vec![at.clone()];
    finding.path = asked.into_iter().chain([from]).collect();
    finding.discriminator = probe.to_owned();
    if asked.is_none() {
        finding.confidence = Confidence::Medium;
    }
    finding.fix = format!("let the {probe} ask {name} itself and nothing else");
    finding
}
