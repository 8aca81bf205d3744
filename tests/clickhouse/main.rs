//! The query for ClickHouse, on the real engine, against reading the same spans.
//!
//! Without the engine (`pip install chdb`) nothing is compared, and the tests say so; with `LINCHPIN_NO_SKIP=1` they fail.

#![expect(clippy::unwrap_used, reason = "a test that cannot run must fail")]
#![expect(clippy::print_stderr, reason = "a test that is skipped has to say so")]

mod engine;
mod spans;
mod system;
mod words;

use linchpin::facts::traces::{Export, Options, Summary, ingest};
use spans::{Chance, Made};
use std::collections::HashMap;
use std::io::Cursor;
use std::process::Command;
use std::sync::Arc;
use system::traces;

/// The exporter's table; attributes are of the type that each schema gives them.
const TABLE: &str = "CREATE TABLE otel_traces (
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes {attributes} CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes {attributes} CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes {attributes}) CODEC(ZSTD(1)),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes {attributes}) CODEC(ZSTD(1))
) ENGINE = MergeTree PARTITION BY toDate(Timestamp)
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)";

fn read(text: String) -> Summary {
    let export =
        Export { name: Arc::from("test"), open: Box::new(|| Ok(Box::new(Cursor::new(text.into_bytes())) as Box<_>)) };
    let ingested = ingest(vec![export], Options::default());
    assert_eq!(ingested.inventory.problems, []);
    ingested.summary
}

fn lines(values: impl Iterator<Item = serde_json::Value>) -> String {
    values.map(|value| value.to_string() + "\n").collect()
}

/// The spans summarised by reading them.
fn ingested(spans: &[Made]) -> Summary {
    read(lines(spans.iter().map(Made::otlp)))
}

/// What the command prints.
fn query(options: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_linchpin")).args(["sql", "clickhouse"]).args(options).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The spans summarised inside the engine, by the query that the command prints with these options.
fn queried(python: &str, spans: &[Made], options: &[&str]) -> Summary {
    let attributes = if options.contains(&"json") { "JSON" } else { "Map(LowCardinality(String), String)" };
    let table = TABLE.replace("{attributes}", attributes);
    let rows = format!("INSERT INTO otel_traces FORMAT JSONEachRow {}", lines(spans.iter().map(Made::row)));
    let query = query(options);
    let mut statements = vec!["SET session_timezone = 'UTC'", &table, &rows, &query];
    statements.retain(|statement| !spans.is_empty() || *statement != rows);
    read(engine::run(python, &statements))
}

fn text(summary: &Summary) -> Vec<String> {
    let mut bytes = Vec::new();
    summary.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

/// Fails with the lines that only one of them has.
fn assert_same(found: &Summary, expected: &Summary) {
    let (found, expected) = (text(found), text(expected));
    let only = |these: &[String], those: &[String]| -> String {
        these.iter().filter(|line| !those.contains(line)).take(20).map(|line| format!("{line}\n")).collect()
    };
    let (more, less) = (only(&found, &expected), only(&expected, &found));
    assert!(found == expected, "only the query:\n{more}\nonly ingest:\n{less}");
}

/// Whatever spans say, and however broken their traces are, the query finds what reading them finds.
#[test]
fn the_query_says_what_ingest_says() {
    let Some(python) = engine::find() else { return };
    for (schema, seed) in [("map", 1), ("json", 2)] {
        let spans = traces(400, seed);
        assert_same(&queried(&python, &spans, &["--schema", schema]), &ingested(&spans));
    }
}

/// Spans split by trace id into any number of shards, summarised apart and merged in any order and grouping, by way of files
/// or not, are what all of them are together, to the byte: links that lead from shard to shard included.
#[test]
fn shards_by_trace_id_add_up() {
    let mut across = 0;
    for seed in 10..30 {
        let chance = &mut Chance::new(seed);
        let spans = traces(30, seed);
        let whole = text(&ingested(&spans));
        let mut shards: Vec<Vec<Made>> = vec![Vec::new(); 2 + chance.below(3)];
        // Some exporters cut the high half of a trace id off: the low half decides.
        let mut shard_of: HashMap<String, usize> = HashMap::new();
        for span in spans {
            let low = span.trace[span.trace.len().saturating_sub(16)..].to_owned();
            let shard = *shard_of.entry(low).or_insert_with(|| chance.below(shards.len()));
            shards[shard].push(span);
        }
        let mut summaries: Vec<Summary> = shards.iter().map(|shard| ingested(shard)).collect();
        let unlinked = |summary: &Summary| summary.spans.odd.get("unlinked").copied().unwrap_or(0);
        across += summaries.iter().map(unlinked).sum::<u64>();
        let one_file: String = summaries.iter().flat_map(text).map(|line| line + "\n").collect();
        assert!(text(&read(one_file)) == whole, "seed {seed}: one file behind the other");
        while summaries.len() > 1 {
            let mut one = summaries.swap_remove(chance.below(summaries.len()));
            let place = chance.below(summaries.len());
            let other = summaries.swap_remove(place);
            one.merge(other);
            summaries.push(if chance.once_in(2) {
                read(text(&one).iter().map(|line| format!("{line}\n")).collect())
            } else {
                one
            });
        }
        let merged = text(&summaries[0]);
        let only = |these: &[String], those: &[String]| -> String {
            these.iter().filter(|line| !those.contains(line)).take(20).map(|line| format!("{line}\n")).collect()
        };
        assert!(merged == whole, "seed {seed}, merged:\n{}\nwhole:\n{}", only(&merged, &whole), only(&whole, &merged));
        across -= unlinked(&summaries[0]);
    }
    assert!(across > 100, "only {across} links led to other shards");
}

/// Periods that follow each other add up to the whole, because a trace belongs to the one that it starts in.
#[test]
fn periods_add_up() {
    let Some(python) = engine::find() else { return };
    let spans: Vec<Made> = traces(40, 3).into_iter().filter(|span| span.start > 0).collect();
    // Within a trace: they start with each minute.
    let middle = "2025-11-21T00:20:00.000300Z";
    let (mut whole, rest) =
        (queried(&python, &spans, &["--until", middle]), queried(&python, &spans, &["--since", middle]));
    assert!(whole.spans.seen > 0 && rest.spans.seen > 0);
    whole.merge(rest);
    assert_same(&whole, &ingested(&spans));
}

/// A table without spans gives a summary without edges, not a file that nobody can read.
#[test]
fn nothing_is_a_summary_too() {
    let Some(python) = engine::find() else { return };
    assert_eq!(queried(&python, &[], &[]), Summary::default());
}
