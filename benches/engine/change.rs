//! What a change costs beside computing everything again.

use crate::Node;
use crate::cpu::cpu_seconds;
use crate::measure::{Measured, say};
use linchpin::analysis::Baseline;
use linchpin::facts::{Confidence, Criticality, EntryOrigin, Interaction, Kind, Plane, Settings, TimeoutOrigin};
use linchpin::graph::change::{Change, apply};
use linchpin::graph::{
    Component, ComponentId, Dependency, DependencyId, Entry, Graph, Requirement, RequirementId, Timeout,
};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

/// How many changes are tried, evenly over the graph; and for how many of them everything is computed again.
const CHANGES: usize = 50;
const IN_FULL: usize = 5;

/// One dependency after the other goes soft: what each component then takes down alone, from nothing and from what is known
/// of the graph before. Means of a change; every sort of change is equally likely that the graph has many of.
pub fn updates(nodes: &[Node]) -> anyhow::Result<Vec<Measured>> {
    let old = graph(nodes);
    let baseline = Baseline::new(&old);
    let every = (old.dependencies.len() / CHANGES).max(1);
    let changes = old.dependencies.iter().skip(every / 2).step_by(every).map(|d| Change::Soft(d.from, d.to));
    let (mut full, mut same, mut all) = (Spent::default(), Spent::default(), Spent::default());
    for (i, change) in changes.enumerate() {
        let new = apply(&old, &change)?;
        let mut updated = Spent::default();
        let found = updated.add(|| baseline.update(&new));
        all += &updated;
        if i % (CHANGES / IN_FULL) == 0 {
            drop(found);
            same += &updated;
            full.add(|| Baseline::new(&new));
        }
    }
    Ok(vec![full.measured("radii_in_full")?, same.measured("radii_updated")?, all.measured("radii_updated_more")?])
}

/// Time, and what came of it.
#[derive(Default)]
struct Spent {
    runs: u32,
    wall_s: f64,
    cpu_s: f64,
    checksum: u64,
}

impl Spent {
    fn add<'g>(&mut self, work: impl FnOnce() -> Baseline<'g>) -> Baseline<'g> {
        let (start, before) = (Instant::now(), cpu_seconds());
        let result = work();
        self.wall_s += start.elapsed().as_secs_f64();
        self.cpu_s += cpu_seconds() - before;
        self.runs += 1;
        self.checksum = self.checksum.wrapping_add(checksum(&result));
        result
    }

    fn measured(self, op: &str) -> anyhow::Result<Measured> {
        let runs = f64::from(self.runs.max(1));
        say(op, self.wall_s / runs, self.cpu_s / runs, self.checksum)
    }
}

impl std::ops::AddAssign<&Self> for Spent {
    fn add_assign(&mut self, other: &Self) {
        self.runs += other.runs;
        self.wall_s += other.wall_s;
        self.cpu_s += other.cpu_s;
        self.checksum = self.checksum.wrapping_add(other.checksum);
    }
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
        images: Vec::new(),
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
