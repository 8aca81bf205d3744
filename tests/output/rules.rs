//! What rules say of a system made by hand.

use crate::systems::{System, at, component, shop};
use linchpin::analysis::Level;
use linchpin::graph::{Labels, LookupError, lookup};
use linchpin::rules::{self, Finding};

fn findings(system: &System) -> Vec<Finding> {
    rules::check(&system.graph, &system.analysis, &Labels::new(&system.graph))
}

/// Headings fit their column in the text report.
#[test]
fn headings_are_short() {
    let long = rules::ALL.iter().filter(|r| r.heading.chars().count() > 16).map(|r| r.heading);
    assert_eq!(long.collect::<Vec<_>>(), [""; 0]);
}

/// Each rule finds its fault, with subjects, witness, evidence and remedy.
#[test]
fn each_rule_finds_its_fault() {
    let system = shop();
    let id = |&id: &_| &*system.graph.component(id).id;
    let lines: Vec<String> = findings(&system)
        .iter()
        .map(|f| {
            let subjects: Vec<_> = f.subjects.iter().map(id).collect();
            let path: Vec<_> = f.path.iter().map(id).collect();
            assert_eq!(f.edges.len(), f.path.len().saturating_sub(1), "{}", f.message);
            assert!(!f.evidence.is_empty() && !f.fix.is_empty(), "{}", f.message);
            let (code, severity, confidence) = (f.rule.code, f.severity.word(), f.confidence.word());
            format!("{code} {severity} {confidence}: {}\n  {subjects:?} {path:?}\n  {}", f.message, f.fix)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    LP001 error medium: redis-cart is a single instance: its loss takes down entry frontend
      ["cache:shop/redis-cart"] ["cache:shop/redis-cart", "service:shop/cart", "service:shop/frontend", "entry:shop/frontend"]
      give redis-cart a standby replica, or let cart go on without it; either removes 40 % of the single-failure risk
    LP001 error medium: orders-db is a single instance: its loss takes down checkout
      ["datastore:shop/orders-db"] ["datastore:shop/orders-db", "service:shop/checkout"]
      give orders-db a standby replica
    LP001 error medium: the loss of zone eu-1a takes down checkout
      ["zone:eu-1a"] ["zone:eu-1a", "service:shop/payments-a", "service:shop/checkout"]
      spread what runs there over another zone
    LP002 error medium: checkout should survive 1 failure among payments-a and payments-b but survives none: all rest on api.stripe.com and zone eu-1a
      ["service:shop/checkout", "external:api.stripe.com", "zone:eu-1a"] ["external:api.stripe.com", "service:shop/payments-a", "service:shop/checkout"]
      have an alternative to api.stripe.com and spread payments-a and payments-b over another zone
    LP080 warning high: frontend refers to adservice:9555: nothing in namespace shop is called that
      ["service:shop/frontend"] []
      correct the name, or add what adservice:9555 should lead to
    LP081 warning high: Service shop/legacy: no workload matches app=legacy
      [] []
      make the selector and the labels of the workload agree, or remove Service shop/legacy
    LP082 warning medium: auth and users need each other: unless one starts without the other, neither starts from nothing
      ["service:shop/auth", "service:shop/users"] ["service:shop/auth", "service:shop/users", "service:shop/auth"]
      let auth or users start without the other
    LP001 note medium: api.stripe.com is outside this system: its outage takes down checkout
      ["external:api.stripe.com"] ["external:api.stripe.com", "service:shop/payments-a", "service:shop/checkout"]
      let payments-a go on without api.stripe.com: a fallback, a cached answer or a queue
    LP010 note high: orders-db couples checkout and invoices
      ["datastore:shop/orders-db"] []
      give orders-db standby replicas and limits for each user, or split it so that each has its own
    "#);
}

/// A component that falls only as a whole is no finding, whatever it takes down.
#[test]
fn whole_components_are_no_single_points() {
    let mut system = shop();
    system.analysis.spofs.iter_mut().for_each(|s| s.level = Level::Component);
    assert!(findings(&system).iter().all(|f| f.rule.code != "LP001"));
}

/// Fingerprints are unique, and the same after lines, files and Compose projects have other names.
#[test]
fn fingerprints_are_stable() {
    let before = findings(&shop());
    let mut prints: Vec<_> = before.iter().map(|f| &f.fingerprint).collect();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), before.len());

    let mut moved = shop();
    for c in &mut moved.graph.components {
        c.evidence = vec![at("elsewhere.yaml", 99, "metadata.name")];
    }
    for d in &mut moved.graph.dependencies {
        d.evidence = vec![at("elsewhere.yaml", 7, "env")];
    }
    moved.graph.unresolved[0].evidence = at("elsewhere.yaml", 1, "env");
    let after = findings(&moved);
    let of = |all: &[Finding]| all.iter().map(|f| f.fingerprint.clone()).collect::<Vec<_>>();
    assert_eq!(of(&before), of(&after));

    let in_project = |project: &str| {
        let mut system = shop();
        for c in &mut system.graph.components {
            c.scope = format!("compose:{project}").into();
            c.id = c.id.replace("shop/", &format!("{project}/")).into();
        }
        of(&findings(&system))
    };
    assert_eq!(in_project("shop"), in_project("a-checkout-of-shop"));
}

