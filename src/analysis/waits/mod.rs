//! How long callers may wait, and whether what they allow is enough (THEORY 2.5): worst waits, inversions with their
//! wasted tries, chains longer than a component allows itself, settings that never act, drains that are too short.

mod basis;
mod checks;
mod rows;
mod worst;

pub use basis::{Bases, Basis};
pub use checks::{Chain, Dead, DeadSetting, Drain, chains, dead_settings, drains, without_timeout};
pub use rows::{TimeoutRow, timeouts};
pub use worst::{Wait, Waits, worst_waits};

use super::call::Limit;
use crate::graph::{DependencyId, Graph};

/// What callers allow beside what they may need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeouts {
    /// Every call with a known limit and a known or unbounded wait.
    pub rows: Vec<TimeoutRow>,
    /// Components that may need longer than they allow themselves.
    pub chains: Vec<Chain>,
    /// Limits that never act.
    pub dead: Vec<DeadSetting>,
    /// Drains that are too short.
    pub drains: Vec<Drain>,
    /// Calls that are waited for without a limit, as far as is known.
    pub unlimited: Vec<(DependencyId, Limit)>,
}

/// Measures all of it in one pass over the waits.
pub fn measure(graph: &Graph) -> Timeouts {
    let waits = worst_waits(graph);
    Timeouts {
        rows: timeouts(graph, &waits),
        chains: chains(graph, &waits),
        dead: dead_settings(graph, &waits),
        drains: drains(graph, &waits),
        unlimited: without_timeout(graph, &waits),
    }
}
