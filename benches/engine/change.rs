//! What a change costs beside computing everything again.

use crate::cpu::cpu_seconds;
use crate::graph::graph;
use crate::measure::{Measured, measure, median, say};
use crate::system::Node;
use linchpin::analysis::{Baseline, redundancy_illusions};
use linchpin::graph::change::{Change, apply};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

/// How many changes are tried, evenly over the graph; and for how many of them everything is computed again.
const CHANGES: usize = 50;
const IN_FULL: usize = 5;

/// The illusions with their roots; and then one dependency after the other goes soft: what each component then takes down
/// alone, from nothing and from what is known of the graph before. Medians of the changes for which both is measured; of
/// all changes the median and the mean, since a few of them change the fate of much.
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
        all.more(&updated);
        if i % (CHANGES / IN_FULL) == 0 {
            drop(found);
            same.more(&updated);
            full.add(|| Baseline::new(&new));
        }
    }
    let updates = [
        full.median("radii_in_full")?,
        same.median("radii_updated")?,
        all.median("radii_updated_of_all_changes")?,
        all.mean("radii_updated_mean_of_all_changes")?,
    ];
    Ok(updates.into_iter().chain([illusions]).collect())
}

/// Time, and what came of it.
#[derive(Default)]
struct Spent {
    wall_s: Vec<f64>,
    cpu_s: Vec<f64>,
    checksum: u64,
}

impl Spent {
    fn add<'g>(&mut self, work: impl FnOnce() -> Baseline<'g>) -> Baseline<'g> {
        let (start, before) = (Instant::now(), cpu_seconds());
        let result = work();
        self.wall_s.push(start.elapsed().as_secs_f64());
        self.cpu_s.push(cpu_seconds() - before);
        self.checksum = self.checksum.wrapping_add(checksum(&result));
        result
    }

    /// Adds runs that were measured.
    fn more(&mut self, other: &Self) {
        self.wall_s.extend(&other.wall_s);
        self.cpu_s.extend(&other.cpu_s);
        self.checksum = self.checksum.wrapping_add(other.checksum);
    }

    fn median(&self, op: &str) -> anyhow::Result<Measured> {
        say(op, median(&self.wall_s), median(&self.cpu_s), self.checksum)
    }

    fn mean(&self, op: &str) -> anyhow::Result<Measured> {
        let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len().max(1) as f64;
        say(op, mean(&self.wall_s), mean(&self.cpu_s), self.checksum)
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
