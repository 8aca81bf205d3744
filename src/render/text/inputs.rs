//! What was read: the head of the report.

use super::page::{Ink, Line, Page, shown};
use crate::graph::{Confidence, EntryOrigin, Graph};
use crate::rules::words::{count, count_of, list, number};
use crate::source::{Inventory, Problem, Tally};
use std::collections::BTreeMap;

/// How many problems the head names.
const PROBLEMS: usize = 3;

/// The counts of graph and inputs, and the first problems (all with `every_problem`).
pub(super) fn head(page: &mut Page, graph: &Graph, inventory: &Inventory, every_problem: bool) {
    supposed(page, graph);
    page.line(Line::default().add(Ink::Strong, system(graph)).add(Ink::Plain, format!("; {}", inputs(inventory))));
    if let Some(scopes) = scopes(graph) {
        page.line(Line::of(scopes));
    }
    if every_problem {
        reasons(page, inventory);
    }
    problems(page, &inventory.problems, if every_problem { usize::MAX } else { PROBLEMS });
}

/// What was supposed on top of what was read: an answer about something that is not there has to say so first.
pub(super) fn supposed(page: &mut Page, graph: &Graph) {
    if !graph.changes.is_empty() {
        page.line(Line::default().add(Ink::Weak, "What if  ").add(Ink::Plain, graph.changes.join(", ")));
    }
}

/// Why inputs were left aside.
pub(super) fn reasons(page: &mut Page, inventory: &Inventory) {
    let tallies = [
        (&inventory.files, "file", "files"),
        (&inventory.documents, "document", "documents"),
        (&inventory.spans, "span", "spans"),
    ];
    for (tally, one, more) in tallies {
        for (reason, n) in &tally.reasons {
            page.line(Line::default().add(Ink::Dim, format!("  {} ignored: {reason}", count_of(*n, one, more))));
        }
    }
}

/// The first `limit` problems, and how many more there are.
pub(super) fn problems(page: &mut Page, problems: &[Problem], limit: usize) {
    let shown = shown(problems.len(), limit);
    for problem in problems.iter().take(shown) {
        page.line(Line::default().add(Ink::Weak, "! ").add(Ink::Plain, problem.to_string()));
    }
    if let Some(more @ 1..) = problems.len().checked_sub(shown) {
        let more = count(more, "more problem", "more problems");
        page.line(Line::default().add(Ink::Weak, "! ").add(Ink::Plain, format!("{more} (--problems lists them)")));
    }
}

/// `14 components, 23 dependencies (17 declared, 6 only in traces), 2 entries`.
fn system(graph: &Graph) -> String {
    let of = |confidence| graph.dependencies.iter().filter(|d| d.confidence == confidence).count();
    let kinds = [
        (Confidence::Declared, "declared"),
        (Confidence::Inferred, "inferred"),
        (Confidence::Observed, "only in traces"),
    ];
    let parts: Vec<String> = kinds
        .into_iter()
        .map(|(confidence, words)| (of(confidence), words))
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| format!("{} {words}", number(n as u64)))
        .collect();
    let basis = match parts.len() {
        0 => String::new(),
        1 if of(Confidence::Declared) > 0 => String::new(),
        _ => format!(" ({})", parts.join(", ")),
    };
    let guessed = graph.entries().any(|(_, entry)| entry.origin == EntryOrigin::Assumed);
    let on = if guessed { " (assumed: nobody depends on them)" } else { "" };
    format!(
        "{}, {}{basis}, {}{on}",
        count(graph.components.len(), "component", "components"),
        count(graph.dependencies.len(), "dependency", "dependencies"),
        count(graph.entries().count(), "entry", "entries"),
    )
}

/// `2 scopes: compose:shop (9), kubernetes (12)` when there are several.
fn scopes(graph: &Graph) -> Option<String> {
    let mut scopes: BTreeMap<&str, u64> = BTreeMap::new();
    for c in graph.components.iter().filter(|c| !c.scope.is_empty()) {
        *scopes.entry(&c.scope).or_default() += 1;
    }
    let named = scopes.iter().map(|(scope, n)| format!("{scope} ({})", number(*n)));
    (scopes.len() > 1).then(|| format!("{}: {}", count(scopes.len(), "scope", "scopes"), list(named, 4)))
}

/// `31 files, 58 documents, 22,969 spans read; 4 files ignored; 1 file not read`.
pub(super) fn inputs(inventory: &Inventory) -> String {
    let Inventory { files, documents, spans, .. } = inventory;
    let tallies = [(files, "file", "files"), (documents, "document", "documents"), (spans, "span", "spans")];
    let part = |of: fn(&Tally) -> u64| {
        let counted: Vec<String> = tallies
            .into_iter()
            .filter(|(tally, ..)| of(tally) > 0)
            .map(|(tally, one, more)| count_of(of(tally), one, more))
            .collect();
        counted.join(", ")
    };
    let mut text = match part(|t| t.used) {
        read if read.is_empty() => "nothing was read".to_owned(),
        read => format!("{read} read"),
    };
    for (part, words) in [(part(|t| t.ignored), "ignored"), (part(|t| t.failed), "not readable")] {
        if !part.is_empty() {
            text.push_str(&format!("; {part} {words}"));
        }
    }
    text
}
