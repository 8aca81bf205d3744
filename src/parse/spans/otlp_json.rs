//! OTLP JSON: one object, an array of objects, or JSON lines, as the collector's file exporter and SDKs write it.
//!
//! The scanner jumps from one wanted field to the next. Whatever it does not understand is read once more, by
//! `otlp_value`, which is slow and patient; what was given to the sink before is not given again.

use super::draft::{Attributes, Draft, Id};
use super::json_scanner::{Deviation, Scan, Scanner};
use super::replay::Replay;
use super::{Attribute, ResourceIndex, Sink, SpanKind, Status, otlp_usual as usual, otlp_value};
use crate::source::{Location, Problem};
use std::borrow::Cow;
use std::sync::Arc;

/// Reads whole lines, each a document. `first_line` is the number of the first, from 1.
pub fn decode_lines(block: &[u8], file: &Arc<str>, first_line: u32, sink: &mut impl Sink) {
    // Once for all lines: checking is much faster than scanning.
    let lossy;
    let mut rest = match std::str::from_utf8(block) {
        Ok(text) => text,
        Err(_) => {
            lossy = String::from_utf8_lossy(block);
            &lossy
        }
    };
    let mut line = first_line;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |i| i + 1);
        let (document, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let document = document.trim_ascii_end();
        if !document.is_empty() {
            decode(document, file, line, sink);
        }
        rest = after;
        line = line.saturating_add(1);
    }
}

/// Reads one document: an object, or an array of them. `line` is where it starts in the file, from 1.
pub fn decode(document: &str, file: &Arc<str>, line: u32, sink: &mut impl Sink) {
    let mut replay = Replay::new(sink);
    let result = scan_document(document, &mut replay).or_else(|Deviation| {
        replay.rewind();
        otlp_value::decode(document, &mut replay)
    });
    match result.map(Signals::verdict) {
        Ok(Verdict::Traces) => sink.document(),
        Ok(Verdict::Other(what)) => sink.left_aside(what),
        Ok(Verdict::Unknown) => sink.failed(
            Problem::new(Location::new(file.clone(), line, 1), "JSON that is not an OTLP trace export")
                .remedy("pass traces as OTLP, Jaeger, Zipkin or Tempo exports"),
        ),
        Err(broken) => {
            let at = Location::new(file.clone(), line.saturating_add(broken.line.saturating_sub(1)), broken.column);
            sink.failed(Problem::new(at, broken.reason).remedy("what came before it is kept"));
        }
    }
}

/// Which sorts of telemetry a document holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signals {
    pub traces: bool,
    pub logs: bool,
    pub metrics: bool,
    /// It has keys that mean nothing here.
    pub unknown: bool,
}

enum Verdict {
    Traces,
    Other(&'static str),
    Unknown,
}

impl Signals {
    /// Notes a key of the top level.
    pub fn note(&mut self, key: &[u8]) {
        match key {
            b"resourceSpans" | b"resource_spans" | b"batches" => self.traces = true,
            b"resourceLogs" | b"resource_logs" => self.logs = true,
            b"resourceMetrics" | b"resource_metrics" => self.metrics = true,
            _ => self.unknown = true,
        }
    }

    fn verdict(self) -> Verdict {
        match self {
            Signals { traces: true, .. } => Verdict::Traces,
            Signals { logs: true, .. } => Verdict::Other("logs"),
            Signals { metrics: true, .. } => Verdict::Other("metrics"),
            // An empty request is a legal one.
            Signals { unknown: false, .. } => Verdict::Traces,
            _ => Verdict::Unknown,
        }
    }
}

/// Reads one document, as far as it is what the scanner is made for.
pub(super) fn scan_document(document: &str, sink: &mut impl Sink) -> Scan<Signals> {
    let mut scanner = Scanner::new(document);
    let signals = scan(&mut scanner, sink)?;
    scanner.end().map(|()| signals)
}

fn scan<'a>(scanner: &mut Scanner<'a>, sink: &mut impl Sink) -> Scan<Signals> {
    let mut signals = Signals::default();
    let mut draft = Draft::default();
    let mut document = |s: &mut Scanner<'a>| {
        if s.peek() != b'{' {
            signals.unknown = true;
            return s.skip();
        }
        s.object(|s, key| {
            if key == b"trace" && s.peek() == b'{' {
                return s.object(|s, key| top(s, key, &mut signals, &mut draft, sink));
            }
            top(s, key, &mut signals, &mut draft, sink)
        })
    };
    if scanner.peek() == b'[' {
        scanner.array(document)?
    } else {
        document(scanner)?
    }
    Ok(signals)
}

fn top<'a>(
    s: &mut Scanner<'a>,
    key: &[u8],
    signals: &mut Signals,
    draft: &mut Draft<'a>,
    sink: &mut impl Sink,
) -> Scan<()> {
    signals.note(key);
    match key {
        b"resourceSpans" | b"resource_spans" | b"batches" => s.array(|s| resource_spans(s, draft, sink)),
        // An element of `resourceSpans` by itself, which is rare.
        b"scopeSpans" | b"scope_spans" => Err(Deviation),
        _ => s.skip(),
    }
}

fn resource_spans<'a>(s: &mut Scanner<'a>, draft: &mut Draft<'a>, sink: &mut impl Sink) -> Scan<()> {
    let mut resource = None;
    let mut before_resource = Vec::new();
    s.object(|s, key| match key {
        b"resource" => {
            draft.attributes.clear();
            s.object(|s, key| match key {
                b"attributes" => attributes(s, &mut draft.attributes),
                _ => s.skip(),
            })?;
            resource = Some(draft.attributes.with(|attributes| sink.resource(attributes)));
            Ok(())
        }
        b"scopeSpans" | b"scope_spans" | b"instrumentationLibrarySpans" | b"instrumentation_library_spans" => {
            match resource {
                Some(resource) => scope_spans(s, resource, draft, sink),
                None => {
                    before_resource.push(*s);
                    s.skip()
                }
            }
        }
        _ => s.skip(),
    })?;
    for mut s in before_resource {
        let resource = *resource.get_or_insert_with(|| sink.resource(&[]));
        scope_spans(&mut s, resource, draft, sink)?;
    }
    Ok(())
}

