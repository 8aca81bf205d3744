//! Which files there are, and their text. Whatever is left aside is counted with its reason.

mod disk;
mod git;
mod tree;
mod walk;

pub use disk::{DiskFiles, MANIFEST_LIMIT, Unreadable};
pub use git::{Checkout, Revision};
pub use tree::Tree;
pub use walk::{Listing, WalkOptions, list};

use std::sync::Arc;

/// The name under which standard input is reported.
pub const STDIN: &str = "<stdin>";

/// A file of the input, by the path that is reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// Path as reported: relative to the working directory when it lies under it.
    pub path: Arc<str>,
    /// The user named this very file, so it is read whatever its name.
    pub named: bool,
}
