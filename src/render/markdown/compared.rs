use super::bounded::Bounded;
use super::{drawn, finding, problems, system};
use crate::gate::{Cause, Compared, Comparison, Gone, State, Verdict};
use crate::render::Report;
use crate::render::escape::{code, markdown as escaped};
use crate::render::text::back;
use crate::rules::words::{count, list};

/// Findings that are shown open.
const OPEN: usize = 10;

/// A comparison: the verdict, what fails and why, a picture of it, and everything else folded.
pub(super) fn comment(page: &mut Bounded, report: &Report<'_>, comparison: &Comparison) {
    let of = |state| comparison.of(state).count();
    let numbers = [
        (of(State::New), "new"),
        (of(State::Worsened), "worse"),
        (of(State::Improved), "better"),
        (comparison.gone.len(), "gone"),
    ];
    let numbers: Vec<String> = numbers.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let numbers = if numbers.is_empty() { "no risk changed".to_owned() } else { numbers.join(", ") };
    let verdict = match &comparison.verdict {
        None => "",
        Some(Verdict::Passed) => " passed",
        Some(Verdict::Failed) => " failed",
        Some(Verdict::Blind(_)) => " could not look",
    };
    page.add(&format!("### linchpin{verdict}: {numbers}\n\n"));
    page.add(&format!("Compared with {}. {}.\n\n", escaped(&comparison.base), system(report)));
    if !comparison.blind().is_empty() {
        comparison.blind().iter().for_each(|reason| page.add(&format!("- **{}**\n", escaped(reason))));
        page.add("\n");
    }
    let shown = |c: &&Compared| {
        c.waiver.is_none() && (c.fails.is_some() || c.state == State::New || c.state == State::Worsened)
    };
    let matter: Vec<&Compared> = comparison.findings.iter().filter(shown).collect();
    for compared in matter.iter().take(OPEN) {
        page.add(&format!("- {}\n", told(report, compared)));
    }
    page.add("\n");
    page.add(&drawn::picture(report, matter.iter().take(OPEN).map(|c| c.finding.path.clone())));
    if matter.len() > OPEN {
        let rest = matter.iter().skip(OPEN);
        let summary = format!("{} that are new or worse", count(matter.len() - OPEN, "more finding", "more findings"));
        page.details(&summary, rest.map(|c| format!("- {}\n", told(report, c))));
    }
    let wrong: Vec<String> =
        comparison.waivers.iter().map(|w| format!("- {} {}\n", code(&w.at.to_string()), escaped(&w.reason))).collect();
    if !wrong.is_empty() {
        page.details(&format!("{} to look at", count(wrong.len(), "waiver", "waivers")), wrong.into_iter());
    }
    good(page, report, comparison);
    let waived = comparison.waived().filter_map(|c| Some((c, c.waiver.as_ref()?)));
    let waived: Vec<String> = waived
        .map(|(c, w)| format!("- {} {}: {}\n", c.finding.rule.code, escaped(&c.finding.message), escaped(&w.reason)))
        .collect();
    if !waived.is_empty() {
        page.details(&format!("{} waived", count(waived.len(), "finding", "findings")), waived.into_iter());
    }
    let changes = &comparison.changes;
    if !changes.is_empty() {
        let summary = format!("{} of the system", count(changes.len(), "change", "changes"));
        page.details(&summary, changes.iter().map(|cause| format!("- {}\n", because(cause))));
    }
    if !comparison.remarks.is_empty() {
        page.details("about this comparison", comparison.remarks.iter().map(|r| format!("- {}\n", escaped(r))));
    }
    problems(page, report);
}

/// What got better and what is gone.
fn good(page: &mut Bounded, report: &Report<'_>, comparison: &Comparison) {
    let better: Vec<&Compared> = comparison.of(State::Improved).collect();
    if !better.is_empty() {
        let summary = format!("{} better", count(better.len(), "finding is", "findings are"));
        page.details(&summary, better.into_iter().map(|c| format!("- {}\n", told(report, c))));
    }
    if !comparison.gone.is_empty() {
        let line = |gone: &Gone| format!("- {} {}\n", gone.rule.code, escaped(&gone.message));
        let summary = format!("{} gone", count(comparison.gone.len(), "finding is", "findings are"));
        page.details(&summary, comparison.gone.iter().map(line));
    }
}

/// A finding with what it differs in, the changed lines behind it, and the smallest undo or fix.
fn told(report: &Report<'_>, compared: &Compared) -> String {
    let mut text = format!("{}: {}", compared.state.word(), finding(report, &compared.finding));
    if !compared.differences.is_empty() {
        text.push_str(&format!("  \n  {}", escaped(&compared.differences.join("; "))));
    }
    if !compared.causes.is_empty() {
        let causes: Vec<String> = compared.causes.iter().map(because).collect();
        text.push_str(&format!("  \n  because {}", list(causes, 5)));
    }
    if let Some(undo) = &compared.undo {
        text.push_str(&format!("  \n  to undo: {}", escaped(&back(undo))));
    }
    if !compared.finding.fix.is_empty() {
        text.push_str(&format!("  \n  to do: {}", escaped(&compared.finding.fix)));
    }
    if let Some(why) = &compared.fails {
        text.push_str(&format!("  \n  fails the gate: {}", escaped(why)));
    }
    text
}

fn because(cause: &Cause) -> String {
    let gone = if cause.removed { ", at the base" } else { "" };
    format!("{} ({}{gone})", escaped(&cause.what), code(&cause.at.to_string()))
}
