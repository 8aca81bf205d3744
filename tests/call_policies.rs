//! What policies of meshes, gateways and libraries come to on each call.

use linchpin::facts::{
    CallPolicy, Callers, Calls, Class, ComponentFact, DependencyFact, Evidence, Facts, Interaction, Key, Kind, Layer,
    Origin, PlatformAssumption, Providers, Rank, RetryLayer, Target, TimeoutOrigin,
};
use linchpin::graph::build::{BuildOptions, Built, build};
use linchpin::graph::{Dependency, Graph};
use linchpin::source::Location;
use std::sync::Arc;

const SCOPE: &str = "kubernetes";

fn at(line: u32) -> Evidence {
    Evidence::new(Location::new("k8s.yaml".into(), line, 1), "spec")
}

fn key(name: &str) -> Key {
    Key::new(&SCOPE.into(), Class::Workload, "shop", name)
}

/// `front` calls `cart` and `stock-service`; `other` calls `cart`; `cart` reads `db`.
fn facts(policies: Vec<CallPolicy>) -> Facts {
    let component = |name: &str, kind| ComponentFact::new(key(name), kind, at(1));
    let edge = |from: &str, to: &str, interaction| {
        DependencyFact::new(key(from), Target::Component(key(to)), interaction, at(2))
    };
    Facts {
        components: ["front", "other", "cart", "stock-service"]
            .map(|name| component(name, Kind::Service))
            .into_iter()
            .chain([component("db", Kind::Datastore)])
            .collect(),
        dependencies: vec![
            edge("front", "cart", Interaction::Sync),
            edge("front", "stock-service", Interaction::Sync),
            edge("other", "cart", Interaction::Sync),
            edge("cart", "db", Interaction::Read),
        ],
        policies,
        ..Facts::default()
    }
}

fn policy(layer: Layer, callers: Callers, providers: Providers, line: u32) -> CallPolicy {
    CallPolicy::new(SCOPE.into(), layer, callers, providers, at(line))
}

fn tries(mut policy: CallPolicy, rank: Rank, tries: u32) -> CallPolicy {
    policy.retry = Some(RetryLayer::new(policy.layer, tries, Origin::Explicit, policy.evidence.clone()));
    CallPolicy { rank, ..policy }
}

fn set(names: &[&str]) -> Arc<std::collections::BTreeSet<Key>> {
    Arc::new(names.iter().map(|name| key(name)).collect())
}

fn graph(policies: Vec<CallPolicy>) -> Built {
    build(facts(policies), &BuildOptions::default())
}

fn between<'g>(graph: &'g Graph, from: &str, to: &str) -> &'g Dependency {
    let named = |id, name: &str| &*graph.component(id).name == name;
    graph.dependencies.iter().find(|d| named(d.from, from) && named(d.to, to)).expect("the dependency")
}

fn tries_of(built: &Built, from: &str, to: &str) -> Option<u64> {
    between(&built.graph, from, to).retry.as_ref().and_then(|r| r.tries)
}

fn to_cart() -> Providers {
    let target = Target::Name { namespace: "shop".into(), name: "cart".into() };
    Providers::Named { namespace: "shop".into(), target }
}

/// A higher rank replaces a lower one of the same layer; other layers multiply with it.
#[test]
fn ranks_replace_and_layers_multiply() {
    let mesh =
        |providers, line| policy(Layer::ClientMesh, Callers::Components(set(&["front", "other"])), providers, line);
    let built = graph(vec![
        tries(mesh(Providers::Components(set(&["cart", "stock-service", "db"])), 10), Rank::Default, 3),
        tries(mesh(Providers::Components(set(&["cart"])), 11), Rank::Provider, 2),
        tries(
            policy(Layer::Library, Callers::Components(set(&["front"])), Providers::Components(set(&["cart"])), 12),
            Rank::Route,
            4,
        ),
    ]);
    assert_eq!(tries_of(&built, "front", "cart"), Some(8));
    assert_eq!(tries_of(&built, "other", "cart"), Some(2));
    assert_eq!(tries_of(&built, "front", "stock-service"), Some(3));
}

/// Of several routes of a rank the worst holds: most tries, longest limit.
#[test]
fn routes_of_one_host_give_the_worst() {
    let route = |n, ms, line| {
        let mut route = tries(
            policy(Layer::ClientMesh, Callers::Everyone, Providers::Components(set(&["cart"])), line),
            Rank::Route,
            n,
        );
        route.timeout = Some((ms, TimeoutOrigin::Explicit));
        route
    };
    let built = graph(vec![route(5, 100.0, 10), route(2, 900.0, 11)]);
    let dependency = between(&built.graph, "front", "cart");
    assert_eq!(dependency.retry.as_ref().unwrap().tries, Some(5));
    assert_eq!(dependency.timeout.ms, Some(900.0));
    assert_eq!(dependency.timeouts[0].evidence, at(11));
}

