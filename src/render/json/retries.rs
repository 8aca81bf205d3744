use super::parts::{AssumptionRow, Inputs, Number, Rows, all_assumptions, id_of, ids, inputs};
use super::report::{LIMIT, Limit};
use crate::analysis::amplification::{Amplification, Fault, Hop, Retries, RetryCycle};
use crate::analysis::call::{Bound, LayerTries};
use crate::analysis::{of_amplification, of_cycle};
use crate::graph::{Assumption, Graph};
use crate::source::Inventory;
use serde::Serialize;
use std::cmp::Ordering;
use std::sync::Arc;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    retries: Section<'a>,
    assumptions: Vec<AssumptionRow<'a>>,
    limits: Vec<Limit>,
}

/// The section `retries` of a report.
#[derive(Serialize)]
pub(super) struct Section<'a> {
    amplification: Rows<'a, Amplification, Row<'a>>,
    cycles: Vec<CycleRow<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    entry: &'a str,
    target: &'a str,
    fault: &'static str,
    sum: Number,
    max: Number,
    max_unbudgeted: Number,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
    path: Vec<&'a str>,
    hops: Vec<HopRow<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assumptions: Vec<Arc<str>>,
}

#[derive(Debug, Serialize)]
struct HopRow<'a> {
    from: &'a str,
    to: &'a str,
    calls: Number,
    tries: Number,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    circuit_breaker: bool,
    layers: Vec<Layer>,
}

#[derive(Debug, Serialize)]
struct Layer {
    layer: &'static str,
    configured: Number,
    tries: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct CycleRow<'a> {
    members: Vec<&'a str>,
    gain: Number,
    spectral_radius: Number,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bound: bool,
    stable: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
    witness: Vec<&'a str>,
    assumptions: Vec<Arc<str>>,
}

/// Retries alone, as the section `retries` of `linchpin.report/1`, with at most `limit` rows.
pub fn retries(
    graph: &Graph,
    inventory: &Inventory,
    found: &Retries,
    assumptions: &[Assumption],
    limit: Option<usize>,
) -> String {
    let mut limits = Vec::new();
    let retries = section(graph, found, limit.unwrap_or(LIMIT), &mut limits);
    super::to_text(&Document {
        schema: super::REPORT,
        inputs: inputs(graph, inventory),
        retries,
        assumptions: all_assumptions(graph, assumptions),
        limits,
    })
}

pub(super) fn section<'a>(graph: &'a Graph, found: &'a Retries, limit: usize, limits: &mut Vec<Limit>) -> Section<'a> {
    let kept = &found.amplification;
    let mut rows: Vec<&Amplification> = kept.rows.iter().collect();
    if rows.len() > limit {
        let worse = |a: &&Amplification, b: &&Amplification| -> Ordering {
            let place = |r: &Amplification| (r.entry, r.target, r.fault);
            b.max.total_cmp(&a.max).then(b.sum.total_cmp(&a.sum)).then(place(a).cmp(&place(b)))
        };
        rows.sort_by(worse);
        rows.truncate(limit);
        rows.sort_by_key(|r| (r.entry, r.target, r.fault));
    }
    Limit::note("retries.amplification", rows.len(), kept.total, limits);
    Section {
        amplification: Rows::new(rows, |r| row(graph, r)),
        cycles: found.cycles.iter().map(|c| cycle(graph, c)).collect(),
    }
}

fn row<'a>(graph: &'a Graph, r: &Amplification) -> Row<'a> {
    Row {
        entry: id_of(graph, r.entry),
        target: id_of(graph, r.target),
        fault: Fault::word(r.fault),
        sum: Number(r.sum),
        max: Number(r.max),
        max_unbudgeted: Number(r.max_unbudgeted),
        unbounded: [r.sum, r.max, r.max_unbudgeted].iter().any(|v| v.is_infinite()),
        path: ids(graph, &r.path),
        hops: r.hops.iter().map(|h| hop(graph, h)).collect(),
        assumptions: of_amplification(graph, r),
    }
}

fn hop<'a>(graph: &'a Graph, h: &Hop) -> HopRow<'a> {
    HopRow {
        from: id_of(graph, h.from),
        to: id_of(graph, h.to),
        calls: Number(h.calls),
        tries: Number(h.layers.iter().map(|l| l.tries).product()),
        circuit_breaker: graph.dependency(h.dependency).circuit_breaker,
        layers: h.layers.iter().filter(|l| l.configured > 1.0).map(layer).collect(),
    }
}

fn layer(l: &LayerTries) -> Layer {
    let bound = match l.bound {
        Bound::Nothing => None,
        Bound::Condition => Some("condition"),
        Bound::Deadline => Some("deadline"),
        Bound::FirstTry => Some("first-try"),
        Bound::Budget => Some("budget"),
    };
    Layer { layer: l.layer.word(), configured: Number(l.configured), tries: Number(l.tries), bound }
}

fn cycle<'a>(graph: &'a Graph, c: &RetryCycle) -> CycleRow<'a> {
    CycleRow {
        members: ids(graph, &c.members),
        gain: Number(c.gain),
        spectral_radius: Number(c.spectral_radius),
        bound: c.bound,
        stable: !c.unstable(),
        unbounded: c.gain.is_infinite() || c.spectral_radius.is_infinite(),
        witness: ids(graph, &c.witness),
        assumptions: of_cycle(graph, c),
    }
}
