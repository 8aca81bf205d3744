//! Numbers and choices of workloads and autoscalers that are none: what is read from them is unknown, and that is said.

use super::autoscaler;
use super::cluster::Cluster;
use super::role::Role;
use super::spread;
use super::workload::Workload;
use crate::facts::block::misread;
use crate::parse::Node;
use crate::source::{Problem, unknown};

/// How a field writes a number.
enum Form {
    Count,
    /// A number or a percentage.
    Amount,
}

/// Adds what cannot be understood of the numbers of a world's workloads and autoscalers.
pub(super) fn check(cluster: &Cluster<'_>, problems: &mut Vec<Problem>) {
    for workload in &cluster.workloads {
        of_workload(workload, problems);
        several(workload, cluster, problems);
    }
    for scaler in cluster.of(Role::Autoscaler) {
        let keda = &*scaler.group == "keda.sh";
        let fields = if keda { ["minReplicaCount", "maxReplicaCount"] } else { ["minReplicas", "maxReplicas"] };
        for field in fields {
            number(&scaler.node, &["spec", field], &Form::Count, problems);
        }
        let bound = |field: &str| scaler.node.path(&["spec", field]).and_then(Node::int);
        if let (Some(least), Some(most)) = (bound(fields[0]), bound(fields[1]))
            && least > most
        {
            let reason = format!("{}: `{}` {least} is above `{}` {most}", scaler.title(), fields[0], fields[1]);
            problems.push(Problem::new(scaler.name_node().at(), reason).remedy("the cluster refuses it; swap them"));
        }
        if autoscaler::target(&scaler.node).is_none() {
            let reason = format!("{} does not say what it scales", scaler.title());
            problems.push(Problem::new(scaler.name_node().at(), reason).remedy("set `spec.scaleTargetRef.name`"));
        }
    }
}

fn of_workload(workload: &Workload<'_>, problems: &mut Vec<Problem>) {
    let node = &workload.object.node;
    let strategy: &[&str] = match &*workload.object.kind {
        "Deployment" => &["RollingUpdate", "Recreate"],
        "DeploymentConfig" => &["Rolling", "Recreate", "Custom"],
        "StatefulSet" | "DaemonSet" => &["RollingUpdate", "OnDelete"],
        _ => &[],
    };
    match &*workload.object.kind {
        "Job" => {
            for field in ["parallelism", "backoffLimit", "backoffLimitPerIndex", "activeDeadlineSeconds"] {
                number(node, &["spec", field], &Form::Count, problems);
            }
        }
        // Their own specification is that of a pod.
        "Pod" | "CronJob" | "Service" => {}
        _ => {
            for object in std::iter::once(workload.object).chain(workload.referred()) {
                number(&object.node, &["spec", "replicas"], &Form::Count, problems);
            }
        }
    }
    for path in [
        ["spec", "strategy", "rollingUpdate", "maxUnavailable"],
        ["spec", "strategy", "rollingUpdate", "maxSurge"],
        ["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"],
    ] {
        number(node, &path, &Form::Amount, problems);
    }
    let written = ["strategy", "updateStrategy"].into_iter().find_map(|field| node.path(&["spec", field, "type"]));
    if let Some(written) = written
        && let Some(word) = written.text().filter(|word| !strategy.is_empty() && !strategy.contains(word))
    {
        problems.push(unknown("strategy", word, strategy, written.at()));
    }
    if let Some(spec) = workload.pod_spec() {
        number(spec, &["terminationGracePeriodSeconds"], &Form::Count, problems);
        for constraint in spec.get("topologySpreadConstraints").map(Node::items).unwrap_or_default() {
            number(constraint, &["maxSkew"], &Form::Count, problems);
            let known = ["DoNotSchedule", "ScheduleAnyway"];
            if let Some(node) = constraint.get("whenUnsatisfiable")
                && let Some(word) = node.text().filter(|word| !known.contains(word))
            {
                problems.push(unknown("`whenUnsatisfiable`", word, &known, node.at()));
            }
        }
        for sort in ["podAntiAffinity", "podAffinity", "nodeAffinity"] {
            let known =
                ["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"];
            let fields = spec.path(&["affinity", sort]).into_iter().flat_map(Node::fields);
            for (key, at, _) in fields.filter(|(key, ..)| !known.contains(key)) {
                problems.push(unknown(&format!("field of `{sort}`:"), key, &known, at.at()));
            }
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            for probe in workload.containers().iter().filter_map(|c| c.get(probe)) {
                for field in
                    ["timeoutSeconds", "periodSeconds", "failureThreshold", "successThreshold", "initialDelaySeconds"]
                {
                    number(probe, &[field], &Form::Count, problems);
                }
            }
        }
    }
}

/// Pods that are written and never run.
fn several(workload: &Workload<'_>, cluster: &Cluster<'_>, problems: &mut Vec<Problem>) {
    let written = workload.object.node.path(&["spec", "replicas"]).and_then(Node::int);
    let most = autoscaler::most(cluster, workload).map(i64::from).max(written).unwrap_or(1);
    if most > 1
        && let Some((why, node)) = spread::only_one(workload, cluster)
    {
        let reason = format!("only one pod of {} can run: {why}", workload.object.title());
        problems
            .push(Problem::new(node.at(), reason).remedy("give each pod a volume of its own, or write one replica"));
    }
}

fn number(node: &Node, path: &[&str], form: &Form, problems: &mut Vec<Problem>) {
    let Some(node) = node.path(path).filter(|n| !n.is_null()) else { return };
    let count = || node.int().is_some_and(|n| u32::try_from(n).is_ok());
    let percentage = || node.text().and_then(|t| t.strip_suffix('%')).is_some_and(|t| t.parse::<u32>().is_ok());
    let (fits, expected) = match form {
        Form::Count => (count(), "a whole number, 0 or more"),
        Form::Amount => (count() || percentage(), "a number of pods or a percentage"),
    };
    if !fits {
        problems.push(misread(node, &path.join("."), expected));
    }
}
