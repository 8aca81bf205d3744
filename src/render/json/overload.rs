use super::parts::{AssumptionRow, Inputs, Number, all_assumptions, id_of, ids, inputs};
use super::report::{LIMIT, Limit, worst};
use crate::analysis::overload::{Backlog, Brakes, Cascade, Feedback, Holder, OUTAGE_MS, Overload, Row as Judged};
use crate::graph::{Assumption, ComponentId, DependencyId, Graph};
use crate::source::Inventory;
use serde::Serialize;
use std::sync::Arc;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    #[serde(flatten)]
    sections: Sections<'a>,
    assumptions: Vec<AssumptionRow<'a>>,
    limits: Vec<Limit>,
}

/// The sections `metastable`, `cascades`, `feedback` and `backlogs` of a report.
#[derive(Debug, Serialize)]
pub(super) struct Sections<'a> {
    metastable: Vec<Row<'a>>,
    cascades: Vec<CascadeRow<'a>>,
    feedback: Vec<FeedbackRow<'a>>,
    backlogs: Vec<BacklogRow<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    component: &'a str,
    capacity: Number,
    load: Number,
    amplification: Number,
    amplification_capped: Number,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
    hidden_capacity: Number,
    regime: &'static str,
    certain_regime: &'static str,
    sustained_by: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    herd: Option<HerdRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brakes: Option<BrakesRow<'a>>,
    assumptions: Vec<Arc<str>>,
}

/// Requests that come back when it recovers: at once, or at a rate with full jitter over the longest pause.
#[derive(Debug, Serialize)]
struct HerdRow {
    requests: Number,
    window_ms: Number,
    rps_with_jitter: Number,
    /// Whether the pauses are random; absent if nobody says.
    #[serde(skip_serializing_if = "Option::is_none")]
    jitter: Option<bool>,
}

/// What gets it out of a state that sustains itself, each alone.
#[derive(Debug, Serialize)]
struct BrakesRow<'a> {
    budget: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    breaker: Option<Ends<'a>>,
    shed_to: Number,
    capacity: Number,
}

#[derive(Debug, Serialize)]
struct Ends<'a> {
    from: &'a str,
    to: &'a str,
}

#[derive(Debug, Serialize)]
struct CascadeRow<'a> {
    trigger: &'a str,
    what: &'static str,
    first: Vec<&'a str>,
    overloaded: Vec<ExcessRow<'a>>,
}

#[derive(Debug, Serialize)]
struct ExcessRow<'a> {
    component: &'a str,
    load: Number,
    capacity: Number,
    stays: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
    assumptions: Vec<Arc<str>>,
}

#[derive(Debug, Serialize)]
struct FeedbackRow<'a> {
    pool: &'a str,
    places: Number,
    slow: Option<&'a str>,
    gain: Option<Number>,
    spectral_radius: Option<Number>,
    feeds_itself: Option<bool>,
    exhausted_from: Number,
    sustained_from: Number,
    holders: Vec<HolderRow<'a>>,
}

#[derive(Debug, Serialize)]
struct HolderRow<'a> {
    component: &'a str,
    hold_ms: Number,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
    share: Number,
    uses: Option<Number>,
    amplification: Number,
    load: Option<Number>,
    path: Vec<&'a str>,
    retried_by: Option<&'a str>,
    assumptions: Vec<Arc<str>>,
}

#[derive(Debug, Serialize)]
struct BacklogRow<'a> {
    queue: &'a str,
    consumer: &'a str,
    load: Option<Number>,
    drain: Option<Number>,
    retention_ms: Option<Number>,
    loss_after_ms: Option<Number>,
    given_up_after_ms: Option<Number>,
    outage_ms: Number,
    backlog: Option<Number>,
    lost: Option<Number>,
    drain_ms: Option<Number>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unbounded: bool,
    assumptions: Vec<Arc<str>>,
}

/// Overload alone, as those sections of `linchpin.report/1`, with at most `limit` rows each.
pub fn overload(
    graph: &Graph,
    inventory: &Inventory,
    found: &Overload,
    assumptions: &[Assumption],
    limit: Option<usize>,
) -> String {
    let mut limits = Vec::new();
    let sections = sections(graph, found, limit.unwrap_or(LIMIT), &mut limits);
    super::to_text(&Document {
        schema: super::REPORT,
        inputs: inputs(graph, inventory),
        sections,
        assumptions: all_assumptions(graph, assumptions),
        limits,
    })
}

pub(super) fn sections<'a>(graph: &'a Graph, found: &Overload, limit: usize, limits: &mut Vec<Limit>) -> Sections<'a> {
    Limit::note("cascades.triggers", found.cascades.tried, found.cascades.total as u64, limits);
    Limit::note("metastable.amplification", found.exact, found.rows.len() as u64, limits);
    let over = |r: &Judged| r.load * r.amplification / r.capacity;
    let rows = worst(&found.rows, limit, "metastable", limits, over);
    let cascades = worst(&found.cascades.rows, limit, "cascades", limits, |c| c.overloaded.len() as f64);
    let feedback = worst(&found.feedbacks, limit, "feedback", limits, |f| f.gain.unwrap_or(0.0));
    let backlogs = worst(&found.backlogs, limit, "backlogs", limits, |b| b.waiting(OUTAGE_MS).unwrap_or(0.0));
    Sections {
        metastable: rows.into_iter().map(|r| row(graph, found, r)).collect(),
        cascades: cascades.into_iter().map(|c| cascade(graph, found, c)).collect(),
        feedback: feedback.into_iter().map(|f| of_feedback(graph, found, f)).collect(),
        backlogs: backlogs.into_iter().map(|b| backlog(graph, found, b)).collect(),
    }
}

