//! From facts to the graph: who is the same, who is meant, what is one dependency.

use linchpin::facts::address::Address;
use linchpin::facts::{
    Answer, Assumable, Class, ComponentFact, Criticality, DependencyFact, EntryOrigin, Evidence, Facts, Interaction,
    Key, Kind, NameFact, Target,
};
use linchpin::graph::Graph;
use linchpin::graph::build::{BuildOptions, build};
use linchpin::source::Location;

fn evidence(line: u32) -> Evidence {
    Evidence::new(Location::new("k8s/a.yaml".into(), line, 1), "env.X")
}

fn key(scope: &str, namespace: &str, name: &str) -> Key {
    Key::new(&scope.into(), Class::Workload, namespace, name)
}

/// Facts under construction, in scope `kubernetes`.
#[derive(Default)]
struct System(Facts);

impl System {
    fn component(mut self, namespace: &str, name: &str) -> Self {
        let key = key("kubernetes", namespace, name);
        self.0.namespaces.insert(("kubernetes".into(), namespace.into()));
        let mut fact = ComponentFact::new(key.clone(), Kind::Service, evidence(1));
        fact.replicas = Some(Assumable::default(1));
        self.0.components.push(fact);
        self.name(namespace, name, Answer::Components(vec![key]))
    }

    fn name(mut self, namespace: &str, name: &str, answer: Answer) -> Self {
        let (scope, namespace) = ("kubernetes".into(), Some(namespace.into()));
        self.0.names.push(NameFact { scope, namespace, name: name.into(), answer, evidence: evidence(2) });
        self
    }

    fn uses(mut self, namespace: &str, name: &str, hosts: &[&str]) -> Self {
        let addresses = hosts.iter().map(|h| Address::Host { host: (*h).into(), port: None, family: None }).collect();
        let to = Target::Addresses { addresses, certain: true };
        let from = key("kubernetes", namespace, name);
        self.0.dependencies.push(DependencyFact::new(from, to, Interaction::Sync, evidence(3)));
        self
    }

    fn graph(self) -> Graph {
        build(self.0, &BuildOptions::default()).graph
    }
}

/// `web` and others in one namespace.
fn system(names: &[&str]) -> System {
    names.iter().fold(System::default(), |s, name| s.component("s", name))
}

fn edges(graph: &Graph) -> Vec<String> {
    let id = |c: linchpin::graph::ComponentId| graph.component(c).id.to_string();
    graph.dependencies.iter().map(|d| format!("{} -> {}", id(d.from), id(d.to))).collect()
}

fn misses(graph: &Graph) -> Vec<&str> {
    graph.unresolved.iter().map(|u| &*u.target).collect()
}

/// Kubernetes DNS: own namespace first, then the namespace in the name; every spelling is the same component.
#[test]
fn cluster_names_resolve_in_their_namespace() {
    for host in ["cart", "cart.s", "cart.s.svc", "cart.s.svc.cluster.local", "cart.s.svc.corp.example."] {
        let graph = system(&["web", "cart"]).component("other", "cart").uses("s", "web", &[host]).graph();
        assert_eq!(edges(&graph), ["service:s/web -> service:s/cart"], "{host}");
    }
    let graph = system(&["web"]).component("other", "cart").uses("s", "web", &["cart"]).graph();
    assert_eq!((edges(&graph), misses(&graph)), (vec![], vec!["cart"]), "a bare name never leaves its namespace");
}

/// A public host is external and no workload, however its first label is called.
#[test]
fn public_hosts_are_external() {
    let graph = system(&["web", "api"]).uses("s", "web", &["api.stripe.com"]).graph();
    assert_eq!(edges(&graph), ["service:s/web -> external:api.stripe.com"]);
}

/// A name in a namespace that the input holds must be there; one in a namespace that it lacks is external.
#[test]
fn unknown_namespaces_are_external() {
    assert_eq!(misses(&system(&["web"]).uses("s", "web", &["gone.s.svc"]).graph()), ["gone.s.svc"]);
    let graph = system(&["web"]).uses("s", "web", &["ledger.bank.svc.cluster.local"]).graph();
    assert_eq!(edges(&graph), ["service:s/web -> external:ledger.bank"]);
    assert!(graph.unresolved.is_empty());
}

/// The hosts of one list are one requirement; several workloads behind one name too; two names of one are not.
#[test]
fn lists_and_groups_are_requirements() {
    let hosts = system(&["web", "db-a", "db-b"]).uses("s", "web", &["db-a", "db-b", "db-a"]).graph();
    assert_eq!(hosts.requirements.len(), 1);
    assert_eq!((hosts.requirements[0].need, hosts.requirements[0].members.len()), (1, 2));
    let both = vec![key("kubernetes", "s", "v1"), key("kubernetes", "s", "v2")];
    let split = system(&["web", "v1", "v2"]).name("s", "reviews", Answer::Components(both));
    let split = split.uses("s", "web", &["reviews"]).graph();
    assert_eq!((split.requirements.len(), split.dependencies.len()), (1, 2));
    let once = system(&["web", "db"]).uses("s", "web", &["db", "db.s"]).graph();
    assert_eq!((once.requirements.len(), once.dependencies.len()), (0, 1));
}

