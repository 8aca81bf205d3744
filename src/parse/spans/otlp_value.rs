//! OTLP JSON once more, by serde_json: for documents that the scanner gives up on, and as the oracle it is tested by.

use super::draft::{Attributes, Draft, Id};
use super::otlp_json::{Signals, is_scalar, kind, nanoseconds, status};
use super::{Attribute, Sink, SpanKind, Status};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A tree of values takes several times the room of its text.
const LARGEST: usize = 64 << 20;

/// Why a document is no JSON, and where.
pub(super) struct Broken {
    /// Line within the document, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    pub reason: String,
}

/// Reads one document: an object, or an array of them; elements of `resourceSpans` may stand by themselves.
pub(super) fn decode(document: &str, sink: &mut impl Sink) -> Result<Signals, Broken> {
    if document.len() > LARGEST {
        return Err(Broken { line: 1, column: 1, reason: "broken JSON".into() });
    }
    let value: Value = serde_json::from_str(document).map_err(|error| Broken {
        line: u32::try_from(error.line()).unwrap_or(u32::MAX),
        column: u32::try_from(error.column()).unwrap_or(u32::MAX).max(1),
        reason: "broken JSON".into(),
    })?;
    let mut signals = Signals::default();
    let single = std::slice::from_ref(&value);
    for document in value.as_array().map_or(single, Vec::as_slice) {
        let Some(object) = document.as_object() else {
            signals.unknown = true;
            continue;
        };
        if object.contains_key("scopeSpans") || object.contains_key("scope_spans") {
            signals.traces = true;
            resource_spans(object, sink);
            continue;
        }
        for (key, value) in object {
            match value.as_object() {
                Some(wrapped) if key == "trace" => wrapped.iter().for_each(|(k, v)| top(k, v, &mut signals, sink)),
                _ => top(key, value, &mut signals, sink),
            }
        }
    }
    Ok(signals)
}

fn top(key: &str, value: &Value, signals: &mut Signals, sink: &mut impl Sink) {
    signals.note(key.as_bytes());
    if matches!(key, "resourceSpans" | "resource_spans" | "batches") {
        for element in objects(Some(value)) {
            resource_spans(element, sink);
        }
    }
}

fn resource_spans(element: &Map<String, Value>, sink: &mut impl Sink) {
    let scopes = ["scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans"];
    let scopes: Vec<&Value> = scopes.iter().filter_map(|key| element.get(*key)).collect();
    let given = element.get("resource");
    if given.is_none() && scopes.is_empty() {
        return;
    }
    let mut attributes = Attributes::default();
    collect(given.and_then(|resource| resource.get("attributes")), &mut attributes);
    let resource = attributes.with(|attributes| sink.resource(attributes));
    for scope in scopes.into_iter().flat_map(|scopes| objects(Some(scopes))) {
        for span in scope.get("spans").and_then(Value::as_array).into_iter().flatten() {
            draft(span).emit(resource, sink);
        }
    }
}

fn draft(span: &Value) -> Draft<'_> {
    let mut draft = Draft {
        trace: id(either(span, "traceId", "trace_id")),
        id: id(either(span, "spanId", "span_id")),
        parent: id(either(span, "parentSpanId", "parent_span_id")),
        kind: scalar(span.get("kind")).map_or(SpanKind::Unspecified, |text| kind(&text)),
        name: scalar(span.get("name")).unwrap_or_default(),
        start: scalar(either(span, "startTimeUnixNano", "start_time_unix_nano")).and_then(|text| nanoseconds(&text)),
        end: scalar(either(span, "endTimeUnixNano", "end_time_unix_nano")).and_then(|text| nanoseconds(&text)),
        status: scalar(span.get("status").and_then(|s| s.get("code"))).map_or(Status::Unset, |text| status(&text)),
        trace_state: scalar(either(span, "traceState", "trace_state")).unwrap_or_default(),
        ..Draft::default()
    };
    collect(span.get("attributes"), &mut draft.attributes);
    for link in objects(span.get("links")) {
        let field = |key, old| link.get(key).or_else(|| link.get(old));
        draft.link(id(field("traceId", "trace_id")), id(field("spanId", "span_id")));
    }
    draft
}

fn collect<'a>(attributes: Option<&'a Value>, into: &mut Attributes<'a>) {
    for pair in objects(attributes) {
        let Some(attribute) = pair.get("key").and_then(Value::as_str).and_then(|k| Attribute::from_bytes(k.as_bytes()))
        else {
            continue;
        };
        for (key, value) in pair.get("value").and_then(Value::as_object).into_iter().flatten() {
            if let Some(text) = scalar(Some(value)).filter(|_| is_scalar(key.as_bytes())) {
                into.push(attribute, text);
            }
        }
    }
}

fn objects(array: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    array.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn either<'a>(value: &'a Value, key: &str, other: &str) -> Option<&'a Value> {
    value.get(key).or_else(|| value.get(other))
}

fn id<const N: usize>(value: Option<&Value>) -> Id<N> {
    scalar(value).map_or(Id::Missing, |text| Id::from_text(text.as_bytes()))
}

fn scalar(value: Option<&Value>) -> Option<Cow<'_, str>> {
    match value? {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
