//! Where users come in: Ingress and its successors. Each reader turns its objects into [`Route`]s; here they become
//! entries.

mod contour;
mod contour_policy;
mod controller;
mod emissary;
mod gateway;
mod hosts;
mod ingress;
mod istio;
mod kong;
mod nginx;
mod openshift;
mod traefik;

use super::cluster::Cluster;
use super::mesh::{Meshes, gateway_api};
use super::object::Object;
use super::role::Role;
use super::workload::Workload;
use crate::facts::address::{Setting, in_settings};
use crate::facts::{
    CallPolicy, Callers, Class, ComponentFact, Criticality, DependencyFact, EntryFact, EntryOrigin, Evidence, Facts,
    Interaction, Key, Kind, Layer, Providers, Rank, Target,
};
use crate::parse::Node;
use hosts::Hosts;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Hosts of one route that are looked at: a longer list is generated, and names nothing that the first ones do not.
const HOSTS: usize = 64;

/// A path of some hosts and where its requests go.
#[derive(Clone, Debug)]
struct Route {
    /// Hosts, at least one, `*` for any; shared by the routes of one object.
    hosts: Rc<[String]>,
    /// Path, beginning with `/`.
    path: String,
    /// Where requests go, by weight where there are several.
    backends: Vec<Backend>,
    /// What the gateway does with its requests, for callers and providers that are filled in here.
    policies: Vec<CallPolicy>,
}

/// Where a part of a route's requests goes.
#[derive(Clone, Debug)]
struct Backend {
    target: Target,
    weight: Option<f64>,
    /// Only a copy of the requests is sent there.
    mirror: bool,
    evidence: Evidence,
}

impl Route {
    /// The host that names the route.
    fn host(&self) -> &str {
        self.hosts.first().map_or("*", String::as_str)
    }
}

impl Backend {
    fn new(target: Target, node: &Node, field: &str) -> Self {
        Self { target, weight: None, mirror: false, evidence: Evidence::new(node.at(), field) }
    }

    /// A Service of a namespace.
    fn service(namespace: &str, node: &Node, field: &str) -> Option<Self> {
        let name = node.text().filter(|name| !name.is_empty())?;
        let target = Target::Name { namespace: namespace.into(), name: name.to_lowercase().into() };
        Some(Self::new(target, node, field))
    }

    /// A host as meshes write it.
    fn host(namespace: &str, node: &Node, field: &str) -> Option<Self> {
        Some(Self::new(host_target(namespace, node.text()?)?, node, field))
    }

    fn weighted(mut self, node: Option<&Node>) -> Self {
        self.weight = node.and_then(Node::float).filter(|w| *w >= 0.0);
        self
    }
}

/// Who is meant by a host as meshes write it: a bare name is a Service of the rule's own namespace, the rest as in DNS.
pub(super) fn host_target(namespace: &str, host: &str) -> Option<Target> {
    let host = host.trim_end_matches('.').to_lowercase();
    let mut labels = host.split('.');
    let (name, second, third) = (labels.next()?, labels.next(), labels.next());
    Some(match (second, third) {
        (None, _) => Target::Name { namespace: namespace.into(), name: name.into() },
        (Some(other), Some("svc")) => Target::Name { namespace: other.into(), name: name.into() },
        _ => {
            let found = in_settings(&[Setting { key: "destination.host", value: &host }]);
            let (_, found) = found.into_iter().next()?;
            Target::Addresses { addresses: found.addresses, certain: found.certain }
        }
    })
}

/// What a gateway does, for a start: nothing that is known.
fn gateway_policy(cluster: &Cluster<'_>, rank: Rank, evidence: Evidence) -> CallPolicy {
    let (callers, providers) = (Callers::Everyone, Providers::Anyone);
    CallPolicy { rank, ..CallPolicy::new(cluster.scope.clone(), Layer::Gateway, callers, providers, evidence) }
}

/// Instances of the proxies that count what they let through each for itself; `None` if the input has none of them or
/// does not say how many.
struct Proxies {
    envoy: Option<u32>,
    traefik: Option<u32>,
}

