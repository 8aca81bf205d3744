//! OTLP's protobuf, told from other signals by the wire: all of them nest resource, scope and item under the same
//! numbers, and the items' own fields differ.

use super::super::decompress::Compression;
use super::{Layout, Sniffed};
use crate::parse::spans::sniff::Format;

/// Recognises a single message, or the first of many with their length in front.
pub(super) fn sniff(head: &[u8]) -> Option<Sniffed> {
    if let Some(signal) = signal(head) {
        return Some(signal.sniffed(Layout::Message));
    }
    let (length, message) = head.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok().filter(|n| *n > 0)?;
    let message = message.get(..length).unwrap_or(message);
    if Compression::sniff(message).is_some() || is_json(message) {
        // What is inside decides frame by frame: JSON begins with a brace, protobuf never does.
        return Some(Sniffed::Traces(Format::Otlp, Layout::Frames));
    }
    Some(signal(message)?.sniffed(Layout::Frames))
}

#[derive(Clone, Copy)]
enum Signal {
    Traces,
    Other(&'static str),
}

impl Signal {
    fn sniffed(self, layout: Layout) -> Sniffed {
        match self {
            Signal::Traces => Sniffed::Traces(Format::Otlp, layout),
            Signal::Other(name) => Sniffed::LeftAside(name),
        }
    }
}

fn is_json(message: &[u8]) -> bool {
    matches!(message.trim_ascii_start(), [b'{', rest @ ..] if rest.trim_ascii_start().first() == Some(&b'"'))
        && message.first() == Some(&b'{')
}

/// The signal of an export, `None` if the bytes are none.
fn signal(export: &[u8]) -> Option<Signal> {
    let mut items = 0;
    for resource in below(export, 1)? {
        for scope in below(resource, 2)? {
            for item in below(scope, 2)? {
                items += 1;
                if let Some(signal) = of_item(item) {
                    return Some(signal);
                }
            }
        }
    }
    // An export without items is harmless whatever its signal, but random bytes must not pass for one.
    (items == 0 && export.len() > 2 && below(export, 1)?.next().is_some_and(|r| below(r, 1).is_some()))
        .then_some(Signal::Traces)
}

/// Payloads of the fields of one number, which are messages; `None` if `message` has fields that OTLP's outer messages
/// do not have.
fn below(message: &[u8], number: u64) -> Option<impl Iterator<Item = &[u8]>> {
    let known = Fields(message).all(|field| matches!((field.number, field.wire), (1..=3 | 1000, 2)));
    (known && !message.is_empty()).then(|| {
        Fields(message).filter(move |field| field.number == number).map(|field| field.payload)
    })
}

/// A span has fixed 64-bit times in fields 7 and 8, a log record in 1 and 11, a metric a message in one of 5 to 12.
fn of_item(item: &[u8]) -> Option<Signal> {
    Fields(item).find_map(|field| match (field.number, field.wire) {
        (7 | 8, 1) => Some(Signal::Traces),
        (1 | 11, 1) => Some(Signal::Other("logs")),
        (5 | 7 | 9 | 10 | 11, 2) if Fields(item).all(|f| f.wire == 2) => Some(Signal::Other("metrics")),
        _ => None,
    })
}

struct Field<'a> {
    number: u64,
    wire: u8,
    payload: &'a [u8],
}

/// Fields of a message whose end may be missing; stops at what is no field, after giving one of number 0.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let tag = self.varint()?;
        let wire = (tag & 7) as u8;
        let length = match wire {
            0 => {
                self.varint()?;
                0
            }
            1 => 8,
            2 => usize::try_from(self.varint()?).ok()?,
            5 => 4,
            _ => {
                self.0 = &[];
                return Some(Field { number: 0, wire, payload: &[] });
            }
        };
        let (payload, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        Some(Field { number: tag >> 3, wire, payload })
    }
}

impl Fields<'_> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    }
}
