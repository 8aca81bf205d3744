//! The graph to measurements: each answer with its witness. Nothing here knows of files, formats or outputs.
//!
//! [`FaultModel`] says how failures travel, [`analyse`] asks all questions of the report at once, and [`blast`] one
//! question about one scenario.

pub mod amplification;
mod analyse;
mod assumed;
mod blast;
pub mod call;
mod callers;
mod cut_set;
mod cycle;
mod drift;
mod engine;
mod failers;
mod fatal_pair;
mod fault_model;
mod fix;
mod illusion;
mod larger_cut_set;
mod level;
pub mod overload;
pub mod paths;
mod pools;
mod probes;
mod rates;
mod recovery;
pub mod scenario;
mod share;
mod shared;
mod single;
mod spof;
mod update;
mod usual;
pub mod waits;

pub use analyse::{
    Analysis, Options, analyse, analyse_further, redundancy_illusions, shared_resources, single_failures,
};
pub use assumed::{assumed, of_amplification, of_cycle, of_timeout, of_worst_path};
pub use blast::{blast, impact_times};
pub use callers::entries_calling;
pub use drift::{Discrepancy, Drift, Setting, Value, drift};
pub use fault_model::{FaultModel, carries_outage};
pub use fix::{Improvement, Improvements, alike, improvements, risk};
pub use larger_cut_set::{CutOptions, cut_sets, fault_tree};
pub use level::level;
pub use pools::{PoolRow, PoolUser, pools};
pub use probes::{Probe, probes};
pub use rates::{Rates, rates};
pub use recovery::{RecoveryLoop, recovery_loops, sees_or_repairs};
pub use single::Single;
pub use update::Baseline;

use crate::graph::{ComponentId, DependencyId};
use std::sync::Arc;

/// State of a component in a failure scenario: a lattice, ok < degraded < failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It works.
    #[default]
    Ok,
    /// It works without something soft.
    Degraded,
    /// It does not work.
    Failed,
}

impl State {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Degraded => "degraded",
            State::Failed => "failed",
        }
    }
}

/// The smallest failure of a component itself that suffices, smallest first (DESIGN section 12, Levels).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One instance.
    Instance,
    /// A volume.
    Volume,
    /// A machine.
    Node,
    /// A zone.
    Zone,
    /// A region.
    Region,
    /// A provider outside the input.
    Provider,
    /// Only the component as a whole.
    Component,
}

impl Level {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Level::Instance => "instance",
            Level::Volume => "volume",
            Level::Node => "node",
            Level::Zone => "zone",
            Level::Region => "region",
            Level::Provider => "provider",
            Level::Component => "component",
        }
    }
}

/// What fails at the start of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Event {
    /// Which component.
    pub component: ComponentId,
    /// All of it, or one instance of it.
    pub one_instance: bool,
}

/// A component that a scenario reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct Affected {
    /// Which component.
    pub component: ComponentId,
    /// How badly.
    pub state: State,
    /// Expected share of its requests that is hit, which is: fails or waits, as far as shares along the way are known; 1
    /// in the worst case. What goes on without a soft dependency at once is not hit.
    pub share: f64,
    /// Expected share of its requests that go on without something.
    pub without: f64,
    /// When it is felt, in milliseconds after the fault began, if that is known.
    pub time_to_impact_ms: Option<f64>,
    /// The same by operation, where traces name them, by name.
    pub operations: Vec<AffectedOperation>,
    /// Ids of the assumptions that this rests on, sorted.
    pub assumptions: Vec<Arc<str>>,
    /// From what failed to this component, both ends included: the shortest way along which the failure came.
    pub path: Vec<ComponentId>,
    /// The dependencies along `path`, one fewer than components.
    pub edges: Vec<DependencyId>,
}

/// An operation of a component that a scenario reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct AffectedOperation {
    /// Its name in traces.
    pub name: Arc<str>,
    /// How badly.
    pub state: State,
    /// Expected share of its requests that is hit, or goes on without something if it is degraded.
    pub share: f64,
}

