//! How many calls one request of a user becomes (THEORY 2.4): sums over all walks and the worst walk, from every entry
//! to everything that receives its calls, and the loops in which calls multiply.
//!
//! The fault is that of the target. Only its direct callers see it as such; everybody further up sees a caller that
//! answers with an error, or, when the target does not answer at all, late or with an error. A layer that does not try
//! that again counts once: so a mesh that retries refused connections multiplies on the last hop alone. A fallback is
//! called when what it stands for has failed, so what rests on both is called for both.

mod hops;
mod loops;
mod rows;
mod storms;

pub use hops::Hop;
pub use loops::{RetryCycle, retry_cycles};
pub use rows::{Amplification, Amplifications, amplification};
pub use storms::{STORM, Storm};

use super::call::{Call, Symptom};
use crate::graph::algo::{Gains, Walks};
use crate::graph::{ComponentId, Graph};

/// What goes wrong at the target of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// It refuses or cannot be reached: calls fail at once.
    Outage,
    /// It answers with errors.
    Error,
    /// It does not answer.
    Latency,
}

impl Fault {
    /// All of them, an outage first.
    pub const ALL: [Self; 3] = [Self::Outage, Self::Error, Self::Latency];

    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Error => "error",
            Self::Latency => "latency",
        }
    }

    /// What the caller of the target sees.
    pub fn seen_by_caller(self) -> Symptom {
        match self {
            Self::Outage => Symptom::Refused,
            Self::Error => Symptom::Error,
            Self::Latency => Symptom::Late,
        }
    }

    /// What everybody further up sees.
    pub fn seen_further_up(self) -> Symptom {
        match self {
            Self::Outage | Self::Error => Symptom::Error,
            Self::Latency => Symptom::LateOrError,
        }
    }
}

/// The calls of a graph, ready for passes.
pub struct Load {
    /// The calls, by dependency; those to fallbacks behind them.
    pub calls: Vec<Call>,
    /// How many of them are no fallback's.
    pub direct: usize,
    /// The order of work; its edges are `calls`.
    pub walks: Walks,
}

impl Load {
    /// O(components + dependencies).
    pub fn new(graph: &Graph) -> Self {
        let mut calls = Call::all(graph);
        let instead: Vec<Call> = calls.iter().filter_map(|call| call.instead(graph)).collect();
        let direct = calls.len();
        calls.extend(instead);
        let edges: Vec<(u32, u32)> = calls.iter().map(|c| (c.from.0, c.to.0)).collect();
        let walks = Walks::new(graph.components.len(), &edges);
        Self { calls, direct, walks }
    }

    /// What one request becomes on each call.
    fn gains(&self, seen: Symptom, budgets: bool) -> Vec<f64> {
        self.calls.iter().map(|c| c.calls * c.tries(seen, budgets)).collect()
    }

    /// The factors of calls that fail in a way.
    fn factors(&self, gains: &[f64]) -> Gains<f64> {
        Gains::new(&self.walks, |e| gains[e as usize])
    }
}

/// Calls that multiply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retries {
    /// From every entry to everything that receives its calls.
    pub amplification: Amplifications,
    /// Every loop of calls, by members.
    pub cycles: Vec<RetryCycle>,
}

/// Measures both, with the worst `limit` rows of amplification.
pub fn retries(graph: &Graph, limit: usize) -> Retries {
    let load = Load::new(graph);
    let entries: Vec<ComponentId> = graph.entries().map(|(id, _)| id).collect();
    Retries {
        amplification: amplification(graph, &load, &entries, limit, |_, _, _| true),
        cycles: retry_cycles(graph, &load),
    }
}
