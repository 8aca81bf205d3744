//! OTLP's protobuf, told from other binary data by its nesting: exports of all signals have resources in field 1, each
//! with its scopes in field 2, each with its items in field 2.

use super::super::decompress::Compression;
use super::Layout;

/// Bytes in which any export has some that no text has: lengths and tags are control characters.
const TELLING: usize = 256;

/// Recognises a single message, or the first of many with their length in front.
pub(super) fn sniff(head: &[u8]) -> Option<Layout> {
    if is_text(head) {
        return None;
    }
    if is_export(head) {
        return Some(Layout::Message);
    }
    let (length, message) = head.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok().filter(|length| *length > 0)?;
    let message = message.get(..length).unwrap_or(message);
    let framed = Compression::sniff(message).is_some() || is_json(message) || is_export(message);
    framed.then_some(Layout::Frames)
}

fn is_text(head: &[u8]) -> bool {
    head.iter().take(TELLING).all(|byte| *byte >= b' ' || byte.is_ascii_whitespace())
}

fn is_json(message: &[u8]) -> bool {
    let Some(rest) = message.strip_prefix(b"{") else { return false };
    matches!(rest.trim_ascii_start().first(), Some(b'"' | b'}'))
}

fn is_export(export: &[u8]) -> bool {
    let mut resources = below(export, 1).into_iter().flatten().peekable();
    resources.peek().is_some()
        && resources.all(|resource| {
            let described = below(resource, 1).into_iter().flatten().all(is_resource);
            described && below(resource, 2).is_some_and(|mut scopes| scopes.all(|scope| below(scope, 2).is_some()))
        })
}

/// Attributes, their dropped count, references to entities.
fn is_resource(resource: &[u8]) -> bool {
    Fields(resource).all(|field| matches!((field.number, field.wire), (1 | 3, 2) | (2, 0)))
}

/// Payloads of the fields of one number; `None` if `message` has fields that OTLP's outer messages do not have.
fn below(message: &[u8], number: u64) -> Option<impl Iterator<Item = &[u8]>> {
    let known = Fields(message).all(|field| matches!((field.number, field.wire), (1..=3 | 1000, 2)));
    known.then(|| Fields(message).filter(move |field| field.number == number).map(|field| field.payload))
}

struct Field<'a> {
    number: u64,
    wire: u8,
    payload: &'a [u8],
}

/// Fields of a message whose end may be missing. What is no field is given as one of number 0, and ends the message.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let tag = self.varint()?;
        let wire = (tag & 7) as u8;
        let length = match wire {
            0 => self.varint().map(|_| 0)?,
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
