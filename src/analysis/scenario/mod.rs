//! What one fault of some components does, whatever its kind (DESIGN section 3): who is affected, link by link in the
//! order in which it happens, where it stops, and what the answer takes for granted.

mod came;
mod change;
mod corruption;
mod displaced;
mod latency;
mod little;
mod normal;
mod outage;
mod overload;
mod pools;
mod spread;
mod told;
mod wait;
mod waiting;

pub use corruption::poisoned;
pub use told::{Brake, Link, Stop, What};

use super::{Affected, Event, State};
use crate::graph::{Assumption, Graph};

/// Kinds of fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// It is down.
    #[default]
    Outage,
    /// It answers late, or never.
    Latency,
    /// More load comes than it can take.
    Overload,
    /// What it emits is wrong.
    Corruption,
    /// It was changed for the worse: configuration, a secret, an image, a schema, an API.
    Change,
}

impl Fault {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Fault::Outage => "outage",
            Fault::Latency => "latency",
            Fault::Overload => "overload",
            Fault::Corruption => "corruption",
            Fault::Change => "change",
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// How it fails.
    pub fault: Fault,
    /// What fails, sorted.
    pub events: Vec<Event>,
    /// How late answers are, in milliseconds; nothing: they never come.
    pub latency_ms: Option<f64>,
    /// How long it lasts, in milliseconds; nothing: without end.
    pub duration_ms: Option<f64>,
    /// By how much the load is multiplied; nothing: to just above the capacity.
    pub load: Option<f64>,
}

impl Scenario {
    /// A fault of some components, with nothing else said.
    pub fn new(fault: Fault, mut events: Vec<Event>) -> Self {
        events.sort_unstable();
        Self { fault, events, ..Self::default() }
    }

    /// Whether something happens while the fault lasts.
    fn in_time(&self, at_ms: f64) -> bool {
        at_ms <= self.duration_ms.unwrap_or(f64::MAX)
    }
}

/// What one fault does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What was asked.
    pub scenario: Scenario,
    /// Who is reached, by id, what failed itself not included.
    pub affected: Vec<Affected>,
    /// What happens, in order. Of an outage that is told by its paths, beside what waits in queues.
    pub links: Vec<Link>,
    /// Where it stops or is weakened, and by what.
    pub stops: Vec<Stop>,
    /// What this takes for granted beside what the graph does, by id.
    pub assumptions: Vec<Assumption>,
}

impl Outcome {
    /// What becomes of a component, whether it failed itself or was reached.
    pub fn state_after(&self, id: crate::graph::ComponentId) -> State {
        if self.scenario.events.iter().any(|e| e.component == id && !e.one_instance) {
            return State::Failed;
        }
        let reached = self.affected.binary_search_by_key(&id, |a| a.component).ok();
        reached.and_then(|i| self.affected.get(i)).map_or(State::Ok, |a| a.state)
    }
}

/// What a scenario does. The answer depends on the graph and the scenario alone.
pub fn outcome(graph: &Graph, scenario: &Scenario) -> Outcome {
    let mut outcome = match scenario.fault {
        Fault::Outage => outage::outage(graph, scenario),
        Fault::Latency => latency::latency(graph, scenario),
        Fault::Overload => overload::overload(graph, scenario),
        Fault::Corruption => corruption::corruption(graph, scenario),
        Fault::Change => change::change(graph, scenario),
    };
    if matches!(scenario.fault, Fault::Outage | Fault::Latency | Fault::Change) {
        let piles = waiting::waiting(graph, &outcome);
        outcome.links.extend(piles);
    }
    outcome
}
