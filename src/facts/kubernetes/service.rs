//! Services: the names that workloads answer to, and how users reach them.

use super::cluster::Cluster;
use super::fixed;
use super::object::Object;
use super::operator;
use super::role::Role;
use super::selector::Selector;
use crate::facts::address::{Address, parse_one};
use crate::facts::{Answer, Class, ComponentFact, EntryFact, EntryOrigin, Evidence, Facts, Key, Kind, NameFact, Note};
use crate::parse::Node;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Pods of a StatefulSet that get a name each, at most.
const ORDINALS: u32 = 64;

/// What Services say of the workloads behind them.
#[derive(Default)]
pub(super) struct Exposure {
    /// Names that a workload alone answers to.
    pub aliases: BTreeMap<Key, BTreeSet<String>>,
    /// Workloads that users reach.
    pub entries: BTreeMap<Key, EntryFact>,
}

impl Exposure {
    fn entry(&mut self, key: &Key, origin: EntryOrigin, evidence: Evidence) {
        let fact = EntryFact { origin, weight: None, evidence };
        let known = self.entries.entry(key.clone()).or_insert_with(|| fact.clone());
        if (fact.origin, &fact.evidence) < (known.origin, &known.evidence) {
            *known = fact;
        }
    }
}

/// Adds the names of a cluster.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) -> Exposure {
    let mut exposure = Exposure::default();
    let mut answers: BTreeMap<(String, String), (Answer, Evidence)> = BTreeMap::new();
    let mut addresses: BTreeMap<String, (Answer, Evidence)> = BTreeMap::new();
    let endpoints = Endpoints::of(cluster);
    for service in cluster.of(Role::Service) {
        let answer = answer(cluster, service, &endpoints, facts);
        for (node, address) in fixed::of_service(service) {
            let evidence = Evidence::new(node.at(), "address");
            addresses.entry(address).or_insert((answer.clone(), evidence));
        }
        if let Answer::Components(keys) = &answer {
            expose(service, keys, &mut exposure);
        }
        let evidence = Evidence::new(service.name_node().at(), "metadata.name");
        // Variants of one Service are one name to which all of their workloads answer.
        answers
            .entry((service.namespace().to_owned(), service.name.to_lowercase()))
            .and_modify(|(known, _)| *known = merge(known, &answer))
            .or_insert((answer, evidence));
    }
    operator::names(cluster, &mut answers);
    pods(cluster, &mut answers);
    knative(cluster, &mut answers, &mut exposure);
    for ((namespace, name), (answer, evidence)) in answers {
        if let Answer::Components(keys) = &answer
            && let [key] = keys.as_slice()
            && key.class != Class::External
            // The name of one pod is none of the whole.
            && !name.contains('.')
        {
            let aliases = exposure.aliases.entry(key.clone()).or_default();
            if *name != *key.name {
                aliases.insert(name.clone());
            }
            aliases.insert(format!("{name}.{namespace}.svc"));
        }
        let (scope, namespace) = (cluster.scope.clone(), Some(namespace.into()));
        facts.names.push(NameFact { scope, namespace, name: name.into(), answer, evidence });
    }
    for workload in &cluster.workloads {
        for (node, address) in fixed::of_pods(workload) {
            let answer = Answer::Components(vec![workload.key.clone()]);
            addresses.entry(address).or_insert((answer, Evidence::new(node.at(), "status.podIP")));
        }
    }
    for (address, (answer, evidence)) in addresses {
        let scope = cluster.scope.clone();
        facts.names.push(NameFact { scope, namespace: None, name: address.into(), answer, evidence });
    }
    exposure
}

/// Who answers to a Service.
fn answer(cluster: &Cluster<'_>, service: &Object, endpoints: &Endpoints<'_>, facts: &mut Facts) -> Answer {
    let spec = service.node.get("spec");
    if let (Some("ExternalName"), Some(name)) =
        (spec.and_then(|s| s.str("type")), spec.and_then(|s| s.str("externalName")))
    {
        return match parse_one(name) {
            Some(Address::Host { host, .. }) => Answer::Host(host.into()),
            _ => Answer::Nobody,
        };
    }
    let written = spec.and_then(|s| s.get("selector"));
    let selector = written.map(Selector::plain).unwrap_or_default();
    if let Some(node) = written.filter(|_| !selector.is_empty()) {
        let keys = cluster.select(service.namespace(), &selector);
        if keys.is_empty() {
            if !cluster.partial {
                facts.notes.push(Note::SelectorMatchesNothing {
                    scope: cluster.scope.clone(),
                    owner: service.title(),
                    selector: selector.to_string(),
                    evidence: Evidence::new(node.at(), "spec.selector"),
                });
            }
            return Answer::Nobody;
        }
        return Answer::Components(keys.into_iter().collect());
    }
    match endpoints.behind(cluster, service) {
        Some(answer) => answer,
        // Somebody outside the input says where it leads.
        None => Answer::Components(vec![outside(service.namespace(), &service.name, service.name_node(), facts)]),
    }
}

/// An external component for a name of the cluster behind which the input has nothing.
fn outside(namespace: &str, name: &str, node: &Node, facts: &mut Facts) -> Key {
    let key = Key::global(Class::External, &format!("{}.{namespace}", name.to_lowercase()));
    let evidence = Evidence::new(node.at(), "metadata.name");
    facts.components.push(ComponentFact::new(key.clone(), Kind::External, evidence));
    key
}

