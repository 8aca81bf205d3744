//! `linchpin.toml`: what the people who own a system know about it, and what they want to be told.
//!
//! Every key has a default and no file is needed. The file is strict: what is not understood is an error with its line,
//! because a misspelt waiver or threshold would change a verdict in silence. `template.toml`, which `linchpin init`
//! writes, documents every key.

mod check;
mod date;
mod error;
mod place;
mod policy;
mod scan;
mod system;
mod value;
mod waiver;

pub use date::Date;
pub use place::{Place, Placed};
pub use policy::{FailOn, Level, Override, Policy, RulePolicy};
pub use scan::{Chart, Scan, Scope};
pub use system::{Assume, Aws, Capacity, Criticality, DeclaredCriticality, Entry, Istio, Kubernetes, Platform};
pub use value::{ByteSize, Count, Glob, Positive, Share, Text, Weight};
pub use waiver::Waiver;

use crate::source::Problem;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the file.
pub const FILE: &str = "linchpin.toml";

/// A file with every key and its default, as comments: what `linchpin init` writes.
pub const TEMPLATE: &str = include_str!("template.toml");

/// All settings of a system. `Config::default()` is what holds without a file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where users come in, and how much each entry counts.
    #[serde(rename = "entry")]
    pub entries: Vec<Entry>,
    /// Other names of components: what people or traces say → the component.
    #[serde(rename = "alias")]
    pub aliases: BTreeMap<Placed<Text>, Placed<Text>>,
    /// What a dependency's failure means.
    #[serde(rename = "criticality")]
    pub criticalities: Vec<DeclaredCriticality>,
    /// Probability that a component of a kind fails within whatever span of time is compared; kinds that are not named
    /// are not told apart.
    pub probability: BTreeMap<Placed<Text>, Share>,
    /// What components can serve.
    #[serde(rename = "capacity")]
    pub capacities: BTreeMap<Placed<Text>, Capacity>,
    /// What holds when the inputs are silent.
    pub assume: Assume,
    /// Versions and settings of platforms that manifests do not tell.
    pub platform: Platform,
    /// Environments: sets of paths whose components have nothing to do with those of other sets.
    #[serde(rename = "scope")]
    pub scopes: BTreeMap<Placed<Text>, Scope>,
    /// What is reported how, and what fails a gate.
    pub policy: Placed<Policy>,
    /// Findings that are accepted for now.
    #[serde(rename = "waiver")]
    pub waivers: Vec<Waiver>,
    /// How charts are rendered, by the chart's folder.
    #[serde(rename = "render")]
    pub charts: BTreeMap<Placed<Text>, Chart>,
    /// What is read.
    pub scan: Scan,
    /// Where the settings come from.
    #[serde(skip)]
    origin: place::Origin,
}

impl Config {
    /// Reads the text of a `linchpin.toml`; `path` is how it is reported.
    ///
    /// # Errors
    /// What is wrong, with its line: the first thing that does not fit the format, or else everything that contradicts
    /// itself.
    pub fn load(path: &Arc<str>, text: &str) -> Result<Self, Vec<Problem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let origin = place::Origin::new(path, text);
        let mut config: Config = toml::from_str(text).map_err(|e| vec![error::problem(&e, &origin)])?;
        config.origin = origin;
        let problems = check::contradictions(&config);
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// Where a setting stands.
    pub fn at(&self, place: Place) -> crate::source::Location {
        self.origin.locate(place)
    }

    /// The probability set for a kind of component.
    pub fn probability(&self, kind: &str) -> Option<f64> {
        self.probability.iter().find(|(name, _)| name.as_str() == kind).map(|(_, Share(p))| *p)
    }
}

/// Where the file may be, nearest first: in `root` and the folders above it. `root` should be absolute.
pub fn candidates(root: &Path) -> Vec<PathBuf> {
    root.ancestors().map(|folder| folder.join(FILE)).collect()
}

/// The JSON Schema of the file.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Config)
}
