use super::{Attribute, ResourceIndex, Sink, Span, SpanKind, Status, id};
use std::borrow::Cow;
use std::fmt::{Display, Write};
use std::ops::Range;

/// Why a span without a usable trace, span or parent id is dropped.
pub const INVALID_ID: &str = "invalid-id";

/// As many wanted attributes as spans normally have: they need no allocation.
const FEW: usize = 24;

/// Wanted attributes while they are decoded: those that stand in the input as they are, and those that had to be made
/// (unescaped, or written out as text).
#[derive(Debug, Default)]
pub(super) struct Attributes<'a> {
    plain: Vec<(Attribute, &'a str)>,
    made: Vec<(Attribute, Range<usize>)>,
    scratch: String,
}

impl<'a> Attributes<'a> {
    pub fn clear(&mut self) {
        self.plain.clear();
        self.made.clear();
        self.scratch.clear();
    }

    pub fn push(&mut self, attribute: Attribute, text: Cow<'a, str>) {
        match text {
            Cow::Borrowed(text) => self.plain.push((attribute, text)),
            Cow::Owned(text) => self.push_made(attribute, &text),
        }
    }

    pub fn push_made(&mut self, attribute: Attribute, value: impl Display) {
        let start = self.scratch.len();
        // Writing to a String cannot fail.
        let _ = write!(self.scratch, "{value}");
        self.made.push((attribute, start..self.scratch.len()));
    }

    /// The same as [`Attributes::push_made`] for whole numbers, most of which are ports and status codes.
    pub fn push_number(&mut self, attribute: Attribute, number: i64) {
        let start = self.scratch.len();
        let mut left = number.unsigned_abs();
        self.scratch.extend((number < 0).then_some('-'));
        let mut power = 10u64.pow(left.checked_ilog10().unwrap_or(0));
        while power > 0 {
            self.scratch.push(char::from(b'0' + (left / power) as u8));
            left %= power;
            power /= 10;
        }
        self.made.push((attribute, start..self.scratch.len()));
    }

    pub fn with<R>(&self, then: impl FnOnce(&[(Attribute, &str)]) -> R) -> R {
        if self.made.is_empty() {
            return then(&self.plain);
        }
        let made = self.made.iter().map(|(a, range)| (*a, self.scratch.get(range.clone()).unwrap_or_default()));
        let all = self.plain.iter().copied().chain(made);
        let mut few = [(Attribute::ServiceName, ""); FEW];
        match few.get_mut(..self.plain.len() + self.made.len()) {
            Some(few) => {
                few.iter_mut().zip(all).for_each(|(place, attribute)| *place = attribute);
                then(few)
            }
            None => then(&all.collect::<Vec<_>>()),
        }
    }
}

/// An id as it was found: a field that is missing, empty or all zeros is no id; one of wrong form is broken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Id<const N: usize> {
    #[default]
    Missing,
    Broken,
    Given([u8; N]),
}

impl<const N: usize> Id<N> {
    /// From OTLP JSON.
    pub fn from_text(text: &[u8]) -> Self {
        if text.is_empty() { Id::Missing } else { Self::of(id::parse(text)) }
    }

    /// From protobuf.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        if bytes.is_empty() { Id::Missing } else { Self::of(bytes.try_into().ok()) }
    }

    fn of(parsed: Option<[u8; N]>) -> Self {
        match parsed {
            None => Id::Broken,
            Some(id) if id::valid(&id) => Id::Given(id),
            Some(_) => Id::Missing,
        }
    }
}

/// An OTLP span while it is decoded, whatever the encoding.
#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    pub trace: Id<16>,
    pub id: Id<8>,
    pub parent: Id<8>,
    pub kind: SpanKind,
    pub name: Cow<'a, str>,
    pub start: Option<u64>,
    pub end: Option<u64>,
    pub status: Status,
    pub trace_state: Cow<'a, str>,
    pub attributes: Attributes<'a>,
    pub links: Vec<([u8; 16], [u8; 8])>,
}

impl Draft<'_> {
    /// Makes room for the next span, keeping what is allocated.
    pub fn clear(&mut self) {
        self.trace = Id::Missing;
        self.id = Id::Missing;
        self.parent = Id::Missing;
        self.kind = SpanKind::Unspecified;
        self.name = Cow::Borrowed("");
        self.start = None;
        self.end = None;
        self.status = Status::Unset;
        self.trace_state = Cow::Borrowed("");
        self.attributes.clear();
        self.links.clear();
    }

    /// Adds a link, if it leads somewhere.
    pub fn link(&mut self, trace: Id<16>, span: Id<8>) {
        if let (Id::Given(trace), Id::Given(span)) = (trace, span) {
            self.links.push((trace, span));
        }
    }

    /// Gives the span to the sink, or drops it if its ids are no good. A parent that cannot be read does not make a
    /// root.
    pub fn emit(&self, resource: ResourceIndex, sink: &mut impl Sink) {
        let (Id::Given(trace), Id::Given(id)) = (self.trace, self.id) else { return sink.dropped(INVALID_ID) };
        let parent = match self.parent {
            Id::Missing => None,
            Id::Broken => return sink.dropped(INVALID_ID),
            Id::Given(parent) => Some(parent),
        };
        let start_ns = self.start.filter(|&ns| ns > 0);
        let duration_ns = start_ns.zip(self.end).and_then(|(start, end)| end.checked_sub(start));
        self.attributes.with(|attributes| {
            sink.span(
                resource,
                &Span {
                    trace,
                    id,
                    parent,
                    kind: self.kind,
                    shared: false,
                    follows_from: false,
                    name: &self.name,
                    start_ns,
                    duration_ns,
                    status: self.status,
                    trace_state: &self.trace_state,
                    attributes,
                    links: &self.links,
                },
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers are written as the standard library writes them.
    #[test]
    fn numbers_are_decimal() {
        for number in [0, 7, 10, 80, 100, 8080, -1, -10, i64::MAX, i64::MIN] {
            let mut attributes = Attributes::default();
            attributes.push_number(Attribute::ServerPort, number);
            attributes.with(|all| assert_eq!(all, [(Attribute::ServerPort, number.to_string().as_str())]));
        }
    }

    /// More attributes than normal are kept as well.
    #[test]
    fn many_attributes_are_kept() {
        let mut attributes = Attributes::default();
        (0..100).for_each(|n| attributes.push_number(Attribute::ServerPort, n));
        attributes.with(|all| assert_eq!(all.len(), 100));
    }
}
