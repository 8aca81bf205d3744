use super::json::Value;
use super::{Attribute, SpanKind, Status};
use std::borrow::Cow;
use std::net::Ipv4Addr;

/// What the tags of a span say, in formats that have nothing but tags: OpenTelemetry's exporters put there what the
/// format has no field for.
#[derive(Default)]
pub struct Tags<'a> {
    /// Attributes that linchpin uses, in order.
    pub attributes: Vec<(Attribute, Cow<'a, str>)>,
    /// `span.kind`.
    pub kind: SpanKind,
    /// `error` and `otel.status_code`; a failure outweighs an `OK`.
    pub status: Status,
    /// `w3c.tracestate`.
    pub trace_state: Cow<'a, str>,
}

impl<'a> Tags<'a> {
    /// Adds a tag. Arrays and objects are left out.
    pub fn add(&mut self, key: &str, value: &'a Value<'_>) {
        let Some(text) = value.scalar() else { return };
        match key {
            "span.kind" => self.kind = SpanKind::from_name(&text),
            // Zipkin: any value, even an empty one, is a failure. Bridges from OpenTracing write `false` all the same.
            "error" if text != "false" => self.status = Status::Error,
            "otel.status_code" if self.status != Status::Error => self.status = Status::from_name(&text),
            "w3c.tracestate" => self.trace_state = text,
            // Jaeger's own clients write the address as one number.
            "peer.ipv4" => {
                let dotted = text.parse().map(|bits| Ipv4Addr::from_bits(bits).to_string().into());
                self.attributes.push((Attribute::PeerIpv4, dotted.unwrap_or(text)));
            }
            _ => self.attributes.extend(Attribute::from_bytes(key.as_bytes()).map(|attribute| (attribute, text))),
        }
    }

    /// Adds an attribute unless one of the same name is there.
    pub fn add_missing(&mut self, attribute: Attribute, value: impl Into<Cow<'a, str>>) {
        if self.attributes.iter().all(|(a, _)| *a != attribute) {
            self.attributes.push((attribute, value.into()));
        }
    }
}

/// Attributes as a sink takes them.
pub fn borrowed<'a>(attributes: &'a [(Attribute, Cow<'_, str>)]) -> Vec<(Attribute, &'a str)> {
    attributes.iter().map(|(attribute, value)| (*attribute, value.as_ref())).collect()
}