fn scope_spans<'a>(
    s: &mut Scanner<'a>,
    resource: ResourceIndex,
    draft: &mut Draft<'a>,
    sink: &mut impl Sink,
) -> Scan<()> {
    s.array(|s| {
        s.object(|s, key| match key {
            b"spans" => s.array(|s| {
                draft.clear();
                span(s, draft)?;
                draft.emit(resource, sink);
                Ok(())
            }),
            _ => s.skip(),
        })
    })
}

fn span<'a>(s: &mut Scanner<'a>, draft: &mut Draft<'a>) -> Scan<()> {
    if !s.enter()? || !usual::leading_fields(s, draft)? {
        return Ok(());
    }
    s.members(|s, key| {
        match key {
            b"traceId" | b"trace_id" => draft.trace = id(s)?,
            b"spanId" | b"span_id" => draft.id = id(s)?,
            b"parentSpanId" | b"parent_span_id" => draft.parent = id(s)?,
            b"name" => draft.name = s.scalar()?.unwrap_or_default(),
            b"kind" => draft.kind = kind_field(s)?,
            b"startTimeUnixNano" | b"start_time_unix_nano" => draft.start = time(s)?,
            b"endTimeUnixNano" | b"end_time_unix_nano" => draft.end = time(s)?,
            b"attributes" => attributes(s, &mut draft.attributes)?,
            b"status" => s.object(|s, key| {
                match key {
                    b"code" => draft.status = s.scalar()?.as_deref().map_or(Status::Unset, status),
                    _ => s.skip()?,
                }
                Ok(())
            })?,
            b"traceState" | b"trace_state" => draft.trace_state = s.scalar()?.unwrap_or_default(),
            b"links" => s.array(|s| {
                let (mut trace, mut span) = (Id::Missing, Id::Missing);
                s.object(|s, key| {
                    match key {
                        b"traceId" | b"trace_id" => trace = id(s)?,
                        b"spanId" | b"span_id" => span = id(s)?,
                        _ => s.skip()?,
                    }
                    Ok(())
                })?;
                draft.link(trace, span);
                Ok(())
            })?,
            _ => s.skip()?,
        }
        Ok(())
    })
}

/// An id; anything else than text is a missing one.
pub(super) fn id<const N: usize>(s: &mut Scanner<'_>) -> Scan<Id<N>> {
    if let Some(id) = usual::id(s) {
        return Ok(id);
    }
    Ok(s.scalar()?.map_or(Id::Missing, |text| Id::from_text(text.as_bytes())))
}

/// A time in nanoseconds.
pub(super) fn time(s: &mut Scanner<'_>) -> Scan<Option<u64>> {
    match usual::time(s) {
        Some(time) => Ok(Some(time)),
        None => Ok(s.scalar()?.as_deref().and_then(nanoseconds)),
    }
}

/// A span's kind.
pub(super) fn kind_field(s: &mut Scanner<'_>) -> Scan<SpanKind> {
    Ok(s.scalar()?.as_deref().map_or(SpanKind::Unspecified, kind))
}

/// A list of attributes.
pub(super) fn attributes<'a>(s: &mut Scanner<'a>, into: &mut Attributes<'a>) -> Scan<()> {
    s.array(|s| {
        if usual::attribute(s, into)? {
            return Ok(());
        }
        let mut attribute = None;
        let mut before_key = None;
        s.object(|s, key| match key {
            b"key" => {
                let key = if s.peek() == b'"' { s.string()?.text()? } else { s.skip().map(|()| Cow::Borrowed(""))? };
                attribute = Some(Attribute::from_bytes(key.as_bytes()));
                Ok(())
            }
            b"value" => match attribute {
                Some(Some(attribute)) => value(s, attribute, into),
                Some(None) => s.skip(),
                None => {
                    before_key = Some(*s);
                    s.skip()
                }
            },
            _ => s.skip(),
        })?;
        match (attribute.flatten(), before_key) {
            (Some(attribute), Some(mut s)) => value(&mut s, attribute, into),
            _ => Ok(()),
        }
    })
}

fn value<'a>(s: &mut Scanner<'a>, attribute: Attribute, into: &mut Attributes<'a>) -> Scan<()> {
    s.object(|s, key| {
        if is_scalar(key) {
            if let Some(text) = s.scalar()? {
                into.push(attribute, text);
            }
            Ok(())
        } else {
            s.skip()
        }
    })
}

/// Whether a field of an attribute's value is a string, boolean or number.
pub(super) fn is_scalar(key: &[u8]) -> bool {
    matches!(
        key,
        b"stringValue"
            | b"string_value"
            | b"intValue"
            | b"int_value"
            | b"boolValue"
            | b"bool_value"
            | b"doubleValue"
            | b"double_value"
    )
}

/// A span's kind as number or name.
pub(super) fn kind(text: &str) -> SpanKind {
    text.parse().map_or_else(|_| SpanKind::from_name(text), SpanKind::from_number)
}

/// A status as number or name.
pub(super) fn status(text: &str) -> Status {
    text.parse().map_or_else(|_| Status::from_name(text), Status::from_number)
}

/// A time as decimal number; some producers went through floating point.
pub(super) fn nanoseconds(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| text.parse().ok().filter(|ns: &f64| (0.0..1.8e19).contains(ns)).map(|ns| ns as u64))
}
