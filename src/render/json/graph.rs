use super::parts::{
    AssumptionRow, Evidence, Inputs, MatchRow, Number, assumptions, evidence, id_of, inputs, match_row,
};
use super::settings::{Settings, settings};
use crate::graph::{self, ComponentId, Dependency, DependencyId, Graph, TimeoutOrigin};
use crate::source::Inventory;
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    components: Vec<Component<'a>>,
    dependencies: Vec<DependencyRow<'a>>,
    unresolved: Vec<Unresolved<'a>>,
    matches: Vec<MatchRow<'a>>,
    assumptions: Vec<AssumptionRow<'a>>,
    inputs: Inputs<'a>,
}

#[derive(Debug, Serialize)]
struct Component<'a> {
    id: &'a str,
    kind: &'static str,
    name: &'a str,
    namespace: Option<&'a str>,
    scope: &'a str,
    aliases: &'a [std::sync::Arc<str>],
    replicas: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    need: Option<u32>,
    #[serde(skip_serializing_if = "is_false")]
    off: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<Spread>,
    entry: bool,
    weight: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    profiles: &'a [std::sync::Arc<str>],
    #[serde(skip_serializing_if = "is_false")]
    telemetry: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    variants: &'a [std::sync::Arc<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Settings>,
    evidence: Vec<Evidence<'a>>,
}

#[derive(Debug, Serialize)]
struct Spread {
    machines: &'static str,
    zones: &'static str,
}

#[derive(Debug, Serialize)]
struct DependencyRow<'a> {
    from: &'a str,
    to: &'a str,
    interaction: &'static str,
    criticality: &'static str,
    assumed: bool,
    plane: &'static str,
    confidence: &'static str,
    group: Option<Group<'a>>,
    retry: Option<Retry<'a>>,
    timeout_ms: Option<Number>,
    timeout_origin: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    unbounded: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    timeouts: Vec<LayerTimeout<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<Route<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_concurrent: Option<Number>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    assumptions: &'a [std::sync::Arc<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls_per_request: Option<Number>,
    #[serde(skip_serializing_if = "is_false")]
    circuit_breaker: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buffer_ms: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<Number>,
    evidence: Vec<Evidence<'a>>,
    observed: Option<Observed<'a>>,
}

#[derive(Debug, Serialize)]
struct Group<'a> {
    id: &'a str,
    need: u32,
    of: usize,
}

#[derive(Debug, Serialize)]
struct Retry<'a> {
    tries: Option<u64>,
    unlimited: bool,
    origin: &'static str,
    layers: Vec<Layer<'a>>,
}

#[derive(Debug, Serialize)]
struct Layer<'a> {
    layer: &'static str,
    tries: Option<u32>,
    unlimited: bool,
    origin: &'static str,
    per_try_timeout_ms: Option<Number>,
    timeout_ms: Option<Number>,
    backoff_ms: Vec<Number>,
    conditions: &'a [std::sync::Arc<str>],
    faults: Vec<&'static str>,
    budget: Option<Number>,
    evidence: Option<Evidence<'a>>,
}

#[derive(Debug, Serialize)]
struct LayerTimeout<'a> {
    layer: &'static str,
    timeout_ms: Option<Number>,
    #[serde(skip_serializing_if = "is_false")]
    unbounded: bool,
    origin: &'static str,
    evidence: Vec<Evidence<'a>>,
}

#[derive(Debug, Serialize)]
struct Route<'a> {
    retry: Option<Layer<'a>>,
    timeout: Option<LayerTimeout<'a>>,
    tries_count: bool,
    limit_counts: bool,
    evidence: Vec<Evidence<'a>>,
}

#[derive(Debug, Serialize)]
struct Observed<'a> {
    calls: u64,
    errors: u64,
    failures: u64,
    contained: u64,
    share: Option<Number>,
    p50_ms: Option<Number>,
    p99_ms: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls_per_request: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    most_tries: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detached: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parallel: Vec<Parallel<'a>>,
    operations: Vec<Operation<'a>>,
}

/// When the first and the last call began, in milliseconds since the epoch.
#[derive(Debug, Serialize)]
struct Window {
    first_ms: Number,
    last_ms: Number,
}

