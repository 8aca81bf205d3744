//! A bench for each goal of speed, on systems small enough to be measured after every change: `cargo bench --bench rows`.
//!
//! What is new here is only a comparison with the run before. The ratios to peers that the goals are about, on the sizes that
//! they name, are printed by the other benches: `engine`, `load`, `otlp` and `gate`.

#[path = "load/calls.rs"]
mod calls;
#[expect(dead_code, reason = "some of it is beside peers only")]
#[path = "engine/failures.rs"]
mod failures;
#[expect(dead_code, clippy::unwrap_used, reason = "it stops where it cannot write")]
#[path = "otlp/generate.rs"]
mod generate;
#[path = "engine/graph.rs"]
mod graph;
#[expect(dead_code, reason = "some of it is beside peers only")]
#[path = "beside/system.rs"]
mod system;

use calls::Calls;
use criterion::Criterion;
use failures::Faults;
use linchpin::analysis::{Baseline, Options, analyse, redundancy_illusions};
use linchpin::facts::traces::{self, Export, ingest};
use linchpin::graph::algo::Plan;
use linchpin::graph::change::{Change, apply};
use linchpin::run::{Inputs, Source, load};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Components of the system, and megabytes of traces.
const SIZE: u32 = 2_000;
const MEGABYTES: u64 = 4;

fn main() -> anyhow::Result<()> {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    failures_at_once(&mut criterion)?;
    load_of_calls(&mut criterion)?;
    inputs(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

fn failures_at_once(criterion: &mut Criterion) -> anyhow::Result<()> {
    let nodes = system::layers(SIZE);
    let Faults { redundant, hard, entries } = Faults::of(&nodes);
    let (redundant, hard) = (Plan::new(&redundant), Plan::new(&hard));
    let (one, all) = (threads(1)?, threads(0)?);
    criterion.bench_function("P1 hard radii", |b| b.iter(|| one.install(|| failures::radii(&hard, &entries))));
    criterion.bench_function("P2 k-of-n radii", |b| b.iter(|| one.install(|| failures::radii(&redundant, &entries))));
    criterion.bench_function("P11 k-of-n radii, all threads", |b| {
        b.iter(|| all.install(|| failures::radii(&redundant, &entries)));
    });
    criterion.bench_function("P3 pairs", |b| b.iter(|| one.install(|| failures::pair_counts(&redundant, &entries))));
    let graph = graph::graph(&nodes);
    let baseline = Baseline::new(&graph);
    criterion.bench_function("P4 illusions", |b| b.iter(|| one.install(|| redundancy_illusions(&baseline))));
    if let Some(d) = graph.dependencies.get(graph.dependencies.len() / 2) {
        let changed = apply(&graph, &Change::Soft(d.from, d.to))?;
        criterion.bench_function("P7 radii after a change", |b| {
            b.iter(|| one.install(|| baseline.update(&changed).singles().len()));
        });
    }
    criterion.bench_function("P10 1,000 components", |b| {
        let graph = graph::graph(&system::layers(1_000));
        b.iter(|| one.install(|| analyse(&graph, &Options::default())));
    });
    Ok(())
}

fn load_of_calls(criterion: &mut Criterion) -> anyhow::Result<()> {
    let calls = Calls::of(&system::layers(SIZE));
    let (one, all) = (threads(1)?, threads(0)?);
    criterion.bench_function("P5 retry sum", |b| b.iter(|| one.install(|| calls::one_pass(&calls, false))));
    criterion.bench_function("P5 retry max", |b| b.iter(|| one.install(|| calls::one_pass(&calls, true))));
    criterion.bench_function("P5 spectral radius", |b| b.iter(|| one.install(|| calls::largest_radius(&calls))));
    criterion.bench_function("P5 waits", |b| b.iter(|| one.install(|| calls::waits(&calls))));
    criterion.bench_function("P5 worst entry", |b| b.iter(|| one.install(|| calls::worst_entry(&calls))));
    criterion.bench_function("P6 worst paths", |b| b.iter(|| one.install(|| calls::path_matrix(&calls, 1))));
    criterion.bench_function("P11 worst paths, all threads", |b| {
        b.iter(|| all.install(|| calls::path_matrix(&calls, 1)));
    });
    let largest = calls::largest_loop(&calls)?;
    criterion.bench_function("P12 verdict on a loop", |b| b.iter(|| one.install(|| calls::cycle_verdict(&largest))));
    Ok(())
}

fn inputs(criterion: &mut Criterion) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (json, proto) = (folder.path().join("spans.jsonl"), folder.path().join("spans.pb"));
    generate::write(MEGABYTES * 1_000_000, &json, &proto)?;
    let (one, all) = (threads(1)?, threads(0)?);
    criterion.bench_function("P8 OTLP JSON to edges", |b| b.iter(|| one.install(|| spans(&json))));
    criterion.bench_function("P9 OTLP protobuf to edges", |b| b.iter(|| one.install(|| spans(&proto))));
    criterion.bench_function("P11 OTLP JSON, all threads", |b| b.iter(|| all.install(|| spans(&json))));
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shop");
    let shop = Inputs { manifests: vec![Source::Path(shop)], ..Inputs::default() };
    criterion.bench_function("P10 a repository", |b| b.iter(|| load(&shop).map(|l| l.graph.components.len())));
    Ok(())
}

/// So many threads; 0 for one a core.
fn threads(count: usize) -> anyhow::Result<rayon::ThreadPool> {
    Ok(rayon::ThreadPoolBuilder::new().num_threads(count).build()?)
}

fn spans(path: &Path) -> u64 {
    let path = path.to_owned();
    let open = move || File::open(&path).map(|file| Box::new(file) as Box<dyn Read + Send>);
    ingest(vec![Export { name: "bench".into(), open: Box::new(open) }], traces::Options::default()).summary.spans.seen
}
