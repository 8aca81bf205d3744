//! The pipeline, a line a stage: inputs → readings → facts → graph, with the account of what was read.

mod items;
mod merge;
mod render;
mod settings;
mod text;
mod traces;

pub use merge::{Merged, merge};
pub use traces::summarise;

use crate::config::Config;
use crate::discover::{self, DiskFiles, Input, STDIN, WalkOptions};
use crate::facts::read::{APPLICATION, Reading, Status, TRACES};
use crate::facts::{Facts, NATIVE};
use crate::graph::Graph;
use crate::graph::build::{Built, build};
use crate::graph::change::{self, Change, Name};
use crate::source::{Inventory, Problem, quoted};
use items::Items;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Render charts and kustomizations with their own tools.
    pub render: bool,
    /// What is supposed on top of what is read, in order: as it was written, and what it means.
    pub changes: Vec<(String, Change<Name>)>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The system.
    pub graph: Graph,
    /// What became of every input.
    pub inventory: Inventory,
    /// What the user decided.
    pub config: Config,
}

/// Why nothing could be done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// A path that the user named cannot be read.
    #[error("{0}")]
    Path(String),
    /// `linchpin.toml` is not understood.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Config(Vec<Problem>),
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
    /// No component is of the scope that was asked for.
    #[error("there is no scope `{wanted}`; there {}", scopes(.known))]
    NoScope {
        /// What was asked for.
        wanted: String,
        /// The scopes of the components, sorted.
        known: Vec<Arc<str>>,
    },
    /// Something is supposed that makes no sense in this system.
    #[error("cannot suppose `{0}`: {1}")]
    Change(String, String),
    /// There is no trace export under the named paths.
    #[error("nothing under {paths} is a trace export that linchpin knows ({seen}){hint}")]
    NoTraces {
        /// The paths, as named.
        paths: String,
        /// How much was looked at.
        seen: String,
        /// What might help.
        hint: String,
    },
}

fn scopes(known: &[Arc<str>]) -> String {
    let names: Vec<&str> = known.iter().map(|scope| &**scope).collect();
    match names[..] {
        [] => "is none".to_owned(),
        [one] => format!("is `{one}` only"),
        _ => format!("are {}", quoted(&names)),
    }
}