#[derive(Debug, Serialize)]
struct Parallel<'a> {
    with: &'a str,
    times: u64,
}

#[derive(Debug, Serialize)]
struct Operation<'a> {
    name: &'a str,
    calls: u64,
    errors: u64,
    share: Option<Number>,
}

#[derive(Debug, Serialize)]
struct Unresolved<'a> {
    from: &'a str,
    target: &'a str,
    why: &'a str,
    evidence: Vec<Evidence<'a>>,
}

/// The graph as `linchpin.graph/1`, or the part of it between some components.
pub fn graph(graph: &Graph, inventory: &Inventory, only: Option<&BTreeSet<ComponentId>>) -> String {
    let shown = |id: ComponentId| only.is_none_or(|only| only.contains(&id));
    super::to_text(&Document {
        schema: "linchpin.graph/1",
        components: graph.ids().filter(|&id| shown(id)).map(|id| component(graph.component(id))).collect(),
        dependencies: graph
            .dependencies
            .iter()
            .filter(|d| shown(d.from) && shown(d.to))
            .map(|d| dependency(graph, d))
            .collect(),
        unresolved: graph
            .unresolved
            .iter()
            .filter(|u| shown(u.from))
            .map(|u| Unresolved {
                from: id_of(graph, u.from),
                target: &u.target,
                why: &u.why,
                evidence: evidence(std::slice::from_ref(&u.evidence)),
            })
            .collect(),
        matches: graph.matches.iter().filter(|m| shown(m.component)).map(|m| match_row(graph, m)).collect(),
        assumptions: assumptions(graph),
        inputs: inputs(graph, inventory),
    })
}

/// Some dependencies, with their ends and with what their numbers take for granted, as `linchpin.graph/1`.
pub fn edges(graph: &Graph, inventory: &Inventory, ids: &[DependencyId]) -> String {
    let edges: Vec<&Dependency> = ids.iter().map(|&id| graph.dependency(id)).collect();
    let ends: BTreeSet<ComponentId> = edges.iter().flat_map(|d| [d.from, d.to]).collect();
    let mut assumptions = assumptions(graph);
    assumptions.retain(|a| edges.iter().any(|d| d.assumptions.iter().any(|id| **id == *a.id)));
    super::to_text(&Document {
        schema: "linchpin.graph/1",
        components: ends.iter().map(|&id| component(graph.component(id))).collect(),
        dependencies: edges.into_iter().map(|d| dependency(graph, d)).collect(),
        unresolved: Vec::new(),
        matches: graph.matches.iter().filter(|m| ends.contains(&m.component)).map(|m| match_row(graph, m)).collect(),
        assumptions,
        inputs: inputs(graph, inventory),
    })
}

fn component(c: &graph::Component) -> Component<'_> {
    Component {
        id: &c.id,
        kind: c.kind.word(),
        name: &c.name,
        namespace: c.namespace.as_deref(),
        scope: &c.scope,
        aliases: &c.aliases,
        replicas: c.replicas.map(|r| r.count),
        need: c.replicas.map(|r| r.need).filter(|&need| need != 1),
        off: c.off,
        spread: c
            .spread
            .as_ref()
            .filter(|_| c.replicas.is_some_and(|r| r.count > 1))
            .map(|spread| Spread { machines: spread.machines.word(), zones: spread.zones.word() }),
        entry: c.entry.is_some(),
        weight: c.entry.map(|e| Number(e.weight)),
        origin: c.entry.map(|e| e.origin.word()),
        profiles: &c.profiles,
        telemetry: c.telemetry,
        owner: c.owner.as_deref(),
        variants: &c.variants,
        settings: settings(&c.settings),
        evidence: evidence(&c.evidence),
    }
}

