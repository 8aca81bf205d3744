//! The report: the first screen is the product.

use super::page::{Ink, Line, Page, place, shown, wrapped};
use super::spofs::single_points;
use super::{drift, inputs};
use crate::analysis::{CutSets, Level};
use crate::graph::{Assumption, ComponentId};
use crate::render::Report;
use crate::rules::words::{count, count_of};
use crate::rules::{self, Confidence, Finding, Rule, Severity};
use std::cmp::Reverse;
use std::collections::BTreeMap;

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
const SPOFS: usize = 4;
/// Findings of another rule that fit a screen.
const FINDINGS: usize = 2;

/// The report of a scan.
pub fn scan(report: &Report<'_>, detail: Detail) -> String {
    let mut page = Page::default();
    inputs::head(&mut page, report.graph, report.inventory, detail.problems);
    page.gap();
    let told = single_points(&mut page, report, detail.limit.unwrap_or(SPOFS));
    // An illusion that rests on one thing that stands above is told there.
    let told = |f: &Finding| match f.subjects[..] {
        [_, root] => f.rule.code == "LP002" && told.contains(&root),
        _ => false,
    };
    page.gap();
    let mut by_severity = rules::ALL;
    by_severity.sort_by_key(|rule| (Reverse(severity_in_text(rule)), rule.code));
    for rule in by_severity {
        let here =
            |f: &&Finding| f.rule == rule && f.folded_into.is_none() && !shown_elsewhere(f) && !unfelt(f) && !told(f);
        let of_rule: Vec<&Finding> = report.findings.iter().filter(here).collect();
        section(&mut page, rule.heading, &of_rule, detail.limit.unwrap_or(FINDINGS));
    }
    let unfelt: Vec<&Finding> = report.findings.iter().filter(|f| unfelt(f) && f.folded_into.is_none()).collect();
    match (detail.limit, unfelt.len()) {
        (None, several @ 2..) => {
            let several = count_of(several as u64, "thing", "things");
            let text = format!("{several} take others down that no entry needs (--limit {} shows them)", unfelt.len());
            headed(&mut page, Ink::Strong, "Unfelt", &text, "");
        }
        (limit, _) => section(&mut page, "Unfelt", &unfelt, limit.unwrap_or(FINDINGS)),
    }
    pairs(&mut page, report, detail.limit.unwrap_or(FINDINGS));
    counted(&mut page, report);
    if let Some(found) = &report.analysis.drift {
        drift::section(&mut page, report, found);
    }
    // Of what the measurements take for granted, what some finding rests on.
    let named = |a: &&Assumption| report.findings.iter().any(|f| f.assumptions.contains(&a.id));
    let measured = report.analysis.assumptions.iter().filter(named);
    assumed(&mut page, report.graph.assumptions.iter().chain(measured), detail);
    if detail.assumptions && !report.analysis.improvements.found.is_empty() {
        let text = "single failures below whole components count as equally likely where [probability] in linchpin.toml \
                    says nothing else";
        headed(&mut page, Ink::Strong, "", text, "");
    }
    page.finish()
}

/// Whether a single point of failure is one that no entry leads to: it stands below everything that users feel.
fn unfelt(finding: &Finding) -> bool {
    finding.rule.code == "LP001" && finding.entries.is_empty()
}

/// Whether a section of its own tells what a finding says.
fn shown_elsewhere(finding: &Finding) -> bool {
    match finding.rule.code {
        "LP001" => finding.severity == Severity::Error,
        // Of these there are many: a line counts them.
        "LP031" => finding.confidence == Confidence::Low,
        "LP024" | "LP070" | "LP071" | "LP072" => true,
        _ => false,
    }
}

/// The severity of what a rule still has to show below the single points of failure, of which only notes are left.
fn severity_in_text(rule: &Rule) -> Severity {
    if rule.code == "LP001" { Severity::Note } else { rule.severity }
}

/// Notes of which there are many, in a line each. Calls without a known limit are counted only where any is known: else
/// the input is silent on limits.
fn counted(page: &mut Page, report: &Report<'_>) {
    let of =
        |code: &str| report.findings.iter().filter(|f| f.rule.code == code && shown_elsewhere(f)).collect::<Vec<_>>();
    let unlimited = of("LP031");
    if !unlimited.is_empty() && report.graph.dependencies.iter().any(|d| !d.timeouts.is_empty()) {
        let have = count(unlimited.len(), "call has", "calls have");
        let text = format!("{have} no limit that the input knows of (`linchpin timeouts` lists them)");
        headed(page, Ink::Strong, "No limit", &text, "");
    }
    let unbraked = of("LP024");
    if let Some([from, to]) = unbraked.first().map(|f| &f.subjects[..]) {
        let have = count(unbraked.len(), "retried call has", "retried calls have");
        let example = format!("{} → {}", report.labels.of(*from), report.labels.of(*to));
        let text = format!("{have} neither a circuit breaker nor a budget, such as {example}");
        headed(page, Ink::Strong, "No brake", &text, "");
    }
}

