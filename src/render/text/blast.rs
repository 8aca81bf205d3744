use super::inputs::supposed;
use super::page::{Ink, Line, Page, arrows, percent, place, shown};
use crate::analysis::{Affected, Blast, State};
use crate::graph::{Graph, Labels};
use crate::render::state_after;
use crate::rules::words::{count, list, number};

/// Rows that fit a screen.
const ROWS: usize = 40;

/// What breaks when something fails: counts, then who, by which way, and where the last step stands.
pub fn blast(graph: &Graph, labels: &Labels, blast: &Blast, limit: Option<usize>) -> String {
    let mut page = Page::default();
    supposed(&mut page, graph);
    let events = blast.events.iter().map(|e| match e.one_instance {
        true => format!("one instance of {}", labels.of(e.component)),
        false => labels.of(e.component).to_owned(),
    });
    let together = if blast.events.len() > 1 { " fail together" } else { " fails" };
    page.line(Line::default().add(Ink::Strong, list(events, 10)).add(Ink::Plain, format!("{together} (outage)")));
    page.line(Line::of(consequences(graph, blast)));
    if blast.affected.is_empty() {
        return page.finish();
    }
    page.gap();
    let mut ranked: Vec<&Affected> = blast.affected.iter().collect();
    ranked.sort_by(|a, b| {
        (b.state.cmp(&a.state))
            .then(b.share.total_cmp(&a.share))
            .then(a.path.len().cmp(&b.path.len()))
            .then(a.component.cmp(&b.component))
    });
    let limit = limit.unwrap_or(ROWS);
    let shown = shown(ranked.len(), limit);
    page.table("  ", ranked.iter().take(shown).map(|a| row(graph, labels, a)).collect());
    page.more("  ", ranked.len(), shown);
    page.gap();
    page.line(Line::default().add(Ink::Dim, "a → b: a needs b"));
    page.finish()
}

fn row(graph: &Graph, labels: &Labels, affected: &Affected) -> Vec<Line> {
    let ink = if affected.state == State::Failed { Ink::Bad } else { Ink::Weak };
    let entry = if graph.component(affected.component).entry.is_some() { " (entry)" } else { "" };
    let share = if affected.share < 1.0 { format!("{} of requests", percent(affected.share)) } else { String::new() };
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
fn consequences(graph: &Graph, blast: &Blast) -> String {
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
    let down = graph.entries().filter(|(id, _)| state_after(blast, *id) == State::Failed).count();
    let is = if down == 1 { "is" } else { "are" };
    match (down, entries) {
        (_, 0) => {}
        (0, _) => text.push_str("; no entry is down"),
        (1, 1) => text.push_str("; the only entry is down"),
        (n, all) if n == all => text.push_str(&format!("; all {all} entries are down")),
        (n, all) => text.push_str(&format!("; {n} of {} {is} down", count(all, "entry", "entries"))),
    }
    text
}
