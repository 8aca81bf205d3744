//! Changed graphs: what changes do, and that computing only what they reach gives what computing everything does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod system;

use linchpin::analysis::{Baseline, Event, Options, analyse_further, blast, improvements, risk};
use linchpin::facts::{Interaction, Kind};
use linchpin::graph::change::{Change, apply, apply_all, parse, parse_without};
use linchpin::graph::{ComponentId, Dependency, Graph};
use proptest::prelude::*;
use system::{Edit, System, failed, id, names};

const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "zone:h", "zone:i", "volume:j"];

type Needs = (usize, u32, Vec<usize>, Edit);

prop_compose! {
    fn needs()(
        owner in 0..7usize,
        of in prop::collection::vec(0..10usize, 1..4),
        need in 1..3u32,
        soft in prop::bool::weighted(0.15),
        fallback in prop::option::weighted(0.2, 0..7usize),
        share in prop::option::weighted(0.2, 0.0..1.0f64),
    ) -> Needs {
        let fallback = fallback.map(|f| NAMES[f].to_owned());
        (owner, need, of, Edit { soft, fallback, share, ..Edit::default() })
    }
}

/// What may differ between two graphs beside their requirements.
#[derive(Clone, Debug)]
struct Marks {
    entries: Vec<(usize, u8)>,
    replicas: Vec<(usize, u32, u32)>,
    off: Option<usize>,
}

prop_compose! {
    fn marks()(
        entries in prop::collection::vec((0..7usize, 1..4u8), 1..4),
        replicas in prop::collection::vec((0..7usize, 1..4u32, 1..3u32), 0..4),
        off in prop::option::weighted(0.2, 0..10usize),
    ) -> Marks {
        Marks { entries, replicas, off }
    }
}

fn graph(needs: &[&[Needs]], marks: &Marks) -> Graph {
    let mut system = System::default();
    for (owner, need, of, edit) in needs.iter().copied().flatten() {
        let of: Vec<&str> = of.iter().map(|&i| NAMES[i]).collect();
        system = system.of(NAMES[*owner], *need, &of, edit.clone());
    }
    for &(at, weight) in &marks.entries {
        system = system.entry(NAMES[at], f64::from(weight));
    }
    for &(at, count, need) in &marks.replicas {
        system = system.replicas(NAMES[at], count.max(need), need);
    }
    if let Some(at) = marks.off {
        system = system.off(NAMES[at]);
    }
    system.build()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// From any graph to any other one, an update says what a full run says: radii, entries, shares, ways.
    #[test]
    fn updates_equal_full_runs(
        common in prop::collection::vec(needs(), 0..10),
        before in prop::collection::vec(needs(), 0..3),
        after in prop::collection::vec(needs(), 0..3),
        marks_before in marks(),
        marks_after in prop::option::weighted(0.3, marks()),
    ) {
        let old = graph(&[&common, &before], &marks_before);
        let new = graph(&[&common, &after], marks_after.as_ref().unwrap_or(&marks_before));
        let (old, full) = (Baseline::new(&old), Baseline::new(&new));
        let updated = old.update(&new);
        prop_assert_eq!(updated.singles(), full.singles());
    }

    /// So does one from a graph to itself with a change made, for every sort of change.
    #[test]
    fn changes_equal_full_runs(
        needs in prop::collection::vec(needs(), 1..10),
        marks in marks(),
        sort in 0..9usize,
        one in 0..10usize,
        other in 0..10usize,
    ) {
        let old = graph(&[&needs], &marks);
        let ids: Vec<ComponentId> = old.ids().collect();
        let (a, b) = (ids[one % ids.len()], ids[other % ids.len()]);
        let edge = old.dependencies.get(other % old.dependencies.len().max(1)).map_or((a, b), |d| (d.from, d.to));
        let change = match sort {
            0 => Change::Replicas(a, 3),
            1 => Change::Spread(a, Kind::Zone, vec!["h".into(), "new".into()]),
            2 => Change::Add(a, b),
            3 => Change::Soft(edge.0, edge.1),
            4 => Change::Fallback(edge.0, edge.1, a),
            5 => Change::Standby(a),
            6 => Change::Split(a),
            7 => Change::Remove(a),
            _ => Change::Cut(edge.0, edge.1),
        };
        if let Ok(new) = apply(&old, &change) {
            let full = Baseline::new(&new);
            let updated = Baseline::new(&old);
            let updated = updated.update(&new);
            prop_assert_eq!(updated.singles(), full.singles(), "{}", change.text(&old));
            // Instances on several zones fall by share, which brute force does not know.
            let placed = |d: &Dependency| d.requirement.is_some() && d.interaction == Interaction::PlacedOn;
            for single in full.singles().iter().filter(|_| !new.dependencies.iter().any(placed)) {
                prop_assert_eq!(single.failed as usize, failed(&new, &[single.component]).len() - 1, "{} {}", change.text(&old), new.component(single.component).id);
            }
        }
    }
}

