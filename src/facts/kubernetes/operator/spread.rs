//! Whether the instances that an operator runs are kept apart: what their resource says, else what the operator does by
//! itself, as far as its documentation says so.

use crate::facts::kubernetes::object::Object;
use crate::facts::{Apart, Evidence, Spread};
use crate::parse::Node;

/// Nodes of a resource that are looked at: pod templates stand a few levels deep.
const NODES: usize = 10_000;

/// What is known of the places of a resource's instances; nothing if neither it nor the operator's documentation speaks
/// of them.
pub(super) fn of(object: &Object) -> Option<Spread> {
    let spec = object.node.get("spec")?;
    stated(spec).or_else(|| own_words(object, spec)).or_else(|| default(object))
}

/// Terms of Kubernetes' own, wherever the resource takes them: they are copied into the pods.
fn stated(spec: &Node) -> Option<Spread> {
    let mut spread: Option<Spread> = None;
    let mut add = |how: Apart, term: &Node, field: &str| {
        let key = term.str("topologyKey").unwrap_or_default();
        if key == "kubernetes.io/hostname" || key.ends_with("/zone") {
            let zones = if key.ends_with("/zone") { how } else { Apart::Unsaid };
            let evidence = Evidence::new(term.at(), field);
            spread.get_or_insert_default().strengthen(how, zones, evidence);
        }
    };
    let mut open = vec![spec];
    for _ in 0..NODES {
        let Some(node) = open.pop() else { break };
        for (key, _, value) in node.fields() {
            match key {
                "podAntiAffinity" => {
                    let terms = |field: &str| value.get(field).map(Node::items).unwrap_or_default().iter();
                    for term in terms("requiredDuringSchedulingIgnoredDuringExecution") {
                        add(Apart::Demanded, term, "podAntiAffinity");
                    }
                    for weighted in terms("preferredDuringSchedulingIgnoredDuringExecution") {
                        add(Apart::Preferred, weighted.get("podAffinityTerm").unwrap_or(weighted), "podAntiAffinity");
                    }
                }
                "topologySpreadConstraints" => {
                    for term in value.items() {
                        let preferred = term.str("whenUnsatisfiable") == Some("ScheduleAnyway");
                        let how = if preferred { Apart::Preferred } else { Apart::Demanded };
                        add(how, term, "topologySpreadConstraints");
                    }
                }
                _ => open.push(value),
            }
        }
        open.extend(node.items());
    }
    spread
}

/// Fields by which some operators say it in words of their own.
fn own_words(object: &Object, spec: &Node) -> Option<Spread> {
    let (how, key, node) = match (&*object.group, &*object.kind) {
        ("postgresql.cnpg.io", "Cluster") => {
            let affinity = spec.get("affinity")?;
            let how =
                match (affinity.get("enablePodAntiAffinity").and_then(Node::bool), affinity.str("podAntiAffinityType"))
                {
                    (Some(false), _) => Apart::Unsaid,
                    (_, Some("required")) => Apart::Demanded,
                    _ => Apart::Preferred,
                };
            (how, affinity.str("topologyKey").unwrap_or("kubernetes.io/hostname"), affinity)
        }
        ("pxc.percona.com", "PerconaXtraDBCluster") => {
            let node = spec.path(&["pxc", "affinity", "antiAffinityTopologyKey"])?;
            let key = node.text()?;
            (if key == "none" { Apart::Unsaid } else { Apart::Demanded }, key, node)
        }
        _ => return None,
    };
    let zones = if key.ends_with("/zone") { how } else { Apart::Unsaid };
    Some(Spread {
        machines: how,
        zones,
        evidence: Some(Evidence::new(node.at(), "spec.affinity")),
        ..Spread::default()
    })
}

/// What operators do unless told otherwise: CloudNativePG and Elastic's prefer other machines, Percona's demands them,
/// RabbitMQ's and Strimzi leave it to the scheduler.
fn default(object: &Object) -> Option<Spread> {
    let machines = match (&*object.group, &*object.kind) {
        ("postgresql.cnpg.io", "Cluster") | ("elasticsearch.k8s.elastic.co", "Elasticsearch") => Apart::Preferred,
        ("pxc.percona.com", "PerconaXtraDBCluster") => Apart::Demanded,
        ("rabbitmq.com", "RabbitmqCluster") | ("kafka.strimzi.io", "Kafka") => Apart::Unsaid,
        _ => return None,
    };
    Some(Spread { machines, ..Spread::default() })
}
