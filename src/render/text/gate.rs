//! A comparison: what fails first, each with what changed, what undoes it and what else would help.

use super::page::{Ink, Line, Page, arrows, place, wrapped};
use crate::gate::{Cause, Compared, Comparison, LineRange, State, Undo, Verdict, Waiver};
use crate::graph::ComponentId;
use crate::render::Report;
use crate::rules::Severity;
use crate::rules::words::{count, list};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Findings of each sort that fit a screen.
const SHOWN: usize = 12;
/// Width of the text.
const WIDTH: usize = 120;
/// Causes that are shown of one finding.
const CAUSES: usize = 3;

/// A gate's answer. `explain` prints the policy in force, `limit` the findings of each sort.
pub fn gate(report: &Report<'_>, comparison: &Comparison, explain: bool, limit: Option<usize>) -> String {
    let mut page = Page::default();
    let (ink, verdict) = match comparison.verdict {
        None | Some(Verdict::Passed) => (Ink::Good, "passed"),
        Some(Verdict::Failed) => (Ink::Bad, "failed"),
        Some(Verdict::Blind(_)) => (Ink::Bad, "could not look"),
    };
    page.line(
        Line::default().add(ink, format!("Gate {verdict}")).add(Ink::Plain, format!(", against {}", comparison.base)),
    );
    for reason in comparison.blind() {
        paragraph(&mut page, Ink::Bad, "  ", reason);
    }
    body(&mut page, report, comparison, limit);
    if explain {
        page.gap();
        page.line(Line::default().add(Ink::Strong, "Policy"));
        for line in &comparison.policy {
            paragraph(&mut page, Ink::Plain, "  ", line);
        }
        for row in comparison.findings.iter().filter(|f| f.fails.is_some()) {
            let why = row.fails.as_deref().unwrap_or_default();
            let name = list(row.finding.subjects.iter().map(|&s| report.labels.of(s)), 3);
            paragraph(&mut page, Ink::Plain, "  ", &format!("{} of {name} fails: {why}", row.finding.rule.code));
        }
    }
    page.finish()
}

/// What changed between two sides, without a verdict.
pub fn diff(report: &Report<'_>, comparison: &Comparison, limit: Option<usize>) -> String {
    let mut page = Page::default();
    page.line(Line::default().add(Ink::Strong, format!("Compared with {}", comparison.base)));
    body(&mut page, report, comparison, limit);
    if !comparison.changes.is_empty() {
        page.gap();
        let changes = count(comparison.changes.len(), "change", "changes");
        page.line(Line::default().add(Ink::Strong, format!("The system: {changes}")));
        let shown = super::page::shown(comparison.changes.len(), limit.unwrap_or(SHOWN));
        let row = |c: &Cause| vec![Line::of(&c.what), Line::default().add(Ink::Dim, at(c))];
        page.table("  ", comparison.changes.iter().take(shown).map(row).collect());
        page.more("  ", comparison.changes.len(), shown);
    }
    page.finish()
}

fn body(page: &mut Page, report: &Report<'_>, comparison: &Comparison, limit: Option<usize>) {
    let of = |state: State| comparison.of(state).count();
    let counts = [
        (of(State::New), "new"),
        (of(State::Worsened), "worse"),
        (of(State::Improved), "better"),
        (comparison.gone.len(), "gone"),
        (of(State::Unchanged), "as before"),
        (comparison.waived().count(), "waived"),
    ];
    let counts: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let counts = if counts.is_empty() { "no findings on either side".to_owned() } else { counts.join(", ") };
    page.line(Line::of(counts));
    for remark in &comparison.remarks {
        paragraph(page, Ink::Weak, "", remark);
    }
    let fails: Vec<&Compared> = comparison.failing().collect();
    section(page, report, "", &fails, limit);
    let others = |state: State, notes: bool| -> Vec<&Compared> {
        let severe = |f: &&Compared| notes || f.finding.severity > Severity::Note;
        comparison.of(state).filter(|f| f.fails.is_none()).filter(severe).collect()
    };
    section(page, report, "New, and not failing", &others(State::New, false), limit);
    section(page, report, "Worse, and not failing", &others(State::Worsened, false), limit);
    brief(page, "Better", others(State::Improved, true).iter().map(|f| words_of(f)), limit);
    brief(page, "Gone", comparison.gone.iter().map(|g| format!("{} {}", g.rule.code, g.message)), limit);
    let notes = |state| others(state, true).into_iter().filter(|f| f.finding.severity == Severity::Note);
    let notes: Vec<String> = notes(State::New).chain(notes(State::Worsened)).map(words_of).collect();
    brief(page, "Good to know", notes.into_iter(), limit);
    let waived = comparison.waived().filter_map(|f| Some((f, f.waiver.as_ref()?)));
    let waived = waived.filter(|(f, _)| f.state != State::Unchanged);
    let waived = waived.map(|(f, w)| format!("{}: {}", words_of(f), w.reason));
    brief(page, "Waived", waived.collect::<Vec<_>>().into_iter(), limit);
    if !comparison.waivers.is_empty() {
        page.gap();
        page.line(Line::default().add(Ink::Strong, "Waivers"));
        for wrong in &comparison.waivers {
            let ink = if wrong.fails { Ink::Bad } else { Ink::Weak };
            paragraph(page, ink, "  ", &format!("{} {}", wrong.at, wrong.reason));
        }
    }
}

