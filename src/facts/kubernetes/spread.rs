//! What keeps the pods of a workload apart or together (SEMANTICS D: only what the scheduler must obey is a guarantee).

use super::cluster::Cluster;
use super::role::Role;
use super::selector::Selector;
use super::workload::Workload;
use crate::facts::{Apart, Bond, Evidence, Spread};
use crate::parse::Node;

/// Labels of machines and zones, and whether it is zones: pods that are apart by one of these do not fail together with
/// one machine.
const APART: [(&str, bool); 3] = [
    ("kubernetes.io/hostname", false),
    ("topology.kubernetes.io/zone", true),
    ("failure-domain.beta.kubernetes.io/zone", true),
];

/// Terms of an affinity that the scheduler must obey.
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// What the pod template says of pods like itself. A constraint on other pods says nothing, and neither does one that
/// lets all of them be in one place.
pub(super) fn of(workload: &Workload<'_>, cluster: &Cluster<'_>, count: u32) -> Spread {
    let Some(spec) = workload.pod_spec() else { return Spread::default() };
    if let Some(volume) = volumes(workload, cluster).first() {
        let bound = Apart::Together(Bond::Volume);
        return Spread::bound(bound, bound, Evidence::new(volume.mount.at(), "volumes.persistentVolumeClaim"));
    }
    let mut spread = Spread::default();
    let mut add = |how: Apart, of_zones: bool, node: &Node, field: &str| {
        // Different zones have different machines.
        let zones = if of_zones { how } else { Apart::Unsaid };
        spread.strengthen(how, zones, Evidence::new(node.at(), field));
    };
    for constraint in spec.get("topologySpreadConstraints").map(Node::items).unwrap_or_default() {
        if let Some(of_zones) = place(constraint)
            && own(workload, constraint)
        {
            // All pods in one place are a skew of their number.
            let skew = constraint.get("maxSkew").and_then(Node::int).unwrap_or(1);
            let binding = constraint.str("whenUnsatisfiable") != Some("ScheduleAnyway") && skew < i64::from(count);
            let how = if binding { Apart::Demanded } else { Apart::Preferred };
            add(how, of_zones, constraint, "topologySpreadConstraints");
        }
    }
    for term in terms(spec, "podAntiAffinity", REQUIRED) {
        if let Some(of_zones) = place(term)
            && own(workload, term)
        {
            add(Apart::Demanded, of_zones, term, "affinity.podAntiAffinity");
        }
    }
    for weighted in terms(spec, "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution") {
        if let Some(term) = weighted.get("podAffinityTerm")
            && let Some(of_zones) = place(term)
            && own(workload, term)
        {
            add(Apart::Preferred, of_zones, term, "affinity.podAntiAffinity");
        }
    }
    for term in terms(spec, "podAffinity", REQUIRED) {
        if let Some(of_zones) = place(term)
            && own(workload, term)
        {
            let (bound, evidence) = (Apart::Together(Bond::Affinity), Evidence::new(term.at(), "affinity.podAffinity"));
            // Pods of one zone may still be on different machines of it.
            return Spread::bound(if of_zones { spread.machines } else { bound }, bound, evidence);
        }
    }
    spread
}

/// Why no second pod of a workload can ever run, whatever number is written: what is wrong, and where.
pub(super) fn only_one<'a>(workload: &Workload<'a>, cluster: &Cluster<'a>) -> Option<(String, &'a Node)> {
    let claimed = volumes(workload, cluster);
    if let Some(volume) = claimed.iter().find(|v| v.one_pod) {
        let reason = format!("claim `{}` is ReadWriteOncePod, for one pod", volume.claim);
        return Some((reason, volume.mount));
    }
    let volume = claimed.first()?;
    let apart = terms(workload.pod_spec()?, "podAntiAffinity", REQUIRED);
    apart.iter().find(|term| place(term).is_some() && own(workload, term))?;
    let reason = format!(
        "claim `{}` is ReadWriteOnce, for one machine, and anti-affinity demands a machine for each pod",
        volume.claim
    );
    Some((reason, volume.mount))
}

/// A claim that all pods of a workload mount and that is for one machine at a time, or even for one pod.
struct Shared<'a> {
    claim: &'a str,
    mount: &'a Node,
    one_pod: bool,
}

/// The claims for one machine that pods share. One that may be used in several ways sets no limit, nor does one that is
/// not in the input; those that a StatefulSet makes are each for one pod.
fn volumes<'a>(workload: &Workload<'a>, cluster: &Cluster<'a>) -> Vec<Shared<'a>> {
    let volumes = workload.pod_spec().and_then(|s| s.get("volumes")).map(Node::items).unwrap_or_default();
    let shared = |volume: &'a Node| {
        let mount = volume.get("persistentVolumeClaim")?;
        let claim = mount.str("claimName")?;
        let object = cluster.find(Role::Claim, workload.namespace(), claim, workload.object)?;
        let modes = object.node.path(&["spec", "accessModes"]).map(Node::items).unwrap_or_default();
        let all = |wanted: &[&str]| modes.iter().all(|m| m.text().is_some_and(|m| wanted.contains(&m)));
        if modes.is_empty() || !all(&["ReadWriteOnce", "ReadWriteOncePod"]) {
            return None;
        }
        Some(Shared { claim, mount, one_pod: all(&["ReadWriteOncePod"]) })
    };
    volumes.iter().filter_map(shared).collect()
}

fn terms<'a>(spec: &'a Node, sort: &str, field: &str) -> &'a [Node] {
    spec.path(&["affinity", sort, field]).map(Node::items).unwrap_or_default()
}

/// Whether a constraint is about zones; nothing if it is neither about them nor about machines.
fn place(constraint: &Node) -> Option<bool> {
    let key = constraint.str("topologyKey")?;
    APART.iter().find(|(known, _)| *known == key).map(|(_, zones)| *zones)
}

/// Whether a constraint counts the workload's own pods.
fn own(workload: &Workload<'_>, constraint: &Node) -> bool {
    let selector = constraint.get("labelSelector").map(Selector::full);
    selector.is_some_and(|s| workload.labels.iter().any(|labels| s.matches(labels)))
}
