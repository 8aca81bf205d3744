//! Kubernetes manifests to the edges of their graph, written as short lines.

use linchpin::config::Config;
use linchpin::facts::kubernetes::{self, Reading};
use linchpin::graph::build::{BuildOptions, Built, build};
use linchpin::graph::{Dependency, RetryLayer};
use linchpin::parse::{Outcome, documents};
use std::collections::BTreeMap;

/// A graph and the problems of its readers, each as `line: what`.
pub struct System {
    built: Built,
    pub problems: Vec<String>,
}

impl System {
    /// Reads `k8s.yaml` under a `linchpin.toml`.
    pub fn read(toml: &str, text: &str) -> Self {
        let config = Config::load(&"linchpin.toml".into(), toml).unwrap();
        let (mut objects, mut problems) = (Vec::new(), Vec::new());
        for document in documents(&"k8s.yaml".into(), text) {
            match document.outcome {
                Outcome::Tree(node) if kubernetes::recognises(&node) => match kubernetes::read(&node) {
                    Reading::Objects(more, wrong) => {
                        objects.extend(more);
                        problems.extend(wrong);
                    }
                    Reading::Failed(problem) => problems.push(problem),
                    Reading::Kustomization(_) | Reading::Ignored(_) => {}
                },
                Outcome::Tree(_) | Outcome::Empty => {}
                other => panic!("{other:?} in {text}"),
            }
        }
        let files: BTreeMap<String, String> = BTreeMap::new();
        let mut facts = kubernetes::link(objects, Vec::new(), &files, &config.platform);
        problems.append(&mut facts.problems);
        let built = build(facts, &BuildOptions::default());
        problems.extend(built.problems.clone());
        problems.sort();
        problems.dedup();
        let problems = problems.iter().map(|p| p.to_string().replace("k8s.yaml:", "")).collect();
        Self { built, problems }
    }

    /// Requests that a component can hold at once.
    pub fn capacity(&self, name: &str) -> Option<f64> {
        self.built.graph.components.iter().find(|c| &*c.name == name)?.settings.capacity_concurrency
    }

    /// What is known of the calls from one component to another, by name.
    pub fn edge(&self, from: &str, to: &str) -> String {
        let graph = &self.built.graph;
        let between = |d: &&Dependency| {
            let (a, b) = (graph.component(d.from), graph.component(d.to));
            &*a.name == from && &*b.name == to && d.interaction.word() != "mount"
        };
        match graph.dependencies.iter().filter(between).collect::<Vec<_>>().as_slice() {
            [dependency] => line(dependency),
            several => panic!("{} edges {from} → {to}", several.len()),
        }
    }
}

fn line(d: &Dependency) -> String {
    let mut parts: Vec<String> = d.retry.iter().flat_map(|r| &r.layers).map(layer).collect();
    for t in &d.timeouts {
        let ms = t.ms.map_or("none".to_owned(), |ms| format!("{ms} ms"));
        parts.push(format!("{} timeout {ms} {} :{}", t.layer.word(), t.origin.word(), t.evidence.at.line));
    }
    if d.circuit_breaker {
        parts.push("breaker".to_owned());
    }
    parts.extend(d.max_concurrent.map(|n| format!("at most {n}")));
    parts.extend(d.assumptions.iter().map(|id| format!("assumes {id}")));
    parts.join("; ")
}

/// `client-mesh ×3 platform-default on refused pauses 25,75 :12`.
fn layer(l: &RetryLayer) -> String {
    let tries = l.tries.map_or("unlimited".to_owned(), |n| format!("×{n}"));
    let mut text = format!("{} {tries} {}", l.layer.word(), l.origin.word());
    let faults = [(l.retried.refused, "refused"), (l.retried.error, "error"), (l.retried.late, "late")];
    if l.tries != Some(1) {
        let faults: Vec<&str> = faults.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect();
        text += &format!(" on {}", faults.join("+"));
    }
    if let Some(ms) = l.per_try_timeout_ms {
        text += &format!(" each {ms}");
    }
    if !l.backoff_ms.is_empty() {
        let pauses: Vec<String> = l.backoff_ms.iter().map(f64::to_string).collect();
        text += &format!(" pauses {}", pauses.join(","));
    }
    if let Some(share) = l.budget {
        text += &format!(" budget {share}");
    }
    text + &l.evidence.as_ref().map(|e| format!(" :{}", e.at.line)).unwrap_or_default()
}

/// A Deployment with its Service: name, more labels of its pods, and an environment variable with the address
/// of who it calls. Takes 14 lines.
pub fn workload(name: &str, labels: &str, calls: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: 2\n  template:\n    \
         metadata: {{labels: {{app: {name}{labels}}}}}\n    spec: {{containers: [{{name: main, env: [{{name: TARGET_URL, \
         value: '{calls}'}}]}}]}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: \
         {name}}}, ports: [{{port: 80}}]}}\n---\n"
    )
}
