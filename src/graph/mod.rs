//! One frozen graph: components and dependencies with identity resolved, sorted, with evidence.
//!
//! `dependent → provider` is the direction of every dependency. Ids are dense `u32` newtypes in the order of the
//! components' textual ids, so that whatever is computed in index order is printed in sorted order.

pub mod algo;
mod bare;
pub mod build;
pub mod change;
mod labels;
mod lookup;
mod model;
mod view;

pub use crate::facts::{
    Apart, Bond, Class, Confidence, Criticality, EntryOrigin, Evidence, Interaction, Key, Kind, Layer, Note, Origin,
    Plane, Retried, RetryLayer, Scheduler, Settings, Spread, TimeoutOrigin,
};
pub use labels::Labels;
pub use lookup::{LookupError, lookup, lookup_among};
pub use model::{
    Assumption, Component, ComponentId, Dependency, DependencyId, Entry, Graph, LayerTimeout, Match, MatchRule,
    OBSERVED_RATES, Observed, ObservedOperation, Replicas, Requirement, RequirementId, Retry, RouteSettings, Timeout,
    Unresolved,
};
pub use view::{Ways, as_petgraph, connection, neighbourhood};