/// The shop that the rows below change.
fn shop() -> Graph {
    System::default()
        .entry("web", 1.0)
        .needs("web", &["cart", "ads"])
        .needs("cart", &["redis", "zone:a"])
        .needs("orders", &["redis"])
        .needs("redis", &["volume:disk", "zone:a"])
        .needs("web", &["orders"])
        .replicas("cart", 2, 1)
        .replicas("redis", 1, 1)
        .build()
}

fn changed(changes: &[&str]) -> Graph {
    let change = |graph: Graph, text: &&str| {
        let change = match text.strip_prefix("without ") {
            Some(rest) => parse_without(rest).unwrap(),
            None => parse(text).unwrap(),
        };
        apply(&graph, &change.resolve(&graph).unwrap()).unwrap()
    };
    changes.iter().fold(shop(), change)
}

fn reach(graph: &Graph, failing: &str) -> String {
    let affected = blast(graph, &[Event { component: id(graph, failing), one_instance: false }]).affected;
    let mark = |a: &linchpin::analysis::Affected| if a.state == linchpin::analysis::State::Failed { "" } else { "?" };
    let words: Vec<String> =
        affected.iter().map(|a| format!("{}{}", names(graph, [&a.component])[0], mark(a))).collect();
    words.join(" ")
}

/// What each change does to the blast radius of something.
#[test]
fn what_changes_do() {
    for (changes, failing, reached) in [
        (&[][..], "redis", "cart orders web"),
        (&["soft(web->ads)"], "ads", "web?"),
        (&["soft(web->ads)", "hard(web->ads)"], "ads", "web"),
        (&["without ads"], "redis", "cart orders web"),
        (&["without web->ads"], "ads", ""),
        (&["add(ads->redis)"], "redis", "ads cart orders web"),
        (&["fallback(web->ads)=orders"], "ads", "web?"),
        (&["fallback(web->ads)=orders"], "orders", "web"),
        // Its own volume does not go down with the first one, and nobody says in which zone it is.
        (&["standby(redis)"], "redis", ""),
        (&["standby(redis)"], "volume:disk", "redis"),
        (&["standby(redis)"], "zone:a", "cart redis web"),
        (&["standby(volume:disk)"], "volume:disk", ""),
        (&["zones(cart)=a,b"], "zone:a", "cart orders redis web"),
        (&["zones(cart)=a,b", "standby(redis)"], "zone:a", "redis"),
        (&["zones(cart)=b,c", "standby(redis)"], "zone:a", "redis"),
        // The first dependent keeps the original.
        (&["split(redis)"], "redis", "cart web"),
        (&["split(redis)"], "redis-of-orders", "orders web"),
        (&["split(redis)"], "zone:a", "cart orders redis redis-of-orders web"),
        (&["split(redis)"], "volume:disk-of-orders", "orders redis-of-orders web"),
    ] {
        assert_eq!(reach(&changed(changes), failing), reached, "{changes:?} {failing}");
    }
}

/// Instances can be added and can be asked for.
#[test]
fn what_changes_do_to_instances() {
    let dies = |changes: &[&str]| {
        let graph = changed(changes);
        let affected = blast(&graph, &[Event { component: id(&graph, "cart"), one_instance: true }]).affected;
        !affected.is_empty()
    };
    for (changes, expected) in [
        (&[][..], false),
        (&["need(cart)=2"], true),
        (&["replicas(cart)=1"], true),
        (&["need(cart)=2", "replicas(cart)=3"], false),
    ] {
        assert_eq!(dies(changes), expected, "{changes:?}");
    }
}

/// The changed graph says what was changed, in order, in words that can be used again.
#[test]
fn changes_are_listed() {
    let changes = ["replicas(cart)=3", "without web->ads", "zones(cart)=b,c", "standby(redis)"];
    let listed = changed(&changes).changes;
    let listed: Vec<&str> = listed.iter().map(|c| &**c).collect();
    let expected = [
        "replicas(service:cart)=3",
        "without service:web->service:ads",
        "zones(service:cart)=b,c",
        "standby(service:redis)",
    ];
    assert_eq!(listed, expected);
    assert_eq!(changed(&listed).changes.len(), 4);
}

/// What is not there cannot be changed, and what would make no sense is refused.
#[test]
fn impossible_changes() {
    let graph = shop();
    for (text, said) in [
        (
            "soft(web->redis)",
            "`service:web` does not depend on `service:redis`; it depends on `service:ads`, `service:cart`, `service:orders`",
        ),
        ("soft(ads->web)", "`service:ads` does not depend on `service:web`; it depends on nothing"),
        ("add(web->web)", "`service:web` cannot stand on both sides"),
        ("fallback(web->ads)=ads", "`service:ads` cannot stand on both sides"),
    ] {
        let change = parse(text).unwrap().resolve(&graph).unwrap();
        assert_eq!(apply(&graph, &change).unwrap_err().to_string(), said, "{text}");
    }
    let unknown = parse("soft(web -> orderss)").unwrap().resolve(&graph).unwrap_err().to_string();
    assert_eq!(unknown, "at character 13: no component is called `orderss`; did you mean `orders`?");
}

