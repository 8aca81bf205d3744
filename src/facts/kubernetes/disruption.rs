//! PodDisruptionBudgets. They bound what is evicted on purpose and nothing else (SEMANTICS D), so they make nothing
//! more redundant; but one that selects nobody, or that lets nobody go, does not do what it was written for.

use super::cluster::Cluster;
use super::role::Role;
use super::selector::Selector;
use crate::facts::{Evidence, Facts, Note};
use crate::parse::Node;
use crate::source::Problem;

/// Adds what is wrong with the budgets of a cluster.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    for budget in cluster.of(Role::Budget) {
        let Some(spec) = budget.node.get("spec") else { continue };
        let (least, most) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
        if let (Some(_), Some(node)) = (least, most) {
            let reason =
                format!("{} has both `minAvailable` and `maxUnavailable`, which Kubernetes refuses", budget.title());
            facts.problems.push(Problem::new(node.at(), reason).remedy("keep one of them"));
        }
        let Some(node) = spec.get("selector") else { continue };
        let selector = Selector::full(node);
        if selector.is_empty() {
            continue;
        }
        let selected = cluster.select(budget.namespace(), &selector);
        if selected.is_empty() {
            if !cluster.partial && cluster.has_workloads(budget.namespace()) {
                facts.notes.push(Note::SelectorMatchesNothing {
                    scope: cluster.scope.clone(),
                    owner: budget.title(),
                    selector: selector.to_string(),
                    evidence: Evidence::new(node.at(), "spec.selector"),
                });
            }
            continue;
        }
        let of_selected = cluster.workloads.iter().filter(|w| selected.contains(&w.key));
        let replicas: Option<u32> = of_selected.map(|w| w.replicas(cluster).map(|r| r.value)).sum();
        let Some(replicas) = replicas.filter(|n| *n > 0) else { continue };
        let kept = match (least, most) {
            (Some(least), _) => amount(least, replicas),
            (None, Some(most)) => amount(most, replicas).map(|n| replicas.saturating_sub(n)),
            (None, None) => continue,
        };
        let node = least.or(most).unwrap_or(node);
        match kept {
            Some(kept) if kept >= replicas => {
                let pods =
                    if replicas == 1 { "its only pod".to_owned() } else { format!("any of its {replicas} pods") };
                let reason = format!("{} lets nobody evict {pods}: draining a node waits for ever", budget.title());
                facts
                    .problems
                    .push(Problem::new(node.at(), reason).remedy("allow one to be unavailable, or add a replica"));
            }
            Some(_) => {}
            None => {
                let reason = "a number of pods or a percentage is expected; the budget is left out";
                facts.problems.push(Problem::new(node.at(), reason));
            }
        }
    }
}

/// A number of pods, or a percentage of them, rounded up as Kubernetes does for budgets.
fn amount(node: &Node, replicas: u32) -> Option<u32> {
    match node.text()?.strip_suffix('%') {
        Some(percent) => {
            let share = percent.trim().parse::<f64>().ok().filter(|p| (0.0..=100.0).contains(p))? / 100.0;
            // The product of a u32 and a share of at most 1 fits.
            Some((share * f64::from(replicas)).ceil() as u32)
        }
        None => u32::try_from(node.int()?).ok(),
    }
}