/// The smallest limit of all layers is in force; one layer without a limit does not lift another's.
#[test]
fn the_smallest_limit_of_the_layers_is_in_force() {
    let limit = |layer, ms: f64, line| {
        let mut limit = policy(layer, Callers::Everyone, Providers::Components(set(&["cart"])), line);
        limit.timeout = Some((ms, TimeoutOrigin::Explicit));
        limit
    };
    let built = graph(vec![limit(Layer::Library, 2000.0, 10), limit(Layer::ClientMesh, f64::INFINITY, 11)]);
    let timeout = between(&built.graph, "front", "cart").timeout;
    assert_eq!((timeout.ms, timeout.origin), (Some(2000.0), TimeoutOrigin::Explicit));
    let built = graph(vec![limit(Layer::ClientMesh, f64::INFINITY, 11)]);
    let timeout = between(&built.graph, "front", "cart").timeout;
    assert_eq!((timeout.ms, timeout.origin), (None, TimeoutOrigin::Disabled));
    let timeout = between(&built.graph, "front", "stock-service").timeout;
    assert_eq!((timeout.ms, timeout.origin), (None, TimeoutOrigin::Unknown));
}

/// What acts on requests leaves reads of a store alone; a pool of a library does not.
#[test]
fn proxies_do_not_act_on_stores() {
    let to_db = |line| {
        tries(policy(Layer::Library, Callers::Everyone, Providers::Components(set(&["db"])), line), Rank::Provider, 3)
    };
    assert_eq!(tries_of(&graph(vec![to_db(10)]), "cart", "db"), None);
    let mut all = to_db(10);
    (all.calls, all.max_concurrent) = (Calls::All, Some(10.0));
    let built = graph(vec![all]);
    assert_eq!(tries_of(&built, "cart", "db"), Some(3));
    assert_eq!(between(&built.graph, "cart", "db").max_concurrent, Some(10.0));
}

/// A library's instance means the caller's provider of that name, also where it is spelt differently; one that means
/// nobody is reported with its place.
#[test]
fn instances_of_libraries_find_their_provider() {
    let instance = |name: &str, line| {
        tries(
            policy(Layer::Library, Callers::Components(set(&["front"])), Providers::Called(name.into()), line),
            Rank::Provider,
            4,
        )
    };
    let built = graph(vec![instance("StockService", 10), instance("payments", 11)]);
    assert_eq!(tries_of(&built, "front", "stock-service"), Some(4));
    assert_eq!(tries_of(&built, "front", "cart"), None);
    let [problem] = built.problems.as_slice() else { panic!("{:?}", built.problems) };
    assert_eq!(problem.to_string().split(": ").next(), Some("k8s.yaml:11"));
    assert!(problem.to_string().contains("`payments`"), "{problem}");
}

/// Names are looked up in the namespace of the policy, callers by namespace in theirs, and budgets join the tries.
#[test]
fn hosts_namespaces_and_budgets() {
    let mut here =
        tries(policy(Layer::ClientMesh, Callers::Namespace("shop".into()), to_cart(), 10), Rank::Provider, 3);
    here.providers = Providers::Named { namespace: "shop".into(), target: Target::Reference("cart".into()) };
    let elsewhere =
        tries(policy(Layer::Gateway, Callers::Namespace("bank".into()), Providers::Anyone, 11), Rank::Provider, 9);
    let mut budget = policy(Layer::ClientMesh, Callers::Everyone, Providers::Components(set(&["cart"])), 12);
    (budget.budget, budget.circuit_breaker) = (Some(0.2), Some(true));
    let built = graph(vec![here, elsewhere, budget]);
    let dependency = between(&built.graph, "front", "cart");
    let retry = dependency.retry.as_ref().unwrap();
    assert_eq!((retry.tries, retry.layers[0].budget), (Some(3), Some(0.2)));
    assert!(dependency.circuit_breaker);
}

/// An assumption of a default that something else replaces is nobody's.
#[test]
fn replaced_defaults_assume_nothing() {
    let to_cart = |line| policy(Layer::ClientMesh, Callers::Everyone, Providers::Components(set(&["cart"])), line);
    let mut default = tries(to_cart(10), Rank::Default, 3);
    default.assumption =
        Some(Arc::new(PlatformAssumption { id: "mesh-default".into(), text: String::new(), setting: None }));
    let assumed = |policies| between(&graph(policies).graph, "front", "cart").assumptions.len();
    assert_eq!(assumed(vec![default.clone()]), 1);
    assert_eq!(assumed(vec![default.clone(), tries(to_cart(11), Rank::Route, 2)]), 0);
    // Of two things that it says, one still holds.
    default.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
    assert_eq!(assumed(vec![default, tries(to_cart(11), Rank::Route, 2)]), 1);
}

/// What a number rests on is named on the dependency and listed once, with its places.
#[test]
fn assumptions_are_carried() {
    let assumed = Arc::new(PlatformAssumption {
        id: "mesh-default".into(),
        text: "the mesh tries three times".into(),
        setting: Some("[platform.mesh] version".into()),
    });
    let mut policies = vec![
        tries(
            policy(Layer::ClientMesh, Callers::Everyone, Providers::Components(set(&["cart"])), 10),
            Rank::Default,
            3,
        ),
        tries(
            policy(Layer::ClientMesh, Callers::Everyone, Providers::Components(set(&["stock-service"])), 11),
            Rank::Default,
            3,
        ),
    ];
    policies.iter_mut().for_each(|p| p.assumption = Some(assumed.clone()));
    let built = graph(policies);
    assert_eq!(between(&built.graph, "front", "cart").assumptions, ["mesh-default".into()]);
    let listed = built.graph.assumptions.iter().find(|a| &*a.id == "mesh-default").unwrap();
    assert_eq!(listed.evidence, [at(10), at(11)]);
}
