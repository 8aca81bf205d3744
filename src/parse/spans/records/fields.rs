use super::super::json::{Broken, MAX_RECORD, fill};
use super::Step;
use crate::source::{Location, Problem};
use std::io::{BufRead, Read};
use std::sync::Arc;

/// Cuts one protobuf message of any size at its top level. A field of a message is, with its tag, a message of the same
/// type that has only this field: each `ResourceSpans` becomes a record that an OTLP decoder takes as a whole export.
pub(super) struct Fields<R> {
    input: R,
    file: Arc<str>,
    offset: u64,
    ended: bool,
}

impl<R: BufRead> Fields<R> {
    pub(super) fn new(input: R, file: Arc<str>) -> Self {
        Self { input, file, offset: 0, ended: false }
    }

    pub(super) fn next(&mut self, record: &mut Vec<u8>) -> Option<Step> {
        record.clear();
        if self.ended {
            return None;
        }
        match self.field(record) {
            Ok(true) => Some(Step::Record { line: 1 }),
            Ok(false) => {
                self.ended = true;
                Some(Step::Document)
            }
            Err(reason) => {
                self.ended = true;
                let reason = format!("byte {}: {reason}", self.offset);
                let problem = Problem::new(Location::start(self.file.clone()), reason);
                Some(Step::Broken(problem.remedy("what stands before it was read, nothing behind it")))
            }
        }
    }

    /// Reads the next length-delimited field; `false` at the end of the message.
    fn field(&mut self, record: &mut Vec<u8>) -> Result<bool, String> {
        if fill(&mut self.input).map_err(|e| e.to_string())?.is_empty() {
            return Ok(false);
        }
        let tag = self.varint(record)?;
        if tag & 7 != 2 || tag >> 3 == 0 {
            return Err("not a field of an OTLP message".to_owned());
        }
        let length = self.varint(record)?;
        let length = usize::try_from(length).ok().filter(|n| *n <= MAX_RECORD);
        let length = length.ok_or_else(|| Broken::TooLarge.to_string())?;
        let read = (&mut self.input).take(length as u64).read_to_end(record).map_err(|e| e.to_string())?;
        self.offset += read as u64;
        if read == length { Ok(true) } else { Err("the message is cut off".to_owned()) }
    }

    fn varint(&mut self, record: &mut Vec<u8>) -> Result<u64, String> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let Some(&byte) = fill(&mut self.input).map_err(|e| e.to_string())?.first() else {
                return Err("the message is cut off".to_owned());
            };
            self.input.consume(1);
            self.offset += 1;
            record.push(byte);
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err("a number of more than 64 bits".to_owned())
    }
}
