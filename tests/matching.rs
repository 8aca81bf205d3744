//! Which component a service of the traces is, and who is meant by what callers say.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use linchpin::facts::traces::{Calls, Edge, EdgeKey, Endpoint, Identity, Mode, Node, Operation, ServiceKey, Summary};
use linchpin::facts::{
    Answer, Class, ComponentFact, DependencyFact, Evidence, Facts, Interaction, Key, Kind, NameFact, Target,
};
use linchpin::graph::build::{BuildOptions, Built, Setting, build};
use linchpin::source::Location;

fn evidence() -> Evidence {
    Evidence::new(Location::new("k8s/a.yaml".into(), 1, 1), "metadata.name")
}

/// Workloads as `scope|namespace/name`, a `service.name` that they set behind `=`, and what traces say of them.
#[derive(Default)]
struct System {
    facts: Facts,
    summary: Summary,
    options: BuildOptions,
}

impl System {
    fn of(workloads: &[&str]) -> Self {
        let mut system = Self::default();
        for text in workloads {
            let (place, stated) = text.split_once('=').map_or((*text, None), |(place, name)| (place, Some(name)));
            let (scope, rest) = place.split_once('|').unwrap();
            let (namespace, name) = rest.split_once('/').unwrap();
            let key = Key::new(&scope.into(), Class::Workload, namespace, name);
            let mut fact = ComponentFact::new(key.clone(), Kind::Service, evidence());
            fact.service_name = stated.map(Into::into);
            system.facts.components.push(fact);
            system.facts.namespaces.insert((scope.into(), namespace.into()));
            system.facts.names.push(NameFact {
                scope: scope.into(),
                namespace: Some(namespace.into()),
                name: name.into(),
                answer: Answer::Components(vec![key]),
                evidence: evidence(),
            });
        }
        system
    }

    /// A service that recorded spans, as `namespace/name`, running where `cluster|namespace|workload` says.
    fn traced(mut self, service: &str, runs: &[&str]) -> Self {
        let seen = self.summary.services.entry(key(service)).or_default();
        seen.spans = 10;
        seen.operations.insert("GET /".into(), Operation { requests: 10, adjusted: 10_000, ..Operation::default() });
        for place in runs {
            let [cluster, namespace, workload] = place.split('|').collect::<Vec<_>>()[..] else { panic!("{place}") };
            let (cluster, namespace) = (cluster.into(), namespace.into());
            seen.identities.insert(Identity { cluster, namespace, workload: workload.into(), ..Identity::default() });
        }
        self
    }

    fn calls(mut self, from: &str, to: Endpoint, calls: Calls) -> Self {
        let edge = EdgeKey { from: key(from), to, mode: Mode::Call };
        let operations = [("GET /".to_owned(), calls)].into();
        self.summary.edges.insert(edge, Edge { operations, ..Edge::default() });
        self
    }

    fn build(mut self) -> Built {
        self.facts.traces = Some(self.summary);
        build(self.facts, &self.options)
    }
}

fn key(service: &str) -> ServiceKey {
    let (namespace, name) = service.split_once('/').unwrap_or(("", service));
    ServiceKey { namespace: namespace.into(), name: name.into() }
}

fn calls(calls: u64) -> Calls {
    Calls { calls, adjusted: calls * 1000, requests: calls, ..Calls::default() }
}

fn node(kind: Kind, address: &str, name: &str) -> Endpoint {
    Endpoint::Node(Node { kind, system: String::new(), address: address.into(), port: None, name: name.into() })
}

/// Matches as `service: rule component (also …)`, and the reasons of problems.
fn matches(built: &Built) -> (Vec<String>, Vec<&str>) {
    let id = |component| &*built.graph.component(component).id;
    let lines = built.graph.matches.iter().map(|m| {
        let also: Vec<&str> = m.also.iter().map(|&c| id(c)).collect();
        let also = if also.is_empty() { String::new() } else { format!(" (also {})", also.join(", ")) };
        format!("{}: {} {}{also}", m.service, m.rule.word(), id(m.component))
    });
    (lines.collect(), built.problems.iter().map(|p| p.reason.as_str()).collect())
}

