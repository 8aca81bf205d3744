//! linchpin.
pub mod analysis;
pub mod cli;
pub mod config;
pub mod discover;
pub mod facts;
pub mod graph;
pub mod parse;
pub mod render;
pub mod rules;
pub mod schema;
pub mod source;
