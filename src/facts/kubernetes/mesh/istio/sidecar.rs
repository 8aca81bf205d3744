//! Sidecar: how many requests a workload's proxy lets in, and of whom it knows when the workload calls.

use super::{Istio, is, passed_through};
use crate::facts::block::{Block, Misread, Read};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::mesh::only;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::kubernetes::selector::Selector;
use crate::facts::{CallPolicy, Callers, Evidence, Facts, Key, Layer, Providers, Rank, Target};
use crate::parse::Node;
use crate::source::Problem;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The namespace whose resources hold for all others.
const ROOT: &str = "istio-system";

/// Hosts of a namespace: all, or these names.
enum Seen {
    All,
    Names(BTreeSet<String>),
}

/// Whom callers with a Sidecar of their own cannot see: whole namespaces, and single Services of others.
#[derive(Default)]
struct Unseen {
    namespaces: BTreeMap<Arc<str>, BTreeSet<Key>>,
    services: BTreeMap<(Arc<str>, Arc<str>), BTreeSet<Key>>,
}

impl Istio {
    /// Adds what the Sidecars of a cluster say. What its proxy does not know of, a caller reaches without the mesh: the
    /// proxy passes the connection on. `before` is where the policies of the mesh begin.
    pub(super) fn sidecars(&self, cluster: &Cluster<'_>, before: usize, facts: &mut Facts) {
        let mut unseen = Unseen::default();
        let mut around: Vec<CallPolicy> = Vec::new();
        for (object, keys) in self.selected(cluster) {
            let Some(spec) = object.node.get("spec") else { continue };
            if let Ok(Some(most)) = inbound(spec, &mut facts.problems) {
                hold_back(&keys, most, facts);
            }
            let Some(egress) = spec.get("egress").filter(|node| !node.items().is_empty()) else { continue };
            let evidence = Evidence::new(egress.at(), "spec.egress");
            for (namespace, services) in unknown(cluster, object, egress) {
                let place = match &services {
                    None => Providers::Namespace(namespace.clone()),
                    Some(name) => named(&namespace, name),
                };
                match services {
                    None => unseen.namespaces.entry(namespace).or_default().extend(keys.iter().cloned()),
                    Some(name) => unseen.services.entry((namespace, name)).or_default().extend(keys.iter().cloned()),
                }
                let policy = passed_through(self.policy(Layer::ClientMesh, Rank::Route, evidence.clone()));
                around.push(policy.between(only(&Arc::new(keys.clone())), place));
            }
        }
        let through = facts.policies.split_off(before);
        facts.policies.extend(through.into_iter().map(|policy| unseen.without(policy)).chain(around));
    }

    /// The Sidecars with the members that each is for: one that selects workloads beats that of their namespace, which
    /// beats that of the mesh.
    fn selected<'a>(&self, cluster: &Cluster<'a>) -> Vec<(&'a Object, BTreeSet<Key>)> {
        let mut sidecars: Vec<&'a Object> =
            cluster.of(Role::Traffic).iter().copied().filter(|o| is(o, "Sidecar")).collect();
        let labels = |o: &Object| o.node.path(&["spec", "workloadSelector", "labels"]).cloned();
        sidecars.sort_by_key(|o| (labels(o).is_none(), o.namespace() == ROOT, o.name.clone()));
        let mut taken: BTreeSet<Key> = BTreeSet::new();
        let mut found = Vec::new();
        for object in sidecars {
            let own = |namespace: &str| object.namespace() == ROOT || namespace == object.namespace();
            let workloads = match labels(object) {
                Some(labels) => cluster.select(object.namespace(), &Selector::plain(&labels)).into_iter().collect(),
                None => cluster.workloads.iter().filter(|w| own(w.namespace())).map(|w| w.key.clone()).collect(),
            };
            let workloads: Vec<Key> = workloads;
            let keys = workloads.into_iter().filter(|key| self.members.calls(key) && taken.insert(key.clone()));
            found.push((object, keys.collect()));
        }
        found
    }
}

