use crate::analysis::{Analysis, Blast, Event};
use crate::graph::Graph;
use crate::source::Inventory;
use std::path::PathBuf;

/// The stages before rendering, as the commands call them.
#[derive(Clone, Copy, Debug)]
pub struct Pipeline {
    /// Reads inputs and builds the graph.
    pub load: fn(&Inputs) -> anyhow::Result<Loaded>,
    /// Answers everything about a graph.
    pub analyse: fn(&Graph) -> Analysis,
    /// What an outage of some components does.
    pub blast: fn(&Graph, &[Event]) -> Blast,
    /// The names of the schemas, sorted.
    pub schemas: &'static [&'static str],
    /// The JSON Schema of a name.
    pub schema: fn(&str) -> Option<String>,
    /// What `init` writes.
    pub config_template: &'static str,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The system.
    pub graph: Graph,
    /// The account of the inputs.
    pub inventory: Inventory,
}

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
