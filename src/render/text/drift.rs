use super::inputs::supposed;
use super::page::{Ink, Line, Page, place, shown};
use super::scan::headed;
use super::why::seen;
use crate::analysis::{Discrepancy, Drift, Setting, Value};
use crate::graph::{DependencyId, Graph, Labels, Match, MatchRule};
use crate::render::Report;
use crate::rules::words::{self, count, count_of, list, number};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Rows of each sort that fit a screen.
const ROWS: usize = 20;

/// Where manifests and traces disagree: each sort with its count and its rows, the most used first.
pub fn drift(graph: &Graph, labels: &Labels, drift: &Drift, limit: Option<usize>) -> String {
    let mut page = Page::default();
    supposed(&mut page, graph);
    doubtful(&mut page, graph, labels, limit);
    if *drift == Drift::default() {
        page.gap();
        page.line(Line::default().add(Ink::Good, "Manifests and traces agree"));
        return page.finish();
    }
    let unmatched = drift.unmatched.iter().map(|&id| {
        let spans = count_of(graph.component(id).spans, "span", "spans");
        vec![Line::default().add(Ink::Strong, labels.of(id)), Line::of(spans)]
    });
    let n = drift.unmatched.len();
    let nowhere = count(n, "service of the traces is in no manifest", "services of the traces are in no manifest");
    block(&mut page, &nowhere, unmatched.collect(), limit);
    let pair = |id: DependencyId| {
        let d = graph.dependency(id);
        Line::default().add(Ink::Strong, format!("{} → {}", labels.of(d.from), labels.of(d.to)))
    };
    let undeclared = by_use(graph, &drift.undeclared).into_iter().map(|id| {
        let d = graph.dependency(id);
        vec![pair(id), Line::of(d.interaction.word()), Line::of(seen(d))]
    });
    let n = drift.undeclared.len();
    let only = count(n, "dependency is only in traces", "dependencies are only in traces");
    block(&mut page, &only, undeclared.collect(), limit);
    let unobserved = drift.unobserved.iter().map(|&id| {
        let d = graph.dependency(id);
        let said = d.evidence.first().map_or_else(String::new, |e| format!("{} {}", e.at, e.field));
        vec![pair(id), Line::of(d.interaction.word()), Line::default().add(Ink::Dim, said)]
    });
    let n = drift.unobserved.len();
    let never = count(n, "dependency is declared and was never seen", "dependencies are declared and were never seen");
    block(&mut page, &never, unobserved.collect(), limit);
    let blind = drift.blind_spots.iter().map(|&id| {
        let at = place(graph.component(id).evidence.first());
        vec![Line::default().add(Ink::Strong, labels.of(id)), Line::default().add(Ink::Dim, at)]
    });
    let n = drift.blind_spots.len();
    let no_spans = count(n, "component records no spans", "components record no spans");
    block(&mut page, &no_spans, blind.collect(), limit);
    let settings = drift.settings.iter().map(|row| {
        let at = place(row.evidence(graph));
        vec![pair(row.dependency), Line::of(difference(row)), Line::default().add(Ink::Dim, at)]
    });
    let n = drift.settings.len();
    let differ = count(n, "setting is not what was seen", "settings are not what was seen");
    block(&mut page, &differ, settings.collect(), limit);
    page.finish()
}

/// Services whose components are less than certain: those of names that are only alike, and those that other scopes have
/// as well.
fn doubtful(page: &mut Page, graph: &Graph, labels: &Labels, limit: Option<usize>) {
    let alike: Vec<&Match> = graph.matches.iter().filter(|m| m.rule == MatchRule::NormalisedName).collect();
    let rows = alike.iter().map(|m| {
        vec![Line::of(&*m.service), Line::default().add(Ink::Strong, format!("is {}", labels.of(m.component)))]
    });
    let (one, several) = ("service is matched by a similar name", "services are matched by similar names");
    block(page, &count(alike.len(), one, several), rows.collect(), limit);
    let chosen: Vec<&Match> = graph.matches.iter().filter(|m| !m.also.is_empty()).collect();
    let rows = chosen.iter().map(|m| {
        let is = format!("is {}", labels.of(m.component));
        let also = list(m.also.iter().map(|&id| labels.of(id)), 3);
        vec![
            Line::of(&*m.service),
            Line::default().add(Ink::Strong, is),
            Line::default().add(Ink::Dim, format!("not {also}")),
        ]
    });
    let (one, several) = ("service fits several scopes", "services fit several scopes");
    block(page, &count(chosen.len(), one, several), rows.collect(), limit);
}

