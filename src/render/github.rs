//! Annotations of GitHub Actions: workflow commands, as a step prints them.

use super::told::{self, Told};
use super::{Report, visible};
use crate::gate::Comparison;
use crate::rules::Severity;
use crate::rules::words::count;
use std::collections::BTreeSet;

/// GitHub shows so many annotations of a level and step, and drops the others in silence.
const SHOWN: usize = 10;

/// What a reviewer has to see, beside the lines that it is about. Where there is more than GitHub shows, the last says so.
pub fn github(report: &Report<'_>, comparison: Option<&Comparison>) -> String {
    let all = told::all(report, comparison);
    let mut out = String::new();
    let mut errors: Vec<String> = Vec::new();
    if let Some(comparison) = comparison {
        let blind = comparison.blind().iter();
        errors.extend(blind.map(|r| command("error", None, "linchpin could not compare", r)));
        let failing = comparison.waivers.iter().filter(|w| w.fails);
        errors.extend(failing.map(|w| command("error", Some((&w.at.file, w.at.line, 1)), "waiver", &w.reason)));
    }
    for level in ["error", "warning", "notice"] {
        let of_level = all.iter().filter(|t| t.matters() && level_of(t) == level).map(|t| annotation(report, t, level));
        let mut commands: Vec<String> = std::mem::take(&mut errors).into_iter().chain(of_level).collect();
        let mut seen = BTreeSet::new();
        commands.retain(|command| seen.insert(command.clone()));
        let shown = if commands.len() > SHOWN { SHOWN - 1 } else { commands.len() };
        commands.iter().take(shown).for_each(|command| out.push_str(command));
        if let more @ 1.. = commands.len() - shown {
            let more = count(more, "more finding", "more findings");
            out.push_str(&command(level, None, "linchpin", &format!("{more} of this level; the log lists all")));
        }
    }
    out
}

/// What fails the gate is an error, whatever its severity; nothing else is one beside a base.
fn level_of(told: &Told<'_>) -> &'static str {
    match (told.fails(), told.compared.is_some(), told.finding.severity) {
        (true, ..) | (_, false, Severity::Error) => "error",
        (_, _, Severity::Note) => "notice",
        _ => "warning",
    }
}

fn annotation(report: &Report<'_>, told: &Told<'_>, level: &str) -> String {
    let rule = told.finding.rule;
    let place = told.place(report.graph).map(|at| (&*at.file, at.line, at.column));
    command(level, place, &format!("{} {}", rule.code, rule.name), &told.sentences())
}

/// `::error file=a.yaml,line=3,col=5,title=LP001 …::message`.
fn command(level: &str, place: Option<(&str, u32, u32)>, title: &str, message: &str) -> String {
    let place = place
        .map_or_else(String::new, |(file, line, column)| format!("file={},line={line},col={column},", property(file)));
    format!("::{level} {place}title={}::{}\n", property(title), data(message))
}

/// Text that cannot end the command.
fn data(text: &str) -> String {
    visible(text).replace('%', "%25")
}

/// Text that cannot end the property either.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
