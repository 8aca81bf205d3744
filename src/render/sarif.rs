//! SARIF 2.1.0, within what GitHub's code scanning accepts.

use super::escape::uri;
use super::told::{self, Place, Told};
use super::{Report, visible};
use crate::gate::{Comparison, State, Waived};
use crate::graph::{ComponentId, DependencyId, Evidence};
use crate::rules::{self, Confidence, Finding, Rule};
use serde_json::{Value, json};

/// GitHub rejects runs with more results.
const RESULTS: usize = 25_000;
/// GitHub shows so many places of a result.
const PLACES: usize = 100;
/// GitHub shows so many steps of a path.
const STEPS: usize = 1_000;

/// The findings as a SARIF log of one run. Beside a base, results have a baseline state, and those that are waived are
/// suppressed; what is gone is left out, since readers that know no baseline states would take it for a finding.
pub fn sarif(report: &Report<'_>, comparison: Option<&Comparison>) -> String {
    let all = told::all(report, comparison);
    let results: Vec<Value> = all.iter().take(RESULTS).map(|told| result(report, told)).collect();
    let mut notes: Vec<Value> =
        report.inventory.problems.iter().map(|p| notification("warning", &p.to_string())).collect();
    if all.len() > RESULTS {
        notes
            .push(notification("warning", &format!("{RESULTS} of {} findings are in this file, the worst", all.len())));
    }
    let blind = comparison.map_or(&[][..], Comparison::blind);
    notes.extend(blind.iter().map(|reason| notification("error", reason)));
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "linchpin",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules::ALL.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": "linchpin/"},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": blind.is_empty(), "toolExecutionNotifications": notes}],
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn notification(level: &str, text: &str) -> Value {
    json!({"level": level, "message": {"text": visible(text)}})
}

fn descriptor(rule: &Rule) -> Value {
    let text = rules::explain(rule);
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": rule.severity.word()},
        "properties": {"tags": ["reliability"], "precision": precision(rule.confidence), "problem.severity": problem(rule)},
    })
}

/// GitHub's words for confidence.
fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

/// GitHub's words for severity.
fn problem(rule: &Rule) -> &'static str {
    match rule.severity.word() {
        "note" => "recommendation",
        word => word,
    }
}

fn result(report: &Report<'_>, told: &Told<'_>) -> Value {
    let Finding { rule, severity, confidence, fingerprint, .. } = told.finding;
    let ids = |ids: &[ComponentId]| ids.iter().map(|&id| report.graph.component(id).id.to_string()).collect::<Vec<_>>();
    let mut result = json!({
        "ruleId": rule.code,
        "ruleIndex": rules::ALL.iter().position(|r| r == rule),
        "level": severity.word(),
        "message": {"text": told.sentences()},
        // GitHub follows a result from commit to commit by the second.
        "partialFingerprints": {"linchpin/v1": fingerprint, "primaryLocationLineHash": fingerprint},
        "properties": {
            "confidence": confidence.word(),
            "subjects": ids(&told.finding.subjects),
            "entries": ids(&told.finding.entries),
            "fix": visible(&told.finding.fix),
            "assumptions": told.finding.assumptions,
        },
    });
    let Some(fields) = result.as_object_mut() else { return result };
    let primary = told.place(report.graph);
    fields.insert("locations".into(), primary.into_iter().map(|at| location(at, None)).collect());
    let mut others: Vec<&Evidence> = Vec::new();
    for e in told.finding.evidence.iter().filter(|e| Some(&e.at) != primary) {
        // They have to be unique.
        if others.len() < PLACES && !others.contains(&e) {
            others.push(e);
        }
    }
    if !others.is_empty() {
        let others = others.into_iter().map(|e| location(&e.at, Some(&e.field)));
        fields.insert("relatedLocations".into(), others.collect());
    }
    if told.finding.path.len() > 1 {
        let steps: Vec<Value> = steps(report, told.finding);
        fields.insert("codeFlows".into(), json!([{"threadFlows": [{"locations": steps}]}]));
    }
    if let Some(compared) = told.compared {
        let state = match compared.state {
            State::New => "new",
            State::Worsened | State::Improved => "updated",
            State::Unchanged => "unchanged",
        };
        fields.insert("baselineState".into(), state.into());
        fields.insert("suppressions".into(), compared.waiver.iter().map(suppression).collect());
    }
    result
}

fn suppression(waived: &Waived) -> Value {
    let by = waived.owner.as_ref().map_or_else(String::new, |owner| format!(" ({owner})"));
    // A comment stands beside what it accepts, `linchpin.toml` elsewhere.
    let kind = if waived.at.file.ends_with(".toml") { "external" } else { "inSource" };
    json!({
        "kind": kind,
        "status": "accepted",
        "justification": visible(&format!("{}{by}", waived.reason)),
        "location": location(&waived.at, None),
    })
}

fn location(at: Place<'_>, message: Option<&str>) -> Value {
    let mut location = json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&at.file)},
        "region": {"startLine": at.line.max(1), "startColumn": at.column.max(1)},
    }});
    if let (Some(message), Some(fields)) = (message, location.as_object_mut()) {
        fields.insert("message".into(), json!({"text": visible(message)}));
    }
    location
}

/// The way of the failure: what fails, and then who needs it, step by step. Of a very long one the end is left out.
fn steps(report: &Report<'_>, finding: &Finding) -> Vec<Value> {
    let first = finding.path.first().map(|&id| {
        let own = report.graph.component(id).evidence.first();
        step(report, id, own, format!("{} fails", report.labels.of(id)))
    });
    let later = finding.path.iter().skip(1).enumerate().map(|(i, &id)| {
        let edge: Option<&DependencyId> = finding.edges.get(i);
        let dependency = edge.map(|&edge| report.graph.dependency(edge));
        let text = match dependency {
            Some(d) => {
                format!("{} needs {} ({})", report.labels.of(d.from), report.labels.of(d.to), d.interaction.word())
            }
            None => format!("{} is hit", report.labels.of(id)),
        };
        step(report, id, dependency.and_then(|d| d.evidence.first()), text)
    });
    first.into_iter().chain(later).take(STEPS).collect()
}

fn step(report: &Report<'_>, id: ComponentId, evidence: Option<&Evidence>, text: String) -> Value {
    let component = report.graph.component(id);
    let mut place = evidence.or(component.evidence.first()).map_or_else(|| json!({}), |e| location(&e.at, None));
    if let Some(fields) = place.as_object_mut() {
        fields.insert("message".into(), json!({"text": visible(&text)}));
        let name = json!([{"fullyQualifiedName": visible(&component.id), "kind": "component"}]);
        fields.insert("logicalLocations".into(), name);
    }
    json!({"location": place})
}
