//! What counts as drift between manifests and traces, on small graphs by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod system;

use linchpin::analysis::{Drift, Setting, Value, drift};
use linchpin::facts::{Confidence, Criticality, Evidence, Layer, Origin, Plane, Retried, RetryLayer, TimeoutOrigin};
use linchpin::graph::{Dependency, Graph, Match, MatchRule, Observed, Retry, Timeout};
use linchpin::source::Location;
use system::{Edit, System, id};

fn somewhere() -> Evidence {
    Evidence::new(Location::start("manifest.yaml".into()), "field")
}

/// A graph of which everything is declared, and some services recorded spans.
fn declared(system: &System, traced: &[&str]) -> Graph {
    let mut graph = system.build();
    graph.containment_min = 5;
    for component in &mut graph.components {
        component.evidence = vec![somewhere()];
    }
    for name in traced {
        let component = id(&graph, name);
        graph.components[component.0 as usize].spans = 100;
        graph.matches.push(Match { service: (*name).into(), component, rule: MatchRule::Name, also: Vec::new() });
    }
    graph
}

fn edge<'g>(graph: &'g mut Graph, from: &str, to: &str) -> &'g mut Dependency {
    let (from, to) = (id(graph, from), id(graph, to));
    graph.dependencies.iter_mut().find(|d| (d.from, d.to) == (from, to)).unwrap()
}

fn seen(calls: u64) -> Observed {
    Observed { calls, ..Observed::default() }
}

/// Traces saw it, and nothing declares it.
fn only_seen(graph: &mut Graph, from: &str, to: &str) {
    let d = edge(graph, from, to);
    (d.confidence, d.observed) = (Confidence::Observed, Some(Box::new(seen(10))));
}

/// Undeclared and unobserved pairs, as `from>to`.
fn pairs(graph: &Graph) -> (Vec<String>, Vec<String>) {
    let Drift { undeclared, unobserved, .. } = drift(graph).unwrap();
    let name = |id| graph.component(id).name.to_string();
    let show = |ids: Vec<_>| {
        let pair = |id| (graph.dependency(id).from, graph.dependency(id).to);
        ids.into_iter().map(pair).map(|(from, to)| format!("{}>{}", name(from), name(to))).collect()
    };
    (show(undeclared), show(unobserved))
}

/// Without traces, or with nothing else, there is nothing to compare.
#[test]
fn it_takes_two() {
    let system = System::default().needs("a", &["b"]);
    assert_eq!(drift(&declared(&system, &[])), None);
    let mut only_traces = declared(&system, &["a"]);
    only_traces.components.iter_mut().for_each(|c| c.evidence.clear());
    assert_eq!(drift(&only_traces), None);
    assert!(drift(&declared(&system, &["a"])).is_some());
}

/// What was seen and is not declared; what is declared and was not seen by a dependent that recorded anything.
#[test]
fn each_side_may_lack_a_dependency() {
    let system = System::default().needs("a", &["b", "c", "d"]).needs("silent", &["b"]);
    let mut graph = declared(&system, &["a"]);
    only_seen(&mut graph, "a", "b");
    edge(&mut graph, "a", "c").observed = Some(Box::new(seen(10)));
    let found = pairs(&graph);
    assert_eq!(found, (vec!["a>b".to_owned()], vec!["a>d".to_owned()]));
}

/// What could not have been seen, or need not have happened, is not missed.
#[test]
fn absence_needs_a_chance_to_be_seen() {
    let startup = Edit { plane: Some(Plane::Startup), ..Edit::default() };
    let system = System::default()
        .with("a", "db", startup)
        .needs("a", &["zone:z", "standby", "gone", "likely"])
        .with("a", "main", Edit { fallback: Some("standby".to_owned()), ..Edit::default() })
        .group("a", 1, &["one", "other"])
        .off("gone");
    let mut graph = declared(&system, &["a"]);
    edge(&mut graph, "a", "main").observed = Some(Box::new(seen(10)));
    edge(&mut graph, "a", "one").observed = Some(Box::new(seen(10)));
    edge(&mut graph, "a", "likely").confidence = Confidence::Inferred;
    assert_eq!(pairs(&graph), (vec![], vec![]));
    edge(&mut graph, "a", "one").observed = None;
    assert_eq!(pairs(&graph).1, ["a>one", "a>other"]);
}

