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
use spans::Made;
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
