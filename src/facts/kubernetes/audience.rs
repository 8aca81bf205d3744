//! ConfigMaps and Secrets whose every key is a variable of several workloads.
//!
//! A store gets such variables for its own settings. And what says where the very workloads are that share it tells
//! everybody where everybody is: who calls whom is not in it.

use super::cluster::Cluster;
use super::config;
use super::object::Object;
use super::role::Role;
use super::selector::Selector;
use super::workload::Workload;
use crate::facts::address::{Address, Setting, in_settings, is_named_after};
use crate::facts::{Key, Kind};
use crate::source::{Location, Problem};
use std::collections::{BTreeMap, BTreeSet};

/// So many workloads must share variables before they can be everybody's.
const SHARED_BY: usize = 3;
/// So many of them must be named there: one may be the one that they all call.
const NAMES: usize = 2;

/// A ConfigMap or Secret: its role, namespace and name.
type Id = (Role, String, String);

/// Whom shared variables speak to.
#[derive(Debug, Default)]
pub(super) struct Audiences(BTreeMap<Id, Audience>);

#[derive(Debug)]
struct Audience {
    at: Location,
    shared_by: usize,
    /// Host → those who answer and share the variables, if there are several who are no stores.
    peers: BTreeMap<String, BTreeSet<Key>>,
}

impl Audiences {
    /// Those of all ConfigMaps and Secrets that several workloads take variables from.
    pub(super) fn of(cluster: &Cluster<'_>) -> Self {
        let mut sharing: BTreeMap<Id, (&Object, BTreeMap<&Key, Kind>)> = BTreeMap::new();
        for workload in &cluster.workloads {
            for source in workload.containers().iter().filter_map(|c| c.get("envFrom")).flat_map(|s| s.items()) {
                for (field, role) in [("configMapRef", Role::ConfigMap), ("secretRef", Role::Secret)] {
                    let Some(name) = source.get(field).and_then(|r| r.str("name")) else { continue };
                    let Some(object) = cluster.find(role, workload.namespace(), name, workload.object) else {
                        continue;
                    };
                    let id = (role, workload.namespace().to_owned(), name.to_owned());
                    sharing.entry(id).or_insert((object, BTreeMap::new())).1.insert(&workload.key, workload.kind());
                }
            }
        }
        let several = sharing.into_iter().filter(|(_, (_, by))| by.len() > 1);
        Self(several.map(|(id, (object, by))| (id, Audience::of(cluster, object, &by))).collect())
    }

    /// Whether a variable of a shared source may say whom a workload calls.
    pub(super) fn speaks_to(&self, workload: &Workload<'_>, source: (Role, &str), variable: &str) -> bool {
        let names = || [&*workload.key.name].into_iter().chain(workload.image());
        self.find(workload, source).is_none() || !is_store(workload.kind()) || is_named_after(variable, names())
    }

    /// Whether a shared source says to everybody where several of them are.
    pub(super) fn says_to_all(&self, workload: &Workload<'_>, source: (Role, &str)) -> bool {
        self.find(workload, source).is_some_and(|audience| !audience.peers.is_empty())
    }

    /// Whether an address of a shared source is that of a peer, as it is for everybody. Whoever shares the source and is not
    /// in it may be the one that it was written for.
    pub(super) fn is_stranger(&self, workload: &Workload<'_>, source: (Role, &str), address: &Address) -> bool {
        let Address::Host { host, .. } = address else { return false };
        let audience = self.find(workload, source).filter(|audience| audience.names(&workload.key));
        audience.and_then(|audience| audience.peers.get(host)).is_some_and(|keys| !keys.contains(&workload.key))
    }

    /// What is left out because of it, a problem for each source.
    pub(super) fn problems(&self) -> impl Iterator<Item = Problem> {
        self.0.values().filter(|audience| !audience.peers.is_empty()).map(|audience| {
            let reason = format!(
                "tells the {} workloads that share it where {} of them are; who of these calls whom is not in it, so that \
                 only what their own settings show is taken",
                audience.shared_by,
                audience.peers.values().flatten().collect::<BTreeSet<_>>().len()
            );
            let remedy = "state who calls whom in a native manifest, or add traces";
            Problem::new(audience.at.clone(), reason).remedy(remedy)
        })
    }

    fn find(&self, workload: &Workload<'_>, (role, name): (Role, &str)) -> Option<&Audience> {
        self.0.get(&(role, workload.namespace().to_owned(), name.to_owned()))
    }
}

impl Audience {
    fn names(&self, key: &Key) -> bool {
        self.peers.values().any(|keys| keys.contains(key))
    }

    fn of(cluster: &Cluster<'_>, object: &Object, by: &BTreeMap<&Key, Kind>) -> Self {
        let items: Vec<config::Item<'_>> = config::items(object).collect();
        let settings: Vec<Setting<'_>> = items.iter().map(|i| Setting { key: i.key, value: &i.text }).collect();
        let mut peers: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
        for address in in_settings(&settings).into_iter().flat_map(|(_, found)| found.addresses) {
            let Address::Host { host, .. } = address else { continue };
            let keys: BTreeSet<Key> = answering(cluster, object.namespace(), &host)
                .into_iter()
                .filter(|key| by.get(key).is_some_and(|kind| !is_store(*kind)))
                .collect();
            if !keys.is_empty() {
                peers.insert(host, keys);
            }
        }
        let several = peers.values().flatten().collect::<BTreeSet<_>>().len() >= NAMES;
        if by.len() < SHARED_BY || !several {
            peers.clear();
        }
        Self { at: object.name_node().at(), shared_by: by.len(), peers }
    }
}

/// The workloads behind the Service that a host names.
fn answering(cluster: &Cluster<'_>, namespace: &str, host: &str) -> BTreeSet<Key> {
    let mut labels = host.split('.');
    let name = labels.next().unwrap_or_default();
    let namespace = labels.next().filter(|label| *label != "svc").unwrap_or(namespace);
    let services = cluster.all(Role::Service, namespace, name).iter();
    let selectors = services.filter_map(|service| service.node.path(&["spec", "selector"]).map(Selector::plain));
    selectors.flat_map(|selector| cluster.select(namespace, &selector)).collect()
}

fn is_store(kind: Kind) -> bool {
    matches!(kind, Kind::Datastore | Kind::Cache | Kind::Queue | Kind::ObjectStore)
}
