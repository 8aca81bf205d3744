//! Zipkin's JSON of version 2: spans alone, in lists, in lists of lists (SEMANTICS F.4).

use super::decoder::Context;
use super::json::{Broken, Cursor, Value};
use super::tags::{Tags, borrowed};
use super::{Attribute, INVALID_ID, Sink, Span, SpanKind, id};
use std::borrow::Cow;

/// How OpenTelemetry's exporter writes links: as tags of this name and a number from 0, in one row.
const LINK: &str = "otlp.link.";

/// Decodes a record: a span, or a trace as a list of spans.
pub(super) fn decode<S: Sink>(record: &[u8], line: u32, context: &mut Context<'_, S>) {
    let mut cursor = Cursor::new(record, line);
    let walked = match cursor.peek() {
        Ok(Some(b'[')) => list(&mut cursor, context),
        Ok(_) => return span(record, line, context),
        Err(broken) => Err(broken),
    };
    if let Err(broken) = walked {
        context.unreadable(cursor.line(), &broken.to_string());
    }
}

fn list<S: Sink>(cursor: &mut Cursor<&[u8]>, context: &mut Context<'_, S>) -> Result<(), Broken> {
    let mut element = Vec::new();
    cursor.bump();
    while cursor.element()? {
        element.clear();
        let line = cursor.line();
        cursor.copy(&mut element)?;
        span(&element, line, context);
    }
    Ok(())
}

fn span<S: Sink>(record: &[u8], line: u32, context: &mut Context<'_, S>) {
    let text = String::from_utf8_lossy(record);
    let value = match Value::parse(&text) {
        Ok(value) => value,
        Err(error) => return context.unreadable(line, &format!("a span that cannot be read: {error}")),
    };
    let id_of = |key| value.text(key).and_then(|text| id::short_hex::<8>(text.as_bytes())).filter(id::valid);
    let trace = value.text("traceId").and_then(|text| id::short_hex::<16>(text.as_bytes())).filter(id::valid);
    let (Some(trace), Some(id)) = (trace, id_of("id")) else {
        return context.dropped(line, INVALID_ID, "a span without a valid traceId and id");
    };
    let parent = match value.get("parentId").map(Value::as_text) {
        None | Some(Some("")) => None,
        // All zeros is none; what cannot be read must not pass for a root.
        Some(text) => match text.and_then(|text| id::short_hex::<8>(text.as_bytes())) {
            Some(parent) => Some(parent).filter(id::valid),
            None => return context.dropped(line, INVALID_ID, "a span whose parentId is no id"),
        },
    };
    let mut tags = Tags::default();
    let mut links = Vec::new();
    for (key, tag) in value.get("tags").map_or(&[][..], Value::members) {
        match key.strip_prefix(LINK) {
            Some(_) => links.extend(tag.as_text().and_then(link)),
            None => tags.add(key, tag),
        }
    }
    let kind = kind(&value, tags.kind);
    add_destination(&value, &mut tags);
    add_remote_endpoint(&value, kind, &mut tags);
    let (described, attributes) = tags.attributes.into_iter().partition::<Vec<_>, _>(|(a, _)| is_of_resource(*a));
    let mut resource: Vec<(Attribute, Cow<'_, str>)> = described;
    if let Some(name) = service_name(&value, "localEndpoint") {
        resource.insert(0, (Attribute::ServiceName, name.into()));
    }
    let resource = context.resources.index(&borrowed(&resource), context.sink);
    let mut micros = |key| context.nanos(line, key, value.get(key), |v| v.micros());
    // Zipkin writes 0 for a time that it does not know.
    let (start_ns, duration_ns) = (micros("timestamp").filter(|&ns| ns > 0), micros("duration"));
    context.sink.span(
        resource,
        &Span {
            trace,
            id,
            parent,
            kind,
            shared: value.get("shared") == Some(&Value::Bool(true)),
            follows_from: false,
            name: value.text("name").unwrap_or_default(),
            start_ns,
            duration_ns,
            status: tags.status,
            trace_state: &tags.trace_state,
            attributes: &borrowed(&attributes),
            links: &links,
        },
    );
}

/// The kind as stated; without one the span is local, unless it knows both sides of a call: then it is a client's, as
/// Zipkin's own dependency linker has it.
fn kind(span: &Value<'_>, tagged: SpanKind) -> SpanKind {
    match span.text("kind").map_or(tagged, SpanKind::from_name) {
        SpanKind::Unspecified => {
            let both = ["localEndpoint", "remoteEndpoint"].iter().all(|end| service_name(span, end).is_some());
            if both { SpanKind::Client } else { SpanKind::Internal }
        }
        kind => kind,
    }
}

/// Tags that Zipkin's own instrumentation writes for what OpenTelemetry calls a destination, with the system, the best
/// first. An exchange comes before its queues: both sides of a message know it.
const DESTINATIONS: [(&str, &str); 6] = [
    ("kafka.topic", "kafka"),
    ("rabbit.exchange", "rabbitmq"),
    ("rabbit.queue", "rabbitmq"),
    // RabbitMQ's default exchange has no name, and its routing keys are queues.
    ("rabbit.routing_key", "rabbitmq"),
    ("jms.queue", "jms"),
    ("jms.topic", "jms"),
];

/// Where a message goes to or comes from, unless the tags say it in OpenTelemetry's words.
fn add_destination<'a>(span: &'a Value<'_>, tags: &mut Tags<'a>) {
    use Attribute::*;
    let is_known = |a: Attribute| matches!(a, MessagingDestinationName | MessagingDestination | MessageBusDestination);
    let Some(all) = span.get("tags").filter(|_| !tags.attributes.iter().any(|(a, _)| is_known(*a))) else { return };
    let stated = |&(key, system)| Some((all.text(key).filter(|name| !name.is_empty())?, system));
    if let Some((name, system)) = DESTINATIONS.iter().find_map(stated) {
        tags.add_missing(MessagingDestinationName, name);
        tags.add_missing(MessagingSystem, system);
    }
}

