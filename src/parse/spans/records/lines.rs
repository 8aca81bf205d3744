use super::super::json::{Broken, MAX_RECORD, fill};
use super::Step;
use crate::source::{Location, Problem};
use memchr::memchr;
use std::io::BufRead;
use std::sync::Arc;

/// Cuts JSON lines at their newlines, without looking at what is between: a broken line costs no other.
pub(super) struct Lines<R> {
    input: R,
    file: Arc<str>,
    line: u32,
    pending: Option<Step>,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R, file: Arc<str>) -> Self {
        Self { input, file, line: 0, pending: None, ended: false }
    }

    pub(super) fn next(&mut self, record: &mut Vec<u8>) -> Option<Step> {
        record.clear();
        if let Some(step) = self.pending.take() {
            return Some(step);
        }
        while !self.ended {
            record.clear();
            self.line = self.line.saturating_add(1);
            match self.read(record) {
                Ok(()) if record.trim_ascii().is_empty() => {}
                Ok(()) => {
                    self.pending = Some(Step::Document);
                    return Some(Step::Record { line: self.line });
                }
                Err(broken) => {
                    self.ended |= !matches!(broken, Broken::TooLarge);
                    let at = Location::new(self.file.clone(), self.line, 1);
                    return Some(Step::Broken(Problem::new(at, broken.to_string())));
                }
            }
        }
        None
    }

    /// Reads up to the next newline or the end.
    fn read(&mut self, record: &mut Vec<u8>) -> Result<(), Broken> {
        let mut fits = true;
        loop {
            let window = fill(&mut self.input)?;
            let newline = memchr(b'\n', window);
            let taken = window.get(..newline.unwrap_or(window.len())).unwrap_or_default();
            self.ended = window.is_empty();
            fits &= record.len() + taken.len() <= MAX_RECORD;
            if fits {
                record.extend_from_slice(taken);
            }
            let consumed = taken.len() + usize::from(newline.is_some());
            self.input.consume(consumed);
            if newline.is_some() || self.ended {
                return if fits { Ok(()) } else { Err(Broken::TooLarge) };
            }
        }
    }
}
