//! What resources mean: facts, from the common language, whatever tool declared them.
//!
//! First come routes and grants of all stacks, because what a function may do decides what passes between it and what
//! its environment names; then everything that depends on something; the components come last, because some are there
//! only if something refers to them.

mod api;
mod component;
mod concurrency;
mod consume;
mod container;
mod directory;
mod environment;
mod function;
mod grant;
mod invoke;
mod machine;
mod notify;
mod queue;
mod reader;
mod rule;
mod store;
mod whom;

pub use reader::Options;
pub(super) use reader::read;
