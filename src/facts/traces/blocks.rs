use super::problems::Problems;
use crate::parse::spans::{Decoder, Format, Input, Layout, Records, Sink, Step, open, otlp_json};
use crate::source::{Location, Problem, Tally};
use memchr::{memchr_iter, memrchr};
use std::io::{self, BufReader, Read};
use std::sync::Arc;

/// Bytes that are handed to a worker at once: enough to make the hand-over cheap, little enough to stay in cache.
const BLOCK: usize = 1 << 20;

/// A line or message that is larger than this is left out. Real ones have a few megabytes.
const LARGEST_LINE: usize = 256 << 20;

/// A trace export to read: a file, or standard input.
pub struct Export<'a> {
    /// Its name in problems.
    pub name: Arc<str>,
    /// Opens it. Called once, when its turn comes.
    pub open: Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send + 'a>> + Send + 'a>,
}

/// Work for one worker.
pub enum Block<'a> {
    /// Whole lines of JSON.
    Lines {
        /// What the lines hold.
        format: Format,
        /// Where they stand.
        file: Arc<str>,
        /// Number of the first line, from 1.
        first_line: u32,
        /// The lines.
        bytes: Vec<u8>,
    },
    /// Records of any other layout.
    Records {
        /// What they hold.
        format: Format,
        /// How they are laid out.
        layout: Layout,
        /// Where they stand.
        file: Arc<str>,
        /// Records and ends of documents.
        pieces: Vec<Piece>,
    },
    /// An edge summary.
    Summary {
        /// Where it stands.
        file: Arc<str>,
        /// Its text.
        bytes: Box<dyn Read + Send + 'a>,
    },
}

/// A record, or another step of [`Records`].
pub enum Piece {
    /// A record and its line.
    Record(Vec<u8>, u32),
    /// What came instead.
    Other(Step),
}

/// Cuts exports into blocks, one export after the other. Where blocks begin depends on the bytes alone.
pub struct Blocks<'a> {
    exports: std::vec::IntoIter<Export<'a>>,
    current: Option<Current<'a>>,
    /// Files opened, and those that could not be.
    pub files: Tally,
    /// What was wrong with files as a whole.
    pub problems: Problems,
}

enum Current<'a> {
    Lines(Lines<'a>),
    Records {
        format: Format,
        layout: Layout,
        file: Arc<str>,
        records: Box<Records<BufReader<Box<dyn Read + Send + 'a>>>>,
    },
}

impl<'a> Blocks<'a> {
    /// The blocks of these exports.
    pub fn new(exports: Vec<Export<'a>>) -> Self {
        Self { exports: exports.into_iter(), current: None, files: Tally::default(), problems: Problems::default() }
    }

    /// The next block; `None` at the end. `buffer` is an old one to fill.
    pub fn next(&mut self, buffer: Vec<u8>) -> Option<Block<'a>> {
        let mut buffer = Some(buffer);
        loop {
            match &mut self.current {
                None => match self.open()? {
                    Ok(block) => return Some(block),
                    Err(current) => self.current = current,
                },
                Some(Current::Lines(lines)) => {
                    match lines.next(buffer.take().unwrap_or_default(), &mut self.problems) {
                        Some(block) => return Some(block),
                        None => self.current = None,
                    }
                }
                Some(Current::Records { format, layout, file, records }) => {
                    let pieces = pieces(records);
                    if !pieces.is_empty() {
                        let (format, layout, file) = (*format, *layout, file.clone());
                        return Some(Block::Records { format, layout, file, pieces });
                    }
                    self.current = None;
                }
            }
        }
    }

    /// Opens the next export: a block if it is a summary, else what to cut. `None` if there are no more.
    fn open(&mut self) -> Option<Result<Block<'a>, Option<Current<'a>>>> {
        let Export { name: file, open: open_export } = self.exports.next()?;
        let opened = open_export()
            .map_err(|error| Problem::new(Location::start(file.clone()), error.to_string()))
            .and_then(|bytes| open(bytes, &file));
        let Input { format, layout, bytes } = match opened {
            Ok(input) => input,
            Err(problem) => {
                self.files.failed();
                self.problems.push(problem);
                return Some(Err(None));
            }
        };
        self.files.used();
        Some(match (format, layout) {
            (Format::Edges, _) => Ok(Block::Summary { file, bytes }),
            (_, Layout::Lines) => {
                Err(Some(Current::Lines(Lines { format, file, bytes, line: 1, carry: Vec::new(), ended: false })))
            }
            _ => {
                let bytes = BufReader::with_capacity(BLOCK, bytes);
                let records = Box::new(Records::new(bytes, format, layout, file.clone()));
                Err(Some(Current::Records { format, layout, file, records }))
            }
        })
    }
}

