//! Retries, waits and worst paths: the hand-checked oracles of the theory, and brute force on small random systems.

mod overload;
#[path = "../system/mod.rs"]
mod system;

use linchpin::analysis::amplification::{Amplification, Fault, Load, amplification, retries};
use linchpin::analysis::paths::{Asked, By, worst_paths};
use linchpin::analysis::waits::{measure, worst_waits};
use linchpin::facts::{Criticality, Interaction, Layer, Origin, Retried, RetryLayer, TimeoutOrigin};
use linchpin::graph::{ComponentId, Dependency, Graph, LayerTimeout, Retry, Timeout};
use linchpin::graph::{DependencyId, Evidence};
use linchpin::source::Location;
use proptest::prelude::*;
use system::{System, id, names};

fn evidence() -> Evidence {
    Evidence::new(Location::start("shop.yaml".into()), "retry")
}

/// A layer of so many tries.
fn layer(layer: Layer, tries: u32) -> RetryLayer {
    RetryLayer::new(layer, tries, Origin::Explicit, evidence())
}

/// The dependency between two components, to be changed.
fn edge<'g>(graph: &'g mut Graph, from: &str, to: &str) -> &'g mut Dependency {
    let (from, to) = (id(graph, from), id(graph, to));
    graph.dependencies.iter_mut().find(|d| (d.from, d.to) == (from, to)).expect("an edge")
}

fn retry(d: &mut Dependency, layers: Vec<RetryLayer>) {
    d.retry = Retry::of(layers);
}

fn tries(graph: &mut Graph, from: &str, to: &str, n: u32) {
    retry(edge(graph, from, to), vec![layer(Layer::Library, n)]);
}

fn timeout(d: &mut Dependency, ms: f64) {
    d.timeouts.push(LayerTimeout {
        layer: Layer::Library,
        ms: Some(ms).filter(|ms| ms.is_finite()),
        origin: if ms.is_finite() { TimeoutOrigin::Explicit } else { TimeoutOrigin::Disabled },
        evidence: evidence(),
    });
    d.timeout = Timeout::of(&d.timeouts);
}

fn rows(graph: &Graph) -> Vec<Amplification> {
    retries(graph, usize::MAX).amplification.rows
}

fn row(graph: &Graph, entry: &str, target: &str, fault: Fault) -> Option<Amplification> {
    let (entry, target) = (id(graph, entry), id(graph, target));
    rows(graph).into_iter().find(|r| (r.entry, r.target, r.fault) == (entry, target, fault))
}

