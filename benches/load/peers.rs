//! The same on the same file by others, in the same run: results are compared, not only times.

use super::measure::Measured;
use anyhow::{Context, bail};
use serde::Deserialize;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// A line of a peer.
#[derive(Deserialize)]
struct Line {
    op: String,
    cpu_s: f64,
    wall_s: f64,
    /// Nothing where it did not finish.
    checksum: Option<String>,
}

/// Runs the scripts of `benches/peer` with `python` and sets their lines beside those of one thread.
///
/// # Errors
/// If a script cannot be run, or if a result differs.
pub fn compare(python: &str, graph: &str, every: usize, measured: &[Measured]) -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peer");
    let mut different = Vec::new();
    for (script, every) in [("networkx_load.py", None), ("igraph_paths.py", Some(every.to_string()))] {
        let done = Command::new(python).arg(folder.join(script)).arg(graph).args(every).output();
        let done = done.with_context(|| format!("{python} cannot be run"))?;
        if !done.status.success() {
            bail!("{script}: {}", String::from_utf8_lossy(&done.stderr));
        }
        for line in String::from_utf8_lossy(&done.stdout).lines() {
            let peer: Line = serde_json::from_str(line)?;
            let ours = measured.iter().find(|m| m.op == peer.op && m.threads == 1);
            let equal = ours.zip(peer.checksum.as_ref()).map(|(ours, theirs)| ours.checksum == *theirs);
            if equal == Some(false) {
                different.push(peer.op.clone());
            }
            let row = serde_json::json!({
                "op": peer.op, "peer": script, "peer_wall_s": peer.wall_s, "wall_s": ours.map(|o| o.wall_s),
                "ratio": ours.map(|o| peer.wall_s / o.wall_s), "cpu_ratio": ours.map(|o| peer.cpu_s / o.cpu_s),
                "equal": equal,
            });
            writeln!(std::io::stdout(), "{row}")?;
        }
    }
    for op in measured.iter().filter(|m| m.threads > 1) {
        let one = measured.iter().find(|m| m.op == op.op && m.threads == 1);
        let row = serde_json::json!({
            "op": op.op, "peer": "one thread", "threads": op.threads, "wall_s": op.wall_s,
            "ratio": one.map(|one| one.wall_s / op.wall_s),
            // What is left of the threads when what sharing the machine costs them is taken off.
            "cpu_ratio": one.map(|one| one.cpu_s / op.cpu_s * op.threads as f64),
            "equal": one.map(|one| one.checksum == op.checksum),
        });
        writeln!(std::io::stdout(), "{row}")?;
    }
    if different.is_empty() { Ok(()) } else { bail!("results differ: {}", different.join(", ")) }
}
