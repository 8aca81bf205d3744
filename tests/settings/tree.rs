//! A tree of files to the graph that the program makes of it, written as short lines.

use linchpin::facts::{Interaction, Plane};
use linchpin::graph::{Dependency, Graph, RetryLayer};
use linchpin::run::{Inputs, Source, load};
use std::fs;

/// What was read from a tree.
pub struct Tree {
    pub graph: Graph,
    /// What was wrong with it, without the folder that it lies in.
    pub problems: Vec<String>,
    /// How many documents were used, and how many left aside.
    pub documents: (u64, u64),
}

impl Tree {
    /// Reads files, each a path and its text.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let inputs = Inputs { manifests: vec![Source::Path(folder.path().to_path_buf())], ..Inputs::default() };
        let loaded = load(&inputs).unwrap();
        let root = format!("{}/", folder.path().to_string_lossy());
        let problems = loaded.inventory.problems.iter().map(|p| p.to_string().replace(&root, "")).collect();
        let documents = (loaded.inventory.documents.used, loaded.inventory.documents.ignored);
        Self { graph: loaded.graph, problems, documents }
    }

    /// The dependencies between components of these names.
    pub fn between(&self, from: &str, to: &str) -> Vec<&Dependency> {
        let graph = &self.graph;
        let named = |d: &&Dependency| *graph.component(d.from).name == *from && *graph.component(d.to).name == *to;
        graph.dependencies.iter().filter(named).collect()
    }

    /// What is known of the calls from one component to another.
    pub fn edge(&self, from: &str, to: &str) -> String {
        match self.between(from, to).as_slice() {
            [dependency] => line(dependency),
            several => format!("{} edges {from} → {to}: {:?}", several.len(), self.edges()),
        }
    }

    /// All dependencies but mounts and places: `a → b`, with what is unusual about each.
    pub fn edges(&self) -> Vec<String> {
        let shown = |d: &&Dependency| !matches!(d.interaction, Interaction::Mount | Interaction::PlacedOn);
        let edges = self.graph.dependencies.iter().filter(shown).map(|d| {
            let (from, to) = (self.graph.component(d.from), self.graph.component(d.to));
            let mut text = format!("{} → {}", from.name, to.name);
            if d.interaction != Interaction::Sync {
                text += &format!(" {}", d.interaction.word());
            }
            if d.plane != Plane::Runtime {
                text += &format!(" {}", d.plane.word());
            }
            text
        });
        let mut edges: Vec<String> = edges.collect();
        edges.sort();
        edges
    }

    /// Kind, number of instances and how many of them must work: `datastore 2 of 3`.
    pub fn component(&self, name: &str) -> String {
        let found: Vec<_> = self.graph.components.iter().filter(|c| &*c.name == name).collect();
        let [c] = found.as_slice() else { return format!("{} components {name}", found.len()) };
        let count = match c.replicas {
            _ if c.off => "off".to_owned(),
            Some(r) => format!("{} of {}", r.need, r.count),
            None => "unknown".to_owned(),
        };
        format!("{} {count}", c.kind)
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
    if let Some((uses, reserved)) = d.pool {
        parts.push(format!("uses {uses:?} reserved {reserved:?}"));
    }
    parts.join("; ")
}

/// `library ×3 explicit on refused+error each 200 pauses 500 if IOException :12`.
fn layer(l: &RetryLayer) -> String {
    let tries = l.tries.map_or("unlimited".to_owned(), |n| format!("×{n}"));
    let mut text = format!("{} {tries} {}", l.layer.word(), l.origin.word());
    let faults = [(l.retried.refused, "refused"), (l.retried.error, "error"), (l.retried.late, "late")];
    if l.tries != Some(1) && !faults.iter().all(|(on, _)| *on) {
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
    if !l.conditions.is_empty() {
        text += &format!(" if {}", l.conditions.join(", "));
    }
    if let Some(share) = l.budget {
        text += &format!(" budget {share}");
    }
    text + &l.evidence.as_ref().map(|e| format!(" :{}", e.at.line)).unwrap_or_default()
}