/// A call through a proxy that records nothing looks like a call past it: it is neither undeclared nor unobserved.
#[test]
fn silent_proxies_explain_calls() {
    let system = System::default().needs("a", &["proxy", "c", "d"]).needs("proxy", &["c"]);
    let mut graph = declared(&system, &["a", "c", "d"]);
    only_seen(&mut graph, "a", "c");
    only_seen(&mut graph, "a", "d");
    assert_eq!(pairs(&graph), (vec!["a>d".to_owned()], vec![]));
    let proxy = id(&graph, "proxy");
    graph.components[proxy.0 as usize].spans = 5;
    assert_eq!(
        pairs(&graph),
        (vec!["a>c".to_owned(), "a>d".to_owned()], vec!["a>proxy".to_owned(), "proxy>c".to_owned()])
    );
}

/// Programs that record nothing are blind spots where others record; stores, jobs, watchers and what is off are not.
#[test]
fn blind_spots_are_programs_among_traced_ones() {
    let system = System::default()
        .needs("a", &["blind", "datastore:db", "job:nightly", "watcher", "off", "elsewhere", "optional", "function:f"])
        .off("off");
    let mut graph = declared(&system, &["a"]);
    let mut edit = |name: &str, with: fn(&mut linchpin::graph::Component)| {
        let i = id(&graph, name).0 as usize;
        with(&mut graph.components[i]);
    };
    edit("watcher", |c| c.telemetry = true);
    edit("elsewhere", |c| c.scope = "compose:dev".into());
    edit("optional", |c| c.profiles = vec!["debug".into()]);
    let found = drift(&graph).unwrap().blind_spots;
    let names: Vec<&str> = found.iter().map(|&id| &*graph.component(id).id).collect();
    assert_eq!(names, ["function:f", "service:blind"]);
}

/// A service of the traces that is no component of the manifests is named, once.
#[test]
fn unknown_services_are_named() {
    let mut graph = declared(&System::default().needs("a", &["b"]), &["a"]);
    let b = id(&graph, "b");
    for service in ["b", "shop/b"] {
        graph.matches.push(Match { service: service.into(), component: b, rule: MatchRule::Own, also: Vec::new() });
    }
    assert_eq!(drift(&graph).unwrap().unmatched, [b]);
}

fn layer(layer: Layer, tries: Option<u32>) -> RetryLayer {
    RetryLayer {
        layer,
        tries,
        unlimited: tries.is_none(),
        origin: Origin::Explicit,
        per_try_timeout_ms: None,
        jitter: None,
        timeout_ms: None,
        backoff_ms: Vec::new(),
        conditions: Vec::new(),
        retried: Retried::ALL,
        budget: None,
        evidence: None,
    }
}

/// What one dependency's settings and outcomes amount to.
fn discrepancies(with: impl FnOnce(&mut Dependency, &mut Observed)) -> Vec<(Setting, Value, Value)> {
    let mut graph = declared(&System::default().needs("a", &["b"]), &["a"]);
    let d = edge(&mut graph, "a", "b");
    d.assumed = true;
    let mut observed = seen(100);
    with(d, &mut observed);
    d.observed = Some(Box::new(observed));
    drift(&graph).unwrap().settings.into_iter().map(|s| (s.what, s.declared, s.observed)).collect()
}

