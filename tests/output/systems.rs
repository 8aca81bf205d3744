//! Small systems made by hand, for tests of what comes after the graph.

use linchpin::analysis::scenario::{Fault, Outcome, Scenario};
use linchpin::analysis::{
    Affected, Analysis, CutSets, Cycle, Event, Illusion, Improvement, Improvements, Level, Shared, Spof, State,
};
use linchpin::facts::{Confidence, Criticality, EntryOrigin, Evidence, Interaction, Kind, Note, Plane};
use linchpin::graph::change::Change;
use linchpin::graph::{
    Assumption, Component, ComponentId, Dependency, DependencyId, Entry, Graph, Replicas, Requirement, RequirementId,
    Unresolved,
};
use linchpin::source::{Inventory, Location, Problem};
use std::sync::Arc;

/// A place in a file.
pub fn at(file: &str, line: u32, field: &str) -> Evidence {
    Evidence::new(Location::new(file.into(), line, 5), field)
}

/// A component of which only the id is known.
pub fn component(id: &str) -> Component {
    let (kind, rest) = id.split_once(':').unwrap();
    let (qualified, scope) = rest.split_once('@').unwrap_or((rest, "kubernetes"));
    let (namespace, name) = match qualified.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, qualified),
    };
    Component {
        namespace: namespace.map(Into::into),
        scope: if namespace.is_some() { scope.into() } else { "".into() },
        ..Component::bare(id, Kind::from_word(kind).unwrap(), name)
    }
}

/// A dependency that is taken as hard.
pub fn dependency(from: u32, to: u32) -> Dependency {
    Dependency { assumed: true, ..Dependency::bare(ComponentId(from), ComponentId(to), Interaction::Sync) }
}

/// A system and what is known of it.
pub struct System {
    pub graph: Graph,
    pub inventory: Inventory,
    pub analysis: Analysis,
}

impl System {
    /// The id of a component.
    pub fn id(&self, id: &str) -> ComponentId {
        self.graph.find(id).unwrap_or_else(|| panic!("{id}"))
    }
}

fn ids<const N: usize>(graph: &Graph, names: [&str; N]) -> Vec<ComponentId> {
    names.into_iter().map(|n| graph.find(n).unwrap_or_else(|| panic!("{n}"))).collect()
}

/// The dependencies along a path from provider to dependent.
fn along(graph: &Graph, path: &[ComponentId]) -> Vec<DependencyId> {
    let edge = |to: ComponentId, from: ComponentId| graph.providers(from).find(|(_, d)| d.to == to).unwrap().0;
    path.windows(2).map(|pair| edge(pair[0], pair[1])).collect()
}

