use super::{Confidence, Context, Finding, rule};
use crate::analysis::RecoveryLoop;
use crate::facts::Interaction;
use crate::graph::{ComponentId, Evidence};

rule! {
    /// ## What it does
    ///
    /// Finds components of which the very thing that is needed to see their failure, or to repair it, goes down with
    /// them: a dependency of interaction `observe` or `recover` (declared, or seen in manifests: what scales a workload by
    /// metrics, what an application sends its telemetry to, the registry that its image comes from) whose provider depends
    /// on the component at run time.
    ///
    /// ## Why is this bad?
    ///
    /// The outage is longer than it has to be: nobody is told, dashboards are empty, and the way back in leads through
    /// what is down. In most of the large public outages it did.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// login:    dependsOn: [{name: vpn, interaction: recover}]      # operators come in by it
    /// vpn:      dependsOn: [login]                                  # and it asks login who they are
    /// ```
    ///
    /// ## Remedy
    ///
    /// Keep what is needed in an outage independent of what it is for: monitoring in another region, a second way in with
    /// credentials of its own, images that are there already. Try it with the real thing switched off.
    "LP083" "recovery-loop", Error, High, "No way back",
    "what is needed to see or repair a component depends on it"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.analysis.recovery_loops.iter().map(|found| finding(cx, found)).collect()
}

fn finding(cx: &Context<'_>, found: &RecoveryLoop) -> Finding {
    let (name, means) = (cx.labels.of(found.component), cx.labels.of(found.means));
    let d = cx.graph.dependency(found.dependency);
    let repairs = d.interaction == Interaction::Recover;
    let verb = if repairs { "repair" } else { "see" };
    let way: Vec<&str> = found.path.iter().rev().map(|&id| cx.labels.of(id)).collect();
    let message = format!("{means} is needed to {verb} {name} and goes down with it: {}", way.join(" → "));
    let subjects: Vec<ComponentId> = vec![found.component, found.means];
    let mut finding = Finding::new(&RULE, subjects, message);
    finding = finding.witness(cx, found.path.clone(), found.edges.clone(), &[]);
    let along = found.edges.iter().map(|&id| cx.graph.dependency(id));
    let places = std::iter::once(d).chain(along).filter_map(|d| d.evidence.first().cloned());
    let mut evidence: Vec<Evidence> = Vec::new();
    places.for_each(|e| evidence.extend((!evidence.contains(&e)).then_some(e)));
    finding.evidence = evidence;
    finding.confidence = finding.confidence.min(match d.confidence {
        crate::graph::Confidence::Inferred => Confidence::Medium,
        crate::graph::Confidence::Declared | crate::graph::Confidence::Observed => Confidence::High,
    });
    finding.fix = format!("let {means} work without {name}, or have another way to {verb} it");
    finding.discriminator = d.interaction.word().to_owned();
    finding
}