/// The remote endpoint is the other side: its name is the peer's service; its address is that of a server only where
/// the span called or sent something.
fn add_remote_endpoint<'a>(span: &'a Value<'_>, kind: SpanKind, tags: &mut Tags<'a>) {
    let Some(remote) = span.get("remoteEndpoint") else { return };
    if let Some(name) = service_name(span, "remoteEndpoint") {
        tags.add_missing(Attribute::PeerService, name);
    }
    if matches!(kind, SpanKind::Client | SpanKind::Producer | SpanKind::Consumer) {
        if let Some(address) = remote.any(&["ipv4", "ipv6"]).and_then(Value::as_text) {
            tags.add_missing(Attribute::ServerAddress, address);
        }
        if let Some(port) = remote.get("port").and_then(Value::natural).filter(|&port| port > 0) {
            tags.add_missing(Attribute::ServerPort, port.to_string());
        }
    }
}

fn service_name<'a>(span: &'a Value<'_>, endpoint: &str) -> Option<&'a str> {
    span.get(endpoint)?.text("serviceName").filter(|name| !name.is_empty())
}

/// Whether an attribute describes the process and not the span: exporters put both into the tags.
fn is_of_resource(attribute: Attribute) -> bool {
    use Attribute::*;
    matches!(
        attribute,
        ServiceName
            | ServiceNamespace
            | KubernetesCluster
            | KubernetesNamespace
            | KubernetesDeployment
            | KubernetesStatefulSet
            | KubernetesDaemonSet
            | KubernetesCronJob
            | KubernetesJob
            | KubernetesReplicaSet
            | KubernetesPod
            | KubernetesContainer
            | ContainerName
            | CloudRegion
    )
}

/// A link as OpenTelemetry's exporter writes it: `trace id|span id|tracestate|attributes|dropped`.
fn link(text: &str) -> Option<([u8; 16], [u8; 8])> {
    let mut parts = text.split('|');
    let trace = id::short_hex(parts.next()?.as_bytes()).filter(id::valid)?;
    let span = id::short_hex(parts.next()?.as_bytes()).filter(id::valid)?;
    Some((trace, span))
}
