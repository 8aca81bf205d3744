use super::scopes::{self, Same};
use crate::graph::{Evidence, Graph, Labels};
use crate::rules::words::{count, list, number};
use crate::rules::{Finding, Severity};

/// What is told in one place: a finding, or several that have one cause or are of one sort.
#[derive(Clone, Debug)]
pub struct Story<'a> {
    /// What stands above it.
    pub heading: &'static str,
    /// How bad the worst of it is.
    pub severity: Severity,
    /// What is wrong, in a sentence without a full stop.
    pub text: String,
    /// Where the first of it stands.
    pub place: Option<&'a Evidence>,
    /// What to do, about the first of it or all, in a sentence without a full stop.
    pub fix: String,
    /// All that it tells, the worst first.
    pub findings: Vec<&'a Finding>,
}

/// As many characters as sentences beside each other may take together.
const ROOM: usize = 96;

/// What a finding stands under: what no entry needs apart from what users feel.
pub(super) fn heading(finding: &Finding) -> &'static str {
    match (finding.rule.code, finding.severity) {
        ("LP001", Severity::Note) if finding.entries.is_empty() => "Unfelt",
        ("LP001", Severity::Error | Severity::Warning) => "Alone",
        _ => finding.rule.heading,
    }
}

impl<'a> Story<'a> {
    /// A story about some findings with its own words.
    pub(super) fn new(heading: &'static str, text: String, findings: Vec<&'a Finding>) -> Self {
        let first = findings.first();
        Self {
            heading,
            severity: findings.iter().map(|f| f.severity).max().unwrap_or(Severity::Note),
            text,
            place: first.and_then(|f| f.evidence.first()),
            fix: first.map_or_else(String::new, |f| f.fix.clone()),
            findings,
        }
    }

    /// The findings of one sort: as many of their sentences as have room, and how many more there are.
    pub(super) fn of_rule(graph: &Graph, labels: &Labels, findings: Vec<&'a Finding>) -> Self {
        let Some(&first) = findings.first() else { return Self::new("", String::new(), findings) };
        let heading = heading(first);
        let text = match (heading, findings.len()) {
            ("Unfelt", 2..) => {
                let names = findings.iter().filter_map(|f| f.subjects.first()).map(|&s| labels.of(s));
                let several = count(findings.len(), "thing", "things");
                format!("{several} take others down that no entry needs: {}", list(names, 4))
            }
            ("No brake", n) => unbraked(labels, first, n),
            ("Outside", 1) if first.entries.len() < graph.entries().count().max(2) => {
                let outside = first.subjects.first().map_or("", |&s| labels.of(s));
                format!("{outside} takes down {}", list(first.entries.iter().map(|&e| labels.of(e)), 3))
            }
            _ => sentences(graph, labels, &findings),
        };
        Self::new(heading, text, findings)
    }
}

/// `10 retried calls have neither a circuit breaker nor a budget, such as a → b`.
fn unbraked(labels: &Labels, first: &Finding, n: usize) -> String {
    let have = count(n, "retried call has", "retried calls have");
    let example = match first.subjects[..] {
        [from, to] if n > 1 => format!(", such as {} → {}", labels.of(from), labels.of(to)),
        [from, to] => format!(": {} → {}", labels.of(from), labels.of(to)),
        _ => String::new(),
    };
    format!("{have} neither a circuit breaker nor a budget{example}")
}

fn sentences(graph: &Graph, labels: &Labels, findings: &[&Finding]) -> String {
    let rows = scopes::fold(graph, labels, findings);
    let mut text = String::new();
    let mut told = 0;
    for Same { text: row, findings } in &rows {
        if told > 0 && text.chars().count() + row.chars().count() > ROOM {
            break;
        }
        text.push_str(if told > 0 { "; " } else { "" });
        text.push_str(row);
        told += findings;
    }
    if let more @ 1.. = findings.len() - told {
        text.push_str(&format!("; and {} more", number(more as u64)));
    }
    text
}
