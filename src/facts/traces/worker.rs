use super::blocks::{Block, Blocks, Piece, decode_frames, decode_lines};
use super::collect::Collector;
use super::intern::Interner;
use super::problems::Problems;
use super::spill::Spill;
use super::summary::Summary;
use crate::parse::spans::{Decoder, Sink, Step};
use crate::source::{Location, Problem};
use std::sync::{Mutex, PoisonError};

/// Reads blocks until there are no more, and keeps what it learnt.
#[derive(Debug)]
pub struct Worker<'s> {
    /// Spans and what belongs to them.
    pub collector: Collector<'s>,
    /// Spans that did not fit into memory.
    pub spill: Option<Spill>,
    /// Summaries that were among the inputs.
    pub summary: Summary,
    spans_in_memory: usize,
    /// The temporary file cannot be written; spans stay in memory then.
    spill_failed: bool,
}

impl<'s> Worker<'s> {
    /// A worker that keeps about `spans_in_memory` spans in memory.
    pub fn new(strings: &'s Mutex<Interner>, spans_in_memory: usize) -> Self {
        Self {
            collector: Collector::new(strings),
            spill: None,
            summary: Summary::default(),
            spans_in_memory,
            spill_failed: false,
        }
    }

    /// Takes blocks and decodes them. Cutting blocks is cheap beside decoding them, so workers take turns at it.
    pub fn run(mut self, blocks: &Mutex<Blocks<'_>>) -> Self {
        let mut buffer = Vec::new();
        loop {
            let block = blocks.lock().unwrap_or_else(PoisonError::into_inner).next(std::mem::take(&mut buffer));
            match block {
                None => return self,
                Some(Block::Lines { format, file, first_line, bytes }) => {
                    decode_lines(&bytes, format, &file, first_line, &mut self.collector);
                    buffer = bytes;
                }
                Some(Block::Frames { format, file, first_message, bytes }) => {
                    decode_frames(&bytes, format, &file, first_message, &mut self.collector);
                    buffer = bytes;
                }
                Some(Block::Records { format, layout, file, pieces }) => {
                    self.records(&mut Decoder::new(format, layout, file), pieces);
                }
                Some(Block::Summary { file, bytes }) => match Summary::read(bytes, &file) {
                    Ok(summary) => {
                        self.summary.merge(summary);
                        self.collector.document();
                    }
                    Err(problem) => self.collector.failed(problem),
                },
            }
            self.collector.next_block();
            self.make_room();
        }
    }

    fn records(&mut self, decoder: &mut Decoder, pieces: Vec<Piece>) {
        let collector = &mut self.collector;
        let mut in_document = false;
        for piece in pieces {
            in_document = matches!(piece, Piece::Record(..));
            match piece {
                Piece::Record(bytes, line) => decoder.record(&bytes, line, collector),
                Piece::Other(Step::Document) => {
                    decoder.end(None, collector);
                }
                Piece::Other(Step::Broken(problem)) => {
                    decoder.end(Some(problem), collector);
                }
                Piece::Other(Step::LeftAside(signal)) => collector.left_aside(signal),
                Piece::Other(Step::Record { .. }) => {}
            }
        }
        if in_document {
            // The document goes on in another block, where it will be counted.
            decoder.end(None, &mut Unfinished { problems: &mut collector.problems });
        }
    }

    /// Puts spans on disk if too many wait in memory.
    fn make_room(&mut self) {
        let held: usize = self.collector.records.iter().map(Vec::len).sum();
        if held <= self.spans_in_memory || self.spill_failed {
            return;
        }
        if let Err(error) = self.spill_all() {
            self.spill_failed = true;
            let at = Location::start("temporary file".into());
            let reason = format!("cannot be written, so that spans stay in memory: {error}");
            self.collector.problems.push(Problem::new(at, reason).remedy("set TMPDIR to a folder with room"));
        }
    }

    fn spill_all(&mut self) -> std::io::Result<()> {
        let spill = match &mut self.spill {
            Some(spill) => spill,
            none => none.insert(Spill::new()?),
        };
        for (part, records) in self.collector.records.iter_mut().enumerate() {
            spill.write(part, records)?;
            records.clear();
        }
        Ok(())
    }
}

/// Takes what ends a document that has not ended: only its problem counts.
struct Unfinished<'p> {
    problems: &'p mut Problems,
}

impl Sink for Unfinished<'_> {
    fn resource(&mut self, _: &[(crate::parse::spans::Attribute, &str)]) -> crate::parse::spans::ResourceIndex {
        crate::parse::spans::ResourceIndex(0)
    }
    fn span(&mut self, _: crate::parse::spans::ResourceIndex, _: &crate::parse::spans::Span<'_>) {}
    fn dropped(&mut self, _: &'static str) {}
    fn dependency(&mut self, _: &str, _: &str, _: u64) {}
    fn document(&mut self) {}
    fn left_aside(&mut self, _: &'static str) {}
    fn failed(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}
