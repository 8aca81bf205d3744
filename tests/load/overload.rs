//! Overload and what sustains it: the oracles of THEORY 2.7 and SEMANTICS G.4, G.5, G.9.

use super::system::{Edit, System, id, names};
use super::{close, edge, layer, retry, timeout, tries};
use linchpin::analysis::overload::{Cascade, Overload, Regime, Row, Trigger, overload};
use linchpin::facts::{Interaction, Layer, RetryLayer};
use linchpin::graph::{ComponentId, Graph, Retry};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn capacity(graph: &mut Graph, name: &str, rps: f64) {
    let at = id(graph, name).0 as usize;
    graph.components[at].settings.capacity_rps = Some(rps);
}

fn load(graph: &mut Graph, name: &str, rps: f64) {
    let at = id(graph, name).0 as usize;
    graph.components[at].settings.load_rps = Some(rps);
}

fn row<'a>(found: &'a Overload, graph: &Graph, name: &str) -> &'a Row {
    found.rows.iter().find(|r| r.component == id(graph, name)).expect("a row")
}

fn cascade(found: &Overload, trigger: Trigger) -> Option<&Cascade> {
    found.cascades.rows.iter().find(|c| c.trigger == trigger)
}

/// One client that tries three times, and a server of 1,000 requests a second.
fn one(rps: f64, budget: Option<f64>) -> Graph {
    let mut graph = System::default().entry("client", 1.0).needs("client", &["server"]).build();
    load(&mut graph, "client", rps);
    capacity(&mut graph, "server", 1000.0);
    retry(edge(&mut graph, "client", "server"), vec![RetryLayer { budget, ..layer(Layer::Library, 3) }]);
    graph
}

/// μ = 1000, a = 3: 300 recovers, 700 stays down; 333 is the hidden capacity, with a budget of 10 % it is 909.
#[test]
fn one_server() {
    for (rps, budget, amplification, hidden, regime) in [
        (300.0, None, 3.0, 1000.0 / 3.0, Regime::Stable),
        (700.0, None, 3.0, 1000.0 / 3.0, Regime::Vulnerable),
        (700.0, Some(0.1), 1.1, 1000.0 / 1.1, Regime::Stable),
        (950.0, Some(0.1), 1.1, 1000.0 / 1.1, Regime::Vulnerable),
        (1200.0, None, 3.0, 1000.0 / 3.0, Regime::Overloaded),
    ] {
        let graph = one(rps, budget);
        let found = overload(&graph);
        let server = row(&found, &graph, "server");
        assert!(close(server.amplification, amplification) && close(server.hidden_capacity(), hidden), "{server:?}");
        assert_eq!((server.load, server.regime, server.certain), (rps, regime, regime));
        let sustained: Vec<Trigger> = found.sustained_by(id(&graph, "server")).collect();
        let itself = vec![Trigger::Outage(id(&graph, "server"))];
        assert_eq!(sustained, if regime == Regime::Vulnerable { itself } else { Vec::new() }, "{rps}");
    }
    // What gets it out: a budget of 42 % (994 requests), a breaker on the call, shedding to a third, 2,100 a second.
    let graph = one(700.0, None);
    let found = overload(&graph);
    let brakes = row(&found, &graph, "server").brakes.clone().expect("it is vulnerable");
    let call = graph.dependency_ids().next();
    assert_eq!((brakes.budget, brakes.breaker), (Some(0.42), call));
    assert!(close(brakes.shed_to, 1000.0 / 3.0) && close(brakes.capacity, 2100.0));
}

