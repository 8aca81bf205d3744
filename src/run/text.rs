//! A file's bytes to what its documents say, or why they cannot be had.

use super::LoadError;
use crate::discover::{DiskFiles, Input, MANIFEST_LIMIT, STDIN, Unreadable};
use crate::facts::read::{self, Reading};
use crate::source::{Location, Problem};
use std::io::Read;

/// Reads a file of the listing.
pub(super) fn read_file(input: &Input) -> Reading {
    match DiskFiles::text(&input.path) {
        Ok(text) => read::read(&input.path, &text, input.named),
        Err(error) => unreadable(input, &error),
    }
}

/// A file whose text cannot be had is a problem if it claims to be a manifest, and left aside otherwise.
fn unreadable(input: &Input, error: &Unreadable) -> Reading {
    let claims = input.named || [".yaml", ".yml"].iter().any(|e| input.path.ends_with(e));
    let problem = |reason: String| Reading::failed(Problem::new(Location::start(input.path.clone()), reason));
    match error {
        Unreadable::Io(reason) => problem(format!("cannot be read: {reason}")),
        Unreadable::NotText if claims => problem("is not UTF-8 text".into()),
        Unreadable::NotText => Reading::ignored("not text"),
        Unreadable::TooLarge(size) if claims => {
            let (size, limit) = (size >> 20, MANIFEST_LIMIT >> 20);
            problem(format!("is larger than any manifest ({size} MiB; the limit is {limit} MiB)"))
        }
        Unreadable::TooLarge(_) => Reading::ignored("too large for a manifest"),
    }
}

/// Reads standard input as one file.
///
/// # Errors
/// If it cannot be read, is not text, or never seems to end.
pub(super) fn read_stdin() -> Result<(Input, Reading), LoadError> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MANIFEST_LIMIT + 1).read_to_string(&mut text);
    let size = read.map_err(|e| LoadError::Path(format!("standard input cannot be read: {e}")))?;
    if size as u64 > MANIFEST_LIMIT {
        let limit = MANIFEST_LIMIT >> 20;
        return Err(LoadError::Path(format!("standard input is larger than {limit} MiB; give files instead")));
    }
    let input = Input { path: STDIN.into(), named: true };
    let reading = read::read(&input.path, &text, true);
    Ok((input, reading))
}
