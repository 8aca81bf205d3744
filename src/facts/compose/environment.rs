//! The environment of a service: `environment` before `env_file` before the image's own.

use super::dotenv::{self, Format};
use super::load::resolve;
use super::reader::{Reader, Subject};
use super::shape::shown;
use crate::facts::Evidence;
use crate::parse::Node;
use crate::source::{Location, Problem};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A variable that a service starts with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variable {
    /// Its name.
    pub(super) key: String,
    /// Its value, which may be a secret: it goes to the address module and nowhere else.
    pub(super) value: String,
    /// Where it is said.
    pub(super) evidence: Evidence,
    /// It stands in an `env_file`, which others may share.
    pub(super) of_file: bool,
}

impl Reader<'_> {
    /// The environment of a service, by name.
    pub(super) fn environment(&mut self, subject: &Subject<'_>) -> Vec<Variable> {
        let mut variables: BTreeMap<String, Variable> = BTreeMap::new();
        let mut set = |key: &str, value: &str, evidence: Evidence, of_file: bool| {
            let variable = Variable { key: key.to_owned(), value: value.to_owned(), evidence, of_file };
            variables.insert(key.to_owned(), variable);
        };
        for (key, value, evidence) in &subject.image.env {
            set(key, value, evidence.clone(), false);
        }
        for item in subject.node.get("env_file").into_iter().flat_map(Node::items) {
            for (key, value, evidence) in self.env_file(subject, item) {
                set(&key, &value, evidence, true);
            }
        }
        let homes = &subject.variant.homes;
        for (key, at, value) in subject.node.get("environment").into_iter().flat_map(Node::fields) {
            let evidence = Evidence::new(value.at(), format!("environment.{key}"));
            if let Some(text) = value.text() {
                set(key, text, evidence, false);
            } else if !value.is_null() {
                let reason = format!("environment variable `{}` is {}; expected one value", shown(key), value.sort());
                self.facts.problems.push(Problem::new(value.at(), reason));
            } else if let Some(text) = homes.get(at.file()).and_then(|home| home.variables.get(key)) {
                // A name without a value is taken from where Compose runs; of that, only `.env` is known.
                set(key, &text, Evidence::new(at.at(), format!("environment.{key}")), false);
            }
        }
        variables.into_values().collect()
    }

    /// The variables of one item of `env_file`.
    fn env_file(&mut self, subject: &Subject<'_>, item: &Node) -> Vec<(String, String, Evidence)> {
        let Some(relative) = item.text().or_else(|| item.str("path")).filter(|path| !path.is_empty()) else {
            self.facts.problems.push(Problem::new(item.at(), "an `env_file` without a path"));
            return Vec::new();
        };
        let homes = &subject.variant.homes;
        let path: Arc<str> = resolve(homes, item, relative).into();
        let Some(text) = self.source.read(&path) else {
            if item.get("required").and_then(Node::bool) != Some(false) {
                let reason = format!("`env_file` names `{}`, which is not there", shown(&path));
                let remedy = "add it, or say `required: false` if the service starts without it";
                self.facts.problems.push(Problem::new(item.at(), reason).remedy(remedy));
            }
            return Vec::new();
        };
        self.facts.files_used.insert(path.clone());
        let format = if item.str("format") == Some("raw") { Format::Raw } else { Format::Expanded };
        let outer = |name: &str| homes.get(item.file())?.variables.get(name);
        let parsed = dotenv::parse(&text, format, &outer);
        for (line, reason) in parsed.wrong {
            self.facts.problems.push(Problem::new(Location::new(path.clone(), line, 1), reason));
        }
        let variable = |entry: dotenv::Entry| {
            let evidence = Evidence::new(Location::new(path.clone(), entry.line, 1), format!("env_file.{}", entry.key));
            Some((entry.key, entry.value?, evidence))
        };
        self.learn_audience(subject.variant, &path);
        parsed.entries.into_iter().filter_map(variable).collect()
    }
}