/// About a block's worth of records.
fn pieces(records: &mut Records<impl io::BufRead>) -> Vec<Piece> {
    let (mut pieces, mut size) = (Vec::new(), 0);
    let mut record = Vec::new();
    while size < BLOCK {
        match records.next(&mut record) {
            None => break,
            Some(Step::Record { line }) => {
                size += record.len();
                pieces.push(Piece::Record(std::mem::take(&mut record), line));
            }
            Some(step) => {
                // Steps without bytes must not pile up either.
                size += 64;
                pieces.push(Piece::Other(step));
            }
        }
    }
    pieces
}

/// Cuts JSON lines into blocks without copying them: a block is what was read, up to its last newline.
struct Lines<'a> {
    format: Format,
    file: Arc<str>,
    bytes: Box<dyn Read + Send + 'a>,
    line: u32,
    carry: Vec<u8>,
    ended: bool,
}

impl<'a> Lines<'a> {
    fn next(&mut self, mut buffer: Vec<u8>, problems: &mut Problems) -> Option<Block<'a>> {
        buffer.clear();
        buffer.append(&mut self.carry);
        while !self.ended {
            let before = buffer.len();
            buffer.reserve(BLOCK);
            match self.bytes.by_ref().take(BLOCK as u64).read_to_end(&mut buffer) {
                Ok(read) => self.ended = read == 0,
                Err(error) => {
                    self.ended = true;
                    problems.push(self.problem(&error.to_string()));
                }
            }
            if let Some(newline) = memrchr(b'\n', buffer.get(before..).unwrap_or_default()) {
                self.carry = buffer.split_off(before + newline + 1);
                break;
            }
            if buffer.len() > LARGEST_LINE {
                problems.push(self.problem("a line of more than 256 MiB is left out"));
                buffer.clear();
                self.skip_line(&mut buffer);
            }
        }
        if buffer.is_empty() {
            return None;
        }
        let first_line = self.line;
        let newlines = memchr_iter(b'\n', &buffer).count();
        self.line = self.line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        Some(Block::Lines { format: self.format, file: self.file.clone(), first_line, bytes: buffer })
    }

    /// Reads on behind the next newline; what was read too much goes into the buffer.
    fn skip_line(&mut self, buffer: &mut Vec<u8>) {
        loop {
            buffer.clear();
            if !matches!(self.bytes.by_ref().take(BLOCK as u64).read_to_end(buffer), Ok(read) if read > 0) {
                self.ended = true;
                return;
            }
            if let Some(newline) = memchr::memchr(b'\n', buffer) {
                buffer.drain(..=newline);
                self.line = self.line.saturating_add(1);
                return;
            }
        }
    }

    fn problem(&self, reason: &str) -> Problem {
        Problem::new(Location::new(self.file.clone(), self.line, 1), reason)
    }
}

/// Decodes lines into a sink.
pub fn decode_lines(bytes: &[u8], format: Format, file: &Arc<str>, first_line: u32, sink: &mut impl Sink) {
    if matches!(format, Format::Otlp | Format::Tempo) {
        return otlp_json::decode_lines(bytes, file, first_line, sink);
    }
    let mut decoder = Decoder::new(format, Layout::Lines, file.clone());
    for (line, bytes) in (first_line..).zip(bytes.split(|&b| b == b'\n')) {
        if !bytes.trim_ascii().is_empty() {
            decoder.record(bytes, line, sink);
            decoder.end(None, sink);
        }
    }
}
