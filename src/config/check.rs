//! What contradicts itself although every key is well formed.

use super::Config;
use super::place::Place;
use crate::source::{Problem, unknown};
use std::collections::BTreeSet;

/// The kinds of components that can have a probability: all of them.
const KINDS: [&str; 17] = [
    "entry",
    "service",
    "function",
    "job",
    "datastore",
    "cache",
    "queue",
    "topic",
    "object-store",
    "external",
    "volume",
    "config",
    "secret",
    "pool",
    "node",
    "zone",
    "region",
];

/// Everything that cannot be meant, in order of place.
pub(super) fn contradictions(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut report = |place: Place, reason: String| problems.push(Problem::new(config.at(place), reason));

    let mut seen = BTreeSet::new();
    for entry in &config.entries {
        if !seen.insert(entry.component.as_str()) {
            report(entry.component.place(), format!("`{}` is an entry twice", *entry.component));
        }
    }
    let mut seen = BTreeSet::new();
    for c in &config.criticalities {
        if !seen.insert((c.from.as_str(), c.to.as_str())) {
            report(c.from.place(), format!("the criticality from `{}` to `{}` is set twice", *c.from, *c.to));
        }
    }
    for (name, component) in &config.aliases {
        if name.as_str() == component.as_str() {
            report(name.place(), format!("`{}` is an alias of itself", **name));
        }
    }
    for (name, scope) in &config.scopes {
        if scope.paths.is_empty() {
            report(name.place(), format!("scope `{}` has no paths", **name));
        }
    }
    for kind in config.probability.keys() {
        if !KINDS.contains(&kind.as_str()) {
            problems.push(unknown("kind", kind.as_str(), &KINDS, config.at(kind.place())));
        }
    }
    let istio = &config.platform.istio;
    if let (Some(version), None) = (&istio.version, istio.version()) {
        problems.push(Problem::new(config.at(version.place()), "`version` must be a version such as `1.24`"));
    }
    problems.sort();
    problems
}