fn dependency<'a>(graph: &'a Graph, d: &'a Dependency) -> DependencyRow<'a> {
    let group = d.requirement.map(|id| graph.requirement(id));
    DependencyRow {
        from: id_of(graph, d.from),
        to: id_of(graph, d.to),
        interaction: d.interaction.word(),
        criticality: d.criticality.word(),
        assumed: d.assumed,
        plane: d.plane.word(),
        confidence: d.confidence.word(),
        group: group.map(|r| Group { id: &r.id, need: r.need, of: r.members.len() }),
        retry: d.retry.as_ref().map(retry),
        timeout_ms: d.timeout.ms.filter(|ms| ms.is_finite()).map(Number),
        timeout_origin: d.timeout.origin.word(),
        unbounded: d.timeout.origin == TimeoutOrigin::Disabled,
        timeouts: d.timeouts.iter().map(timeout).collect(),
        routes: d.routes.iter().map(|r| route(d, r)).collect(),
        max_concurrent: d.max_concurrent.map(Number),
        assumptions: &d.assumptions,
        share: d.share.map(Number),
        calls_per_request: d.calls_per_request.map(Number),
        circuit_breaker: d.circuit_breaker,
        fallback: d.fallback.map(|id| id_of(graph, id)),
        buffer_ms: d.buffer_ms.map(Number),
        probability: d.probability.map(Number),
        evidence: evidence(&d.evidence),
        observed: d.observed.as_ref().map(|o| observed(graph, o)),
    }
}

fn timeout(t: &graph::LayerTimeout) -> LayerTimeout<'_> {
    LayerTimeout {
        layer: t.layer.word(),
        timeout_ms: t.ms.map(Number),
        unbounded: t.ms.is_none(),
        origin: t.origin.word(),
        evidence: evidence(std::slice::from_ref(&t.evidence)),
    }
}

fn route<'a>(d: &Dependency, r: &'a graph::RouteSettings) -> Route<'a> {
    let (tries_count, limit_counts) = r.counts(d);
    let (retry, timeout) = (r.retry.as_ref().map(layer), r.timeout.as_ref().map(timeout));
    Route { retry, timeout, tries_count, limit_counts, evidence: evidence(std::slice::from_ref(&r.evidence)) }
}

fn retry(r: &graph::Retry) -> Retry<'_> {
    let layers = r.layers.iter().map(layer).collect();
    Retry { tries: r.tries, unlimited: r.unlimited, origin: r.origin.word(), layers }
}

fn layer(l: &graph::RetryLayer) -> Layer<'_> {
    Layer {
        layer: l.layer.word(),
        tries: l.tries,
        unlimited: l.unlimited,
        origin: l.origin.word(),
        per_try_timeout_ms: l.per_try_timeout_ms.map(Number),
        timeout_ms: l.timeout_ms.map(Number),
        backoff_ms: l.backoff_ms.iter().copied().map(Number).collect(),
        conditions: &l.conditions,
        faults: if l.unlimited || l.tries != Some(1) { faults(l.retried) } else { Vec::new() },
        budget: l.budget.map(Number),
        evidence: l.evidence.as_ref().and_then(|e| evidence(std::slice::from_ref(e)).pop()),
    }
}

fn faults(retried: graph::Retried) -> Vec<&'static str> {
    let all = [(retried.refused, "refused"), (retried.error, "error"), (retried.late, "late")];
    all.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect()
}

fn observed<'a>(graph: &'a Graph, o: &'a graph::Observed) -> Observed<'a> {
    let ms = |ns: u64| Number(ns as f64 / 1e6);
    Observed {
        calls: o.calls,
        errors: o.errors,
        failures: o.failures,
        contained: o.contained,
        share: o.share.map(Number),
        p50_ms: o.p50_ms.map(Number),
        p99_ms: o.p99_ms.map(Number),
        calls_per_request: o.calls_per_request.map(Number),
        retries: Some(o.retries).filter(|&n| n > 0),
        most_tries: Some(o.most_tries).filter(|&n| n > 0),
        detached: Some(o.detached).filter(|&n| n > 0),
        window: o.window.map(|(first, last)| Window { first_ms: ms(first), last_ms: ms(last) }),
        parallel: o.parallel.iter().map(|&(id, times)| Parallel { with: id_of(graph, id), times }).collect(),
        operations: o
            .operations
            .iter()
            .map(|o| Operation { name: &o.name, calls: o.calls, errors: o.errors, share: o.share.map(Number) })
            .collect(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_false(value: &bool) -> bool {
    !value
}
