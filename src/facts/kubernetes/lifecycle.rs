//! How pods come and go: how long one has to finish its requests, and how many of them a rollout takes away at once.

use super::workload::Workload;
use crate::parse::Node;

/// Time that a pod has when it is told to stop, unless it says otherwise.
const GRACE_S: f64 = 30.0;

/// Time in milliseconds that is left for requests under way when a pod is told to stop. The grace period begins before
/// the `preStop` hook, so a hook that sleeps takes its time from it (SEMANTICS B). `None` if the period is no number.
pub(super) fn drain_ms(workload: &Workload<'_>) -> Option<f64> {
    let spec = workload.pod_spec();
    let grace = match spec.and_then(|s| s.get("terminationGracePeriodSeconds")).filter(|n| !n.is_null()) {
        Some(written) => written.float()?,
        None => GRACE_S,
    };
    let hook = workload.main_container().and_then(|c| c.path(&["lifecycle", "preStop"]));
    Some((grace - hook.map_or(0.0, sleep_s)).max(0.0) * 1000.0)
}

/// Seconds that a hook sleeps, as far as it says so.
fn sleep_s(hook: &Node) -> f64 {
    if let Some(seconds) = hook.path(&["sleep", "seconds"]).and_then(Node::float) {
        return seconds.max(0.0);
    }
    let words = hook.path(&["exec", "command"]).map(Node::items).unwrap_or_default();
    let text: Vec<&str> = words.iter().filter_map(Node::text).collect();
    let text = text.join(" ");
    let mut words = text.split([' ', ';', '&', '\n']).filter(|w| !w.is_empty());
    let mut total = 0.0;
    while let Some(word) = words.next() {
        if word.rsplit('/').next() == Some("sleep")
            && let Some(seconds) = words.next().and_then(|n| n.trim_end_matches('s').parse::<f64>().ok())
        {
            total += seconds;
        }
    }
    total
}

/// The share of its pods that a rollout may take away at once; `None` if that depends on what the input does not say.
pub(super) fn rollout_unavailable(workload: &Workload<'_>, replicas: Option<u32>) -> Option<f64> {
    let spec = workload.object.node.get("spec");
    let of = |path: &[&str]| spec.and_then(|s| s.path(path));
    match &*workload.object.kind {
        "Deployment" | "DeploymentConfig" => {
            let strategy = of(&["strategy", "type"]).and_then(Node::text);
            if strategy == Some("Recreate") {
                return Some(1.0);
            }
            let params = if &*workload.object.kind == "Deployment" { "rollingUpdate" } else { "rollingParams" };
            share(of(&["strategy", params, "maxUnavailable"]), 0.25, replicas?, f64::floor).map(|s| s.min(1.0))
        }
        "Rollout" => match of(&["strategy", "canary"]) {
            Some(canary) => share(canary.get("maxUnavailable"), 0.25, replicas?, f64::floor).map(|s| s.min(1.0)),
            // The new version stands whole before the old one goes.
            None => of(&["strategy", "blueGreen"]).map(|_| 0.0),
        },
        "StatefulSet" if of(&["updateStrategy", "type"]).and_then(Node::text) != Some("OnDelete") => {
            Some(1.0 / f64::from(replicas.filter(|n| *n > 0)?))
        }
        _ => None,
    }
}

/// The pods that a rollout may add, as a share of all; `None` if that depends on what the input does not say.
pub(super) fn rollout_surge(workload: &Workload<'_>, replicas: u32) -> Option<f64> {
    let spec = workload.object.node.get("spec");
    let of = |path: &[&str]| spec.and_then(|s| s.path(path));
    let strategy = of(&["strategy", "type"]).and_then(Node::text);
    match &*workload.object.kind {
        "Deployment" | "DeploymentConfig" if strategy == Some("Recreate") => Some(0.0),
        "Deployment" => share(of(&["strategy", "rollingUpdate", "maxSurge"]), 0.25, replicas, f64::ceil),
        "DeploymentConfig" => share(of(&["strategy", "rollingParams", "maxSurge"]), 0.25, replicas, f64::ceil),
        "Rollout" => match of(&["strategy", "canary"]) {
            Some(canary) => share(canary.get("maxSurge"), 0.25, replicas, f64::ceil),
            // The new version stands whole beside the old one.
            None => of(&["strategy", "blueGreen"]).map(|_| 1.0),
        },
        "StatefulSet" => Some(0.0),
        _ => None,
    }
}

