//! The forms that exporters in use give to OTLP JSON, byte for byte, read with less looking around than JSON in general
//! takes. Whatever has another form is left where it is, for [`super::otlp_json`].

use super::draft::{Attributes, Draft, Id};
use super::json_scanner::{Scan, Scanner};
use super::otlp_json::{attributes, id as any_id, kind_field, time as any_time};
use super::{Attribute, id};

/// Fields of a span as far as they come in the order in which protobuf defines them. False if the span ended there.
pub(super) fn leading_fields<'a>(s: &mut Scanner<'a>, draft: &mut Draft<'a>) -> Scan<bool> {
    if s.after(br#""traceId":"#) {
        draft.trace = any_id(s)?;
        if !s.more()? {
            return Ok(false);
        }
    }
    if s.after(br#""spanId":"#) {
        draft.id = any_id(s)?;
        if !s.more()? {
            return Ok(false);
        }
    }
    if s.after(br#""parentSpanId":"#) {
        draft.parent = any_id(s)?;
        if !s.more()? {
            return Ok(false);
        }
    }
    if s.after(br#""flags":"#) {
        s.skip()?;
        if !s.more()? {
            return Ok(false);
        }
    }
    if s.after(br#""name":"#) {
        draft.name = s.scalar()?.unwrap_or_default();
        if !s.more()? {
            return Ok(false);
        }
    }
    if s.after(br#""kind":"#) {
        draft.kind = kind_field(s)?;
        if !s.more()? {
            return Ok(false);
        }
    }
    if s.after(br#""startTimeUnixNano":"#) {
        draft.start = any_time(s)?;
        if !s.more()? {
            return Ok(false);
        }
    }
    if s.after(br#""endTimeUnixNano":"#) {
        draft.end = any_time(s)?;
        if !s.more()? {
            return Ok(false);
        }
    }
    if s.after(br#""attributes":"#) {
        attributes(s, &mut draft.attributes)?;
        return s.more();
    }
    Ok(true)
}

/// An id in hexadecimal.
pub(super) fn id<const N: usize>(s: &mut Scanner<'_>) -> Option<Id<N>> {
    // Neither quotes nor escapes are digits.
    let found = id::parse(s.quoted(2 * N)?)?;
    s.take_quoted(2 * N);
    Some(if id::valid(&found) { Id::Given(found) } else { Id::Missing })
}

/// A time of this century: nineteen digits in quotes.
pub(super) fn time(s: &mut Scanner<'_>) -> Option<u64> {
    let (high, rest) = s.quoted(19)?.split_first_chunk()?;
    let (low, last) = rest.split_first_chunk()?;
    let last = last.iter().try_fold(0, |n, digit| digit.is_ascii_digit().then(|| n * 10 + u64::from(digit - b'0')))?;
    // The largest is 10^19 - 1, which fits.
    let time = (eight_digits(*high)? * 100_000_000 + eight_digits(*low)?) * 1000 + last;
    s.take_quoted(19);
    Some(time)
}

/// The number that eight decimal digits write: pairs of digits, then pairs of pairs, are put together at once.
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    const SIXES: u64 = u64::from_le_bytes([6; 8]);
    const HIGH_HALVES: u64 = u64::from_le_bytes([0xf0; 8]);
    const THREES: u64 = u64::from_le_bytes([0x30; 8]);
    let word = u64::from_le_bytes(text);
    // Digits are 0x30 to 0x39: their high half is 3, and still is after adding 6.
    if word & HIGH_HALVES != THREES || word.wrapping_add(SIXES) & HIGH_HALVES != THREES {
        return None;
    }
    let ones = word & !HIGH_HALVES;
    let tens = (ones * 10 + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let hundreds = (tens * 100 + (tens >> 16)) & 0x0000_ffff_0000_ffff;
    Some((hundreds * 10_000 + (hundreds >> 32)) & 0xffff_ffff)
}

/// An attribute whose value is text or a number in quotes: half of a file consists of these.
pub(super) fn attribute<'a>(s: &mut Scanner<'a>, into: &mut Attributes<'a>) -> Scan<bool> {
    let mut ahead = *s;
    if !ahead.after(br#"{"key":"#) || ahead.peek() != b'"' {
        return Ok(false);
    }
    let key = ahead.string()?;
    if !ahead.after(br#","value":{"stringValue":"#) && !ahead.after(br#","value":{"intValue":"#)
        || ahead.peek() != b'"'
        || key.has_escapes()
    {
        return Ok(false);
    }
    let value = ahead.string()?;
    if !ahead.after(b"}}") {
        return Ok(false);
    }
    if let Some(attribute) = Attribute::from_bytes(key.as_written()) {
        into.push(attribute, value.text()?);
    }
    *s = ahead;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight digits are read as a number, and anything else is not.
    #[test]
    fn digits_are_read() {
        for n in [0, 1, 9, 10, 12_345_678, 99_999_999, 90_000_001] {
            let text = format!("{n:08}");
            assert_eq!(eight_digits(text.as_bytes().try_into().unwrap()), Some(n));
        }
        for wrong in [*b"1234567:", *b"/2345678", *b"12 45678", *b"-2345678", *b"1234567\xff", [0; 8], [255; 8]] {
            assert_eq!(eight_digits(wrong), None, "{wrong:?}");
        }
    }

    /// Times of nineteen digits are taken; others stay where they are.
    #[test]
    fn times_are_read() {
        let read = |text| {
            let mut s = Scanner::new(text);
            (time(&mut s), s.peek())
        };
        assert_eq!(read(r#""1720000000123456789","#), (Some(1_720_000_000_123_456_789), b','));
        assert_eq!(read(r#""9999999999999999999","#), (Some(9_999_999_999_999_999_999), b','));
        for other in [r#""172000000012345678""#, r#""17200000001234567x9""#, "1720000000123456789", "\"", ""] {
            assert_eq!(read(other).0, None);
        }
    }
}
