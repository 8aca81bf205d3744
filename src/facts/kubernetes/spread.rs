//! What keeps the pods of a workload apart (SEMANTICS: only what the scheduler must obey is a guarantee).

use super::selector::Selector;
use super::workload::Workload;
use crate::facts::{Evidence, Spread};
use crate::parse::Node;

/// Labels of machines and zones: pods that are apart by one of these do not fail together with one machine.
const APART: [&str; 3] =
    ["kubernetes.io/hostname", "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

/// What the pod template says of pods like itself. A constraint on other pods says nothing, and neither does one that
/// lets all of them be in one place.
pub(super) fn of(workload: &Workload<'_>, count: u32) -> Spread {
    let Some(spec) = workload.pod_spec() else { return Spread::default() };
    let mut spread = Spread::default();
    let mut add = |demanded: bool, node: &Node, field: &str| {
        spread.demanded |= demanded;
        if !demanded && spread.preferred.is_none() {
            spread.preferred = Some(Evidence::new(node.at(), field));
        }
    };
    let own = |selector: Option<&Node>| {
        selector.map(Selector::full).is_some_and(|s| workload.labels.iter().any(|labels| s.matches(labels)))
    };
    let key = |node: &Node| node.str("topologyKey").is_some_and(|key| APART.contains(&key));
    for constraint in spec.get("topologySpreadConstraints").map(Node::items).unwrap_or_default() {
        if key(constraint) && own(constraint.get("labelSelector")) {
            // All pods in one place are a skew of their number.
            let skew = constraint.get("maxSkew").and_then(Node::int).unwrap_or(1);
            let binding = constraint.str("whenUnsatisfiable") != Some("ScheduleAnyway") && skew < i64::from(count);
            add(binding, constraint, "topologySpreadConstraints");
        }
    }
    let anti = spec.path(&["affinity", "podAntiAffinity"]);
    let terms = |field: &str| anti.and_then(|a| a.get(field)).map(Node::items).unwrap_or_default();
    for term in terms("requiredDuringSchedulingIgnoredDuringExecution") {
        if key(term) && own(term.get("labelSelector")) {
            add(true, term, "affinity.podAntiAffinity");
        }
    }
    for weighted in terms("preferredDuringSchedulingIgnoredDuringExecution") {
        if let Some(term) = weighted.get("podAffinityTerm").filter(|t| key(t) && own(t.get("labelSelector"))) {
            add(false, term, "affinity.podAntiAffinity");
        }
    }
    spread
}
