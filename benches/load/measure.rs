//! Times and checksums, as `benches/engine.rs` prints them.

use crate::cpu::cpu_seconds;
use std::io::Write;
use std::time::Instant;

const RUNS: usize = 5;

/// A run takes about so long at least: the clock of processor time moves in steps of some milliseconds.
const BATCH_S: f64 = 0.1;

/// A number that differs with its parts; sums of it do not depend on the order. `benches/peer/graph.py` has the same.
pub fn mix(node: u32, value: u64) -> u64 {
    let n = u64::from(node) ^ value.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (n ^ (n >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(29)
}

/// What a line says.
pub struct Measured {
    pub op: String,
    pub threads: usize,
    pub cpu_s: f64,
    pub wall_s: f64,
    pub checksum: String,
}

/// Runs something several times and prints its line.
pub fn measure(op: &str, work: impl Fn() -> u64) -> anyhow::Result<Measured> {
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    let once = Instant::now();
    let mut result = work();
    let times = (BATCH_S / once.elapsed().as_secs_f64()).ceil().clamp(1.0, 1e3);
    for run in 0..RUNS {
        let (start, before) = (Instant::now(), cpu_seconds());
        (0..times as u32).for_each(|_| result = work());
        wall.push(start.elapsed().as_secs_f64() / times);
        cpu.push((cpu_seconds() - before) / times);
        if run == 0 && wall[0] > 1.0 {
            break;
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let (threads, checksum) = (rayon::current_num_threads(), format!("{result:016x}"));
    let (cpu_s, wall_s) = (median(&mut cpu), median(&mut wall));
    let line = serde_json::json!({
        "op": op, "threads": threads, "cpu_s": cpu_s, "wall_s": wall_s, "checksum": checksum,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(Measured { op: op.to_owned(), threads, cpu_s, wall_s, checksum })
}