fn close(a: f64, b: f64) -> bool {
    (a == b) || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

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
    let consume = system::Edit { interaction: Some(Interaction::AsyncConsume), ..system::Edit::default() };
    let publish = system::Edit { interaction: Some(Interaction::AsyncPublish), ..system::Edit::default() };
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

fn calls(graph: &mut Graph, from: &str, to: &str, n: f64) {
    edge(graph, from, to).calls_per_request = Some(n);
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
    let consume = system::Edit { interaction: Some(Interaction::AsyncConsume), ..system::Edit::default() };
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

/// THEORY 2.6: the likeliest way has .48, not .45; the longest has three dependencies.
#[test]
fn worst_ways() {
    let system = System::default().entry("e", 1.0).needs("e", &["x", "y"]).needs("x", &["s"]);
    let mut graph = system.needs("y", &["s", "x"]).build();
    for (from, to, p) in [("x", "s", 0.9), ("e", "x", 0.5), ("y", "s", 0.6), ("e", "y", 0.8), ("y", "x", 0.1)] {
        edge(&mut graph, from, to).probability = Some(p);
    }
    let s = id(&graph, "s");
    let found = worst_paths(&graph, &Asked { from: Some(s), ..Asked::default() });
    let of = |by: By| found.rows.iter().find(|r| r.by == by).expect("a row");
    assert!(close(of(By::Probability).value, 0.48));
    assert_eq!(names(&graph, &of(By::Probability).path), ["s", "y", "e"]);
    assert_eq!((of(By::Length).value, of(By::Length).bound), (3.0, false));
    assert_eq!(names(&graph, &of(By::Length).path), ["s", "x", "y", "e"]);
    assert_eq!(of(By::Amplification).value, 1.0);
    assert_eq!(found.total[&By::Probability], 1);
}

/// A failure comes through a group only if enough of its members fail, as probably as the one that is too many.
#[test]
fn ways_through_redundancy() {
    let system = System::default().entry("e", 1.0).group("e", 1, &["r1", "r2"]).needs("r1", &["z"]);
    let mut graph = system.needs("r2", &["z"]).build();
    edge(&mut graph, "r1", "z").probability = Some(0.9);
    edge(&mut graph, "r2", "z").probability = Some(0.4);
    let found = worst_paths(&graph, &Asked { by: vec![By::Probability], ..Asked::default() });
    let [row] = &found.rows[..] else { panic!("one replica alone reaches nobody: {:?}", found.rows) };
    assert!(close(row.value, 0.4));
    assert_eq!(names(&graph, &row.path), ["z", "r2", "e"]);
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Random calls: from, to, calls in quarters, tries, budget.
fn calls_between() -> impl Strategy<Value = Vec<(usize, usize, u32, u32, bool)>> {
    prop::collection::vec((0..6usize, 0..6usize, 1..9u32, 1..4u32, prop::bool::weighted(0.3)), 1..10)
}

fn random(calls: &[(usize, usize, u32, u32, bool)], whole: bool, budgets: bool) -> Graph {
    let mut system = System::default().entry("a", 1.0);
    let mut seen = std::collections::BTreeSet::new();
    let calls: Vec<_> = calls.iter().filter(|c| seen.insert((c.0, c.1))).collect();
    for c in &calls {
        system = system.needs(NAMES[c.0], &[NAMES[c.1]]);
    }
    let mut graph = system.build();
    for &&(from, to, quarters, n, budget) in &calls {
        let budget = (budget && budgets).then_some(0.25);
        let d = edge(&mut graph, NAMES[from], NAMES[to]);
        d.calls_per_request = Some(if whole { f64::from(quarters) } else { f64::from(quarters) / 16.0 });
        retry(d, vec![RetryLayer { budget, ..layer(Layer::Library, n) }]);
    }
    graph
}

fn gain(d: &Dependency) -> f64 {
    let layer = &d.retry.as_ref().expect("a layer").layers[0];
    let tries = f64::from(layer.tries.expect("bounded"));
    d.calls_per_request.unwrap_or(1.0) * layer.budget.map_or(tries, |b| tries.min(1.0 + b))
}

/// The matrix of gains, by component.
fn matrix(graph: &Graph) -> Vec<Vec<f64>> {
    let n = graph.components.len();
    let mut g = vec![vec![0.0; n]; n];
    graph.dependencies.iter().for_each(|d| g[d.from.0 as usize][d.to.0 as usize] += gain(d));
    g
}

/// The greatest product over all walks, and whether ever longer ones are ever greater: powers of the matrix with
/// (max, ×) for (+, ×), squared until they speak of walks of 2^60 calls.
fn brute_max(g: &[Vec<f64>], from: usize) -> (Vec<f64>, Vec<bool>) {
    const HUGE: f64 = 1e100;
    let n = g.len();
    let mut best = g.to_vec();
    (0..n).for_each(|v| best[v][v] = best[v][v].max(1.0));
    for _ in 0..60 {
        let half = best.clone();
        for u in 0..n {
            for v in 0..n {
                best[u][v] = (0..n).map(|w| half[u][w] * half[w][v]).fold(0.0, f64::max).min(HUGE);
            }
        }
    }
    let grows = best[from].iter().map(|&product| product > HUGE / 1e50).collect();
    (best.swap_remove(from), grows)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Maxima equal brute force over walks; they are infinite exactly where longer walks go on growing.
    #[test]
    fn maxima_equal_brute_force(calls in calls_between(), whole: bool) {
        let graph = random(&calls, whole, true);
        let Some(a) = graph.find("service:a") else { return Ok(()) };
        let (best, grows) = brute_max(&matrix(&graph), a.0 as usize);
        for row in rows(&graph) {
            let t = row.target.0 as usize;
            prop_assert_eq!(row.max.is_infinite(), grows[t], "{:?} {:?}", row, best);
            if row.max.is_finite() {
                prop_assert!(close(row.max, best[t]), "{:?} {:?}", row, best);
                let along: f64 = row.hops.iter().map(|h| h.gain()).product();
                prop_assert!(close(along, row.max), "{:?}", row);
            }
            let mut at = row.entry;
            for hop in &row.hops {
                prop_assert_eq!(hop.from, at);
                at = hop.to;
            }
            prop_assert_eq!(at, row.target);
        }
    }

    /// Sums equal the series of walks: where it converges to the same number, where it does not to nothing finite.
    #[test]
    fn sums_equal_the_series(calls in calls_between(), whole: bool) {
        let graph = random(&calls, whole, true);
        let Some(a) = graph.find("service:a") else { return Ok(()) };
        let g = matrix(&graph);
        let n = g.len();
        let mut term = vec![0.0; n];
        term[a.0 as usize] = 1.0;
        let mut sum = term.clone();
        let mut last = vec![0.0; n];
        for _ in 0..3_000 {
            term = (0..n).map(|v| (0..n).map(|u| term[u] * g[u][v]).sum::<f64>().min(1e200)).collect();
            (0..n).for_each(|v| sum[v] += term[v]);
            last.clone_from(&term);
        }
        for row in rows(&graph) {
            let t = row.target.0 as usize;
            let diverges = last[t] > 1e-9 || (0..n).any(|u| last[u] > 1e-9 && sum[u] > 1e9 && g[u][t] > 0.0);
            if row.sum.is_finite() {
                prop_assert!((row.sum - sum[t]).abs() <= 1e-6 * sum[t], "{:?} {}", row, sum[t]);
            } else {
                prop_assert!(diverges || sum[t] > 1e5, "{:?} {}", row, sum[t]);
            }
        }
    }

    /// With whole calls the sum is at least the maximum and that at least 1; a budget never raises either.
    #[test]
    fn sum_max_one(calls in calls_between()) {
        let (free, budgeted) = (rows(&random(&calls, true, false)), rows(&random(&calls, true, true)));
        prop_assert_eq!(free.len(), budgeted.len());
        for (free, budgeted) in free.iter().zip(&budgeted) {
            for row in [free, budgeted] {
                prop_assert!(row.sum >= row.max && row.max >= 1.0 && row.max_unbudgeted >= row.max, "{:?}", row);
            }
            prop_assert!(budgeted.max <= free.max && budgeted.sum <= free.sum);
        }
    }

    /// Nested identical layers telescope (SEMANTICS G.3): with a chance p that a try fails, N tries on each of L layers
    /// are expected to be (1 − p^(N^L)) / (1 − p); at p = 1 that is the product of the layers.
    #[test]
    fn nested_layers_telescope(n in 1..5u32, depth in 1..4usize, p in 0.01f64..0.99) {
        let mut expected = 1.0;
        let mut failing = p;
        for _ in 0..depth {
            expected *= (0..n).map(|k| failing.powi(k.cast_signed())).sum::<f64>();
            failing = failing.powi(n.cast_signed());
        }
        let product = f64::from(n.pow(u32::try_from(depth).expect("small")));
        prop_assert!(close(expected, (1.0 - p.powf(product)) / (1.0 - p)));
        let all = [Layer::Library, Layer::ClientMesh, Layer::Gateway];
        let mut graph = System::default().entry("a", 1.0).needs("a", &["b"]).build();
        retry(edge(&mut graph, "a", "b"), all.iter().take(depth).map(|&l| layer(l, n)).collect());
        prop_assert_eq!(row(&graph, "a", "b", Fault::Outage).expect("a row").max, product);
        prop_assert!(expected <= product);
    }

    /// The spectral radius agrees with the growth of a dense matrix's powers, computed by repeated squaring.
    #[test]
    fn radius_equals_dense_powers(weights in prop::collection::vec(0.0f64..2.0, 25), ring in 0.1f64..2.0) {
        let n = 5usize;
        let mut a = vec![vec![0.0; n]; n];
        for i in 0..n {
            for j in 0..n {
                let w = weights[i * n + j];
                a[i][j] = if w < 1.2 { 0.0 } else { w - 1.2 };
            }
            // Keeps it strongly connected.
            a[i][(i + 1) % n] += ring;
        }
        let edges: Vec<(u32, u32, f64)> = (0..n as u32)
            .flat_map(|i| (0..n as u32).map(move |j| (i, j)))
            .map(|(i, j)| (i, j, a[i as usize][j as usize]))
            .filter(|e| e.2 > 0.0)
            .collect();
        let found = linchpin::graph::algo::spectral_radius(n, &edges);
        prop_assert!(found.exact());
        // ρ = lim ‖A^(2^k)‖^(1/2^k), with norms kept apart.
        let (mut power, mut log) = (a, 0.0f64);
        for k in 0..40 {
            let square: Vec<Vec<f64>> =
                (0..n).map(|i| (0..n).map(|j| (0..n).map(|l| power[i][l] * power[l][j]).sum()).collect()).collect();
            let norm = square.iter().flatten().copied().fold(0.0, f64::max);
            log += norm.ln() / 2f64.powi(k + 1);
            power = square.into_iter().map(|row| row.into_iter().map(|x| x / norm).collect()).collect();
        }
        prop_assert!((found.at_most - log.exp()).abs() < 1e-6 * found.at_most, "{:?} {}", found, log.exp());
    }

    /// Likeliest ways equal the greatest product over simple paths by brute force, loops included; longest ones are
    /// not shorter than any simple path, and equal to the longest where no loop is on the way.
    #[test]
    fn ways_equal_brute_force(calls in calls_between()) {
        let mut graph = random(&calls, true, false);
        for (i, d) in graph.dependencies.iter_mut().enumerate() {
            d.probability = Some([1.0, 0.5, 0.9, 0.3][i % 4]);
            if i % 7 == 6 {
                d.criticality = Criticality::Soft;
            }
        }
        let Some(entry) = graph.find("service:a") else { return Ok(()) };
        let found = worst_paths(&graph, &Asked::default());
        for source in graph.ids().filter(|&s| s != entry) {
            let mut best: Option<(f64, usize)> = None;
            simple_paths(&graph, source, entry, 1.0, &mut vec![source], &mut |p, hops| {
                let (b, h) = best.unwrap_or((0.0, 0));
                best = Some((b.max(p), h.max(hops)));
            });
            let of = |by| found.rows.iter().find(|r| (r.by, r.source, r.entry) == (by, source, entry));
            match best {
                None => prop_assert!(of(By::Probability).is_none() && of(By::Length).is_none()),
                Some((p, hops)) => {
                    let likely = of(By::Probability).expect("reached");
                    prop_assert!(close(likely.value, p), "{:?} {}", likely, p);
                    let long = of(By::Length).expect("reached");
                    prop_assert!(long.value >= hops as f64 && (long.bound || long.value == hops as f64), "{:?} {}", long, hops);
                    prop_assert!(long.path.first() == Some(&source) && long.path.last() == Some(&entry));
                }
            }
        }
    }

    /// Kept rows are the worst ones, and the total counts all.
    #[test]
    fn limits_keep_the_worst(calls in calls_between(), limit in 0..4usize) {
        let graph = random(&calls, true, true);
        let entries: Vec<ComponentId> = graph.entries().map(|(id, _)| id).collect();
        let load = Load::new(&graph);
        let all = amplification(&graph, &load, &entries, usize::MAX, |_, _, _| true);
        let some = amplification(&graph, &load, &entries, limit, |_, _, _| true);
        prop_assert_eq!((some.total, some.rows.len()), (all.total, limit.min(all.rows.len())));
        let least = some.rows.iter().map(|r| r.max).fold(f64::INFINITY, f64::min);
        for row in all.rows.iter().filter(|r| !some.rows.contains(r)) {
            prop_assert!(row.max <= least);
        }
    }
}

/// Calls `found` with the probability and length of every simple path of hard dependencies from a source to an entry.
fn simple_paths(
    graph: &Graph,
    at: ComponentId,
    entry: ComponentId,
    p: f64,
    path: &mut Vec<ComponentId>,
    found: &mut dyn FnMut(f64, usize),
) {
    if at == entry {
        return found(p, path.len() - 1);
    }
    let next: Vec<(DependencyId, ComponentId, f64)> = graph
        .dependents(at)
        .filter(|(_, d)| d.criticality == Criticality::Hard)
        .map(|(id, d)| (id, d.from, d.probability.unwrap_or(1.0)))
        .collect();
    for (_, dependent, q) in next {
        if !path.contains(&dependent) {
            path.push(dependent);
            simple_paths(graph, dependent, entry, p * q, path, found);
            path.pop();
        }
    }
}
