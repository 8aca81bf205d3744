use super::super::decompress::Compression;
use super::super::json::{Broken, MAX_RECORD, fill};
use super::Step;
use crate::source::{Location, Problem};
use std::io::{BufRead, Read};
use std::sync::Arc;

/// Cuts the collector's length-framed files: each message has its length in front (32 bits, big-endian) and may be
/// compressed on its own (SEMANTICS F.2).
pub(super) struct Frames<R> {
    input: R,
    file: Arc<str>,
    /// Number of the current message.
    number: u32,
    pending: Option<Step>,
    ended: bool,
    packed: Vec<u8>,
}

impl<R: BufRead> Frames<R> {
    /// The messages of an input, the first of which has this number.
    pub(super) fn new(input: R, file: Arc<str>, first: u32) -> Self {
        Self { input, file, number: first.saturating_sub(1), pending: None, ended: false, packed: Vec::new() }
    }

    pub(super) fn next(&mut self, record: &mut Vec<u8>) -> Option<Step> {
        record.clear();
        if let Some(step) = self.pending.take() {
            return Some(step);
        }
        if self.ended {
            return None;
        }
        self.number = self.number.saturating_add(1);
        let length = match self.length() {
            Ok(length) => length?,
            Err(reason) => return Some(self.end(&reason)),
        };
        if length > MAX_RECORD {
            return Some(self.end(&format!("its length, {length} bytes, is beyond any real message")));
        }
        self.packed.clear();
        match (&mut self.input).take(length as u64).read_to_end(&mut self.packed) {
            Ok(read) if read == length => {}
            Ok(_) => return Some(self.end("the file is cut off within it")),
            Err(error) => return Some(self.end(&error.to_string())),
        }
        match Compression::sniff(&self.packed) {
            None => std::mem::swap(record, &mut self.packed),
            Some(compression) => {
                if let Err(reason) = unpack(compression, &self.packed, record) {
                    return Some(Step::Broken(self.problem(&reason)));
                }
            }
        }
        self.pending = Some(Step::Document);
        Some(Step::Record { line: 1 })
    }

    /// Length of the next message; `None` at the end of the file.
    fn length(&mut self) -> Result<Option<usize>, String> {
        if fill(&mut self.input).map_err(|e: Broken| e.to_string())?.is_empty() {
            return Ok(None);
        }
        let mut length = [0; 4];
        self.input.read_exact(&mut length).map_err(|_| "the file is cut off within its length".to_owned())?;
        Ok(usize::try_from(u32::from_be_bytes(length)).ok())
    }

    fn end(&mut self, reason: &str) -> Step {
        self.ended = true;
        Step::Broken(self.problem(reason).remedy("messages before it were read, nothing behind it"))
    }

    fn problem(&self, reason: &str) -> Problem {
        Problem::new(Location::start(self.file.clone()), format!("message {}: {reason}", self.number))
    }
}

/// Decompresses one message; what it becomes is bounded like any record.
fn unpack(compression: Compression, packed: &[u8], record: &mut Vec<u8>) -> Result<(), String> {
    let decoder = compression.decoder(packed).map_err(|e| e.to_string())?;
    decoder.take(MAX_RECORD as u64 + 1).read_to_end(record).map_err(|e| e.to_string())?;
    if record.len() > MAX_RECORD { Err(Broken::TooLarge.to_string()) } else { Ok(()) }
}