/// Each rule finds what the rules before it do not; the first that fits decides.
#[test]
fn rules_are_asked_in_order() {
    for (workloads, service, runs, expected) in [
        (&["kubernetes|shop/cart"][..], "cart", &[][..], "cart: name service:shop/cart"),
        (&["kubernetes|shop/cart"], "shop/cart", &[], "shop/cart: host-name service:shop/cart"),
        (&["kubernetes|shop/cart"], "cart.shop", &[], "cart.shop: host-name service:shop/cart"),
        (&["kubernetes|shop/cart"], "CartService", &[], "CartService: normalised-name service:shop/cart"),
        (
            &["kubernetes|shop/basket=cart", "kubernetes|shop/cart"],
            "shop/cart",
            &[],
            "shop/cart: stated-service-name service:shop/basket",
        ),
        (&["kubernetes|shop/cart"], "other", &["|shop|cart"], "other: kubernetes-attributes service:shop/cart"),
        (&["kubernetes|shop/cart", "kubernetes|test/cart"], "shop/cart", &[], "shop/cart: host-name service:shop/cart"),
        (&["kubernetes|shop/cart", "kubernetes|test/cart"], "cart", &["|test|"], "cart: host-name service:test/cart"),
        // Manifests without a namespace are deployed into any, those with one are not.
        (&["kubernetes|default/cart"], "other", &["|shop|cart"], "other: kubernetes-attributes service:default/cart"),
        (
            &["kubernetes|default/cart", "kubernetes|shop/x"],
            "other",
            &["|shop|cart"],
            "other: own-component service:other",
        ),
        // A canary has the name of the program that it will replace.
        (
            &["kubernetes|shop/cart", "kubernetes|shop/cart-canary"],
            "cart",
            &["|shop|cart", "|shop|cart-canary"],
            "cart: kubernetes-attributes service:shop/cart",
        ),
        (&["kubernetes|shop/cart"], "car", &[], "car: own-component service:car"),
    ] {
        let built = System::of(workloads).traced(service, runs).build();
        assert_eq!(matches(&built), (vec![expected.to_owned()], vec![]), "{workloads:?}");
    }
    let mut aliased =
        System::of(&["kubernetes|shop/cart", "kubernetes|shop/basket"]).traced("shop/cart", &["|shop|cart"]);
    aliased.options.aliases = vec![("cart".into(), Setting { name: "basket".into(), at: Location::start("l".into()) })];
    assert_eq!(matches(&aliased.build()).0, ["shop/cart: alias service:shop/basket"]);
}

/// What only other scopes state does not hide what the default one has; where nothing comes first, nothing is decided.
#[test]
fn the_nearest_scope_decides() {
    const TESTS: [&str; 2] = ["kubernetes:tests/mesh|default/cart=cart", "kubernetes:tests/spanner|default/cart=cart"];
    let [mesh, spanner] = TESTS;
    let also = " (also service:default/cart@tests/mesh, service:default/cart@tests/spanner)";
    for (workloads, service, runs, expected) in [
        (
            vec![mesh, spanner, "kubernetes|default/cart"],
            "x/cart",
            &[][..],
            format!("x/cart: name service:default/cart{also}"),
        ),
        (vec![mesh, "compose:dev|dev/cart"], "cart", &[], "cart: stated-service-name service:default/cart".into()),
        (
            vec![mesh, "kubernetes:prod|shop/cart"],
            "shop/cart",
            &[],
            "shop/cart: host-name service:shop/cart (also service:default/cart)".into(),
        ),
        (
            vec!["kubernetes:prod|shop/cart", "kubernetes:staging|shop/cart"],
            "cart",
            &["staging||"],
            "cart: name service:shop/cart@staging (also service:shop/cart@prod)".into(),
        ),
    ] {
        let built = System::of(&workloads).traced(service, runs).build();
        assert_eq!(matches(&built), (vec![expected], vec![]), "{workloads:?}");
    }
    let built = System::of(&TESTS).traced("cart", &[]).build();
    let ambiguous = "service `cart` of the traces could be default/cart in kubernetes:tests/mesh or default/cart in \
                     kubernetes:tests/spanner";
    assert_eq!(matches(&built), (vec!["cart: own-component service:cart".to_owned()], vec![ambiguous]));
    assert!(built.problems[0].remedy.as_ref().unwrap().contains("--scope"));
}

/// Services do not become each other: what only traces know is no candidate.
#[test]
fn services_of_traces_are_no_candidates() {
    let built = System::of(&[]).traced("shop/a", &["|shop|a"]).traced("shop/b", &["|shop|a"]).build();
    let expected = ["shop/a: own-component service:shop/a", "shop/b: own-component service:shop/b"];
    assert_eq!(matches(&built).0, expected);
}

fn edges(built: &Built) -> Vec<String> {
    let id = |c| &*built.graph.component(c).id;
    let all = built.graph.dependencies.iter();
    all.map(|d| format!("{} {} {}", id(d.from), d.interaction.word(), id(d.to))).collect()
}

/// A call that nobody answered with a span goes to the service that its caller names, if there is only one.
#[test]
fn named_peers_are_who_they_are() {
    let system = || {
        System::of(&["kubernetes|shop/web", "kubernetes|shop/mail"])
            .traced("shop/web", &[])
            .traced("shop/cart", &[])
            .traced("test/cart", &[])
            .traced("test/ads", &[])
            .traced("test/dup", &[])
            .traced("other/dup", &[])
    };
    for (peer, expected) in [
        (node(Kind::External, "", "cart"), "service:shop/cart"),
        (node(Kind::External, "", "test/cart"), "service:test/cart"),
        (node(Kind::External, "10.0.0.7", "ads"), "service:test/ads"),
        (node(Kind::External, "ads.example.com", "ads"), "service:test/ads"),
        (node(Kind::Function, "", "ads"), "service:test/ads"),
        (node(Kind::External, "", "dup"), "external:dup"),
        (node(Kind::External, "", "mail"), "service:shop/mail"),
        (node(Kind::External, "10.0.0.7", "mail"), "service:shop/mail"),
        (node(Kind::External, "mail.example.com", "mail"), "external:mail.example.com"),
        (node(Kind::External, "mail", ""), "service:shop/mail"),
        (node(Kind::External, "", "unknown"), "external:unknown"),
        (node(Kind::External, "10.0.0.7", "unknown"), "external:unknown"),
        (node(Kind::External, "10.0.0.7", "mysql"), "datastore:mysql/*"),
        (node(Kind::External, "redis", ""), "cache:redis/*"),
        (node(Kind::External, "redis.example.com", ""), "external:redis.example.com"),
    ] {
        let built = system().calls("shop/web", peer.clone(), calls(3)).build();
        assert_eq!(edges(&built), [format!("service:shop/web sync {expected}")], "{peer:?}");
    }
}

