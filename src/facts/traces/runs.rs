use super::blocks::{BLOCK, Block};
use super::problems::Problems;
use crate::parse::spans::{Format, Layout};
use crate::source::{Location, Problem};
use memchr::{memchr, memchr_iter, memrchr};
use std::io::{self, Read};
use std::sync::Arc;

/// A line or message that is larger than this is left out. Real ones have a few megabytes.
const LARGEST: usize = 256 << 20;

/// Cuts JSON lines and framed messages into blocks without a look at what is in them: a block is what was read, up to the
/// end of its last whole line or message. This is all of the work that one thread does for all others, so it must be
/// little beside theirs.
pub struct Runs<'a> {
    format: Format,
    layout: Layout,
    file: Arc<str>,
    bytes: Box<dyn Read + Send + 'a>,
    /// Number of the next line or message.
    number: u32,
    carry: Vec<u8>,
    ended: bool,
}

impl<'a> Runs<'a> {
    /// The blocks of an input in [`Layout::Lines`] or [`Layout::Frames`].
    pub fn new(format: Format, layout: Layout, file: Arc<str>, bytes: Box<dyn Read + Send + 'a>) -> Self {
        Self { format, layout, file, bytes, number: 1, carry: Vec::new(), ended: false }
    }

    /// The next block in an old buffer; `None` at the end.
    pub fn next(&mut self, mut buffer: Vec<u8>, problems: &mut Problems) -> Option<Block<'a>> {
        // What the buffer held before is written over: that is cheaper than to clear it, which room to read into would
        // have to be.
        let mut filled = self.carry.len();
        buffer.resize(buffer.len().max(filled), 0);
        if let Some(front) = buffer.get_mut(..filled) {
            front.copy_from_slice(&self.carry);
        }
        self.carry.clear();
        let mut frames = Walk::default();
        while !self.ended {
            let before = filled;
            let end = before + BLOCK;
            if buffer.len() < end {
                buffer.resize(end, 0);
            }
            let (read, result) = fill(&mut self.bytes, buffer.get_mut(before..end).unwrap_or_default());
            filled += read;
            self.ended = read < BLOCK;
            if let Err(error) = result {
                problems.push(self.problem(&error.to_string()));
            }
            let bytes = buffer.get(..filled).unwrap_or_default();
            let whole = match self.layout {
                Layout::Lines => {
                    memrchr(b'\n', bytes.get(before..).unwrap_or_default()).map_or(0, |newline| before + newline + 1)
                }
                _ => frames.end(bytes),
            };
            if whole > 0 {
                self.carry.extend_from_slice(bytes.get(whole..).unwrap_or_default());
                filled = whole;
                break;
            }
            match self.layout {
                Layout::Lines if filled > LARGEST => {
                    problems.push(self.problem("a line of more than 256 MiB is left out"));
                    self.skip_line(&mut buffer);
                    filled = buffer.len();
                }
                // Nothing behind a message whose length is wrong can be found; whoever decodes it will say so.
                Layout::Frames => self.ended |= frames.is_broken,
                _ => {}
            }
        }
        buffer.truncate(filled);
        if buffer.is_empty() {
            return None;
        }
        let (format, file, number) = (self.format, self.file.clone(), self.number);
        let count = match self.layout {
            Layout::Lines => memchr_iter(b'\n', &buffer).count(),
            _ => frames.count,
        };
        self.number = number.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        Some(match self.layout {
            Layout::Lines => Block::Lines { format, file, first_line: number, bytes: buffer },
            _ => Block::Frames { format, file, first_message: number, bytes: buffer },
        })
    }

    /// Reads on behind the next newline; what was read too much goes into the buffer.
    fn skip_line(&mut self, buffer: &mut Vec<u8>) {
        loop {
            buffer.clear();
            if !matches!(self.bytes.by_ref().take(BLOCK as u64).read_to_end(buffer), Ok(read) if read > 0) {
                self.ended = true;
                return;
            }
            if let Some(newline) = memchr(b'\n', buffer) {
                buffer.drain(..=newline);
                self.number = self.number.saturating_add(1);
                return;
            }
        }
    }

    fn problem(&self, reason: &str) -> Problem {
        Problem::new(Location::new(self.file.clone(), self.number, 1), reason)
    }
}

/// Fills a buffer as far as there is something: how much that is, and why it is not more.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    loop {
        match input.read(buffer.get_mut(filled..).unwrap_or_default()) {
            Ok(0) => return (filled, Ok(())),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Err(error)),
        }
    }
}

/// Goes over messages by their lengths.
#[derive(Default)]
struct Walk {
    /// End of the last whole message.
    at: usize,
    count: usize,
    /// The next length is beyond any real message.
    is_broken: bool,
}

impl Walk {
    /// Where the last whole message ends.
    fn end(&mut self, bytes: &[u8]) -> usize {
        while let Some((length, rest)) = bytes.get(self.at..).and_then(<[u8]>::split_first_chunk) {
            let length = u32::from_be_bytes(*length) as usize;
            self.is_broken = length > LARGEST;
            if self.is_broken || rest.len() < length {
                break;
            }
            self.at += 4 + length;
            self.count += 1;
        }
        self.at
    }
}