/// A shop: two entries, a cache of one instance, two payment services in one zone, a shared database, an outside
/// provider, a deadlock and two names that mean nothing.
pub fn shop() -> System {
    let mut components = vec![
        component("cache:shop/redis-cart"),
        component("config:shop/settings"),
        component("datastore:shop/orders-db"),
        component("entry:shop/frontend"),
        component("external:api.stripe.com"),
        component("service:shop/auth"),
        component("service:shop/cart"),
        component("service:shop/checkout"),
        component("service:shop/frontend"),
        component("service:shop/invoices"),
        component("service:shop/payments-a"),
        component("service:shop/payments-b"),
        component("service:shop/telemetry"),
        component("service:shop/users"),
        component("zone:eu-1a"),
    ];
    let names: Vec<Arc<str>> = components.iter().map(|c| c.id.clone()).collect();
    let n = |id: &str| u32::try_from(names.iter().position(|c| **c == *id).unwrap()).unwrap();
    for (line, c) in (1u32..).zip(&mut components) {
        c.evidence = match c.kind {
            Kind::External | Kind::Zone => vec![at("k8s/payments.yaml", 30 + line, "nodeSelector")],
            _ => vec![at(&format!("k8s/{}.yaml", c.name), line, "metadata.name")],
        };
        let replicas = match &*c.name {
            "redis-cart" | "orders-db" => 1,
            "api.stripe.com" | "eu-1a" | "settings" => continue,
            _ => 3,
        };
        c.replicas =
            (c.kind != Kind::Entry).then_some(Replicas { count: replicas, need: 1, explicit: true, varies: false });
    }
    let entry = |weight, origin| Some(Entry { weight, weighted: true, origin });
    components[n("entry:shop/frontend") as usize].entry = entry(0.7, EntryOrigin::Ingress);
    components[n("service:shop/checkout") as usize].entry = entry(0.3, EntryOrigin::LoadBalancer);
    components[n("service:shop/cart") as usize].aliases = vec!["cart.shop.svc".into(), "cartservice".into()];

    let edge = |from: &str, to: &str, line: u32, field: &str| Dependency {
        evidence: vec![at("k8s/app.yaml", line, field)],
        ..dependency(n(from), n(to))
    };
    let (startup, soft) = (Plane::Startup, Criticality::Soft);
    let mut dependencies = vec![
        edge("entry:shop/frontend", "service:shop/frontend", 9, "spec.rules[0]"),
        edge("service:shop/auth", "service:shop/users", 11, "env.USERS_URL"),
        edge("service:shop/cart", "cache:shop/redis-cart", 12, "env.REDIS_ADDR"),
        edge("service:shop/checkout", "datastore:shop/orders-db", 13, "env.DATABASE_URL"),
        Dependency {
            requirement: Some(RequirementId(0)),
            ..edge("service:shop/checkout", "service:shop/payments-a", 14, "env.PAYMENTS")
        },
        Dependency {
            requirement: Some(RequirementId(0)),
            ..edge("service:shop/checkout", "service:shop/payments-b", 14, "env.PAYMENTS")
        },
        Dependency {
            criticality: soft,
            assumed: false,
            ..edge("service:shop/checkout", "service:shop/invoices", 15, "env.INVOICES")
        },
        Dependency {
            plane: startup,
            interaction: Interaction::Mount,
            ..edge("service:shop/checkout", "config:shop/settings", 16, "envFrom")
        },
        Dependency { share: Some(0.38), ..edge("service:shop/frontend", "service:shop/cart", 17, "env.CART_ADDR") },
        edge("service:shop/invoices", "datastore:shop/orders-db", 18, "env.DATABASE_URL"),
        edge("service:shop/payments-a", "external:api.stripe.com", 19, "env.STRIPE_URL"),
        Dependency {
            interaction: Interaction::PlacedOn,
            assumed: false,
            ..edge("service:shop/payments-a", "zone:eu-1a", 31, "nodeSelector")
        },
        Dependency {
            interaction: Interaction::PlacedOn,
            assumed: false,
            ..edge("service:shop/payments-b", "zone:eu-1a", 61, "nodeSelector")
        },
        edge("service:shop/payments-b", "external:api.stripe.com", 49, "env.STRIPE_URL"),
        Dependency {
            plane: Plane::Telemetry,
            confidence: Confidence::Observed,
            ..edge("service:shop/telemetry", "service:shop/cart", 20, "scrape")
        },
        edge("service:shop/users", "service:shop/auth", 21, "env.AUTH_URL"),
    ];
    dependencies.sort_by_key(|d| (d.from, d.to));
    let members = |from: u32| (0u32..).zip(&dependencies).filter(move |(_, d)| d.from.0 == from);
    let requirement = Requirement {
        of: ComponentId(n("service:shop/checkout")),
        id: "env.PAYMENTS".into(),
        need: 1,
        members: members(n("service:shop/checkout"))
            .filter(|(_, d)| d.requirement.is_some())
            .map(|(i, _)| DependencyId(i))
            .collect(),
    };
    let mut graph = Graph::freeze(components, dependencies, vec![requirement]);
    graph.unresolved = vec![Unresolved {
        from: graph.find("service:shop/frontend").unwrap(),
        target: "adservice:9555".into(),
        why: "nothing in namespace shop is called that".into(),
        evidence: at("k8s/frontend.yaml", 40, "env.AD_ADDR"),
    }];
    graph.notes = vec![Note::SelectorMatchesNothing {
        scope: "kubernetes".into(),
        owner: "Service shop/legacy".into(),
        selector: "app=legacy".into(),
        evidence: at("k8s/legacy.yaml", 8, "spec.selector"),
    }];
    graph.assumptions = vec![Assumption {
        id: "hard-dependencies".into(),
        text: "12 dependencies are taken as hard because nothing says otherwise".into(),
        setting: Some("criticality in linchpin.toml".into()),
        evidence: vec![at("k8s/app.yaml", 9, "spec.rules[0]"), at("k8s/app.yaml", 12, "env.REDIS_ADDR")],
    }];
    let analysis = shop_analysis(&graph);
    System { inventory: inventory(), analysis, graph }
}

fn inventory() -> Inventory {
    let mut inventory = Inventory::default();
    (0..14).for_each(|_| inventory.files.used());
    inventory.files.ignored("not a manifest");
    inventory.files.failed();
    (0..1058).for_each(|_| inventory.documents.used());
    inventory.problems = vec![
        Problem::new(Location::start("charts/cart/templates/deploy.yaml".into()), "unrendered Helm template")
            .remedy("helm template charts/cart | linchpin scan -m -"),
    ];
    inventory
}

