//! A system beside what it was: which risks are new, which got worse, and whether that may pass.
//!
//! Risks are compared, not text: findings of both sides are matched by fingerprints that moved lines, renamed files and
//! reordered documents do not change. Nothing here reads files; [`crate::run`] brings both sides.

mod baseline;
mod changes;
mod compare;
mod comparison;
mod judge;
mod lines;
mod policy;
mod renames;
mod risk;
mod undo;
mod waiver;

pub use changes::{Changed, Index, View, changes};
pub use compare::{Standing, Standpoint, compare};
pub use comparison::{
    Amount, Cause, Compared, Comparison, Gone, LineRange, Lines, State, Undo, Verdict, Waived, WaiverProblem,
};
pub use judge::{Base, Head, Without, judge};
pub use lines::{differences, taken_back};
pub use policy::{Policy, govern, idle_thresholds, unknown_rules};
pub use renames::Renames;
pub use risk::{Names, Risk, Snapshot};
pub use waiver::{Waiver, granted, problems, today, waivers};