impl Proxies {
    fn of(cluster: &Cluster<'_>) -> Self {
        let instances = |image: &str| {
            let runs =
                |w: &&Workload<'_>| w.containers().iter().any(|c| c.str("image").is_some_and(|i| i.contains(image)));
            let proxies = cluster.workloads.iter().filter(runs);
            proxies.map(|w| w.most_replicas(cluster)).sum::<Option<u32>>().filter(|n| *n > 0)
        };
        Self { envoy: instances("envoyproxy/envoy"), traefik: instances("traefik") }
    }
}

/// Adds the entries of a cluster and what is behind them. Gives back the entries that gateways of Istio make.
pub(super) fn link(cluster: &Cluster<'_>, meshes: &Meshes, facts: &mut Facts) -> BTreeSet<Key> {
    let mut hosts = Hosts::default();
    let mut of_istio = BTreeSet::new();
    let proxies = Proxies::of(cluster);
    for object in cluster.of(Role::Route) {
        let (origin, routes) = match (&*object.group, &*object.kind) {
            (_, "Ingress") => (EntryOrigin::Ingress, ingress::routes(cluster, object, &proxies, &mut facts.problems)),
            ("route.openshift.io" | "", _) => {
                (EntryOrigin::Ingress, openshift::routes(cluster, object, &mut facts.problems))
            }
            ("gateway.networking.k8s.io" | "policy.linkerd.io", _) => {
                (EntryOrigin::Gateway, gateway::routes(cluster, object, meshes, &mut facts.problems))
            }
            ("networking.istio.io", _) => {
                (EntryOrigin::Gateway, istio::routes(cluster, object, &meshes.istio, &mut facts.problems))
            }
            ("projectcontour.io", _) => {
                (EntryOrigin::Gateway, contour::routes(cluster, object, &proxies, &mut facts.problems))
            }
            ("getambassador.io", _) => (EntryOrigin::Gateway, emissary::routes(cluster, object, &mut facts.problems)),
            _ => (EntryOrigin::Gateway, traefik::routes(cluster, object, &proxies, &mut facts.problems)),
        };
        let keys = entries(cluster, object, origin, routes, &mut hosts, facts);
        let gateway_api = &*object.group == "gateway.networking.k8s.io";
        if &*object.group == "networking.istio.io"
            || (gateway_api && gateway_api::maker(cluster, object) == gateway_api::Maker::Istio)
        {
            of_istio.extend(keys);
        }
    }
    hosts.link(cluster, facts);
    of_istio
}

/// Routes with one set of backends are one entry, named after the object if it is the only one, otherwise also after
/// its first host and path.
fn entries(
    cluster: &Cluster<'_>,
    object: &Object,
    origin: EntryOrigin,
    routes: Vec<Route>,
    hosts: &mut Hosts,
    facts: &mut Facts,
) -> Vec<Key> {
    let mut groups: Vec<Route> = Vec::new();
    let mut by_backends: FxHashMap<String, usize> = FxHashMap::default();
    // For each host its groups, and whether what no longer path leads elsewhere goes there.
    let mut groups_of_host: BTreeMap<String, BTreeMap<usize, bool>> = BTreeMap::new();
    for route in routes.into_iter().filter(|r| !r.backends.is_empty()) {
        let backends: Vec<_> = route.backends.iter().map(|b| (&b.target, b.weight, b.mirror)).collect();
        let group = *by_backends.entry(format!("{backends:?}")).or_insert(groups.len());
        for host in route.hosts.iter().take(HOSTS).filter(|host| !host.contains('*')) {
            let whole = groups_of_host.entry(host.to_lowercase()).or_default().entry(group).or_default();
            *whole |= route.path == "/";
        }
        match groups.get_mut(group) {
            Some(same) if same.policies.last() != route.policies.last() => same.policies.extend(route.policies),
            Some(_) => {}
            None => groups.push(route),
        }
    }
    let alone = groups.len() == 1;
    let keys: Vec<Key> = groups
        .iter()
        .map(|route| match alone {
            true => object.name.to_string(),
            false => format!("{}:{}{}", object.name, route.host(), route.path),
        })
        .map(|name| Key::new(&cluster.scope, Class::Entry, object.namespace(), &name))
        .collect();
    let mut aliases: BTreeMap<usize, Vec<Arc<str>>> = BTreeMap::new();
    for (host, groups) in groups_of_host {
        if let (1, Some((&group, _))) = (groups.len(), groups.first_key_value()) {
            aliases.entry(group).or_default().push(host.as_str().into());
        }
        let evidence = Evidence::new(object.name_node().at(), "metadata.name");
        hosts.add(host, groups.iter().filter_map(|(&g, &whole)| Some((keys.get(g)?, whole))), evidence);
    }
    for (i, (route, key)) in groups.iter().zip(&keys).enumerate() {
        let evidence = match route.backends.first() {
            Some(backend) if !alone => backend.evidence.clone(),
            _ => Evidence::new(object.name_node().at(), "metadata.name"),
        };
        let entry = EntryFact { origin, weight: None, evidence: evidence.clone() };
        let fact = ComponentFact::new(key.clone(), Kind::Entry, evidence);
        let aliases = aliases.remove(&i).unwrap_or_default();
        facts.components.push(ComponentFact { entry: Some(entry), aliases, ..fact });
        backends(key, &route.backends, facts);
        policies(key, object, route, facts);
        authentication(key, object, facts);
    }
    keys
}

