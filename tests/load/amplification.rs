//! How many calls a request becomes: the oracles of THEORY 2.4.

use super::system::{Edit, System, id, names};
use super::{calls, close, edge, layer, retry, row, timeout, tries};
use linchpin::analysis::amplification::{Fault, retries};
use linchpin::facts::{Interaction, Layer, Retried, RetryLayer};
use linchpin::graph::Graph;

/// THEORY 2.4: cl → A, A → B and C, both → DB.
fn oracle() -> Graph {
    let system = System::default().entry("cl", 1.0).needs("cl", &["a"]).needs("a", &["b", "c"]);
    let mut graph = system.needs("b", &["db"]).needs("c", &["db"]).build();
    for (from, to, n) in [("cl", "a", 3), ("a", "b", 4), ("b", "db", 3), ("a", "c", 2), ("c", "db", 3)] {
        tries(&mut graph, from, to, n);
    }
    edge(&mut graph, "a", "c").calls_per_request = Some(2.0);
    graph
}

/// The sum over all paths, the worst path with its arithmetic, and what a budget takes away.
#[test]
fn sums_and_maxima() {
    let mut graph = oracle();
    let db = row(&graph, "cl", "db", Fault::Outage).expect("a row");
    assert_eq!((db.sum, db.max, db.max_unbudgeted), (72.0, 36.0, 36.0));
    assert_eq!(names(&graph, &db.path), ["cl", "a", "b", "db"]);
    assert_eq!(db.hops.iter().map(|h| h.gain()).collect::<Vec<_>>(), [3.0, 4.0, 3.0]);
    let budgeted = RetryLayer { budget: Some(0.1), ..layer(Layer::Library, 4) };
    retry(edge(&mut graph, "a", "b"), vec![budgeted]);
    let db = row(&graph, "cl", "db", Fault::Outage).expect("a row");
    assert!(close(db.sum, 45.9) && close(db.max, 36.0), "{db:?}");
    let b = row(&graph, "cl", "b", Fault::Outage).expect("a row");
    assert!(close(b.max, 3.3) && close(b.max_unbudgeted, 12.0), "{b:?}");
}

/// "3 retries on each of 3 layers" is 64, "3 tries on each of 5" is 243: on one edge or along a chain.
#[test]
fn textbook_products() {
    for (layers, n, expected) in [(3, 4, 64.0), (5, 3, 243.0)] {
        let hops: Vec<String> = (0..=layers).map(|i| format!("s{i}")).collect();
        let mut system = System::default().entry("s0", 1.0);
        for pair in hops.windows(2) {
            system = system.needs(&pair[0], &[&pair[1]]);
        }
        let mut graph = system.build();
        hops.windows(2).for_each(|pair| tries(&mut graph, &pair[0], &pair[1], n));
        let found = row(&graph, "s0", &hops[layers], Fault::Outage).expect("a row");
        assert_eq!((found.sum, found.max), (expected, expected));

        let mut graph = System::default().entry("a", 1.0).needs("a", &["b"]).build();
        let all = [Layer::Library, Layer::ClientMesh, Layer::Gateway, Layer::ServerMesh, Layer::Platform];
        retry(edge(&mut graph, "a", "b"), all.iter().take(layers).map(|&l| layer(l, n)).collect());
        assert_eq!(row(&graph, "a", "b", Fault::Outage).expect("a row").max, expected);
    }
}