/// THEORY 2.2 with instances: five failures that each take the only entry down are the whole risk. A replica of each of
/// two that are alike removes two of them, and so does spreading what stands in the zone, whose only instance then has a
/// second one besides.
#[test]
fn fixes_are_computed_again() {
    let graph = System::default()
        .entry("web", 1.0)
        .needs("web", &["api", "auth"])
        .group("api", 1, &["db1", "db2"])
        .needs("auth", &["db1"])
        .needs("db1", &["zone:a"])
        .needs("db2", &["zone:a"]);
    let graph = ["web", "api", "auth", "db1", "db2"].iter().fold(graph, |g, name| g.replicas(name, 1, 1)).build();
    let baseline = Baseline::new(&graph);
    let spofs = analyse_further(&baseline, &Options::default()).spofs;
    let weights = [1.0];
    assert!((risk(&graph, &weights, baseline.singles(), &|_| 1.0) - 5.0).abs() < 1e-9);
    let tried = improvements(&baseline, &spofs, &|_| 1.0);
    assert_eq!((tried.tried, tried.total), (2, 2));
    let found: Vec<_> = tried.found.iter().map(|i| (names(&graph, &i.against), (i.removes * 100.0).round())).collect();
    assert_eq!(found, [(vec!["api", "db1"], 40.0), (vec!["zone:a"], 40.0)]);
    // What is reported is what supposing it gives.
    for improvement in &tried.found {
        let changed = apply_all(&graph, &improvement.changes).unwrap();
        let left = risk(&changed, &weights, Baseline::new(&changed).singles(), &|_| 1.0);
        assert!((improvement.removes - (5.0 - left) / 5.0).abs() < 1e-9);
    }
    // A zone that fails hardly ever is not worth spreading for, but the replica that it takes is.
    let zones_last = |kind| if kind == Kind::Zone { 0.0 } else { 1.0 };
    let tried = improvements(&baseline, &spofs, &zones_last);
    assert_eq!(tried.against(id(&graph, "zone:a")).map(|i| (i.removes * 100.0).round()), Some(25.0));
}

/// A quorum of two out of three on two zones falls with either, for nobody knows which holds two: it needs a third zone.
/// What has a replica in each zone stays where it is. Of what has one instance for two zones, they need another instance,
/// not another zone.
#[test]
fn only_what_falls_is_spread() {
    let graph = System::default()
        .entry("web", 1.0)
        .needs("web", &["quorum", "pair", "lone"])
        .group("quorum", 2, &["zone:a", "zone:b"])
        .group("pair", 1, &["zone:a", "zone:b"])
        .group("lone", 1, &["zone:a", "zone:b"])
        .replicas("quorum", 3, 2)
        .replicas("pair", 2, 1)
        .replicas("lone", 1, 1)
        .build();
    let baseline = Baseline::new(&graph);
    let spofs = analyse_further(&baseline, &Options::default()).spofs;
    let tried = improvements(&baseline, &spofs, &|_| 1.0);
    let zones = ["a", "another zone", "b"].map(Into::into).to_vec();
    let changes = [Change::Replicas(id(&graph, "lone"), 2), Change::Spread(id(&graph, "quorum"), Kind::Zone, zones)];
    for zone in ["zone:a", "zone:b"] {
        assert_eq!(tried.against(id(&graph, zone)).unwrap().changes, changes);
    }
}

/// What takes a tenth of the requests of the heavier entry comes after what takes all of the lighter one.
#[test]
fn shares_rank() {
    let graph = System::default()
        .entry("web", 0.7)
        .entry("admin", 0.3)
        .with("web", "ads", Edit { share: Some(0.1), ..Edit::default() })
        .needs("admin", &["users"])
        .replicas("ads", 1, 1)
        .replicas("users", 1, 1)
        .build();
    let spofs = analyse_further(&Baseline::new(&graph), &Options::default()).spofs;
    let found: Vec<_> = spofs.iter().map(|s| (names(&graph, [&s.component])[0], s.weight, s.expected)).collect();
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].0, found[1].0), ("users", "ads"));
    assert!((found[0].2 - 0.3).abs() < 1e-9 && (found[1].2 - 0.07).abs() < 1e-9 && (found[1].1 - 0.7).abs() < 1e-9);
}

/// A billion replicas cost no more than two: they are one class with a count, on as many places as have names.
#[test]
fn a_billion_replicas() {
    for (need, falls) in [(1, false), (999_999_999, true)] {
        let graph = System::default()
            .entry("web", 1.0)
            .group("web", 1, &["zone:a", "zone:b", "zone:c"])
            .replicas("web", 1_000_000_000, need)
            .build();
        let analysis = analyse_further(&Baseline::new(&graph), &Options::default());
        assert_eq!(analysis.spofs.len(), if falls { 3 } else { 0 });
        assert_eq!(analysis.illusions.len(), usize::from(falls));
    }
}