/// What the gateway does with the calls of an entry. Nobody waits for a mirror, so nothing holds for it.
fn policies(from: &Key, object: &Object, route: &Route, facts: &mut Facts) {
    let callers = Arc::new(BTreeSet::from([from.clone()]));
    for policy in &route.policies {
        let of_entry = |to: Providers| policy.between(Callers::Components(callers.clone()), to);
        if policy.providers != Providers::Anyone {
            facts.policies.push(of_entry(policy.providers.clone()));
            continue;
        }
        for backend in route.backends.iter().filter(|b| !b.mirror) {
            let (namespace, target) = (object.namespace().into(), backend.target.clone());
            facts.policies.push(of_entry(Providers::Named { namespace, target }));
        }
    }
}

fn backends(from: &Key, backends: &[Backend], facts: &mut Facts) {
    let main = || backends.iter().filter(|b| !b.mirror);
    let total: f64 = main().map(|b| b.weight.unwrap_or(1.0)).sum();
    for backend in backends.iter().filter(|b| b.mirror || b.weight != Some(0.0)) {
        let evidence = backend.evidence.clone();
        let mut fact = DependencyFact::new(from.clone(), backend.target.clone(), Interaction::Sync, evidence);
        // A route has nothing to answer with but its backends; nobody waits for a mirror.
        fact.criticality = Some(if backend.mirror { Criticality::Soft } else { Criticality::Hard });
        if !backend.mirror && main().count() > 1 && total > 0.0 {
            fact.share = Some(backend.weight.unwrap_or(1.0) / total);
        }
        facts.dependencies.push(fact);
    }
}

/// ingress-nginx asks another service about every request if told to.
fn authentication(from: &Key, object: &Object, facts: &mut Facts) {
    let key = "nginx.ingress.kubernetes.io/auth-url";
    let Some(node) = object.node.path(&["metadata", "annotations", key]) else { return };
    for (_, found) in in_settings(&[Setting { key: "auth-url", value: node.text().unwrap_or_default() }]) {
        let target = Target::Addresses { addresses: found.addresses, certain: found.certain };
        let evidence = Evidence::new(node.at(), "metadata.annotations.auth-url");
        facts.dependencies.push(DependencyFact::new(from.clone(), target, Interaction::Sync, evidence));
    }
}

/// `*` for no host, and the hosts of a list otherwise.
fn hosts_of(list: Option<&Node>) -> Rc<[String]> {
    let items = list.map(Node::items).unwrap_or_default().iter();
    let hosts: Rc<[String]> = items.filter_map(|h| h.text().map(str::to_owned)).collect();
    if hosts.is_empty() { host_of(None) } else { hosts }
}

/// A single host; `*` for none.
fn host_of(host: Option<&str>) -> Rc<[String]> {
    Rc::new([host.filter(|h| !h.is_empty()).unwrap_or("*").to_owned()])
}

/// A path as entries are named by it.
fn path_of(path: Option<&str>) -> String {
    match path {
        Some(path) if path.starts_with('/') => path.to_owned(),
        Some(path) => format!("/{path}"),
        None => "/".to_owned(),
    }
}