/// Time that Knative gives a request unless told otherwise.
const KNATIVE_TIMEOUT_S: f64 = 300.0;

/// What Knative says of requests: how long one may take, and how many the fewest instances hold at once.
pub(super) fn knative(workload: &Workload<'_>, replicas: Option<u32>) -> (Option<f64>, Option<f64>) {
    if &*workload.object.kind != "Service" {
        return (None, None);
    }
    let of = |field: &str| workload.pod_spec().and_then(|s| s.get(field)).and_then(Node::float);
    let limit = of("timeoutSeconds").filter(|s| *s > 0.0).unwrap_or(KNATIVE_TIMEOUT_S) * 1000.0;
    // 0 is no limit.
    let concurrent = of("containerConcurrency").filter(|n| *n > 0.0);
    (Some(limit), concurrent.zip(replicas).map(|(n, replicas)| n * f64::from(replicas)))
}

/// `maxUnavailable` or `maxSurge` as a share: a number of pods, or a percentage, which is rounded to whole pods.
fn share(written: Option<&Node>, default: f64, replicas: u32, round: fn(f64) -> f64) -> Option<f64> {
    let n = f64::from(replicas);
    if replicas == 0 {
        return None;
    }
    let pods = match written {
        None => round(default * n),
        Some(node) => match node.text()?.strip_suffix('%') {
            Some(percent) => round(percent.trim().parse::<f64>().ok().filter(|p| *p >= 0.0)? / 100.0 * n),
            None => f64::from(u32::try_from(node.int()?).ok()?),
        },
    };
    Some(pods / n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Outcome, documents};

    fn node(text: &str) -> Node {
        match documents(&"f".into(), text).remove(0).outcome {
            Outcome::Tree(node) => node,
            other => panic!("{other:?}"),
        }
    }

    /// Hooks that sleep in every form, and one that does something else.
    #[test]
    fn hooks() {
        for (text, expected) in [
            ("{sleep: {seconds: 10}}", 10.0),
            ("{exec: {command: [sleep, '5']}}", 5.0),
            ("{exec: {command: [/bin/sh, -c, '/bin/sleep 15; nginx -s quit']}}", 15.0),
            ("{exec: {command: [sh, -c, 'sleep 5s && sleep 3']}}", 8.0),
            ("{httpGet: {path: /quit}}", 0.0),
            ("{exec: {command: [nginx, -s, quit]}}", 0.0),
        ] {
            assert_eq!(sleep_s(&node(text)), expected, "{text}");
        }
    }

    /// Percentages are rounded down to whole pods.
    #[test]
    fn shares() {
        for (text, replicas, expected) in [
            ("25%", 3, Some(0.0)),
            ("25%", 4, Some(0.25)),
            ("34%", 3, Some(1.0 / 3.0)),
            ("2", 4, Some(0.5)),
            ("9", 4, Some(1.0)),
            ("-1", 4, None),
            ("many", 4, None),
        ] {
            assert_eq!(
                share(Some(&node(&format!("[{text}]")).items()[0]), 0.25, replicas, f64::floor).map(|s| s.min(1.0)),
                expected,
                "{text}"
            );
        }
        assert_eq!(share(None, 0.25, 10, f64::floor), Some(0.2), "a quarter of ten is two");
        assert_eq!(share(None, 0.25, 10, f64::ceil), Some(0.3), "and for a surge three");
    }
}
