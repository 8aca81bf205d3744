use super::parts::{Evidence, Inputs, MatchRow, Number, evidence, id_of, inputs, match_row};
use super::report::{LIMIT, Limit, worst};
use crate::analysis::{self, Drift, Value};
use crate::graph::{DependencyId, Graph};
use crate::source::Inventory;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    drift: Section<'a>,
    limits: Vec<Limit>,
}

/// The section `drift` of a report.
#[derive(Debug, Serialize)]
pub(super) struct Section<'a> {
    matches: Vec<MatchRow<'a>>,
    unmatched: Vec<Unmatched<'a>>,
    undeclared: Vec<Undeclared<'a>>,
    unobserved: Vec<Unobserved<'a>>,
    blind_spots: Vec<BlindSpot<'a>>,
    settings: Vec<Setting<'a>>,
}

#[derive(Debug, Serialize)]
struct Unmatched<'a> {
    id: &'a str,
    spans: u64,
}

#[derive(Debug, Serialize)]
struct Undeclared<'a> {
    from: &'a str,
    to: &'a str,
    interaction: &'static str,
    calls: u64,
}

#[derive(Debug, Serialize)]
struct Unobserved<'a> {
    from: &'a str,
    to: &'a str,
    interaction: &'static str,
    evidence: Vec<Evidence<'a>>,
}

#[derive(Debug, Serialize)]
struct BlindSpot<'a> {
    id: &'a str,
    evidence: Vec<Evidence<'a>>,
}

#[derive(Debug, Serialize)]
struct Setting<'a> {
    from: &'a str,
    to: &'a str,
    what: &'static str,
    declared: Worth,
    observed: Worth,
    evidence: Vec<Evidence<'a>>,
}

/// A number, a word, or `null` for what nobody knows.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Worth {
    Number(Number),
    Word(Option<&'static str>),
}

impl From<Value> for Worth {
    fn from(value: Value) -> Self {
        match value {
            Value::Unknown => Worth::Word(None),
            Value::Unlimited => Worth::Word(Some("unlimited")),
            Value::Number(n) => Worth::Number(Number(n)),
            Value::Criticality(criticality) => Worth::Word(Some(criticality.word())),
        }
    }
}

/// Drift alone, as the section `drift` of `linchpin.report/1`, with at most `limit` rows of each sort.
pub fn drift(graph: &Graph, inventory: &Inventory, drift: &Drift, limit: Option<usize>) -> String {
    let mut limits = Vec::new();
    let drift = section(graph, drift, limit.unwrap_or(LIMIT), &mut limits);
    super::to_text(&Document { schema: super::REPORT, inputs: inputs(graph, inventory), drift, limits })
}

pub(super) fn section<'a>(graph: &'a Graph, drift: &Drift, limit: usize, limits: &mut Vec<Limit>) -> Section<'a> {
    let spans = |id: &_| graph.component(*id).spans;
    let matches = worst(&graph.matches, limit, "drift.matches", limits, |m| spans(&m.component) as f64);
    let unmatched = worst(&drift.unmatched, limit, "drift.unmatched", limits, |id| spans(id) as f64);
    let calls = |id: DependencyId| graph.dependency(id).observed.as_ref().map_or(0, |o| o.calls);
    let undeclared = worst(&drift.undeclared, limit, "drift.undeclared", limits, |&id| calls(id) as f64);
    let of_caller = |id: DependencyId| graph.component(graph.dependency(id).from).spans;
    let unobserved = worst(&drift.unobserved, limit, "drift.unobserved", limits, |&id| of_caller(id) as f64);
    let blind_spots = worst(&drift.blind_spots, limit, "drift.blind_spots", limits, |_| 0.0);
    let settings = worst(&drift.settings, limit, "drift.settings", limits, |s| calls(s.dependency) as f64);
    let ends = |id: DependencyId| {
        let d = graph.dependency(id);
        (id_of(graph, d.from), id_of(graph, d.to), d)
    };
    let undeclared = undeclared.into_iter().map(|&id| {
        let (from, to, d) = ends(id);
        Undeclared { from, to, interaction: d.interaction.word(), calls: calls(id) }
    });
    let unobserved = unobserved.into_iter().map(|&id| {
        let (from, to, d) = ends(id);
        Unobserved { from, to, interaction: d.interaction.word(), evidence: evidence(&d.evidence) }
    });
    let blind_spot = |&id: &_| BlindSpot { id: id_of(graph, id), evidence: evidence(&graph.component(id).evidence) };
    let setting = |row: &analysis::Discrepancy| {
        let (from, to, _) = ends(row.dependency);
        let (declared, observed) = (row.declared.into(), row.observed.into());
        let at = row.evidence(graph).map(std::slice::from_ref).unwrap_or_default();
        Setting { from, to, what: row.what.word(), declared, observed, evidence: evidence(at) }
    };
    Section {
        matches: matches.into_iter().map(|m| match_row(graph, m)).collect(),
        unmatched: unmatched.into_iter().map(|id| Unmatched { id: id_of(graph, *id), spans: spans(id) }).collect(),
        undeclared: undeclared.collect(),
        unobserved: unobserved.collect(),
        blind_spots: blind_spots.into_iter().map(blind_spot).collect(),
        settings: settings.into_iter().map(setting).collect(),
    }
}
