use super::parts::{AssumptionRow, Evidence, Inputs, Number, all_assumptions, evidence, id_of, inputs};
use super::report::{LIMIT, Limit, worst};
use crate::analysis::of_timeout;
use crate::analysis::waits::{TimeoutRow, Timeouts};
use crate::graph::{Assumption, Graph};
use crate::source::Inventory;
use serde::Serialize;
use std::sync::Arc;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    timeouts: Vec<Row<'a>>,
    assumptions: Vec<AssumptionRow<'a>>,
    limits: Vec<Limit>,
}

/// A row of the section `timeouts` of a report.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    from: &'a str,
    to: &'a str,
    budget_ms: Number,
    worst_ms: Number,
    slack_ms: Option<Number>,
    wasted_tries: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least_ms: Option<Number>,
    evidence: Vec<Evidence<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assumptions: Vec<Arc<str>>,
}

/// Timeouts alone, as the section `timeouts` of `linchpin.report/1`, with at most `limit` rows.
pub fn timeouts(
    graph: &Graph,
    inventory: &Inventory,
    found: &Timeouts,
    assumptions: &[Assumption],
    limit: Option<usize>,
) -> String {
    let mut limits = Vec::new();
    let timeouts = section(graph, found, limit.unwrap_or(LIMIT), &mut limits);
    super::to_text(&Document {
        schema: super::REPORT,
        inputs: inputs(graph, inventory),
        timeouts,
        assumptions: all_assumptions(graph, assumptions),
        limits,
    })
}

pub(super) fn section<'a>(graph: &'a Graph, found: &Timeouts, limit: usize, limits: &mut Vec<Limit>) -> Vec<Row<'a>> {
    let over = |r: &TimeoutRow| r.worst.at_least - r.budget_ms;
    worst(&found.rows, limit, "timeouts", limits, over).into_iter().map(|r| row(graph, r)).collect()
}

fn row<'a>(graph: &'a Graph, r: &TimeoutRow) -> Row<'a> {
    let bounded = r.worst.ms.is_finite();
    Row {
        from: id_of(graph, r.from),
        to: id_of(graph, r.to),
        budget_ms: Number(r.budget_ms),
        worst_ms: Number(r.worst.ms),
        slack_ms: r.slack_ms().map(Number),
        wasted_tries: r.wasted_tries,
        unbounded: !bounded,
        at_least_ms: (!bounded && r.limited_ms > 0.0).then_some(Number(r.limited_ms)),
        evidence: evidence(&graph.dependency(r.dependency).evidence),
        assumptions: of_timeout(graph, r),
    }
}
