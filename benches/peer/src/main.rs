//! OTLP protobuf, file to edges, beside decoding it with prost:
//! `cargo run --release --manifest-path benches/peer/Cargo.toml -- [MB of JSON]` (default 100).

#[path = "../../cpu/mod.rs"]
mod cpu;
#[path = "../../otlp/generate.rs"]
mod generate;
mod messages;

use cpu::cpu_seconds;
use linchpin::facts::traces::{Export, Options, ingest};
use messages::TracesData;
use prost::Message;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

const ROUNDS: usize = 5;

fn main() {
    let megabytes: u64 = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(100);
    let folder = tempfile::tempdir().unwrap();
    let (json, proto) = (folder.path().join("spans.jsonl"), folder.path().join("spans.pb"));
    let made = generate::write(megabytes * 1_000_000, &json, &proto).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let (mut peer, mut own) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = cpu_seconds();
        assert_eq!(decode(&proto), made.spans);
        peer.push(cpu_seconds() - before);
        let before = cpu_seconds();
        assert_eq!(pool.install(|| edges(&proto)), made.spans);
        own.push(cpu_seconds() - before);
    }
    let (peer, own) = (median(peer), median(own));
    println!("{} spans, {} MB", made.spans, proto.metadata().unwrap().len() / 1_000_000);
    println!("prost, decode only                     {:.3} s CPU", peer);
    println!("linchpin, protobuf to edges, 1 thread  {:.3} s CPU", own);
    println!("P9   beside prost: {:.2}× (goal 2)", peer / own);
}

/// Decodes all messages and counts the spans.
fn decode(path: &Path) -> u64 {
    let mut input = BufReader::with_capacity(1 << 20, File::open(path).unwrap());
    let (mut length, mut message, mut spans) = ([0; 4], Vec::new(), 0);
    while input.read_exact(&mut length).is_ok() {
        message.resize(u32::from_be_bytes(length) as usize, 0);
        input.read_exact(&mut message).unwrap();
        let traces = TracesData::decode(message.as_slice()).unwrap();
        let scopes = traces.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        spans += scopes.map(|scope| std::hint::black_box(&scope.spans).len() as u64).sum::<u64>();
    }
    spans
}

fn edges(path: &Path) -> u64 {
    let path: PathBuf = path.into();
    let open = move || File::open(&path).map(|file| Box::new(file) as Box<dyn Read + Send>);
    let export = Export { name: "bench".into(), open: Box::new(open) };
    ingest(vec![export], Options::default()).summary.spans.seen
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
