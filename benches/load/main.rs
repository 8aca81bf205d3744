//! Retries, waits and worst paths on a graph from a file: `cargo bench --bench load -- GRAPH.jsonl [EVERY]
//! [--peers PYTHON]`. With `--peers` the scripts of `benches/peer` do the same in the same run, and a result that differs
//! is an error.
//!
//! A line a node: `{"id": int, "entry": bool, "needs": [{"k": int, "of": [int, ...]}, ...]}`; every member of a need is a
//! call. Prints a line an operation, `{"op", "threads", "cpu_s", "wall_s", "checksum"}`, and the scripts in `benches/peer`
//! print the same lines: equal checksums are equal results. The matrix of paths is that of every `EVERY`-th entry.
//!
//! Times are medians of `RUNS`, or of one run where one takes longer than a second; what is over at once is done several
//! times a run, for the sake of the clock. Both sides start from a built graph:
//! each node's callees, as a `Csr` here, a `DiGraph` or a `Graph` there; reading and building are in no time. What every
//! operation works out from it is: the loops, the order of work, the factors of the calls. The verdict on cycles alone
//! starts from the program's own graph. Beside the ratio of times by the clock stands that of processor time, which
//! differs less on a machine that others use as well.
//!
//! Factors and limits follow from the ends of a call, and are whole or powers of two, so that results are exact.

mod calls;
#[path = "../cpu/mod.rs"]
mod cpu;
#[path = "../beside/measure.rs"]
mod measure;
#[path = "../beside/peers.rs"]
mod peers;
#[expect(dead_code, reason = "calls are the same whether one of several is enough or not")]
#[path = "../beside/system.rs"]
mod system;

use calls::{Calls, cycle_verdict, largest_loop, largest_radius, one_pass, path_matrix, waits, worst_entry};
use measure::{Measured, measure};

fn main() -> anyhow::Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let python = args.iter().position(|a| a == "--peers").map(|at| args.drain(at..args.len().min(at + 2)).nth(1));
    let mut args = args.into_iter().filter(|a| !a.starts_with("--"));
    let path = args.next();
    let every: usize = args.next().map_or(Ok(1), |n| n.parse())?;
    let calls = Calls::of(&system::read(path.as_deref())?);
    let largest = largest_loop(&calls)?;
    let mut measured: Vec<Measured> = Vec::new();
    for threads in [1, rayon::current_num_threads()] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let done = pool.install(|| -> anyhow::Result<Vec<Measured>> {
            let mut done = Vec::new();
            if threads == 1 {
                done.push(measure("retry_sum", || one_pass(&calls, false))?);
                done.push(measure("retry_max", || one_pass(&calls, true))?);
                done.push(measure("worst_entry", || worst_entry(&calls))?);
                done.push(measure("waits", || waits(&calls))?);
                done.push(measure("spectral_radius", || largest_radius(&calls))?);
                done.push(measure("cycle_verdict", || cycle_verdict(&largest))?);
            }
            done.push(measure(&format!("path_matrix_every_{every}"), || path_matrix(&calls, every))?);
            Ok(done)
        })?;
        measured.extend(done);
    }
    let (Some(python), Some(path)) = (python, &path) else { return Ok(()) };
    let python = python.as_deref().unwrap_or("python3");
    let mut different = peers::beside(python, "networkx_load.py", &[path], &measured)?;
    different.extend(peers::beside(python, "igraph_paths.py", &[path, &every.to_string()], &measured)?);
    different.extend(peers::threads(&measured)?);
    anyhow::ensure!(different.is_empty(), "results differ: {}", different.join(", "));
    Ok(())
}
