//! What is reported how, and what fails a gate.

use super::place::Placed;
use super::value::{Positive, Share, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The policy of a gate.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Which findings fail the gate.
    pub fail_on: FailOn,
    /// The lowest severity that fails it.
    pub fail_severity: Level,
    /// A number counts as worse when it is at least this many times what it was.
    pub worse_factor: Positive,
    /// Share of the documents that may be unreadable before the gate says that it could not look.
    pub unreadable: Share,
    /// By rule, by its code (`LP020`) or name (`retry-amplification`).
    #[serde(rename = "rule")]
    pub rules: BTreeMap<Placed<Text>, RulePolicy>,
    /// Stricter or laxer for findings that touch an entry, by its id or unambiguous name.
    #[serde(rename = "entry")]
    pub entries: BTreeMap<Placed<Text>, Override>,
    /// Stricter or laxer for findings about components of an owner.
    #[serde(rename = "owner")]
    pub owners: BTreeMap<Placed<Text>, Override>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            fail_on: FailOn::Worse,
            fail_severity: Level::Warning,
            worse_factor: Positive(1.5),
            unreadable: Share(0.0),
            rules: BTreeMap::new(),
            entries: BTreeMap::new(),
            owners: BTreeMap::new(),
        }
    }
}

/// Which findings fail a gate, from laxest to strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// None.
    Never,
    /// Those that the base does not have.
    New,
    /// Those, and those that are worse than at the base.
    Worse,
    /// All.
    Any,
}

/// How bad a finding is, from not reported to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Not reported.
    Off,
    /// Good to know.
    Note,
    /// To be looked at.
    Warning,
    /// To be repaired.
    Error,
}

/// The policy of one rule; what is absent is the rule's own default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RulePolicy {
    /// How bad its findings are.
    pub severity: Option<Level>,
    /// The number from which on it reports; what it counts is said by `linchpin explain`.
    pub threshold: Option<Positive>,
    /// Which of its findings fail the gate.
    pub fail_on: Option<FailOn>,
}

/// A policy for a part of the system; what is absent is the general one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Override {
    /// Which findings fail the gate.
    pub fail_on: Option<FailOn>,
    /// The lowest severity that fails it.
    pub fail_severity: Option<Level>,
}