/// A cache that answers 95 of 100 hides 20 times the load of its store: 500 requests a second are well, 10,000 are not,
/// and they stay.
#[test]
fn a_cold_cache() {
    let mut graph =
        System::default().entry("web", 1.0).needs("web", &["cache:c"]).needs("cache:c", &["datastore:db"]).build();
    load(&mut graph, "web", 10_000.0);
    let cache = id(&graph, "cache:c").0 as usize;
    graph.components[cache].settings.hit_rate = Some(0.95);
    for (limit, regime) in [(2000.0, Regime::Vulnerable), (1000.0, Regime::Vulnerable), (10_000.0, Regime::Stable)] {
        capacity(&mut graph, "datastore:db", limit);
        let found = overload(&graph);
        let db = row(&found, &graph, "datastore:db");
        assert!(
            close(db.load, 500.0) && close(db.amplification, 20.0) && close(db.hidden_capacity(), limit / 20.0),
            "{db:?}"
        );
        assert_eq!(db.regime, regime);
        let cold = cascade(&found, Trigger::ColdCache(id(&graph, "cache:c")));
        let stays = cold.map(|c| c.overloaded.iter().all(|e| e.stays && close(e.load, 10_000.0)));
        assert_eq!(stays, (regime == Regime::Vulnerable).then_some(true));
    }
}

/// client → A (2 tries, 300) → DB (3 tries, 1000) at 200: if A passes everything on both stay down, at 400 and 1,200;
/// if A passes on what it can serve, only A does for certain.
#[test]
fn both_bounds() {
    let mut graph = System::default().entry("client", 1.0).needs("client", &["a"]).needs("a", &["db"]).build();
    load(&mut graph, "client", 200.0);
    capacity(&mut graph, "a", 300.0);
    capacity(&mut graph, "db", 1000.0);
    tries(&mut graph, "client", "a", 2);
    tries(&mut graph, "a", "db", 3);
    let found = overload(&graph);
    let (a, db) = (row(&found, &graph, "a"), row(&found, &graph, "db"));
    assert_eq!((a.amplification * a.load, db.amplification * db.load), (400.0, 1200.0));
    assert_eq!((a.regime, a.certain), (Regime::Vulnerable, Regime::Vulnerable));
    assert_eq!((db.regime, db.certain), (Regime::Vulnerable, Regime::Stable));
}

/// HotOS '21: 300 requests a second, one retry: vulnerable from 150 on; at 280 a cut leaves 560, and it stays down.
#[test]
fn a_database_and_one_retry() {
    for (rps, regime) in [(149.0, Regime::Stable), (151.0, Regime::Vulnerable), (280.0, Regime::Vulnerable)] {
        let mut graph = System::default().entry("app", 1.0).needs("app", &["db"]).build();
        load(&mut graph, "app", rps);
        capacity(&mut graph, "db", 300.0);
        tries(&mut graph, "app", "db", 2);
        let found = overload(&graph);
        let db = row(&found, &graph, "db");
        assert!(
            db.regime == regime && close(db.hidden_capacity(), 150.0) && close(db.load * db.amplification, 2.0 * rps)
        );
        // Without the retry it recovers at once.
        edge(&mut graph, "app", "db").retry = None;
        assert_eq!(row(&overload(&graph), &graph, "db").regime, Regime::Stable);
    }
}

