//! JUnit's XML: a suite for each rule, a case for each finding.

use super::Report;
use super::escape::xml;
use super::told::{self, Told};
use crate::gate::Comparison;
use crate::rules::{self, Severity};
use std::fmt::Write as _;

/// A case of a suite.
struct Case {
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Skipped(String),
    Failed { sort: &'static str, message: String, text: String },
    Error(String),
}

/// The findings as test results. Without a base, errors and warnings fail and notes are skipped; beside one, what fails the
/// gate fails, waived findings are skipped and the others pass. A rule that found nothing is one case that passes.
pub fn junit(report: &Report<'_>, comparison: Option<&Comparison>) -> String {
    let all = told::all(report, comparison);
    let mut suites: Vec<(String, Vec<Case>)> = Vec::new();
    suites.extend(comparison.and_then(comparing));
    for rule in rules::ALL {
        let name = format!("{} {}", rule.code, rule.name);
        let mut cases: Vec<Case> = all.iter().filter(|t| t.finding.rule == rule).map(|t| case(report, t)).collect();
        if cases.is_empty() {
            cases.push(Case { name: rule.summary.to_owned(), outcome: Outcome::Passed });
        }
        suites.push((name, cases));
    }
    let [tests, failures, errors, _] = counts(suites.iter().flat_map(|(_, cases)| cases));
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    // Writing to a string cannot fail.
    let _ =
        writeln!(out, "<testsuites name=\"linchpin\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">");
    for (name, cases) in &suites {
        suite(&mut out, name, cases);
    }
    out.push_str("</testsuites>\n");
    out
}

/// What is wrong with the comparison itself.
fn comparing(comparison: &Comparison) -> Option<(String, Vec<Case>)> {
    let mut cases: Vec<Case> = Vec::new();
    let error = |reason: &String| Case { name: "the comparison".to_owned(), outcome: Outcome::Error(reason.clone()) };
    cases.extend(comparison.blind().iter().map(error));
    for waiver in &comparison.waivers {
        let (sort, message) = ("waiver", waiver.reason.clone());
        let text = format!("{}: {}", waiver.at, waiver.reason);
        let outcome = if waiver.fails {
            Outcome::Failed { sort, message, text }
        } else {
            Outcome::Skipped(waiver.reason.clone())
        };
        cases.push(Case { name: format!("waiver at {}", waiver.at), outcome });
    }
    (!cases.is_empty()).then(|| ("gate".to_owned(), cases))
}

fn case(report: &Report<'_>, told: &Told<'_>) -> Case {
    let finding = told.finding;
    let message = finding.message.clone();
    let failed = || {
        let place = told.place(report.graph).map_or_else(String::new, |at| format!("{at}\n"));
        let why = told.compared.and_then(|c| c.fails.as_deref()).map_or_else(String::new, |why| format!("\n{why}"));
        let text = format!("{place}{}{why}", told.sentences());
        Outcome::Failed { sort: finding.severity.word(), message: message.clone(), text }
    };
    let outcome = match told.compared {
        Some(c) => match &c.waiver {
            Some(waiver) => Outcome::Skipped(format!("waived: {}", waiver.reason)),
            None if told.fails() => failed(),
            None => Outcome::Passed,
        },
        None if finding.severity > Severity::Note => failed(),
        None => Outcome::Skipped(format!("a note: {}", told.sentences())),
    };
    Case { name: message, outcome }
}

/// How many cases there are, fail, are errors and are skipped.
fn counts<'c>(cases: impl Iterator<Item = &'c Case>) -> [usize; 4] {
    cases.fold([0; 4], |[tests, failures, errors, skipped], case| match case.outcome {
        Outcome::Passed => [tests + 1, failures, errors, skipped],
        Outcome::Failed { .. } => [tests + 1, failures + 1, errors, skipped],
        Outcome::Error(_) => [tests + 1, failures, errors + 1, skipped],
        Outcome::Skipped(_) => [tests + 1, failures, errors, skipped + 1],
    })
}

fn suite(out: &mut String, name: &str, cases: &[Case]) {
    let [tests, failures, errors, skipped] = counts(cases.iter());
    let name = xml(name);
    let _ = writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">"
    );
    for case in cases {
        let _ = write!(out, "    <testcase classname=\"{name}\" name=\"{}\"", xml(&case.name));
        let _ = match &case.outcome {
            Outcome::Passed => writeln!(out, "/>"),
            Outcome::Skipped(message) => writeln!(out, "><skipped message=\"{}\"/></testcase>", xml(message)),
            Outcome::Error(message) => writeln!(out, "><error message=\"{}\"/></testcase>", xml(message)),
            Outcome::Failed { sort, message, text } => {
                let text: Vec<String> = text.lines().map(xml).collect();
                let (message, text) = (xml(message), text.join("\n"));
                writeln!(out, "><failure type=\"{sort}\" message=\"{message}\">{text}</failure></testcase>")
            }
        };
    }
    out.push_str("  </testsuite>\n");
}