/// How many pairs of failures take an entry down, with the likeliest as an example; or that nobody looked.
fn pairs(page: &mut Page, report: &Report<'_>, limit: usize) {
    let rows = &report.analysis.cut_sets;
    let mut entries: BTreeMap<ComponentId, (u64, Option<&CutSets>)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.size == 2) {
        let (count, likeliest) = entries.entry(row.entry).or_default();
        *count += row.count;
        *likeliest = likeliest.or(Some(row));
    }
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_by_key(|&(entry, (count, _))| (Reverse(count), entry));
    let shown = shown(entries.len(), limit);
    for (i, (entry, (count, likeliest))) in entries.iter().take(shown).enumerate() {
        let heading = if i == 0 { "In pairs" } else { "" };
        let member = |side: &Vec<(ComponentId, Level)>| side.first().map(|&(id, _)| report.labels.of(id));
        let example = likeliest.and_then(|row| match &row.sides[..] {
            [one, other] => Some(format!(", such as {} with {}", member(one)?, member(other)?)),
            _ => None,
        });
        let (one, several) = ("pair of failures takes", "pairs of failures take");
        let pairs = count_of(*count, one, several);
        let entry = report.labels.of(*entry);
        headed(page, Ink::Strong, heading, &format!("{pairs} {entry} down{}", example.unwrap_or_default()), "");
    }
    page.more(&" ".repeat(HEADING), entries.len(), shown);
    if rows.iter().any(|row| row.complete_to < 2) {
        headed(page, Ink::Strong, "In pairs", "not looked for: the graph is too large", "");
    }
}

/// Width of the column of headings.
const HEADING: usize = 17;

/// The findings of one rule under its heading: what is wrong, where, and what to do. What is to be done about several
/// in a row is said once.
fn section(page: &mut Page, heading: &str, findings: &[&Finding], limit: usize) {
    let shown = shown(findings.len(), limit);
    for (i, finding) in findings.iter().take(shown).enumerate() {
        let ink = match finding.severity {
            Severity::Error => Ink::Bad,
            Severity::Warning => Ink::Weak,
            Severity::Note => Ink::Strong,
        };
        let heading = if i == 0 { heading } else { "" };
        headed(page, ink, heading, &finding.message, &place(finding.evidence.first()));
        let next = findings.get(i + 1).filter(|_| i + 1 < shown);
        // What is only good to know is not to be fixed on the first screen.
        if finding.severity > Severity::Note && next.is_none_or(|next| next.fix != finding.fix) {
            page.line(Line::of(" ".repeat(HEADING)).add(Ink::Good, "fix: ").add(Ink::Plain, &finding.fix));
        }
    }
    page.more(&" ".repeat(HEADING), findings.len(), shown);
}

/// A sentence beside a heading, in lines of readable length, and a place after it.
pub(super) fn headed(page: &mut Page, ink: Ink, heading: &str, text: &str, place: &str) {
    const WIDTH: usize = 100;
    let mut heading = heading;
    let mut parts = wrapped(text, WIDTH).into_iter().peekable();
    while let Some(part) = parts.next() {
        let line = Line::default().add(ink, format!("{heading:HEADING$}")).add(Ink::Plain, part);
        heading = "";
        if parts.peek().is_some() || place.is_empty() {
            page.line(line);
        } else if line.width() + place.chars().count() + 2 <= HEADING + WIDTH {
            page.line(line.add(Ink::Dim, format!("  {place}")));
        } else {
            page.line(line);
            page.line(Line::of(" ".repeat(HEADING)).add(Ink::Dim, place));
        }
    }
}

/// What the report takes for granted.
fn assumed<'a>(page: &mut Page, assumptions: impl Iterator<Item = &'a Assumption>, detail: Detail) {
    let all: Vec<&Assumption> = assumptions.collect();
    let shown = if detail.assumptions { all.len() } else { all.len().min(1) };
    for (i, assumption) in all.iter().take(shown).enumerate() {
        let hint = match all.len() - shown {
            _ if detail.assumptions => String::new(),
            0 => " (--assumptions shows where)".to_owned(),
            more => {
                format!("; {} (--assumptions lists them)", count_of(more as u64, "more assumption", "more assumptions"))
            }
        };
        let heading = if i == 0 { "Assumed" } else { "" };
        headed(page, Ink::Strong, heading, &format!("{}{hint}", assumption.text), "");
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
