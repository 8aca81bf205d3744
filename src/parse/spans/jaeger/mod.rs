//! Jaeger's JSON in all its dialects: answers of the query API, bare traces, batches with one process, span documents
//! of Elasticsearch, Thrift's and protobuf's JSON (SEMANTICS F.3).

mod span;

use super::decoder::Context;
use super::json::{Broken, Cursor, Value};
use super::tags::{Tags, borrowed};
use super::{Attribute, ResourceIndex, Sink};
use std::borrow::Cow;
use std::collections::HashMap;

/// Nesting of answers, hits and documents; no dialect has more.
const MAX_NESTING: u8 = 4;

/// What OpenTelemetry's exporters call a process whose resource has no name.
const NO_SERVICE_NAME: &str = "OTLPResourceNoServiceName";

/// Processes that spans of one record refer to.
#[derive(Default)]
pub(super) struct Processes {
    /// By `processID`.
    by_id: HashMap<String, ResourceIndex>,
    /// The one process of a batch.
    only: Option<ResourceIndex>,
}

/// Decodes a record: an answer, a trace, a batch, a span, or a list of any of these.
pub(super) fn decode<S: Sink>(record: &[u8], line: u32, context: &mut Context<'_, S>) {
    any(record, line, 0, context);
}

fn any<S: Sink>(record: &[u8], line: u32, nesting: u8, context: &mut Context<'_, S>) {
    let mut cursor = Cursor::new(record, line);
    let walked = match cursor.peek() {
        _ if nesting > MAX_NESTING => return context.unreadable(line, "lists inside lists"),
        Ok(Some(b'[')) => list(&mut cursor, nesting, context),
        Ok(Some(b'{')) => object(record, line, nesting, context),
        Ok(_) => return context.unreadable(line, "not an object"),
        Err(broken) => Err(broken),
    };
    if let Err(broken) = walked {
        context.unreadable(cursor.line(), &broken.to_string());
    }
}

/// Every element of the list at the cursor, each on its own.
fn list<S: Sink>(cursor: &mut Cursor<&[u8]>, nesting: u8, context: &mut Context<'_, S>) -> Result<(), Broken> {
    let mut element = Vec::new();
    cursor.peek()?;
    cursor.bump();
    while cursor.element()? {
        element.clear();
        let line = cursor.line();
        cursor.copy(&mut element)?;
        any(&element, line, nesting + 1, context);
    }
    Ok(())
}

/// Processes may stand behind the spans that refer to them, so the object is walked twice.
fn object<S: Sink>(record: &[u8], line: u32, nesting: u8, context: &mut Context<'_, S>) -> Result<(), Broken> {
    let mut processes = Processes::default();
    let mut has_spans = false;
    let mut piece = Vec::new();
    let mut cursor = Cursor::new(record, line);
    cursor.peek()?;
    cursor.bump();
    while let Some(key) = cursor.member()? {
        let first = cursor.peek()?;
        piece.clear();
        let line = cursor.line();
        match (key.as_str(), first) {
            ("spans", Some(b'[')) => {
                has_spans = true;
                cursor.skip()?;
            }
            ("data" | "hits", Some(b'[')) => return list(&mut cursor, nesting, context),
            ("hits" | "_source", Some(b'{')) => {
                cursor.copy(&mut piece)?;
                any(&piece, line, nesting + 1, context);
                return Ok(());
            }
            ("process" | "processes", Some(b'{')) => {
                cursor.copy(&mut piece)?;
                let text = String::from_utf8_lossy(&piece);
                match Value::parse(&text) {
                    Ok(value) if key == "process" => processes.only = Some(resource(&value, context)),
                    Ok(value) => processes.by_id.extend(
                        value.members().iter().map(|(id, process)| (id.to_string(), resource(process, context))),
                    ),
                    Err(error) => context.faults.note(line, format!("a process that cannot be read: {error}")),
                }
            }
            _ => cursor.skip()?,
        }
    }
    if has_spans {
        return spans(record, line, &processes, context);
    }
    span::decode(record, line, &processes, context);
    Ok(())
}

/// The spans of a trace or batch.
fn spans<S: Sink>(record: &[u8], line: u32, processes: &Processes, context: &mut Context<'_, S>) -> Result<(), Broken> {
    let mut cursor = Cursor::new(record, line);
    let mut piece = Vec::new();
    cursor.peek()?;
    cursor.bump();
    while let Some(key) = cursor.member()? {
        if key != "spans" || cursor.peek()? != Some(b'[') {
            cursor.skip()?;
            continue;
        }
        cursor.bump();
        while cursor.element()? {
            piece.clear();
            let line = cursor.line();
            cursor.copy(&mut piece)?;
            span::decode(&piece, line, processes, context);
        }
    }
    Ok(())
}

/// Gives a process to the sink. Its tags are what OpenTelemetry calls resource attributes.
pub(super) fn resource<S: Sink>(process: &Value<'_>, context: &mut Context<'_, S>) -> ResourceIndex {
    let mut tags = Tags::default();
    if let Some(name) = process.text("serviceName").filter(|name| *name != NO_SERVICE_NAME) {
        tags.attributes.push((Attribute::ServiceName, Cow::Borrowed(name)));
    }
    add_tags(process, &mut tags);
    context.resources.index(&borrowed(&tags.attributes), context.sink)
}

/// Adds the tags of a span or process: a list of typed pairs, an object with `@` for dots (Elasticsearch with tags as
/// fields), or both.
pub(super) fn add_tags<'a>(owner: &'a Value<'_>, tags: &mut Tags<'a>) {
    const VALUES: [&str; 7] = ["value", "vStr", "vBool", "vLong", "vInt64", "vDouble", "vFloat64"];
    for pair in owner.get("tags").map_or(&[][..], Value::elements) {
        let binary = ["type", "vType"].iter().any(|t| pair.text(t).is_some_and(|t| t.eq_ignore_ascii_case("binary")));
        if let (Some(key), Some(value), false) = (pair.text("key"), pair.any(&VALUES), binary) {
            tags.add(key, value);
        }
    }
    for (key, value) in owner.get("tag").map_or(&[][..], Value::members) {
        tags.add(&key.replace('@', "."), value);
    }
}
