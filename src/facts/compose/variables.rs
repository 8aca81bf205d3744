//! The variables of a project: from `.env` files, never from the process, so that the same input gives the same graph.

use super::dotenv;
use crate::source::{Files, Location, Problem, join};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names and values that interpolation and bare environment names see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// Adds a file of variables, which see those that are already here. `false` if there is no such file.
    ///
    /// Variables that are already here are kept when they were `given` by a project that includes this one.
    pub(super) fn add(&mut self, path: &str, given: &Variables, reading: &mut Reading<'_>) -> bool {
        let Some(text) = reading.source.read(path) else {
            return false;
        };
        let file: Arc<str> = path.into();
        reading.files_used.insert(file.clone());
        let parsed = dotenv::parse(&text, dotenv::Format::Expanded, &|name| given.get(name).or_else(|| self.get(name)));
        for (line, reason) in parsed.wrong {
            reading.problems.push(Problem::new(Location::new(file.clone(), line, 1), reason));
        }
        for entry in parsed.entries {
            if let (None, Some(value)) = (given.get(&entry.key), entry.value) {
                self.0.insert(entry.key, value);
            }
        }
        true
    }

    /// The variables of the project in a folder: those of its `.env`, and `PWD`.
    pub(super) fn of_folder(folder: &str, given: &Variables, reading: &mut Reading<'_>) -> Self {
        let mut variables = given.clone();
        // People start Compose in the folder of its file.
        variables.0.insert("PWD".into(), ".".into());
        variables.add(&join(folder, ".env"), given, reading);
        variables
    }
}

/// Files beside the manifests, and the account of reading them.
pub(super) struct Reading<'a> {
    /// Where files come from.
    pub(super) source: &'a dyn Files,
    /// What was wrong.
    pub(super) problems: &'a mut Vec<Problem>,
    /// What was read.
    pub(super) files_used: &'a mut BTreeSet<Arc<str>>,
}
