use super::parts::{AssumptionRow, Inputs, Number, all_assumptions, evidence, id_of, ids, inputs};
use crate::analysis::scenario::{Brake, Link, Outcome, Stop, What};
use crate::analysis::{self, State};
use crate::graph::{ComponentId, Graph, Labels};
use crate::render::story;
use crate::source::Inventory;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    inputs: Inputs<'a>,
    fault: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<Number>,
    failed: Vec<&'a str>,
    affected: Vec<Affected<'a>>,
    entries: Vec<EntryRow<'a>>,
    links: Vec<Map<String, Value>>,
    stops: Vec<Map<String, Value>>,
    assumptions: Vec<AssumptionRow<'a>>,
}

#[derive(Debug, Serialize)]
struct Affected<'a> {
    id: &'a str,
    state: &'static str,
    share: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    without_share: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_impact_ms: Option<Number>,
    path: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operations: Vec<Operation<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    assumptions: &'a [Arc<str>],
}

#[derive(Debug, Serialize)]
struct Operation<'a> {
    operation: &'a str,
    state: &'static str,
    share: Number,
}

#[derive(Debug, Serialize)]
struct EntryRow<'a> {
    id: &'a str,
    state: &'static str,
    weight: Number,
}

/// What breaks when something fails, as `linchpin.blast/1`. `entries` are those that are hit, one that failed itself
/// included.
pub fn blast(graph: &Graph, labels: &Labels, inventory: &Inventory, outcome: &Outcome) -> String {
    let scenario = &outcome.scenario;
    let failed: Vec<_> = scenario.events.iter().map(|e| e.component).collect();
    super::to_text(&Document {
        schema: "linchpin.blast/1",
        inputs: inputs(graph, inventory),
        fault: scenario.fault.word(),
        latency_ms: scenario.latency_ms.map(Number),
        duration_ms: scenario.duration_ms.map(Number),
        load: scenario.load.map(Number),
        failed: ids(graph, &failed),
        affected: outcome.affected.iter().map(|a| affected(graph, a)).collect(),
        entries: graph
            .entries()
            .map(|(id, entry)| (id, outcome.state_after(id), entry.weight))
            .filter(|(_, state, _)| *state != State::Ok)
            .map(|(id, state, weight)| EntryRow { id: id_of(graph, id), state: state.word(), weight: Number(weight) })
            .collect(),
        links: outcome.links.iter().zip(1u64..).map(|(l, step)| link(graph, labels, l, step)).collect(),
        stops: outcome.stops.iter().map(|s| stop(graph, labels, s)).collect(),
        assumptions: all_assumptions(graph, &outcome.assumptions),
    })
}

fn affected<'a>(graph: &'a Graph, a: &'a analysis::Affected) -> Affected<'a> {
    let operation = |o: &'a analysis::AffectedOperation| Operation {
        operation: &o.name,
        state: o.state.word(),
        share: Number(o.share),
    };
    Affected {
        id: id_of(graph, a.component),
        state: a.state.word(),
        share: Number(a.share),
        without_share: (a.without > 0.0).then_some(Number(a.without)),
        time_to_impact_ms: a.time_to_impact_ms.map(Number),
        path: ids(graph, &a.path),
        operations: a.operations.iter().map(operation).collect(),
        assumptions: &a.assumptions,
    }
}

/// The keys of one row, in the order in which they are given; what is not there is left out.
struct Keys<'g> {
    graph: &'g Graph,
    row: Map<String, Value>,
}

impl Keys<'_> {
    fn word(&mut self, key: &str, value: impl Into<Value>) {
        self.row.insert(key.to_owned(), value.into());
    }

    fn id(&mut self, key: &str, id: ComponentId) {
        self.word(key, id_of(self.graph, id));
    }

    /// A number; one without end is `null` and says so, one that is not known is left out.
    fn n(&mut self, key: &str, n: f64) {
        if n.is_nan() {
            return;
        }
        if n.is_infinite() {
            self.word("unbounded", true);
        }
        self.word(key, serde_json::to_value(Number(n)).unwrap_or_default());
    }

    fn known(&mut self, key: &str, n: Option<f64>) {
        if let Some(n) = n {
            self.n(key, n);
        }
    }

    fn rests(&mut self, assumptions: &[&'static str]) {
        if !assumptions.is_empty() {
            self.word("assumptions", assumptions.to_vec());
        }
    }
}

