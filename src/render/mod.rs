//! Answers and findings to bytes, one file per format. Nothing is computed here.
//!
//! Whatever came from an input is made harmless for where it goes: escapes of terminals, quotes of DOT, markup of
//! Mermaid. Each format does that in one place.

pub mod dot;
mod edge_account;
pub mod json;
pub mod mermaid;
pub mod open_psa;
pub mod picture;
pub mod text;
mod visible;
mod why;

pub use edge_account::{CallAccount, EdgeAccount};
pub use visible::visible;
pub use why::{Way, Why};

use crate::analysis::{Analysis, Blast, State};
use crate::graph::{ComponentId, Graph, Labels};
use crate::rules::Finding;
use crate::source::Inventory;

/// Everything that a report shows.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What was read.
    pub inventory: &'a Inventory,
    /// The system.
    pub graph: &'a Graph,
    /// What to call its components.
    pub labels: &'a Labels,
    /// What was measured.
    pub analysis: &'a Analysis,
    /// What is wrong, worst first.
    pub findings: &'a [Finding],
}

/// What becomes of a component, whether it failed itself or was reached.
fn state_after(blast: &Blast, id: ComponentId) -> State {
    if blast.events.iter().any(|e| e.component == id && !e.one_instance) {
        return State::Failed;
    }
    let reached = blast.affected.binary_search_by_key(&id, |a| a.component).ok();
    reached.and_then(|i| blast.affected.get(i)).map_or(State::Ok, |a| a.state)
}
