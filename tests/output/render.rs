//! What each format makes of systems made by hand.

use crate::systems::{System, hostile, redis_down, shop};
use graphviz_rust::dot_structures::{EdgeTy, Graph as Dot, Id, Stmt, Vertex};
use linchpin::analysis::scenario::{Fault, Outcome, Scenario, outcome};
use linchpin::analysis::{Analysis, Blast, Event, State};
use linchpin::graph::{Graph, Labels, connection, neighbourhood};
use linchpin::render::picture::{Collapse, Picture, Show};
use linchpin::render::{Report, Way, Why, dot, json, mermaid, text};
use linchpin::rules;
use linchpin::source::Inventory;
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};

/// Calls `with` with the report of a system.
fn reported<T>(system: &System, with: impl FnOnce(&Report<'_>) -> T) -> T {
    let System { graph, inventory, analysis } = system;
    let labels = Labels::new(graph);
    let findings = rules::check(graph, analysis, &labels);
    with(&Report { inventory, graph, labels: &labels, analysis, findings: &findings })
}

fn drawn(system: &System, show: Show<'_>) -> Picture {
    Picture::new(&system.graph, &Labels::new(&system.graph), &system.analysis, show)
}

/// All strings of a JSON value, keys left out.
fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(s) => found.push(s),
        Value::Array(items) => items.iter().for_each(|v| strings(v, found)),
        Value::Object(map) => map.values().for_each(|v| strings(v, found)),
        _ => {}
    }
}

/// The first screen is right, ranked and short.
#[test]
fn the_report_fits_a_screen() {
    let page = text::plain(&reported(&shop(), |r| text::scan(r, text::Detail::default())));
    assert!(page.lines().count() <= 40);
    insta::assert_snapshot!(page);
}

/// Problems, reasons and assumptions are listed when asked for, and a limit is kept and named.
#[test]
fn details_are_there_on_request() {
    let detail = text::Detail { limit: Some(1), problems: true, assumptions: true };
    insta::assert_snapshot!(text::plain(&reported(&shop(), |r| text::scan(r, detail))));
}

