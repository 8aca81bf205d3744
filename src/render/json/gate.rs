use super::parts::{Inputs, Number, ProblemRow, ids, inputs, problems};
use super::report::{self, FindingRow};
use crate::gate::{
    Amount, Cause, Compared, Comparison, Gone, LineRange, Lines, Snapshot, State, Undo, Verdict, Waived, Waiver,
    WaiverProblem,
};
use crate::graph::Graph;
use crate::render::Report;
use crate::rules::{Finding, Measure};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    /// `none` for a difference.
    verdict: &'static str,
    base: &'a str,
    head: &'a str,
    remarks: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    blind: &'a [String],
    counts: Counts,
    new: Vec<Row<'a>>,
    worsened: Vec<Row<'a>>,
    improved: Vec<Row<'a>>,
    unchanged: Vec<Row<'a>>,
    waived: Vec<Row<'a>>,
    gone: Vec<GoneRow<'a>>,
    changes: Vec<CauseRow<'a>>,
    waivers: Vec<WaiverProblemRow<'a>>,
    policy: &'a [String],
    problems: Vec<ProblemRow<'a>>,
    inputs: Inputs<'a>,
}

#[derive(Debug, Serialize)]
struct Counts {
    failing: usize,
    new: usize,
    worsened: usize,
    improved: usize,
    unchanged: usize,
    gone: usize,
    waived: usize,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    state: &'static str,
    fails: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<AmountRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<AmountRow<'a>>,
    differences: &'a [String],
    causes: Vec<CauseRow<'a>>,
    undo: Option<UndoRow<'a>>,
    waiver: Option<WaivedRow<'a>>,
    #[serde(flatten)]
    finding: FindingRow<'a>,
}

/// How much of a fault there is on one side.
#[derive(Debug, Serialize)]
struct AmountRow<'a> {
    severity: &'static str,
    message: &'a str,
    entries: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measure: Option<MeasureRow>,
}

#[derive(Debug, Serialize)]
struct CauseRow<'a> {
    file: &'a str,
    line: u32,
    removed: bool,
    what: &'a str,
}

#[derive(Debug, Serialize)]
struct UndoRow<'a> {
    lines: Vec<LinesRow<'a>>,
    least: bool,
}

#[derive(Debug, Serialize)]
struct LinesRow<'a> {
    file: &'a str,
    base: Range,
    head: Range,
}

/// The first line, and the first one after them.
#[derive(Debug, Serialize)]
struct Range {
    start: u32,
    end: u32,
}

#[derive(Debug, Serialize)]
struct WaivedRow<'a> {
    reason: &'a str,
    owner: Option<&'a str>,
    expires: Option<String>,
    file: &'a str,
    line: u32,
}

#[derive(Debug, Serialize)]
struct GoneRow<'a> {
    rule: &'static str,
    name: &'static str,
    severity: &'static str,
    message: &'a str,
    fingerprint: &'a str,
    subjects: Vec<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
}

#[derive(Debug, Serialize)]
struct WaiverProblemRow<'a> {
    file: &'a str,
    line: u32,
    reason: &'a str,
    fails: bool,
}

/// A comparison as `linchpin.gate/1`; without a verdict it is that of `linchpin diff`.
pub fn gate(report: &Report<'_>, comparison: &Comparison) -> String {
    let of = |state: State| comparison.of(state).count();
    let rows = |state: State| comparison.of(state).map(|f| row(report.graph, f)).collect();
    super::to_text(&Document {
        schema: "linchpin.gate/1",
        verdict: comparison.verdict.as_ref().map_or("none", Verdict::word),
        base: &comparison.base,
        head: &comparison.head,
        remarks: &comparison.remarks,
        blind: comparison.blind(),
        counts: Counts {
            failing: comparison.failing().count(),
            new: of(State::New),
            worsened: of(State::Worsened),
            improved: of(State::Improved),
            unchanged: of(State::Unchanged),
            gone: comparison.gone.len(),
            waived: comparison.waived().count(),
        },
        new: rows(State::New),
        worsened: rows(State::Worsened),
        improved: rows(State::Improved),
        unchanged: rows(State::Unchanged),
        waived: comparison.waived().map(|f| row(report.graph, f)).collect(),
        gone: comparison.gone.iter().map(gone).collect(),
        changes: comparison.changes.iter().map(cause).collect(),
        waivers: comparison.waivers.iter().map(problem).collect(),
        policy: &comparison.policy,
        problems: problems(report.inventory),
        inputs: inputs(report.graph, report.inventory),
    })
}

fn row<'a>(graph: &'a Graph, f: &'a Compared) -> Row<'a> {
    Row {
        state: f.state.word(),
        fails: f.fails.as_deref(),
        before: f.was.as_ref().map(before),
        after: f.was.as_ref().map(|_| after(graph, &f.finding)),
        differences: &f.differences,
        causes: f.causes.iter().map(cause).collect(),
        undo: f.undo.as_ref().map(undo),
        waiver: f.waiver.as_ref().map(waived),
        finding: report::finding(graph, &f.finding),
    }
}

