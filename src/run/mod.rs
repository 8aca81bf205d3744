//! The pipeline, a line a stage: inputs → readings → facts → graph, with the account of what was read.

mod beside;
mod items;
mod merge;
mod render;
mod settings;
mod side;
mod text;
mod traces;

pub use beside::{Base, Beside, HERE, load_beside};
pub use merge::{Merged, merge};
pub use traces::summarise;

use crate::config::Config;
use crate::discover::{STDIN, Tree};
use crate::facts::read::{Comment, TRACES};
use crate::facts::traces::Summary;
use crate::graph::Graph;
use crate::graph::change::{Change, Name};
use crate::source::{Inventory, Problem, quoted};
use settings::Decided;
use side::Side;
use std::collections::BTreeSet;
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
    /// Comments in manifests that speak to linchpin, by place.
    pub comments: Vec<Comment>,
    /// Files that say something, those among them that others name.
    pub files_used: BTreeSet<Arc<str>>,
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
    let decided = Decided::find(inputs)?;
    let tree = Tree::disk(decided.config.scan.max_file_size.0);
    let side = Side::read(inputs, &decided, &tree, None)?;
    side.link(inputs, decided, &tree, summary_of(inputs)?)
}

/// What the traces say, with the account of them; nothing if there are none.
fn summary_of(inputs: &Inputs) -> Result<Option<(Summary, Inventory)>, LoadError> {
    if inputs.traces.is_empty() { Ok(None) } else { summarise(&inputs.traces).map(Some) }
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

/// Why there is nothing to analyse.
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
