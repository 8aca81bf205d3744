//! The worst ways by which a failure comes into an entry, for every source (THEORY 2.6): the likeliest, the longest, and
//! the one along which calls multiply most.

mod rows;
mod search;

pub use rows::{Asked, By, WorstPath, WorstPaths, worst_paths};
pub use search::probability;
