use super::inputs::supposed;
use super::page::{Ink, Line, Page, arrows, percent, place, shown};
use super::paths::{because, value};
use crate::analysis::paths::By;
use crate::analysis::{Level, State};
use crate::graph::{Criticality, Dependency, DependencyId, Graph, Labels, Plane};
use crate::render::{Way, Why};
use crate::rules::words::{count, count_of, duration, number};

/// Rows that fit a screen.
const ROWS: usize = 40;

/// The ways by which failures come into an entry; every step of it if one component was asked for.
pub fn why(graph: &Graph, labels: &Labels, why: &Why, limit: Option<usize>) -> String {
    let mut page = Page::default();
    supposed(&mut page, graph);
    let entry = labels.of(why.entry);
    match (why.asked, &why.ways[..]) {
        (Some(asked), [way]) => {
            let becomes = if way.state == State::Failed { "fails" } else { "is degraded" };
            page.line(Line::default().add(Ink::Strong, format!("{entry} {becomes} when {} fails", labels.of(asked))));
            page.gap();
            steps(&mut page, graph, labels, way.edges.iter().rev());
            worst(&mut page, graph, labels, why, way);
        }
        (Some(asked), _) => {
            page.line(Line::default().add(Ink::Good, format!("{entry} stays up when {} fails", labels.of(asked))));
            match why.harmless.as_deref() {
                None | Some([]) => page.line(Line::of("there is no way from the one to the other")),
                Some(edges) => {
                    page.line(Line::of("there is a way, but something on it keeps the failure off:"));
                    page.gap();
                    steps(&mut page, graph, labels, edges.iter());
                }
            }
        }
        (None, []) => page.line(Line::default().add(Ink::Good, format!("nothing takes {entry} down alone"))),
        (None, ways) => {
            let takes = if ways.len() == 1 { "takes" } else { "take" };
            let things = count(ways.len(), "thing", "things");
            page.line(Line::default().add(Ink::Strong, format!("{things} {takes} {entry} down alone")));
            page.gap();
            let limit = limit.unwrap_or(ROWS);
            let shown = shown(ways.len(), limit);
            page.table("  ", ways.iter().take(shown).map(|way| row(graph, labels, way)).collect());
            page.more("  ", ways.len(), shown);
        }
    }
    page.finish()
}

/// The ways that are worse than the shortest one in some sense.
fn worst(page: &mut Page, graph: &Graph, labels: &Labels, why: &Why, way: &Way) {
    for row in &why.worst {
        let title = match row.by {
            By::Probability if row.path != way.path || row.value < 1.0 => "Most probable",
            By::Length if row.path != way.path => "Longest",
            By::Amplification if row.value > 1.0 => "Calls multiply",
            _ => continue,
        };
        page.gap();
        page.line(Line::default().add(Ink::Strong, format!("{title}: {}{}", value(row), because(row))));
        steps(page, graph, labels, row.edges.iter().rev());
    }
}

fn row(graph: &Graph, labels: &Labels, way: &Way) -> Vec<Line> {
    let level = match way.level {
        Some(Level::Component) => "as a whole",
        Some(level) => level.word(),
        None => "",
    };
    vec![
        Line::default().add(Ink::Strong, labels.of(way.source)),
        Line::of(level),
        Line::of(arrows(labels, way.path.iter().rev().copied())),
        Line::default().add(Ink::Dim, place(graph.component(way.source).evidence.first())),
    ]
}

/// One line for each dependency: who needs whom, how, and where that is said.
pub(super) fn steps<'a>(
    page: &mut Page,
    graph: &Graph,
    labels: &Labels,
    edges: impl Iterator<Item = &'a DependencyId>,
) {
    let rows = edges.map(|&id| {
        let d = graph.dependency(id);
        let said = d.evidence.first().map_or_else(String::new, |e| format!("{} {}", e.at, e.field));
        vec![
            Line::of(format!("{} → {}", labels.of(d.from), labels.of(d.to))),
            Line::of(describe(graph, d)),
            Line::default().add(Ink::Dim, said),
        ]
    });
    page.table("  ", rows.collect());
}

/// `sync, hard (assumed)`, `read, soft (41 of 41 failures contained)`, `sync, 1 of 2`, and what traces saw of it.
pub(super) fn describe(graph: &Graph, d: &Dependency) -> String {
    let mut text = d.interaction.word().to_owned();
    text.push_str(match (d.criticality, d.assumed) {
        (Criticality::Hard, true) => ", hard (assumed)",
        (Criticality::Hard, false) => ", hard",
        (Criticality::Soft, _) => ", soft",
    });
    if let Some(o) = d.observed.as_ref().filter(|o| d.criticality == Criticality::Soft && o.failures > 0) {
        text.push_str(&format!(" ({} of {} failures contained)", number(o.contained), number(o.failures)));
    }
    if let Some(r) = d.requirement.map(|id| graph.requirement(id)) {
        text.push_str(&format!(", {} of {}", r.need, r.members.len()));
    }
    if d.plane != Plane::Runtime {
        text.push_str(&format!(", {} only", d.plane.word()));
    }
    if d.observed.is_some() {
        text.push_str(&format!("; {}", seen(d)));
    }
    text
}

/// `1,204 calls, <1 % fail, p99 38 ms, 42 % of requests`; nothing if no trace shows it.
pub(super) fn seen(d: &Dependency) -> String {
    let Some(o) = &d.observed else { return String::new() };
    let mut text = count_of(o.calls, "call", "calls");
    if o.errors > 0 {
        text.push_str(&format!(", {} fail", percent((o.errors as f64 / o.calls.max(1) as f64).min(1.0))));
    }
    if let Some(p99) = o.p99_ms {
        text.push_str(&format!(", p99 {}", duration(p99)));
    }
    if let Some(share) = o.share.filter(|&share| share < 1.0) {
        text.push_str(&format!(", {} of requests", percent(share)));
    }
    text
}
