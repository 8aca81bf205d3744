//! Components for what pods mount, and where their volumes are.

use super::cluster::Cluster;
use super::object::Object;
use super::placement;
use super::role::Role;
use crate::facts::address::{Setting, in_settings};
use crate::facts::{
    Class, ComponentFact, Criticality, DependencyFact, Evidence, Facts, Interaction, Key, Kind, Target,
};
use crate::parse::Node;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A component for every ConfigMap, Secret and volume that some dependency mounts. What nobody mounts is left out: it
/// can break nobody. What is mounted and not in the input (Secrets and volumes are often made outside) stands where it
/// is mounted.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    let mut mounted: BTreeMap<Key, Evidence> = BTreeMap::new();
    for fact in facts.dependencies.iter().filter(|d| d.interaction == Interaction::Mount) {
        if let Target::Component(key) = &fact.to {
            let first = mounted.entry(key.clone()).or_insert_with(|| fact.evidence.clone());
            if fact.evidence < *first {
                *first = fact.evidence.clone();
            }
        }
    }
    let volumes = Volumes::of(cluster);
    for (key, evidence) in mounted {
        let (kind, role) = match key.class {
            Class::Config => (Kind::Config, Role::ConfigMap),
            Class::Secret => (Kind::Secret, Role::Secret),
            Class::Volume => (Kind::Volume, Role::Claim),
            _ => continue,
        };
        let objects = cluster.all(role, key.namespace.as_deref().unwrap_or_default(), &key.name);
        if objects.is_empty() {
            facts.components.push(ComponentFact::new(key.clone(), kind, evidence));
        }
        for object in objects {
            let evidence = Evidence::new(object.name_node().at(), "metadata.name");
            facts.components.push(ComponentFact::new(key.clone(), kind, evidence));
            match volumes.behind(object) {
                Some(volume) => {
                    placement::volume(&key, volume, facts);
                    file_server(&key, volume, facts);
                }
                None => of_class(cluster, &key, &object.node, facts),
            }
        }
    }
}

/// A claim without a volume yet gets one where its class makes them.
fn of_class(cluster: &Cluster<'_>, key: &Key, claim: &Node, facts: &mut Facts) {
    let name = claim.path(&["spec", "storageClassName"]).and_then(Node::text);
    for class in cluster.of(Role::StorageClass).iter().filter(|c| Some(&*c.name) == name) {
        placement::class(key, class, facts);
    }
}

/// Volumes that a StatefulSet makes for its pods: they follow their class, and the pods follow them.
pub(super) fn templates(cluster: &Cluster<'_>, facts: &mut Facts) {
    for workload in cluster.workloads.iter().filter(|w| w.controller == "StatefulSet") {
        let templates = workload.object.node.path(&["spec", "volumeClaimTemplates"]);
        for template in templates.map(Node::items).unwrap_or_default() {
            of_class(cluster, &workload.key, template, facts);
        }
    }
}

/// PersistentVolumes by the claims that are bound to them, as either side says it.
struct Volumes<'a> {
    by_claim: FxHashMap<(&'a str, &'a str), &'a Object>,
    by_name: FxHashMap<&'a str, &'a Object>,
}

impl<'a> Volumes<'a> {
    fn of(cluster: &Cluster<'a>) -> Self {
        let (mut by_claim, mut by_name) = (FxHashMap::default(), FxHashMap::default());
        for &volume in cluster.of(Role::Volume) {
            if let Some(claim) = volume.node.path(&["spec", "claimRef"])
                && let Some(name) = claim.str("name")
            {
                by_claim.entry((claim.str("namespace").unwrap_or("default"), name)).or_insert(volume);
            }
            by_name.entry(&*volume.name).or_insert(volume);
        }
        Self { by_claim, by_name }
    }

    fn behind(&self, claim: &Object) -> Option<&'a Object> {
        let named = || self.by_name.get(claim.node.path(&["spec", "volumeName"])?.text()?);
        self.by_claim.get(&(claim.namespace(), &*claim.name)).or_else(named).copied()
    }
}

fn file_server(key: &Key, volume: &Object, facts: &mut Facts) {
    let Some(server) = volume.node.path(&["spec", "nfs", "server"]) else { return };
    let setting = Setting { key: "nfs.server", value: server.text().unwrap_or_default() };
    for (_, found) in in_settings(&[setting]) {
        let target = Target::Addresses { addresses: found.addresses, certain: found.certain };
        let evidence = Evidence::new(server.at(), "spec.nfs.server");
        let fact = DependencyFact::new(key.clone(), target, Interaction::Mount, evidence);
        facts.dependencies.push(fact.criticality(Criticality::Hard));
    }
}
