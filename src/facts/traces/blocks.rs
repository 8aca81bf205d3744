use super::problems::Problems;
use super::runs::Runs;
use crate::parse::spans::{Compression, Decoder, Format, Input, Layout, Records, Sink, Step, open, otlp_json};
use crate::source::{Location, Problem, Tally};
use std::io::{self, BufReader, Read};
use std::sync::Arc;

/// Bytes that are handed to a worker at once: enough to make the hand-over cheap, little enough to stay in cache.
pub(super) const BLOCK: usize = 1 << 20;

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
    /// Whole messages with their lengths in front.
    Frames {
        /// What the messages hold.
        format: Format,
        /// Where they stand.
        file: Arc<str>,
        /// Number of the first message, from 1.
        first_message: u32,
        /// The messages.
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
    Runs(Runs<'a>),
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
                Some(Current::Runs(runs)) => match runs.next(buffer.take().unwrap_or_default(), &mut self.problems) {
                    Some(block) => return Some(block),
                    None => self.current = None,
                },
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
            (_, Layout::Lines | Layout::Frames) => Err(Some(Current::Runs(Runs::new(format, layout, file, bytes)))),
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

/// Decodes messages into a sink.
pub fn decode_frames(bytes: &[u8], format: Format, file: &Arc<str>, first_message: u32, sink: &mut impl Sink) {
    let mut decoder = Decoder::new(format, Layout::Frames, file.clone());
    let (mut rest, mut number) = (bytes, first_message);
    // Plain messages are decoded where they stand.
    while let Some((message, behind)) = plain_frame(rest) {
        decoder.record(message, 1, sink);
        decoder.end(None, sink);
        (rest, number) = (behind, number.saturating_add(1));
    }
    // Those that are compressed one by one are unpacked here, and those that are broken get their reasons.
    let mut records = Records::frames(rest, file.clone(), number);
    let mut record = Vec::new();
    while let Some(step) = records.next(&mut record) {
        match step {
            Step::Record { line } => decoder.record(&record, line, sink),
            Step::Document => drop(decoder.end(None, sink)),
            Step::Broken(problem) => drop(decoder.end(Some(problem), sink)),
            Step::LeftAside(signal) => sink.left_aside(signal),
        }
    }
}

/// The first message if it is whole and not compressed, and what stands behind it.
fn plain_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (message, behind) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Compression::sniff(message).is_none().then_some((message, behind))
}
