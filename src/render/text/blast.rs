use super::assumed::rests_on;
use super::inputs::supposed;
use super::page::{Ink, Line, Page, arrows, percent, place, shown};
use crate::analysis::scenario::{Fault, Outcome};
use crate::analysis::{Affected, State};
use crate::graph::{DependencyId, Graph, Labels};
use crate::render::story;
use crate::rules::words::{count, list, number};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows that fit a screen.
const ROWS: usize = 40;

/// Links and stops that fit a screen beside them.
const LINKS: usize = 20;

/// What breaks when something fails: counts, then what happens in order and where it stops, then who, by which way, and
/// where the last step stands.
pub fn blast(graph: &Graph, labels: &Labels, outcome: &Outcome, limit: Option<usize>) -> String {
    let mut page = Page::default();
    supposed(&mut page, graph);
    let events = &outcome.scenario.events;
    let named = events.iter().map(|e| match e.one_instance {
        true => format!("one instance of {}", labels.of(e.component)),
        false => labels.of(e.component).to_owned(),
    });
    let asked = story::asked(outcome, events.len() > 1);
    page.line(Line::default().add(Ink::Strong, list(named, 10)).add(Ink::Plain, asked));
    page.line(Line::of(consequences(graph, outcome)));
    let at = |edge: Option<DependencyId>| {
        Line::default().add(Ink::Dim, place(edge.and_then(|id| graph.dependency(id).evidence.first())))
    };
    let links = outcome.links.iter().zip(1u64..).map(|(l, step)| {
        vec![Line::default().add(Ink::Strong, format!("{step:>2}")), Line::of(story::link(labels, l)), at(l.edge)]
    });
    section(&mut page, "What happens, in order", links.collect(), limit);
    let stops = outcome.stops.iter().map(|s| vec![Line::of(story::stop(labels, s)), at(s.edge)]);
    section(&mut page, "Where it stops or is held back", stops.collect(), limit);
    if !outcome.affected.is_empty() {
        page.gap();
        if !outcome.links.is_empty() {
            page.line(Line::default().add(Ink::Strong, "Who is affected"));
        }
        who(&mut page, graph, labels, outcome, limit);
        page.gap();
        let arrow = match outcome.scenario.fault {
            Fault::Outage => "a → b: a needs b",
            _ => "a → b: it comes to a from b",
        };
        page.line(Line::default().add(Ink::Dim, arrow));
    }
    let of_rows = outcome.affected.iter().flat_map(|a| a.assumptions.iter().cloned());
    let of_rows = of_rows.filter(|_| outcome.scenario.fault != Fault::Outage);
    let of_links = outcome.links.iter().flat_map(|l| &l.assumptions).map(|&id| Arc::from(id));
    let all = of_rows.chain(of_links).chain(outcome.assumptions.iter().map(|a| a.id.clone()));
    rests_on(&mut page, graph, &outcome.assumptions, &all.collect::<BTreeSet<Arc<str>>>());
    page.finish()
}

/// Rows under a heading, if there are any.
fn section(page: &mut Page, title: &str, rows: Vec<Vec<Line>>, limit: Option<usize>) {
    if rows.is_empty() {
        return;
    }
    page.gap();
    page.line(Line::default().add(Ink::Strong, title));
    let total = rows.len();
    let fits = shown(total, limit.unwrap_or(LINKS));
    for row in rows.into_iter().take(fits) {
        page.row("  ", row, &[0, 0, 0]);
    }
    page.more("  ", total, fits);
}

/// The affected, the worst first.
fn who(page: &mut Page, graph: &Graph, labels: &Labels, outcome: &Outcome, limit: Option<usize>) {
    let mut ranked: Vec<&Affected> = outcome.affected.iter().collect();
    ranked.sort_by(|a, b| {
        (b.state.cmp(&a.state))
            .then(b.share.total_cmp(&a.share))
            .then(b.without.total_cmp(&a.without))
            .then(a.path.len().cmp(&b.path.len()))
            .then(a.component.cmp(&b.component))
    });
    let shown = shown(ranked.len(), limit.unwrap_or(ROWS));
    page.table("  ", ranked.iter().take(shown).map(|a| row(graph, labels, a)).collect());
    page.more("  ", ranked.len(), shown);
}

fn row(graph: &Graph, labels: &Labels, affected: &Affected) -> Vec<Line> {
    let ink = if affected.state == State::Failed { Ink::Bad } else { Ink::Weak };
    let entry = if graph.component(affected.component).entry.is_some() { " (entry)" } else { "" };
    let share = match (affected.share, affected.without) {
        (share, without) if share <= 0.0 && without < 1.0 => format!("{} of requests go without", percent(without)),
        (share, _) if share <= 0.0 || share >= 1.0 => String::new(),
        (share, _) => format!("{} of requests", percent(share)),
    };
    let evidence = affected.edges.last().and_then(|&id| graph.dependency(id).evidence.first());
    vec![
        Line::default().add(ink, affected.state.word()),
        Line::default().add(Ink::Strong, labels.of(affected.component)).add(Ink::Dim, entry),
        Line::of(share),
        Line::of(arrows(labels, affected.path.iter().rev().copied())),
        Line::default().add(Ink::Dim, place(evidence)),
    ]
}

/// `3 components fail, 1 is degraded; 1 of 2 entries is down`.
fn consequences(graph: &Graph, blast: &Outcome) -> String {
    let in_state = |state| blast.affected.iter().filter(|a| a.state == state).count();
    let (failed, degraded) = (in_state(State::Failed), in_state(State::Degraded));
    let mut text = match failed {
        0 if degraded == 0 => "nothing else is affected".to_owned(),
        0 => "nothing else fails".to_owned(),
        1 => "1 more component fails".to_owned(),
        n => format!("{} more components fail", number(n as u64)),
    };
    match degraded {
        0 => {}
        1 => text.push_str(", 1 is degraded"),
        n => text.push_str(&format!(", {} are degraded", number(n as u64))),
    }
    let entries = graph.entries().count();
    let down = graph.entries().filter(|(id, _)| blast.state_after(*id) == State::Failed).count();
    let is = if down == 1 { "is" } else { "are" };
    match (down, entries) {
        (_, 0) => {}
        (0, _) => text.push_str("; no entry is down"),
        (1, 1) => text.push_str("; the only entry is down"),
        (2, 2) => text.push_str("; both entries are down"),
        (n, all) if n == all => text.push_str(&format!("; all {all} entries are down")),
        (n, all) => text.push_str(&format!("; {n} of {} {is} down", count(all, "entry", "entries"))),
    }
    text
}
