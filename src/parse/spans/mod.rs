//! Trace exports to spans: one borrowed [`Span`] at a time, with only what joining and measuring need.
//!
//! A decoder knows one wire format. It calls a [`Sink`] for every resource and span and never keeps what it read, so
//! that memory does not grow with the size of the input.

/// Attributes that linchpin uses, of resources and of spans, current and deprecated names (SEMANTICS F.6). Others are
/// skipped while decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// `service.name`.
    ServiceName,
}

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
    /// W3C tracestate, for sampling thresholds.
    pub trace_state: &'a str,
    /// Attributes that linchpin uses; values as text, numbers in decimal.
    pub attributes: &'a [(Attribute, &'a str)],
    /// Links to other spans: trace and span id.
    pub links: &'a [([u8; 16], [u8; 8])],
}

/// Index of a resource given to a sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceIndex(pub u32);

/// Where decoders put what they read.
pub trait Sink {
    /// A resource (one process of one service), before its spans.
    fn resource(&mut self, attributes: &[(Attribute, &str)]) -> ResourceIndex;
    /// A span of a resource given before.
    fn span(&mut self, resource: ResourceIndex, span: &Span<'_>);
    /// A span that cannot be used, with its reason (`invalid-id`, …): it counts as seen and dropped.
    fn dropped(&mut self, reason: &'static str);
}
