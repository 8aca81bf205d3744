//! The same on the same file by others, in the same run: results are compared, not only times.

use super::measure::Measured;
use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// A line of a peer.
#[derive(Deserialize)]
struct Line {
    op: String,
    /// Which of ours it stands beside, if that has another name.
    like: Option<String>,
    cpu_s: f64,
    wall_s: f64,
    /// Nothing where it did not finish.
    checksum: Option<String>,
}

/// Runs a script of `benches/peer`.
///
/// # Errors
/// If it cannot be run, or fails, or prints what nobody expects.
pub fn run<L: DeserializeOwned>(python: &str, script: &str, args: &[&str]) -> anyhow::Result<Vec<L>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peer").join(script);
    let done = Command::new(python).arg(path).args(args).env("LINCHPIN", env!("CARGO_BIN_EXE_linchpin")).output();
    let done = done.with_context(|| format!("{python} cannot be run"))?;
    if !done.status.success() {
        bail!("{script}: {}", String::from_utf8_lossy(&done.stderr));
    }
    String::from_utf8_lossy(&done.stdout).lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// Sets the lines of a script beside those of one thread; the operations whose results differ.
///
/// # Errors
/// Those of [`run`].
pub fn beside(python: &str, script: &str, args: &[&str], measured: &[Measured]) -> anyhow::Result<Vec<String>> {
    let mut different = Vec::new();
    for peer in run::<Line>(python, script, args)? {
        let like = peer.like.as_ref().unwrap_or(&peer.op);
        let ours = measured.iter().find(|m| m.op == *like && m.threads == 1);
        let equal = ours.zip(peer.checksum.as_ref()).map(|(ours, theirs)| ours.checksum == *theirs);
        different.extend((equal == Some(false)).then(|| peer.op.clone()));
        say(&serde_json::json!({
            "op": peer.op, "peer": script, "peer_wall_s": peer.wall_s, "wall_s": ours.map(|o| o.wall_s),
            "ratio": ours.map(|o| peer.wall_s / o.wall_s), "cpu_ratio": ours.map(|o| peer.cpu_s / o.cpu_s),
            "equal": equal,
        }))?;
    }
    Ok(different)
}

/// Sets what several threads did beside what one did; the operations whose results differ.
///
/// # Errors
/// If nobody reads the lines.
pub fn threads(measured: &[Measured]) -> anyhow::Result<Vec<String>> {
    let mut different = Vec::new();
    for op in measured.iter().filter(|m| m.threads > 1) {
        let one = measured.iter().find(|m| m.op == op.op && m.threads == 1);
        let equal = one.map(|one| one.checksum == op.checksum);
        different.extend((equal == Some(false)).then(|| op.op.clone()));
        say(&serde_json::json!({
            "op": op.op, "peer": "one thread", "threads": op.threads, "wall_s": op.wall_s,
            "ratio": one.map(|one| one.wall_s / op.wall_s),
            // What is left of the threads when what sharing the machine costs them is taken off.
            "cpu_ratio": one.map(|one| one.cpu_s / op.cpu_s * op.threads as f64),
            "equal": equal,
        }))?;
    }
    Ok(different)
}

/// Prints a line.
///
/// # Errors
/// If nobody reads it.
pub fn say(line: &serde_json::Value) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
