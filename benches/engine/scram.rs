//! SCRAM, a program for fault trees of safety engineers, on the trees that `linchpin graph --format open-psa` writes.

use crate::measure::Measured;
use crate::peers;
use serde::Deserialize;

/// The last line of `scram_cuts.py`; those before it are an entry's.
#[derive(Deserialize)]
struct Sum {
    entries: usize,
    finished: usize,
    different: usize,
    cpu_s: f64,
}

/// Sets SCRAM's cut sets of some entries beside those of all `entries` here, by the CPU time of an entry. What SCRAM does not
/// finish counts with the time after which it was stopped.
///
/// # Errors
/// If SCRAM or `linchpin` cannot be run.
pub fn beside(python: &str, graph: &str, entries: usize, ours: &Measured) -> anyhow::Result<Option<String>> {
    let script = "scram_cuts.py";
    let lines: Vec<serde_json::Value> = peers::run(python, script, &[graph, "40", "2", "60"])?;
    let sum: Sum = serde_json::from_value(lines.into_iter().next_back().unwrap_or_default())?;
    let (theirs, ours_s) = (sum.cpu_s / sum.entries as f64, ours.cpu_s / entries as f64);
    peers::say(&serde_json::json!({
        "op": ours.op, "peer": script, "entries": entries, "peer_entries": sum.entries, "peer_finished": sum.finished,
        "peer_cpu_s_an_entry": theirs, "cpu_s_an_entry": ours_s, "cpu_ratio": theirs / ours_s, "equal": sum.different == 0,
    }))?;
    Ok((sum.different > 0).then(|| ours.op.clone()))
}
