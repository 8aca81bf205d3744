//! Trace exports to what they say: which files are exports, and one summary of them all.

use super::{LoadError, Source};
use crate::discover::{self, Input, STDIN, WalkOptions};
use crate::facts::traces::{self, Export, Ingested, Summary};
use crate::parse::spans::{Refused, recognise};
use crate::source::{Inventory, Location, PROGRESS, Problem, Stage};
use rayon::prelude::*;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// Reads trace exports and edge summaries, compressed or not, into one summary, with the account of what was read.
///
/// Files are recognised by their content, whatever their names. What lies in a folder and never was telemetry is left
/// aside with its reason; `.gitignore` does not hide exports from whoever names their folder.
///
/// # Errors
/// A named path that cannot be read, or no trace export at all. Unreadable files beside readable ones are problems in
/// the inventory.
pub fn summarise(sources: &[Source]) -> Result<(Summary, Inventory), LoadError> {
    let (pipes, roots) = apart(sources);
    let walk = WalkOptions { gitignore: false, ..WalkOptions::default() };
    let listing = discover::list(&roots, &walk).map_err(LoadError::Path)?;
    let mut around = Inventory { files: listing.files, problems: listing.problems, ..Inventory::default() };
    let looked_at: Vec<_> = listing.inputs.into_par_iter().map(|input| (look(&input.path), input)).collect();
    let stdin = sources.iter().filter(|source| **source == Source::Stdin);
    let mut exports: Vec<Export<'static>> =
        stdin.map(|_| Export { name: STDIN.into(), open: Box::new(|| Ok(Box::new(Counted(io::stdin())))) }).collect();
    // How much comes through a pipe nobody knows.
    let mut total = if exports.is_empty() && pipes.is_empty() { Some(0) } else { None };
    exports.extend(pipes.into_iter().map(|path| file(path.to_string_lossy().into(), path)));
    for (looked, Input { path, named }) in looked_at {
        match looked {
            Ok(Ok(())) => {
                total = total.zip(fs::metadata(&*path).ok()).map(|(total, file)| total + file.len());
                exports.push(file(path.clone(), path.to_string().into()));
            }
            Ok(Err(Refused::Foreign(problem))) if !named => around.files.ignored(in_general(&problem.reason)),
            Ok(Err(refused)) => {
                around.files.failed();
                around.problems.push(refused.into());
            }
            Err(error) => {
                let problem = Problem::new(Location::start(path), format!("cannot be read: {error}"));
                if named {
                    return Err(LoadError::Path(problem.to_string()));
                }
                around.files.failed();
                around.problems.push(problem);
            }
        }
    }
    PROGRESS.begin(Stage::Traces, total.unwrap_or(0));
    let Ingested { summary, mut inventory } = traces::ingest(exports, traces::Options::default());
    inventory.merge(around);
    inventory.close();
    // Spans of a document that has a fault somewhere count all the same.
    if inventory.documents.used == 0 && inventory.spans.seen == 0 {
        return Err(nothing(sources, &inventory));
    }
    Ok((summary, inventory))
}

/// Named pipes and devices, which can be read only once, apart from files and folders.
pub(super) fn apart(sources: &[Source]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is_pipe = |path: &PathBuf| fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir());
    sources.iter().filter_map(Source::path).partition(is_pipe)
}

fn file(name: Arc<str>, path: PathBuf) -> Export<'static> {
    Export { name, open: Box::new(move || Ok(Box::new(Counted(File::open(path)?)) as Box<dyn Read + Send>)) }
}

/// Tells how much was read.
struct Counted<R>(R);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        PROGRESS.add(read as u64);
        Ok(read)
    }
}

/// Whether a file is an export.
fn look(path: &Arc<str>) -> io::Result<Result<(), Refused>> {
    Ok(recognise(File::open(&**path)?, path).map(drop))
}

/// A reason without what is special about the one file.
fn in_general(reason: &str) -> &str {
    reason.split(" (").next().unwrap_or(reason)
}

fn nothing(sources: &[Source], inventory: &Inventory) -> LoadError {
    let paths: Vec<String> = sources.iter().map(Source::shown).collect();
    let files = inventory.files.seen;
    let seen = format!("{files} {} looked at", if files == 1 { "file" } else { "files" });
    let signals = inventory.documents.reasons.keys().map(|signal| format!("it holds {signal}, no traces"));
    let mut reasons = signals.chain(inventory.files.reasons.keys().cloned());
    let why = inventory.problems.first().map(ToString::to_string).or_else(|| reasons.next());
    let hint = why.map_or_else(String::new, |why| format!("; {why}"));
    LoadError::NoTraces { paths: paths.join(", "), seen, hint }
}
