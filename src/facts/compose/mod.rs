//! Compose files (compose-spec, and what came before it) to facts.
//!
//! The way through this folder: [`recognises`] tells which documents are Compose files; `plan` finds out which of them
//! are run together; `load` reads one with its variables (`variables`, `dotenv`, `interpolate`), `extends` and
//! `include`, brings it into one `shape` and merges it with others (`merge`, `model`); a `project` is what comes out.
//! `reader` goes through its services: `service` makes the component (`image`, `ports`), `environment`, `references`
//! and `mounts` find whom it calls over which `hosts`, `order` and `stores` what it names.

mod dotenv;
mod environment;
mod extends;
mod hosts;
mod image;
mod include;
mod interpolate;
mod load;
mod merge;
mod model;
mod mounts;
mod order;
mod plan;
mod ports;
mod project;
mod proxies;
mod reader;
mod recognise;
mod references;
mod roster;
mod service;
mod shape;
mod spread;
mod stores;
#[cfg(test)]
mod testing;
mod traefik;
mod variables;
mod words;

pub use recognise::recognises;

use super::Facts;
use crate::parse::Node;
use crate::source::Files;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What all Compose files of the input say together.
///
/// `files` are paths and documents that [`recognises`] accepts, in any order (documents of one path in theirs). What
/// they name (`.env`, `env_file`, mounted configuration, files that they extend) is read from `source`. `here` is the
/// name of the folder that relative paths start from: a project in that folder is named after it.
pub fn link(files: Vec<(Arc<str>, Node)>, source: &dyn Files, here: &str) -> Facts {
    let mut given: BTreeMap<Arc<str>, Vec<Node>> = BTreeMap::new();
    for (path, node) in files {
        given.entry(path).or_default().push(node);
    }
    let mut facts = Facts::default();
    for project in project::projects(&given, source, here, &mut facts) {
        facts.merge(reader::read(&project, source));
    }
    // Files that several variants share say the same thing several times.
    let mut seen = BTreeSet::new();
    facts.dependencies.retain(|d| {
        let target = format!("{:?}", d.to);
        seen.insert((d.from.clone(), target, d.interaction, d.plane, d.evidence.clone()))
    });
    facts.problems.sort();
    facts.problems.dedup();
    facts.notes.sort();
    facts.notes.dedup();
    facts
}
