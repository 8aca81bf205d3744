//! What each field means.

use crate::{component, dependency, facts, fixture};
use linchpin::facts::{Answer, Criticality, EntryOrigin, Interaction, Key, Kind, Plane, Target, TimeoutOrigin};
use std::sync::Arc;

/// Every field of a component arrives, with its unit and its place.
#[test]
fn every_field_of_a_component() {
    let facts = facts(&fixture("every-field.yaml"));
    let checkout = component(&facts, "checkout");
    assert_eq!(checkout.key, Key::new(&"native".into(), Kind::Service.class(), "shop", "checkout"));
    assert!(checkout.native && checkout.kind_stated && checkout.kind == Kind::Service);
    assert_eq!((checkout.evidence.at.line, &*checkout.evidence.field), (5, "metadata.name"));

    let entry = checkout.entry.as_ref().unwrap();
    assert_eq!((entry.origin, entry.weight, entry.evidence.at.line), (EntryOrigin::Declared, Some(0.7), 9));
    let replicas = checkout.replicas.as_ref().unwrap();
    assert_eq!((replicas.value, replicas.explicit), (3, true));
    assert_eq!(replicas.evidence.as_ref().map(|e| (e.at.line, &*e.field)), Some((10, "replicas")));
    assert_eq!(checkout.need.as_ref().map(|n| n.value), Some(2));
    assert_eq!(checkout.owner.as_deref(), Some("payments-team"));
    assert_eq!(checkout.aliases, [Arc::from("CheckoutService")]);

    let s = &checkout.settings;
    assert_eq!((s.capacity_rps, s.capacity_concurrency, s.load_rps), (Some(500.0), Some(200.0), Some(120.0)));
    assert_eq!((s.p50_ms, s.p99_ms), (Some(20.0), Some(200.0)));
    assert_eq!((s.timeout_ms, s.drain_ms, s.hit_rate), (Some(2_000.0), Some(30_000.0), None));
    assert_eq!(component(&facts, "prices").settings.hit_rate, Some(0.95));
    let queue = &component(&facts, "orders").settings;
    assert_eq!((queue.retention_ms, queue.visibility_ms), (Some(300_000.0), Some(20_000.0)));
    assert_eq!((queue.deliveries, queue.dead_letter), (Some(3.0), Some(true)));
}

/// Every field of a dependency arrives; tries are total tries and stand in the library layer.
#[test]
fn every_field_of_a_dependency() {
    let facts = facts(&fixture("every-field.yaml"));
    let d = dependency(&facts, "payments");
    assert_eq!((d.interaction, d.interaction_stated, d.plane), (Interaction::Sync, true, Plane::Runtime));
    assert_eq!((d.criticality, d.share, d.calls_per_request), (Some(Criticality::Hard), Some(0.3), Some(2.0)));
    assert_eq!((d.timeout, d.circuit_breaker), (Some((1_000.0, TimeoutOrigin::Explicit)), true));
    assert_eq!((d.fallback.as_deref(), d.buffer_ms), (Some("payments-standby"), Some(600_000.0)));
    assert_eq!((d.probability, d.stage.as_deref(), d.native), (Some(0.9), Some("settle"), true));
    assert_eq!((d.evidence.at.line, &*d.evidence.field), (33, "dependsOn"));

    let [retry] = &d.retry[..] else { panic!("one layer") };
    assert_eq!((retry.layer.word(), retry.tries, retry.unlimited), ("library", Some(3), false));
    assert_eq!((retry.per_try_timeout_ms, retry.timeout_ms), (Some(500.0), Some(900.0)));
    assert_eq!((&retry.backoff_ms[..], retry.budget), (&[100.0, 200.0][..], Some(0.2)));
    assert_eq!(retry.jitter, Some(true));
    assert_eq!(retry.conditions, [Arc::from("5xx")]);

    for db in ["db-1", "db-2"] {
        let d = dependency(&facts, db);
        assert_eq!(d.group.as_ref().map(|g| (&*g.id, g.need)), Some(("of:1", 1)));
        assert_eq!(d.interaction, Interaction::Write);
    }
    let pool = dependency(&facts, "account-concurrency");
    assert_eq!((pool.interaction, pool.pool), (Interaction::UsesPool, Some((Some(50.0), Some(10.0)))));
}

