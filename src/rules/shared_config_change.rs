use super::words::{count, list, percent};
use super::{Context, Finding, rule};
use crate::facts::{Criticality, Interaction};
use crate::graph::{ComponentId, Dependency, Kind};
use std::collections::BTreeSet;

rule! {
    /// ## What it does
    ///
    /// Finds configuration and secrets that several components take, and do not start without.
    ///
    /// ## Why is this bad?
    ///
    /// A wrong value reaches all of them at once, whatever their replicas, zones and disruption budgets: as to changes
    /// they are one thing. Only a rollout bounds it, and only where each component has one of its own: what is mounted as
    /// a volume changes everywhere within a minute or two, without any rollout. A secret that expires does the same.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// envFrom: [{configMapRef: {name: shop-settings}}]        # in every Deployment
    /// ```
    ///
    /// ## Remedy
    ///
    /// A configuration for each component, or versions of the shared one (`shop-settings-7f3a`, which kustomize makes), so
    /// that a change is a rollout of one component at a time that stops when readiness fails.
    "LP060" "shared-config-change", Note, High, "Shared config",
    "one change reaches several components at once"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let shared = |id: &ComponentId| matches!(cx.graph.component(*id).kind, Kind::Config | Kind::Secret);
    cx.graph.ids().filter(shared).filter_map(|config| finding(cx, config)).collect()
}

fn finding(cx: &Context<'_>, config: ComponentId) -> Option<Finding> {
    let takes = |d: &Dependency| {
        d.interaction == Interaction::Mount && d.criticality == Criticality::Hard && !cx.graph.component(d.from).off
    };
    let taken: Vec<&Dependency> = cx.graph.dependents(config).map(|(_, d)| d).filter(|d| takes(d)).collect();
    let takers: BTreeSet<ComponentId> = taken.iter().map(|d| d.from).collect();
    if takers.len() < 2 {
        return None;
    }
    let name = cx.labels.of(config);
    let who = list(takers.iter().map(|&t| cx.labels.of(t)), 4);
    let instances: u32 = takers.iter().filter_map(|&t| cx.graph.component(t).replicas).map(|r| r.count).sum();
    let all = if instances > 0 {
        format!(", {} whatever their replicas", count(instances as usize, "instance", "instances"))
    } else {
        String::new()
    };
    let message = format!("a change of {name} reaches {who} at once{all}");
    let mut finding = Finding::new(&RULE, vec![config], message);
    let own = cx.graph.component(config).evidence.first();
    finding.evidence = own.into_iter().chain(taken.iter().filter_map(|d| d.evidence.first())).cloned().collect();
    finding.evidence.dedup();
    let staged = takers.iter().filter_map(|&t| cx.graph.component(t).settings.rollout_unavailable).reduce(f64::max);
    let bound = staged.filter(|s| *s < 1.0).map_or_else(String::new, |share| {
        let at_once = if share > 0.0 { percent(share) } else { "one instance".to_owned() };
        format!("; a rollout of each then stops after {at_once} of it")
    });
    finding.fix = format!("give each its own, or a version of {name} in its name so that a change is a rollout{bound}");
    Some(finding)
}
