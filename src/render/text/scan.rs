//! The report: the first screen is the product.

use super::inputs;
use super::page::{Ink, Line, Page, arrows, percent, place, shown, widths, wrapped};
use crate::analysis::{Level, Spof};
use crate::graph::{Assumption, Kind};
use crate::render::Report;
use crate::rules::words::{count, list, number};
use crate::rules::{self, Finding, Rule, Severity};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// How much a report shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Detail {
    /// Rows per section; nothing for what fits a screen.
    pub limit: Option<usize>,
    /// Every problem with the inputs, and why files were ignored.
    pub problems: bool,
    /// Every place at which something is assumed.
    pub assumptions: bool,
}

/// Single points of failure that fit a screen.
const SPOFS: usize = 6;
/// Findings of another rule that fit a screen.
const FINDINGS: usize = 3;

/// The report of a scan.
pub fn scan(report: &Report<'_>, detail: Detail) -> String {
    let mut page = Page::default();
    inputs::head(&mut page, report.graph, report.inventory, detail.problems);
    page.gap();
    single_points(&mut page, report, detail.limit.unwrap_or(SPOFS));
    page.gap();
    let mut by_severity = rules::ALL;
    by_severity.sort_by_key(|rule| (Reverse(severity_in_text(rule)), rule.code));
    for rule in by_severity {
        let shown_above = |f: &Finding| f.rule.code == "LP001" && f.severity == Severity::Error;
        let of_rule: Vec<&Finding> =
            report.findings.iter().filter(|f| f.rule == rule && f.folded_into.is_none() && !shown_above(f)).collect();
        section(&mut page, &of_rule, detail.limit.unwrap_or(FINDINGS));
    }
    assumed(&mut page, &report.graph.assumptions, detail);
    page.finish()
}

/// The severity of what a rule still has to show below the single points of failure, of which only notes are left.
fn severity_in_text(rule: &Rule) -> Severity {
    if rule.code == "LP001" { Severity::Note } else { rule.severity }
}

/// What takes an entry down alone, ranked, three lines each.
fn single_points(page: &mut Page, report: &Report<'_>, limit: usize) {
    let graph = report.graph;
    let outside = |s: &Spof| matches!(s.level, Level::Provider | Level::Region);
    let alone: Vec<&Spof> =
        report.analysis.spofs.iter().filter(|s| s.level != Level::Component && !outside(s)).collect();
    // A row is left to another one only if that one is shown here.
    let here: BTreeSet<_> = alone.iter().map(|s| s.component).collect();
    let told = |s: &Spof| s.folded_into.is_some_and(|into| into != s.component && here.contains(&into));
    let mut ranked: Vec<&Spof> = alone.iter().copied().filter(|s| !told(s)).collect();
    ranked
        .sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.level.cmp(&b.level)).then(a.component.cmp(&b.component)));
    let entries = graph.entries().count();
    if entries == 0 {
        page.line(Line::default().add(Ink::Weak, "No entry was found, so nothing can be said to take one down"));
        return;
    }
    if alone.is_empty() {
        page.line(Line::default().add(Ink::Good, "Alone, nothing takes down an entry"));
    } else {
        let takes = if alone.len() == 1 { "takes" } else { "take" };
        let things = count(alone.len(), "thing", "things");
        page.line(Line::default().add(Ink::Strong, format!("Alone, {things} {takes} down an entry")));
        page.gap();
    }
    let shown = shown(ranked.len(), limit);
    let cells: Vec<Vec<Line>> = ranked.iter().take(shown).flat_map(|spof| block(report, spof)).collect();
    let widths = widths(&cells);
    for (i, (spof, rows)) in ranked.iter().zip(cells.chunks(2)).enumerate() {
        let mut indent = format!("{:>2} ", i + 1);
        for row in rows {
            page.row(&indent, row.clone(), &widths);
            indent = "   ".to_owned();
        }
        let fix = rules::for_spof(graph, report.labels, spof).fix;
        page.line(Line::of("   ").add(Ink::Good, "fix: ").add(Ink::Plain, fix));
    }
    page.more("   ", ranked.len(), shown);
    if let Some(folded @ 1..) = alone.len().checked_sub(ranked.len()) {
        let folded = number(folded as u64);
        page.line(Line::of(format!(
            "   {folded} more on the same ways, with the same victims (--format json lists all)"
        )));
    }
    let whole = report.analysis.spofs.iter().filter(|s| s.level == Level::Component).count();
    if whole > 0 {
        let takes = if whole == 1 { "takes" } else { "take" };
        page.gap();
        page.line(Line::of(format!(
            "{} {takes} an entry down only as a whole (a bad deploy of every replica)",
            count(whole, "component", "components")
        )));
    }
}

