//! The hand-checked oracles of the theory, through the public interface.

mod system;

use linchpin::analysis::{
    Analysis, CutSets, Event, Level, Options, State, analyse, blast, impact_times, single_failures,
};
use linchpin::facts::{Interaction, Plane};
use linchpin::graph::{ComponentId, Graph, Labels};
use linchpin::rules;
use std::collections::BTreeSet;
use system::{Edit, System, id, names};

fn oracle_a() -> System {
    System::default()
        .entry("web", 1.0)
        .needs("web", &["api", "auth"])
        .group("api", 1, &["db1", "db2"])
        .needs("auth", &["db1"])
        .needs("db1", &["zone:a"])
        .needs("db2", &["zone:a"])
        .soft("api", "cache")
}

fn oracle_a_prime() -> System {
    System::default()
        .entry("web", 1.0)
        .needs("web", &["api", "auth"])
        .group("api", 1, &["db1", "db2"])
        .group("auth", 1, &["db1", "db2"])
        .needs("db1", &["zone:a"])
        .needs("db2", &["zone:a"])
        .soft("api", "cache")
}

/// Like A′, with the second database in a zone of its own.
fn oracle_a_second() -> System {
    System::default()
        .entry("web", 1.0)
        .needs("web", &["api", "auth"])
        .group("api", 1, &["db1", "db2"])
        .group("auth", 1, &["db1", "db2"])
        .needs("db1", &["zone:a"])
        .needs("db2", &["zone:b"])
        .soft("api", "cache")
}

fn oracle_b() -> System {
    System::default()
        .entry("q", 1.0)
        .group("q", 2, &["r1", "r2", "r3"])
        .needs("r1", &["x"])
        .needs("r2", &["x"])
        .needs("r3", &["y"])
}

fn oracle_c() -> System {
    System::default().entry("a", 1.0).needs("a", &["b"]).group("a", 1, &["c", "d"]).needs("b", &["a"])
}

fn whole(component: ComponentId) -> Event {
    Event { component, one_instance: false }
}

/// Who a failure reaches, as `name` or `name?` for degraded.
fn reach(graph: &Graph, failing: &[&str]) -> String {
    let events: Vec<Event> = failing.iter().map(|n| whole(id(graph, n))).collect();
    let affected = blast(graph, &events).affected;
    let word = |state| if state == State::Degraded { "?" } else { "" };
    let words: Vec<String> =
        affected.iter().map(|a| format!("{}{}", names(graph, [&a.component])[0], word(a.state))).collect();
    words.join(" ")
}

/// The cut sets of a size, expanded: `a b` for a pair.
fn cuts(graph: &Graph, analysis: &Analysis, size: u32) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for row in analysis.cut_sets.iter().filter(|r| r.size == size) {
        let mut expanded = vec![Vec::new()];
        for side in &row.sides {
            expanded = expanded
                .iter()
                .flat_map(|cut: &Vec<ComponentId>| {
                    side.iter().map(|(member, _)| cut.iter().copied().chain([*member]).collect())
                })
                .collect();
        }
        assert_eq!(expanded.len() as u64, row.count);
        for mut cut in expanded {
            cut.sort();
            assert!(found.insert(names(graph, &cut).join(" ")), "a cut set stands in two rows");
        }
    }
    found
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|&w| w.to_owned()).collect()
}

/// Oracle A: redundancy, a shared zone, a soft edge that goes no further.
#[test]
fn blast_radii_of_oracle_a() {
    let graph = oracle_a().build();
    for (failing, expected) in [
        (&["zone:a"][..], "api auth db1 db2 web"),
        (&["db1"], "auth web"),
        (&["db2"], ""),
        (&["api"], "web"),
        (&["auth"], "web"),
        (&["cache"], "api?"),
        (&["web"], ""),
        (&["db1", "db2"], "api auth web"),
        (&["db2", "cache"], "api?"),
    ] {
        assert_eq!(reach(&graph, failing), expected, "{failing:?}");
    }
}

