//! What is read.

use super::place::Placed;
use super::value::{ByteSize, Glob, Text};
use schemars::JsonSchema;
use serde::Deserialize;

/// Which files are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scan {
    /// Only files that match one of these, relative to the file's folder; all if empty.
    pub include: Vec<Glob>,
    /// No file that matches one of these.
    pub exclude: Vec<Glob>,
    /// A larger manifest is not read, and the report says so.
    pub max_file_size: ByteSize,
}

impl Default for Scan {
    fn default() -> Self {
        Self { include: Vec::new(), exclude: Vec::new(), max_file_size: ByteSize(64 << 20) }
    }
}

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The files that belong to it, relative to the file's folder.
    pub paths: Vec<Placed<Glob>>,
}

/// How a Helm chart is rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Chart {
    /// Name of the release; the chart's folder if absent.
    pub release: Option<Text>,
    /// Namespace of the release; `default` if absent.
    pub namespace: Option<Text>,
    /// Files with values, relative to the file's folder, the last one wins.
    pub values: Vec<Text>,
}