fn shop_analysis(graph: &Graph) -> Analysis {
    let spof = |path: Vec<ComponentId>, level, entries: Vec<ComponentId>, folded_into| Spof {
        component: path[0],
        level,
        weight: entries.iter().map(|&e| graph.component(e).entry.unwrap().weight).sum(),
        expected: entries.iter().map(|&e| graph.component(e).entry.unwrap().weight).sum(),
        shares: Vec::new(),
        entries,
        edges: along(graph, &path),
        path,
        folded_into,
    };
    let [frontend, checkout] = ["entry:shop/frontend", "service:shop/checkout"].map(|e| ids(graph, [e]));
    let checkout_id = checkout[0];
    let to_frontend = |id| ids(graph, [id, "service:shop/cart", "service:shop/frontend", "entry:shop/frontend"]);
    let to_checkout = |id| ids(graph, [id, "service:shop/payments-a", "service:shop/checkout"]);
    let (cart, redis) = (graph.find("service:shop/cart").unwrap(), graph.find("cache:shop/redis-cart").unwrap());
    let improvement = Improvement {
        against: vec![redis],
        changes: vec![Change::Standby(redis)],
        removes: 0.4,
        or: vec![vec![Change::Soft(cart, redis)]],
    };
    Analysis {
        improvements: Improvements { found: vec![improvement], tried: 1, total: 4 },
        unreached: Vec::new(),
        fatal_pairs: Vec::new(),
        spofs: vec![
            spof(to_frontend("cache:shop/redis-cart"), Level::Instance, frontend.clone(), None),
            spof(to_checkout("zone:eu-1a"), Level::Zone, checkout.clone(), None),
            spof(
                ids(graph, ["datastore:shop/orders-db", "service:shop/checkout"]),
                Level::Instance,
                checkout.clone(),
                None,
            ),
            spof(to_checkout("external:api.stripe.com"), Level::Provider, checkout.clone(), None),
            spof(
                ids(graph, ["service:shop/cart", "service:shop/frontend", "entry:shop/frontend"]),
                Level::Component,
                frontend.clone(),
                graph.find("cache:shop/redis-cart"),
            ),
        ],
        illusions: vec![Illusion {
            owner: checkout[0],
            group: ids(graph, ["service:shop/payments-a", "service:shop/payments-b"]),
            claimed: 1,
            real: 0,
            shared: ids(graph, ["external:api.stripe.com", "zone:eu-1a"]),
            entries: checkout.clone(),
        }],
        shared: vec![Shared {
            component: graph.find("datastore:shop/orders-db").unwrap(),
            dependents: ids(graph, ["service:shop/checkout", "service:shop/invoices"]),
            entries: checkout,
        }],
        cut_sets: vec![CutSets {
            entry: checkout_id,
            size: 2,
            sides: vec![
                vec![(graph.find("service:shop/payments-a").unwrap(), Level::Component)],
                vec![(graph.find("service:shop/payments-b").unwrap(), Level::Component)],
            ],
            count: 1,
            complete_to: 2,
        }],
        drift: None,
        cycles: vec![Cycle {
            members: ids(graph, ["service:shop/auth", "service:shop/users"]),
            witness: ids(graph, ["service:shop/auth", "service:shop/users"]),
            deadlocked: ids(graph, ["service:shop/auth", "service:shop/users"]),
        }],
        ..Analysis::default()
    }
}

/// What an outage of the shop's cache does.
pub fn redis_down(graph: &Graph) -> Outcome {
    let path =
        ids(graph, ["cache:shop/redis-cart", "service:shop/cart", "service:shop/frontend", "entry:shop/frontend"]);
    let affected = |n: usize, share| Affected {
        component: path[n],
        state: State::Failed,
        share,
        without: 0.0,
        time_to_impact_ms: (n == 1).then_some(600.5),
        operations: Vec::new(),
        assumptions: Vec::new(),
        path: path[..=n].to_vec(),
        edges: along(graph, &path[..=n]),
    };
    let mut affected = vec![affected(1, 1.0), affected(2, 0.38), affected(3, 0.38)];
    affected.sort_by_key(|a| a.component);
    let scenario = Scenario::new(Fault::Outage, vec![Event { component: path[0], one_instance: false }]);
    Outcome { scenario, affected, ..Outcome::default() }
}

/// A graph whose names are an attack on everything that prints them.
pub fn hostile() -> Graph {
    let names = [
        "a\"b",
        "a\\",
        "c\nd",
        "e\x1b[2Jf",
        "</script><b>",
        "g\u{202e}h",
        "i]j[",
        "k;l}",
        "m\0n",
        "\\N\\l",
        "#amp;",
        "\"",
    ];
    let mut components: Vec<Component> = names
        .into_iter()
        .map(|name| Component {
            id: format!("service:x\"y/{name}").into(),
            name: name.into(),
            namespace: Some("x\"y".into()),
            evidence: vec![at("dir\x1b[31m/f.yaml", 1, name)],
            ..component("service:x/x")
        })
        .collect();
    components.sort_by(|a, b| a.id.cmp(&b.id));
    let last = u32::try_from(components.len() - 1).unwrap();
    let ring = (0..=last).map(|i| Dependency {
        evidence: vec![at("f\n.yaml", 2, "x\ty")],
        ..dependency(i, if i == last { 0 } else { i + 1 })
    });
    Graph::freeze(components, ring.collect(), Vec::new())
}
