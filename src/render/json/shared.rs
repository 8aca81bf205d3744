use super::parts::{AssumptionRow, Inputs, all_assumptions, id_of, ids, inputs};
use super::pools;
use super::report::{LIMIT, Limit, worst};
use crate::analysis::{PoolRow, Shared};
use crate::graph::{Assumption, ComponentId, Graph};
use crate::source::Inventory;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    shared: Vec<Row<'a>>,
    pools: Vec<pools::Row<'a>>,
    assumptions: Vec<AssumptionRow<'a>>,
    limits: Vec<Limit>,
}

/// A row of the section `shared` of a report.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    component: &'a str,
    dependents: Vec<&'a str>,
    entries: Vec<&'a str>,
}

/// What is shared alone, as the sections `shared` and `pools` of `linchpin.report/1`, with at most `limit` rows each.
pub fn shared(
    graph: &Graph,
    inventory: &Inventory,
    (shared, found): (&[Shared], &[PoolRow]),
    assumptions: &[Assumption],
    limit: Option<usize>,
) -> String {
    let limit = limit.unwrap_or(LIMIT);
    let mut limits = Vec::new();
    let shared = section(graph, shared, limit, &mut limits);
    let pools = pools::section(graph, found, limit, &mut limits);
    super::to_text(&Document {
        schema: super::REPORT,
        inputs: inputs(graph, inventory),
        shared,
        pools,
        assumptions: all_assumptions(graph, assumptions),
        limits,
    })
}

pub(super) fn section<'a>(graph: &'a Graph, found: &[Shared], limit: usize, limits: &mut Vec<Limit>) -> Vec<Row<'a>> {
    let weight = |entries: &[ComponentId]| -> f64 {
        entries.iter().filter_map(|&e| graph.component(e).entry).map(|e| e.weight).sum()
    };
    let row = |s: &Shared| Row {
        component: id_of(graph, s.component),
        dependents: ids(graph, &s.dependents),
        entries: ids(graph, &s.entries),
    };
    worst(found, limit, "shared", limits, |s| weight(&s.entries)).into_iter().map(row).collect()
}
