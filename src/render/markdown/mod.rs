//! Markdown for comments on pull requests and step summaries: what matters first, the rest folded, within GitHub's limit.

mod bounded;
mod compared;
mod drawn;

use super::Report;
use super::escape::{code, markdown as escaped};
use crate::gate::Comparison;
use crate::rules::Finding;
use crate::rules::digest::{Digest, Row, Story};
use crate::rules::words::{arrows, count, number};
use bounded::Bounded;

/// The comment begins with this, so that the next run can find and replace it.
const MARKER: &str = "<!-- linchpin -->\n";

/// Rows of what takes an entry down alone that are shown open.
const ROWS: usize = 10;

/// A report, or a comparison with a base, as a comment.
pub fn markdown(report: &Report<'_>, comparison: Option<&Comparison>) -> String {
    let mut page = Bounded::new();
    page.add(MARKER);
    match comparison {
        Some(comparison) => compared::comment(&mut page, report, comparison),
        None => scanned(&mut page, report),
    }
    page.finish()
}

fn scanned(page: &mut Bounded, report: &Report<'_>) {
    let Report { graph, labels, analysis, findings, .. } = *report;
    let digest = Digest::folded(graph, labels, analysis, findings);
    let alone = &digest.alone;
    let takes = if alone.count == 1 { "takes" } else { "take" };
    let title = match (graph.entries().next(), alone.count) {
        (None, _) => "no entry was found, so nothing can be said to take one down".to_owned(),
        (_, 0) => "nothing takes an entry down alone".to_owned(),
        (_, n) => format!("{} {takes} down an entry alone", count(n, "thing", "things")),
    };
    page.add(&format!("### linchpin: {title}\n\n{}\n\n", system(report)));
    if !alone.rows.is_empty() {
        let rows = alone.rows.iter().take(ROWS).map(row);
        page.table(&["What", "How much of it", "Takes down", "Where", "What to do"], rows, alone.rows.len());
    }
    page.add(&drawn::ways(report, alone.rows.iter().take(ROWS)));
    if !digest.stories.is_empty() {
        let n = digest.stories.iter().map(|s| s.findings.len()).sum();
        let summary = count(n, "more finding", "more findings");
        page.details(&summary, digest.stories.iter().map(story));
    }
    assumed(page, report);
    problems(page, report);
}

/// `22 components, 22 dependencies, 2 entries`.
fn system(report: &Report<'_>) -> String {
    format!(
        "{}, {}, {}",
        count(report.graph.components.len(), "component", "components"),
        count(report.graph.dependencies.len(), "dependency", "dependencies"),
        count(report.graph.entries().count(), "entry", "entries")
    )
}

fn row(row: &Row) -> Vec<String> {
    vec![
        format!("**{}**", escaped(&row.name)),
        escaped(&row.fails),
        escaped(&row.victims),
        code(&row.places),
        escaped(&row.fix),
    ]
}

/// A cause with all findings that it explains.
fn story(story: &Story<'_>) -> String {
    let place = story.place.map_or_else(String::new, |e| format!(" {}", code(&e.at.to_string())));
    let fix = if story.fix.is_empty() { String::new() } else { format!("<br>to do: {}", escaped(&story.fix)) };
    let heading = escaped(story.heading);
    format!("- **{heading}** ({}): {}{place}{fix}\n", story.severity.word(), escaped(&story.text))
}

/// A finding with its place, its way and what to do.
fn finding(report: &Report<'_>, finding: &Finding) -> String {
    let mut text = format!("**{}** {} {}", finding.severity.word(), finding.rule.code, escaped(&finding.message));
    if let Some(e) = finding.evidence.first() {
        text.push_str(&format!("  \n  {}", code(&e.at.to_string())));
    }
    if finding.path.len() > 1 {
        text.push_str(&format!("  \n  way: {}", escaped(&arrows(report.labels, finding.path.iter().rev().copied()))));
    }
    text
}

fn assumed(page: &mut Bounded, report: &Report<'_>) {
    let named = |a: &&crate::graph::Assumption| report.findings.iter().any(|f| f.assumptions.contains(&a.id));
    let measured = report.analysis.assumptions.iter().filter(named);
    let all: Vec<String> =
        report.graph.assumptions.iter().chain(measured).map(|a| format!("- {}\n", escaped(&a.text))).collect();
    if !all.is_empty() {
        page.details(&format!("{} taken for granted", count(all.len(), "thing", "things")), all.into_iter());
    }
}

fn problems(page: &mut Bounded, report: &Report<'_>) {
    let problems = &report.inventory.problems;
    if !problems.is_empty() {
        let summary = format!("{} with the input", count(problems.len(), "problem", "problems"));
        page.details(&summary, problems.iter().map(|p| format!("- {}\n", escaped(&p.to_string()))));
    }
}

/// `1,234 more`, for what has no room.
fn more(n: usize) -> String {
    format!("… and {} more\n", number(n as u64))
}