fn row<'a>(graph: &'a Graph, found: &Overload, r: &Judged) -> Row<'a> {
    let mut triggers: Vec<ComponentId> = found.sustained_by(r.component).map(|t| t.component()).collect();
    triggers.sort_unstable();
    triggers.dedup();
    Row {
        component: id_of(graph, r.component),
        capacity: Number(r.capacity),
        load: Number(r.load),
        amplification: Number(r.amplification),
        amplification_capped: Number(r.amplification_capped),
        unbounded: r.amplification.is_infinite() || r.amplification_capped.is_infinite(),
        hidden_capacity: Number(r.hidden_capacity()),
        regime: r.regime.word(),
        certain_regime: r.certain.word(),
        sustained_by: ids(graph, &triggers),
        herd: r.herd.map(|h| HerdRow {
            requests: Number(h.requests),
            window_ms: Number(h.window_ms),
            rps_with_jitter: Number(h.with_jitter()),
            jitter: h.jitter,
        }),
        brakes: r.brakes.as_ref().map(|b| brakes(graph, b)),
        assumptions: found.of(r.component),
    }
}

fn brakes<'a>(graph: &'a Graph, b: &Brakes) -> BrakesRow<'a> {
    let ends = |id: DependencyId| {
        let d = graph.dependency(id);
        Ends { from: id_of(graph, d.from), to: id_of(graph, d.to) }
    };
    let (budget, breaker) = (b.budget.map(Number), b.breaker.map(ends));
    BrakesRow { budget, breaker, shed_to: Number(b.shed_to), capacity: Number(b.capacity) }
}

fn cascade<'a>(graph: &'a Graph, found: &Overload, c: &Cascade) -> CascadeRow<'a> {
    let excess = c.overloaded.iter().map(|e| ExcessRow {
        component: id_of(graph, e.component),
        load: Number(e.load),
        capacity: Number(e.capacity),
        stays: e.stays,
        unbounded: e.load.is_infinite(),
        assumptions: found.of(e.component),
    });
    CascadeRow {
        trigger: id_of(graph, c.trigger.component()),
        what: c.trigger.word(),
        first: ids(graph, &c.first),
        overloaded: excess.collect(),
    }
}

fn of_feedback<'a>(graph: &'a Graph, found: &Overload, f: &Feedback) -> FeedbackRow<'a> {
    FeedbackRow {
        pool: id_of(graph, f.pool),
        places: Number(f.places),
        slow: f.slow(graph).map(|id| id_of(graph, id)),
        gain: f.gain.map(Number),
        spectral_radius: f.spectral_radius.map(Number),
        feeds_itself: f.feeds_itself(),
        exhausted_from: Number(f.exhausted_from()),
        sustained_from: Number(f.sustained_from()),
        holders: f.holders.iter().map(|h| holder(graph, found, h)).collect(),
    }
}

fn holder<'a>(graph: &'a Graph, found: &Overload, h: &Holder) -> HolderRow<'a> {
    let mut assumptions: Vec<Arc<str>> = h.bases.iter().map(|b| b.id().into()).collect();
    if h.load.is_some() {
        assumptions.extend(found.of(h.component));
    }
    assumptions.sort_unstable();
    assumptions.dedup();
    let path = h.calls.iter().rev().map(|&id| id_of(graph, graph.dependency(id).to));
    HolderRow {
        component: id_of(graph, h.component),
        hold_ms: Number(h.hold_ms),
        unbounded: h.hold_ms.is_infinite(),
        share: Number(h.share),
        uses: h.most.map(Number),
        amplification: Number(h.amplification),
        load: h.load.map(Number),
        path: path.chain([id_of(graph, h.component)]).collect(),
        retried_by: h.retried_by.map(|(id, _)| id_of(graph, id)),
        assumptions,
    }
}

fn backlog<'a>(graph: &'a Graph, found: &Overload, b: &Backlog) -> BacklogRow<'a> {
    let drain_ms = b.drain_ms(OUTAGE_MS);
    BacklogRow {
        queue: id_of(graph, b.queue),
        consumer: id_of(graph, b.consumer),
        load: b.load.map(Number),
        drain: b.drain.map(Number),
        retention_ms: b.retention_ms.map(Number),
        loss_after_ms: b.longest_without_loss_ms().map(Number),
        given_up_after_ms: b.given_up_ms.map(Number),
        outage_ms: Number(OUTAGE_MS),
        backlog: b.waiting(OUTAGE_MS).map(Number),
        lost: b.lost(OUTAGE_MS).map(Number),
        drain_ms: drain_ms.map(Number),
        unbounded: drain_ms.is_some_and(f64::is_infinite),
        assumptions: if b.load.is_some() { found.of(b.consumer) } else { Vec::new() },
    }
}
