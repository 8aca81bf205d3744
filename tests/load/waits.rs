//! How long calls wait: the oracles of THEORY 2.5.

use super::system::{Edit, System, id};
use super::{calls, close, edge, layer, retry, timeout};
use linchpin::analysis::waits::{measure, worst_waits};
use linchpin::facts::{Interaction, Layer, RetryLayer};
use linchpin::graph::Graph;

/// THEORY 2.5: W(B) = 1.85 s, a slack of −0.85 s, one wasted try.
#[test]
fn an_inversion() {
    let mut graph = System::default().entry("a", 1.0).needs("a", &["b"]).needs("b", &["c"]).build();
    timeout(edge(&mut graph, "a", "b"), 1000.0);
    let b_to_c =
        RetryLayer { per_try_timeout_ms: Some(500.0), backoff_ms: vec![100.0, 200.0], ..layer(Layer::Library, 3) };
    retry(edge(&mut graph, "b", "c"), vec![b_to_c]);
    let b = id(&graph, "b");
    graph.components[b.0 as usize].settings.p99_ms = Some(50.0);
    let found = measure(&graph);
    let [row] = &found.rows[..] else { panic!("{:?}", found.rows) };
    assert!(close(row.worst.ms, 1850.0) && row.slack_ms().is_some_and(|s| close(s, -850.0)) && row.inverted());
    assert_eq!(row.wasted_tries, Some(1));
    // With 2 s there is no inversion; with the callee known to be fast there is none either.
    let edge = edge(&mut graph, "a", "b");
    edge.timeouts.clear();
    timeout(edge, 2000.0);
    assert!(!measure(&graph).rows[0].inverted());
}

/// Stages run one after the other, calls of one stage beside each other; limits of callers and of the component cut.
#[test]
fn waits_add_up() {
    let mut graph = System::default().entry("a", 1.0).needs("a", &["b", "c", "d"]).build();
    for (to, ms) in [("b", 100.0), ("c", 300.0), ("d", 50.0)] {
        let callee = id(&graph, to);
        graph.components[callee.0 as usize].settings.p99_ms = Some(ms);
    }
    let a = id(&graph, "a");
    let wait = |graph: &Graph| worst_waits(graph).answer[a.0 as usize].ms;
    assert_eq!(wait(&graph), 450.0);
    edge(&mut graph, "a", "b").stage = Some("fan-out".into());
    edge(&mut graph, "a", "c").stage = Some("fan-out".into());
    assert_eq!(wait(&graph), 350.0);
    calls(&mut graph, "a", "d", 3.0);
    assert_eq!(wait(&graph), 450.0);
    timeout(edge(&mut graph, "a", "c"), 200.0);
    assert_eq!(wait(&graph), 350.0);
    graph.components[a.0 as usize].settings.p99_ms = Some(10.0);
    assert_eq!(wait(&graph), 360.0);
    graph.components[a.0 as usize].settings.timeout_ms = Some(300.0);
    assert_eq!(wait(&graph), 300.0);
    let [chain] = &measure(&graph).chains[..] else { panic!("the chain is longer than a allows itself") };
    assert_eq!((chain.limit_ms, chain.need.ms), (300.0, 360.0));
}

/// What is unknown is neither zero nor infinite: it makes no row, or one that says what is certain.
#[test]
fn unknown_waits() {
    let mut graph = System::default().entry("a", 1.0).needs("a", &["b"]).needs("b", &["c", "d"]).build();
    timeout(edge(&mut graph, "a", "b"), 1000.0);
    timeout(edge(&mut graph, "b", "c"), 3000.0);
    // b waits 3 s for c, and for d nobody knows how long: certainly too long for a.
    let found = measure(&graph);
    let row = found.rows.iter().find(|r| r.to == id(&graph, "b")).expect("a row");
    assert_eq!((row.worst.ms, row.worst.at_least, row.slack_ms()), (f64::INFINITY, 3000.0, None));
    assert!(row.inverted() && !row.worst.endless());
    assert_eq!(found.rows.len(), 1, "of c nothing is known");
    // A call that is known to have no limit is endless.
    timeout(edge(&mut graph, "b", "d"), f64::INFINITY);
    let found = measure(&graph);
    assert!(found.rows[0].worst.endless());
    // Only b's own work is not counted.
    edge(&mut graph, "b", "d").timeouts.clear();
    timeout(edge(&mut graph, "b", "d"), 500.0);
    assert_eq!(measure(&graph).rows[0].worst.ms, 3500.0);
}

/// A loop takes what its limits allow, and without any it has no end.
#[test]
fn waits_in_loops() {
    let system = System::default().entry("e", 1.0).needs("e", &["a"]).needs("a", &["b"]).needs("b", &["a"]);
    let mut graph = system.build();
    for name in ["a", "b"] {
        let at = id(&graph, name);
        graph.components[at.0 as usize].settings.p99_ms = Some(1.0);
    }
    timeout(edge(&mut graph, "a", "b"), f64::INFINITY);
    timeout(edge(&mut graph, "b", "a"), f64::INFINITY);
    let a = id(&graph, "a").0 as usize;
    assert!(worst_waits(&graph).answer[a].endless());
    edge(&mut graph, "b", "a").timeouts.clear();
    timeout(edge(&mut graph, "b", "a"), 1000.0);
    assert_eq!(worst_waits(&graph).answer[a].ms, 1002.0);
    edge(&mut graph, "a", "b").timeouts.clear();
    timeout(edge(&mut graph, "a", "b"), 10_000.0);
    assert_eq!(worst_waits(&graph).answer[a].ms, 1002.0);
}

/// A queue shows a message again while its consumer may still work on it; with more time it does not.
#[test]
fn messages_come_back_too_soon() {
    let consume = Edit { interaction: Some(Interaction::AsyncConsume), ..Edit::default() };
    let mut graph = System::default().entry("a", 1.0).with("c", "queue:q", consume).needs("c", &["db"]).build();
    timeout(edge(&mut graph, "c", "db"), 40_000.0);
    for (visible, inverted) in [(30_000.0, true), (60_000.0, false)] {
        let queue = id(&graph, "queue:q");
        graph.components[queue.0 as usize].settings.visibility_ms = Some(visible);
        let found = measure(&graph);
        let row = found.rows.iter().find(|r| r.from == queue).expect("a row");
        assert_eq!((row.to, row.worst.ms, row.inverted()), (id(&graph, "c"), 40_000.0, inverted));
    }
}

/// Calls in a row are cut where the caller gives up: of three calls of two tries each, 100 ms a try, two and a half are
/// begun after 450 ms.
#[test]
fn wasted_tries_of_calls_in_a_row() {
    let mut graph = System::default().entry("a", 1.0).needs("a", &["b"]).needs("b", &["c"]).build();
    timeout(edge(&mut graph, "a", "b"), 450.0);
    calls(&mut graph, "b", "c", 3.0);
    retry(edge(&mut graph, "b", "c"), vec![RetryLayer { per_try_timeout_ms: Some(100.0), ..layer(Layer::Library, 2) }]);
    let b = id(&graph, "b");
    graph.components[b.0 as usize].settings.p99_ms = Some(0.0);
    let found = measure(&graph);
    assert_eq!((found.rows[0].worst.ms, found.rows[0].wasted_tries), (600.0, Some(1)));
}