fn words_of(row: &Compared) -> String {
    let differences = match row.differences.as_slice() {
        [] => String::new(),
        some => format!(" ({})", some.join("; ")),
    };
    format!("{} {}{differences}", row.finding.rule.code, row.finding.message)
}

/// One line each.
fn brief(page: &mut Page, heading: &str, lines: impl ExactSizeIterator<Item = String>, limit: Option<usize>) {
    let total = lines.len();
    if total == 0 {
        return;
    }
    page.gap();
    page.line(Line::default().add(Ink::Strong, heading));
    let shown = super::page::shown(total, limit.unwrap_or(SHOWN / 2));
    for line in lines.take(shown) {
        paragraph(page, Ink::Plain, "  ", &line);
    }
    page.more("  ", total, shown);
}

/// Findings with everything that is known of them; what another one tells already is named there.
fn section(page: &mut Page, report: &Report<'_>, heading: &str, rows: &[&Compared], limit: Option<usize>) {
    if rows.is_empty() {
        return;
    }
    let told: BTreeSet<ComponentId> =
        rows.iter().filter(|f| f.finding.rule.code == "LP001").flat_map(|f| f.finding.subjects.clone()).collect();
    let elsewhere = |f: &&&Compared| f.finding.folded_into.is_some_and(|id| told.contains(&id));
    let (folded, own): (Vec<&Compared>, Vec<&Compared>) = rows.iter().partition(elsewhere);
    if !heading.is_empty() {
        page.gap();
        page.line(Line::default().add(Ink::Strong, heading));
    }
    // What is the same in several scopes is told once.
    let mut told: Vec<(&Compared, usize)> = Vec::new();
    let mut seen: FxHashMap<(&str, &str, String), usize> = FxHashMap::default();
    for row in own {
        let key = (row.finding.rule.code, row.finding.message.as_str(), place(row.finding.evidence.first()));
        match seen.get(&key).and_then(|&i| told.get_mut(i)) {
            Some((_, times)) => *times += 1,
            None => {
                seen.insert(key, told.len());
                told.push((row, 1));
            }
        }
    }
    let shown = super::page::shown(told.len(), limit.unwrap_or(SHOWN));
    for &(row, times) in told.iter().take(shown) {
        page.gap();
        let also: Vec<&str> = folded
            .iter()
            .filter(|f| f.finding.folded_into.is_some_and(|id| row.finding.subjects.contains(&id)))
            .flat_map(|f| f.finding.subjects.iter().map(|&s| report.labels.of(s)))
            .collect();
        finding(page, report, row, &also);
        if times > 1 {
            page.line(Line::of(format!("  {times} times, in as many scopes")));
        }
    }
    page.more("  ", told.len(), shown);
}

