//! OTLP protobuf: one `TracesData` (or `ExportTraceServiceRequest`, which is the same on the wire).

use super::draft::{Attributes, Draft, Id};
use super::wire::{Field, Malformed, Message};
use super::{Attribute, ResourceIndex, Sink, SpanKind, Status};
use crate::source::{Location, Problem};
use std::borrow::Cow;

/// Field numbers of opentelemetry-proto's trace.proto, resource.proto and common.proto.
mod field {
    pub const RESOURCE_SPANS: u32 = 1;
    pub const RESOURCE: u32 = 1;
    pub const SCOPE_SPANS: u32 = 2;
    /// `instrumentation_library_spans`, until 2022.
    pub const OLD_SCOPE_SPANS: u32 = 1000;
    pub const RESOURCE_ATTRIBUTES: u32 = 1;
    pub const SPANS: u32 = 2;
    pub const KEY: u32 = 1;
    pub const VALUE: u32 = 2;
}

/// Tags of an attribute's key and value, and of a value that is text: field number, and that a length follows.
const KEY: u8 = (field::KEY << 3 | 2) as u8;
const VALUE: u8 = (field::VALUE << 3 | 2) as u8;
const STRING: u8 = 1 << 3 | 2;

/// Reads one message. `at` is where the file or frame starts.
pub fn decode_message(message: &[u8], at: &Location, sink: &mut impl Sink) {
    match signal(message) {
        Some(Signal::Logs) => return sink.left_aside("logs"),
        Some(Signal::Metrics) => return sink.left_aside("metrics"),
        None => {}
    }
    match traces(message, sink) {
        Ok(()) => sink.document(),
        Err(Malformed) => sink
            .failed(Problem::new(at.clone(), "broken protobuf message").remedy("pass traces as OTLP protobuf exports")),
    }
}

fn traces(message: &[u8], sink: &mut impl Sink) -> Result<(), Malformed> {
    let mut draft = Draft::default();
    for field in Message::new(message) {
        if let (field::RESOURCE_SPANS, Field::Bytes(resource_spans)) = field? {
            self::resource_spans(resource_spans, &mut draft, sink)?;
        }
    }
    Ok(())
}

fn resource_spans<'a>(message: &'a [u8], draft: &mut Draft<'a>, sink: &mut impl Sink) -> Result<(), Malformed> {
    // Fields may come in any order, and spans need their resource: jumping over them first costs next to nothing.
    draft.attributes.clear();
    for field in Message::new(message) {
        if let (field::RESOURCE, Field::Bytes(resource)) = field? {
            for field in Message::new(resource) {
                if let (field::RESOURCE_ATTRIBUTES, Field::Bytes(attribute)) = field? {
                    self::attribute(attribute, &mut draft.attributes)?;
                }
            }
        }
    }
    let resource = draft.attributes.with(|attributes| sink.resource(attributes));
    for field in Message::new(message) {
        if let (field::SCOPE_SPANS | field::OLD_SCOPE_SPANS, Field::Bytes(scope)) = field? {
            for field in Message::new(scope) {
                if let (field::SPANS, Field::Bytes(span)) = field? {
                    emit(span, resource, draft, sink)?;
                }
            }
        }
    }
    Ok(())
}

fn emit<'a>(
    message: &'a [u8],
    resource: ResourceIndex,
    draft: &mut Draft<'a>,
    sink: &mut impl Sink,
) -> Result<(), Malformed> {
    draft.clear();
    for field in Message::new(message) {
        match field? {
            (1, Field::Bytes(id)) => draft.trace = Id::from_bytes(id),
            (2, Field::Bytes(id)) => draft.id = Id::from_bytes(id),
            (3, Field::Bytes(state)) => draft.trace_state = text(state),
            (4, Field::Bytes(id)) => draft.parent = Id::from_bytes(id),
            (5, Field::Bytes(name)) => draft.name = text(name),
            (6, Field::Varint(kind)) => draft.kind = SpanKind::from_number(kind),
            (7, Field::Fixed64(ns)) => draft.start = Some(ns),
            (8, Field::Fixed64(ns)) => draft.end = Some(ns),
            (9, Field::Bytes(attribute)) => self::attribute(attribute, &mut draft.attributes)?,
            (13, Field::Bytes(link)) => {
                let (mut trace, mut span) = (Id::Missing, Id::Missing);
                for field in Message::new(link) {
                    match field? {
                        (1, Field::Bytes(id)) => trace = Id::from_bytes(id),
                        (2, Field::Bytes(id)) => span = Id::from_bytes(id),
                        _ => {}
                    }
                }
                draft.link(trace, span);
            }
            (15, Field::Bytes(status)) => {
                for field in Message::new(status) {
                    if let (3, Field::Varint(code)) = field? {
                        draft.status = Status::from_number(code);
                    }
                }
            }
            _ => {}
        }
    }
    draft.emit(resource, sink);
    Ok(())
}