/// Requests that one proxy lets in at once: of requests and connections the fewer.
fn inbound(spec: &Node, problems: &mut Vec<Problem>) -> Read<u32> {
    let pool = Block::under(spec, "inboundConnectionPool", &["tcp", "http"], problems)?;
    let pools = match pool {
        Some(pool) => vec![pool.node()],
        None => spec
            .get("ingress")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|i| i.get("connectionPool"))
            .collect(),
    };
    let mut fewest: Option<u32> = None;
    for pool in pools {
        for (block, known, key) in [
            ("tcp", &super::destination_rule::TCP[..], "maxConnections"),
            ("http", &super::destination_rule::HTTP, "http2MaxRequests"),
        ] {
            let Some(block) = Block::under(pool, block, known, problems)? else { continue };
            if let Some(most) = block.count(key, problems)?.filter(|n| *n > 0) {
                fewest = Some(fewest.map_or(most, |n: u32| n.min(most)));
            }
        }
    }
    Ok::<_, Misread>(fewest)
}

/// Each instance of these workloads answers so many requests at once, unless something allows fewer.
fn hold_back(keys: &BTreeSet<Key>, most: u32, facts: &mut Facts) {
    for fact in facts.components.iter_mut().filter(|fact| keys.contains(&fact.key)) {
        let Some(instances) = fact.replicas.as_ref().map(|r| r.value) else { continue };
        let all = f64::from(most) * f64::from(instances);
        let known = &mut fact.settings.capacity_concurrency;
        *known = Some(known.map_or(all, |n| n.min(all)));
    }
}

/// The namespaces, and Services of namespaces that are partly known, that a Sidecar's list of hosts leaves out.
fn unknown(cluster: &Cluster<'_>, object: &Object, egress: &Node) -> Vec<(Arc<str>, Option<Arc<str>>)> {
    let hosts = egress.items().iter().flat_map(|e| e.get("hosts").map(Node::items).unwrap_or_default());
    let hosts: Vec<(&str, &str)> = hosts.filter_map(|h| h.text()?.split_once('/')).collect();
    let seen = |namespace: &str| {
        let mut names = BTreeSet::new();
        for (of, host) in &hosts {
            if *of != "*" && *of != namespace && !(*of == "." && namespace == object.namespace()) {
                continue;
            }
            match *host {
                "*" => return Seen::All,
                // `*.shop.svc.cluster.local` is every host of a namespace.
                host if host.starts_with("*.") => {
                    if host.split('.').nth(1) == Some(namespace) {
                        return Seen::All;
                    }
                }
                host => names.extend(host.split('.').next().map(str::to_lowercase)),
            }
        }
        Seen::Names(names)
    };
    let mut unknown = Vec::new();
    for namespace in cluster.namespaces() {
        match seen(namespace) {
            Seen::All => {}
            Seen::Names(names) if names.is_empty() => unknown.push((namespace.into(), None)),
            Seen::Names(names) => {
                let services = cluster.of(Role::Service).iter().filter(|s| s.namespace() == namespace);
                let left = services.filter(|s| !names.contains(&s.name.to_lowercase()));
                unknown.extend(left.map(|s| (namespace.into(), Some(s.name.to_lowercase().into()))));
            }
        }
    }
    unknown
}

fn named(namespace: &Arc<str>, name: &Arc<str>) -> Providers {
    let target = Target::Name { namespace: namespace.clone(), name: name.clone() };
    Providers::Named { namespace: namespace.clone(), target }
}

impl Unseen {
    /// A policy of the mesh without the callers whose proxies do not know the host that it is for.
    fn without(&self, policy: CallPolicy) -> CallPolicy {
        let (Layer::ClientMesh, Callers::Components(callers)) = (policy.layer, &policy.callers) else { return policy };
        let blind = match &policy.providers {
            Providers::Namespace(namespace) => [self.namespaces.get(namespace), None],
            Providers::Named { target: Target::Name { namespace, name }, .. } => {
                [self.namespaces.get(namespace), self.services.get(&(namespace.clone(), name.clone()))]
            }
            _ => return policy,
        };
        let blind: BTreeSet<&Key> = blind.into_iter().flatten().flatten().collect();
        if blind.is_empty() {
            return policy;
        }
        let callers = callers.iter().filter(|key| !blind.contains(key)).cloned().collect();
        CallPolicy { callers: Callers::Components(Arc::new(callers)), ..policy }
    }
}
