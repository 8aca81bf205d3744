//! Drain, rollouts, probes and budgets of pods, and zones of storage classes (SEMANTICS B, D).

use super::tree::Tree;

fn pods(kind: &str, spec: &str, pod: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web}}\nspec: {{{spec} template: {{metadata: {{labels: {{app: web}}}}, spec: \
         {{{pod} containers: [{{name: main, image: web, {container}}}]}}}}}}\n---\n"
    )
}

/// The time left to finish requests: the grace period less what the hook sleeps.
#[test]
fn drain() {
    for (pod, container, expected) in [
        ("", "", 30_000.0),
        ("terminationGracePeriodSeconds: 60,", "", 60_000.0),
        ("", "lifecycle: {preStop: {exec: {command: [sh, -c, 'sleep 10']}}}", 20_000.0),
        ("terminationGracePeriodSeconds: 5,", "lifecycle: {preStop: {sleep: {seconds: 10}}}", 0.0),
    ] {
        let tree = Tree::of(&[("k8s.yaml", &pods("Deployment", "", pod, container))]);
        assert_eq!(tree.graph.components[0].settings.drain_ms, Some(expected), "{pod} {container}");
    }
    for (grace, expected) in [("", 10_000.0), (", stop_grace_period: 1m30s", 90_000.0)] {
        let tree = Tree::of(&[("compose.yaml", &format!("services: {{web: {{image: x{grace}}}}}"))]);
        assert_eq!(tree.graph.components[0].settings.drain_ms, Some(expected), "{grace}");
    }
}

/// The share of its pods that a rollout takes away at once.
#[test]
fn rollouts() {
    for (kind, spec, expected) in [
        ("Deployment", "replicas: 4,", Some(0.25)),
        ("Deployment", "replicas: 3,", Some(0.0)),
        ("Deployment", "", Some(0.0)),
        ("Deployment", "replicas: 4, strategy: {type: Recreate},", Some(1.0)),
        ("Deployment", "replicas: 4, strategy: {rollingUpdate: {maxUnavailable: 50%}},", Some(0.5)),
        ("Deployment", "replicas: 4, strategy: {rollingUpdate: {maxUnavailable: 0}},", Some(0.0)),
        ("StatefulSet", "replicas: 4,", Some(0.25)),
        ("StatefulSet", "replicas: 4, updateStrategy: {type: OnDelete},", None),
        ("DaemonSet", "", None),
    ] {
        let tree = Tree::of(&[("k8s.yaml", &pods(kind, spec, "", ""))]);
        assert_eq!(tree.graph.components[0].settings.rollout_unavailable, expected, "{kind} {spec}");
    }
    for (strategy, expected) in
        [("canary: {maxUnavailable: 1}", Some(0.5)), ("blueGreen: {}", Some(0.0)), ("canary: {}", Some(0.0))]
    {
        let text = pods("Rollout", &format!("replicas: 2, strategy: {{{strategy}}},"), "", "");
        let tree = Tree::of(&[("k8s.yaml", &text.replace("apps/v1", "argoproj.io/v1alpha1"))]);
        assert_eq!(tree.graph.components[0].settings.rollout_unavailable, expected, "{strategy}");
    }
    for (config, expected) in [
        ("", None),
        ("update_config: {}", Some(0.25)),
        ("update_config: {parallelism: 2}", Some(0.5)),
        ("update_config: {parallelism: 0}", Some(1.0)),
        ("update_config: {order: start-first}", Some(0.0)),
    ] {
        let text = format!("services: {{web: {{image: x, deploy: {{replicas: 4, {config}}}}}}}");
        let tree = Tree::of(&[("compose.yaml", &text)]);
        assert_eq!(tree.graph.components[0].settings.rollout_unavailable, expected, "{config}");
    }
}

/// A probe that asks another Service is noted; one that asks its own pod is not.
#[test]
fn probes() {
    let db = "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {selector: {app: db}}\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: postgres}]}}}\n---\n";
    for (container, expected) in [
        ("livenessProbe: {exec: {command: [pg_isready, -h, db]}}", 1),
        ("readinessProbe: {httpGet: {host: db, path: /}}", 1),
        ("livenessProbe: {httpGet: {path: /healthz, port: 80}}", 0),
        ("livenessProbe: {exec: {command: [curl, 'http://localhost:80/healthz']}}", 0),
    ] {
        let tree = Tree::of(&[("k8s.yaml", &(db.to_owned() + &pods("Deployment", "", "", container)))]);
        let asks = tree.graph.notes.iter().filter(|n| matches!(n, linchpin::facts::Note::ProbeAsks { .. })).count();
        assert_eq!(asks, expected, "{container}");
    }
}

