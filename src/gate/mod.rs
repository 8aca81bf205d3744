//! A system beside what it was: which risks are new, which got worse, and whether that may pass.
//!
//! Risks are compared, not text: findings of both sides are matched by fingerprints that moved lines, renamed files and
//! reordered documents do not change. Nothing here reads files; [`crate::run`] brings both sides.

mod comparison;

pub use comparison::{
    Cause, Compared, Comparison, Gone, LineRange, Lines, State, Undo, Verdict, Waived, WaiverProblem,
};