/// What one scenario does.
#[derive(Clone, Debug, PartialEq)]
pub struct Blast {
    /// What failed at the start.
    pub events: Vec<Event>,
    /// Who is reached, by id, what failed itself not included.
    pub affected: Vec<Affected>,
}

/// A component that takes an entry down alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Spof {
    /// Which component.
    pub component: ComponentId,
    /// The smallest failure of it that suffices.
    pub level: Level,
    /// The entries that it takes down, by id.
    pub entries: Vec<ComponentId>,
    /// Beside `entries`, the expected share of each one's requests that is hit; empty if all of them are all hit as far
    /// as anybody knows.
    pub shares: Vec<f64>,
    /// The sum of the entries' weights.
    pub weight: f64,
    /// The sum of the entries' weights, each times the share of its requests that is hit: what counts in the ranking.
    pub expected: f64,
    /// From the component to the heaviest of those entries.
    pub path: Vec<ComponentId>,
    /// The dependencies along `path`.
    pub edges: Vec<DependencyId>,
    /// The component whose row tells this story already: identical victims further up a hard chain, or a direct
    /// dependency that the entry declares, or the entry's own component.
    pub folded_into: Option<ComponentId>,
}

/// A component that takes others down alone, none of which any entry needs: no user feels it, and it is reported last.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreached {
    /// What fails, without entries; its path leads to the first that it takes down directly.
    pub row: Spof,
    /// How many other components fail.
    pub failed: u64,
}

/// A requirement that claims to survive more than it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Illusion {
    /// Whose requirement, or the component whose instances they are.
    pub owner: ComponentId,
    /// The members.
    pub group: Vec<ComponentId>,
    /// Failures that it claims to survive: n − k.
    pub claimed: u32,
    /// Failures that it survives.
    pub real: u32,
    /// What the members share: the roots only.
    pub shared: Vec<ComponentId>,
    /// The entries that are hit, by id.
    pub entries: Vec<ComponentId>,
}

/// A group that survives one failure and not two: one event each of any two of the sides.
#[derive(Clone, Debug, PartialEq)]
pub struct FatalPair {
    /// At least two, without an event in common; each by id.
    pub sides: Vec<Vec<(ComponentId, Level)>>,
    /// Whose groups, by id.
    pub owners: Vec<ComponentId>,
    /// The entries that some pair takes down and neither of it alone, by id.
    pub entries: Vec<ComponentId>,
    /// The sum of their weights.
    pub weight: f64,
}

/// A component that several others, not ordered by dependency, rely on.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// Which component.
    pub component: ComponentId,
    /// Who relies on it directly, by id.
    pub dependents: Vec<ComponentId>,
    /// The entries that it can take down, by id.
    pub entries: Vec<ComponentId>,
}

/// A strongly connected component of the runtime graph with more than one member (or a self-loop).
#[derive(Clone, Debug, PartialEq)]
pub struct Cycle {
    /// Its members, by id.
    pub members: Vec<ComponentId>,
    /// A shortest cycle through its first member, first member not repeated.
    pub witness: Vec<ComponentId>,
    /// Members that cannot come up from nothing because they wait for each other (THEORY 2.0, cold start).
    pub deadlocked: Vec<ComponentId>,
}

/// Minimal cut sets of an entry: one for each way to take a member of each side.
#[derive(Clone, Debug, PartialEq)]
pub struct CutSets {
    /// Which entry.
    pub entry: ComponentId,
    /// How many members a cut set has.
    pub size: u32,
    /// `size` sides without a member in common, each by id; none if the cut sets are only counted.
    pub sides: Vec<Vec<(ComponentId, Level)>>,
    /// How many cut sets: the product of the sides' lengths.
    pub count: u64,
    /// Up to which size the cut sets of this entry are complete.
    pub complete_to: u32,
}
