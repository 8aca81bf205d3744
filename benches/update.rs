//! What a change costs beside computing everything again: `cargo bench --bench update -- GRAPH.jsonl`.
//!
//! A line a node: `{"id": int, "entry": bool, "needs": [{"k": int, "of": [int, ...]}, ...]}`. Prints a line an
//! operation, `{"op", "cpu_s", "checksum"}`: the full run over a changed graph, the update from the unchanged one to it, and
//! updates to many other changed graphs; one thread. Equal checksums are equal results. CPU seconds are per change, of the process.
//!
//! Without a file, as `cargo bench` and `cargo test --benches` call it, it makes a small graph of its own.

#[path = "cpu/mod.rs"]
mod cpu;

use cpu::cpu_seconds;
use linchpin::analysis::{Baseline, Options, analyse_further};
use linchpin::facts::{Confidence, Criticality, EntryOrigin, Interaction, Kind, Plane, Settings, TimeoutOrigin};
use linchpin::graph::change::{Change, apply};
use linchpin::graph::{
    Component, ComponentId, Dependency, DependencyId, Entry, Graph, Requirement, RequirementId, Timeout,
};
use serde::Deserialize;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;

/// How many changes are tried.
const CHANGES: usize = 50;

#[derive(Deserialize)]
struct Node {
    id: u32,
    entry: bool,
    needs: Vec<Need>,
}

#[derive(Deserialize)]
struct Need {
    k: u32,
    of: Vec<u32>,
}

fn main() -> anyhow::Result<()> {
    let file = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let text = match &file {
        Some(path) => std::fs::read_to_string(path)?,
        None => small(),
    };
    let nodes: Vec<Node> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let old = graph(&nodes);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    pool.install(|| {
        // One dependency after the other goes soft, evenly over the whole graph.
        let every = (old.dependencies.len() / CHANGES).max(1);
        let changes: Vec<Change> =
            old.dependencies.iter().skip(every / 2).step_by(every).map(|d| Change::Soft(d.from, d.to)).collect();
        let new: Vec<Graph> = changes.iter().filter_map(|change| apply(&old, change).ok()).collect();
        let first = new.first().unwrap_or(&old);
        let full = measure("radii_in_full", 1, || Baseline::new(first), checksum)?;
        let baseline = Baseline::new(&old);
        let updated = measure("radii_updated", 1, || baseline.update(first), checksum)?;
        anyhow::ensure!(full == updated, "the update says something else than the full run");
        let each = || new.iter().map(|new| baseline.update(new).singles().len()).sum::<usize>();
        measure("radii_updated_mean", new.len(), each, |sum| *sum as u64)?;
        let report = || analyse_further(&baseline, &Options::default());
        measure("rest_of_the_report", 1, report, |report| report.spofs.len() as u64)?;
        Ok(())
    })
}

/// A number that differs with whatever differs in the answers.
fn checksum(baseline: &Baseline<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for single in baseline.singles() {
        (single.component, single.failed, &single.entries, &single.path, &single.edges).hash(&mut hasher);
    }
    hasher.finish()
}

fn graph(nodes: &[Node]) -> Graph {
    let mut components: Vec<Component> = nodes.iter().map(component).collect();
    components.sort_by(|a, b| a.id.cmp(&b.id));
    let mut dependencies = Vec::new();
    let mut requirements: Vec<Requirement> = Vec::new();
    for node in nodes {
        for (i, need) in node.needs.iter().enumerate() {
            let requirement = (need.of.len() > 1).then(|| {
                requirements.push(Requirement {
                    of: ComponentId(node.id),
                    id: i.to_string().into(),
                    need: need.k,
                    members: Vec::new(),
                });
                RequirementId(u32::try_from(requirements.len() - 1).unwrap_or(u32::MAX))
            });
            dependencies.extend(need.of.iter().map(|&to| dependency(node.id, to, requirement)));
        }
    }
    dependencies.sort_by_key(|d| (d.from, d.to, d.requirement));
    for (i, d) in (0u32..).zip(&dependencies) {
        if let Some(r) = d.requirement {
            requirements[r.0 as usize].members.push(DependencyId(i));
        }
    }
    Graph::freeze(components, dependencies, requirements)
}

fn component(node: &Node) -> Component {
    let name = format!("n{:07}", node.id);
    Component {
        id: format!("service:{name}").into(),
        kind: Kind::Service,
        name: name.into(),
        namespace: None,
        scope: "".into(),
        aliases: Vec::new(),
        replicas: None,
        spread: None,
        off: false,
        entry: node.entry.then_some(Entry { weight: 1.0, weighted: false, origin: EntryOrigin::Declared }),
        profiles: Vec::new(),
        telemetry: false,
        spans: 0,
        seen_ms: None,
        seen_rps: None,
        owner: None,
        settings: Settings::default(),
        variants: Vec::new(),
        evidence: Vec::new(),
    }
}

fn dependency(from: u32, to: u32, requirement: Option<RequirementId>) -> Dependency {
    Dependency {
        from: ComponentId(from),
        to: ComponentId(to),
        interaction: Interaction::Sync,
        criticality: Criticality::Hard,
        assumed: false,
        plane: Plane::Runtime,
        confidence: Confidence::Declared,
        requirement,
        retry: None,
        timeout: Timeout { ms: None, origin: TimeoutOrigin::Unknown },
        timeouts: Vec::new(),
        routes: Vec::new(),
        max_concurrent: None,
        share: None,
        calls_per_request: None,
        circuit_breaker: false,
        fallback: None,
        buffer_ms: None,
        probability: None,
        assumptions: Vec::new(),
        stage: None,
        pool: None,
        observed: None,
        evidence: Vec::new(),
    }
}

fn measure<R>(op: &str, changes: usize, work: impl Fn() -> R, checksum: impl Fn(&R) -> u64) -> anyhow::Result<u64> {
    let before = cpu_seconds();
    let result = work();
    let cpu = (cpu_seconds() - before) / changes.max(1) as f64;
    let result = checksum(&result);
    let line = serde_json::json!({"op": op, "cpu_s": cpu, "checksum": format!("{result:016x}")});
    writeln!(std::io::stdout(), "{line}")?;
    Ok(result)
}

/// Layers of ten: each node needs one of two and two of three of the layer below.
fn small() -> String {
    let node = |id: u32| {
        let below = |i: u32| (id / 10).wrapping_sub(1).wrapping_mul(10).wrapping_add((id * 7 + i * 3) % 10);
        let needs =
            serde_json::json!([{"k": 1, "of": [below(0), below(1)]}, {"k": 2, "of": [below(2), below(3), below(5)]}]);
        let needs = if id < 10 { serde_json::json!([]) } else { needs };
        serde_json::json!({"id": id, "entry": id >= 190, "needs": needs}).to_string()
    };
    (0..200).map(node).collect::<Vec<_>>().join("\n")
}