/// The workloads behind a Service that can be reached from outside the cluster are entries.
fn expose(service: &Object, keys: &[Key], exposure: &mut Exposure) {
    let Some(node) = service.node.path(&["spec", "type"]) else { return };
    let origin = match node.text() {
        Some("LoadBalancer") => EntryOrigin::LoadBalancer,
        Some("NodePort") => EntryOrigin::NodePort,
        _ => return,
    };
    for key in keys.iter().filter(|key| key.class == Class::Workload) {
        exposure.entry(key, origin, Evidence::new(node.at(), "spec.type"));
    }
}

fn merge(a: &Answer, b: &Answer) -> Answer {
    match (a, b) {
        (Answer::Components(a), Answer::Components(b)) => {
            Answer::Components(a.iter().chain(b).cloned().collect::<BTreeSet<_>>().into_iter().collect())
        }
        (Answer::Components(_), _) | (Answer::Host(_), Answer::Nobody) => a.clone(),
        (_, Answer::Components(_)) | (Answer::Nobody, _) => b.clone(),
        (Answer::Host(x), Answer::Host(y)) => Answer::Host(x.min(y).clone()),
    }
}

/// Endpoints and EndpointSlices by the Service that they belong to.
struct Endpoints<'a> {
    by_service: FxHashMap<(&'a str, &'a str), Vec<&'a Object>>,
}

impl<'a> Endpoints<'a> {
    fn of(cluster: &Cluster<'a>) -> Self {
        let mut by_service: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for &object in cluster.of(Role::Endpoints) {
            let label = object.node.path(&["metadata", "labels"]).and_then(|l| l.str("kubernetes.io/service-name"));
            let service = if &*object.kind == "Endpoints" { Some(&*object.name) } else { label };
            if let Some(service) = service {
                by_service.entry((object.namespace(), service)).or_default().push(object);
            }
        }
        Self { by_service }
    }

    /// Who answers behind a Service without a selector: pods by reference, otherwise the first address.
    fn behind(&self, cluster: &Cluster<'_>, service: &Object) -> Option<Answer> {
        let (mut keys, mut hosts) = (BTreeSet::new(), BTreeSet::new());
        for object in self.by_service.get(&(service.namespace(), &*service.name))? {
            for list in ["subsets", "endpoints"].into_iter().filter_map(|l| object.node.get(l)) {
                for item in list.items() {
                    let addresses = item.get("addresses").map(Node::items).unwrap_or_default();
                    for address in addresses.iter().chain([item]) {
                        let pod = address.get("targetRef").filter(|t| t.str("kind") == Some("Pod"));
                        let workload = pod
                            .and_then(|p| cluster.workload_of_pod(service.namespace(), p.str("name")?))
                            .map(|w| w.key.clone());
                        keys.extend(workload);
                        hosts.extend(address.text().or_else(|| address.str("ip")));
                    }
                }
            }
        }
        if keys.is_empty() {
            return hosts.first().map(|host| Answer::Host(host.to_lowercase().into()));
        }
        Some(Answer::Components(keys.into_iter().collect()))
    }
}

/// The names of single pods: `<pod>.<headless Service>`.
fn pods(cluster: &Cluster<'_>, answers: &mut BTreeMap<(String, String), (Answer, Evidence)>) {
    let mut add = |namespace: &str, service: &str, pod: &str, key: &Key, node: &Node| {
        if !cluster.all(Role::Service, namespace, service).is_empty() {
            let name = (namespace.to_owned(), format!("{pod}.{service}").to_lowercase());
            let answer = Answer::Components(vec![key.clone()]);
            answers.entry(name).or_insert((answer, Evidence::new(node.at(), "spec.serviceName")));
        }
    };
    for workload in &cluster.workloads {
        let (namespace, key) = (workload.namespace(), &workload.key);
        if workload.controller == "StatefulSet"
            && let Some(node) = workload.object.node.path(&["spec", "serviceName"])
            && let Some(service) = node.text()
        {
            let count = workload.replicas(cluster).map_or(1, |r| r.value).min(ORDINALS);
            for ordinal in 0..count {
                add(namespace, service, &format!("{}-{ordinal}", key.name), key, node);
            }
        }
        if let Some(spec) = workload.pod_spec()
            && let (Some(host), Some(domain)) = (spec.str("hostname"), spec.get("subdomain"))
        {
            add(namespace, domain.text().unwrap_or_default(), host, key, domain);
        }
    }
}

/// A Knative Service is its own name, and open to the world unless it says that it is local.
fn knative(
    cluster: &Cluster<'_>,
    answers: &mut BTreeMap<(String, String), (Answer, Evidence)>,
    exposure: &mut Exposure,
) {
    for workload in cluster.workloads.iter().filter(|w| w.controller == "Service") {
        let evidence = Evidence::new(workload.object.name_node().at(), "metadata.name");
        let name = (workload.namespace().to_owned(), workload.key.name.to_lowercase());
        answers.insert(name, (Answer::Components(vec![workload.key.clone()]), evidence.clone()));
        let labels = workload.object.node.path(&["metadata", "labels"]);
        if labels.and_then(|l| l.str("networking.knative.dev/visibility")) != Some("cluster-local") {
            exposure.entry(&workload.key, EntryOrigin::Gateway, evidence);
        }
    }
}
