//! Trace exports to spans: one borrowed [`Span`] at a time, with only what joining and measuring need.
//!
//! A decoder knows one wire format. It calls a [`Sink`] for every resource and span and never keeps what it read, so
//! that memory does not grow with the size of the input.

mod attribute;
mod decoder;
mod decompress;
mod dependencies;
mod draft;
mod faults;
pub mod id;
mod jaeger;
mod json;
mod json_scanner;
pub mod otlp_json;
pub mod otlp_proto;
#[cfg(test)]
mod otlp_tests;
mod otlp_usual;
mod otlp_value;
mod read;
mod records;
mod replay;
mod resources;
mod sniff;
mod tags;
mod time;
mod wire;
mod zipkin;

pub use attribute::Attribute;
pub use decoder::Decoder;
pub use decompress::{Compression, MAX_RATIO};
pub use draft::INVALID_ID;
pub use read::{Counts, Input, Refused, open, read, recognise};
pub use records::{Records, Step};
pub use sniff::{Format, HEAD, Layout, Sniffed, sniff};
pub use time::rfc3339;

use crate::source::Problem;

/// OpenTelemetry's span kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpanKind {
    /// Not stated.
    #[default]
    Unspecified,
    /// Work inside a service.
    Internal,
    /// A request that came in.
    Server,
    /// A request that went out.
    Client,
    /// A message sent.
    Producer,
    /// A message received.
    Consumer,
}

impl SpanKind {
    /// OTLP's number; unknown ones are `Unspecified`.
    pub fn from_number(number: u64) -> Self {
        match number {
            1 => SpanKind::Internal,
            2 => SpanKind::Server,
            3 => SpanKind::Client,
            4 => SpanKind::Producer,
            5 => SpanKind::Consumer,
            _ => SpanKind::Unspecified,
        }
    }

    /// A name in any style: `SPAN_KIND_CLIENT`, `CLIENT`, `client`; unknown ones are `Unspecified`.
    pub fn from_name(name: &str) -> Self {
        let bare = name.get(..10).filter(|p| p.eq_ignore_ascii_case("SPAN_KIND_")).map_or(name, |_| &name[10..]);
        let kinds = [
            ("internal", SpanKind::Internal),
            ("server", SpanKind::Server),
            ("client", SpanKind::Client),
            ("producer", SpanKind::Producer),
            ("consumer", SpanKind::Consumer),
        ];
        kinds.into_iter().find(|(word, _)| bare.eq_ignore_ascii_case(word)).map_or(SpanKind::Unspecified, |(_, k)| k)
    }
}

/// A span's status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Not stated.
    #[default]
    Unset,
    /// Stated to be fine.
    Ok,
    /// Failed.
    Error,
}

impl Status {
    /// OTLP's number; unknown ones are `Unset`.
    pub fn from_number(number: u64) -> Self {
        match number {
            1 => Status::Ok,
            2 => Status::Error,
            _ => Status::Unset,
        }
    }

    /// A name in any style: `STATUS_CODE_ERROR`, `ERROR`, `error`; unknown ones are `Unset`.
    pub fn from_name(name: &str) -> Self {
        let bare = name.get(..12).filter(|p| p.eq_ignore_ascii_case("STATUS_CODE_")).map_or(name, |_| &name[12..]);
        match bare {
            _ if bare.eq_ignore_ascii_case("ok") => Status::Ok,
            _ if bare.eq_ignore_ascii_case("error") => Status::Error,
            _ => Status::Unset,
        }
    }
}

/// One span, borrowed from the decoder's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// Trace id; a 64-bit id fills the low half.
    pub trace: [u8; 16],
    /// Span id.
    pub id: [u8; 8],
    /// Parent span, `None` for a root.
    pub parent: Option<[u8; 8]>,
    /// What sort of span.
    pub kind: SpanKind,
    /// Zipkin: the server half that shares its client's span id.
    pub shared: bool,
    /// The parent does not wait (Jaeger's FOLLOWS_FROM).
    pub follows_from: bool,
    /// Name of the operation.
    pub name: &'a str,
    /// Start in nanoseconds since the epoch.
    pub start_ns: Option<u64>,
    /// Duration in nanoseconds.
    pub duration_ns: Option<u64>,
    /// Whether it failed.
    pub status: Status,
    /// W3C tracestate (empty if there is none), for sampling thresholds.
    pub trace_state: &'a str,
    /// Attributes that linchpin uses, in no order; values as text, numbers in decimal, arrays and maps left out.
    pub attributes: &'a [(Attribute, &'a str)],
    /// Links to other spans: trace and span id.
    pub links: &'a [([u8; 16], [u8; 8])],
}

/// Index of a resource given to a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceIndex(pub u32);

/// Where decoders put what they read. Every document and every span of it ends in exactly one of these calls.
pub trait Sink {
    /// A resource (one process of one service), before its spans.
    fn resource(&mut self, attributes: &[(Attribute, &str)]) -> ResourceIndex;
    /// A span of a resource given before.
    fn span(&mut self, resource: ResourceIndex, span: &Span<'_>);
    /// A span that cannot be used, with its reason (`invalid-id`, …): it counts as seen and dropped.
    fn dropped(&mut self, reason: &'static str);
    /// Calls between two services that were counted elsewhere (Jaeger's dependencies list).
    fn dependency(&mut self, caller: &str, callee: &str, calls: u64);
    /// A document (a line of JSON lines, a framed message, a whole file) was read, whatever spans it held.
    fn document(&mut self);
    /// A document was recognised and left aside: `logs`, `metrics`.
    fn left_aside(&mut self, what: &'static str);
    /// A document could not be read, or not to its end.
    fn failed(&mut self, problem: Problem);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names are understood with and without OTLP's prefix, in either case.
    #[test]
    fn kinds_and_statuses_have_names() {
        assert_eq!(SpanKind::from_name("SPAN_KIND_CLIENT"), SpanKind::Client);
        assert_eq!(SpanKind::from_name("consumer"), SpanKind::Consumer);
        assert_eq!(SpanKind::from_name("SPAN_KIND_é"), SpanKind::Unspecified);
        assert_eq!(SpanKind::from_number(9), SpanKind::Unspecified);
        assert_eq!(Status::from_name("STATUS_CODE_ERROR"), Status::Error);
        assert_eq!(Status::from_name("Ok"), Status::Ok);
        assert_eq!(Status::from_name(""), Status::Unset);
    }
}