/// Oracles A, A′, A″: each step takes single points of failure away, and the last leaves one 2 × 2 rectangle.
#[test]
fn cut_sets_of_oracle_a() {
    for (system, one, two) in [
        (oracle_a(), &["web", "api", "auth", "db1", "zone:a"][..], &[][..]),
        (oracle_a_prime(), &["web", "api", "auth", "zone:a"], &["db1 db2"]),
        (oracle_a_second(), &["web", "api", "auth"], &["db1 db2", "db1 zone:b", "db2 zone:a", "zone:a zone:b"]),
    ] {
        let graph = system.build();
        let analysis = analyse(&graph, &Options::default());
        assert_eq!((cuts(&graph, &analysis, 1), cuts(&graph, &analysis, 2)), (set(one), set(two)));
    }
    let analysis = analyse(&oracle_a_second().build(), &Options::default());
    let rectangles: Vec<&CutSets> = analysis.cut_sets.iter().filter(|r| r.size == 2).collect();
    assert!(matches!(&rectangles[..], [CutSets { count: 4, complete_to: 2, .. }]), "{rectangles:?}");
}

/// Oracle B: two of three; the same replica twice is not a pair.
#[test]
fn cut_sets_of_a_quorum() {
    let graph = oracle_b().build();
    let analysis = analyse(&graph, &Options::default());
    assert_eq!(cuts(&graph, &analysis, 1), set(&["q", "x"]));
    assert_eq!(cuts(&graph, &analysis, 2), set(&["r1 r2", "r1 r3", "r1 y", "r2 r3", "r2 y"]));
    assert_eq!(reach(&graph, &["r3", "y"]), "");
}

/// Oracle C: a running loop stays up, but does not come up.
#[test]
fn loops_stay_up_but_do_not_start() {
    let graph = oracle_c().build();
    assert_eq!(
        (reach(&graph, &["a"]), reach(&graph, &["b"]), reach(&graph, &["c"])),
        ("b".into(), "a".into(), "".into())
    );
    let analysis = analyse(&graph, &Options::default());
    assert_eq!((cuts(&graph, &analysis, 1), cuts(&graph, &analysis, 2)), (set(&["a", "b"]), set(&["c d"])));
    let [cycle] = &analysis.cycles[..] else { panic!("{:?}", analysis.cycles) };
    assert_eq!(names(&graph, &cycle.members), ["a", "b"]);
    assert_eq!(names(&graph, &cycle.witness), ["a", "b"]);
    assert_eq!(names(&graph, &cycle.deadlocked), ["a", "b"]);
}

/// A loop with another way to start is no deadlock, and neither is waiting for a deadlock elsewhere.
#[test]
fn only_those_who_wait_for_each_other_are_deadlocked() {
    let graph = System::default().group("a", 1, &["b", "c"]).needs("b", &["a"]).build();
    let cycles = analyse(&graph, &Options::default()).cycles;
    assert_eq!((cycles.len(), cycles[0].deadlocked.len()), (1, 0));

    let graph =
        System::default().needs("a", &["b"]).needs("b", &["a", "c"]).group("c", 1, &["d", "e"]).needs("d", &["c"]);
    let graph = graph.needs("x", &["a"]).build();
    let cycles = analyse(&graph, &Options::default()).cycles;
    let told: Vec<_> = cycles.iter().map(|c| (names(&graph, &c.members), names(&graph, &c.deadlocked))).collect();
    assert_eq!(told, [(vec!["a", "b"], vec!["a", "b"]), (vec!["c", "d"], vec![])]);
}

/// Init containers that wait for each other never start; a loop of start order is its own kind of loop.
#[test]
fn start_order_loops_are_deadlocks() {
    let startup = || Edit { plane: Some(Plane::Startup), interaction: Some(Interaction::Startup), ..Edit::default() };
    let graph = System::default().with("a", "b", startup()).with("b", "a", startup()).needs("a", &["c"]).build();
    let cycles = analyse(&graph, &Options::default()).cycles;
    assert_eq!((cycles.len(), names(&graph, &cycles[0].deadlocked)), (1, vec!["a", "b"]));
    assert_eq!(reach(&graph, &["a"]), "");
}

/// The witness is a shortest loop through the first member, and a self-call is a loop too.
#[test]
fn cycle_witness_is_shortest() {
    let graph = System::default().needs("a", &["b", "c"]).needs("b", &["d"]).needs("d", &["a"]).needs("c", &["a"]);
    let graph = graph.needs("e", &["e"]).build();
    let cycles = analyse(&graph, &Options::default()).cycles;
    let told: Vec<_> = cycles.iter().map(|c| (names(&graph, &c.members), names(&graph, &c.witness))).collect();
    assert_eq!(told, [(vec!["a", "b", "c", "d"], vec!["a", "c"]), (vec!["e"], vec!["e"])]);
}

