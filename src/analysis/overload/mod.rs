//! Load and time beyond what is served (THEORY 2.7): which triggers make somebody get more than he can serve, what stays
//! so when the trigger is gone, and what waits in queues meanwhile.
//!
//! Load follows calls from entries whose load is known. Who is overloaded serves nobody in time, so his callers try
//! again, and so do theirs if they cannot do without; caches in front of him run empty, and the rest of his group gets
//! his part. All of that only grows with who is overloaded, so a trigger leads to a least fixpoint, and what sustains
//! itself without one is a greatest fixpoint, whatever the order.
//!
//! Both are computed twice: as if overloaded components passed on all that they get (the worst that is possible), and as
//! if they passed on no more than they can serve (what is certain).

mod assumed;
mod backlog;
mod brake;
mod capacity;
mod feedback;
mod fixpoint;
mod offered;
mod regime;
mod traffic;
mod trigger;

pub use backlog::{Backlog, OUTAGE_MS};
pub use brake::Brakes;
pub use feedback::{Feedback, Holder};
pub(super) use fixpoint::exceeds;
pub use regime::{Regime, Row};
pub use traffic::Herd;
pub(super) use traffic::Traffic;
pub use trigger::{Cascade, Cascades, Excess, Trigger};

use crate::graph::{Assumption, ComponentId, Graph};
use assumed::RestsOn;
use std::sync::Arc;

/// What load does to a system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overload {
    /// Every component whose capacity and load are known, by id.
    pub rows: Vec<Row>,
    /// Of how many of them, from the first on, the amplification is exact; of the others it is an upper bound, because the
    /// graph is too large for asking about each.
    pub exact: usize,
    /// Every trigger that overloads somebody.
    pub cascades: Cascades,
    /// Components of which no load is known although that of others is: users offer some to an entry that does not say
    /// how much, or calls go round; by id.
    pub silent: Vec<ComponentId>,
    /// Queues, with what waits in them when nobody takes it; by queue.
    pub backlogs: Vec<Backlog>,
    /// Loops through limited capacities that retries close, by pool.
    pub feedbacks: Vec<Feedback>,
    /// What the numbers take for granted, by id.
    pub assumptions: Vec<Assumption>,
    /// Component → ids of the assumptions that its load rests on.
    rests_on: Vec<RestsOn>,
}

impl Overload {
    /// What is known of a component, if both its load and its capacity are.
    pub fn row(&self, component: ComponentId) -> Option<&Row> {
        self.rows.binary_search_by_key(&component, |r| r.component).ok().map(|at| &self.rows[at])
    }

    /// The triggers after which a component goes on being overloaded when they are gone, in order.
    pub fn sustained_by(&self, component: ComponentId) -> impl Iterator<Item = Trigger> {
        let stays = move |c: &&Cascade| {
            let at = c.overloaded.binary_search_by_key(&component, |e| e.component);
            at.is_ok_and(|at| c.overloaded[at].stays)
        };
        self.cascades.rows.iter().filter(stays).map(|c| c.trigger)
    }

    /// The ids of the assumptions that what is said of a component's load rests on, sorted.
    pub fn of(&self, component: ComponentId) -> Vec<Arc<str>> {
        let by_little = self.rows.iter().any(|r| r.component == component && r.by_little);
        let of_load = self.rests_on.get(component.0 as usize).copied().unwrap_or_default();
        assumed::ids(of_load, by_little, !self.silent.is_empty())
    }
}

/// Queues, with what waits in them when nobody takes it; by queue.
pub fn backlogs(graph: &Graph) -> Vec<Backlog> {
    backlog::backlogs(&Traffic::new(graph))
}

/// Measures all of it. Loads are judged only where somebody says how much comes in, and what can be served.
pub fn overload(graph: &Graph) -> Overload {
    let traffic = Traffic::new(graph);
    let backlogs = backlog::backlogs(&traffic);
    let feedbacks = feedback::feedbacks(&traffic);
    if !traffic.known() {
        return Overload { backlogs, feedbacks, ..Overload::default() };
    }
    let unknown = |id: &ComponentId| {
        let load = traffic.normal[id.0 as usize];
        load.is_infinite() || (load == 0.0 && graph.component(*id).entry.is_some())
    };
    let silent: Vec<ComponentId> = graph.ids().filter(unknown).collect();
    let rows = regime::regimes(&traffic);
    let exact = regime::asked_alone(&traffic).min(rows.len());
    let cascades = if rows.is_empty() { Cascades::default() } else { trigger::cascades(&traffic) };
    let rests_on = assumed::rests_on(&traffic);
    let multiplied = !(rows.is_empty() && feedbacks.is_empty() && backlogs.is_empty());
    let assumptions = assumed::assumptions(&traffic, &rows, &silent, multiplied);
    Overload { rows, exact, cascades, silent, backlogs, feedbacks, assumptions, rests_on }
}
