//! What a careful program does with serde_json: text checked once, strings borrowed, only wanted attributes kept.

use linchpin::parse::spans::Attribute;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Traces<'a> {
    #[serde(borrow)]
    resource_spans: Vec<ResourceSpans<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'a> {
    #[serde(borrow)]
    resource: Resource<'a>,
    scope_spans: Vec<ScopeSpans<'a>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow)]
    attributes: Wanted<'a>,
}

#[derive(Deserialize)]
struct ScopeSpans<'a> {
    #[serde(borrow)]
    spans: Vec<Span<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    #[serde(borrow)]
    trace_id: Cow<'a, str>,
    #[serde(borrow)]
    span_id: Cow<'a, str>,
    #[serde(borrow)]
    parent_span_id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    kind: u8,
    #[serde(borrow)]
    start_time_unix_nano: Cow<'a, str>,
    #[serde(borrow)]
    end_time_unix_nano: Cow<'a, str>,
    #[serde(borrow)]
    attributes: Wanted<'a>,
    status: Status,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    code: u8,
}

#[derive(Deserialize)]
struct KeyValue<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    value: Value<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Value<'a> {
    #[serde(borrow)]
    string_value: Option<Cow<'a, str>>,
    #[serde(borrow)]
    int_value: Option<Cow<'a, str>>,
}

struct Wanted<'a>(Vec<(Attribute, Cow<'a, str>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Wanted<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Filter;
        impl<'de> Visitor<'de> for Filter {
            type Value = Wanted<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("attributes")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Wanted<'de>, A::Error> {
                let mut wanted = Vec::new();
                while let Some(KeyValue { key, value }) = seq.next_element()? {
                    if let Some(attribute) = Attribute::from_bytes(key.as_bytes())
                        && let Some(text) = value.string_value.or(value.int_value)
                    {
                        wanted.push((attribute, text));
                    }
                }
                Ok(Wanted(wanted))
            }
        }
        deserializer.deserialize_seq(Filter)
    }
}

/// Parses all lines and counts the spans.
pub fn parse(path: &Path) -> u64 {
    let mut lines = BufReader::with_capacity(1 << 20, File::open(path).unwrap());
    let mut line = Vec::new();
    let mut spans = 0;
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).unwrap() == 0 {
            return spans;
        }
        let traces: Traces<'_> = serde_json::from_str(std::str::from_utf8(&line).unwrap()).unwrap();
        for resource in &traces.resource_spans {
            std::hint::black_box(&resource.resource.attributes.0);
            for span in resource.scope_spans.iter().flat_map(|scope| &scope.spans) {
                let ids = (&span.trace_id, &span.span_id, &span.parent_span_id, &span.name, span.kind);
                let rest = (&span.start_time_unix_nano, &span.end_time_unix_nano, &span.attributes.0, span.status.code);
                std::hint::black_box((ids, rest));
                spans += 1;
            }
        }
    }
}
