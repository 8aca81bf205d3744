//! What is compared of a finding: names and numbers that mean the same on both sides.

use super::Renames;
use crate::graph::{ComponentId, Graph};
use crate::rules::{self, Finding, Measure, Rule, Severity};
use crate::source::Location;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Names, shared: many findings hit the same entries.
pub type Names = BTreeSet<Arc<str>>;

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
    /// The same by the names that the subjects have in the head, if they are known.
    pub by_names: Option<String>,
    /// The ids of the components that it is about.
    pub subjects: Vec<Arc<str>>,
    /// Stable names of the entries that it hits.
    pub entries: Arc<Names>,
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
    pub entries: Names,
}

impl Snapshot {
    /// What a side's findings are for a comparison, with the names that its components have in the head.
    pub fn of(graph: &Graph, findings: &[Finding], renames: &Renames) -> Self {
        let named: FxHashMap<ComponentId, Arc<str>> =
            graph.entries().map(|(id, _)| (id, renames.name(graph, id).into())).collect();
        let name = |id: &ComponentId| named.get(id).cloned().unwrap_or_else(|| renames.name(graph, *id).into());
        let mut known: FxHashMap<&[ComponentId], Arc<Names>> = FxHashMap::default();
        let mut risks = Vec::with_capacity(findings.len());
        for finding in findings {
            let all = || Arc::new(finding.entries.iter().map(name).collect());
            let entries = known.entry(&finding.entries).or_insert_with(all);
            risks.push(Risk::of(graph, finding, entries.clone(), renames));
        }
        Self { risks, entries: named.values().cloned().collect() }
    }
}

impl Risk {
    /// What a finding that hits these entries is for a comparison.
    fn of(graph: &Graph, finding: &Finding, entries: Arc<Names>, renames: &Renames) -> Self {
        let names = finding.subjects.iter().map(|&id| renames.name(graph, id)).collect();
        Self {
            rule: finding.rule,
            severity: finding.severity,
            message: finding.message.clone(),
            fingerprint: finding.fingerprint.clone(),
            kin: Some(finding.kin.clone()),
            by_names: Some(rules::by_names(finding, names)),
            subjects: finding.subjects.iter().map(|&id| graph.component(id).id.clone()).collect(),
            entries,
            measure: finding.measure,
            at: finding.evidence.first().map(|e| e.at.clone()),
        }
    }
}
