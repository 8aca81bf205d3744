use super::parts::{Inputs, inputs};
use super::report::{CutSetRow, LIMIT, Limit, cut_set, worst};
use crate::analysis::CutSets;
use crate::graph::Graph;
use crate::source::Inventory;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    cut_sets: Vec<CutSetRow<'a>>,
    limits: Vec<Limit>,
}

/// Minimal cut sets alone, as the section `cut_sets` of `linchpin.report/1`, with at most `limit` rows.
pub fn cuts(graph: &Graph, inventory: &Inventory, rows: &[CutSets], limit: Option<usize>) -> String {
    let mut limits = Vec::new();
    let cut_sets = worst(rows, limit.unwrap_or(LIMIT), "cut_sets", &mut limits, |row| -f64::from(row.size));
    let cut_sets = cut_sets.into_iter().map(|row| cut_set(graph, row)).collect();
    super::to_text(&Document { schema: super::REPORT, inputs: inputs(graph, inventory), cut_sets, limits })
}
