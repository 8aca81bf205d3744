use super::gate::{MeasureRow, measure};
use super::parts::{AssumptionRow, Evidence, Inputs, Number, Rows, all_assumptions, evidence, id_of, ids, inputs};
use super::{drift, overload, pools, retries, shared, timeouts, worst_paths};
use crate::analysis::paths::By;
use crate::analysis::{CutSets, Illusion, Improvements, Level, Spof};
use crate::graph::{ComponentId, Graph};
use crate::render::Report;
use crate::rules::{self, Finding, Remedy};
use serde::Serialize;
use std::io;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    entries: Vec<EntryRow<'a>>,
    spofs: Vec<SpofRow<'a>>,
    cut_sets: Vec<CutSetRow<'a>>,
    illusions: Vec<IllusionRow<'a>>,
    shared: Vec<shared::Row<'a>>,
    pools: Vec<pools::Row<'a>>,
    retries: retries::Section<'a>,
    timeouts: Vec<timeouts::Row<'a>>,
    #[serde(flatten)]
    overload: overload::Sections<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worst_paths: Option<Vec<worst_paths::Row<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<drift::Section<'a>>,
    findings: Rows<'a, Finding, FindingRow<'a>>,
    assumptions: Vec<AssumptionRow<'a>>,
    limits: Vec<Limit>,
}

#[derive(Debug, Serialize)]
struct EntryRow<'a> {
    id: &'a str,
    weight: Number,
    origin: &'static str,
}

#[derive(Debug, Serialize)]
struct SpofRow<'a> {
    component: &'a str,
    level: &'static str,
    entries: Vec<&'a str>,
    weight: Number,
    expected_weight: Number,
    path: Vec<&'a str>,
    evidence: Vec<Evidence<'a>>,
    fix: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    improvement: Option<ImprovementRow>,
    folded_into: Option<&'a str>,
}

/// What helps most of what was tried: what to suppose, as `--with` takes it, and the part of the risk of all single
/// failures that is gone then.
#[derive(Debug, Serialize)]
struct ImprovementRow {
    changes: Vec<String>,
    removes: Number,
}

/// A cut set takes one member of each side.
#[derive(Debug, Serialize)]
pub(super) struct CutSetRow<'a> {
    entry: &'a str,
    size: u32,
    sides: Vec<Vec<Member<'a>>>,
    count: u64,
    complete_to: u32,
}

#[derive(Debug, Serialize)]
struct Member<'a> {
    id: &'a str,
    level: &'static str,
}

#[derive(Debug, Serialize)]
struct IllusionRow<'a> {
    owner: &'a str,
    group: Vec<&'a str>,
    claimed: u32,
    real: u32,
    shared: Vec<Root<'a>>,
    entries: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct Root<'a> {
    id: &'a str,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct FindingRow<'a> {
    rule: &'static str,
    name: &'static str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    subjects: Vec<&'a str>,
    path: Vec<&'a str>,
    evidence: Vec<Evidence<'a>>,
    entries: Vec<&'a str>,
    fix: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    measure: Option<MeasureRow>,
    fingerprint: &'a str,
    assumptions: &'a [std::sync::Arc<str>],
}

/// A section that has more rows than are shown.
#[derive(Debug, Serialize)]
pub(super) struct Limit {
    section: &'static str,
    shown: usize,
    total: u64,
}

impl Limit {
    /// Says so if not all rows are shown.
    pub(super) fn note(section: &'static str, shown: usize, total: u64, limits: &mut Vec<Self>) {
        if (shown as u64) < total {
            limits.push(Self { section, shown, total });
        }
    }
}

/// Rows per section unless asked for otherwise. Findings and single points of failure are never limited.
pub(super) const LIMIT: usize = 10_000;

/// The report as `linchpin.report/1`, with at most `limit` rows per section.
pub fn report(report: &Report<'_>, limit: Option<usize>) -> String {
    let mut json = Vec::new();
    // Nothing can go wrong in writing to memory.
    let _ = write_report(report, limit, &mut json);
    String::from_utf8(json).unwrap_or_default()
}

