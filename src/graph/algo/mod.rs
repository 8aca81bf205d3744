//! Algorithms over plain arrays: nodes are `u32`, and nothing here knows what a service is.
//!
//! [`FaultGraph`] is the input of them all. [`Worklist`] solves one failure scenario and is the reference; [`Solver`]
//! solves 512 at once over a [`Plan`], and [`pairs`] finds what only two failures together do. [`FaultTree`] is the
//! failure of one node without loops, and [`CutSets`] are its minimal cut sets of any size. [`Walks`] multiplies along
//! calls, and [`settle`] solves any equations over a graph, loops last.

mod best_walk;
mod blocks;
mod counter;
mod csr;
mod cut_sets;
mod dirty;
mod fault_graph;
mod fault_tree;
mod fixpoint;
mod flow;
mod gains;
mod impact;
mod lanes;
mod likeliest;
pub mod pairs;
mod part;
mod pass;
mod plan;
mod scc;
mod settle;
mod sieve;
mod solver;
mod spectral;
mod twins;
mod walks;
mod ways;
mod witness;
mod zbdd;

pub use best_walk::{Best, best_walks, best_walks_of, edges_to};
pub use blocks::in_parallel;
pub use counter::LaneCounter;
pub use csr::Csr;
pub use cut_sets::{CutBounds, CutSets, OfSize};
pub use fault_graph::{FaultGraph, Group, Groups, Member};
pub use fault_tree::{FaultTree, Gate, Input, TreeTooLarge};
pub use fixpoint::{Worklist, cold_start};
pub use flow::capped_flow;
pub use gains::{Gains, Scalar, UNSTABLE};
pub use impact::time_to_impact;
pub use lanes::{LANES, Lanes, at_least};
pub use likeliest::{Likeliest, likeliest};
pub use part::Part;
pub use pass::{Lane, Pass};
pub use plan::Plan;
pub use scc::{Components, components};
pub use settle::settle;
pub use sieve::Sieve;
pub use solver::Solver;
pub use spectral::{Radius, radius_reaches, spectral_radius};
pub use twins::twin_rows;
pub use walks::Walks;
pub use ways::{Way, Ways};
pub use witness::{Step, Witness, shortest_cycle};