/// Tries are compared with what all layers allow together, and with a library that is told to retry and does not.
#[test]
fn tries_are_compared() {
    let library = |n| vec![layer(Layer::Library, n)];
    let both = || vec![layer(Layer::Library, Some(2)), layer(Layer::ClientMesh, Some(3))];
    let tries = |layers: Vec<RetryLayer>, most, errors| {
        discrepancies(|d, o| {
            d.retry = Retry::of(layers);
            (o.most_tries, o.errors) = (most, errors);
        })
    };
    let row = |declared, observed| vec![(Setting::Tries, declared, Value::Number(observed))];
    for (layers, most, errors, expected) in [
        (vec![], 1, 9, vec![]),
        (vec![], 3, 9, row(Value::Unknown, 3.0)),
        (both(), 6, 9, vec![]),
        (both(), 7, 9, row(Value::Number(6.0), 7.0)),
        (library(Some(3)), 1, 9, row(Value::Number(3.0), 1.0)),
        (library(Some(3)), 1, 4, vec![]),
        (library(Some(1)), 1, 9, vec![]),
        (library(None), 1, 9, row(Value::Unlimited, 1.0)),
        (library(None), 99, 9, vec![]),
        (vec![layer(Layer::ClientMesh, Some(3))], 1, 9, vec![]),
    ] {
        let shown = format!("{layers:?} {most} {errors}");
        assert_eq!(tries(layers, most, errors), expected, "{shown}");
    }
}

/// A limit that calls outlast is not in force; a little late is not late.
#[test]
fn timeouts_are_compared() {
    for (limit, p99, expected) in [
        (Some(1000.0), Some(1800.0), vec![(Setting::Timeout, Value::Number(1000.0), Value::Number(1800.0))]),
        (Some(1000.0), Some(1050.0), vec![]),
        (Some(1000.0), None, vec![]),
        (None, Some(1800.0), vec![]),
    ] {
        let found = discrepancies(|d, o| {
            d.timeout = Timeout { ms: limit, origin: TimeoutOrigin::Explicit };
            o.p99_ms = p99;
        });
        assert_eq!(found, expected);
    }
    let found = discrepancies(|d, o| {
        let per_try = RetryLayer { per_try_timeout_ms: Some(500.0), ..layer(Layer::Library, Some(2)) };
        d.retry = Retry::of(vec![per_try]);
        o.p99_ms = Some(700.0);
    });
    assert_eq!(found, [(Setting::PerTryTimeout, Value::Number(500.0), Value::Number(700.0))]);
}

/// Outcomes contradict what somebody stated, not what is assumed anyway.
#[test]
fn criticality_is_contradicted() {
    use Criticality::{Hard, Soft};
    for (stated, assumed, failures, contained, expected) in [
        (Hard, false, 5, 5, Some(Soft)),
        (Hard, false, 5, 4, None),
        (Hard, false, 4, 4, None),
        (Hard, true, 5, 5, None),
        (Soft, false, 6, 2, Some(Hard)),
        (Soft, false, 6, 3, None),
    ] {
        let found = discrepancies(|d, o| {
            (d.criticality, d.assumed) = (stated, assumed);
            (o.failures, o.contained) = (failures, contained);
        });
        let expected = expected.map(|e| (Setting::Criticality, Value::Criticality(stated), Value::Criticality(e)));
        assert_eq!(found, Vec::from_iter(expected), "{stated:?} {failures} {contained}");
    }
}

/// The ways round silent components are the same from whichever side they are looked for.
#[test]
fn many_proxies_or_many_ends_make_no_difference() {
    let proxies: Vec<String> = (0..9).map(|i| format!("proxy{i}")).collect();
    let ends: Vec<String> = (0..9).map(|i| format!("end{i}")).collect();
    for (proxies, ends) in [(&proxies[..1], &ends[..]), (&proxies[..], &ends[..1]), (&proxies[..], &ends[..])] {
        let [first, far] = [proxies, ends].map(|all| all.iter().map(String::as_str).collect::<Vec<_>>());
        let mut system = System::default().needs("a", &first).needs("a", &far);
        for proxy in &first {
            system = system.needs(proxy, &far).needs(proxy, &["x", "y"]);
        }
        let mut graph = declared(&system, &[&["a"][..], &far].concat());
        far.iter().for_each(|end| only_seen(&mut graph, "a", end));
        assert_eq!(pairs(&graph), (vec![], vec![]));
    }
}
