//! Whom the variables of ConfigMaps and Secrets speak to that workloads take as a whole.

use super::cluster::Cluster;
use super::config;
use super::object::Object;
use super::role::Role;
use super::selector::Selector;
use crate::facts::Key;
use crate::facts::address::{Address, Setting, in_settings};
use crate::facts::audience::Audience;
use crate::source::{Location, Problem};
use std::collections::{BTreeMap, BTreeSet};

/// Audiences by the places of the ConfigMaps and Secrets.
#[derive(Debug, Default)]
pub(super) struct Audiences(BTreeMap<Location, Audience>);

impl Audiences {
    /// Those of all ConfigMaps and Secrets that workloads take all variables from.
    pub(super) fn of(cluster: &Cluster<'_>) -> Self {
        let mut sharing: BTreeMap<Location, (&Object, BTreeMap<Key, bool>)> = BTreeMap::new();
        for workload in &cluster.workloads {
            for source in workload.containers().iter().filter_map(|c| c.get("envFrom")).flat_map(|s| s.items()) {
                for (field, role) in [("configMapRef", Role::ConfigMap), ("secretRef", Role::Secret)] {
                    let name = source.get(field).and_then(|r| r.str("name"));
                    let found = |name| cluster.find(role, workload.namespace(), name, workload.object);
                    let Some(object) = name.and_then(found) else { continue };
                    let (_, by) = sharing.entry(place(object)).or_insert((object, BTreeMap::new()));
                    by.insert(workload.key.clone(), workload.kind().is_store());
                }
            }
        }
        let audience = |(at, (object, by)): (Location, (&Object, BTreeMap<Key, bool>))| {
            (at, Audience::of(&by, hosts(cluster, object)))
        };
        Self(sharing.into_iter().map(audience).collect())
    }

    /// That of a ConfigMap or Secret.
    pub(super) fn get(&self, object: &Object) -> Option<&Audience> {
        self.0.get(&place(object))
    }

    /// What is left out because of them.
    pub(super) fn problems(&self) -> impl Iterator<Item = Problem> {
        self.0.iter().filter_map(|(at, audience)| audience.problem(at.clone()))
    }
}

fn place(object: &Object) -> Location {
    object.name_node().at()
}

/// The hosts that a ConfigMap or Secret names, each with the workloads behind its Service.
fn hosts(cluster: &Cluster<'_>, object: &Object) -> impl Iterator<Item = (String, BTreeSet<Key>)> {
    let items: Vec<config::Item<'_>> = config::items(object).collect();
    let settings: Vec<Setting<'_>> = items.iter().map(|i| Setting { key: i.key, value: &i.text }).collect();
    in_settings(&settings).into_iter().flat_map(|(_, found)| found.addresses).filter_map(|address| match address {
        Address::Host { host, .. } => {
            let keys = answering(cluster, object.namespace(), &host);
            Some((host, keys))
        }
        Address::Resource { .. } => None,
    })
}

fn answering(cluster: &Cluster<'_>, namespace: &str, host: &str) -> BTreeSet<Key> {
    let mut labels = host.split('.');
    let name = labels.next().unwrap_or_default();
    let namespace = labels.next().filter(|label| *label != "svc").unwrap_or(namespace);
    let services = cluster.all(Role::Service, namespace, name).iter();
    let selectors = services.filter_map(|service| service.node.path(&["spec", "selector"]).map(Selector::plain));
    selectors.flat_map(|selector| cluster.select(namespace, &selector)).collect()
}