/// The same, written while it is made.
///
/// # Errors
/// If `to` cannot be written to.
pub fn write_report(report: &Report<'_>, limit: Option<usize>, to: &mut dyn io::Write) -> io::Result<()> {
    let Report { graph, labels, analysis, .. } = *report;
    let limit = limit.unwrap_or(LIMIT);
    let remedies: Vec<Remedy> = analysis
        .spofs
        .iter()
        .map(|s| rules::for_spof(graph, labels, s, analysis.improvements.against(s.component)))
        .collect();
    let weight = |entries: &[ComponentId]| -> f64 {
        entries.iter().filter_map(|&e| graph.component(e).entry).map(|e| e.weight).sum()
    };
    let mut limits = Vec::new();
    if let Improvements { tried, total, .. } = analysis.improvements
        && tried < total
    {
        limits.push(Limit { section: "improvements", shown: tried, total: total as u64 });
    }
    let cut_sets = worst(&analysis.cut_sets, limit, "cut_sets", &mut limits, |c| weight(&[c.entry]));
    let illusions = worst(&analysis.illusions, limit, "illusions", &mut limits, |i| weight(&i.entries));
    let shared = shared::section(graph, &analysis.shared, limit, &mut limits);
    let pools = pools::section(graph, &analysis.pools, limit, &mut limits);
    let retries = retries::section(graph, &analysis.retries, limit, &mut limits);
    let timeouts = timeouts::section(graph, &analysis.timeouts, limit, &mut limits);
    let overload = overload::sections(graph, &analysis.overload, limit, &mut limits);
    let of_each = (limit / By::ALL.len()).max(1);
    let worst_paths = analysis.worst_paths.as_ref().map(|p| worst_paths::section(graph, p, of_each, &mut limits));
    let drift = analysis.drift.as_ref().map(|found| drift::section(graph, found, limit, &mut limits));
    let document = Document {
        schema: super::REPORT,
        inputs: inputs(graph, report.inventory),
        entries: graph
            .entries()
            .map(|(id, e)| EntryRow { id: id_of(graph, id), weight: Number(e.weight), origin: e.origin.word() })
            .collect(),
        spofs: analysis.spofs.iter().zip(&remedies).map(|(s, remedy)| spof(report, s, remedy)).collect(),
        cut_sets: cut_sets.into_iter().map(|c| cut_set(graph, c)).collect(),
        illusions: illusions.into_iter().map(|i| illusion(graph, i)).collect(),
        shared,
        pools,
        retries,
        timeouts,
        overload,
        worst_paths,
        drift,
        findings: Rows::new(report.findings, |f| finding(graph, f)),
        assumptions: all_assumptions(graph, &analysis.assumptions),
        limits,
    };
    super::write(&document, to)
}

/// The rows with the greatest badness, in their own order; of equals the first. Says so if any were left out.
pub(super) fn worst<'t, T>(
    rows: &'t [T],
    limit: usize,
    section: &'static str,
    limits: &mut Vec<Limit>,
    badness: impl Fn(&T) -> f64,
) -> Vec<&'t T> {
    if rows.len() <= limit {
        return rows.iter().collect();
    }
    Limit::note(section, limit, rows.len() as u64, limits);
    let mut ranked: Vec<(usize, &T)> = rows.iter().enumerate().collect();
    ranked.sort_by(|(i, a), (j, b)| badness(b).total_cmp(&badness(a)).then(i.cmp(j)));
    ranked.truncate(limit);
    ranked.sort_by_key(|(i, _)| *i);
    ranked.into_iter().map(|(_, row)| row).collect()
}

fn spof<'a>(report: &Report<'a>, s: &Spof, remedy: &'a Remedy) -> SpofRow<'a> {
    let graph = report.graph;
    let improvement = report.analysis.improvements.against(s.component).map(|i| ImprovementRow {
        changes: i.changes.iter().map(|change| change.text(graph)).collect(),
        removes: Number(i.removes),
    });
    SpofRow {
        component: id_of(graph, s.component),
        level: s.level.word(),
        entries: ids(graph, &s.entries),
        weight: Number(s.weight),
        expected_weight: Number(s.expected),
        improvement,
        path: ids(graph, &s.path),
        evidence: evidence(&remedy.evidence),
        fix: &remedy.fix,
        folded_into: s.folded_into.map(|id| id_of(graph, id)),
    }
}

pub(super) fn cut_set<'a>(graph: &'a Graph, c: &CutSets) -> CutSetRow<'a> {
    let member = |&(id, level): &(ComponentId, Level)| Member { id: id_of(graph, id), level: level.word() };
    CutSetRow {
        entry: id_of(graph, c.entry),
        size: c.size,
        sides: c.sides.iter().map(|side| side.iter().map(member).collect()).collect(),
        count: c.count,
        complete_to: c.complete_to,
    }
}

fn illusion<'a>(graph: &'a Graph, i: &Illusion) -> IllusionRow<'a> {
    IllusionRow {
        owner: id_of(graph, i.owner),
        group: ids(graph, &i.group),
        claimed: i.claimed,
        real: i.real,
        shared: i
            .shared
            .iter()
            .map(|&id| Root { id: id_of(graph, id), kind: graph.component(id).kind.word() })
            .collect(),
        entries: ids(graph, &i.entries),
    }
}

pub(super) fn finding<'a>(graph: &'a Graph, f: &'a Finding) -> FindingRow<'a> {
    FindingRow {
        rule: f.rule.code,
        name: f.rule.name,
        severity: f.severity.word(),
        confidence: f.confidence.word(),
        message: &f.message,
        subjects: ids(graph, &f.subjects),
        path: ids(graph, &f.path),
        evidence: evidence(&f.evidence),
        entries: ids(graph, &f.entries),
        fix: &f.fix,
        measure: f.measure.map(measure),
        fingerprint: &f.fingerprint,
        assumptions: &f.assumptions,
    }
}
