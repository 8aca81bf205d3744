//! The pipeline, a line a stage: inputs → readings → facts → graph, with the account of what was read.

use crate::discover::{self, DiskFiles, Input, MANIFEST_LIMIT, STDIN, Unreadable, WalkOptions};
use crate::facts::read::{self, Item, Reading, Status};
use crate::facts::{Facts, compose, kubernetes};
use crate::graph::Graph;
use crate::graph::build::{BuildOptions, build};
use crate::source::{Inventory, Location, Problem};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use thiserror::Error;

/// Where something is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file or folder.
    Path(PathBuf),
}

/// What to read, and which part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Deployment manifests.
    pub manifests: Vec<Source>,
    /// Trace exports.
    pub traces: Vec<Source>,
    /// Only files whose path matches one of these globs, if there are any.
    pub select: Vec<String>,
    /// Only this scope.
    pub scope: Option<String>,
    /// Compose profiles that are switched on.
    pub profiles: Vec<String>,
    /// Read what `.gitignore` leaves out.
    pub no_ignore: bool,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The system.
    pub graph: Graph,
    /// What became of every input.
    pub inventory: Inventory,
}

/// Why nothing could be done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// A path that the user named cannot be read.
    #[error("{0}")]
    Path(String),
    /// There is nothing to analyse under the named paths.
    #[error("nothing under {paths} is a manifest that linchpin knows ({seen}){hint}")]
    Nothing {
        /// The paths, as named.
        paths: String,
        /// How much was looked at.
        seen: String,
        /// What might help.
        hint: String,
    },
}

/// Reads all inputs and builds the graph.
///
/// # Errors
/// A named path that cannot be read, or no manifest at all. Unreadable files beside readable ones are problems in the
/// inventory.
pub fn load(inputs: &Inputs) -> Result<Loaded, LoadError> {
    let roots: Vec<PathBuf> = inputs.manifests.iter().filter_map(Source::path).collect();
    let walk = WalkOptions { gitignore: !inputs.no_ignore, select: inputs.select.clone(), ..WalkOptions::default() };
    let listing = discover::list(&roots, &walk).map_err(LoadError::Path)?;
    let mut readings: Vec<(Input, Reading)> =
        listing.inputs.into_par_iter().map(|input| (input.clone(), read_file(&input))).collect();
    if inputs.manifests.contains(&Source::Stdin) {
        readings.insert(0, read_stdin()?);
    }
    if let Some(message) = readings.iter().find_map(|(input, reading)| beyond_reading(input, reading)) {
        return Err(LoadError::Path(message));
    }
    let mut inventory = Inventory { files: listing.files, problems: listing.problems, ..Inventory::default() };
    let mut statuses: BTreeMap<Arc<str>, Status> = BTreeMap::new();
    let mut items = Items::default();
    for (input, reading) in readings {
        inventory.documents.merge(reading.documents);
        inventory.problems.extend(reading.problems);
        statuses.insert(input.path, reading.status);
        reading.items.into_iter().for_each(|item| items.add(item));
    }
    let mut facts = items.link();
    inventory.problems.append(&mut facts.problems);
    for path in &facts.files_used {
        statuses.insert(path.clone(), Status::Used);
    }
    for status in statuses.into_values() {
        match status {
            Status::Used => inventory.files.used(),
            Status::Ignored(reason) => inventory.files.ignored(reason),
            Status::Failed => inventory.files.failed(),
        }
    }
    inventory.close();
    if inventory.documents.used == 0 {
        return Err(nothing(inputs, &inventory));
    }
    let options =
        BuildOptions { scope: inputs.scope.clone(), profiles: inputs.profiles.clone(), ..BuildOptions::default() };
    Ok(Loaded { graph: build(facts, &options), inventory })
}

impl Source {
    fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Stdin => None,
            Self::Path(path) => Some(path.clone()),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Stdin => STDIN.to_owned(),
            Self::Path(path) => path.display().to_string(),
        }
    }
}

/// A file that the user named himself and whose bytes cannot be had at all is not a problem but an error.
fn beyond_reading(input: &Input, reading: &Reading) -> Option<String> {
    let unread = input.named && reading.status == Status::Failed && reading.documents.seen == 0;
    unread.then(|| reading.problems.first().map(ToString::to_string)).flatten()
}

/// Everything that was recognised, by reader.
#[derive(Default)]
struct Items {
    objects: Vec<kubernetes::Object>,
    kustomizations: Vec<kubernetes::Kustomization>,
    compose: Vec<(Arc<str>, crate::parse::Node)>,
    native: Facts,
}

impl Items {
    fn add(&mut self, item: Item) {
        match item {
            Item::Kubernetes(object) => self.objects.push(object),
            Item::Kustomization(kustomization) => self.kustomizations.push(kustomization),
            Item::Compose(path, node) => self.compose.push((path, node)),
            Item::Native(facts) => self.native.merge(*facts),
        }
    }

    /// What the documents mean together.
    fn link(self) -> Facts {
        let mut facts = self.native;
        facts.merge(kubernetes::link(self.objects, self.kustomizations, &DiskFiles));
        facts.merge(compose::link(self.compose, &DiskFiles, &current_folder()));
        facts
    }
}

/// The name of the folder that relative paths start from: a Compose project there is called after it.
fn current_folder() -> String {
    let folder = std::env::current_dir().unwrap_or_default();
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read_file(input: &Input) -> Reading {
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

fn read_stdin() -> Result<(Input, Reading), LoadError> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MANIFEST_LIMIT).read_to_string(&mut text);
    read.map_err(|e| LoadError::Path(format!("standard input cannot be read: {e}")))?;
    let input = Input { path: STDIN.into(), named: true };
    let reading = read::read(&input.path, &text, true);
    Ok((input, reading))
}

fn nothing(inputs: &Inputs, inventory: &Inventory) -> LoadError {
    let paths: Vec<String> = inputs.manifests.iter().map(Source::shown).collect();
    let files = inventory.files.seen;
    let seen = format!("{files} {} looked at", if files == 1 { "file" } else { "files" });
    let hint = inventory.problems.first().map_or_else(String::new, |p| format!("; {p}"));
    LoadError::Nothing { paths: paths.join(", "), seen, hint }
}
