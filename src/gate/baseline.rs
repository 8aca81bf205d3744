//! Saved risks to compare with: a report of `scan`, or a baseline that `gate` wrote.

use super::{Names, Risk, Snapshot};
use crate::analysis::Level;
use crate::graph::Graph;
use crate::rules::{self, Measure, Severity, stable_name};
use crate::source::Location;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
struct Document {
    schema: String,
    #[serde(default)]
    entries: Vec<Value>,
    #[serde(default)]
    findings: Vec<Finding>,
    /// A gate's answer has them by what became of them.
    #[serde(default)]
    new: Vec<Finding>,
    #[serde(default)]
    worsened: Vec<Finding>,
    #[serde(default)]
    improved: Vec<Finding>,
    #[serde(default)]
    unchanged: Vec<Finding>,
    #[serde(default)]
    waived: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    rule: String,
    severity: String,
    fingerprint: String,
    #[serde(default)]
    subjects: Vec<Arc<str>>,
    #[serde(default)]
    entries: Vec<Arc<str>>,
    #[serde(default)]
    message: String,
    measure: Option<MeasureRow>,
    #[serde(default)]
    evidence: Vec<Evidence>,
}

#[derive(Debug, Deserialize)]
struct Evidence {
    file: Arc<str>,
    line: u32,
}

#[derive(Debug, Deserialize)]
struct MeasureRow {
    of: String,
    value: Option<f64>,
    level: Option<String>,
    #[serde(default)]
    unbounded: bool,
}

const LEVELS: [Level; 7] =
    [Level::Instance, Level::Volume, Level::Node, Level::Zone, Level::Region, Level::Provider, Level::Component];

impl Snapshot {
    /// The risks of a saved report (`linchpin.report/1`, `linchpin.gate/1`) or baseline (`linchpin.baseline/1`).
    ///
    /// # Errors
    /// What it is instead. Findings of rules that this version does not have are left out.
    pub fn read(text: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(text)
            .map_err(|e| format!("is no saved report: {e}; `linchpin scan -o FILE.json` makes one"))?;
        if !["linchpin.report/1", "linchpin.gate/1", "linchpin.baseline/1"].contains(&document.schema.as_str()) {
            return Err(format!("is `{}`, neither a report nor a baseline", document.schema));
        }
        // A report says more of an entry than its name.
        let name = |entry: &Value| entry.as_str().or_else(|| entry.get("id")?.as_str()).map(Arc::from);
        let entries = document.entries.iter().filter_map(name).collect();
        let Document { findings, new, worsened, improved, unchanged, waived, .. } = document;
        let all = [findings, new, worsened, improved, unchanged, waived].into_iter().flatten();
        Ok(Self { risks: all.filter_map(risk).collect(), entries })
    }

    /// The same with entries called by the names that they have on both sides: a report calls them by their ids.
    #[must_use]
    pub fn in_terms_of(mut self, graph: &Graph) -> Self {
        let renamed = |names: &Names| -> Names {
            let known = |name: &Arc<str>| graph.find(name).map(|id| stable_name(graph, id).into());
            names.iter().map(|name| known(name).unwrap_or_else(|| name.clone())).collect()
        };
        self.entries = renamed(&self.entries);
        for risk in &mut self.risks {
            risk.entries = Arc::new(renamed(&risk.entries));
        }
        self
    }
}

fn risk(finding: Finding) -> Option<Risk> {
    let measure = finding.measure.and_then(|m| {
        let level = LEVELS.into_iter().find(|l| Some(l.word()) == m.level.as_deref());
        Measure::of(&m.of, level, m.value.or(m.unbounded.then_some(f64::INFINITY)))
    });
    let severity = match finding.severity.as_str() {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        _ => Severity::Note,
    };
    Some(Risk {
        rule: rules::find(&finding.rule)?,
        severity,
        message: finding.message,
        fingerprint: finding.fingerprint,
        kin: None,
        by_names: None,
        subjects: finding.subjects,
        entries: Arc::new(finding.entries.into_iter().collect()),
        measure,
        at: finding.evidence.into_iter().next().map(|e| Location::new(e.file, e.line, 1)),
    })
}
