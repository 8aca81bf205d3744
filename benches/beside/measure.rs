//! Times and checksums, a line an operation.

use crate::cpu::cpu_seconds;
use std::io::Write;
use std::time::Instant;

const RUNS: usize = 5;

/// A run takes about so long at least: the clock of processor time moves in steps of some milliseconds.
const BATCH_S: f64 = 0.1;

/// What a line says.
pub struct Measured {
    pub op: String,
    pub threads: usize,
    pub cpu_s: f64,
    pub wall_s: f64,
    pub checksum: String,
}

/// Runs something several times and prints its line: the medians of `RUNS`, or one run where it takes longer than a second.
pub fn measure(op: &str, work: impl Fn() -> u64) -> anyhow::Result<Measured> {
    let mut result = 0;
    let mut run = |times: f64| {
        let (start, before) = (Instant::now(), cpu_seconds());
        (0..times as u32).for_each(|_| result = work());
        (start.elapsed().as_secs_f64() / times, (cpu_seconds() - before) / times)
    };
    let (once, cpu) = run(1.0);
    let times = (BATCH_S / once).ceil().clamp(1.0, 1e3);
    let (wall, cpu): (Vec<f64>, Vec<f64>) =
        if once > 1.0 { (vec![once], vec![cpu]) } else { (0..RUNS).map(|_| run(times)).unzip() };
    say(op, median(&wall), median(&cpu), result)
}

/// The one in the middle.
pub fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Prints the line of what was measured.
pub fn say(op: &str, wall_s: f64, cpu_s: f64, checksum: u64) -> anyhow::Result<Measured> {
    let (threads, checksum) = (rayon::current_num_threads(), format!("{checksum:016x}"));
    let line = serde_json::json!({
        "op": op, "threads": threads, "cpu_s": cpu_s, "wall_s": wall_s, "checksum": checksum,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(Measured { op: op.to_owned(), threads, cpu_s, wall_s, checksum })
}
