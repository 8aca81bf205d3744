//! What is compared of a finding: names and numbers that mean the same on both sides.

use crate::graph::Graph;
use crate::rules::{Finding, Measure, Rule, Severity, stable_name};
use crate::source::Location;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A finding of the base, without the graph that it was found in.
#[derive(Clone, Debug, PartialEq)]
pub struct Risk {
    /// Which rule.
    pub rule: &'static Rule,
    /// How bad.
    pub severity: Severity,
    /// What was wrong.
    pub message: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// The same but for scopes, if it is known.
    pub kin: Option<String>,
    /// The ids of the components that it is about.
    pub subjects: Vec<Arc<str>>,
    /// Stable names of the entries that it hits.
    pub entries: BTreeSet<String>,
    /// How much of the fault there is.
    pub measure: Option<Measure>,
    /// Where it stands.
    pub at: Option<Location>,
}

/// All risks of a side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// In the order of the report.
    pub risks: Vec<Risk>,
    /// Stable names of all entries.
    pub entries: BTreeSet<String>,
}

impl Snapshot {
    /// What a side's findings are for a comparison.
    pub fn of(graph: &Graph, findings: &[Finding]) -> Self {
        let entries = graph.entries().map(|(id, _)| stable_name(graph, id)).collect();
        Self { risks: findings.iter().map(|f| Risk::of(graph, f)).collect(), entries }
    }
}

impl Risk {
    /// What a finding is for a comparison.
    pub fn of(graph: &Graph, finding: &Finding) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity,
            message: finding.message.clone(),
            fingerprint: finding.fingerprint.clone(),
            kin: Some(finding.kin.clone()),
            subjects: finding.subjects.iter().map(|&id| graph.component(id).id.clone()).collect(),
            entries: finding.entries.iter().map(|&id| stable_name(graph, id)).collect(),
            measure: finding.measure,
            at: finding.evidence.first().map(|e| e.at.clone()),
        }
    }
}
