//! `linchpin.dev/…` annotations and labels.

use linchpin::facts::native::from_labels;
use linchpin::facts::{ComponentFact, Evidence, Facts, Key, Kind, Target};
use linchpin::parse::{Node, Outcome, documents};
use std::sync::Arc;

/// A discovered service with labels written as a YAML mapping.
fn labelled(labels: &str) -> (ComponentFact, Facts) {
    let Outcome::Tree(node) = documents(&Arc::from("cart.yaml"), labels).remove(0).outcome else { panic!("no tree") };
    let labels: Vec<(&str, &Node)> = node.fields().map(|(key, _, value)| (key, value)).collect();
    let key = Key::new(&"kubernetes".into(), Kind::Service.class(), "shop", "cart");
    let mut component = ComponentFact::new(key, Kind::Service, Evidence::new(node.at(), "metadata.name"));
    let facts = from_labels(&mut component, &labels);
    (component, facts)
}

/// Dependencies in words: `interaction target (need of group) criticality`.
fn dependencies(labels: &str) -> Vec<String> {
    let (_, facts) = labelled(labels);
    assert_eq!(facts.problems, []);
    let mut words = Vec::new();
    for d in &facts.dependencies {
        assert!(d.native);
        let target = match &d.to {
            Target::Reference(name) => name.to_string(),
            Target::Component(key) => format!("{:?} {}", key.class, key.name),
            other => panic!("{other:?}"),
        };
        let group = d.group.as_ref().map_or(String::new(), |g| format!(" ({} of {})", g.need, g.id));
        let criticality = d.criticality.map_or(String::new(), |c| format!(" {}", c.word()));
        let pool = d.pool.and_then(|(uses, _)| uses).map_or(String::new(), |uses| format!(" {uses}"));
        words.push(format!("{} {target}{group}{criticality}{pool}", d.interaction.word()));
    }
    words
}

/// Settings are written into the component that carries the labels, in either spelling of the key.
#[test]
fn settings() {
    let (cart, facts) = labelled(
        "linchpin.dev/entry: '0.7'\nlinchpin.dev/owner: payments\nlinchpin.dev/capacity-rps: '500'\n\
         linchpin.dev/capacity.concurrency: 20\nlinchpin.dev/latencyP99: 200ms\nlinchpin.dev/latency-p50: 20ms\n\
         linchpin.dev/timeout: 2s\nlinchpin.dev/kind: Cache\nlinchpin.dev/hit-ratio: 0.9\nlinchpin.dev/replicas: 3\n\
         linchpin.dev/aliases: a, b\nsomebody.else/timeout: never\n",
    );
    assert_eq!(facts.problems, []);
    assert_eq!(cart.entry.as_ref().map(|e| (e.weight, e.evidence.at.line)), Some((Some(0.7), 1)));
    assert_eq!((cart.owner.as_deref(), cart.kind, cart.kind_stated), (Some("payments"), Kind::Cache, true));
    let s = &cart.settings;
    assert_eq!((s.capacity_rps, s.capacity_concurrency), (Some(500.0), Some(20.0)));
    assert_eq!((s.p50_ms, s.p99_ms), (Some(20.0), Some(200.0)));
    assert_eq!((s.timeout_ms, s.hit_rate), (Some(2_000.0), Some(0.9)));
    assert_eq!(cart.replicas.as_ref().map(|r| (r.value, r.explicit)), Some((3, true)));
    assert_eq!(cart.aliases, [Arc::from("a"), Arc::from("b")]);
}

/// The grammar of dependencies: interaction before, alternatives between bars, a question mark for soft.
#[test]
fn depends_on() {
    assert_eq!(
        dependencies(
            "linchpin.dev/depends-on: 'cart, db-1 | shop/db-2, publish queue:shop/events, payments?, read a|b ?,'\n"
        ),
        [
            "sync cart",
            "sync db-1 (1 of of:1)",
            "sync shop/db-2 (1 of of:1)",
            "async-publish queue:shop/events",
            "sync payments soft",
            "read a (1 of of:4) soft",
            "read b (1 of of:4) soft",
        ]
    );
}

/// Placement and pools.
#[test]
fn lists() {
    assert_eq!(
        dependencies(
            "linchpin.dev/zones: a, b\nlinchpin.dev/placedOn: node-1\nlinchpin.dev/pools: 'db = 20, lambda'\n"
        ),
        [
            "placed-on Node node-1",
            "placed-on Zone a (1 of zones)",
            "placed-on Zone b (1 of zones)",
            "uses-pool db 20",
            "uses-pool lambda"
        ]
    );
    let (_, facts) = labelled("linchpin.dev/zones: a, b\n");
    assert_eq!(facts.components.len(), 2, "zones need not be declared");
}

/// A label that cannot be understood is a problem at its line, and costs neither the component nor its other labels.
#[test]
fn mistakes() {
    for (label, expected) in [
        ("dependson: a", "unknown linchpin.dev label `dependson`; did you mean `depends-on`?"),
        ("timout: 2s", "unknown linchpin.dev label `timout`; did you mean `timeout`?"),
        ("timeout: 2", "`timeout` must be a duration above zero with its unit, such as `500ms`, `2s` or `1m30s`"),
        ("entry: 'no'", "`entry` must be `true` or a mapping such as `{weight: 0.7}`"),
        ("depends-on: pubish events", "unknown interaction `pubish`; did you mean `publish`?"),
        ("depends-on: a | | b", "`of` must be a name"),
        ("zones: a, a", "`zones` has the same name twice"),
        ("kind: Job", "a service cannot become a job"),
        ("kind: cache", "unknown kind `cache`; did you mean `Cache`?"),
        (
            "capacity.rps: 1\nlinchpin.dev/capacity-rps: 1",
            "`linchpin.dev/capacity-rps` is written twice; only the first one counts",
        ),
    ] {
        let (cart, facts) = labelled(&format!("linchpin.dev/owner: me\nlinchpin.dev/{label}\n"));
        let said: Vec<String> = facts.problems.iter().map(|p| p.to_string()).collect();
        let line = 1 + label.lines().count();
        assert_eq!(said, [format!("cart.yaml:{line}: {expected}")], "{label}");
        assert_eq!(cart.owner.as_deref(), Some("me"), "{label}");
    }
}