fn attribute<'a>(message: &'a [u8], into: &mut Attributes<'a>) -> Result<(), Malformed> {
    if usual_attribute(message, into).is_some() {
        return Ok(());
    }
    let (mut attribute, mut value) = (None, None);
    for field in Message::new(message) {
        match field? {
            (field::KEY, Field::Bytes(key)) => attribute = Attribute::from_bytes(key),
            (field::VALUE, Field::Bytes(any)) => value = Some(any),
            _ => {}
        }
    }
    let (Some(attribute), Some(value)) = (attribute, value) else { return Ok(()) };
    for field in Message::new(value) {
        match field? {
            (1, Field::Bytes(value)) => into.push(attribute, text(value)),
            (2, Field::Varint(value)) => into.push(attribute, Cow::Borrowed(if value == 0 { "false" } else { "true" })),
            // Two's complement: an int64 takes ten bytes when negative.
            (3, Field::Varint(value)) => into.push_number(attribute, value.cast_signed()),
            (4, Field::Fixed64(bits)) => into.push_made(attribute, f64::from_bits(bits)),
            _ => {}
        }
    }
    Ok(())
}

/// The form that almost all attributes have: a short key first, and nothing behind it if it is not wanted, else one
/// short text. If it is anything else, nothing is taken.
fn usual_attribute<'a>(message: &'a [u8], into: &mut Attributes<'a>) -> Option<()> {
    let (key, rest) = short_field(KEY, message)?;
    let Some(attribute) = Attribute::from_bytes(key) else { return Some(()) };
    let (value, rest) = short_field(VALUE, rest)?;
    let (value, empty) = short_field(STRING, value)?;
    if rest.is_empty() && empty.is_empty() {
        into.push(attribute, text(value));
        return Some(());
    }
    None
}

/// A field with this tag and fewer than 128 bytes, and what follows it.
fn short_field(tag: u8, message: &[u8]) -> Option<(&[u8], &[u8])> {
    match message {
        [found, length @ 0..=127, rest @ ..] if *found == tag => rest.split_at_checked(usize::from(*length)),
        _ => None,
    }
}

/// Text should be UTF-8. Where it is not, the rest of it is still of use.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    // Asking twice is faster: only the first one looks at many bytes at once.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

enum Signal {
    Logs,
    Metrics,
}

/// Logs and metrics have the same shape as traces down to the record: resource, scope, record. Their records differ
/// in the types of their fields. Nothing if the message holds no record, or spans.
fn signal(message: &[u8]) -> Option<Signal> {
    let child = |message, wanted| {
        Message::new(message).map_while(Result::ok).find_map(|(number, field)| match field {
            Field::Bytes(bytes) if number == wanted => Some(bytes),
            _ => None,
        })
    };
    let record = child(child(child(message, field::RESOURCE_SPANS)?, field::SCOPE_SPANS)?, field::SPANS)?;
    Message::new(record).map_while(Result::ok).find_map(|field| match field {
        // LogRecord: times are fields 1 and 11, the severity is 2.
        (1 | 11, Field::Fixed64(_)) | (2, Field::Varint(_)) => Some(Signal::Logs),
        // Metric: its points are messages in one of these; a span has times there, counts, or texts before.
        (7, Field::Bytes(_)) | (10 | 12, Field::Bytes(_)) => Some(Signal::Metrics),
        // Its name and description stand where a span has its ids, of fixed lengths.
        (1, Field::Bytes(text)) if !matches!(text.len(), 0 | 8 | 16) && text.is_ascii() => Some(Signal::Metrics),
        (2, Field::Bytes(text)) if !matches!(text.len(), 0 | 8) && text.is_ascii() => Some(Signal::Metrics),
        _ => None,
    })
}