/// Oracle T: buffers delay, groups wait for the member that suffices.
#[test]
fn time_to_impact_of_oracle_t() {
    let buffer = |s: f64| Edit { buffer_ms: Some(s * 1000.0), ..Edit::default() };
    let at = |graph: &Graph, entry: &str| {
        let times = impact_times(graph, &[whole(id(graph, "v"))]);
        times.iter().find(|(c, _)| *c == id(graph, entry)).map(|(_, ms)| ms / 1000.0)
    };
    let base = || System::default().with("u", "v", buffer(3600.0)).with("w", "v", buffer(600.0));
    assert_eq!(at(&base().needs("entry", &["u", "w"]).build(), "entry"), Some(600.0));
    assert_eq!(at(&base().group("entry", 1, &["u", "w"]).build(), "entry"), Some(3600.0));
    assert_eq!(at(&base().needs("entry", &["x"]).build(), "entry"), None);
}

/// A path runs from what failed to the victim along dependencies, the shortest way.
#[test]
fn paths_are_shortest_and_labelled() {
    let graph = System::default().needs("a", &["b", "d"]).needs("b", &["c"]).needs("c", &["d"]).soft("z", "b").build();
    let found = blast(&graph, &[whole(id(&graph, "d"))]);
    let told: Vec<String> = found.affected.iter().map(|a| names(&graph, &a.path).join(" ")).collect();
    assert_eq!(told, ["d a", "d c b", "d c", "d c b z"]);
    for affected in &found.affected {
        assert_eq!(affected.edges.len() + 1, affected.path.len());
        for (edge, ends) in affected.edges.iter().zip(affected.path.windows(2)) {
            let dependency = graph.dependency(*edge);
            assert_eq!((dependency.to, dependency.from), (ends[0], ends[1]));
        }
    }
}

/// A fallback takes over: without the provider degraded, without both failed; also inside a group.
#[test]
fn fallbacks_take_over() {
    let spare = || Edit { fallback: Some("spare".into()), ..Edit::default() };
    let graph = System::default().with("web", "db", spare()).of("api", 1, &["db", "replica"], spare()).build();
    assert_eq!(reach(&graph, &["db"]), "api? web?");
    assert_eq!(reach(&graph, &["spare"]), "");
    assert_eq!(reach(&graph, &["db", "spare"]), "api? web");
    assert_eq!(reach(&graph, &["db", "replica"]), "api? web?");
    assert_eq!(reach(&graph, &["db", "replica", "spare"]), "api web");
}

/// What does not carry an outage: other planes, watching and repairing, configuration, what is switched off.
#[test]
fn only_work_at_run_time_carries_outages() {
    let plane = |p| Edit { plane: Some(p), ..Edit::default() };
    let watch = |i| Edit { interaction: Some(i), ..Edit::default() };
    let graph = System::default()
        .with("a", "x", plane(Plane::Startup))
        .with("b", "x", plane(Plane::Telemetry))
        .with("c", "x", watch(Interaction::Observe))
        .with("d", "x", watch(Interaction::Recover))
        .needs("e", &["x"])
        .needs("f", &["config:x", "gone"])
        .needs("g", &["gone"])
        .off("gone")
        .build();
    assert_eq!(reach(&graph, &["x"]), "e");
    assert_eq!((reach(&graph, &["config:x"]), reach(&graph, &["gone"])), (String::new(), String::new()));
}

/// A group counts without what is switched off: one of one is left.
#[test]
fn switched_off_members_do_not_help() {
    let graph = System::default().group("web", 1, &["db1", "db2"]).off("db2").build();
    assert_eq!(reach(&graph, &["db1"]), "web");
}

/// One instance matters when it is one too many; a second event for the same component is a second instance.
#[test]
fn instances_fail_one_by_one() {
    let graph = System::default().needs("web", &["db", "cart"]).replicas("db", 3, 2).replicas("cart", 1, 1).build();
    let one = |n: &str| Event { component: id(&graph, n), one_instance: true };
    let hit = |events: &[Event]| blast(&graph, events).affected.len();
    assert_eq!((hit(&[one("db")]), hit(&[one("db"), one("db")]), hit(&[one("cart")])), (0, 1, 1));
}

