use memchr::{memchr_iter, memchr2};
use std::fmt;
use std::io::{self, BufRead, ErrorKind};

/// Largest record that is held in memory, in bytes. Real ones (a batch, a trace, a line) stay far below.
pub const MAX_RECORD: usize = 256 << 20;

/// Why JSON text cannot be walked any further.
#[derive(Debug)]
pub enum Broken {
    /// It ends inside a value.
    Truncated,
    /// A byte that cannot stand where it does.
    Unexpected(u8),
    /// A value longer than [`MAX_RECORD`]; the cursor stands behind it.
    TooLarge,
    /// The input itself failed.
    Io(io::Error),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Truncated => write!(f, "the JSON ends too early"),
            Broken::Unexpected(byte) => write!(f, "unexpected {:?} in JSON", char::from(*byte)),
            Broken::TooLarge => write!(f, "a value of more than {} MiB", MAX_RECORD >> 20),
            Broken::Io(error) => write!(f, "{error}"),
        }
    }
}

/// Walks the outer structure of JSON text, from a stream or from memory, and copies out the values that are wanted.
///
/// Only brackets, strings and separators are looked at: what a value holds is checked by whoever reads the copy, so
/// that a broken value costs nothing but itself. Nesting is counted, not followed. Separators are taken leniently: a
/// missing comma is no error, a comma before a closing bracket is one.
pub struct Cursor<R> {
    input: R,
    line: u32,
}

impl<R: BufRead> Cursor<R> {
    /// A cursor at the first byte of `input`, which is `line` of its file.
    pub fn new(input: R, line: u32) -> Self {
        Self { input, line }
    }

    /// The line of the next byte, from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The next byte that is not white space, not yet consumed; `None` at the end.
    pub fn peek(&mut self) -> Result<Option<u8>, Broken> {
        loop {
            let window = fill(&mut self.input)?;
            if window.is_empty() {
                return Ok(None);
            }
            let space = window.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let next = window.get(space).copied();
            self.consume(space);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Consumes the byte that [`Self::peek`] showed.
    pub fn bump(&mut self) {
        self.consume(1);
    }

    /// Moves to the next element of the array that the cursor is in: `false` (and behind the bracket) if there is none.
    pub fn element(&mut self) -> Result<bool, Broken> {
        self.item(b']', b'}')
    }

    /// Moves to the value of the next member of the object that the cursor is in, and gives its key: `None` (and behind
    /// the bracket) if there is none.
    pub fn member(&mut self) -> Result<Option<String>, Broken> {
        if !self.item(b'}', b']')? {
            return Ok(None);
        }
        let mut quoted = Vec::new();
        match self.peek()? {
            Some(b'"') => self.copy(&mut quoted)?,
            Some(byte) => return Err(Broken::Unexpected(byte)),
            None => return Err(Broken::Truncated),
        }
        let key = serde_json::from_slice(&quoted).map_err(|_| Broken::Unexpected(b'"'))?;
        match self.peek()? {
            Some(b':') => self.bump(),
            Some(byte) => return Err(Broken::Unexpected(byte)),
            None => return Err(Broken::Truncated),
        }
        match self.peek()? {
            Some(byte @ (b',' | b'}' | b']' | b':')) => Err(Broken::Unexpected(byte)),
            Some(_) => Ok(Some(key)),
            None => Err(Broken::Truncated),
        }
    }

    /// Appends the value at the cursor to `record`.
    pub fn copy(&mut self, record: &mut Vec<u8>) -> Result<(), Broken> {
        self.value(Some(record))
    }

    /// Passes over the value at the cursor.
    pub fn skip(&mut self) -> Result<(), Broken> {
        self.value(None)
    }

    fn item(&mut self, close: u8, wrong: u8) -> Result<bool, Broken> {
        match self.peek()? {
            Some(byte) if byte == close => {
                self.bump();
                Ok(false)
            }
            Some(b',') => {
                self.bump();
                match self.peek()? {
                    Some(byte @ (b',' | b']' | b'}' | b':')) => Err(Broken::Unexpected(byte)),
                    Some(_) => Ok(true),
                    None => Err(Broken::Truncated),
                }
            }
            Some(byte) if byte == wrong || byte == b':' => Err(Broken::Unexpected(byte)),
            Some(_) => Ok(true),
            None => Err(Broken::Truncated),
        }
    }

    fn value(&mut self, mut record: Option<&mut Vec<u8>>) -> Result<(), Broken> {
        self.peek()?;
        let mut lexer = Lexer::default();
        let start = record.as_ref().map_or(0, |r| r.len());
        let mut fits = true;
        loop {
            let window = fill(&mut self.input)?;
            if window.is_empty() && !matches!(lexer.state, State::Bare) {
                return Err(Broken::Truncated);
            }
            let end = if window.is_empty() { Some(0) } else { lexer.advance(window) };
            let taken = window.get(..end.unwrap_or(window.len())).unwrap_or_default();
            if let Some(record) = record.as_mut().filter(|_| fits) {
                fits = record.len() - start + taken.len() <= MAX_RECORD;
                if fits {
                    record.extend_from_slice(taken);
                }
            }
            let taken = taken.len();
            self.consume(taken);
            if end.is_some() {
                return if fits { Ok(()) } else { Err(Broken::TooLarge) };
            }
        }
    }

    /// Consumes bytes of the current window, counting lines.
    fn consume(&mut self, count: usize) {
        if let Ok(window) = fill(&mut self.input) {
            let lines = memchr_iter(b'\n', window.get(..count).unwrap_or(window)).count();
            self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        }
        self.input.consume(count);
    }
}

/// The window of buffered bytes; empty at the end.
pub fn fill<R: BufRead>(input: &mut R) -> Result<&[u8], Broken> {
    loop {
        match input.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Broken::Io(error)),
        }
    }
    // Asked twice because the borrow of a match arm that returns would last for the whole loop.
    input.fill_buf().map_err(Broken::Io)
}

