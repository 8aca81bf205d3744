//! From the bytes of one input to spans: recognise, decompress, cut, decode.

use super::decoder::Decoder;
use super::records::{Records, Step};
use super::sniff::{self, Format, HEAD, Layout, Sniffed};
use super::{Attribute, ResourceIndex, Sink, Span};
use crate::source::{Location, Problem};
use std::collections::BTreeMap;
use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;

/// Compressions around each other that are undone before something is wrong.
const MAX_LAYERS: usize = 3;

/// Documents in a row that may be broken before the rest of an input is given up: each makes a problem, and an input of
/// nothing but broken lines must not fill memory with them.
const MAX_BROKEN: u32 = 1_000;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Size of the blocks in which inputs are read.
const BLOCK: usize = 1 << 20;

/// What was read of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Spans given to the sink.
    pub spans: u64,
    /// Spans dropped, by reason.
    pub dropped: BTreeMap<&'static str, u64>,
    /// Pairs of services whose calls were counted elsewhere.
    pub dependencies: u64,
    /// Documents read to their end.
    pub documents: u64,
    /// Documents of other signals.
    pub left_aside: u64,
    /// Documents with something wrong in them.
    pub failed: u64,
}

/// An input that was recognised as a trace export.
pub struct Input<'a> {
    /// What it holds.
    pub format: Format,
    /// How.
    pub layout: Layout,
    /// Plain bytes from its beginning, ready to be cut into [`Records`].
    pub bytes: Box<dyn Read + Send + 'a>,
}

/// Why an input is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It never was telemetry, or is empty: no loss where it lies beside exports, a mistake where it was named.
    Foreign(Problem),
    /// It may hold telemetry that cannot be had: it is damaged, or in a form that is not read.
    Unreadable(Problem),
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Foreign(problem) | Refused::Unreadable(problem) => problem,
        }
    }
}

/// Recognises an input by its first bytes, below any compression; `file` is for places.
///
/// # Errors
/// If it is no trace export, or cannot be read at all.
pub fn open<'a>(input: impl Read + Send + 'a, file: &Arc<str>) -> Result<Input<'a>, Problem> {
    recognise(input, file).map_err(Problem::from)
}

/// Like [`open`], telling what never was telemetry from what cannot be had.
///
/// # Errors
/// If it is no trace export, or cannot be read at all.
pub fn recognise<'a>(input: impl Read + Send + 'a, file: &Arc<str>) -> Result<Input<'a>, Refused> {
    let problem = |reason: String| Problem::new(Location::start(file.clone()), reason);
    let unreadable = |reason: String| Refused::Unreadable(problem(reason));
    let mut bytes: Box<dyn Read + Send + 'a> = Box::new(input);
    for _ in 0..=MAX_LAYERS {
        let mut head = Vec::new();
        // What can be read is looked at, even if reading fails behind it: the error comes again where it belongs.
        let read = bytes.by_ref().take(HEAD as u64).read_to_end(&mut head);
        let sniffed = sniff::sniff(&head);
        if let (Err(error), Sniffed::Empty | Sniffed::Other { .. }) = (&read, &sniffed) {
            return Err(unreadable(error.to_string()));
        }
        if head.starts_with(BYTE_ORDER_MARK) {
            head.drain(..BYTE_ORDER_MARK.len());
        }
        let rest = Cursor::new(head).chain(Failing(read.err())).chain(bytes);
        match sniffed {
            Sniffed::Empty => return Err(Refused::Foreign(problem("an empty file".to_owned()))),
            Sniffed::Other { reason, remedy, foreign } => {
                let problem = problem(reason).remedy(remedy);
                return Err(if foreign { Refused::Foreign(problem) } else { Refused::Unreadable(problem) });
            }
            Sniffed::Traces(format, layout) => return Ok(Input { format, layout, bytes: Box::new(rest) }),
            Sniffed::Compressed(compression) => {
                bytes = Box::new(compression.decoder(rest).map_err(|error| unreadable(error.to_string()))?);
            }
        }
    }
    let problem = problem(format!("compressed more than {MAX_LAYERS} times"));
    Err(Refused::Unreadable(problem.remedy("decompress it first")))
}

/// Reads a whole input of any format into a sink; `file` is for places.
///
/// # Errors
/// If it is no trace export, or cannot be read at all. Whatever is wrong inside a trace export is told to the sink.
pub fn read(input: impl Read + Send, file: &Arc<str>, sink: &mut impl Sink) -> Result<Counts, Problem> {
    let mut counts = Counts::default();
    let mut sink = Counting { sink, counts: &mut counts };
    let Input { format, layout, bytes } = open(input, file)?;
    if format == Format::Edges {
        let problem = Problem::new(Location::start(file.clone()), "an edge summary, which holds no spans");
        return Err(problem.remedy("merge it with other summaries instead"));
    }
    let mut records = Records::new(BufReader::with_capacity(BLOCK, bytes), format, layout, file.clone());
    let mut decoder = Decoder::new(format, layout, file.clone());
    let mut record = Vec::new();
    let mut broken_in_a_row = 0;
    while let Some(step) = records.next(&mut record) {
        let whole = match step {
            Step::Record { line } => {
                decoder.record(&record, line, &mut sink);
                continue;
            }
            Step::Document => decoder.end(None, &mut sink),
            Step::Broken(problem) => decoder.end(Some(problem), &mut sink),
            Step::LeftAside(signal) => {
                sink.left_aside(signal);
                true
            }
        };
        broken_in_a_row = if whole { 0 } else { broken_in_a_row + 1 };
        if broken_in_a_row == MAX_BROKEN {
            let reason = format!("{MAX_BROKEN} documents in a row could not be read: the rest of the file is left out");
            sink.failed(Problem::new(Location::start(file.clone()), reason));
            break;
        }
    }
    Ok(counts)
}

/// Fails once with an error that happened before, then is at its end.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Counts what goes by.
struct Counting<'a, S> {
    sink: &'a mut S,
    counts: &'a mut Counts,
}

impl<S: Sink> Sink for Counting<'_, S> {
    fn resource(&mut self, attributes: &[(Attribute, &str)]) -> ResourceIndex {
        self.sink.resource(attributes)
    }

    fn span(&mut self, resource: ResourceIndex, span: &Span<'_>) {
        self.counts.spans += 1;
        self.sink.span(resource, span);
    }

    fn dropped(&mut self, reason: &'static str) {
        *self.counts.dropped.entry(reason).or_default() += 1;
        self.sink.dropped(reason);
    }

    fn dependency(&mut self, caller: &str, callee: &str, calls: u64) {
        self.counts.dependencies += 1;
        self.sink.dependency(caller, callee, calls);
    }

    fn document(&mut self) {
        self.counts.documents += 1;
        self.sink.document();
    }

    fn left_aside(&mut self, what: &'static str) {
        self.counts.left_aside += 1;
        self.sink.left_aside(what);
    }

    fn failed(&mut self, problem: Problem) {
        self.counts.failed += 1;
        self.sink.failed(problem);
    }
}