/// The expected share of requests multiplies along a path and unites over paths, once around a loop.
#[test]
fn shares_multiply_and_unite() {
    let share = |s| Edit { share: Some(s), ..Edit::default() };
    let graph = System::default()
        .with("web", "cart", share(0.5))
        .with("web", "ads", share(0.2))
        .with("cart", "db", share(0.4))
        .with("ads", "db", share(0.5))
        .with("db", "web", share(0.9))
        .of("both", 1, &["cart", "ads"], share(0.5))
        .build();
    let found = blast(&graph, &[whole(id(&graph, "db"))]);
    let told: Vec<_> = found.affected.iter().map(|a| (names(&graph, [&a.component])[0], a.share)).collect();
    let expected = [("ads", 0.5), ("both", 0.2), ("cart", 0.4), ("web", 1.0 - 0.8 * 0.9)];
    assert_eq!(told.len(), expected.len());
    for ((name, share), (expected_name, expected)) in told.iter().zip(expected) {
        assert!(*name == expected_name && (share - expected).abs() < 1e-12, "{name} {share} {expected}");
    }
}

/// Levels: the smallest failure of the component itself that suffices.
#[test]
fn levels_name_the_smallest_failure() {
    let graph = System::default()
        .entry("entry:shop", 1.0)
        .needs("entry:shop", &["web"])
        .needs("web", &["one", "three", "quorum", "unknown", "volume:v", "external:x", "zone:a", "node:n", "pool:p"])
        .replicas("one", 1, 1)
        .replicas("three", 3, 1)
        .replicas("quorum", 3, 3)
        .build();
    let rows = analyse(&graph, &Options::default()).spofs;
    let told: BTreeSet<_> = rows.iter().map(|r| (names(&graph, [&r.component])[0], r.level)).collect();
    let expected = [
        ("external:x", Level::Provider),
        ("node:n", Level::Node),
        ("one", Level::Instance),
        ("pool:p", Level::Component),
        ("quorum", Level::Instance),
        ("three", Level::Component),
        ("unknown", Level::Component),
        ("volume:v", Level::Volume),
        ("web", Level::Component),
        ("zone:a", Level::Zone),
    ];
    assert_eq!(told, expected.into_iter().collect());
}

/// Rows come with the likely and heavy first, and a chain is told by its root.
#[test]
fn spofs_are_ranked_and_folded() {
    let graph = System::default()
        .entry("web", 0.7)
        .entry("admin", 0.3)
        .needs("web", &["cart", "log"])
        .needs("cart", &["redis"])
        .needs("admin", &["log"])
        .replicas("web", 3, 1)
        .replicas("admin", 1, 1)
        .replicas("cart", 2, 1)
        .replicas("redis", 1, 1)
        .replicas("log", 2, 1)
        .build();
    let rows = analyse(&graph, &Options::default()).spofs;
    let told: Vec<_> = rows
        .iter()
        .map(|r| (names(&graph, [&r.component])[0], r.weight, names(&graph, &r.folded_into), names(&graph, &r.path)))
        .collect();
    assert_eq!(
        told,
        [
            ("redis", 0.7, vec![], vec!["redis", "cart", "web"]),
            ("admin", 0.3, vec![], vec!["admin"]),
            ("log", 1.0, vec!["web"], vec!["log", "web"]),
            ("cart", 0.7, vec!["redis"], vec!["cart", "web"]),
        ]
    );
}

/// What is less likely to fail does not swallow what is more likely.
#[test]
fn likely_failures_are_not_folded_into_unlikely_ones() {
    let graph = System::default()
        .entry("web", 1.0)
        .needs("web", &["api"])
        .needs("api", &["db"])
        .replicas("api", 1, 1)
        .replicas("db", 3, 1)
        .build();
    let rows = analyse(&graph, &Options::default()).spofs;
    assert_eq!((names(&graph, [&rows[0].component])[0], rows[0].folded_into), ("api", None));
}

/// Instances spread over zones fall with the fewest zones that can hold too many of them.
#[test]
fn zones_take_their_share_of_instances() {
    for (count, need, zones, fatal) in
        [(3, 1, 3, 3), (3, 2, 3, 2), (3, 2, 2, 1), (5, 3, 3, 2), (6, 3, 3, 2), (1, 1, 3, 1), (7, 1, 2, 2)]
    {
        let all = ["zone:a", "zone:b", "zone:c"];
        let graph = System::default().group("db", 1, &all[..zones]).replicas("db", count, need).build();
        let least = (1..=zones).find(|&n| !reach(&graph, &all[..n]).is_empty());
        assert_eq!(least, Some(fatal), "{count} instances, {need} needed, {zones} zones");
    }
}

