//! How many calls one request of a user becomes (THEORY 2.4): sums over all walks and the worst walk, from every entry
//! to everything that receives its calls, and the loops in which calls multiply.
//!
//! The fault is that of the target. Only its direct callers see it as such; everybody further up sees a caller that
//! answers with an error, or, when the target does not answer at all, late or with an error. A layer that does not try
//! that again counts once: so a mesh that retries refused connections multiplies on the last hop alone. Who only sends
//! sees nothing of what fails behind the queue, and neither do those who call him: on the way to the last queue before the
//! target nobody tries again.
//! What a component does with messages is told from what it does with requests where traces saw it.
//!
//! A fallback is called when what it stands for has failed, so what rests on both is called for both.

mod handlers;
mod hops;
mod loops;
mod rows;
mod storms;
mod ways;

pub use hops::Hop;
pub use loops::{RetryCycle, retry_cycles};
pub use rows::{Amplification, Amplifications, amplification};
pub use storms::{STORM, Storm};

use super::call::{Call, Symptom};
use crate::graph::algo::{Gains, Walks};
use crate::graph::{ComponentId, Graph};
use handlers::Nodes;

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
    /// The calls, by dependency; those to fallbacks behind them; and behind these once more those that are made while
    /// messages are handled, where that has a node of its own.
    pub calls: Vec<Call>,
    /// Who sends and receives them.
    nodes: Nodes,
    /// The numbers of those that are only sent.
    sent: Vec<u32>,
    /// The order of work; its edges are `calls`.
    pub walks: Walks,
}

/// The calls of a graph, by dependency, and behind them those to fallbacks; and how many of them are no fallback's.
pub fn calls(graph: &Graph) -> (Vec<Call>, usize) {
    let mut calls = Call::all(graph);
    let instead: Vec<Call> = calls.iter().filter_map(|call| call.instead(graph)).collect();
    let direct = calls.len();
    calls.extend(instead);
    (calls, direct)
}

impl Load {
    /// O(components + dependencies).
    pub fn new(graph: &Graph) -> Self {
        let (mut calls, _) = calls(graph);
        let mut nodes = Nodes::new(graph.components.len(), &calls);
        let mut walks = Walks::new(nodes.len(), &nodes.ends);
        nodes.split(graph, &mut calls, &walks);
        if nodes.len() > walks.len() {
            walks = Walks::new(nodes.len(), &nodes.ends);
        }
        let sent = (0u32..).zip(&calls).filter(|(_, c)| c.sent).map(|(i, _)| i).collect();
        Self { calls, nodes, sent, walks }
    }

    /// The component at a place of `walks`.
    fn component_at(&self, place: u32) -> ComponentId {
        self.nodes.component(self.walks.node[place as usize])
    }

    /// The other places of the component at one.
    fn other_places(&self, place: u32) -> impl Iterator<Item = u32> {
        self.nodes.others(self.walks.node[place as usize]).map(|node| self.walks.place[node as usize])
    }

    /// The first call of a way whose caller sees it when the target fails: nobody before the last queue does.
    fn first_that_sees(&self, way: &[u32]) -> usize {
        let before = way.split_last().map_or(way, |(_, before)| before);
        before.iter().rposition(|&number| self.calls[number as usize].sent).map_or(0, |queue| queue + 1)
    }

    /// The nodes of who makes a call and who gets it.
    fn ends(&self, number: u32) -> (u32, u32) {
        self.nodes.ends[number as usize]
    }

    /// What one request becomes on each call if its callee fails.
    fn gains(&self, seen: Symptom, budgets: bool) -> Vec<f64> {
        self.calls.iter().map(|c| c.calls * c.tries(seen, budgets)).collect()
    }

    /// What one request becomes on each call if what fails lies behind its callee; nothing on what is only sent, since
    /// nobody sees a failure beyond that.
    fn gains_further_up(&self, seen: Symptom, budgets: bool) -> Vec<f64> {
        self.calls.iter().map(|c| if c.sent { 0.0 } else { c.calls * c.tries(seen, budgets) }).collect()
    }

    /// What one request becomes on each call if nobody sees a failure.
    fn gains_unseen(&self) -> Vec<f64> {
        self.calls.iter().map(|c| c.calls).collect()
    }

    /// What one request becomes on each call in the long run, whatever fails: what is taken is not sent again.
    fn gains_round(&self, seen: Symptom) -> Vec<f64> {
        self.calls.iter().map(|c| if c.sent { c.calls } else { c.calls * c.tries(seen, true) }).collect()
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
