//! GitLab's Code Quality report. GitLab compares the reports of base and head itself, so all findings are in it.

use super::Report;
use super::told::{self, Told};
use crate::gate::Comparison;
use crate::rules::Severity;
use serde_json::{Value, json};

/// All findings that are not waived, as the array that `artifacts:reports:codequality` takes.
pub fn gitlab(report: &Report<'_>, comparison: Option<&Comparison>) -> String {
    let open = |t: &&Told<'_>| t.compared.is_none_or(|c| c.waiver.is_none());
    let all: Vec<Value> = told::all(report, comparison).iter().filter(open).map(|t| issue(report, t)).collect();
    let mut text = serde_json::to_string_pretty(&all).unwrap_or_default();
    text.push('\n');
    text
}

fn issue(report: &Report<'_>, told: &Told<'_>) -> Value {
    let severity = match (told.fails(), told.finding.severity) {
        (true, _) => "critical",
        (_, Severity::Error) => "major",
        (_, Severity::Warning) => "minor",
        (_, Severity::Note) => "info",
    };
    // A path is required; what no file says anything about stands at the top.
    let (path, line) = told.place(report.graph).map_or((".", 1), |at| (&*at.file, at.line.max(1)));
    json!({
        "description": told.sentences(),
        "check_name": format!("{} {}", told.finding.rule.code, told.finding.rule.name),
        "fingerprint": told.finding.fingerprint,
        "severity": severity,
        "location": {"path": path.strip_prefix("./").unwrap_or(path), "lines": {"begin": line}},
    })
}
