use super::parts::{Inputs, Number, id_of, ids, inputs};
use crate::analysis::Level;
use crate::graph::Graph;
use crate::render::{Way, Why};
use crate::source::Inventory;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    worst_paths: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    source: &'a str,
    entry: &'a str,
    by: &'static str,
    value: Number,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    path: Vec<&'a str>,
}

/// The ways by which failures come into an entry: the section `worst_paths` of `linchpin.report/1`. `value` is the
/// probability that the failure gets through along `path`: 1 where no dependency on it declares one.
pub fn worst_paths(graph: &Graph, inventory: &Inventory, why: &Why) -> String {
    let probability = |id| graph.dependency(id).probability.unwrap_or(1.0);
    let row = |way: &Way| Row {
        source: id_of(graph, way.source),
        entry: id_of(graph, why.entry),
        by: "probability",
        value: Number(way.edges.iter().map(|&id| probability(id)).product()),
        state: way.state.word(),
        level: way.level.map(Level::word),
        path: ids(graph, &way.path),
    };
    super::to_text(&Document {
        schema: super::REPORT,
        inputs: inputs(graph, inventory),
        worst_paths: why.ways.iter().map(row).collect(),
    })
}