/// Two findings that a fingerprint cannot tell apart are numbered.
#[test]
fn equal_fingerprints_are_numbered() {
    let mut system = shop();
    let again = system.graph.unresolved[0].clone();
    system.graph.unresolved.push(again);
    let all = findings(&system);
    let dangling: Vec<_> = all.iter().filter(|f| f.rule.code == "LP080").map(|f| &f.fingerprint).collect();
    assert_eq!(dangling.len(), 2);
    assert_ne!(dangling[0], dangling[1]);
}

/// What people call components is short where it can be and unambiguous everywhere.
#[test]
fn labels_are_short_and_unambiguous() {
    let ids = [
        "config:shop/web",
        "external:web.example.com",
        "service:blog/web",
        "service:shop/cart",
        "service:shop/cart@compose",
        "service:shop/web",
        "zone:a",
    ];
    let components = ids.map(component);
    let graph = linchpin::graph::Graph::freeze(components.to_vec(), Vec::new(), Vec::new());
    let labels = Labels::new(&graph);
    let labels: Vec<_> = graph.ids().map(|id| labels.of(id).to_owned()).collect();
    assert_eq!(labels, ["config web", "web.example.com", "blog/web", "cart", "cart@compose", "shop/web", "zone a"]);
}

/// Components are found by id, name, namespace and name, alias, or part of an id, in this order.
#[test]
fn components_are_found_by_what_people_call_them() {
    let system = shop();
    for (name, found) in [
        ("service:shop/cart", "service:shop/cart"),
        ("cart", "service:shop/cart"),
        ("shop/cart", "service:shop/cart"),
        ("cartservice", "service:shop/cart"),
        ("stripe", "external:api.stripe.com"),
        ("eu-1a", "zone:eu-1a"),
        ("frontend", "service:shop/frontend"),
        ("entry:shop/front", "entry:shop/frontend"),
    ] {
        assert_eq!(lookup(&system.graph, name).map(|id| &*system.graph.component(id).id), Ok(found), "{name}");
    }
    let error = |name: &str| lookup(&system.graph, name).unwrap_err().to_string();
    insta::assert_snapshot!(error("payments"), @"`payments` could be `service:shop/payments-a`, `service:shop/payments-b`; name one by its id");
    insta::assert_snapshot!(error("chekout"), @"no component is called `chekout`; did you mean `checkout`?");
    insta::assert_snapshot!(error("nothing-like-it"), @"no component is called `nothing-like-it`; `linchpin graph --format text` lists all");
    assert!(matches!(lookup(&system.graph, ""), Err(LookupError::Unknown { .. })));
}
