//! Answers and findings to bytes, one file per format. Nothing is computed here.
//!
//! Whatever came from an input is made harmless for where it goes: escapes of terminals, quotes of DOT, markup of
//! Mermaid. Each format does that in one place.

pub mod dot;
mod edge_account;
mod escape;
mod github;
mod gitlab;
mod html;
pub mod json;
mod junit;
mod markdown;
pub mod mermaid;
pub mod open_psa;
pub mod picture;
mod rdjsonl;
mod sarif;
mod story;
pub mod text;
mod told;
mod visible;
mod why;

pub use edge_account::{CallAccount, EdgeAccount};
pub use github::github;
pub use gitlab::gitlab;
pub use html::html;
pub use junit::junit;
pub use markdown::markdown;
pub use rdjsonl::rdjsonl;
pub use sarif::sarif;
pub use visible::visible;
pub use why::{Way, Why};

use crate::analysis::Analysis;
use crate::graph::{Graph, Labels};
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
