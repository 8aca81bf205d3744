//! What breaks if X fails: a dependency graph from manifests and traces, and the failures that travel over it.
//!
//! The modules are the stages of one pipeline, in the order in which data flows; no stage imports a later one.
//!
//! | stage | gives |
//! |---|---|
//! | [`discover`] | which files there are |
//! | [`parse`] | trees of values with places |
//! | [`facts`] | what each format means, with evidence |
//! | [`graph`] | one frozen graph |
//! | [`analysis`] | blast radii, single points of failure, each with its witness |
//! | [`rules`] | findings with remedies |
//! | [`gate`] | the same beside a base: what is new, what is worse, whether it may pass |
//! | [`render`] | text, JSON, DOT, … |
//!
//! [`run`] is the pipeline itself, [`cli`] the command line, [`source`] and [`config`] are shared by all.

pub mod analysis;
pub mod cli;
pub mod config;
pub mod discover;
pub mod facts;
pub mod gate;
pub mod graph;
pub mod parse;
pub mod render;
pub mod rules;
pub mod run;
pub mod schema;
pub mod source;