/// Of three zones one may be lost up to two thirds of the capacity, of two one half; 4 consumers of which one dies get
/// a third more each.
#[test]
fn redirected_load() {
    for (zones, replicas, utilisation, falls) in
        [(3, 3, 0.7, true), (3, 3, 0.6, false), (2, 2, 0.51, true), (2, 2, 0.5, false), (3, 6, 0.7, true)]
    {
        let names: Vec<String> = (0..zones).map(|i| format!("zone:{i}")).collect();
        let of: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut graph = System::default().entry("web", 1.0).replicas("web", replicas, 1).group("web", 1, &of).build();
        load(&mut graph, "web", 1000.0 * utilisation);
        capacity(&mut graph, "web", 1000.0);
        let found = overload(&graph);
        let zone = cascade(&found, Trigger::Outage(id(&graph, "zone:0")));
        assert_eq!(zone.is_some(), falls, "{zones} zones at {utilisation}");
        let instance = Trigger::Instance(id(&graph, "web"));
        assert_eq!(cascade(&found, instance).is_some(), falls && zones == replicas as usize);
        if let Some(found) = zone {
            let [web] = &found.overloaded[..] else { panic!("{found:?}") };
            let part = f64::from(zones as u32 - 1) / f64::from(zones as u32);
            assert!(close(web.capacity, 1000.0 * part) && close(web.load, 1000.0 * utilisation) && !web.stays);
        }
    }
    // A group shares its load evenly: when one of four is down, the others get a third more each.
    let members = ["c1", "c2", "c3", "c4"];
    let mut graph = System::default().entry("front", 1.0).group("front", 1, &members).build();
    load(&mut graph, "front", 300.0);
    members.iter().for_each(|m| capacity(&mut graph, m, 90.0));
    let found = overload(&graph);
    assert_eq!(row(&found, &graph, "c2").load, 75.0);
    let lost = cascade(&found, Trigger::Outage(id(&graph, "c1"))).expect("100 of 90");
    assert_eq!(names(&graph, &lost.first), ["c2", "c3", "c4"]);
    members.iter().for_each(|m| capacity(&mut graph, m, 300.0));
    assert!(cascade(&overload(&graph), Trigger::Outage(id(&graph, "c1"))).is_none());
}

/// Load follows shares and calls; what nobody says is not judged.
#[test]
fn loads() {
    let share = Edit { share: Some(0.3), ..Edit::default() };
    let mut graph = System::default()
        .entry("web", 1.0)
        .with("web", "pay", share)
        .needs("web", &["db"])
        .needs("pay", &["db"])
        .build();
    assert!(overload(&graph).rows.is_empty());
    load(&mut graph, "web", 100.0);
    edge(&mut graph, "pay", "db").calls_per_request = Some(4.0);
    assert!(overload(&graph).rows.is_empty(), "no capacity is known");
    ["web", "pay", "db"].iter().for_each(|c| capacity(&mut graph, c, 1000.0));
    let found = overload(&graph);
    let of = |name: &str| row(&found, &graph, name).load;
    assert_eq!((of("web"), of("pay"), of("db")), (100.0, 30.0, 220.0));
}

/// A queue whose consumer stops for ten minutes at 100 a second holds 60,000 messages; 120 a second work them off in
/// 50 minutes, 100 never do. What is older than the queue keeps is lost (SEMANTICS G.8).
#[test]
fn backlogs() {
    let consume = Edit { interaction: Some(Interaction::AsyncConsume), ..Edit::default() };
    let publish = Edit { interaction: Some(Interaction::AsyncPublish), ..Edit::default() };
    let system = System::default().entry("web", 1.0).with("web", "queue:q", publish).with("worker", "queue:q", consume);
    let mut graph = system.build();
    load(&mut graph, "web", 100.0);
    let queue = id(&graph, "queue:q").0 as usize;
    for (rps, drain) in [(120.0, 3_000_000.0), (100.0, f64::INFINITY), (90.0, f64::INFINITY)] {
        capacity(&mut graph, "worker", rps);
        graph.components[queue].settings.retention_ms = None;
        let found = overload(&graph).backlogs;
        let [backlog] = &found[..] else { panic!("{found:?}") };
        assert_eq!((backlog.waiting(600_000.0), backlog.drain_ms(600_000.0)), (Some(60_000.0), Some(drain)));
        assert_eq!((backlog.lost(600_000.0), backlog.longest_without_loss_ms()), (None, None));
    }
    capacity(&mut graph, "worker", 120.0);
    graph.components[queue].settings.retention_ms = Some(240_000.0);
    graph.components[queue].settings.deliveries = Some(5.0);
    graph.components[queue].settings.visibility_ms = Some(30_000.0);
    let backlog = &overload(&graph).backlogs[0];
    assert_eq!((backlog.waiting(600_000.0), backlog.lost(600_000.0)), (Some(24_000.0), Some(36_000.0)));
    assert_eq!((backlog.drain_ms(600_000.0), backlog.given_up_ms), (Some(1_200_000.0), Some(150_000.0)));
    // What waits is not delivered again: a consumer behind is no consumer overloaded for good.
    assert_eq!(row(&overload(&graph), &graph, "worker").regime, Regime::Stable);
    // What a consumer serves besides is not there to work off messages.
    let mut both = System::default().entry("web", 1.0).entry("api", 1.0).needs("api", &["worker"]);
    both = both.with("web", "queue:q", Edit { interaction: Some(Interaction::AsyncPublish), ..Edit::default() });
    let consume = Edit { interaction: Some(Interaction::AsyncConsume), ..Edit::default() };
    let mut graph = both.with("worker", "queue:q", consume).build();
    load(&mut graph, "web", 100.0);
    load(&mut graph, "api", 15.0);
    capacity(&mut graph, "worker", 120.0);
    assert_eq!(overload(&graph).backlogs[0].drain, Some(105.0));
}

