//! What several documents hold.

use crate::graph::{self, ComponentId, Graph};
use crate::source::{Inventory, Problem, Tally};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A number, written without a fraction if it has none; `null` if it is not finite.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(pub(super) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        /// Up to here a float holds every integer exactly.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        #[expect(clippy::cast_possible_truncation, reason = "integral and within the exact range")]
        match self.0 {
            n if !n.is_finite() => to.serialize_none(),
            n if n.fract() == 0.0 && n.abs() <= EXACT => to.serialize_i64(n as i64),
            n => to.serialize_f64(n),
        }
    }
}

/// Where something was learnt.
#[derive(Debug, Serialize)]
pub(super) struct Evidence<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    field: &'a str,
}

pub(super) fn evidence(all: &[graph::Evidence]) -> Vec<Evidence<'_>> {
    all.iter().map(|e| Evidence { file: &e.at.file, line: e.at.line, column: e.at.column, field: &e.field }).collect()
}

/// Rows that are made while they are written: all of them at once take more room than all that they are made of.
pub(super) struct Rows<'a, T, R> {
    of: Vec<&'a T>,
    row: Box<dyn Fn(&'a T) -> R + 'a>,
}

impl<'a, T, R> Rows<'a, T, R> {
    pub(super) fn new(of: impl IntoIterator<Item = &'a T>, row: impl Fn(&'a T) -> R + 'a) -> Self {
        Self { of: of.into_iter().collect(), row: Box::new(row) }
    }
}

impl<T, R: Serialize> Serialize for Rows<'_, T, R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.of.iter().map(|of| (self.row)(of)))
    }
}

/// The ids of components, in their order.
pub(super) fn ids<'a>(graph: &'a Graph, components: &[ComponentId]) -> Vec<&'a str> {
    components.iter().map(|&id| id_of(graph, id)).collect()
}

pub(super) fn id_of(graph: &Graph, id: ComponentId) -> &str {
    &graph.component(id).id
}

/// Which component a service of the traces is.
#[derive(Debug, Serialize)]
pub(super) struct MatchRow<'a> {
    service: &'a str,
    component: &'a str,
    rule: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<&'a str>,
}

pub(super) fn match_row<'a>(graph: &'a Graph, found: &'a graph::Match) -> MatchRow<'a> {
    MatchRow {
        service: &found.service,
        component: id_of(graph, found.component),
        rule: found.rule.word(),
        also: ids(graph, &found.also),
    }
}

/// What was read.
#[derive(Debug, Serialize)]
pub(super) struct Inputs<'a> {
    /// What was supposed on top of what was read.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    changes: &'a [std::sync::Arc<str>],
    files: Counts<'a>,
    documents: Counts<'a>,
    spans: Spans<'a>,
    problems: Vec<ProblemRow<'a>>,
}

#[derive(Debug, Serialize)]
struct Counts<'a> {
    seen: u64,
    used: u64,
    ignored: u64,
    failed: u64,
    reasons: &'a BTreeMap<String, u64>,
}

#[derive(Debug, Serialize)]
struct Spans<'a> {
    seen: u64,
    used: u64,
    dropped: u64,
    reasons: &'a BTreeMap<String, u64>,
}

/// What could not be read or understood.
#[derive(Debug, Serialize)]
pub(super) struct ProblemRow<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
}

pub(super) fn inputs<'a>(graph: &'a Graph, inventory: &'a Inventory) -> Inputs<'a> {
    fn of(t: &Tally) -> Counts<'_> {
        Counts { seen: t.seen, used: t.used, ignored: t.ignored, failed: t.failed, reasons: &t.reasons }
    }
    let spans = &inventory.spans;
    Inputs {
        changes: &graph.changes,
        files: of(&inventory.files),
        documents: of(&inventory.documents),
        spans: Spans {
            seen: spans.seen,
            used: spans.used,
            dropped: spans.ignored + spans.failed,
            reasons: &spans.reasons,
        },
        problems: problems(inventory),
    }
}

pub(super) fn problems(inventory: &Inventory) -> Vec<ProblemRow<'_>> {
    fn problem(p: &Problem) -> ProblemRow<'_> {
        ProblemRow {
            file: &p.at.file,
            line: p.at.line,
            column: p.at.column,
            reason: &p.reason,
            remedy: p.remedy.as_deref(),
        }
    }
    inventory.problems.iter().map(problem).collect()
}

/// Something taken for granted.
#[derive(Debug, Serialize)]
pub(super) struct AssumptionRow<'a> {
    pub(super) id: &'a str,
    text: &'a str,
    evidence: Vec<Evidence<'a>>,
    setting: Option<&'a str>,
}

/// What the graph takes for granted.
pub(super) fn assumptions(graph: &Graph) -> Vec<AssumptionRow<'_>> {
    all_assumptions(graph, &[])
}

/// What the graph takes for granted, and what measurements do; by id.
pub(super) fn all_assumptions<'a>(graph: &'a Graph, measured: &'a [graph::Assumption]) -> Vec<AssumptionRow<'a>> {
    let mut all: Vec<&graph::Assumption> = graph.assumptions.iter().chain(measured).collect();
    if !measured.is_empty() {
        all.sort_by(|a, b| a.id.cmp(&b.id));
    }
    let row = |a: &'a graph::Assumption| AssumptionRow {
        id: &a.id,
        text: &a.text,
        evidence: evidence(&a.evidence),
        setting: a.setting.as_deref(),
    };
    all.into_iter().map(row).collect()
}
