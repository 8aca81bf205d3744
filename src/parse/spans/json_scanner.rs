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

/// A string with its quotes, escapes not yet resolved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'a> {
    quoted: &'a str,
}

impl<'a> Raw<'a> {
    /// The bytes as they stand: right unless there are escapes, which no known key and no id needs.
    pub fn as_written(self) -> &'a [u8] {
        self.inner().as_bytes()
    }

    /// The string.
    pub fn text(self) -> Scan<Cow<'a, str>> {
        match memchr(b'\\', self.quoted.as_bytes()) {
            None => Ok(Cow::Borrowed(self.inner())),
            Some(_) => serde_json::from_str(self.quoted).map(Cow::Owned).map_err(|_| Deviation),
        }
    }

    fn inner(self) -> &'a str {
        self.quoted.get(1..self.quoted.len() - 1).unwrap_or_default()
    }
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte that is not white space, 0 at the end; it stays the next.
    pub fn peek(&mut self) -> u8 {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return byte;
            }
            self.at += 1;
        }
        0
    }

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
    pub fn string(&mut self) -> Scan<Raw<'a>> {
        self.expect(b'"')?;
        let (bytes, start) = (self.text.as_bytes(), self.at);
        let mut from = start;
        loop {
            let end = quote(bytes, from).ok_or(Deviation)?;
            if bytes.get(end - 1) != Some(&b'\\') || !ends_in_escape(bytes.get(start..end).unwrap_or_default()) {
                self.at = end + 1;
                return self.text.get(start - 1..=end).map(|quoted| Raw { quoted }).ok_or(Deviation);
            }
            from = end + 1;
        }
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

    /// An object: calls `each` with every key; it has to take the value. A key with escapes is a deviation.
    pub fn object(&mut self, mut each: impl FnMut(&mut Self, &'a [u8]) -> Scan<()>) -> Scan<()> {
        if self.peek() != b'{' {
            return self.skip();
        }
        self.at += 1;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.string()?.as_written();
            self.expect(b':')?;
            if has_escape(key) {
                return Err(Deviation);
            }
            each(self, key)?;
            if self.take(b',') {
                continue;
            }
            return self.expect(b'}');
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

/// The next quote. Most strings are short: eight bytes at a time find their end before `memchr` has got going.
fn quote(bytes: &[u8], from: usize) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    const QUOTES: u64 = ONES * b'"' as u64;
    let mut at = from;
    for _ in 0..5 {
        let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk()) else { break };
        // A byte that is a quote becomes 0, and only the lowest 0 is sure to set its high bit.
        let differences = u64::from_le_bytes(*word) ^ QUOTES;
        let zeros = differences.wrapping_sub(ONES) & !differences & HIGHS;
        if zeros != 0 {
            return Some(at + (zeros.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    memchr(b'"', bytes.get(at..)?).map(|i| at + i)
}

/// Whether there is a backslash in a short text.
pub(super) fn has_escape(text: &[u8]) -> bool {
    // Without an early end the compiler compares many bytes at once.
    text.iter().fold(false, |found, &byte| found | (byte == b'\\'))
}

/// Whether the text ends in an odd number of backslashes, so that the quote after it does not end the string.
fn ends_in_escape(text: &[u8]) -> bool {
    text.iter().rev().take_while(|&&b| b == b'\\').count() % 2 == 1
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