fn before(was: &Amount) -> AmountRow<'_> {
    AmountRow {
        severity: was.severity.word(),
        message: &was.message,
        entries: was.entries.iter().map(|name| &**name).collect(),
        measure: was.measure.map(measure),
    }
}

fn after<'a>(graph: &'a Graph, is: &'a Finding) -> AmountRow<'a> {
    AmountRow {
        severity: is.severity.word(),
        message: &is.message,
        entries: ids(graph, &is.entries),
        measure: is.measure.map(measure),
    }
}

fn cause(c: &Cause) -> CauseRow<'_> {
    CauseRow { file: &c.at.file, line: c.at.line, removed: c.removed, what: &c.what }
}

fn undo<'a>(undo: &'a Undo) -> UndoRow<'a> {
    let range = |r: LineRange| Range { start: r.start, end: r.end };
    let row = |l: &'a Lines| LinesRow { file: &l.file, base: range(l.base), head: range(l.head) };
    UndoRow { lines: undo.lines.iter().map(row).collect(), least: undo.least }
}

fn waived(w: &Waived) -> WaivedRow<'_> {
    WaivedRow {
        reason: &w.reason,
        owner: w.owner.as_deref(),
        expires: w.expires.map(|d| d.to_string()),
        file: &w.at.file,
        line: w.at.line,
    }
}

fn gone(g: &Gone) -> GoneRow<'_> {
    GoneRow {
        rule: g.rule.code,
        name: g.rule.name,
        severity: g.severity.word(),
        message: &g.message,
        fingerprint: &g.fingerprint,
        subjects: g.subjects.iter().map(|s| &**s).collect(),
        file: g.at.as_ref().map(|at| &*at.file),
        line: g.at.as_ref().map(|at| at.line),
    }
}

fn problem(w: &WaiverProblem) -> WaiverProblemRow<'_> {
    WaiverProblemRow { file: &w.at.file, line: w.at.line, reason: &w.reason, fails: w.fails }
}

#[derive(Debug, Serialize)]
struct Waivers<'a> {
    schema: &'static str,
    waivers: Vec<WaiverRow<'a>>,
}

#[derive(Debug, Serialize)]
struct WaiverRow<'a> {
    rules: Vec<&'static str>,
    subject: Option<&'a str>,
    #[serde(flatten)]
    granted: WaivedRow<'a>,
    state: &'static str,
    findings: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong: Option<&'a str>,
}

/// Waivers as `linchpin.waivers/1`.
pub fn waivers<'a>(waivers: &[&'a Waiver]) -> String {
    let row = |w: &&'a Waiver| WaiverRow {
        rules: w.rules.iter().map(|r| r.code).collect(),
        subject: w.subject.as_deref(),
        granted: waived(&w.grant),
        state: w.state(),
        findings: w.findings.len(),
        wrong: w.wrong.as_deref(),
    };
    super::to_text(&Waivers { schema: "linchpin.waivers/1", waivers: waivers.iter().map(row).collect() })
}

#[derive(Debug, Serialize)]
struct Baseline<'a> {
    schema: &'static str,
    entries: Vec<&'a str>,
    findings: Vec<BaselineRow<'a>>,
}

#[derive(Debug, Serialize)]
struct BaselineRow<'a> {
    rule: &'static str,
    severity: &'static str,
    fingerprint: &'a str,
    subjects: Vec<&'a str>,
    entries: Vec<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    measure: Option<MeasureRow>,
}

/// The risks that are known, as `linchpin.baseline/1`: sorted, and without places, so that it changes only with them.
pub fn baseline(snapshot: &Snapshot) -> String {
    let mut findings: Vec<BaselineRow<'_>> = snapshot
        .risks
        .iter()
        .map(|r| BaselineRow {
            rule: r.rule.code,
            severity: r.severity.word(),
            fingerprint: &r.fingerprint,
            subjects: r.subjects.iter().map(|s| &**s).collect(),
            entries: r.entries.iter().map(|name| &**name).collect(),
            message: &r.message,
            measure: r.measure.map(measure),
        })
        .collect();
    findings.sort_by(|a, b| (a.rule, &a.subjects, a.fingerprint).cmp(&(b.rule, &b.subjects, b.fingerprint)));
    let entries = snapshot.entries.iter().map(|name| &**name).collect();
    super::to_text(&Baseline { schema: "linchpin.baseline/1", entries, findings })
}

/// How much of a fault there is.
#[derive(Debug, Serialize)]
pub(super) struct MeasureRow {
    of: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
}

pub(super) fn measure(measure: Measure) -> MeasureRow {
    let level = match measure {
        Measure::Level(level) => Some(level.word()),
        _ => None,
    };
    let number = measure.number();
    MeasureRow { of: measure.word(), value: number.map(Number), level, unbounded: number.is_some_and(f64::is_infinite) }
}
