use super::super::decoder::Context;
use super::super::json::Value;
use super::super::tags::{Tags, borrowed};
use super::super::{INVALID_ID, Sink, Span, id, time};
use super::{Processes, add_tags, resource};

type TraceId = [u8; 16];
type SpanId = [u8; 8];

/// Decodes one span and gives it to the sink, or drops it with its reason.
pub(super) fn decode<S: Sink>(record: &[u8], line: u32, processes: &Processes, context: &mut Context<'_, S>) {
    let text = String::from_utf8_lossy(record);
    let value = match Value::parse(&text) {
        Ok(value) => value,
        Err(error) => return context.unreadable(line, &format!("a span that cannot be read: {error}")),
    };
    let (Some(trace), Some(span)) = (trace_id(&value), span_id(&value)) else {
        return context.dropped(line, INVALID_ID, "a span without a valid trace id and span id");
    };
    let Some(references) = References::of(&value, trace) else {
        return context.dropped(line, INVALID_ID, "a span whose parent has no valid id");
    };
    let resource = match (value.get("process"), value.text("processID")) {
        (Some(process), _) => resource(process, context),
        (None, Some(process)) => match processes.by_id.get(process) {
            Some(&index) => index,
            None => {
                context.faults.note(line, format!("a span of process {process:?}, which its trace does not have"));
                context.resources.index(&[], context.sink)
            }
        },
        (None, None) => processes.only.unwrap_or_else(|| context.resources.index(&[], context.sink)),
    };
    // Elasticsearch may have only milliseconds; protobuf's JSON has times and durations as text.
    let start_ns = match value.get("startTime") {
        None => value.get("startTimeMillis").and_then(|ms| ms.natural()?.checked_mul(1_000_000)),
        start => context.nanos(line, "startTime", start, |v| v.micros().or_else(|| time::rfc3339(v.as_text()?))),
    };
    let duration = value.get("duration");
    let duration_ns =
        context.nanos(line, "duration", duration, |v| v.micros().or_else(|| time::duration(v.as_text()?)));
    let mut tags = Tags::default();
    add_tags(&value, &mut tags);
    context.sink.span(
        resource,
        &Span {
            trace,
            id: span,
            parent: references.parent,
            kind: tags.kind,
            shared: false,
            follows_from: references.follows_from,
            name: value.text("operationName").unwrap_or_default(),
            start_ns,
            duration_ns,
            status: tags.status,
            trace_state: &tags.trace_state,
            attributes: &borrowed(&tags.attributes),
            links: &references.links,
        },
    );
}

/// Where a span stands among others.
struct References {
    parent: Option<SpanId>,
    follows_from: bool,
    links: Vec<(TraceId, SpanId)>,
}

impl References {
    /// The parent is the first `CHILD_OF` of the same trace, otherwise the first `FOLLOWS_FROM` of it; all others are
    /// links. `None` if the parent would have no valid id: taking the span for a root would invent an entry.
    fn of(span: &Value<'_>, trace: TraceId) -> Option<Self> {
        let mut found = Vec::new();
        for reference in span.get("references").map_or(&[][..], Value::elements) {
            let own = ["traceID", "traceId", "traceIdLow"].iter().all(|key| reference.get(key).is_none());
            let to = if own { Some(trace) } else { trace_id(reference) };
            let id = span_id(reference);
            let follows = match reference.get("refType") {
                Some(Value::Text(name)) => name == "FOLLOWS_FROM",
                Some(Value::Natural(number)) => *number == 1,
                _ => false,
            };
            let (Some(to), Some(id)) = (to, id) else { return None };
            found.push((to, id, follows));
        }
        // Thrift and old documents have the parent in a field of its own, with or without a reference beside it.
        match span.any(&["parentSpanID", "parentSpanId"]).map(any_span_id) {
            Some(Id::Valid(id)) if !found.iter().any(|(to, other, _)| same_trace(*to, trace) && *other == id) => {
                found.insert(0, (trace, id, false));
            }
            Some(Id::Broken) => return None,
            _ => {}
        }
        let same = |follows: bool| found.iter().position(|(to, _, f)| same_trace(*to, trace) && *f == follows);
        let parent = same(false).or_else(|| same(true)).map(|index| found.remove(index));
        Some(Self {
            parent: parent.map(|(_, id, _)| id),
            follows_from: parent.is_some_and(|(_, _, follows)| follows),
            links: found.into_iter().map(|(to, id, _)| (to, id)).collect(),
        })
    }
}

/// Whether two ids are of one trace, of which some tracers write only the low half.
fn same_trace(a: TraceId, b: TraceId) -> bool {
    let (high_a, low_a) = a.split_at(8);
    let (high_b, low_b) = b.split_at(8);
    low_a == low_b && (high_a == high_b || high_a == [0; 8] || high_b == [0; 8])
}

/// The trace id of a span or reference: hexadecimal without leading zeros, base64, or Thrift's two integers.
fn trace_id(owner: &Value<'_>) -> Option<TraceId> {
    let id = match owner.any(&["traceID", "traceId"]) {
        Some(Value::Text(text)) => id::short_hex(text.as_bytes()).or_else(|| id::parse(text.as_bytes()))?,
        Some(value) => halves(0, integer(value)?),
        None => {
            let high = owner.get("traceIdHigh").map_or(Some(0), integer)?;
            halves(high, integer(owner.get("traceIdLow")?)?)
        }
    };
    id::valid(&id).then_some(id)
}

fn halves(high: u64, low: u64) -> TraceId {
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

fn span_id(owner: &Value<'_>) -> Option<SpanId> {
    match owner.any(&["spanID", "spanId"]).map(any_span_id) {
        Some(Id::Valid(id)) => Some(id),
        _ => None,
    }
}

enum Id {
    Valid(SpanId),
    /// Empty or all zeros.
    Absent,
    Broken,
}

fn any_span_id(value: &Value<'_>) -> Id {
    let id = match value {
        Value::Text(text) if text.is_empty() => return Id::Absent,
        Value::Text(text) => id::short_hex(text.as_bytes()).or_else(|| id::parse(text.as_bytes())),
        value => integer(value).map(u64::to_be_bytes),
    };
    match id {
        Some(id) if id::valid(&id) => Id::Valid(id),
        Some(_) => Id::Absent,
        None => Id::Broken,
    }
}

/// An id as an integer, which Thrift's JSON writes signed.
fn integer(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::Natural(n) => Some(*n),
        Value::Negative(n) => Some(n.cast_unsigned()),
        _ => None,
    }
}
