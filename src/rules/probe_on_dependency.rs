use super::{Confidence, Context, Finding, rule};
use crate::graph::{ComponentId, Evidence, Note};

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
    let asks = cx.graph.notes.iter().filter_map(|note| match note {
        Note::ProbeAsks { from, probe, host, evidence } => {
            let from = cx.graph.ids().find(|&id| {
                let c = cx.graph.component(id);
                *c.name == *from.name
                    && c.namespace == from.namespace
                    && c.scope == from.scope
                    && evidenced(c.evidence.iter(), evidence)
            });
            finding(cx, from?, probe, host, evidence)
        }
        _ => None,
    });
    asks.collect()
}

/// Whether a component stands in the file that a probe stands in: of several of one name the one that is meant.
fn evidenced<'e>(mut of: impl Iterator<Item = &'e Evidence>, probe: &Evidence) -> bool {
    of.any(|e| e.at.file == probe.at.file)
}

fn finding(cx: &Context<'_>, from: ComponentId, probe: &str, host: &str, at: &Evidence) -> Option<Finding> {
    let own = cx.graph.component(from);
    let first = host.split('.').next().unwrap_or(host);
    let called = |id: &ComponentId| {
        let c = cx.graph.component(*id);
        let named = *c.name == *first || *c.name == *host || c.aliases.iter().any(|a| **a == *host || **a == *first);
        named && (c.scope == own.scope || c.scope.is_empty())
    };
    let asked =
        cx.graph.providers(from).map(|(_, d)| d.to).find(|id| called(id)).or_else(|| cx.graph.ids().find(called));
    if asked == Some(from) {
        return None;
    }
    let name = cx.labels.of(from);
    let whom = asked.map_or(host, |id| cx.labels.of(id));
    let restarts = probe == "livenessProbe" || probe == "startupProbe";
    let all = match own.replicas.map_or(0, |r| r.count) {
        0 | 1 => String::new(),
        n => format!(" all {n} replicas at once"),
    };
    let then = if restarts { "restarts" } else { "takes out of service" };
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
    Some(finding)
}
