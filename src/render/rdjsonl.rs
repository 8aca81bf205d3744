//! Reviewdog's diagnostics, one a line.

use super::Report;
use super::told::{self, Told};
use crate::gate::Comparison;
use crate::rules::Severity;
use serde_json::{Value, json};

/// What a reviewer has to see. Reviewdog shows what stands on changed lines.
pub fn rdjsonl(report: &Report<'_>, comparison: Option<&Comparison>) -> String {
    let all = told::all(report, comparison);
    all.iter().filter(|t| t.matters()).map(|t| format!("{}\n", diagnostic(report, t))).collect()
}

fn diagnostic(report: &Report<'_>, told: &Told<'_>) -> Value {
    let severity = match (told.fails(), told.finding.severity) {
        (true, _) | (_, Severity::Error) => "ERROR",
        (_, Severity::Warning) => "WARNING",
        (_, Severity::Note) => "INFO",
    };
    // Reviewdog counts columns in bytes, so only the line is told.
    let location = match told.place(report.graph) {
        Some(at) => json!({"path": *at.file, "range": {"start": {"line": at.line.max(1)}}}),
        None => json!({"path": "."}),
    };
    json!({
        "message": told.sentences(),
        "location": location,
        "severity": severity,
        "source": {"name": "linchpin"},
        "code": {"value": told.finding.rule.code},
    })
}
