//! KEDA: what a scaled workload is scaled by. A queue that it is scaled by is one that it receives from; other sources
//! are only looked at, and without them it no longer scales.

use super::cluster::Cluster;
use super::role::Role;
use super::workload::Workload;
use crate::facts::address::{Setting, in_settings};
use crate::facts::{Confidence, Criticality, DependencyFact, Evidence, Facts, Interaction, Plane, Program, Target};
use crate::parse::Node;

/// Triggers of queues and streams, and the field of their metadata that says where those are.
const QUEUES: [(&str, &[&str]); 16] = [
    ("kafka", &["bootstrapServers"]),
    ("apache-kafka", &["bootstrapServers"]),
    ("rabbitmq", &["host"]),
    ("aws-sqs-queue", &["queueURL"]),
    ("aws-kinesis-stream", &["streamName"]),
    ("azure-servicebus", &["connection"]),
    ("azure-queue", &["connection"]),
    ("azure-eventhub", &["connection"]),
    ("gcp-pubsub", &["subscriptionName"]),
    ("redis", &["address", "host"]),
    ("redis-streams", &["address", "host"]),
    ("redis-cluster", &["addresses", "hosts"]),
    ("nats-jetstream", &["natsServerMonitoringEndpoint"]),
    ("activemq", &["managementEndpoint"]),
    ("artemis-queue", &["managementEndpoint"]),
    ("pulsar", &["adminURL"]),
];

/// Triggers that look at a system beside the workload, and where that is.
const WATCHED: [(&str, &[&str]); 9] = [
    ("prometheus", &["serverAddress"]),
    ("postgresql", &["host", "connection"]),
    ("mysql", &["host", "connectionString"]),
    ("mssql", &["host", "connectionString"]),
    ("mongodb", &["host", "connectionString"]),
    ("elasticsearch", &["addresses"]),
    ("influxdb", &["serverURL"]),
    ("metrics-api", &["url"]),
    ("graphite", &["serverAddress"]),
];

/// Adds what triggers say of the workloads that they scale.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    let scalers = cluster.of(Role::Autoscaler).iter().filter(|o| &*o.group == "keda.sh");
    let mut found = Vec::new();
    for scaler in scalers {
        let Some(reference) = scaler.node.path(&["spec", "scaleTargetRef"]) else { continue };
        let kind = reference.str("kind").unwrap_or("Deployment");
        let scaled = |w: &&Workload<'_>| {
            w.namespace() == scaler.namespace() && Some(&*w.key.name) == reference.str("name") && w.controller == kind
        };
        for workload in cluster.workloads.iter().filter(scaled) {
            let program = facts.programs.iter().find(|p| p.key == workload.key);
            for trigger in scaler.node.path(&["spec", "triggers"]).map(Node::items).unwrap_or_default() {
                found.extend(triggered(workload, program, trigger));
            }
        }
    }
    facts.dependencies.extend(found);
}

fn triggered(workload: &Workload<'_>, program: Option<&Program>, trigger: &Node) -> Option<DependencyFact> {
    let sort = trigger.str("type")?;
    let queue = QUEUES.iter().find(|(name, _)| *name == sort);
    let (_, fields) = queue.or_else(|| WATCHED.iter().find(|(name, _)| *name == sort))?;
    let metadata = trigger.get("metadata")?;
    // `hostFromEnv` names a variable of the scaled workload.
    let from_environment = |field: &str| {
        let node = metadata.get(&format!("{field}FromEnv"))?;
        Some((node, program?.variable(node.text()?)?.value.to_string()))
    };
    let (node, value) = fields.iter().find_map(|field| {
        let written = metadata.get(field).and_then(|n| Some((n, n.text()?.to_owned())));
        written.or_else(|| from_environment(field))
    })?;
    let key = format!("{sort}.{}", fields.first()?);
    // A name of the same namespace is known to KEDA by its whole name only.
    let (_, address) = in_settings(&[Setting { key: &key, value: &value }]).into_iter().next()?;
    let target = Target::Addresses { addresses: address.addresses, certain: address.certain };
    let evidence = Evidence::new(node.at(), format!("triggers.{sort}"));
    let from = workload.key.clone();
    Some(if queue.is_some() {
        DependencyFact::new(from, target, Interaction::AsyncConsume, evidence)
    } else {
        let fact = DependencyFact::new(from, target, Interaction::Observe, evidence);
        fact.plane(Plane::Telemetry).criticality(Criticality::Soft).confidence(Confidence::Inferred)
    })
}
