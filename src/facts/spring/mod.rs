//! Spring Boot's configuration: `application.yml` and its kin to facts about the workloads that carry them.
//!
//! The way through this folder: `document` tells which files are configuration and what their documents say
//! (`property`, `duration`); `application` finds out whose they are and which come from a configuration repository
//! (`repository`); a `view` is all that configures one program in one place. From it `addresses` reads whom the program
//! calls, `calls` (`gateway`, `netflix`, `kafka`, `rabbit`) the calls that settings describe, `resilience` what the library does with
//! calls. `registry` knows who registers under which name.

mod addresses;
mod application;
mod calls;
mod document;
mod duration;
mod gateway;
mod kafka;
mod module;
mod netflix;
mod property;
mod rabbit;
mod registry;
mod repository;
mod resilience;
mod spelling;
mod view;

pub use application::link;
pub use document::{Document, of_lines, of_tree, recognises};