/// A Job starts its pod again, and with it every call: `backoffLimit` counts what comes after the first one. Restarts of
/// containers and failures of health checks are no tries of calls.
#[test]
fn restarts() {
    let job = |kind: &str, fields: &str| {
        let spec = format!(
            "{{{fields} template: {{spec: {{containers: [{{name: main, image: x, env: [{{name: DATABASE_URL, value: 'postgres://db/x'}}]}}]}}}}}}"
        );
        let spec =
            if kind == "CronJob" { format!("{{schedule: '* * * * *', jobTemplate: {{spec: {spec}}}}}") } else { spec };
        let db = "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {selector: {app: db}}\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: postgres}]}}}\n---\n";
        let text = format!("{db}apiVersion: batch/v1\nkind: {kind}\nmetadata: {{name: j}}\nspec: {spec}\n");
        Tree::of(&[("k8s.yaml", &text)]).edge("j", "db")
    };
    let pauses = "pauses 10000,20000,40000,80000,160000,320000";
    assert_eq!(job("Job", ""), format!("platform ×7 platform-default {pauses} :13"));
    assert_eq!(job("Job", "backoffLimit: 1,"), "platform ×2 explicit pauses 10000 :14");
    assert_eq!(job("Job", "backoffLimit: 0,"), "platform ×1 explicit :14");
    assert_eq!(job("CronJob", "backoffLimit: 2,"), "platform ×3 explicit pauses 10000,20000 :14");
    let compose = "services:\n  web:\n    image: x\n    environment: {DATABASE_URL: 'postgres://db/x'}\n    deploy: {restart_policy: {max_attempts: 5}}\n    healthcheck: {test: [CMD, x], retries: 9}\n  db: {image: postgres}\n";
    assert_eq!(Tree::of(&[("compose.yaml", compose)]).edge("web", "db"), "");
}

/// Budgets that do not do what they were written for.
#[test]
fn budgets() {
    let budget = |spec: &str| {
        let budget = format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: b}}\nspec: {{selector: {{matchLabels: {{app: web}}}}, {spec}}}\n"
        );
        Tree::of(&[("k8s.yaml", &(pods("Deployment", "replicas: 3,", "", "") + &budget))]).problems
    };
    for (spec, expected) in [
        ("minAvailable: 2", vec![]),
        ("maxUnavailable: 34%", vec![]),
        ("minAvailable: 3", vec!["lets nobody evict any of its 3 pods: draining a node waits for ever"]),
        ("minAvailable: 100%", vec!["lets nobody evict any of its 3 pods"]),
        ("maxUnavailable: 0", vec!["lets nobody evict any of its 3 pods"]),
        (
            "minAvailable: 1, maxUnavailable: 1",
            vec!["has both `minAvailable` and `maxUnavailable`, which Kubernetes refuses"],
        ),
        ("minAvailable: some", vec!["a number of pods or a percentage is expected; the budget is left out"]),
    ] {
        let found = budget(spec);
        assert_eq!(found.len(), expected.len(), "{spec}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{spec}: {found}");
        }
    }
}

/// A class that makes volumes in one zone keeps their pods there.
#[test]
fn storage_classes() {
    for (class, expected) in [
        ("allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [a]}]}]", 1),
        ("allowedTopologies: [{matchLabelExpressions: [{key: topology.ebs.csi.aws.com/zone, values: [a]}]}]", 1),
        ("allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [a, b]}]}]", 0),
        ("parameters: {zone: a}", 1),
        ("parameters: {type: gp3}", 0),
    ] {
        let text = format!(
            "{}apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: fast}}\n{class}\n",
            pods(
                "StatefulSet",
                "replicas: 3, volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast}}],",
                "",
                ""
            )
        );
        let tree = Tree::of(&[("k8s.yaml", &text)]);
        assert_eq!(tree.between("web", "a").len(), expected, "{class}");
    }
}
