//! Istio's ServiceEntry: hosts that the mesh knows, and who answers to them.

use super::cluster::Cluster;
use super::role::Role;
use super::selector::Selector;
use crate::facts::address::{Address, parse_one};
use crate::facts::{Answer, Evidence, Facts, NameFact};
use crate::parse::Node;

/// Adds the names that service entries give to something else. A host that stands for itself needs none.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    for object in cluster.of(Role::ServiceEntry) {
        let Some(spec) = object.node.get("spec") else { continue };
        let selected = spec.get("workloadSelector").and_then(|s| s.get("labels")).map(Selector::plain);
        let keys = selected.map(|selector| cluster.select(object.namespace(), &selector)).unwrap_or_default();
        let endpoint = spec.get("endpoints").and_then(|e| parse_one(e.items().first()?.str("address")?));
        for node in spec.get("hosts").map(Node::items).unwrap_or_default() {
            let Some(host) = node.text().map(str::to_lowercase).filter(|h| !h.contains('*')) else { continue };
            let answer = match &endpoint {
                _ if !keys.is_empty() => Answer::Components(keys.iter().cloned().collect()),
                Some(Address::Host { host: other, .. }) if *other != host => Answer::Host(other.as_str().into()),
                _ => continue,
            };
            facts.names.push(NameFact {
                scope: cluster.scope.clone(),
                namespace: None,
                name: host.into(),
                answer,
                evidence: Evidence::new(node.at(), "spec.hosts"),
            });
        }
    }
}