fn link(graph: &Graph, labels: &Labels, link: &Link, step: u64) -> Map<String, Value> {
    let mut keys = Keys { graph, row: Map::new() };
    keys.word("step", step);
    keys.known("at_ms", link.at_ms);
    keys.word("what", kind(&link.what));
    keys.id("component", link.component);
    match &link.what {
        What::Late { ms, usual_ms } => {
            keys.n("ms", *ms);
            keys.known("usual_ms", *usual_ms);
        }
        What::Waits { provider, ms, usual_ms, tries } => {
            keys.id("provider", *provider);
            keys.n("ms", *ms);
            keys.known("usual_ms", *usual_ms);
            keys.n("tries", *tries);
        }
        What::GivesUp { provider, after_ms, hard, tries } => {
            keys.id("provider", *provider);
            keys.n("after_ms", *after_ms);
            keys.word("hard", *hard);
            keys.n("tries", *tries);
        }
        What::OutOfTime { ms, limit_ms } => {
            keys.n("ms", *ms);
            keys.n("limit_ms", *limit_ms);
        }
        What::Retries { provider, tries, rps } => {
            keys.id("provider", *provider);
            keys.n("tries", *tries);
            keys.known("rps", *rps);
        }
        What::Fills { pool, held, capacity, rps, hit, enough_rps, full } => {
            if let Some(pool) = pool {
                keys.id("pool", *pool);
            }
            keys.word("full", *full);
            keys.known("rps", *rps);
            keys.known("waiting_rps", rps.map(|rps| rps * hit));
            keys.known("held", rps.map(|_| *held));
            keys.n("capacity", *capacity);
            keys.n("enough_rps", *enough_rps);
        }
        What::Drains { holders, held, others, capacity, rps, waiting_rps, enough_rps } => {
            keys.word("holders", holders.iter().map(|&h| id_of(graph, h)).collect::<Vec<_>>());
            keys.known("rps", *rps);
            keys.known("waiting_rps", *waiting_rps);
            keys.n("held", *held);
            keys.n("others", *others);
            keys.n("capacity", *capacity);
            keys.n("enough_rps", *enough_rps);
        }
        What::Starved { pool, served } => {
            keys.id("pool", *pool);
            keys.known("served", *served);
        }
        What::Fails { provider } => keys.id("provider", *provider),
        What::Killed { needs_ms, drain_ms } => {
            keys.n("needs_ms", *needs_ms);
            keys.n("drain_ms", *drain_ms);
        }
        What::Overloaded { from, times, rps, capacity } => {
            if let Some(from) = from {
                keys.id("from", *from);
            }
            keys.n("times", *times);
            keys.known("rps", *rps);
            keys.known("capacity", *capacity);
        }
        What::TakesOver { members, left } => {
            keys.word("members", *members);
            keys.word("left", *left);
        }
        What::Restarts { provider, instances } => {
            keys.id("provider", *provider);
            keys.word("instances", json!(instances));
        }
        What::Mixes { instances } => keys.word("instances", *instances),
        What::Piles { consumer, rps, lasts_ms, waiting, drain_ms, lost } => {
            keys.id("consumer", *consumer);
            keys.n("rps", *rps);
            keys.n("lasts_ms", *lasts_ms);
            keys.n("waiting", *waiting);
            keys.known("drain_ms", *drain_ms);
            keys.known("lost", *lost);
        }
        What::Cold { cache, times } => {
            keys.id("cache", *cache);
            keys.n("times", *times);
        }
        What::Stores { from } | What::Reads { from } => keys.id("from", *from),
        What::Poisoned { queue, deliveries, blocked_ms } => {
            keys.id("queue", *queue);
            keys.known("deliveries", *deliveries);
            keys.known("blocked_ms", *blocked_ms);
        }
        What::Takes { changed, instances } => {
            keys.id("changed", *changed);
            keys.word("instances", json!(instances));
        }
        What::RollsOut { share } => keys.n("share", *share),
    }
    keys.word("text", story::link(labels, link));
    place(&mut keys, link.edge);
    keys.rests(&link.assumptions);
    keys.row
}