/// Self references are no dependencies; a chain of names ends, even if it is a ring.
#[test]
fn names_that_lead_on() {
    let own = system(&["web"]).uses("s", "web", &["web"]).graph();
    assert!(own.dependencies.is_empty() && own.unresolved.is_empty());
    let cname = system(&["web"]).name("s", "db", Answer::Host("pg.eu.example.com".into()));
    let cname = cname.uses("s", "web", &["db"]).graph();
    assert_eq!(edges(&cname), ["service:s/web -> external:pg.eu.example.com"]);
    let ring = system(&["web"]).name("s", "a", Answer::Host("b".into())).name("s", "b", Answer::Host("a".into()));
    assert!(ring.uses("s", "web", &["a"]).graph().dependencies.is_empty());
    let nobody = system(&["web"]).name("s", "old", Answer::Nobody).uses("s", "web", &["old"]).graph();
    assert_eq!(misses(&nobody), ["old"]);
}

/// Base and release of one workload are one component; its redundancy is the weakest variant's.
#[test]
fn variants_are_one_component() {
    let mut facts = system(&["web"]).0;
    let mut other = facts.components[0].clone();
    other.evidence.at.file = "release/all.yaml".into();
    other.variant = "release/all.yaml".into();
    other.replicas = Some(Assumable::explicit(3, evidence(9)));
    facts.components.push(other);
    let graph = build(facts, &BuildOptions::default()).graph;
    assert_eq!(graph.components.len(), 1);
    assert_eq!(graph.components[0].replicas.map(|r| r.count), Some(1));
    assert_eq!(graph.components[0].variants.len(), 2);
}

/// Two worlds with a component of the same name are two components, told apart by scope, without edges between them.
#[test]
fn scopes_stay_apart() {
    let mut facts = system(&["web", "cart"]).uses("s", "web", &["cart"]).0;
    facts.components.push(ComponentFact::new(key("compose:s", "s", "cart"), Kind::Service, evidence(7)));
    let graph = build(facts, &BuildOptions::default()).graph;
    let ids: Vec<_> = graph.components.iter().map(|c| &*c.id).collect();
    assert_eq!(ids, ["service:s/cart", "service:s/cart@compose", "service:s/web"]);
    assert_eq!(edges(&graph), ["service:s/web -> service:s/cart"]);
}

/// A native document extends the component of its namespace and name, and its fields win one by one.
#[test]
fn native_documents_extend() {
    let mut facts = system(&["web", "ads"]).uses("s", "web", &["ads"]).0;
    let native = key("native", "s", "web");
    let mut fact = ComponentFact::new(native.clone(), Kind::Service, evidence(20));
    fact.native = true;
    fact.replicas = Some(Assumable::explicit(5, evidence(21)));
    facts.components.push(fact);
    let mut soft = DependencyFact::new(native, Target::Reference("ads".into()), Interaction::Read, evidence(22));
    soft.criticality = Some(Criticality::Soft);
    soft.native = true;
    facts.dependencies.push(soft);
    let graph = build(facts, &BuildOptions::default()).graph;
    assert_eq!(graph.components.len(), 2);
    let web = graph.find("service:s/web").map(|id| graph.component(id));
    assert_eq!(web.and_then(|w| w.replicas).map(|r| (r.count, r.explicit)), Some((5, true)));
    assert_eq!(graph.dependencies.len(), 1, "{:?}", edges(&graph));
    let d = &graph.dependencies[0];
    assert_eq!((d.criticality, d.assumed, d.evidence.len()), (Criticality::Soft, false, 2));
    assert_eq!(d.interaction, Interaction::Read);
}

/// Written `replicas: 0` is off: a reference to it leads nowhere and is said.
#[test]
fn what_is_off_is_no_provider() {
    let mut facts = system(&["web", "old"]).uses("s", "web", &["old"]).0;
    facts.components[1].replicas = Some(Assumable::explicit(0, evidence(5)));
    let graph = build(facts, &BuildOptions::default()).graph;
    assert!(graph.dependencies.is_empty());
    assert_eq!(graph.unresolved.len(), 1);
}

/// Without any entry, whatever nobody depends on counts as one, and the graph says that it is assumed. A job has users
/// only where there is nothing else.
#[test]
fn entries_are_assumed_only_when_there_are_none() {
    for (jobs, entry, told) in [
        (&[][..], "service:s/web", "counts as one"),
        (&["migrate"], "service:s/web", "counts as one, jobs aside"),
        (&["migrate", "web"], "job:s/web", "counts as one"),
    ] {
        let mut facts = system(&["web", "db", "migrate"]).uses("s", "web", &["db"]).uses("s", "db", &["migrate"]).0;
        if jobs == ["migrate"] {
            facts.dependencies.pop();
        }
        let jobs = facts.components.iter_mut().filter(|c| jobs.contains(&&*c.key.name));
        jobs.for_each(|c| c.kind = Kind::Job);
        let graph = build(facts, &BuildOptions::default()).graph;
        let entries: Vec<_> = graph.entries().map(|(id, e)| (&*graph.component(id).id, e.origin)).collect();
        assert_eq!(entries, [(entry, EntryOrigin::Assumed)]);
        let assumed = graph.assumptions.iter().find(|a| &*a.id == "assumed-entries").unwrap();
        assert!(assumed.text.ends_with(told), "{}", assumed.text);
    }
}

/// The graph is the same for any order of facts.
#[test]
fn order_of_facts_does_not_matter() {
    let facts = || {
        let s = system(&["web", "db-a", "db-b", "api"]).uses("s", "web", &["db-b", "db-a"]);
        s.uses("s", "api", &["db-a"]).uses("s", "web", &["api", "x.example.com"]).0
    };
    let forward = format!("{:?}", build(facts(), &BuildOptions::default()).graph);
    let mut turned = facts();
    turned.components.reverse();
    turned.dependencies.reverse();
    turned.names.reverse();
    assert_eq!(forward, format!("{:?}", build(turned, &BuildOptions::default()).graph));
}