/// A system in which nothing is wrong says so, and one without entries does not claim it.
#[test]
fn good_news_is_only_told_when_true() {
    let mut quiet = shop();
    quiet.analysis = Analysis::default();
    quiet.graph.notes.clear();
    quiet.graph.unresolved.clear();
    quiet.graph.assumptions.clear();
    let scan = |s: &System| text::plain(&reported(s, |r| text::scan(r, text::Detail::default())));
    assert!(scan(&quiet).ends_with("\n\nAlone, nothing takes down an entry\n"), "{}", scan(&quiet));
    let empty = System { graph: Graph::default(), inventory: Inventory::default(), analysis: Analysis::default() };
    insta::assert_snapshot!(scan(&empty), @"
    0 components, 0 dependencies, 0 entries; nothing was read

    No entry was found, so nothing can be said to take one down
    ");
}

/// Who is hit by a failure, how hard, and by which way.
#[test]
fn a_blast_names_each_victim_with_its_path() {
    let System { graph, .. } = shop();
    let labels = Labels::new(&graph);
    let page = |blast: &Outcome| text::plain(&text::blast(&graph, &labels, blast, None));
    insta::assert_snapshot!(page(&redis_down(&graph)), @"
    redis-cart fails (outage)
    3 more components fail; 1 of 2 entries is down

      failed  cart                                      cart → redis-cart                              k8s/app.yaml:12
      failed  frontend                38 % of requests  frontend → cart → redis-cart                   k8s/app.yaml:17
      failed  entry frontend (entry)  38 % of requests  entry frontend → frontend → cart → redis-cart  k8s/app.yaml:9

    a → b: a needs b
    ");
    let nothing = Outcome { affected: Vec::new(), ..redis_down(&graph) };
    insta::assert_snapshot!(page(&nothing), @"
    redis-cart fails (outage)
    nothing else is affected; no entry is down
    ");
}

/// Every step of the way into an entry, and where it is said; and why something does no harm.
#[test]
fn why_shows_each_step() {
    let system = shop();
    let graph = &system.graph;
    let labels = Labels::new(graph);
    let affected = redis_down(graph).affected.into_iter().next().unwrap();
    let (entry, redis) = (affected.component, system.id("cache:shop/redis-cart"));
    let way = Way { source: redis, level: None, state: State::Failed, path: affected.path, edges: affected.edges };
    let page = |why: &Why| text::plain(&text::why(graph, &labels, why, None));
    let one = Why { entry, asked: Some(redis), ways: vec![way.clone()], worst: Vec::new(), harmless: None };
    insta::assert_snapshot!(page(&one), @"
    entry frontend fails when redis-cart fails

      entry frontend → frontend  sync, hard (assumed)  k8s/app.yaml:9 spec.rules[0]
      frontend → cart            sync, hard (assumed)  k8s/app.yaml:17 env.CART_ADDR
      cart → redis-cart          sync, hard (assumed)  k8s/app.yaml:12 env.REDIS_ADDR
    ");
    let harmless =
        connection(graph, system.id("service:shop/checkout"), system.id("service:shop/payments-a"), |_| true);
    let none = Why {
        entry: system.id("service:shop/checkout"),
        asked: Some(system.id("service:shop/payments-a")),
        ways: Vec::new(),
        worst: Vec::new(),
        harmless,
    };
    insta::assert_snapshot!(page(&none), @"
    checkout stays up when payments-a fails
    there is a way, but something on it keeps the failure off:

      checkout → payments-a  sync, hard (assumed), 1 of 2  k8s/app.yaml:14 env.PAYMENTS
    ");
    let all = Why { asked: None, ..one };
    insta::assert_snapshot!(page(&all), @"
    1 thing takes entry frontend down alone

      redis-cart    entry frontend → frontend → cart → redis-cart  k8s/redis-cart.yaml:1
    ");
}

/// A dependency that traces proved soft says by how many failures.
#[test]
fn containment_has_its_counts() {
    let mut system = shop();
    let (checkout, invoices) = (system.id("service:shop/checkout"), system.id("service:shop/invoices"));
    let soft = system.graph.providers(checkout).find(|(_, d)| d.to == invoices).unwrap().0;
    let mut observed = linchpin::graph::Observed::default();
    (observed.calls, observed.errors, observed.failures, observed.contained) = (900, 41, 41, 41);
    system.graph.dependencies[soft.0 as usize].observed = Some(Box::new(observed));
    let only: BTreeSet<_> = [checkout].into();
    let page = text::plain(&text::graph(&system.graph, &Labels::new(&system.graph), Some(&only)));
    assert!(page.contains("sync, soft (41 of 41 failures contained); 900 calls, 5 % fail"), "{page}");
}

/// A component with all that it needs and all that need it.
#[test]
fn a_focus_shows_both_directions() {
    let system = shop();
    let only: BTreeSet<_> = [system.id("service:shop/checkout"), system.id("zone:eu-1a")].into();
    let page = text::graph(&system.graph, &Labels::new(&system.graph), Some(&only));
    insta::assert_snapshot!(text::plain(&page), @"
    checkout  service, 3 instances, entry (load-balancer)  k8s/checkout.yaml:8
      →  config settings  mount, hard (assumed), startup only  k8s/app.yaml:16
      →  orders-db        sync, hard (assumed)                 k8s/app.yaml:13
      →  invoices         sync, soft                           k8s/app.yaml:15
      →  payments-a       sync, hard (assumed), 1 of 2         k8s/app.yaml:14
      →  payments-b       sync, hard (assumed), 1 of 2         k8s/app.yaml:14

    zone eu-1a  zone  k8s/payments.yaml:45
      ←  payments-a  placed-on, hard  k8s/app.yaml:31
      ←  payments-b  placed-on, hard  k8s/app.yaml:61
    ");
}

/// The JSON contracts hold on a system that has something of everything.
#[test]
fn json_follows_the_contracts() {
    let system = shop();
    let (graph, inventory) = (&system.graph, &system.inventory);
    let focus = neighbourhood(graph, &[system.id("service:shop/payments-b")], 1);
    insta::assert_snapshot!("json_graph", json::graph(graph, inventory, Some(&focus)));
    insta::assert_snapshot!("json_report", reported(&system, |r| json::report(r, None)));
    insta::assert_snapshot!("json_blast", json::blast(graph, &Labels::new(graph), inventory, &redis_down(graph)));
}

/// A limit keeps the worst rows of a section and says so; findings are never limited.
#[test]
fn json_limits_are_said() {
    let mut system = shop();
    let first = system.analysis.shared[0].clone();
    system.analysis.shared.insert(0, linchpin::analysis::Shared { entries: Vec::new(), ..first.clone() });
    let report: Value = serde_json::from_str(&reported(&system, |r| json::report(r, Some(1)))).unwrap();
    assert_eq!(report["shared"].as_array().unwrap().len(), 1);
    assert_eq!(report["shared"][0]["entries"], serde_json::json!(["service:shop/checkout"]));
    assert_eq!(
        report["limits"],
        serde_json::json!([
            {"section": "improvements", "shown": 1, "total": 4},
            {"section": "shared", "shown": 1, "total": 2},
        ])
    );
    assert!(report["findings"].as_array().unwrap().len() > 5);
}

/// Drawings show shapes, clusters, single points of failure, soft and startup dependencies.
#[test]
fn pictures_show_what_matters() {
    let system = shop();
    insta::assert_snapshot!("dot", dot::dot(&drawn(&system, Show::default())));
    let Outcome { scenario, affected, .. } = redis_down(&system.graph);
    let blast = Blast { events: scenario.events, affected };
    let show = Show { blast: Some(&blast), ..Show::default() };
    insta::assert_snapshot!("mermaid", mermaid::mermaid(&drawn(&system, show)));
    let show = Show { collapse: Some(Collapse::Namespace), ..Show::default() };
    insta::assert_snapshot!("collapsed", mermaid::mermaid(&drawn(&system, show)));
}

/// DOT says the same after graphviz-rust has parsed it back, whatever the names hold.
#[test]
fn dot_survives_being_read_back() {
    let graph = hostile();
    let picture = Picture::new(&graph, &Labels::new(&graph), &Analysis::default(), Show::default());
    for (picture, nodes) in [(&picture, graph.components.len()), (&drawn(&shop(), Show::default()), 15)] {
        let Dot::DiGraph { stmts, .. } = graphviz_rust::parse(&dot::dot(picture)).unwrap() else {
            panic!("no digraph")
        };
        let mut declared = HashSet::new();
        let mut ends = Vec::new();
        let inner = stmts.iter().flat_map(|s| match s {
            Stmt::Subgraph(cluster) => cluster.stmts.iter().collect(),
            other => vec![other],
        });
        for stmt in inner {
            match stmt {
                Stmt::Node(node) => assert!(declared.insert(node.id.0.clone()), "{:?} twice", node.id),
                Stmt::Edge(edge) => match &edge.ty {
                    EdgeTy::Pair(Vertex::N(a), Vertex::N(b)) => ends.extend([a.0.clone(), b.0.clone()]),
                    other => panic!("{other:?}"),
                },
                _ => {}
            }
        }
        assert_eq!(declared.len(), nodes);
        assert_eq!(ends.len(), 2 * picture.arrows.len());
        assert!(ends.iter().all(|end| declared.contains(end)));
        assert!(declared.iter().all(|id| matches!(id, Id::Escaped(_))), "every id is quoted");
    }
}

/// Nothing that names hold reaches a terminal as anything but text, in any format.
#[test]
fn names_are_harmless_everywhere() {
    let graph = hostile();
    let labels = Labels::new(&graph);
    let all: Vec<_> = graph.ids().collect();
    let events = vec![Event { component: all[0], one_instance: false }];
    let blast = outcome(&graph, &Scenario::new(Fault::Latency, events));
    let system = System { graph: graph.clone(), inventory: shop().inventory, analysis: Analysis::default() };
    let picture = Picture::new(&graph, &labels, &system.analysis, Show::default());
    let outputs = [
        text::plain(&text::graph(&graph, &labels, None)),
        text::plain(&text::blast(&graph, &labels, &blast, None)),
        text::plain(&reported(&system, |r| text::scan(r, text::Detail { problems: true, ..Default::default() }))),
        json::graph(&graph, &system.inventory, None),
        reported(&system, |r| json::report(r, None)),
        dot::dot(&picture),
        mermaid::mermaid(&picture),
    ];
    for output in outputs {
        let harmful = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
        assert_eq!(output.chars().find(harmful), None, "{output}");
    }
    let mermaid = mermaid::mermaid(&picture);
    assert!(!mermaid.contains("</script>") && !mermaid.contains("]j["), "{mermaid}");
}

/// JSON holds names exactly as they are, escapes undone.
#[test]
fn json_keeps_names() {
    let graph = hostile();
    let document: Value = serde_json::from_str(&json::graph(&graph, &Inventory::default(), None)).unwrap();
    let mut found = Vec::new();
    strings(&document["components"], &mut found);
    for c in &graph.components {
        assert!(found.contains(&&*c.name) && found.contains(&&*c.id), "{:?}", c.name);
    }
}
