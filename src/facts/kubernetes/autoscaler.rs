//! What sets the number of replicas: HorizontalPodAutoscaler, KEDA's ScaledObject, Knative's annotations.

use super::cluster::Cluster;
use super::workload::Workload;
use crate::facts::{Assumable, Evidence};
use crate::parse::Node;

/// The fewest replicas that an autoscaler of a workload keeps, if it has one; the inner `None` is a number that is
/// none. A minimum of 0 counts as 1: the first request wakes it.
pub(super) fn minimum(cluster: &Cluster<'_>, workload: &Workload<'_>) -> Option<Option<Assumable<u32>>> {
    cluster.scalers(workload.namespace(), &workload.key.name).iter().find_map(|scaler| {
        let target = scaler.node.path(&["spec", "scaleTargetRef"])?;
        if target.str("kind").unwrap_or("Deployment") != workload.controller {
            return None;
        }
        let field = if &*scaler.group == "keda.sh" { "minReplicaCount" } else { "minReplicas" };
        Some(match scaler.node.path(&["spec", field]).filter(|n| !n.is_null()) {
            Some(node) => at_least_one(node, &format!("spec.{field}")),
            None => Some(Assumable::default(1)),
        })
    })
}

/// The most replicas that an autoscaler of a workload makes; 100 for one of KEDA's that does not say.
pub(super) fn maximum(cluster: &Cluster<'_>, workload: &Workload<'_>) -> Option<u32> {
    cluster.scalers(workload.namespace(), &workload.key.name).iter().find_map(|scaler| {
        let target = scaler.node.path(&["spec", "scaleTargetRef"])?;
        if target.str("kind").unwrap_or("Deployment") != workload.controller {
            return None;
        }
        let keda = &*scaler.group == "keda.sh";
        let field = if keda { "maxReplicaCount" } else { "maxReplicas" };
        let stated = scaler.node.path(&["spec", field]).and_then(Node::int).and_then(|n| u32::try_from(n).ok());
        stated.or(keda.then_some(100))
    })
}

/// The most replicas that a workload has: its autoscaler's maximum, or else its own number.
pub(super) fn most(cluster: &Cluster<'_>, workload: &Workload<'_>) -> Option<u32> {
    maximum(cluster, workload).or_else(|| workload.replicas(cluster).map(|r| r.value))
}

/// The fewest replicas that Knative keeps; `None` if its annotation is no number.
pub(super) fn knative_minimum(workload: &Workload<'_>) -> Option<Assumable<u32>> {
    let annotations = workload.template().and_then(|t| t.path(&["metadata", "annotations"]));
    let keys = ["autoscaling.knative.dev/min-scale", "autoscaling.knative.dev/minScale"];
    let stated = keys.into_iter().find_map(|key| annotations?.get(key).map(|node| at_least_one(node, key)));
    stated.unwrap_or(Some(Assumable::default(1)))
}

fn at_least_one(node: &Node, field: &str) -> Option<Assumable<u32>> {
    let count = u32::try_from(node.int()?).ok()?;
    Some(Assumable::explicit(count.max(1), Evidence::new(node.at(), field)))
}

/// The name of what an autoscaler scales.
pub(super) fn target(scaler: &Node) -> Option<&str> {
    scaler.path(&["spec", "scaleTargetRef"])?.str("name")
}
