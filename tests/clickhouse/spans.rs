//! Spans made up by chance, of everything that a span can say, as OTLP and as rows of the exporter's table.

use serde_json::{Map, Value, json};

/// Small pseudo-random numbers (xorshift64*), the same on every machine.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// A span before it is written down.
#[derive(Clone, Debug, Default)]
pub struct Made {
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub state: String,
    pub name: String,
    /// OTLP's number.
    pub kind: usize,
    pub start: u64,
    /// May be before the start.
    pub end: u64,
    /// OTLP's number.
    pub status: usize,
    pub resource: Vec<(&'static str, String)>,
    pub attributes: Vec<(&'static str, String)>,
    pub links: Vec<(String, String)>,
}

const KINDS: [&str; 6] = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];

const STATUSES: [&str; 3] = ["Unset", "Ok", "Error"];

/// What would be a number or a truth value in a program, as one.
fn scalar(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => number.into(),
        _ if matches!(text, "true" | "false") => (text == "true").into(),
        _ => text.into(),
    }
}

/// The same as OTLP writes it.
fn any_value(text: &str) -> Value {
    match scalar(text) {
        Value::Number(number) => json!({"intValue": number.to_string()}),
        Value::Bool(is_true) => json!({"boolValue": is_true}),
        _ => json!({"stringValue": text}),
    }
}

impl Made {
    /// As a line of OTLP JSON.
    pub fn otlp(&self) -> Value {
        let attributes = |pairs: &[(&str, String)]| -> Vec<Value> {
            pairs.iter().map(|(key, text)| json!({"key": key, "value": any_value(text)})).collect()
        };
        let links: Vec<Value> =
            self.links.iter().map(|(trace, span)| json!({"traceId": trace, "spanId": span})).collect();
        json!({"resourceSpans": [{
            "resource": {"attributes": attributes(&self.resource)},
            "scopeSpans": [{"spans": [{
                "traceId": self.trace, "spanId": self.id, "parentSpanId": self.parent, "traceState": self.state,
                "name": self.name, "kind": self.kind, "startTimeUnixNano": self.start.to_string(),
                "endTimeUnixNano": self.end.to_string(), "status": {"code": self.status},
                "attributes": attributes(&self.attributes), "links": links,
            }]}],
        }]})
    }

    /// As a row of `otel_traces`, for JSONEachRow.
    pub fn row(&self) -> Value {
        let object = |pairs: &[(&str, String)]| -> Map<String, Value> {
            pairs.iter().map(|(key, text)| ((*key).to_owned(), scalar(text))).collect()
        };
        let column = |of: fn(&(String, String)) -> &String| -> Vec<&String> { self.links.iter().map(of).collect() };
        let service = self.resource.iter().find(|(key, _)| *key == "service.name").map_or("", |(_, name)| name);
        json!({
            "Timestamp": format!("{:010}.{:09}", self.start / 1_000_000_000, self.start % 1_000_000_000),
            "TraceId": self.trace, "SpanId": self.id, "ParentSpanId": self.parent, "TraceState": self.state,
            "SpanName": self.name, "SpanKind": KINDS[self.kind], "ServiceName": service,
            "ResourceAttributes": object(&self.resource), "SpanAttributes": object(&self.attributes),
            "Duration": self.end.wrapping_sub(self.start), "StatusCode": STATUSES[self.status],
            "Links.TraceId": column(|link| &link.0), "Links.SpanId": column(|link| &link.1),
            "Links.TraceState": vec![""; self.links.len()],
            "Links.Attributes": vec![Map::new(); self.links.len()],
        })
    }
}
