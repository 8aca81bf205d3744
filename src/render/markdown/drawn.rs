use crate::graph::ComponentId;
use crate::render::Report;
use crate::render::mermaid::mermaid;
use crate::render::picture::{Picture, Show};
use crate::rules::digest::Row;
use std::collections::BTreeSet;

/// More boxes than that are no picture.
const BOXES: usize = 40;
/// Mermaid draws no longer text.
const LENGTH: usize = 20_000;

/// The ways of what takes an entry down alone.
pub(super) fn ways<'r>(report: &Report<'_>, rows: impl Iterator<Item = &'r Row>) -> String {
    picture(report, rows.map(|row| if row.way.is_empty() { row.components.clone() } else { row.way.clone() }))
}

/// The part of the graph along some ways, as many of them as have room.
pub(super) fn picture(report: &Report<'_>, ways: impl Iterator<Item = Vec<ComponentId>>) -> String {
    let mut only: BTreeSet<ComponentId> = BTreeSet::new();
    for way in ways {
        let with: BTreeSet<ComponentId> = only.iter().copied().chain(way).collect();
        if with.len() <= BOXES {
            only = with;
        }
    }
    // One box says nothing.
    if only.len() < 2 {
        return String::new();
    }
    let show = Show { only: Some(&only), ..Show::default() };
    let text = mermaid(&Picture::new(report.graph, report.labels, report.analysis, show));
    if text.len() > LENGTH { String::new() } else { format!("```mermaid\n{text}```\n\n") }
}