fn block(page: &mut Page, title: &str, rows: Vec<Vec<Line>>, limit: Option<usize>) {
    if rows.is_empty() {
        return;
    }
    page.gap();
    page.line(Line::default().add(Ink::Strong, title));
    let total = rows.len();
    let shown = shown(total, limit.unwrap_or(ROWS));
    page.table("  ", rows.into_iter().take(shown).collect());
    page.more("  ", total, shown);
}

/// The section of a report: a sentence for each sort, with examples.
pub(super) fn section(page: &mut Page, report: &Report<'_>, drift: &Drift) {
    const NAMED: usize = 3;
    let Report { graph, labels, .. } = *report;
    let pair = |id: DependencyId| {
        let d = graph.dependency(id);
        format!("{} → {}", labels.of(d.from), labels.of(d.to))
    };
    let several = |n: usize, one: &'static str, several: &'static str| if n == 1 { one } else { several };
    let mut sentences: Vec<String> = Vec::new();
    let matched = |of: fn(&&Match) -> bool| graph.matches.iter().filter(of).collect::<Vec<_>>();
    let alike = matched(|m| m.rule == MatchRule::NormalisedName);
    if let n @ 1.. = alike.len() {
        let are = several(n, "service is matched by a similar name", "services are matched by similar names");
        let examples = list(alike.iter().map(|m| format!("{} is {}", m.service, labels.of(m.component))), NAMED);
        sentences.push(format!("{} {are}: {examples}", number(n as u64)));
    }
    let chosen = matched(|m| !m.also.is_empty());
    if let n @ 1.. = chosen.len() {
        let fit = several(n, "service of the traces fits", "services of the traces fit");
        let scopes: BTreeSet<&str> = chosen.iter().map(|m| &*graph.component(m.component).scope).collect();
        let scopes = list(scopes.into_iter().map(str::to_owned), NAMED);
        sentences.push(format!("{} {fit} several scopes: taken for {scopes}", number(n as u64)));
    }
    if let n @ 1.. = drift.unmatched.len() {
        let are = several(n, "service of the traces is", "services of the traces are");
        let examples = list(drift.unmatched.iter().map(|&id| labels.of(id)), NAMED);
        sentences.push(format!("{} {are} in no manifest: {examples}", number(n as u64)));
    }
    if let n @ 1.. = drift.undeclared.len() {
        let are = several(n, "is", "are");
        let examples = list(by_use(graph, &drift.undeclared).into_iter().map(pair), NAMED);
        sentences.push(format!("{} {are} only in traces: {examples}", count(n, "dependency", "dependencies")));
    }
    if let n @ 1.. = drift.unobserved.len() {
        let are = several(n, "is declared and was", "are declared and were");
        let examples = list(drift.unobserved.iter().map(|&id| pair(id)), NAMED);
        sentences.push(format!("{} {are} never seen: {examples}", count(n, "dependency", "dependencies")));
    }
    if let n @ 1.. = drift.blind_spots.len() {
        let record = several(n, "records", "record");
        let examples = list(drift.blind_spots.iter().map(|&id| labels.of(id)), NAMED);
        sentences.push(format!("{} {record} no spans: {examples}", count(n, "component", "components")));
    }
    if let n @ 1.. = drift.settings.len() {
        let are = several(n, "is", "are");
        let example = |row: &Discrepancy| format!("{} ({})", pair(row.dependency), difference(row));
        let examples = list(drift.settings.iter().map(example), NAMED);
        sentences.push(format!("{} {are} not what was seen: {examples}", count(n, "setting", "settings")));
    }
    for (i, sentence) in sentences.iter().enumerate() {
        headed(page, Ink::Strong, if i == 0 { "Drift" } else { "" }, sentence, "");
    }
}

/// The most used first.
fn by_use(graph: &Graph, dependencies: &[DependencyId]) -> Vec<DependencyId> {
    let mut ranked = dependencies.to_vec();
    ranked.sort_by_key(|&id| (Reverse(graph.dependency(id).observed.as_ref().map_or(0, |o| o.calls)), id));
    ranked
}

/// `tries: 3 configured, 7 seen`.
fn difference(row: &Discrepancy) -> String {
    let is_time = matches!(row.what, Setting::Timeout | Setting::PerTryTimeout);
    let value = |value: Value| match value {
        Value::Unknown => "none".to_owned(),
        Value::Unlimited => "no limit".to_owned(),
        Value::Number(ms) if is_time => words::duration(ms),
        Value::Number(n) => format!("{n}"),
        Value::Criticality(criticality) => criticality.word().to_owned(),
    };
    let what = match row.what {
        Setting::Tries => "tries",
        Setting::Timeout => "timeout",
        Setting::PerTryTimeout => "timeout of a try",
        Setting::Criticality => "criticality",
    };
    format!("{what}: {} configured, {} seen", value(row.declared), value(row.observed))
}
