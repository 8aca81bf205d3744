use super::page::{Ink, Line, Page, wrapped};
use crate::graph::{Assumption, Graph};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Width of a line of text.
const WIDTH: usize = 110;

/// What the rows of an answer take for granted, in a line each, in the order of their ids.
pub(super) fn rests_on(page: &mut Page, graph: &Graph, measured: &[Assumption], ids: &BTreeSet<Arc<str>>) {
    let mut all: Vec<&Assumption> = graph.assumptions.iter().chain(measured).filter(|a| ids.contains(&a.id)).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    if all.is_empty() {
        return;
    }
    page.gap();
    page.line(Line::default().add(Ink::Strong, "Assumed"));
    for assumption in all {
        let setting = assumption.setting.as_ref().map_or_else(String::new, |s| format!(" (to say otherwise: {s})"));
        for line in wrapped(&format!("{}{setting}", assumption.text), WIDTH) {
            page.line(Line::of(format!("  {line}")));
        }
    }
}
