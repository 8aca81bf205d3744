//! NetworkPolicy: a rule between pods that are named by their labels says who talks to whom. Broader rules (everybody,
//! a whole namespace, an address block) only say who may.

use super::cluster::Cluster;
use super::object::Object;
use super::role::Role;
use super::selector::{Selector, labels};
use crate::facts::{Confidence, DependencyFact, Evidence, Facts, Interaction, Key, Note, Target};
use crate::parse::Node;
use std::collections::BTreeSet;

/// A rule that joins more pairs than this describes a zone of trust, not calls.
const PAIRS: usize = 1_000;

/// Adds the dependencies that network policies imply.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    for policy in cluster.of(Role::NetworkPolicy) {
        let Some(spec) = policy.node.get("spec") else { continue };
        let Some(node) = spec.get("podSelector") else { continue };
        let selector = Selector::full(node);
        if !selector.is_specific() {
            continue;
        }
        let selected = cluster.select(policy.namespace(), &selector);
        if selected.is_empty() {
            note(cluster, policy, policy.namespace(), &selector, node, facts);
            continue;
        }
        for (direction, side) in [("ingress", "from"), ("egress", "to")] {
            for rule in spec.get(direction).map(Node::items).unwrap_or_default() {
                for peer in rule.get(side).map(Node::items).unwrap_or_default() {
                    let Some((peers, evidence)) = peers(cluster, policy, peer, direction, facts) else { continue };
                    let (callers, callees) = if side == "from" { (&peers, &selected) } else { (&selected, &peers) };
                    join(callers, callees, &evidence, facts);
                }
            }
        }
    }
}

/// The workloads that a peer names by their labels.
fn peers(
    cluster: &Cluster<'_>,
    policy: &Object,
    peer: &Node,
    direction: &str,
    facts: &mut Facts,
) -> Option<(BTreeSet<Key>, Evidence)> {
    let node = peer.get("podSelector")?;
    let selector = Selector::full(node);
    if !selector.is_specific() {
        return None;
    }
    let namespaces = match peer.get("namespaceSelector") {
        Some(node) => namespaces(cluster, &Selector::full(node)),
        None => vec![policy.namespace().to_owned()],
    };
    let peers: BTreeSet<Key> = namespaces.iter().flat_map(|ns| cluster.select(ns, &selector)).collect();
    // With a namespace selector the peer may live where the input does not reach.
    if let ([namespace], true) = (namespaces.as_slice(), peers.is_empty()) {
        note(cluster, policy, namespace, &selector, node, facts);
    }
    Some((peers, Evidence::new(node.at(), format!("spec.{direction}"))))
}

/// The namespaces with workloads that a selector selects: by their name, or by the labels of their Namespace object.
fn namespaces(cluster: &Cluster<'_>, selector: &Selector) -> Vec<String> {
    let matches = |name: &&str| {
        let objects = cluster.all(Role::Namespace, "default", name);
        let mut labels = labels(objects.first().and_then(|o| o.node.path(&["metadata", "labels"])));
        labels.insert("kubernetes.io/metadata.name".to_owned(), (*name).to_owned());
        selector.matches(&labels)
    };
    cluster.namespaces().filter(matches).map(str::to_owned).collect()
}

fn join(callers: &BTreeSet<Key>, callees: &BTreeSet<Key>, evidence: &Evidence, facts: &mut Facts) {
    // A rule that lets a group talk among itself says no more than that it is a group.
    let among_themselves = callers.len() > 1 && !callers.is_disjoint(callees);
    if among_themselves || callers.len().saturating_mul(callees.len()) > PAIRS {
        return;
    }
    for caller in callers {
        for callee in callees.iter().filter(|callee| *callee != caller) {
            let target = Target::Component(callee.clone());
            let fact = DependencyFact::new(caller.clone(), target, Interaction::Sync, evidence.clone());
            facts.dependencies.push(fact.confidence(Confidence::Inferred));
        }
    }
}

fn note(cluster: &Cluster<'_>, policy: &Object, namespace: &str, selector: &Selector, node: &Node, facts: &mut Facts) {
    if !cluster.partial && cluster.has_workloads(namespace) {
        facts.notes.push(Note::SelectorMatchesNothing {
            scope: cluster.scope.clone(),
            owner: policy.title(),
            selector: selector.to_string(),
            evidence: Evidence::new(node.at(), "podSelector"),
        });
    }
}