/// Reads all inputs and builds the graph.
///
/// # Errors
/// A named path that cannot be read, nothing that is known under the named paths, or a scope that is not there.
/// Unreadable files beside readable ones are problems in the inventory.
pub fn load(inputs: &Inputs) -> Result<Loaded, LoadError> {
    let roots: Vec<PathBuf> = inputs.manifests.iter().filter_map(Source::path).collect();
    let (config, config_file) = settings::find(&roots)?;
    let walk = WalkOptions {
        gitignore: !inputs.no_ignore,
        select: inputs.select.clone(),
        ..settings::walk(&config, config_file.as_deref())
    };
    let files = DiskFiles { limit: config.scan.max_file_size.0 };
    let listing = discover::list(&roots, &walk).map_err(LoadError::Path)?;
    let mut readings: Vec<(Input, Reading)> =
        listing.inputs.into_par_iter().map(|input| (input.clone(), text::read_file(&input, files))).collect();
    if inputs.manifests.contains(&Source::Stdin) {
        readings.insert(0, text::read_stdin(files.limit)?);
    }
    if let Some(message) = readings.iter().find_map(|(input, reading)| beyond_reading(input, reading)) {
        return Err(LoadError::Path(message));
    }
    let unrendered = render::apply(&mut readings, &config, config_file.as_deref(), inputs.render, files.limit);
    let mut inventory = Inventory { files: listing.files, problems: listing.problems, ..Inventory::default() };
    inventory.problems.extend(unrendered);
    let mut statuses: BTreeMap<Arc<str>, Status> = BTreeMap::new();
    let mut items = Items::default();
    let listing: BTreeSet<Arc<str>> = readings.iter().map(|(input, _)| input.path.clone()).collect();
    let mut aside: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    for (input, reading) in readings {
        if let Some(&count) = reading.documents.reasons.get(APPLICATION) {
            aside.insert(input.path.clone(), count);
        }
        inventory.documents.merge(reading.documents);
        inventory.problems.extend(reading.problems);
        statuses.insert(input.path, reading.status);
        reading.items.into_iter().for_each(|item| items.add(item));
    }
    let environments = settings::scopes(&config, config_file.as_deref());
    let mut facts = items.link(&environments, &listing, files, &config.platform);
    inventory.problems.append(&mut facts.problems);
    if !inputs.traces.is_empty() {
        let (summary, account) = summarise(&inputs.traces)?;
        facts.traces = Some(summary);
        inventory.merge(account);
    }
    for path in facts.files_used.iter().chain(&config_file) {
        inventory.documents.taken_up(APPLICATION, aside.remove(path).unwrap_or(0));
        statuses.entry(path.clone()).and_modify(|status| *status = Status::Used);
    }
    for status in statuses.into_values() {
        match status {
            Status::Used => inventory.files.used(),
            Status::Ignored(reason) => inventory.files.ignored(reason),
            Status::Failed => inventory.files.failed(),
        }
    }
    if inventory.documents.used == 0 {
        inventory.close();
        return Err(nothing(inputs, &inventory));
    }
    if let Some(wanted) = &inputs.scope {
        has_scope(&facts, wanted)?;
    }
    inventory.problems.extend(settings::unknown_profiles(&facts, &inputs.profiles));
    let Built { mut graph, problems } = build(facts, &settings::build_options(&config, inputs));
    for (text, change) in &inputs.changes {
        let impossible = |reason: String| LoadError::Change(text.clone(), reason);
        let change = change.clone().resolve(&graph).map_err(|e| impossible(e.to_string()))?;
        graph = change::apply(&graph, &change).map_err(|e| impossible(e.to_string()))?;
    }
    inventory.problems.extend(problems);
    inventory.problems.extend(settings::without_effect(&config));
    inventory.close();
    Ok(Loaded { graph, inventory, config })
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

/// A scope is named whole, or by what stands after its colon.
fn has_scope(facts: &Facts, wanted: &str) -> Result<(), LoadError> {
    let scopes = facts.components.iter().map(|c| &c.key.scope).filter(|s| !s.is_empty() && &***s != NATIVE);
    let known: BTreeSet<&Arc<str>> = scopes.collect();
    let named = |scope: &str| scope == wanted || scope.split_once(':').is_some_and(|(_, rest)| rest == wanted);
    if known.iter().any(|scope| named(scope)) {
        return Ok(());
    }
    Err(LoadError::NoScope { wanted: wanted.to_owned(), known: known.into_iter().cloned().collect() })
}

/// A file that the user named himself and whose bytes cannot be had at all is not a problem but an error.
fn beyond_reading(input: &Input, reading: &Reading) -> Option<String> {
    let unread = input.named && reading.status == Status::Failed && reading.documents.seen == 0;
    unread.then(|| reading.problems.first().map(ToString::to_string)).flatten()
}

fn nothing(inputs: &Inputs, inventory: &Inventory) -> LoadError {
    let paths: Vec<String> = inputs.manifests.iter().map(Source::shown).collect();
    let files = inventory.files.seen;
    let seen = format!("{files} {} looked at", if files == 1 { "file" } else { "files" });
    let reasons = &inventory.files.reasons;
    let telling = || reasons.get_key_value(TRACES).or_else(|| reasons.iter().max_by_key(|(_, n)| **n));
    let aside = || telling().map(|(reason, _)| format!("; ignored: {reason}"));
    let hint = inventory.problems.first().map(|p| format!("; {p}")).or_else(aside).unwrap_or_default();
    LoadError::Nothing { paths: paths.join(", "), seen, hint }
}
