//! What takes all replicas at once, however many there are: probes that ask others, and rollouts.

use super::Folder;
use super::load::{json_of, text_of};
use serde_json::{Value, json};

/// A Deployment with its Service.
fn workload(name: &str, spec: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  {spec}\n  selector: {{matchLabels: {{app: \
         {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: {name}, image: \
         {name}{container}}}]}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: \
         {name}}}, ports: [{{port: 80}}]}}\n---\n"
    )
}

fn links<'v>(blast: &'v Value, what: &str) -> Vec<&'v Value> {
    blast["links"].as_array().unwrap().iter().filter(|l| l["what"] == what).collect()
}

/// SEMANTICS G.11: a liveness probe that asks somebody late starts all replicas again, though they could do without him; one
/// that asks the process itself does not, nor does a delay that a probe waits for.
#[test]
fn probes_restart_all_replicas() {
    let system = |probe: &str| {
        let web = format!(", env: [{{name: AUTH_URL, value: 'http://auth'}}]{probe}");
        let soft = "apiVersion: linchpin/v1\nkind: Service\nmetadata: {name: web}\n\
                    spec: {entry: true, dependsOn: [{name: auth, criticality: soft, timeout: 5s}]}\n---\n";
        Folder::with(&[(
            "a.yaml",
            &(workload("web", "replicas: 3", &web) + &workload("auth", "replicas: 2", "") + soft),
        )])
    };
    let asks = ", livenessProbe: {exec: {command: [curl, 'http://auth/health']}}";
    let own = ", livenessProbe: {httpGet: {path: /health, port: 80}}";
    for (probe, latency, state, restarts) in
        [(asks, "2s", "failed", 1), (asks, "500ms", "degraded", 0), (own, "2s", "degraded", 0)]
    {
        let found = json_of(&system(probe), &["blast", "auth", "--fault", "latency", "--latency", latency]);
        assert_eq!(found["affected"][0]["state"], state, "{probe} {latency}");
        let told = links(&found, "restarts");
        assert_eq!(told.len(), restarts, "{found:#}");
        assert!(told.iter().all(|l| l["instances"] == 3
            && l["text"] == "all 3 instances of web are started again and again: a probe asks auth"));
    }
}

/// SEMANTICS G.7: while a change is rolled out one by one, callers meet both versions; a rollout that takes all away first
/// does not mix them.
#[test]
fn rollouts_mix_versions() {
    for (strategy, mixes) in [("RollingUpdate", 1), ("Recreate", 0)] {
        let text = workload("api", &format!("replicas: 4\n  strategy: {{type: {strategy}}}"), "");
        let found = json_of(&Folder::with(&[("a.yaml", &text)]), &["blast", "api", "--fault", "change"]);
        let told = links(&found, "mixes");
        assert_eq!(told.len(), mixes, "{found:#}");
        assert!(told.iter().all(|l| l["instances"] == json!(4)));
    }
}

/// Files that deploy the same thing are its variants: the base stands first, and the weakest is spoken of only where
/// another one has more instances.
#[test]
fn the_weakest_variant() {
    let file = |replicas: &str| {
        let web = "{image: web, ports: ['80:80'], environment: [DB=postgres://db/x]}";
        format!("services:\n  web: {web}\n  db: {{image: postgres, deploy: {{replicas: {replicas}}}}}\n")
    };
    for (first, second, told) in [("1", "3", true), ("3", "1", true), ("1", "1", false)] {
        let files = [("docker-compose.yml", &*file(first)), ("docker-compose.big.yml", &*file(second))];
        let text = text_of(&Folder::with(&files), &["scan"]);
        assert_eq!(text.contains("in the weakest of 2 variants"), told, "{text}");
        assert!(text.contains("docker-compose.yml:3") && !text.contains("big"), "{text}");
    }
}
