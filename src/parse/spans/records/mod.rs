//! Any input as a sequence of records: pieces that can be decoded alone, on any thread, in bounded memory.

mod document;
mod fields;
mod frames;
mod lines;

use super::sniff::{Format, Layout};
use crate::source::Problem;
use std::io::BufRead;
use std::sync::Arc;

/// One step through an input. A document is a line of JSON lines, a framed message or a whole file; it has no, one or
/// many records and ends with exactly one of the other steps.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A record is in the buffer; it begins at this line of its file.
    Record {
        /// Line, from 1.
        line: u32,
    },
    /// A document ended.
    Document,
    /// A document ended that holds another signal: `logs`, `metrics`.
    LeftAside(&'static str),
    /// A document could not be cut to its end.
    Broken(Problem),
}

/// Cuts one input into records.
pub struct Records<R>(Cutter<R>);

enum Cutter<R> {
    Lines(lines::Lines<R>),
    Document(document::Documents<R>),
    Frames(frames::Frames<R>),
    Fields(fields::Fields<R>),
}

impl<R: BufRead> Records<R> {
    /// Cuts `input`, plain bytes that were recognised as `format` in `layout`; `file` is for places.
    pub fn new(input: R, format: Format, layout: Layout, file: Arc<str>) -> Self {
        Self(match layout {
            Layout::Lines => Cutter::Lines(lines::Lines::new(input, file)),
            Layout::Values => Cutter::Document(document::Documents::new(input, format, false, file)),
            Layout::Nested => Cutter::Document(document::Documents::new(input, format, true, file)),
            Layout::Frames => Cutter::Frames(frames::Frames::new(input, file, 1)),
            Layout::Message => Cutter::Fields(fields::Fields::new(input, file)),
        })
    }

    /// Cuts messages with their lengths in front, the first of which has this number in its file.
    pub fn frames(input: R, file: Arc<str>, first: u32) -> Self {
        Self(Cutter::Frames(frames::Frames::new(input, file, first)))
    }

    /// The next step; `None` at the end. A record replaces what `record` holds.
    pub fn next(&mut self, record: &mut Vec<u8>) -> Option<Step> {
        match &mut self.0 {
            Cutter::Lines(cutter) => cutter.next(record),
            Cutter::Document(cutter) => cutter.next(record),
            Cutter::Frames(cutter) => cutter.next(record),
            Cutter::Fields(cutter) => cutter.next(record),
        }
    }
}