fn stop(graph: &Graph, labels: &Labels, stop: &Stop) -> Map<String, Value> {
    let mut keys = Keys { graph, row: Map::new() };
    let (by, provider) = match &stop.by {
        Brake::Asynchronous { provider } => ("asynchronous", provider),
        Brake::Queued { queue, .. } => ("asynchronous", queue),
        Brake::Breaker { provider } => ("circuit-breaker", provider),
        Brake::Bulkhead { provider, .. } => ("bulkhead", provider),
        Brake::Reserved { pool, .. } => ("reserved", pool),
        Brake::Timeout { pool, .. } => ("timeout", pool),
        Brake::Soft { provider } => ("soft", provider),
        Brake::Fallback { provider, .. } => ("fallback", provider),
        Brake::Budget { provider, .. } => ("budget", provider),
        Brake::Buffer { provider, .. } => ("buffer", provider),
        Brake::DeadLetters { queue, .. } => ("dead-letters", queue),
        Brake::Optional { provider } => ("optional", provider),
        Brake::Headroom { .. } => ("headroom", &stop.component),
    };
    keys.word("by", by);
    keys.id("component", stop.component);
    keys.id("provider", *provider);
    match &stop.by {
        Brake::Bulkhead { most, .. } => keys.n("most", *most),
        Brake::Reserved { amount, spared, .. } => {
            keys.n("amount", *amount);
            keys.word("spared", *spared);
        }
        Brake::Timeout { let_in, held, capacity, .. } => {
            keys.known("let_in_rps", *let_in);
            keys.n("held", *held);
            keys.n("capacity", *capacity);
        }
        Brake::Queued { consumer, .. } => keys.id("consumer", *consumer),
        Brake::Fallback { standby, .. } => keys.id("standby", *standby),
        Brake::Budget { tries, configured, .. } => {
            keys.n("tries", *tries);
            keys.n("configured", *configured);
        }
        Brake::Buffer { ms, .. } => keys.n("ms", *ms),
        Brake::DeadLetters { deliveries, blocked_ms, .. } => {
            keys.known("deliveries", *deliveries);
            keys.known("blocked_ms", *blocked_ms);
        }
        Brake::Headroom { rps, capacity } => {
            keys.n("rps", *rps);
            keys.n("capacity", *capacity);
        }
        _ => {}
    }
    keys.word("text", story::stop(labels, stop));
    place(&mut keys, stop.edge);
    keys.rests(&stop.assumptions);
    keys.row
}

/// Where the dependency stands.
fn place(keys: &mut Keys<'_>, edge: Option<crate::graph::DependencyId>) {
    if let Some(id) = edge {
        let places = evidence(&keys.graph.dependency(id).evidence);
        keys.word("evidence", serde_json::to_value(places).unwrap_or_default());
    }
}

fn kind(what: &What) -> &'static str {
    match what {
        What::Late { .. } => "late",
        What::Waits { .. } => "waits",
        What::GivesUp { .. } => "gives-up",
        What::OutOfTime { .. } => "out-of-time",
        What::Retries { .. } => "retries",
        What::Fills { .. } => "fills",
        What::Drains { .. } => "drains",
        What::Starved { .. } => "starved",
        What::Fails { .. } => "fails",
        What::Killed { .. } => "killed",
        What::Overloaded { .. } => "overloaded",
        What::TakesOver { .. } => "takes-over",
        What::Restarts { .. } => "restarts",
        What::Mixes { .. } => "mixes",
        What::Piles { .. } => "piles-up",
        What::Cold { .. } => "cold",
        What::Stores { .. } => "stores",
        What::Reads { .. } => "reads",
        What::Poisoned { .. } => "poisoned",
        What::Takes { .. } => "takes",
        What::RollsOut { .. } => "rolls-out",
    }
}
