use super::parts::{AssumptionRow, Inputs, Number, all_assumptions, id_of, ids, inputs};
use super::report::{LIMIT, Limit};
use crate::analysis::paths::{By, WorstPath, WorstPaths, probability};
use crate::analysis::{Level, of_worst_path};
use crate::graph::{Assumption, Graph};
use crate::render::{Way, Why};
use crate::source::Inventory;
use serde::Serialize;
use std::sync::Arc;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    worst_paths: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assumptions: Option<Vec<AssumptionRow<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<Vec<Limit>>,
}

/// A row of the section `worst_paths` of a report.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    source: &'a str,
    entry: &'a str,
    by: &'static str,
    value: Number,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bound: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    path: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assumptions: Vec<Arc<str>>,
}

/// The worst ways into entries: the section `worst_paths` of `linchpin.report/1`, with at most `limit` rows of each sort.
pub fn paths(
    graph: &Graph,
    inventory: &Inventory,
    found: &WorstPaths,
    assumptions: &[Assumption],
    limit: Option<usize>,
) -> String {
    let mut limits = Vec::new();
    let worst_paths = section(graph, found, limit.unwrap_or(LIMIT), &mut limits);
    super::to_text(&Document {
        schema: super::REPORT,
        inputs: inputs(graph, inventory),
        worst_paths,
        assumptions: Some(all_assumptions(graph, assumptions)),
        limits: Some(limits),
    })
}

pub(super) fn section<'a>(graph: &'a Graph, found: &WorstPaths, limit: usize, limits: &mut Vec<Limit>) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let (looked_at, all) = found.sources;
    Limit::note("worst_paths.sources", looked_at, all as u64, limits);
    for (&by, &total) in &found.total {
        let name = match by {
            By::Probability => "worst_paths.probability",
            By::Length => "worst_paths.length",
            By::Amplification => "worst_paths.amplification",
        };
        let mut of: Vec<&WorstPath> = found.rows.iter().filter(|r| r.by == by).collect();
        of.sort_by(|a, b| a.rank(graph, b));
        of.truncate(limit);
        of.sort_by_key(|r| (r.source, r.entry));
        Limit::note(name, of.len(), total, limits);
        rows.extend(of.into_iter().map(|r| row(graph, r)));
    }
    rows
}

fn row<'a>(graph: &'a Graph, r: &WorstPath) -> Row<'a> {
    Row {
        source: id_of(graph, r.source),
        entry: id_of(graph, r.entry),
        by: r.by.word(),
        value: Number(r.value),
        unbounded: r.value.is_infinite(),
        bound: r.bound,
        state: None,
        level: None,
        path: ids(graph, &r.path),
        assumptions: of_worst_path(graph, r),
    }
}

/// The ways by which failures come into an entry: the section `worst_paths` of `linchpin.report/1`. `value` is the
/// probability that the failure gets through along `path`: 1 where nothing says otherwise. For one component that was
/// asked for there are its longest way and the one along which calls multiply most, too.
pub fn why(graph: &Graph, inventory: &Inventory, why: &Why) -> String {
    let likely = |way: &Way| why.worst.iter().find(|r| r.by == By::Probability && r.source == way.source);
    let of_way = |way: &Way| {
        let along = || way.edges.iter().map(|&id| probability(graph.dependency(id))).product();
        let (value, path) = likely(way).map_or_else(|| (along(), &way.path), |r| (r.value, &r.path));
        Row {
            source: id_of(graph, way.source),
            entry: id_of(graph, why.entry),
            by: By::Probability.word(),
            value: Number(value),
            unbounded: false,
            bound: false,
            state: Some(way.state.word()),
            level: way.level.map(Level::word),
            path: ids(graph, path),
            assumptions: Vec::new(),
        }
    };
    let others = why.worst.iter().filter(|r| r.by != By::Probability).map(|r| row(graph, r));
    super::to_text(&Document {
        schema: super::REPORT,
        inputs: inputs(graph, inventory),
        worst_paths: why.ways.iter().map(of_way).chain(others).collect(),
        assumptions: None,
        limits: None,
    })
}
