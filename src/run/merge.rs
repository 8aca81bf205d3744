//! Summaries of traces to one.

use super::traces::apart;
use super::{LoadError, Source};
use crate::discover::{self, Input, STDIN, WalkOptions};
use crate::facts::traces::Summary;
use crate::parse::spans::{Format, Refused, recognise};
use crate::source::{Location, Problem};
use rayon::prelude::*;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

/// Summaries that were merged.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// What they say together.
    pub summary: Summary,
    /// How many files they were.
    pub files: u64,
    /// Links from one of them that could not be followed to another ([`Summary::unfollowed`]).
    pub unfollowed: u64,
}

/// Adds up summaries, compressed or not. The result does not depend on their order.
///
/// # Errors
/// Anything that is no whole summary, all of it named: a total without one of its parts would pass for a total. In
/// folders, what never was telemetry is left aside.
pub fn merge(sources: &[Source]) -> Result<Merged, LoadError> {
    let (pipes, roots) = apart(sources);
    let walk = WalkOptions { gitignore: false, ..WalkOptions::default() };
    let listing = discover::list(&roots, &walk).map_err(LoadError::Path)?;
    let pipes = pipes.into_iter().map(|path| Input { path: path.to_string_lossy().into(), named: true });
    let files: Vec<Input> = pipes.chain(listing.inputs).collect();
    let (mut merged, mut problems) = files
        .par_iter()
        .map(|input| {
            File::open(&*input.path).map_or_else(|e| unread(&input.path, &e), |f| one(f, &input.path, input.named))
        })
        .reduce(Default::default, both);
    if sources.contains(&Source::Stdin) {
        (merged, problems) = both((merged, problems), one(io::stdin(), &STDIN.into(), true));
    }
    problems.extend(listing.problems);
    problems.sort();
    match problems.as_slice() {
        [] if merged.files == 0 => {
            Err(LoadError::Path("there is no edge summary; `linchpin ingest` makes them".to_owned()))
        }
        [] => {
            merged.unfollowed = merged.summary.unfollowed();
            merged.summary.bound_messages();
            Ok(merged)
        }
        _ => Err(LoadError::Path(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))),
    }
}

/// What was read, and what was wrong.
type Part = (Merged, Vec<Problem>);

fn both((mut a, mut wrong): Part, (b, more): Part) -> Part {
    a.summary.merge(b.summary);
    a.files += b.files;
    wrong.extend(more);
    (a, wrong)
}

fn unread(file: &Arc<str>, error: &io::Error) -> Part {
    failed(Problem::new(Location::start(file.clone()), format!("cannot be read: {error}")))
}

fn failed(problem: Problem) -> Part {
    (Merged::default(), vec![problem])
}

fn one(bytes: impl Read + Send, file: &Arc<str>, named: bool) -> Part {
    match recognise(bytes, file) {
        Ok(input) if input.format == Format::Edges => match Summary::read(input.bytes, file) {
            Ok(summary) => (Merged { summary, files: 1, ..Merged::default() }, Vec::new()),
            Err(problem) => failed(problem),
        },
        Ok(input) => {
            let reason = format!("{}, not an edge summary", input.format.name());
            failed(Problem::new(Location::start(file.clone()), reason).remedy("make one of it with `linchpin ingest`"))
        }
        Err(Refused::Foreign(_)) if !named => Part::default(),
        Err(refused) => failed(refused.into()),
    }
}
