//! Spans by hand, and what became of them.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use linchpin::facts::traces::{Calls, EdgeKey, Endpoint, Export, Ingested, Mode, Options, Summary, ingest};
use serde_json::{Value, json};
use std::io::{Cursor, Read};

/// A span in the making: `span("cart", 2, 1).server()`.
pub struct Span {
    pub service: &'static str,
    pub value: Value,
}

/// A span of trace 1 with this id and parent (0 for a root), one second long, starting at its id in milliseconds.
pub fn span(service: &'static str, id: u64, parent: u64) -> Span {
    let start = 1_720_000_000_000_000_000 + id * 1_000_000;
    let mut value = json!({
        "traceId": format!("{:032x}", 1), "spanId": format!("{id:016x}"), "name": format!("op{id}"), "kind": 1,
        "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 1_000_000_000 - id * 2_000_000).to_string(),
        "attributes": [], "status": {},
    });
    if parent > 0 {
        value["parentSpanId"] = format!("{parent:016x}").into();
    }
    Span { service, value }
}

impl Span {
    pub fn kind(self, kind: u8) -> Self {
        self.set("kind", kind)
    }
    pub fn server(self) -> Self {
        self.kind(2)
    }
    pub fn client(self) -> Self {
        self.kind(3)
    }
    pub fn producer(self) -> Self {
        self.kind(4)
    }
    pub fn consumer(self) -> Self {
        self.kind(5)
    }
    pub fn failed(self) -> Self {
        self.set("status", json!({"code": 2}))
    }
    pub fn named(self, name: &str) -> Self {
        self.set("name", name)
    }
    pub fn trace(self, id: &str) -> Self {
        self.set("traceId", id)
    }
    pub fn link(self, trace: u64, span: u64) -> Self {
        self.set("links", json!([{"traceId": format!("{trace:032x}"), "spanId": format!("{span:016x}")}]))
    }
    /// Start and end in milliseconds.
    pub fn time(self, start: u64, end: u64) -> Self {
        let ns = |ms: u64| (1_720_000_000_000_000_000 + ms * 1_000_000).to_string();
        self.set("startTimeUnixNano", ns(start)).set("endTimeUnixNano", ns(end))
    }
    pub fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.value[field] = value.into();
        self
    }
    pub fn with(mut self, key: &str, value: &str) -> Self {
        if let Some(attributes) = self.value["attributes"].as_array_mut() {
            attributes.push(json!({"key": key, "value": {"stringValue": value}}));
        }
        self
    }
}

/// One line of OTLP JSON for each span: they come in the worst batches possible.
pub fn lines(spans: &[Span]) -> String {
    let line = |span: &Span| {
        let attributes = match span.service {
            "" => json!([]),
            name => json!([{"key": "service.name", "value": {"stringValue": name}}]),
        };
        let scopes = json!([{"spans": [span.value]}]);
        json!({"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": scopes}]}).to_string() + "\n"
    };
    spans.iter().map(line).collect()
}

/// Ingests texts as files.
pub fn ingest_texts(texts: &[&str], threads: usize, options: Options) -> Ingested {
    ingest_files(&texts.iter().map(|text| text.as_bytes()).collect::<Vec<_>>(), threads, options)
}

/// Ingests the bytes of files.
pub fn ingest_files(files: &[&[u8]], threads: usize, options: Options) -> Ingested {
    let exports = files.iter().enumerate().map(|(i, bytes)| {
        let bytes = bytes.to_vec();
        let open = move || Ok(Box::new(Cursor::new(bytes)) as Box<dyn Read + Send>);
        Export { name: format!("file{i}").into(), open: Box::new(open) }
    });
    let exports: Vec<Export<'_>> = exports.collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| ingest(exports, options))
}

/// Ingests spans as one file.
pub fn ingest_spans(spans: &[Span]) -> Summary {
    ingest_texts(&[&lines(spans)], 2, Options::default()).summary
}

/// The edges in words: `a -> b (call) 3`.
pub fn edges(summary: &Summary) -> Vec<String> {
    let mut edges: Vec<String> = summary
        .edges
        .iter()
        .map(|(key, edge)| format!("{} -> {} ({}) {}", key.from.name, end(&key.to), word(key.mode), edge.total().calls))
        .collect();
    edges.sort();
    edges
}

fn end(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Service(key) => key.name.clone(),
        Endpoint::Node(node) => node.id(),
    }
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Call => "call",
        Mode::Publish => "publish",
        Mode::Consume => "consume",
    }
}

/// All calls of the only edge between these.
pub fn total(summary: &Summary, from: &str, to: &str) -> Calls {
    let is_it = |key: &EdgeKey| key.from.name == from && end(&key.to) == to;
    let mut found = summary.edges.iter().filter(|(key, _)| is_it(key));
    let total = found.next().unwrap_or_else(|| panic!("no edge {from} -> {to} in {:?}", edges(summary))).1.total();
    assert!(found.next().is_none(), "several edges {from} -> {to}");
    total
}

/// The summary as bytes.
pub fn bytes(summary: &Summary) -> String {
    let mut bytes = Vec::new();
    summary.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}
