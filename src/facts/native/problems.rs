//! What is wrong with one document, as much of it as helps.

use crate::source::Problem;

/// So many problems of one document are said; a broken generator must not flood the report, nor the memory.
const SAID: usize = 50;

/// The first problems of a document, and how many there are.
#[derive(Debug, Default)]
pub(super) struct Problems {
    first: Vec<Problem>,
    total: usize,
}

impl Problems {
    /// Adds a problem, which is only put into words if it will be said.
    pub(super) fn report(&mut self, problem: impl FnOnce() -> Problem) {
        self.total += 1;
        if self.first.len() < SAID {
            self.first.push(problem());
        }
    }

    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The problems in order of place; the last one says how many more there are.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        self.first.sort();
        let more = self.total - self.first.len();
        if let (Some(last), true) = (self.first.last(), more > 0) {
            self.first.push(Problem::new(last.at.clone(), format!("and {more} more problems in this document")));
        }
        self.first
    }
}
