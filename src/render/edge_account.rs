use crate::graph::DependencyId;

/// What the settings of one dependency come to.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeAccount {
    /// The dependency.
    pub dependency: DependencyId,
    /// What its calls come to; nothing if none are made at run time.
    pub calls: Option<CallAccount>,
}

/// What the settings of all layers come to for one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallAccount {
    /// Tries when the provider refuses, answers with an error, or does not answer: conditions, limits and budgets
    /// applied; infinite where nothing bounds them.
    pub tries: [f64; 3],
    /// How long the caller waits for a provider that never answers, in milliseconds; infinite if for ever.
    pub wait_ms: f64,
}
