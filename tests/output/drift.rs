//! How drift is told.

use crate::systems::{System, shop};
use linchpin::analysis::{Discrepancy, Drift, Setting, Value};
use linchpin::facts::Criticality;
use linchpin::graph::{DependencyId, Labels, Observed};
use linchpin::render::{Report, json, text};
use linchpin::rules;

fn edge(system: &System, from: &str, to: &str) -> DependencyId {
    let to = system.id(to);
    system.graph.providers(system.id(from)).find(|(_, d)| d.to == to).unwrap().0
}

/// The shop with something of every sort of drift.
fn drifted() -> System {
    let mut system = shop();
    let (cart, redis) = ("service:shop/cart", "cache:shop/redis-cart");
    let seen = edge(&system, "service:shop/frontend", cart);
    let mut observed = Observed::default();
    (observed.calls, observed.errors, observed.p99_ms, observed.share) = (1204, 6, Some(38.4), Some(0.42));
    system.graph.dependencies[seen.0 as usize].observed = Some(Box::new(observed));
    let checkout = system.id("service:shop/checkout");
    system.graph.components[checkout.0 as usize].spans = 2_000;
    let row = |what, declared, observed| Discrepancy { dependency: seen, what, declared, observed };
    system.analysis.drift = Some(Drift {
        unmatched: vec![system.id("service:shop/users")],
        undeclared: vec![edge(&system, cart, redis), seen],
        unobserved: vec![edge(&system, "service:shop/checkout", "service:shop/invoices")],
        blind_spots: vec![system.id(cart)],
        settings: vec![
            row(Setting::Tries, Value::Unlimited, Value::Number(7.0)),
            row(Setting::Timeout, Value::Number(1000.0), Value::Number(1830.5)),
            row(Setting::PerTryTimeout, Value::Unknown, Value::Number(2.0)),
            row(Setting::Criticality, Value::Criticality(Criticality::Soft), Value::Criticality(Criticality::Hard)),
        ],
    });
    system
}

/// The command lists each sort with its rows, the most used first.
#[test]
fn the_command_lists_everything() {
    let system = drifted();
    let drift = system.analysis.drift.as_ref().unwrap();
    let labels = Labels::new(&system.graph);
    insta::assert_snapshot!(text::plain(&text::drift(&system.graph, &labels, drift, None)), @"
    1 service of the traces is in no manifest
      users  0 spans

    2 dependencies are only in traces
      frontend → cart    sync  1,204 calls, <1 % fail, p99 38 ms, 42 % of requests
      cart → redis-cart  sync

    1 dependency is declared and was never seen
      checkout → invoices  sync  k8s/app.yaml:15 env.INVOICES

    1 component records no spans
      cart  k8s/cart.yaml:7

    4 settings are not what was seen
      frontend → cart  tries: no limit configured, 7 seen            k8s/app.yaml:17
      frontend → cart  timeout: 1 s configured, 1.8 s seen           k8s/app.yaml:17
      frontend → cart  timeout of a try: none configured, 2 ms seen  k8s/app.yaml:17
      frontend → cart  criticality: soft configured, hard seen       k8s/app.yaml:17
    ");
    insta::assert_snapshot!("json", json::drift(&system.graph, &system.inventory, drift, None));
    let short = json::drift(&system.graph, &system.inventory, drift, Some(1));
    let short: serde_json::Value = serde_json::from_str(&short).unwrap();
    assert_eq!(short["drift"]["undeclared"][0]["to"], "service:shop/cart");
    assert_eq!(short["limits"][0]["section"], "drift.undeclared");
    let agree = text::drift(&system.graph, &labels, &Drift::default(), None);
    assert_eq!(text::plain(&agree), "Manifests and traces agree\n");
}

/// A report has a sentence for each sort, and no word of it unless manifests and traces were read.
#[test]
fn the_report_has_a_section() {
    let section = |system: &System| {
        let System { graph, inventory, analysis } = system;
        let labels = Labels::new(graph);
        let findings = rules::check(graph, analysis, &labels);
        let report = Report { inventory, graph, labels: &labels, analysis, findings: &findings };
        let page = text::plain(&text::scan(&report, text::Detail::default()));
        let is_ours = |line: &&str| !line.starts_with("Assumed");
        let drift: Vec<&str> = page.lines().skip_while(|l| !l.starts_with("Drift")).take_while(is_ours).collect();
        (drift.join("\n"), json::report(&report, None).contains("\"drift\""))
    };
    assert_eq!(section(&shop()), (String::new(), false));
    let (page, in_json) = section(&drifted());
    assert!(in_json);
    insta::assert_snapshot!(page, @"
    Drift            1 service of the traces is in no manifest: users
                     2 dependencies are only in traces: frontend → cart and cart → redis-cart
                     1 dependency is declared and was never seen: checkout → invoices
                     1 component records no spans: cart
                     4 settings are not what was seen: frontend → cart (tries: no limit configured, 7 seen), frontend →
                     cart (timeout: 1 s configured, 1.8 s seen), frontend → cart (timeout of a try: none configured, 2 ms
                     seen) and frontend → cart (criticality: soft configured, hard seen)
    ");
}

/// Rules say what each drift means, where it stands and what to do.
#[test]
fn rules_speak_of_drift() {
    let system = drifted();
    let findings = rules::check(&system.graph, &system.analysis, &Labels::new(&system.graph));
    let lines: Vec<String> = findings
        .iter()
        .filter(|f| f.rule.code.starts_with("LP07"))
        .map(|f| {
            assert!(!f.evidence.is_empty() && !f.subjects.is_empty());
            format!("{} {} {}: {}\n  {}", f.rule.code, f.severity.word(), f.confidence.word(), f.message, f.fix)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    LP070 note high: cart calls redis-cart (0 calls in traces), which no manifest declares
      make the address of redis-cart a setting of cart, or declare it in a linchpin manifest
    LP070 note high: frontend calls cart (1,204 calls in traces), which no manifest declares
      make the address of cart a setting of frontend, or declare it in a linchpin manifest
    LP071 note medium: checkout declares invoices, but none of its 2,000 spans shows it
      remove it if nothing uses it, or instrument the client that does
    LP072 note high: cart records no spans, though it was called (1,204 calls in traces)
      instrument cart, or let its sidecar record spans
    ");
}
