//! What takes an entry down alone.

use super::page::{Ink, Line, Page, arrows, percent, place, shown, widths};
use crate::analysis::{Level, Spof, alike};
use crate::graph::{ComponentId, Kind};
use crate::render::Report;
use crate::rules::words::{count, list, number};
use crate::rules::{self, Finding};
use std::collections::BTreeSet;

/// What takes an entry down alone, ranked, a few lines each. Gives what it told: the components of its rows.
pub(super) fn single_points(page: &mut Page, report: &Report<'_>, limit: usize) -> BTreeSet<ComponentId> {
    let graph = report.graph;
    let alone = |s: &Spof| !matches!(s.level, Level::Provider | Level::Region | Level::Component);
    let all = report.analysis.spofs.iter().filter(|s| alone(s)).count();
    let groups: Vec<Vec<&Spof>> =
        alike(graph, &report.analysis.spofs).into_iter().filter(|group| group.iter().all(|s| alone(s))).collect();
    if graph.entries().next().is_none() {
        page.line(Line::default().add(Ink::Weak, "No entry was found, so nothing can be said to take one down"));
        return BTreeSet::new();
    }
    if all == 0 {
        page.line(Line::default().add(Ink::Good, "Alone, nothing takes down an entry"));
    } else {
        let takes = if all == 1 { "takes" } else { "take" };
        let things = count(all, "thing", "things");
        page.line(Line::default().add(Ink::Strong, format!("Alone, {things} {takes} down an entry")));
        page.gap();
    }
    let shown = shown(groups.len(), limit);
    let rows: Vec<Vec<Line>> = groups.iter().take(shown).map(|group| row(report, group)).collect();
    let widths = widths(&rows);
    for (i, (group, row)) in groups.iter().zip(rows).enumerate() {
        page.row(&format!("{:>2} ", i + 1), row, &widths);
        page.line(way(report, group));
        for illusion in illusions(report, group) {
            page.line(Line::of("   ").add(Ink::Weak, illusion));
        }
        page.line(Line::of("   ").add(Ink::Good, "fix: ").add(Ink::Plain, fix(report, group)));
    }
    page.more("   ", groups.len(), shown);
    let grouped: usize = groups.iter().map(Vec::len).sum();
    if let Some(folded @ 1..) = all.checked_sub(grouped) {
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
    groups.iter().take(shown).flatten().map(|s| s.component).collect()
}

/// Who, how much of it has to fail, and whom it takes down.
fn row(report: &Report<'_>, group: &[&Spof]) -> Vec<Line> {
    let Some(first) = group.first() else { return Vec::new() };
    let variants = match report.graph.component(first.component).variants.len() {
        0 | 1 => String::new(),
        _ if of_one_sort(group).len() > 1 => String::new(),
        n => format!(" in the weakest of {n} variants"),
    };
    vec![
        Line::default().add(Ink::Bad, list(of_one_sort(group).iter().map(|s| report.labels.of(s.component)), 3)),
        Line::of(what_fails(report, group) + &variants),
        Line::of(victims(report, first)),
    ]
}

/// The way from the entry, and where the component stands; the places alone if there are several.
fn way(report: &Report<'_>, group: &[&Spof]) -> Line {
    let graph = report.graph;
    let at = |spof: &Spof| {
        let own = graph.component(spof.component).evidence.first();
        place(own.or_else(|| spof.edges.iter().find_map(|&id| graph.dependency(id).evidence.first())))
    };
    match of_one_sort(group) {
        [spof] if spof.path.len() > 1 => {
            let arrows = arrows(report.labels, spof.path.iter().rev().copied());
            Line::of(format!("   {arrows}  ")).add(Ink::Dim, at(spof))
        }
        _ => Line::of("   ").add(Ink::Dim, list(group.iter().map(|s| at(s)), 3)),
    }
}

/// What the redundancy that rests on a machine or zone promises.
fn illusions(report: &Report<'_>, group: &[&Spof]) -> Vec<String> {
    let [spof] = group else { return Vec::new() };
    let told = |f: &&Finding| f.rule.code == "LP002" && f.subjects.get(1..) == Some(&[spof.component][..]);
    report.findings.iter().filter(told).map(|f| f.message.clone()).collect()
}

fn fix(report: &Report<'_>, group: &[&Spof]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let tried = report.analysis.improvements.against(first.component);
    match of_one_sort(group) {
        [spof] => rules::for_spof(report.graph, report.labels, spof, tried).fix,
        _ => rules::for_several(report.graph, group, tried),
    }
}

/// How much has to fail: `one instance`, `any of 3 instances`, `volume`.
fn what_fails(report: &Report<'_>, group: &[&Spof]) -> String {
    let [spof] = of_one_sort(group) else { return "single instances".to_owned() };
    let component = report.graph.component(spof.component);
    let volumes = group.get(1..).unwrap_or_default().iter().map(|s| report.labels.of(s.component));
    let or = if group.len() > 1 { format!(", or {}", list(volumes, 2)) } else { String::new() };
    let fails = match (spof.level, component.replicas) {
        (Level::Instance, Some(r)) if r.count > 1 => format!("any one of {} instances", r.count),
        (Level::Instance, _) => "one instance".to_owned(),
        // The name says it already: `volume data`, `zone eu-1a`.
        (Level::Volume, _) if component.kind == Kind::Volume => String::new(),
        (Level::Node, _) if component.kind == Kind::Node => String::new(),
        (Level::Zone, _) if component.kind == Kind::Zone => String::new(),
        (level, _) => level.word().to_owned(),
    };
    fails + &or
}

/// The rows of a group without volumes that are told with their owner.
fn of_one_sort<'g, 's>(group: &'g [&'s Spof]) -> &'g [&'s Spof] {
    match group {
        [_, volume, ..] if volume.level == Level::Volume => &group[..1],
        _ => group,
    }
}

/// `frontend 38 %, checkout 100 % of requests`; where all of the requests are hit as far as anybody knows, the part that
/// the entries have of all weight: `frontend (70 % of entry weight)`.
fn victims(report: &Report<'_>, spof: &Spof) -> String {
    let all: Vec<_> = report.graph.entries().map(|(_, entry)| entry).collect();
    let entries = all.len();
    let total: f64 = all.iter().map(|entry| entry.weight).sum();
    let weight = match all.iter().any(|entry| entry.weighted) && total > 0.0 {
        true => format!(" ({} of entry weight)", percent(spof.weight / total)),
        false => String::new(),
    };
    let partial = spof.shares.iter().any(|&share| share < 1.0);
    if entries > 2 && spof.entries.len() == entries {
        let all = format!("all {entries} entries");
        let (least, most) = spof.shares.iter().fold((1.0f64, 0.0f64), |(a, b), &s| (a.min(s), b.max(s)));
        return match partial {
            false => all + &weight,
            true if least == most => format!("all {entries} entries, {} of requests", percent(least)),
            true => format!("all {entries} entries, {} to {} of requests", percent(least), percent(most)),
        };
    }
    let named = spof.entries.iter().enumerate().map(|(i, &e)| {
        let name = report.labels.of(e);
        let share = spof.shares.get(i).filter(|_| partial);
        share.map_or_else(|| name.to_owned(), |&share| format!("{name} {}", percent(share)))
    });
    list(named, 3) + if partial { " of requests" } else { &weight }
}