/// Redundancy that rests on one thing survives nothing; the root is named, not what stands on it.
#[test]
fn illusions_name_the_shared_root() {
    let graph = oracle_a().build();
    let analysis = analyse(&graph, &Options::default());
    let told: Vec<_> = analysis
        .illusions
        .iter()
        .map(|i| (names(&graph, [&i.owner])[0], names(&graph, &i.group), i.claimed, i.real, names(&graph, &i.shared)))
        .collect();
    assert_eq!(told, [("api", vec!["db1", "db2"], 1, 0, vec!["zone:a"])]);
    assert!(analyse(&oracle_a_second().build(), &Options::default()).illusions.is_empty());

    let chain = System::default().group("web", 1, &["a", "b"]).needs("a", &["x"]).needs("b", &["x"]).needs("x", &["y"]);
    let graph = chain.build();
    let illusions = analyse(&graph, &Options::default()).illusions;
    assert_eq!(names(&graph, &illusions[0].shared), ["y"]);
}

/// One of three that dies with two survives one failure and not two.
#[test]
fn illusions_of_wider_groups() {
    let graph =
        System::default().entry("web", 1.0).group("web", 1, &["a", "b", "c"]).needs("a", &["x"]).needs("b", &["x"]);
    let graph = graph.build();
    let [illusion] = &analyse(&graph, &Options::default()).illusions[..] else { panic!("one illusion") };
    assert_eq!((illusion.claimed, illusion.real), (2, 1));
    assert_eq!((names(&graph, &illusion.shared), names(&graph, &illusion.entries)), (vec!["x"], vec!["web"]));
}

/// Replicas that all stand in one zone survive no zone; replicas in three zones are as good as they say.
#[test]
fn pinned_replicas_are_an_illusion() {
    let pinned =
        System::default().entry("web", 1.0).needs("web", &["pay"]).replicas("pay", 3, 1).needs("pay", &["zone:a"]);
    let graph = pinned.build();
    let [illusion] = &analyse(&graph, &Options::default()).illusions[..] else { panic!("one illusion") };
    assert_eq!((illusion.claimed, illusion.real, names(&graph, &illusion.shared)), (2, 0, vec!["zone:a"]));
    assert_eq!((names(&graph, &illusion.group), names(&graph, &illusion.entries)), (vec!["pay"], vec!["web"]));

    let zones = ["zone:a", "zone:b", "zone:c"];
    let spread = System::default().replicas("pay", 9, 1).group("pay", 1, &zones);
    let spread = zones.iter().fold(spread, |s, z| s.needs(z, &["region:eu"]));
    assert!(analyse(&spread.build(), &Options::default()).illusions.is_empty());

    let nodes = System::default().replicas("pay", 2, 1).group("pay", 1, &["node:1", "node:2"]);
    let graph = nodes.needs("node:1", &["zone:a"]).needs("node:2", &["zone:a"]).build();
    let illusions = analyse(&graph, &Options::default()).illusions;
    assert_eq!(names(&graph, &illusions[0].shared), ["zone:a"]);
}

/// Shared is what couples components that do not depend on each other; a group's common root is an illusion instead.
#[test]
fn shared_resources_couple_siblings() {
    let graph = System::default()
        .entry("web", 1.0)
        .needs("web", &["orders", "db"])
        .needs("orders", &["db"])
        .needs("search", &["db", "cache"])
        .needs("orders", &["cache"])
        .needs("api", &["web"])
        .needs("api", &["orders"])
        .group("api", 1, &["r1", "r2"])
        .needs("r1", &["disk"])
        .needs("r2", &["disk"])
        .build();
    let shared = analyse(&graph, &Options::default()).shared;
    let told: Vec<_> =
        shared.iter().map(|s| (names(&graph, [&s.component])[0], names(&graph, &s.dependents))).collect();
    assert_eq!(told, [("db", vec!["orders", "search", "web"]), ("cache", vec!["orders", "search"])]);
    assert_eq!(names(&graph, &shared[0].entries), ["web"]);
}