/// Two rows: who, how it fails, whom it takes down; where it stands and the path.
fn block(report: &Report<'_>, spof: &Spof) -> [Vec<Line>; 2] {
    let graph = report.graph;
    let component = graph.component(spof.component);
    let evidence =
        component.evidence.first().or_else(|| spof.edges.iter().find_map(|&id| graph.dependency(id).evidence.first()));
    let whom = victims(report, spof);
    let variants = match component.variants.len() {
        0 | 1 => String::new(),
        n => format!(" in the weakest of {n} variants"),
    };
    [
        vec![
            Line::default().add(Ink::Bad, report.labels.of(spof.component)),
            Line::of(what_fails(report, spof) + &variants),
            Line::of(whom),
        ],
        vec![
            Line::default().add(Ink::Dim, place(evidence)),
            Line::default(),
            Line::of(arrows(report.labels, spof.path.iter().rev().copied())),
        ],
    ]
}

/// How much has to fail: `one instance`, `any of 3 instances`, `volume`.
fn what_fails(report: &Report<'_>, spof: &Spof) -> String {
    let component = report.graph.component(spof.component);
    match (spof.level, component.replicas) {
        (Level::Instance, Some(r)) if r.count > 1 => format!("any one of {} instances", r.count),
        (Level::Instance, _) => "one instance".to_owned(),
        // The name says it already: `volume data`, `zone eu-1a`.
        (Level::Volume, _) if component.kind == Kind::Volume => String::new(),
        (Level::Node, _) if component.kind == Kind::Node => String::new(),
        (Level::Zone, _) if component.kind == Kind::Zone => String::new(),
        (level, _) => level.word().to_owned(),
    }
}

/// `frontend and checkout`, with their part of all weight where weights are known.
fn victims(report: &Report<'_>, spof: &Spof) -> String {
    let graph = report.graph;
    let entries: Vec<_> = graph.entries().collect();
    let names = if entries.len() > 2 && spof.entries.len() == entries.len() {
        format!("all {} entries", entries.len())
    } else {
        list(spof.entries.iter().map(|&e| report.labels.of(e)), 3)
    };
    let total: f64 = entries.iter().map(|(_, entry)| entry.weight).sum();
    let weighted = entries.iter().any(|(_, entry)| entry.weighted);
    if weighted && total > 0.0 { format!("{names} ({} of entry weight)", percent(spof.weight / total)) } else { names }
}

/// Width of the column of headings.
const HEADING: usize = 17;

/// The findings of one rule under its heading: what is wrong, where, and what to do.
fn section(page: &mut Page, findings: &[&Finding], limit: usize) {
    let shown = shown(findings.len(), limit);
    for (i, finding) in findings.iter().take(shown).enumerate() {
        let ink = match finding.severity {
            Severity::Error => Ink::Bad,
            Severity::Warning => Ink::Weak,
            Severity::Note => Ink::Strong,
        };
        headed(page, ink, if i == 0 { finding.rule.heading } else { "" }, &finding.message);
        let line = Line::of(" ".repeat(HEADING)).add(Ink::Dim, place(finding.evidence.first()));
        let gap = if finding.evidence.is_empty() { "" } else { "  " };
        page.line(line.add(Ink::Good, format!("{gap}fix: ")).add(Ink::Plain, &finding.fix));
    }
    page.more(&" ".repeat(HEADING), findings.len(), shown);
}

/// A sentence beside a heading, in lines of readable length.
fn headed(page: &mut Page, ink: Ink, heading: &str, text: &str) {
    const WIDTH: usize = 100;
    for (i, part) in wrapped(text, WIDTH).into_iter().enumerate() {
        let heading = if i == 0 { heading } else { "" };
        page.line(Line::default().add(ink, format!("{heading:HEADING$}")).add(Ink::Plain, part));
    }
}

/// What the report takes for granted.
fn assumed(page: &mut Page, assumptions: &[Assumption], detail: Detail) {
    for (i, assumption) in assumptions.iter().enumerate() {
        let hint = if i == 0 && !detail.assumptions { " (--assumptions shows where)" } else { "" };
        let heading = if i == 0 { "Assumed" } else { "" };
        headed(page, Ink::Strong, heading, &format!("{}{hint}", assumption.text));
        if detail.assumptions {
            let indent = " ".repeat(HEADING);
            for e in &assumption.evidence {
                page.line(Line::of(&indent).add(Ink::Dim, format!("{} {}", e.at, e.field)));
            }
            if let Some(setting) = &assumption.setting {
                page.line(Line::of(&indent).add(Ink::Plain, format!("to say otherwise: {setting}")));
            }
        }
    }
}
