//! Traces to edges: who calls whom, and how that goes.
//!
//! ```text
//! exports ─► blocks ─► workers: decode, reduce to records ─► parts by trace ─► join, measure ─► summary
//! ```
//!
//! Spans of one trace come in any order, from any file. So each span is reduced to a record of fixed size, records are
//! split into parts by trace, and when all is read each part is joined on its own. Records that do not fit into memory
//! wait on disk. Reading is linear; joining costs a sort of each part. The result does not depend on the order of the
//! inputs nor on the number of threads.

mod access;
mod aggregate;
mod blocks;
pub mod clickhouse;
mod collect;
mod intern;
mod join;
mod links;
mod measure;
mod messages;
mod node;
mod problems;
mod record;
mod runs;
mod sampling;
mod service;
mod sketch;
mod spill;
mod summary;
mod summary_lines;
mod systems;
mod text;
mod tree;
mod worker;

pub use blocks::Export;
pub use links::LISTED;
pub use messages::Messages;
pub use node::{Mode, Node};
pub use service::{Identity, ServiceKey};
pub use sketch::Sketch;
pub use summary::{Callee, Calls, Edge, EdgeKey, Endpoint, Operation, Service, Spans, Summary};

use crate::source::{Inventory, Location, Problem, Tally};
use aggregate::Aggregate;
use blocks::Blocks;
use intern::{Interner, Symbol};
use measure::Measure;
use problems::Problems;
use rayon::prelude::*;
use record::{Link, PARTS, Record};
use spill::Spill;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use worker::Worker;

/// How to ingest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Spans that may wait in memory for the rest of their trace; beyond that they wait on disk.
    pub spans_in_memory: usize,
}

impl Default for Options {
    /// 72 MB of spans.
    fn default() -> Self {
        Self { spans_in_memory: 1_000_000 }
    }
}

/// What ingesting gave.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// What the traces say.
    pub summary: Summary,
    /// What became of files, documents and spans.
    pub inventory: Inventory,
}

/// Reads exports of any format into one summary, on the threads of the current rayon pool.
pub fn ingest(exports: Vec<Export<'_>>, options: Options) -> Ingested {
    let strings = Mutex::new(Interner::default());
    let blocks = Mutex::new(Blocks::new(exports));
    let threads = rayon::current_num_threads().max(1);
    let read: Vec<Worker<'_>> = (0..threads)
        .into_par_iter()
        .with_max_len(1)
        .map(|_| Worker::new(&strings, options.spans_in_memory / threads).run(&blocks))
        .collect();

    let mut all = Gathered::default();
    for worker in read {
        all.add(worker);
    }
    let texts = strings.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut ingested = all.join(&texts);

    let blocks = blocks.into_inner().unwrap_or_else(PoisonError::into_inner);
    ingested.inventory.files = blocks.files;
    ingested.inventory.problems.extend(blocks.problems.finish());
    ingested.inventory.close();
    ingested
}

/// What all workers have read.
#[derive(Default)]
struct Gathered {
    parts: Vec<Part>,
    spills: Vec<Mutex<Spill>>,
    identities: BTreeMap<Symbol, BTreeSet<Identity>>,
    total: Aggregate,
    summary: Summary,
    documents: Tally,
    problems: Problems,
}

/// Spans of one part, and links to them, by worker.
#[derive(Default)]
struct Part {
    records: Vec<Vec<Record>>,
    links: Vec<Vec<Link>>,
}

impl Gathered {
    fn add(&mut self, worker: Worker<'_>) {
        let Worker { collector, spill, summary, .. } = worker;
        self.parts.resize_with(PARTS, Part::default);
        for (part, (records, links)) in self.parts.iter_mut().zip(collector.records.into_iter().zip(collector.links)) {
            part.records.push(records);
            part.links.push(links);
        }
        self.spills.extend(spill.map(Mutex::new));
        for (service, found) in collector.identities {
            self.identities.entry(service).or_default().extend(found);
        }
        for (pair, calls) in collector.dependencies {
            self.total.dependency(pair, calls);
        }
        self.total.spans.merge(collector.spans);
        self.summary.merge(summary);
        self.documents.merge(collector.documents);
        self.problems.merge(collector.problems);
    }

    fn join(self, texts: &Interner) -> Ingested {
        let Self { parts, spills, identities, mut total, summary, documents, mut problems } = self;
        // Each thread adds up what it joins, and takes a part when it is done with one: then there are as few sums as
        // threads to add to each other.
        let threads = rayon::current_num_threads().max(1);
        let parts = Mutex::new(parts.into_iter().enumerate());
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let joiners: Vec<Joiner> = (0..threads)
            .into_par_iter()
            .with_max_len(1)
            .map(|_| {
                let mut joiner = Joiner::default();
                while let Some((number, part)) = next() {
                    joiner.join(number, part, &spills, texts);
                }
                joiner
            })
            .collect();
        for joiner in joiners {
            total.merge(joiner.total);
            problems.merge(joiner.problems);
        }
        let mut joined = total.summary(texts, identities);
        joined.merge(summary);
        joined.bound_messages();
        let summary = joined;
        let spans = tally(&summary.spans);
        let inventory = Inventory { documents, spans, problems: problems.finish(), ..Inventory::default() };
        Ingested { summary, inventory }
    }
}

/// Joins parts one after the other.
#[derive(Default)]
struct Joiner {
    total: Aggregate,
    measure: Measure,
    problems: Problems,
}

impl Joiner {
    fn join(&mut self, number: usize, part: Part, spills: &[Mutex<Spill>], texts: &Interner) {
        let mut records = part.records.into_iter().reduce(|mut all, mut more| {
            all.append(&mut more);
            all
        });
        let records = records.get_or_insert_default();
        let mut links = part.links.concat();
        for spill in spills {
            let mut spill = spill.lock().unwrap_or_else(PoisonError::into_inner);
            let held = records.len();
            if let Err(error) = spill.read(number, records) {
                let lost = (held + spill.count(number)).saturating_sub(records.len());
                summary::add(self.total.spans.dropped.entry("temporary-file".into()).or_default(), lost as u64);
                let at = Location::start("temporary file".into());
                self.problems.push(Problem::new(at, format!("cannot be read, {lost} spans are lost: {error}")));
            }
        }
        join::join(records, &mut links, texts, &mut self.measure, &mut self.total);
    }
}

fn tally(spans: &Spans) -> Tally {
    let mut tally = Tally { seen: spans.seen, used: spans.used, ..Tally::default() };
    for (reason, &n) in &spans.dropped {
        tally.ignored = tally.ignored.saturating_add(n);
        tally.reasons.insert(reason.clone(), n);
    }
    tally
}
