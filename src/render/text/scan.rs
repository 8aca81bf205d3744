//! The report: the first screen is the product.

use super::page::{Ink, Line, Page, place, shown, wrapped};
use super::spofs::single_points;
use super::{drift, inputs};
use crate::analysis::{CutSets, Level};
use crate::graph::{Assumption, ComponentId};
use crate::render::Report;
use crate::rules::Severity;
use crate::rules::digest::Digest;
use crate::rules::words::{count, count_of, number};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How much a report shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Detail {
    /// Every finding by itself with its fix, at most so many in a section; nothing for what fits a screen.
    pub limit: Option<usize>,
    /// Every problem with the inputs, and why files were ignored.
    pub problems: bool,
    /// Every place at which something is assumed.
    pub assumptions: bool,
}

/// Lines of a screen.
const SCREEN: usize = 24;

/// So many single points of failure are shown if all fits a screen with them, else the next fewer.
const ROWS: [usize; 3] = [4, 3, 2];

/// The report of a scan.
pub fn scan(report: &Report<'_>, detail: Detail) -> String {
    let Report { graph, labels, analysis, findings, .. } = *report;
    if let Some(limit) = detail.limit {
        return in_full(report, &Digest::one_by_one(graph, labels, analysis, findings), detail, limit).finish();
    }
    let digest = Digest::folded(graph, labels, analysis, findings);
    // What to do is said for what is told first, as far as it fits; for errors always.
    let of = |least| digest.stories.iter().filter(|s| s.severity >= least).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let mut page = Page::default();
    for (rows, fixes) in ROWS.iter().flat_map(|&rows| (errors..=warnings).rev().map(move |fixes| (rows, fixes))) {
        page = on_a_screen(report, &digest, detail, (rows, fixes));
        if page.lines() <= SCREEN {
            break;
        }
    }
    page.finish()
}

/// What has one cause is told once: so many single points of failure, and with so many of the others what to do.
fn on_a_screen(report: &Report<'_>, digest: &Digest<'_>, detail: Detail, (rows, fixes): (usize, usize)) -> Page {
    let mut page = begun(report, digest, detail, rows);
    for (i, story) in digest.stories.iter().enumerate() {
        headed(&mut page, ink(story.severity), story.heading, &story.text, &place(story.place));
        if i < fixes {
            remedy(&mut page, &story.fix);
        }
    }
    let pairs_told = digest.stories.iter().any(|s| s.findings.iter().any(|f| f.rule.code == "LP003"));
    ended(&mut page, report, detail, (!pairs_told).then_some(1));
    if report.findings.len() > fixes + digest.alone.rows.len().min(rows) {
        let all = count(report.findings.len(), "finding", "findings");
        page.line(Line::default().add(Ink::Dim, format!("{all} in all; --all tells each with its fix")));
    }
    page
}

/// Every finding by itself, at most so many under a heading. What is to be done about several in a row is said once.
fn in_full(report: &Report<'_>, digest: &Digest<'_>, detail: Detail, limit: usize) -> Page {
    let mut page = begun(report, digest, detail, limit);
    for section in digest.stories.chunk_by(|a, b| a.heading == b.heading) {
        let shown = shown(section.len(), limit);
        for (i, story) in section.iter().take(shown).enumerate() {
            let heading = if i == 0 { story.heading } else { "" };
            headed(&mut page, ink(story.severity), heading, &story.text, &place(story.place));
            let next = section.get(i + 1).filter(|_| i + 1 < shown);
            if next.is_none_or(|next| next.fix != story.fix) {
                remedy(&mut page, &story.fix);
            }
        }
        page.more(&" ".repeat(HEADING), section.len(), shown);
    }
    ended(&mut page, report, detail, Some(limit));
    page
}

/// The head of a report and what takes an entry down alone.
fn begun(report: &Report<'_>, digest: &Digest<'_>, detail: Detail, rows: usize) -> Page {
    let mut page = Page::default();
    inputs::head(&mut page, report.graph, report.inventory, detail.problems);
    page.gap();
    single_points(&mut page, report, &digest.alone, rows);
    page.gap();
    page
}

/// What follows the findings: as many pairs, where manifests and traces disagree, what is taken for granted.
fn ended(page: &mut Page, report: &Report<'_>, detail: Detail, limit: Option<usize>) {
    pairs(page, report, limit);
    if let Some(found) = &report.analysis.drift {
        drift::section(page, report, found);
    }
    // Of what the measurements take for granted, what some finding rests on.
    let named = |a: &&Assumption| report.findings.iter().any(|f| f.assumptions.contains(&a.id));
    let measured = report.analysis.assumptions.iter().filter(named);
    assumed(page, report.graph.assumptions.iter().chain(measured), detail);
    if detail.assumptions && !report.analysis.improvements.found.is_empty() {
        let text = "single failures below whole components count as equally likely where [probability] in linchpin.toml \
                    says nothing else";
        headed(page, Ink::Strong, "", text, "");
    }
}

fn ink(severity: Severity) -> Ink {
    match severity {
        Severity::Error => Ink::Bad,
        Severity::Warning => Ink::Weak,
        Severity::Note => Ink::Strong,
    }
}

/// What to do, below what is wrong.
fn remedy(page: &mut Page, fix: &str) {
    for (i, part) in wrapped(fix, WIDTH - "fix: ".len()).into_iter().enumerate() {
        let start = if i == 0 { "fix: " } else { "     " };
        page.line(Line::of(" ".repeat(HEADING)).add(Ink::Good, start).add(Ink::Plain, part));
    }
}

/// How many pairs of failures take an entry down, with the likeliest as an example, for so many entries; or that nobody
/// looked.
fn pairs(page: &mut Page, report: &Report<'_>, limit: Option<usize>) {
    let rows = &report.analysis.cut_sets;
    let mut entries: BTreeMap<ComponentId, (u64, Option<&CutSets>)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.size == 2) {
        let (count, likeliest) = entries.entry(row.entry).or_default();
        *count += row.count;
        *likeliest = likeliest.or(Some(row));
    }
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_by_key(|&(entry, (count, _))| (Reverse(count), entry));
    entries.truncate(if limit.is_some() { usize::MAX } else { 0 });
    let shown = shown(entries.len(), limit.unwrap_or_default());
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
    if report.analysis.without_pairs {
        headed(page, Ink::Strong, "In pairs", "not looked for: the graph is too large", "");
    }
}

/// Width of the column of headings.
const HEADING: usize = 17;
/// Width of what stands beside it.
const WIDTH: usize = 100;
/// As wide may a line be that ends in a place.
const WIDEST: usize = 132;

/// A sentence beside a heading, in lines of readable length, and a place after it.
pub(super) fn headed(page: &mut Page, ink: Ink, heading: &str, text: &str, place: &str) {
    let mut heading = heading;
    let mut parts = wrapped(text, WIDTH).into_iter().peekable();
    while let Some(part) = parts.next() {
        let line = Line::default().add(ink, format!("{heading:HEADING$}")).add(Ink::Plain, part);
        heading = "";
        if parts.peek().is_some() || place.is_empty() {
            page.line(line);
        } else if line.width() + place.chars().count() + 2 <= WIDEST {
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
                format!("; {} more (--assumptions lists them)", number(more as u64))
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