/// Radii count the components that fail, not the one that began.
#[test]
fn single_failures_count_components() {
    let graph = oracle_a().build();
    let told: Vec<_> =
        single_failures(&graph).iter().map(|s| (names(&graph, [&s.component])[0].to_owned(), s.failed)).collect();
    let expected = [("api", 1), ("auth", 1), ("cache", 0), ("db1", 2), ("db2", 0), ("web", 0), ("zone:a", 5)];
    assert_eq!(told, expected.map(|(n, c)| (n.to_owned(), c)));
}

/// Fatal pairs name what stands in for each other and what each rests on; quorums any two; a single point of failure
/// is in none.
#[test]
fn fatal_pairs_of_the_oracles() {
    let told = |system: System| {
        let graph = system.build();
        let pairs = analyse(&graph, &Options::default()).fatal_pairs;
        let side = |side: &Vec<(ComponentId, Level)>| names(&graph, side.iter().map(|(id, _)| id)).join(" ");
        let row = |p: &linchpin::analysis::FatalPair| {
            let sides: Vec<String> = p.sides.iter().map(side).collect();
            format!(
                "{}: {} -> {}",
                names(&graph, &p.owners).join(" "),
                sides.join(" | "),
                names(&graph, &p.entries).join(" ")
            )
        };
        pairs.iter().map(row).collect::<Vec<_>>()
    };
    // The databases are known only as a whole; the zone of A′ is a single point of failure.
    assert_eq!(told(oracle_a_second()), ["api auth: zone:a | zone:b -> web"]);
    let instances = |system: System| system.replicas("db1", 1, 1).replicas("db2", 1, 1);
    assert_eq!(told(instances(oracle_a_second())), ["api auth: db1 zone:a | db2 zone:b -> web"]);
    assert_eq!(told(instances(oracle_a_prime())), ["api auth: db1 | db2 -> web"]);
    let quorum = ["r1", "r2", "r3", "x", "y"].iter().fold(oracle_b(), |system, name| system.replicas(name, 1, 1));
    assert_eq!(told(quorum), ["q: r1 | r2 | r3 y -> q"]);
}

/// What LP003 says: two sides, any two of several, and what each side rests on.
#[test]
fn fatal_pairs_are_told() {
    let one_each =
        |system: System, names: &[&str]| names.iter().fold(system, |system, name| system.replicas(name, 1, 1));
    for (system, message) in [
        (
            one_each(oracle_a_second(), &["db1", "db2"]),
            "any of db1 and zone a together with any of db2 and zone b: the loss of both takes down web",
        ),
        (one_each(oracle_b(), &["r1", "r2", "r3"]), "any two of r1, r2 and r3: the loss of both takes down q"),
        (
            one_each(oracle_b(), &["r1", "r2", "r3", "y"]),
            "one each of any two of: r1; r2; any of r3 and y: the loss of both takes down q",
        ),
    ] {
        let graph = system.build();
        let found = rules::check(&graph, &analyse(&graph, &Options::default()), &Labels::new(&graph));
        let told: Vec<&str> = found.iter().filter(|f| f.rule.code == "LP003").map(|f| &*f.message).collect();
        assert_eq!(told, [message]);
    }
}

/// Events that mean nothing do nothing.
#[test]
fn strange_events_do_nothing() {
    let graph = oracle_a().off("db1").build();
    let events = [whole(ComponentId(999)), whole(id(&graph, "db1"))];
    assert!(blast(&graph, &events).affected.is_empty());
    assert!(blast(&Graph::default(), &events).affected.is_empty());
    assert_eq!(analyse(&Graph::default(), &Options::default()), Analysis::default());
}

/// When pairs are too many to list, or the graph too large to look for them, the rows say so.
#[test]
fn bounds_show_in_the_rows() {
    let graph = oracle_a_second().build();
    let counted = analyse(&graph, &Options { listed_pairs: 3, ..Options::default() }).cut_sets;
    assert!(matches!(&counted[..], [_, CutSets { size: 2, count: 4, sides, .. }] if sides.is_empty()), "{counted:?}");
    let small = analyse(&graph, &Options { pair_components: 3, ..Options::default() }).cut_sets;
    assert!(matches!(&small[..], [CutSets { size: 1, complete_to: 1, .. }]), "{small:?}");
}