/// Zones are one requirement, a single domain is none; domains need not be declared and have no namespace.
#[test]
fn placement() {
    let facts = facts(&fixture("every-field.yaml"));
    let placed: Vec<String> = (facts.dependencies.iter())
        .filter(|d| d.interaction == Interaction::PlacedOn)
        .map(|d| {
            let Target::Component(key) = &d.to else { panic!("a domain") };
            assert_eq!((key.namespace.as_deref(), &*key.scope), (None, ""));
            let group = d.group.as_ref().map_or(String::new(), |g| format!(" ({} of {})", g.need, g.id));
            format!("{} -> {:?} {}{group}", d.from.name, key.class, key.name)
        })
        .collect();
    assert_eq!(
        placed,
        [
            "checkout -> Node node-7",
            "checkout -> Zone eu-1a (1 of zones)",
            "checkout -> Zone eu-1b (1 of zones)",
            "checkout -> Zone eu-1c (1 of zones)",
            "checkout -> Region eu-1",
            "node-7 -> Zone eu-1a",
            "eu-1a -> Region eu-1",
        ]
    );
    assert!(component(&facts, "eu-1c").kind == Kind::Zone, "an undeclared zone is a component");
}

/// Where nothing says how many instances there are, there is one in each place that is named, and as many as must work.
#[test]
fn implied_instances() {
    for (kind, spec, expected) in [
        ("Service", "{}", Some(1)),
        ("Service", "{zones: [a, b, c], placedOn: [node-1, node-2]}", Some(3)),
        ("Datastore", "{placedOn: ['node:n', 'zone:a', 'zone:b']}", Some(2)),
        ("Queue", "{need: 3, zones: [a]}", Some(3)),
        ("Service", "{replicas: 1, zones: [a, b]}", Some(1)),
        ("External", "{}", None),
    ] {
        let facts = facts(&format!("{{apiVersion: linchpin/v1, kind: {kind}, metadata: {{name: x}}, spec: {spec}}}"));
        let found = component(&facts, "x").replicas.as_ref();
        assert_eq!(found.map(|r| r.value), expected, "{kind} {spec}");
        assert!(found.is_none_or(|r| r.explicit == spec.contains("replicas")), "{kind} {spec}");
    }
}

/// The short spellings say the same as the long ones, and what is left out stays unknown.
#[test]
fn shorthand() {
    let facts = facts(&fixture("shorthand.yaml"));
    let web = component(&facts, "web");
    assert_eq!(web.key.namespace.as_deref(), Some("default"));
    assert_eq!(web.entry.as_ref().map(|e| e.weight), Some(None));
    assert_eq!(web.replicas.as_ref().map(|r| (r.value, r.explicit)), Some((1, false)));
    assert_eq!(component(&facts, "api.stripe.com").key, Key::global(Kind::External.class(), "api.stripe.com"));
    assert_eq!(component(&facts, "api.stripe.com").replicas, None, "a provider's instances are not ours to count");
    assert_eq!(component(&facts, "db-connections").settings.capacity_concurrency, Some(100.0));

    let cart = dependency(&facts, "cart");
    assert_eq!((cart.interaction, cart.interaction_stated, cart.criticality), (Interaction::Sync, false, None));
    assert_eq!(dependency(&facts, "flags").criticality, Some(Criticality::Soft));
    assert_eq!(dependency(&facts, "events").interaction, Interaction::AsyncPublish);
    assert_eq!(dependency(&facts, "metrics").plane, Plane::Telemetry);
    let registry = dependency(&facts, "registry");
    assert_eq!((registry.plane, registry.timeout), (Plane::Startup, Some((f64::INFINITY, TimeoutOrigin::Disabled))));
    assert_eq!(registry.retry.first().map(|r| (r.tries, r.unlimited)), Some((None, true)));
}

/// What runs and is called answers to its name in its namespace, in lower case as hosts are; pools and externals do not.
#[test]
fn names_resolve_like_services() {
    let facts = facts(&fixture("shorthand.yaml"));
    let names: Vec<(&str, Option<&str>)> = facts.names.iter().map(|n| (&*n.name, n.namespace.as_deref())).collect();
    assert_eq!(names, [("web", Some("default")), ("orders", Some("default"))]);
    let Some(Answer::Components(keys)) = facts.names.last().map(|n| &n.answer) else { panic!("components") };
    assert_eq!(keys.first().map(|k| &*k.name), Some("Orders"));
}
