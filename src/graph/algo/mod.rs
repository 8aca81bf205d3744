//! Algorithms over plain arrays: nodes are `u32`, and nothing here knows what a service is.
//!
//! [`FaultGraph`] is the input of them all. [`Worklist`] solves one failure scenario and is the reference; [`Solver`]
//! solves 512 at once over a [`Plan`], and [`pairs`] finds what only two failures together do.

mod blocks;
mod counter;
mod csr;
mod dirty;
mod fault_graph;
mod fixpoint;
mod impact;
mod lanes;
pub mod pairs;
mod part;
mod plan;
mod scc;
mod solver;
mod witness;

pub use blocks::in_parallel;
pub use counter::LaneCounter;
pub use csr::Csr;
pub use fault_graph::{FaultGraph, Group, Member};
pub use fixpoint::{Worklist, cold_start};
pub use impact::time_to_impact;
pub use lanes::{LANES, Lanes, at_least};
pub use part::Part;
pub use plan::Plan;
pub use scc::{Components, components};
pub use solver::Solver;
pub use witness::{Step, Witness, shortest_cycle};
