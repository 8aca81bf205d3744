use super::stem;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A place in an input file, as people name it: lines and columns count from 1, columns in characters.
///
/// Places are ordered by file without its extension, so that `compose.yaml` stands before `compose.override.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// Path as reported: relative to the working directory when it lies under it, with `/`.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl Location {
    /// The place at `line` and `column` of `file`.
    pub fn new(file: Arc<str>, line: u32, column: u32) -> Self {
        Self { file, line, column }
    }

    /// The first character of `file`.
    pub fn start(file: Arc<str>) -> Self {
        Self::new(file, 1, 1)
    }
}

impl Ord for Location {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.file == other.file {
            return (self.line, self.column).cmp(&(other.line, other.column));
        }
        (stem(&self.file), &self.file).cmp(&(stem(&other.file), &other.file))
    }
}

impl PartialOrd for Location {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
