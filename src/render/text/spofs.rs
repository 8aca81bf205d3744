//! What takes an entry down alone.

use super::page::{Ink, Line, Page, arrows, percent, place, shown, widths};
use crate::analysis::{Level, Spof};
use crate::graph::Kind;
use crate::render::Report;
use crate::rules;
use crate::rules::words::{count, list, number};
use std::collections::BTreeSet;

/// What takes an entry down alone, ranked, three lines each.
pub(super) fn single_points(page: &mut Page, report: &Report<'_>, limit: usize) {
    let graph = report.graph;
    let outside = |s: &Spof| matches!(s.level, Level::Provider | Level::Region);
    let alone: Vec<&Spof> =
        report.analysis.spofs.iter().filter(|s| s.level != Level::Component && !outside(s)).collect();
    // A row is left to another one only if that one is shown here.
    let here: BTreeSet<_> = alone.iter().map(|s| s.component).collect();
    let told = |s: &Spof| s.folded_into.is_some_and(|into| into != s.component && here.contains(&into));
    let ranked: Vec<&Spof> = alone.iter().copied().filter(|s| !told(s)).collect();
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
    let rows: Vec<Vec<Line>> = ranked.iter().take(shown).map(|spof| row(report, spof)).collect();
    let widths = widths(&rows);
    for (i, (spof, row)) in ranked.iter().zip(rows).enumerate() {
        page.row(&format!("{:>2} ", i + 1), row, &widths);
        page.line(way(report, spof));
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

/// Who, how much of it has to fail, and whom it takes down.
fn row(report: &Report<'_>, spof: &Spof) -> Vec<Line> {
    let variants = match report.graph.component(spof.component).variants.len() {
        0 | 1 => String::new(),
        n => format!(" in the weakest of {n} variants"),
    };
    vec![
        Line::default().add(Ink::Bad, report.labels.of(spof.component)),
        Line::of(what_fails(report, spof) + &variants),
        Line::of(victims(report, spof)),
    ]
}

/// The way from the entry, and where the component stands.
fn way(report: &Report<'_>, spof: &Spof) -> Line {
    let graph = report.graph;
    let own = graph.component(spof.component).evidence.first();
    let place = place(own.or_else(|| spof.edges.iter().find_map(|&id| graph.dependency(id).evidence.first())));
    match spof.path.len() {
        0 | 1 => Line::of("   ").add(Ink::Dim, place),
        _ => {
            let arrows = arrows(report.labels, spof.path.iter().rev().copied());
            Line::of(format!("   {arrows}  ")).add(Ink::Dim, place)
        }
    }
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
