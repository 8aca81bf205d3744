//! What a change costs beside computing everything again.

use crate::cpu::cpu_seconds;
use crate::graph::graph;
use crate::measure::{Measured, measure, say};
use crate::system::Node;
use linchpin::analysis::{Baseline, redundancy_illusions};
use linchpin::graph::change::{Change, apply};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

/// How many changes are tried, evenly over the graph; and for how many of them everything is computed again.
const CHANGES: usize = 50;
const IN_FULL: usize = 5;

/// The illusions with their roots; and then one dependency after the other goes soft: what each component then takes down
/// alone, from nothing and from what is known of the graph before. Means of a change.
pub fn updates(nodes: &[Node]) -> anyhow::Result<Vec<Measured>> {
    let old = graph(nodes);
    let baseline = Baseline::new(&old);
    let illusions = measure("illusions_with_roots", || of_illusions(&baseline))?;
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
    let updates =
        [full.measured("radii_in_full")?, same.measured("radii_updated")?, all.measured("radii_updated_more")?];
    Ok(updates.into_iter().chain([illusions]).collect())
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

fn of_illusions(baseline: &Baseline<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for illusion in redundancy_illusions(baseline) {
        (illusion.owner, illusion.group, illusion.real, illusion.shared).hash(&mut hasher);
    }
    hasher.finish()
}