/// front (3 tries) → shop, which holds one of 200 connections for 5 s when pay is slow.
fn pool(rps: Option<f64>) -> Graph {
    let uses = Edit { interaction: Some(Interaction::UsesPool), ..Edit::default() };
    let system = System::default().entry("front", 1.0).needs("front", &["shop"]).needs("shop", &["pay"]);
    let mut graph = system.with("shop", "pool:p", uses).build();
    let size = id(&graph, "pool:p").0 as usize;
    graph.components[size].settings.capacity_concurrency = Some(200.0);
    timeout(edge(&mut graph, "shop", "pay"), 5_000.0);
    tries(&mut graph, "front", "shop", 3);
    rps.into_iter().for_each(|rps| load(&mut graph, "front", rps));
    graph
}

/// Little's law: with 5 s a request 200 places are used up from 40 requests a second on, and with three tries from 13.3:
/// the spectral radius is 1 or more exactly where that many come.
#[test]
fn loops_through_pools() {
    let graph = pool(None);
    let found = overload(&graph).feedbacks;
    let [unknown] = &found[..] else { panic!("{found:?}") };
    assert!(close(unknown.exhausted_from(), 40.0) && close(unknown.sustained_from(), 40.0 / 3.0));
    assert_eq!((unknown.gain, unknown.feeds_itself(), unknown.slow(&graph)), (None, None, Some(id(&graph, "pay"))));
    assert_eq!(unknown.holders[0].retried_by, Some((id(&graph, "front"), 3.0)));
    for (rps, feeds) in [(13.0, false), (14.0, true), (100.0, true)] {
        let found = overload(&pool(Some(rps))).feedbacks;
        let known = &found[0];
        assert!(known.gain.is_some_and(|g| close(g, rps * 5.0 * 3.0 / 200.0)), "{known:?}");
        assert!(known.spectral_radius.is_some_and(|r| close(r * r, rps * 5.0 * 3.0 / 200.0)));
        assert_eq!(known.feeds_itself(), Some(feeds));
    }
    // Without retries nothing closes the loop, nor with places of its own; a shorter limit moves it away.
    let mut graph = pool(None);
    edge(&mut graph, "front", "shop").retry = None;
    assert!(overload(&graph).feedbacks.is_empty());
    let mut graph = pool(None);
    edge(&mut graph, "shop", "pool:p").pool = Some((None, Some(20.0)));
    assert!(overload(&graph).feedbacks.is_empty());
    let mut graph = pool(Some(14.0));
    let d = edge(&mut graph, "shop", "pay");
    d.timeouts.clear();
    timeout(d, 1_000.0);
    assert_eq!(overload(&graph).feedbacks[0].feeds_itself(), Some(false));
}

