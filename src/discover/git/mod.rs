//! Files of a commit, read straight from git.

mod command;
mod revision;
mod walk;

pub use revision::Revision;
pub use walk::Checkout;