/// What callers name in several ways is one dependency, with the sums of all of them.
#[test]
fn several_names_are_summed() {
    let reads = Calls { reads: 4, errors: 2, most_tries: 3, ..calls(4) };
    let writes = Calls { writes: 2, adjusted: 20_000, requests: 1, ..calls(2) };
    let built = System::of(&["kubernetes|shop/web", "kubernetes|shop/store"])
        .traced("shop/web", &[])
        .calls("shop/web", node(Kind::Datastore, "store", "a"), reads)
        .calls("shop/web", node(Kind::Datastore, "store.shop.svc", "b"), writes)
        .build();
    assert_eq!(edges(&built), ["service:shop/web sync service:shop/store"]);
    let [only] = &built.graph.dependencies[..] else { panic!() };
    assert_eq!(only.interaction, Interaction::Sync);
    let seen = only.observed.as_ref().unwrap();
    // 24 requests stand behind 6 calls, so that 2 of them that failed stand for 8.
    assert_eq!((seen.calls, seen.errors, seen.most_tries), (24, 8, 3));
    assert_eq!((seen.share, seen.calls_per_request), (Some(0.5), Some(1.2)));
    let [operation] = &seen.operations[..] else { panic!("{:?}", seen.operations) };
    assert_eq!((&*operation.name, operation.calls, operation.errors, operation.share), ("GET /", 24, 8, Some(0.5)));
}

/// Who sends to a queue and receives from it does two things; what is declared is that one of them that it says, else the
/// first.
#[test]
fn sending_and_receiving_are_two() {
    for (declared, expected) in [
        (None, ["async-publish 5 observed", "async-consume 3 observed"].as_slice()),
        (Some(Interaction::AsyncConsume), &["async-publish 5 observed", "async-consume 3 declared"]),
        (Some(Interaction::AsyncPublish), &["async-publish 5 declared", "async-consume 3 observed"]),
        (Some(Interaction::Sync), &["sync 5 declared", "async-consume 3 observed"]),
    ] {
        let mut system = System::of(&["kubernetes|shop/web"]).traced("shop/web", &[]);
        let queue = Node {
            kind: Kind::Queue,
            system: "kafka".into(),
            address: String::new(),
            port: None,
            name: "orders".into(),
        };
        for (mode, n) in [(Mode::Publish, 5), (Mode::Consume, 3)] {
            let edge = EdgeKey { from: key("shop/web"), to: Endpoint::Node(queue.clone()), mode };
            let operations = [("GET /".to_owned(), calls(n))].into();
            system.summary.edges.insert(edge, Edge { operations, ..Edge::default() });
        }
        if let Some(interaction) = declared {
            let mut to = Key::global(Class::Workload, "orders");
            to.namespace = Some("kafka".into());
            system.facts.components.push(ComponentFact::new(to.clone(), Kind::Queue, evidence()));
            let from = system.facts.components[0].key.clone();
            let mut fact = DependencyFact::new(from, Target::Component(to), interaction, evidence());
            fact.interaction_stated = true;
            system.facts.dependencies.push(fact);
        }
        let built = system.build();
        let rows: Vec<String> = built
            .graph
            .dependencies
            .iter()
            .map(|d| {
                let calls = d.observed.as_ref().map_or(0, |o| o.calls);
                format!("{} {calls} {}", d.interaction.word(), d.confidence.word())
            })
            .collect();
        assert_eq!(rows, expected, "{declared:?}");
    }
}

/// A queue that a manifest describes by its name in traces, `kafka/orders`, is that queue; a service of that name is not.
#[test]
fn described_queues_are_found() {
    for (kind, expected) in [(Kind::Queue, 1), (Kind::Service, 2)] {
        let mut system = System::of(&["kubernetes|shop/web"]).traced("shop/web", &[]);
        let described = Key::new(&"native".into(), Class::Workload, "kafka", "orders");
        system.facts.components.push(ComponentFact::new(described, kind, evidence()));
        let mut queue = node(Kind::Queue, "", "orders");
        if let Endpoint::Node(queue) = &mut queue {
            queue.system = "kafka".into();
        }
        let built = system.calls("shop/web", queue, calls(1)).build();
        let orders = built.graph.components.iter().filter(|c| c.id.contains("kafka/orders"));
        assert_eq!(orders.count(), expected, "{kind:?}");
    }
}
