//! ResourceQuotas: what all pods of a namespace may have together. A quota is a pool, but one that is only asked when a
//! pod is made: running pods are never touched, so it stands in the way of scaling out, of rollouts and of replacing
//! what was lost (SEMANTICS C).

use super::autoscaler;
use super::cluster::Cluster;
use super::role::Role;
use super::workload::Workload;
use crate::facts::{Class, ComponentFact, DependencyFact, Evidence, Facts, Interaction, Key, Kind, Plane, Target};
use crate::parse::Node;
use crate::source::Problem;

/// What a quota can bound: its name there, and where a container says how much of it one takes.
const BOUNDS: [(&str, Option<(&str, &str)>); 9] = [
    ("pods", None),
    ("count/pods", None),
    ("cpu", Some(("requests", "cpu"))),
    ("requests.cpu", Some(("requests", "cpu"))),
    ("limits.cpu", Some(("limits", "cpu"))),
    ("memory", Some(("requests", "memory"))),
    ("requests.memory", Some(("requests", "memory"))),
    ("limits.memory", Some(("limits", "memory"))),
    ("requests.ephemeral-storage", Some(("requests", "ephemeral-storage"))),
];

/// Adds a pool for each bound of each quota, and what the workloads of its namespace take of it at most.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    for quota in cluster.of(Role::Quota) {
        // A quota with scopes is for some pods only, and which ones depends on what is not in their manifests.
        let scoped = ["scopes", "scopeSelector"].iter().any(|f| quota.node.path(&["spec", f]).is_some());
        for (name, _, node) in quota.node.path(&["spec", "hard"]).into_iter().flat_map(Node::fields) {
            let Some((_, taken)) = BOUNDS.iter().find(|(bound, _)| *bound == name).filter(|_| !scoped) else {
                continue;
            };
            let Some(size) = node.text().and_then(|text| amount(name, text)) else {
                let reason = format!("`{name}` of {} is no quantity; taken as unknown", quota.title());
                facts.problems.push(Problem::new(node.at(), reason));
                continue;
            };
            let pool = Key::new(&cluster.scope, Class::Pool, quota.namespace(), &format!("{}-{name}", quota.name));
            let evidence = Evidence::new(node.at(), format!("spec.hard.{name}"));
            let mut fact = ComponentFact::new(pool.clone(), Kind::Pool, evidence.clone());
            fact.settings.capacity_concurrency = Some(size);
            facts.components.push(fact);
            for workload in cluster.workloads.iter().filter(|w| w.namespace() == quota.namespace()) {
                let each = match taken {
                    None => Some(1.0),
                    Some((sort, resource)) => of_pod(workload, sort, resource),
                };
                let Some((each, most)) = each.zip(autoscaler::most(cluster, workload)) else { continue };
                let target = Target::Component(pool.clone());
                let mut fact =
                    DependencyFact::new(workload.key.clone(), target, Interaction::UsesPool, evidence.clone());
                fact.pool = Some((Some(each * f64::from(most)), None));
                facts.dependencies.push(fact.plane(Plane::Startup));
            }
        }
    }
}

/// How much of a resource one pod takes, if all of its containers say so. A limit is also the request of a container
/// that states none.
fn of_pod(workload: &Workload<'_>, sort: &str, resource: &str) -> Option<f64> {
    let containers = workload.containers();
    let stated = |container: &Node| {
        let resources = container.get("resources")?;
        let node = resources.path(&[sort, resource]).or_else(|| resources.path(&["limits", resource]))?;
        amount(resource, node.text()?)
    };
    if containers.is_empty() { None } else { containers.iter().map(stated).sum() }
}

/// A quantity: a number of pods or cores, or mebibytes.
fn amount(resource: &str, text: &str) -> Option<f64> {
    let bytes = resource.ends_with("memory") || resource.ends_with("storage");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let factor = match suffix {
        "" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let value = digits.parse::<f64>().ok()? * factor;
    Some(if bytes { value / (1024.0 * 1024.0) } else { value })
}
