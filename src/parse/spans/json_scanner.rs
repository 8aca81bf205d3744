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

/// A string between its quotes, escapes not yet resolved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'a> {
    text: &'a str,
    quoted: &'a str,
}

impl<'a> Raw<'a> {
    /// The bytes as they stand: right unless there are escapes, which no known key and no id needs.
    pub fn as_written(self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The string.
    pub fn text(self) -> Scan<Cow<'a, str>> {
        match memchr(b'\\', self.text.as_bytes()) {
            None => Ok(Cow::Borrowed(self.text)),
            Some(_) => serde_json::from_str(self.quoted).map(Cow::Owned).map_err(|_| Deviation),
        }
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
            let end = from + memchr(b'"', bytes.get(from..).unwrap_or_default()).ok_or(Deviation)?;
            if !ends_in_escape(bytes.get(start..end).unwrap_or_default()) {
                self.at = end + 1;
                let text = self.text.get(start..end).ok_or(Deviation)?;
                let quoted = self.text.get(start - 1..=end).ok_or(Deviation)?;
                return Ok(Raw { text, quoted });
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
    pub fn after(&mut self, literal: &[u8]) -> bool {
        let found = self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(literal));
        if found {
            self.at += literal.len();
        }
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
            if key.contains(&b'\\') {
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
