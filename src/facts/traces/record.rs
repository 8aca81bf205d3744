use super::access::Access;
use super::intern::Symbol;
use super::node::Mode;
use crate::parse::spans::SpanKind;

/// How many parts the spans are split into by trace. A part is joined by one thread at a time, and only one part for
/// each thread has to be in memory when spans had to be put on disk.
pub const PARTS: usize = 256;

/// What is kept of a span until its trace is complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Low half of the trace id: what spans are joined by, because some exporters cut the high half off.
    pub trace: u64,
    /// High half of the trace id; 0 if it was cut off.
    pub trace_high: u64,
    /// Span id.
    pub id: u64,
    /// Parent's span id; 0 for a root.
    pub parent: u64,
    /// Start in nanoseconds since the epoch; 0 if unknown.
    pub start: u64,
    /// Duration in nanoseconds; [`UNKNOWN`] if unknown.
    pub duration: u64,
    /// What it counts in sums adjusted for sampling, in thousandths.
    pub weight: u64,
    /// Its service; 0 if its resource does not say.
    pub service: Symbol,
    /// Its operation.
    pub name: Symbol,
    /// The node that it describes as its other side; 0 if none.
    pub peer: Symbol,
    /// Everything small.
    pub traits: Traits,
}

/// A duration that nobody recorded.
pub const UNKNOWN: u64 = u64::MAX;

/// The small properties of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// What sort of span.
    pub kind: SpanKind,
    /// What it does with its peer.
    pub mode: Option<Mode>,
    /// What it does to a store.
    pub access: Access,
    /// It failed.
    pub failed: bool,
    /// The server half of a span that shares its client's id.
    pub shared: bool,
    /// Its parent does not wait for it.
    pub follows_from: bool,
    /// It says that it repeats an earlier request.
    pub resent: bool,
    /// Its peer is known by what it is, not only by an address.
    pub semantic: bool,
}

impl Record {
    /// The part that its trace belongs to.
    pub fn part(&self) -> usize {
        part(self.trace)
    }

    /// End in nanoseconds since the epoch, if start and duration are known.
    pub fn end(&self) -> Option<u64> {
        if self.start == 0 || self.duration == UNKNOWN { None } else { self.start.checked_add(self.duration) }
    }

    /// It asks something of another process.
    pub fn is_call(&self) -> bool {
        matches!(self.traits.kind, SpanKind::Client | SpanKind::Producer)
    }

    /// It is asked by another process.
    pub fn is_served(&self) -> bool {
        matches!(self.traits.kind, SpanKind::Server | SpanKind::Consumer)
    }
}

/// The part that a trace belongs to.
pub fn part(trace: u64) -> usize {
    // Ids need not be random: mix them (Fibonacci hashing) and take the top bits.
    (trace.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - PARTS.trailing_zeros())) as usize
}

/// A consumer's link to the message that it handles, kept until the producer's trace is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Low half of the producer's trace id.
    pub trace: u64,
    /// High half of the producer's trace id.
    pub trace_high: u64,
    /// The producer's span id.
    pub span: u64,
    /// It is the first link of its consumer.
    pub first: bool,
    /// The consumer.
    pub consumer: Record,
}
