use super::inputs::supposed;
use super::page::{Ink, Line, Page, place};
use super::why::describe;
use crate::graph::{Component, ComponentId, Graph, Labels};
use crate::rules::words::count;
use std::collections::BTreeSet;

/// Each component with what it needs and who needs it.
pub fn graph(graph: &Graph, labels: &Labels, only: Option<&BTreeSet<ComponentId>>) -> String {
    let mut page = Page::default();
    supposed(&mut page, graph);
    for id in graph.ids().filter(|id| only.is_none_or(|shown| shown.contains(id))) {
        let c = graph.component(id);
        page.gap();
        page.line(
            Line::default()
                .add(Ink::Strong, labels.of(id))
                .add(Ink::Plain, format!("  {}", facts(c)))
                .add(Ink::Dim, format!("  {}", place(c.evidence.first()))),
        );
        let needs = graph.providers(id).map(|(_, d)| ("→", d.to, d));
        let needed = graph.dependents(id).map(|(_, d)| ("←", d.from, d));
        let rows = needs.chain(needed).map(|(arrow, other, d)| {
            vec![
                Line::default().add(Ink::Dim, arrow),
                Line::of(labels.of(other)),
                Line::of(describe(graph, d)),
                Line::default().add(Ink::Dim, place(d.evidence.first())),
            ]
        });
        page.table("  ", rows.collect());
    }
    page.finish()
}

/// `datastore, 1 instance, entry`.
fn facts(c: &Component) -> String {
    let mut text = c.kind.word().to_owned();
    if let Some(r) = c.replicas {
        text.push_str(&format!(", {}", count(r.count as usize, "instance", "instances")));
    }
    if c.off {
        text.push_str(", off");
    }
    if let Some(entry) = c.entry {
        text.push_str(&format!(", entry ({})", entry.origin.word()));
    }
    if c.telemetry {
        text.push_str(", telemetry");
    }
    text
}
