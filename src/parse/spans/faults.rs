use crate::source::{Location, Problem};
use std::sync::Arc;

/// What was wrong inside one document: the first problem, the others counted, so that a document of a million broken
/// spans is one problem.
#[derive(Debug)]
pub(super) struct Faults {
    file: Arc<str>,
    first: Option<Problem>,
    others: u64,
}

impl Faults {
    pub(super) fn new(file: Arc<str>) -> Self {
        Self { file, first: None, others: 0 }
    }

    /// Notes what is wrong at a line.
    pub(super) fn note(&mut self, line: u32, reason: impl Into<String>) {
        self.add(Problem::new(Location::new(self.file.clone(), line, 1), reason));
    }

    /// Adds a problem behind those that are there.
    pub(super) fn add(&mut self, problem: Problem) {
        match self.first {
            None => self.first = Some(problem),
            Some(_) => self.others += 1,
        }
    }

    /// Puts a problem before those that are there: it cost more than they did.
    pub(super) fn lead(&mut self, problem: Problem) {
        self.others += u64::from(self.first.replace(problem).is_some());
    }

    /// The problem that the faults so far make; begins anew.
    pub(super) fn take(&mut self) -> Option<Problem> {
        let others = std::mem::take(&mut self.others);
        let mut problem = self.first.take()?;
        if others > 0 {
            problem.reason.push_str(&format!(" (and {others} more in this document)"));
        }
        Some(problem)
    }
}
