use memchr::memchr;
use std::borrow::Cow;

/// The text is not what the scanner is made for: broken JSON, or something legal that it does not care to understand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Deviation;

pub(super) type Scan<T> = Result<T, Deviation>;

/// Pulls values out of JSON text and jumps over the rest.
///
/// What is jumped over is only looked at as far as is needed to find its end, so broken text can pass; right text is
/// never misread. Nothing recurses. Values of another type than the one asked for are jumped over, `null` included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// A string, escapes not yet resolved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'a> {
    text: &'a str,
    /// Where the string begins, behind its quote, and ends.
    start: usize,
    end: usize,
    /// It is known to have no escapes.
    plain: bool,
}

impl<'a> Raw<'a> {
    /// The bytes as they stand: right unless there are escapes, which no known key and no id needs.
    pub fn as_written(self) -> &'a [u8] {
        self.text.as_bytes().get(self.start..self.end).unwrap_or_default()
    }

    /// Whether there are escapes.
    pub fn has_escapes(self) -> bool {
        !self.plain && memchr(b'\\', self.as_written()).is_some()
    }

    /// The string.
    pub fn text(self) -> Scan<Cow<'a, str>> {
        if self.has_escapes() {
            let quoted = self.text.get(self.start - 1..=self.end).ok_or(Deviation)?;
            return serde_json::from_str(quoted).map(Cow::Owned).map_err(|_| Deviation);
        }
        self.text.get(self.start..self.end).map(Cow::Borrowed).ok_or(Deviation)
    }
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte that is not white space, 0 at the end; it stays the next.
    #[inline]
    pub fn peek(&mut self) -> u8 {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return byte;
            }
            self.at += 1;
        }
        0
    }

    #[inline]
    fn take(&mut self, expected: u8) -> bool {
        let found = self.peek() == expected;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, expected: u8) -> Scan<()> {
        if self.take(expected) { Ok(()) } else { Err(Deviation) }
    }

    /// Nothing but white space is left.
    pub fn end(&mut self) -> Scan<()> {
        self.peek();
        if self.at == self.text.len() { Ok(()) } else { Err(Deviation) }
    }

    /// A string.
    #[inline]
    pub fn string(&mut self) -> Scan<Raw<'a>> {
        self.expect(b'"')?;
        let start = self.at;
        let (end, plain) = match short_string(self.text.as_bytes(), start) {
            Some(end) => (end, true),
            None => (long_string(self.text.as_bytes(), start).ok_or(Deviation)?, false),
        };
        self.at = end + 1;
        Ok(Raw { text: self.text, start, end, plain })
    }

    /// A number, literal or string as text. Objects and arrays are jumped over and give nothing.
    pub fn scalar(&mut self) -> Scan<Option<Cow<'a, str>>> {
        match self.peek() {
            b'"' => self.string()?.text().map(Some),
            b'{' | b'[' => self.skip().map(|()| None),
            b'n' => self.literal().map(|_| None),
            _ => self.literal().map(|text| Some(Cow::Borrowed(text))),
        }
    }

    fn literal(&mut self) -> Scan<&'a str> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest
            .bytes()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')))
            .unwrap_or(rest.len());
        if length == 0 {
            return Err(Deviation);
        }
        self.at += length;
        rest.get(..length).ok_or(Deviation)
    }

    /// Jumps over one value.
    pub fn skip(&mut self) -> Scan<()> {
        let mut depth = 0usize;
        loop {
            match self.peek() {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1).ok_or(Deviation)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    self.literal()?;
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Goes behind the literal if it is exactly what comes next.
    pub fn after<const N: usize>(&mut self, literal: &[u8; N]) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let found = rest.first_chunk() == Some(literal);
        self.at += if found { N } else { 0 };
        found
    }

    /// What is between quotes, if it is exactly so long; it may hold quotes and escapes. Nothing is taken.
    pub fn quoted(&self, length: usize) -> Option<&'a [u8]> {
        match self.text.as_bytes().get(self.at..self.at + length + 2)? {
            [b'"', inner @ .., b'"'] => Some(inner),
            _ => None,
        }
    }

    /// Takes what [`Scanner::quoted`] found.
    pub fn take_quoted(&mut self, length: usize) {
        self.at += length + 2;
    }

    /// An object: calls `each` with every key; it has to take the value. A key with escapes is a deviation.
    pub fn object(&mut self, each: impl FnMut(&mut Self, &'a [u8]) -> Scan<()>) -> Scan<()> {
        if self.enter()? { self.members(each) } else { Ok(()) }
    }

    /// Begins an object. False if nothing is left of it: it is empty, or something else, which is jumped over.
    pub fn enter(&mut self) -> Scan<bool> {
        if self.peek() != b'{' {
            return self.skip().map(|()| false);
        }
        self.at += 1;
        Ok(!self.take(b'}'))
    }

    /// After a member of an object: whether another one follows.
    pub fn more(&mut self) -> Scan<bool> {
        if self.take(b',') { Ok(true) } else { self.expect(b'}').map(|()| false) }
    }

    /// The rest of an object, from a key on.
    pub fn members(&mut self, mut each: impl FnMut(&mut Self, &'a [u8]) -> Scan<()>) -> Scan<()> {
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            if key.has_escapes() {
                return Err(Deviation);
            }
            each(self, key.as_written())?;
            if !self.more()? {
                return Ok(());
            }
        }
    }

    /// An array: calls `each` at every element; it has to take it.
    pub fn array(&mut self, mut each: impl FnMut(&mut Self) -> Scan<()>) -> Scan<()> {
        if self.peek() != b'[' {
            return self.skip();
        }
        self.at += 1;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.take(b',') {
                continue;
            }
            return self.expect(b']');
        }
    }
}