/// Finds the end of one value, fed piece by piece.
#[derive(Default)]
struct Lexer {
    depth: usize,
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Start,
    Structure,
    Text,
    Escape,
    /// A number, `true`, `false`, `null`, or something that is none of these.
    Bare,
}

impl Lexer {
    /// The number of bytes after which the value is complete; `None` if it goes on behind `bytes`.
    fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut i = 0;
        while let Some(&byte) = bytes.get(i) {
            match self.state {
                State::Text => {
                    i += memchr2(b'"', b'\\', bytes.get(i..)?)?;
                    self.state = match bytes.get(i) {
                        Some(b'\\') => State::Escape,
                        _ if self.depth == 0 => return Some(i + 1),
                        _ => State::Structure,
                    };
                }
                State::Escape => self.state = State::Text,
                State::Structure | State::Start => match byte {
                    b'"' => self.state = State::Text,
                    b'{' | b'[' => {
                        self.depth += 1;
                        self.state = State::Structure;
                    }
                    b'}' | b']' => {
                        self.depth = self.depth.saturating_sub(1);
                        if self.depth == 0 {
                            return Some(i + 1);
                        }
                    }
                    _ if matches!(self.state, State::Start) => self.state = State::Bare,
                    _ => {}
                },
                State::Bare => {
                    if matches!(byte, b',' | b'}' | b']' | b':' | b'"' | b'{' | b'[') || byte.is_ascii_whitespace() {
                        return Some(i);
                    }
                }
            }
            i += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn elements(text: &str, capacity: usize) -> (Vec<String>, Option<String>) {
        let mut cursor = Cursor::new(BufReader::with_capacity(capacity, text.as_bytes()), 1);
        let mut seen = Vec::new();
        cursor.peek().unwrap();
        cursor.bump();
        loop {
            match cursor.element() {
                Ok(true) => {
                    let mut record = Vec::new();
                    if let Err(broken) = cursor.copy(&mut record) {
                        return (seen, Some(format!("{}: {broken}", cursor.line())));
                    }
                    seen.push(String::from_utf8(record).unwrap());
                }
                Ok(false) => return (seen, None),
                Err(broken) => return (seen, Some(format!("{}: {broken}", cursor.line()))),
            }
        }
    }

    /// Elements come out whole whatever they hold and wherever the buffer ends.
    #[test]
    fn elements_are_cut_at_any_buffer_boundary() {
        let text = r#" [ {"a":"]}\"\\"} , [1,[2]],"x,\u0022]", -1.5e3,true,null ,{} ] "#;
        let expected = [r#"{"a":"]}\"\\"}"#, "[1,[2]]", r#""x,\u0022]""#, "-1.5e3", "true", "null", "{}"];
        for capacity in 1..text.len() {
            assert_eq!(elements(text, capacity), (expected.map(String::from).to_vec(), None), "{capacity}");
        }
    }

    /// What stood before a fault is kept, and the fault has its line.
    #[test]
    fn faults_keep_what_was_before_them() {
        for (text, before, fault) in [
            ("[{},\n]", 1, "2: unexpected ']' in JSON"),
            ("[{}\n,,{}]", 1, "2: unexpected ',' in JSON"),
            ("[{}\n}", 1, "2: unexpected '}' in JSON"),
            ("[1,\n{\"a\":", 1, "2: the JSON ends too early"),
            ("[1,\n\"a", 1, "2: the JSON ends too early"),
            ("[1", 1, "1: the JSON ends too early"),
        ] {
            let (seen, found) = elements(text, 4);
            assert_eq!((seen.len(), found.as_deref()), (before, Some(fault)), "{text}");
        }
    }

    /// Nesting of any depth is passed over without recursion.
    #[test]
    fn deep_nesting_is_passed_over() {
        let text = format!("[{}1{},2]", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(elements(&text, 1 << 12).0.get(1).map(String::as_str), Some("2"));
    }

    /// Members come with decoded keys; values that are skipped leave the cursor at the next member.
    #[test]
    fn members_have_decoded_keys() {
        let mut cursor = Cursor::new(&br#"{"\u0061": {"b":1}, "c" : 2 }"#[..], 1);
        cursor.peek().unwrap();
        cursor.bump();
        assert_eq!(cursor.member().unwrap().as_deref(), Some("a"));
        cursor.skip().unwrap();
        assert_eq!(cursor.member().unwrap().as_deref(), Some("c"));
        cursor.skip().unwrap();
        assert_eq!(cursor.member().unwrap(), None);
    }
}
