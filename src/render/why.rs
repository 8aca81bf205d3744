use crate::analysis::paths::WorstPath;
use crate::analysis::{Level, State};
use crate::graph::{ComponentId, DependencyId};

/// One way in which a failure comes into an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// What fails.
    pub source: ComponentId,
    /// The smallest failure of it that suffices, where that was measured.
    pub level: Option<Level>,
    /// What becomes of the entry.
    pub state: State,
    /// From `source` to the entry, both ends included.
    pub path: Vec<ComponentId>,
    /// The dependencies along `path`.
    pub edges: Vec<DependencyId>,
}

/// How failures come into an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// The entry.
    pub entry: ComponentId,
    /// The one component asked for, if any.
    pub asked: Option<ComponentId>,
    /// The ways, worst first.
    pub ways: Vec<Way>,
    /// The worst ways of the component asked for, if one was.
    pub worst: Vec<WorstPath>,
    /// If the component asked for does no harm: dependencies that lead from the entry to it all the same.
    pub harmless: Option<Vec<DependencyId>>,
}
