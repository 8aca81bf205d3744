//! OTLP, file to edges, beside parsing it with serde_json: `cargo bench --bench otlp -- [MB]` (default 100).
//!
//! Writes a file in the shape of the collector's file exporter, reads it by each reader five times in turn, and prints
//! medians and ratios of one run: seconds of CPU time, and of the clock where threads are compared. The protobuf peer is in
//! `benches/peer`, because it has a hundred dependencies, and so is ClickHouse's engine: `benches/peer/chdb_edges.py`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

#[path = "cpu/mod.rs"]
mod cpu;
#[path = "otlp/generate.rs"]
mod generate;
#[path = "otlp/peer_json.rs"]
mod peer_json;

use cpu::cpu_seconds;
use linchpin::facts::traces::{Export, Options, Summary, ingest};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

const ROUNDS: usize = 5;

fn main() {
    // `cargo bench` and `cargo test` add flags of their own.
    let megabytes = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(100);
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (json, proto) = (folder.path().join("spans.jsonl"), folder.path().join("spans.pb"));
    let made = generate::write(megabytes * 1_000_000, &json, &proto).unwrap();
    println!("{} spans, {} MB of JSON lines, {} MB of protobuf", made.spans, size(&json), size(&proto));

    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let (one, two) = (pool(1), pool(2));
    let mut cpu = vec![Vec::new(); 5];
    let mut clock = vec![Vec::new(); 5];
    let mut summaries: Vec<Summary> = Vec::new();
    for _ in 0..ROUNDS {
        let mut take = |row: usize, work: &mut dyn FnMut()| {
            let (start, before) = (Instant::now(), cpu_seconds());
            work();
            cpu[row].push(cpu_seconds() - before);
            clock[row].push(start.elapsed().as_secs_f64());
        };
        take(0, &mut || assert_eq!(peer_json::parse(&json), made.spans));
        take(1, &mut || summaries.push(one.install(|| read(&json))));
        take(2, &mut || summaries.push(two.install(|| read(&json))));
        take(3, &mut || summaries.push(one.install(|| read(&proto))));
        take(4, &mut || summaries.push(two.install(|| read(&proto))));
    }
    assert!(summaries.iter().all(|s| *s == summaries[0]), "readers disagree");
    assert_eq!(summaries[0].spans.seen, made.spans);

    let medians = |times: Vec<Vec<f64>>| -> Vec<f64> { times.into_iter().map(median).collect() };
    let (cpu, clock) = (medians(cpu), medians(clock));
    let row = |name: &str, i: usize, file: &Path| {
        println!("{name:<44}{:>8.3} s CPU{:>8.3} s{:>8.0} MB/s", cpu[i], clock[i], size(file) / clock[i]);
    };
    row("serde_json, borrowed, parse only, 1 thread", 0, &json);
    row("linchpin, JSON to edges, 1 thread", 1, &json);
    row("linchpin, JSON to edges, 2 threads", 2, &json);
    row("linchpin, protobuf to edges, 1 thread", 3, &proto);
    row("linchpin, protobuf to edges, 2 threads", 4, &proto);
    println!("P8   beside serde_json: {:.2}× (goal 1.3)", cpu[0] / cpu[1]);
    let gains = (clock[1] / clock[2], clock[3] / clock[4]);
    println!("P11  two threads beside one: JSON {:.2}×, protobuf {:.2}× (goal 1.8)", gains.0, gains.1);
}

fn read(path: &Path) -> Summary {
    let path: PathBuf = path.into();
    let open = move || File::open(&path).map(|file| Box::new(file) as Box<dyn Read + Send>);
    ingest(vec![Export { name: "bench".into(), open: Box::new(open) }], Options::default()).summary
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn size(path: &Path) -> f64 {
    (path.metadata().unwrap().len() as f64 / 1e6).round()
}