/// What bounds the tries of one call, by what goes wrong (SEMANTICS A.0, A.2; THEORY 2.4 bounds).
#[test]
fn tries_in_effect() {
    let base = || layer(Layer::Library, 4);
    let inf = f64::INFINITY;
    type Case = (&'static str, Vec<RetryLayer>, Option<f64>, [f64; 3]);
    let cases: Vec<Case> = vec![
        ("nothing else known", vec![base()], None, [4.0, 4.0, 4.0]),
        ("two layers", vec![layer(Layer::Library, 3), layer(Layer::ClientMesh, 4)], None, [12.0, 12.0, 12.0]),
        (
            "only refusals are retried",
            vec![RetryLayer { retried: Retried::REFUSED, ..layer(Layer::ClientMesh, 3) }],
            None,
            [3.0, 1.0, 1.0],
        ),
        (
            "attempts 3, backoff 2 s, timeout 3 s: two tries",
            vec![RetryLayer { backoff_ms: vec![2000.0], ..layer(Layer::ClientMesh, 4) }],
            Some(3000.0),
            [2.0, 2.0, 1.0],
        ),
        (
            "tries of 500 ms within 1.2 s",
            vec![RetryLayer { per_try_timeout_ms: Some(500.0), ..base() }],
            Some(1200.0),
            [4.0, 4.0, 3.0],
        ),
        ("a deadline and no limit of a try", vec![base()], Some(1000.0), [4.0, 4.0, 1.0]),
        ("no limit at all, and that is known", vec![base()], Some(inf), [4.0, 4.0, 1.0]),
        ("a budget", vec![RetryLayer { budget: Some(0.2), ..base() }], None, [1.2, 1.2, 1.2]),
        (
            "Envoy's budget, 20 % of all requests",
            vec![RetryLayer { budget: Some(0.2), ..layer(Layer::ClientMesh, 4) }],
            None,
            [1.25, 1.25, 1.25],
        ),
        ("unlimited", vec![base().unlimited()], None, [inf, inf, inf]),
        (
            "unlimited, with pauses and a deadline",
            vec![RetryLayer { backoff_ms: vec![10.0], ..base().unlimited() }],
            Some(1000.0),
            [100.0, 100.0, 1.0],
        ),
        (
            "the mesh's tries take the time of the library's",
            vec![
                RetryLayer { per_try_timeout_ms: Some(1000.0), ..layer(Layer::Library, 2) },
                RetryLayer { per_try_timeout_ms: Some(400.0), ..layer(Layer::ClientMesh, 5) },
            ],
            None,
            [10.0, 10.0, 6.0],
        ),
    ];
    for (what, layers, limit, expected) in cases {
        let mut graph = System::default().entry("a", 1.0).needs("a", &["b"]).build();
        retry(edge(&mut graph, "a", "b"), layers);
        limit.into_iter().for_each(|ms| timeout(edge(&mut graph, "a", "b"), ms));
        let outage = row(&graph, "a", "b", Fault::Outage).expect("always there").max;
        let of = |fault| row(&graph, "a", "b", fault).map_or(outage, |r| r.max);
        assert_eq!([outage, of(Fault::Error), of(Fault::Latency)], expected, "{what}");
    }
}

/// A layer that retries refusals alone multiplies on the last hop: further up it sees answers with errors.
#[test]
fn refusals_are_not_seen_further_up() {
    let mut graph = System::default().entry("a", 1.0).needs("a", &["b"]).needs("b", &["c"]).build();
    for (from, to) in [("a", "b"), ("b", "c")] {
        retry(
            edge(&mut graph, from, to),
            vec![RetryLayer { retried: Retried::REFUSED, ..layer(Layer::ClientMesh, 3) }],
        );
    }
    assert_eq!(row(&graph, "a", "c", Fault::Outage).expect("a row").max, 3.0);
    assert_eq!(row(&graph, "a", "c", Fault::Error).expect("it differs").max, 1.0);
    assert_eq!(row(&graph, "a", "b", Fault::Outage).expect("a row").max, 3.0);
}

/// A queue delivers to its consumers: tries are deliveries, from its settings where the edge has none, and without a
/// number as many as fit into the retention (345,600 s of 30 s each).
#[test]
fn deliveries_count_as_tries() {
    let consume = Edit { interaction: Some(Interaction::AsyncConsume), ..Edit::default() };
    let publish = Edit { interaction: Some(Interaction::AsyncPublish), ..Edit::default() };
    let system = System::default().entry("a", 1.0).with("a", "queue:q", publish).with("c", "queue:q", consume);
    let mut graph = system.needs("c", &["db"]).build();
    let queue = id(&graph, "queue:q");
    graph.components[queue.0 as usize].settings.deliveries = Some(5.0);
    assert_eq!(row(&graph, "a", "db", Fault::Outage).expect("a row").max, 5.0);
    let settings = &mut graph.components[queue.0 as usize].settings;
    settings.deliveries = Some(f64::INFINITY);
    assert_eq!(row(&graph, "a", "c", Fault::Outage).expect("a row").max, f64::INFINITY);
    let settings = &mut graph.components[queue.0 as usize].settings;
    (settings.retention_ms, settings.visibility_ms) = (Some(345_600_000.0), Some(30_000.0));
    assert_eq!(row(&graph, "a", "c", Fault::Outage).expect("a row").max, 11_520.0);
}

/// A loop of gain 1.2 diverges, and so do two loops that are each below 1; half of that is finite.
#[test]
fn loops_of_calls() {
    let system = System::default().entry("a", 1.0).needs("a", &["b"]).needs("b", &["a"]);
    let mut graph = system.build();
    calls(&mut graph, "a", "b", 2.0);
    calls(&mut graph, "b", "a", 0.6);
    let found = retries(&graph, 100);
    let [cycle] = &found.cycles[..] else { panic!("{:?}", found.cycles) };
    assert!(close(cycle.gain, 1.2) && close(cycle.spectral_radius, 1.2f64.sqrt()) && cycle.unstable(), "{cycle:?}");
    assert_eq!(names(&graph, &cycle.witness), ["a", "b"]);
    let b = &found.amplification.rows[0];
    assert_eq!((b.sum, b.max), (f64::INFINITY, f64::INFINITY));
    assert_eq!(names(&graph, &b.path), ["a", "b"]);

    calls(&mut graph, "b", "a", 0.25);
    let found = retries(&graph, 100);
    assert!(!found.cycles[0].unstable() && close(found.cycles[0].gain, 0.5));
    assert!(close(found.amplification.rows[0].sum, 4.0), "2 / (1 - 0.5)");
    assert!(close(found.amplification.rows[0].max, 2.0));

    let system = System::default().entry("e", 1.0).needs("e", &["a"]).needs("a", &["b", "c"]);
    let mut trap = system.needs("b", &["a"]).needs("c", &["a"]).build();
    for (from, to, n) in [("a", "b", 0.6), ("b", "a", 1.0), ("a", "c", 0.6), ("c", "a", 1.0)] {
        calls(&mut trap, from, to, n);
    }
    let found = retries(&trap, 100);
    assert!(close(found.cycles[0].spectral_radius, 1.2f64.sqrt()) && found.cycles[0].gain < 1.0);
    let a = found.amplification.rows.iter().find(|r| r.target == id(&trap, "a")).expect("a row");
    assert_eq!((a.sum, a.max), (f64::INFINITY, 1.0), "no way is infinite, their sum is");
}
