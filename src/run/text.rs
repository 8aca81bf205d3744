//! A file's bytes to what its documents say, or why they cannot be had.

use super::LoadError;
use crate::discover::{Input, STDIN, Tree, Unreadable};
use crate::facts::read::{self, Reading, TRACES};
use crate::parse::spans::HEAD;
use crate::source::{Location, Problem};
use std::io::Read;

/// Reads a file of the listing.
pub(super) fn read_file(input: &Input, files: &Tree) -> Reading {
    of_text(input, &files.text(&input.path), files)
}

/// What a file's text says, or why there is none.
pub(super) fn of_text(input: &Input, text: &Result<String, Unreadable>, files: &Tree) -> Reading {
    match text {
        Ok(text) => read::read(&input.path, text, input.named),
        Err(error) => unreadable(input, error, files),
    }
}

/// A file whose text cannot be had is a problem if it claims to be a manifest, and left aside otherwise.
fn unreadable(input: &Input, error: &Unreadable, files: &Tree) -> Reading {
    let claims = input.named || [".yaml", ".yml"].iter().any(|e| input.path.ends_with(e));
    let problem = |reason: String| Reading::failed(Problem::new(Location::start(input.path.clone()), reason));
    match error {
        Unreadable::Io(reason) => problem(format!("cannot be read: {reason}")),
        Unreadable::NotText if claims => problem("is not UTF-8 text".into()),
        Unreadable::NotText => Reading::ignored("not text"),
        Unreadable::TooLarge(_) if read::begins_traces(&files.head(&input.path, HEAD)) => Reading::ignored(TRACES),
        Unreadable::TooLarge(size) if claims => {
            problem(format!("is larger than any manifest ({}; the limit is {})", bytes(*size), bytes(files.limit)))
        }
        Unreadable::TooLarge(_) => Reading::ignored("too large for a manifest"),
    }
}

/// A size, rounded down where nobody counts bytes: `64 MiB`.
fn bytes(n: u64) -> String {
    if n < 1 << 20 { format!("{n} bytes") } else { format!("{} MiB", n >> 20) }
}

/// Reads standard input as one file.
///
/// # Errors
/// If it cannot be read, is not text, or never seems to end.
pub(super) fn read_stdin(limit: u64) -> Result<(Input, Reading), LoadError> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(limit.saturating_add(1)).read_to_string(&mut text);
    let size = read.map_err(|e| LoadError::Path(format!("standard input cannot be read: {e}")))?;
    if size as u64 > limit {
        let limit = bytes(limit);
        return Err(LoadError::Path(format!("standard input is larger than {limit}; give files instead")));
    }
    let input = Input { path: STDIN.into(), named: true };
    let reading = read::read(&input.path, &text, true);
    Ok((input, reading))
}