/// Where a short string without escapes ends; nothing if it is another one. Most are, and looking at eight bytes at a
/// time finds their end before `memchr` has got going.
#[inline]
fn short_string(bytes: &[u8], start: usize) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    // Bytes that are `byte` get their high bit set; so may bytes above them, which is no matter to the lowest.
    let equal = |word: u64, byte: u8| {
        let differences = word ^ (ONES * u64::from(byte));
        differences.wrapping_sub(ONES) & !differences & (ONES << 7)
    };
    let words = bytes.get(start..)?.chunks_exact(8).take(4);
    for (i, word) in words.enumerate() {
        let word = u64::from_le_bytes(*word.first_chunk()?);
        let (quotes, escapes) = (equal(word, b'"'), equal(word, b'\\'));
        if quotes | escapes != 0 {
            let quote_first = quotes.trailing_zeros() < escapes.trailing_zeros();
            return quote_first.then_some(start + 8 * i + (quotes.trailing_zeros() / 8) as usize);
        }
    }
    None
}

/// Where any string ends: at the first quote that has an even number of backslashes before it.
#[inline(never)]
fn long_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut from = start;
    loop {
        let end = from + memchr(b'"', bytes.get(from..)?)?;
        let escapes = bytes.get(start..end)?.iter().rev().take_while(|&&b| b == b'\\').count();
        if escapes % 2 == 0 {
            return Some(end);
        }
        from = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strings end at the first quote that is not escaped.
    #[test]
    fn strings_end_where_they_should() {
        for (json, text) in [
            (r#""a""#, "a"),
            (r#""""#, ""),
            (r#""seven b""#, "seven b"),
            (r#""eight by""#, "eight by"),
            (r##""x\u0022é! #!(""##, "x\"é! #!("),
            (
                r#""a string of more than forty bytes: longer than words are looked at""#,
                "a string of more than forty bytes: longer than words are looked at",
            ),
            (r#""a\"b""#, "a\"b"),
            (r#""a\\""#, "a\\"),
            (r#""\\\"\u00e9\ud83d\ude00""#, "\\\"é😀"),
        ] {
            let mut scanner = Scanner::new(json);
            assert_eq!(scanner.string().and_then(Raw::text).as_deref(), Ok(text));
            assert_eq!(scanner.end(), Ok(()));
        }
        for broken in [r#""a"#, r#""a\""#, "a", "", r#""\ud83d""#, r#""\x""#] {
            assert!(Scanner::new(broken).string().and_then(Raw::text).is_err(), "{broken}");
        }
    }

    /// Skipping ends exactly after the value, however deep it is.
    #[test]
    fn values_are_skipped_to_their_end() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        for value in ["1", "-1.5e+3", "null", r#""}]""#, "[]", r#"{"a":[1,{"b":"]"}],"c":null}"#, &deep] {
            let text = format!(" {value} ,");
            let mut scanner = Scanner::new(&text);
            assert_eq!(scanner.skip(), Ok(()));
            assert_eq!(scanner.peek(), b',');
        }
        for broken in ["", "]", "[", "[1", ",", "{\"a\":"] {
            assert_eq!(Scanner::new(broken).skip(), Err(Deviation), "{broken}");
        }
    }
}
