use super::words::any_of;
use super::{Context, Finding, load, rule};
use crate::analysis::overload::{Cascade, Regime, Trigger};
use crate::graph::ComponentId;
use std::collections::BTreeMap;

rule! {
    /// ## What it does
    ///
    /// Finds single failures that push what is left over its capacity: when an instance, a zone or a member of a group is
    /// lost, the others get its part (n instances under u of their capacity bear the loss of one up to u = (n − 1)/n), and
    /// when something fails, its callers' retries and fallbacks reach whoever else they call. What gets too much fails in
    /// its turn, until nothing more follows.
    ///
    /// Only components whose capacity and load are known are judged.
    ///
    /// ## Why is this bad?
    ///
    /// Redundancy that is needed for the load is none: the failure that it was bought for takes the rest along.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// kind: Service
    /// metadata: {name: web}
    /// spec: {replicas: 3, zones: [a, b, c], capacity: {rps: 1000}, load: {rps: 700}, entry: true}    # 667 without a zone
    /// ```
    ///
    /// ## Remedy
    ///
    /// Keep enough capacity for the loss that you mean to survive (a third more with three zones), or shed load before it
    /// is too much. Where retries bring the load, give them a budget.
    "LP040" "cascade", Warning, High, "Cascade",
    "a single failure overloads what is left"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    let overload = &cx.analysis.overload;
    // What an empty cache does is LP042, and what its own retries do to a component is LP041.
    let cold = |c: &Cascade| overload.cascades.of(Trigger::ColdCache(c.trigger.component())).is_some();
    let stays_down = |id: ComponentId| overload.row(id).is_some_and(|r| r.regime != Regime::Stable);
    let told_here = |c: &&Cascade| match c.trigger {
        Trigger::ColdCache(_) => false,
        Trigger::Instance(_) => true,
        Trigger::Outage(id) if cx.graph.component(id).kind.is_place() => true,
        Trigger::Outage(_) => !cold(c) && overloaded(c).any(|id| !stays_down(id)),
    };
    // Several triggers with the same end are one story.
    let mut stories: BTreeMap<Vec<u32>, Vec<&Cascade>> = BTreeMap::new();
    for c in overload.cascades.rows.iter().filter(told_here) {
        stories.entry(overloaded(c).map(|e| e.0).collect()).or_default().push(c);
    }
    let told = stories.into_values().map(|same| {
        let finding = finding(cx, &same);
        let victims = finding.subjects.clone();
        (finding, victims)
    });
    super::metastable::with_callers(cx.graph, told.collect())
}

/// Who is overloaded but what is down itself.
fn overloaded(c: &Cascade) -> impl Iterator<Item = ComponentId> {
    let down = match c.trigger {
        Trigger::Outage(id) => Some(id),
        Trigger::Instance(_) | Trigger::ColdCache(_) => None,
    };
    c.overloaded.iter().map(|e| e.component).filter(move |id| Some(*id) != down)
}

fn finding(cx: &Context<'_>, same: &[&Cascade]) -> Finding {
    let worst = |c: &&&Cascade| c.overloaded.iter().map(|e| e.load / e.capacity).fold(0.0, f64::max);
    let Some(first) = same.iter().max_by(|a, b| worst(a).total_cmp(&worst(b)).then(b.trigger.cmp(&a.trigger))) else {
        return Finding::new(&RULE, Vec::new(), String::new());
    };
    let others: Vec<String> = same
        .iter()
        .filter(|c| c.trigger != first.trigger)
        .map(|c| load::when(cx.graph, cx.labels, c.trigger))
        .collect();
    let mut message = load::cascade(cx.graph, cx.labels, first);
    if !others.is_empty() {
        message.push_str(&format!("; likewise when {}", any_of(&others, 3)));
    }
    let victims: Vec<_> = overloaded(first).collect();
    let mut finding = Finding::new(&RULE, victims.clone(), message);
    finding.path = std::iter::once(first.trigger.component()).chain(victims.first().copied()).collect();
    finding.path.dedup();
    finding.evidence = super::metastable::places(cx.graph, &victims);
    finding.assumptions = super::metastable::assumptions(cx, &victims);
    finding.confidence = super::Confidence::Medium;
    finding.fix = "keep capacity for the loss that you mean to survive, or shed load before it is too much".to_owned();
    finding
}