/// A fallback is called when what it stands for has failed: by as many as that was called by.
#[test]
fn fallbacks_are_loaded() {
    let standby = Edit { fallback: Some("standby".into()), ..Edit::default() };
    let mut graph = System::default().entry("web", 1.0).with("web", "main", standby).needs("standby", &[]).build();
    load(&mut graph, "web", 100.0);
    capacity(&mut graph, "standby", 60.0);
    capacity(&mut graph, "main", 500.0);
    let found = overload(&graph);
    assert!(found.rows.iter().all(|r| r.component != id(&graph, "standby")), "nothing comes there when all is well");
    let calls = |graph: &Graph| super::row(graph, "web", "standby", super::Fault::Outage).map(|r| r.max);
    assert_eq!(calls(&graph), Some(1.0));
    edge(&mut graph, "web", "main").fallback = None;
    assert_eq!(calls(&graph), None);
}

/// From, to, tries, and whether the caller goes on without.
type Calls = Vec<(usize, usize, u32, bool)>;

/// A random system: calls with tries over components with capacities, users at the first.
fn systems() -> impl Strategy<Value = (Calls, Vec<Option<u32>>, u32, bool)> {
    let calls = prop::collection::vec((0..5usize, 0..5usize, 1..4u32, prop::bool::weighted(0.2)), 1..8);
    let capacities = prop::collection::vec(prop::option::of(50..400u32), 5);
    (calls, capacities, 50..300u32, any::<bool>())
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Calls lead from earlier to later components, so that loads can be checked by hand.
fn random(calls: &[(usize, usize, u32, bool)], capacities: &[Option<u32>], rps: u32) -> Graph {
    let mut system = System::default().entry("a", 1.0);
    for name in NAMES {
        system = system.needs(name, &[]).replicas(name, 1, 1);
    }
    let mut seen = std::collections::BTreeSet::new();
    let calls: Vec<_> = calls.iter().filter(|c| c.0 < c.1 && seen.insert((c.0, c.1))).collect();
    for c in &calls {
        system = if c.3 { system.soft(NAMES[c.0], NAMES[c.1]) } else { system.needs(NAMES[c.0], &[NAMES[c.1]]) };
    }
    let mut graph = system.build();
    calls.iter().for_each(|c| tries(&mut graph, NAMES[c.0], NAMES[c.1], c.2));
    load(&mut graph, "a", f64::from(rps));
    for (name, rps) in NAMES.iter().zip(capacities) {
        rps.iter().for_each(|&rps| capacity(&mut graph, name, f64::from(rps)));
    }
    graph
}

/// THEORY 2.7 by the letter: what arrives where when `over` are overloaded, callers before callees.
fn arrives(graph: &Graph, over: &BTreeSet<ComponentId>, capped: bool) -> Vec<f64> {
    let down = super::system::failed(graph, &over.iter().copied().collect::<Vec<_>>());
    let mut loads = vec![0.0; graph.components.len()];
    for id in graph.ids() {
        let settings = &graph.component(id).settings;
        loads[id.0 as usize] += settings.load_rps.unwrap_or(0.0);
        let leaves = loads[id.0 as usize].min(settings.capacity_rps.filter(|_| capped).unwrap_or(f64::INFINITY));
        for (_, d) in graph.providers(id) {
            let tries = d.retry.as_ref().and_then(|r| r.tries).unwrap_or(1);
            loads[d.to.0 as usize] += leaves * if down.contains(&d.to) { tries as f64 } else { 1.0 };
        }
    }
    loads
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// What sustains itself is the union of all sets that do (the greatest fixpoint), in both bounds; and a cascade is the
    /// intersection of all sets that hold the trigger and everybody who then gets too much (the least one).
    #[test]
    fn fixpoints_equal_brute_force((calls, capacities, rps, capped) in systems()) {
        let graph = random(&calls, &capacities, rps);
        let found = overload(&graph);
        let normal = arrives(&graph, &BTreeSet::new(), false);
        let limit = |id: ComponentId| graph.component(id).settings.capacity_rps;
        let judged: Vec<ComponentId> = graph.ids().filter(|&id| limit(id).is_some() && normal[id.0 as usize] > 0.0).collect();
        prop_assert_eq!(found.rows.iter().map(|r| r.component).collect::<Vec<_>>(), judged.clone());
        let too_much = |over: &BTreeSet<ComponentId>, id: ComponentId, capped: bool| {
            limit(id).is_some_and(|limit| arrives(&graph, over, capped)[id.0 as usize] > limit)
        };
        let sets: Vec<BTreeSet<ComponentId>> = (0..1u32 << judged.len())
            .map(|bits| judged.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, id)| *id).collect())
            .collect();
        let sustained: BTreeSet<ComponentId> =
            sets.iter().filter(|s| s.iter().all(|&id| too_much(s, id, capped))).flatten().copied().collect();
        for row in &found.rows {
            let regime = if capped { row.certain } else { row.regime };
            let expected = match () {
                () if normal[row.component.0 as usize] > row.capacity => Regime::Overloaded,
                () if sustained.contains(&row.component) => Regime::Vulnerable,
                () => Regime::Stable,
            };
            prop_assert_eq!(regime, expected, "{:?}", row);
            prop_assert!(row.amplification >= row.amplification_capped && row.amplification_capped >= 1.0, "{:?}", row);
            prop_assert!((row.load > row.hidden_capacity() * (1.0 + 1e-9)) == (row.regime != Regime::Stable), "{:?}", row);
        }
        let least = |trigger: Option<ComponentId>| {
            let holds = |s: &&BTreeSet<ComponentId>| {
                let mut over = (*s).clone();
                over.extend(trigger);
                judged.iter().all(|&id| s.contains(&id) || !too_much(&over, id, false))
            };
            let closed = sets.iter().filter(holds).cloned();
            closed.reduce(|a, b| a.intersection(&b).copied().collect()).unwrap_or_default()
        };
        let everyday: BTreeSet<ComponentId> = least(None);
        for trigger in graph.ids() {
            let expected: BTreeSet<ComponentId> =
                least(Some(trigger)).into_iter().filter(|id| *id != trigger && !everyday.contains(id)).collect();
            let cascade = cascade(&found, Trigger::Outage(trigger));
            let overloaded: BTreeSet<ComponentId> =
                cascade.iter().flat_map(|c| &c.overloaded).map(|e| e.component).filter(|&id| id != trigger).collect();
            prop_assert_eq!(overloaded, expected, "{:?}", trigger);
        }
    }

    /// A budget never makes anybody more vulnerable, and no load greater.
    #[test]
    fn budgets_never_hurt((calls, capacities, rps, _) in systems()) {
        let free = random(&calls, &capacities, rps);
        let mut braked = free.clone();
        for d in &mut braked.dependencies {
            let layers = d.retry.take().map(|r| r.layers).unwrap_or_default();
            d.retry = Retry::of(layers.into_iter().map(|l| RetryLayer { budget: Some(0.1), ..l }).collect());
        }
        for (free, braked) in overload(&free).rows.iter().zip(&overload(&braked).rows) {
            prop_assert!(braked.regime <= free.regime && braked.amplification <= free.amplification * (1.0 + 1e-12));
        }
    }
}

/// SEMANTICS G.5: a thousand clients a second that try for 2 s, pausing for up to 500 ms, are 2,000 at once when the
/// server is back; with full jitter 4,000 a second for half a second.
#[test]
fn herds() {
    let mut graph = System::default().entry("client", 1.0).needs("client", &["server"]).build();
    load(&mut graph, "client", 1000.0);
    capacity(&mut graph, "server", 1500.0);
    let d = edge(&mut graph, "client", "server");
    timeout(d, 2_000.0);
    retry(d, vec![RetryLayer { backoff_ms: vec![100.0, 500.0], ..layer(Layer::Library, 10) }]);
    let found = overload(&graph);
    let herd = row(&found, &graph, "server").herd.expect("they try again");
    assert_eq!((herd.requests, herd.window_ms, herd.with_jitter()), (2000.0, 500.0, 4000.0));
    edge(&mut graph, "client", "server").retry = None;
    assert_eq!(row(&overload(&graph), &graph, "server").herd, None);
}