fn finding(page: &mut Page, report: &Report<'_>, row: &Compared, also: &[&str]) {
    let f = &row.finding;
    let (ink, sign) = match (row.fails.is_some(), f.severity) {
        (true, _) => (Ink::Bad, "✗"),
        (false, Severity::Error | Severity::Warning) => (Ink::Weak, "!"),
        (false, Severity::Note) => (Ink::Strong, "·"),
    };
    let head = Line::default()
        .add(ink, format!("{sign} {} {} ", row.state.word(), f.rule.name))
        .add(Ink::Dim, format!("{} {}", f.rule.code, place(f.evidence.first())));
    page.line(head);
    paragraph(page, Ink::Strong, "  ", &f.message);
    if !row.differences.is_empty() {
        paragraph(page, Ink::Plain, "  ", &row.differences.join("; "));
    }
    if f.path.len() > 1 {
        page.line(Line::of("  ").add(Ink::Plain, arrows(report.labels, f.path.iter().rev().copied())));
    }
    if !also.is_empty() {
        paragraph(page, Ink::Plain, "  ", &format!("the same holds for {}", list(also.iter(), 6)));
    }
    for cause in row.causes.iter().take(CAUSES) {
        let text = format!("{} ", cause.what);
        page.line(Line::of("  because ").add(Ink::Plain, text).add(Ink::Dim, at(cause)));
    }
    if let Some(more @ 1..) = row.causes.len().checked_sub(CAUSES) {
        page.line(Line::of(format!("  and {}", count(more, "more change along it", "more changes along it"))));
    }
    if let Some(undo) = &row.undo {
        page.line(Line::of("  ").add(Ink::Good, "undo: ").add(Ink::Plain, back(undo)));
    }
    if !f.fix.is_empty() {
        paragraph(page, Ink::Plain, "  ", &format!("or fix: {}", f.fix));
    }
}

/// `k8s/cart.yaml:12`, with a word if that is the base's line.
fn at(cause: &Cause) -> String {
    if cause.removed { format!("{} (before)", cause.at) } else { cause.at.to_string() }
}

/// Which lines to take back.
pub(in crate::render) fn back(undo: &Undo) -> String {
    const LINES: usize = 4;
    let one = |l: &crate::gate::Lines| {
        let (base, head) = (l.base, l.head);
        let lines = |r: LineRange| match r.end.saturating_sub(r.start) {
            1 => format!("line {}", r.start),
            _ => format!("lines {}-{}", r.start, r.end.saturating_sub(1)),
        };
        if head.start == head.end {
            format!("put {} of the base back into {}:{}", lines(base), l.file, head.start)
        } else if base.start == base.end {
            format!("take {} of {} out", lines(head), l.file)
        } else {
            format!("change {} of {} back", lines(head), l.file)
        }
    };
    let mut parts: Vec<String> = undo.lines.iter().take(LINES).map(one).collect();
    if let Some(more @ 1..) = undo.lines.len().checked_sub(LINES) {
        parts.push(format!("{more} more"));
    }
    let sure = if undo.least { "" } else { " (perhaps not all of it)" };
    format!("{}{sure}", parts.join(", and "))
}

fn paragraph(page: &mut Page, ink: Ink, indent: &str, text: &str) {
    for line in wrapped(text, WIDTH - indent.len()) {
        page.line(Line::of(indent).add(ink, line));
    }
}

/// What is waived, by whom, until when.
pub fn waivers(waivers: &[&Waiver]) -> String {
    let mut page = Page::default();
    if waivers.is_empty() {
        page.line(Line::of("No waiver"));
        return page.finish();
    }
    let row = |w: &&Waiver| {
        let rules: Vec<&str> = w.rules.iter().map(|r| r.code).collect();
        let ink = if w.state() == "in-force" { Ink::Good } else { Ink::Bad };
        let until = w.grant.expires.map_or_else(|| "for ever".to_owned(), |day| format!("until {day}"));
        let about = match (&w.wrong, w.findings.len()) {
            (Some(wrong), _) => wrong.clone(),
            (None, n) => format!("{}: {}", count(n, "finding", "findings"), w.grant.reason),
        };
        vec![
            Line::default().add(ink, w.state()),
            Line::of(until),
            Line::of(w.grant.owner.as_deref().unwrap_or("no owner")),
            Line::default()
                .add(Ink::Strong, format!("{} {}", rules.join(","), w.subject.as_deref().unwrap_or_default()).trim()),
            Line::default().add(Ink::Dim, w.grant.at.to_string()),
            Line::of(about),
        ]
    };
    page.table("", waivers.iter().map(row).collect());
    page.finish()
}
