//! Things that nobody instrumented, put on the graph: who is meant by what their callers say of them.

use super::identity::Parts;
use super::matching::TRACES;
use super::names::{Meaning, Names, cluster_name, is_cluster_name};
use super::resolve::Edge;
use crate::facts::address::kind_of_image;
use crate::facts::traces::{Endpoint, Node, ServiceKey, Summary};
use crate::facts::{Class, Confidence, DependencyFact, Evidence, Interaction, Key, Kind, Target};
use crate::source::Location;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Stores that some callers name without a namespace are the one that others name at the same place, if there is only
/// one (DESIGN section 12, Databases seen in traces).
pub(super) fn merged(summary: &Summary) -> BTreeMap<Node, Node> {
    let place = |n: &Node| (n.kind, n.system.clone(), n.address.clone(), n.port);
    let mut named: BTreeMap<_, BTreeSet<&Node>> = BTreeMap::new();
    let nodes = || {
        summary.edges.keys().filter_map(|key| match &key.to {
            Endpoint::Node(node) if matches!(node.kind, Kind::Datastore | Kind::Cache) => Some(node),
            _ => None,
        })
    };
    for node in nodes().filter(|n| !n.name.is_empty()) {
        named.entry(place(node)).or_default().insert(node);
    }
    let mut merged = BTreeMap::new();
    for node in nodes().filter(|n| n.name.is_empty()) {
        if let Some(only) = named.get(&place(node)).filter(|set| set.len() == 1).and_then(BTreeSet::first) {
            merged.insert(node.clone(), (*only).clone());
        }
    }
    merged
}

/// Who calls.
pub(super) struct Caller<'a> {
    /// As traces know it.
    pub service: &'a ServiceKey,
    /// As the graph knows it.
    pub slot: usize,
}

/// Services that recorded spans, by name.
pub(super) struct Traced<'a> {
    by_name: BTreeMap<&'a str, Vec<(&'a ServiceKey, usize)>>,
}

impl<'a> Traced<'a> {
    /// An index of services and their slots.
    pub fn new(slots: &BTreeMap<&'a ServiceKey, usize>) -> Self {
        let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (&service, &slot) in slots {
            by_name.entry(service.name.as_str()).or_default().push((service, slot));
        }
        Self { by_name }
    }

    /// The service that a caller calls by its name, or by namespace and name: one of its own namespace, else the only
    /// one. That it recorded no span of this call (it lost the context, or was not sampled) does not make it another.
    fn called(&self, name: &str, caller: &ServiceKey) -> Option<usize> {
        let named = |name: &str| self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let within = |name: &str, namespace: &str| {
            named(name).iter().find(|(key, _)| key.namespace == namespace).map(|&(_, slot)| slot)
        };
        let stated = name.split_once('/').and_then(|(namespace, name)| within(name, namespace));
        stated.or_else(|| within(name, &caller.namespace)).or(match named(name) {
            [(_, only)] => Some(*only),
            _ => None,
        })
    }
}

/// The slot of something that nobody instrumented: the manifest's component if its host is one, else its own.
pub(super) fn slot(
    node: &Node,
    caller: &Caller<'_>,
    traced: &Traced<'_>,
    parts: &mut Parts,
    names: &Names,
    edges: &mut Vec<Edge>,
) -> usize {
    let hosted = host(&node.address, caller.slot, parts, names);
    match node.kind {
        Kind::Queue => {
            let name = if node.name.is_empty() { &node.address } else { &node.name };
            let mut key = Key::global(Class::Workload, name);
            key.namespace = Some(node.system.as_str().into());
            // One that somebody described by the very name that it has here.
            let of_name = parts.named(Class::Workload, &node.system, name).iter().copied();
            let described: Vec<usize> = of_name.filter(|&slot| parts.component(slot).kind == Kind::Queue).collect();
            let queue = match described[..] {
                [one] => one,
                _ => parts.slot_or_bare(key, Kind::Queue),
            };
            if let Some(broker) = hosted.filter(|&b| b != queue) {
                on_broker(queue, broker, parts, edges);
            }
            queue
        }
        _ if hosted.is_some() => hosted.unwrap_or(caller.slot),
        Kind::Datastore | Kind::Cache => {
            let port = node.port.map(|p| format!(":{p}")).unwrap_or_default();
            let mut key = Key::global(Class::Workload, if node.name.is_empty() { "*" } else { &node.name });
            key.namespace = Some(format!("{}{port}", node.address).into());
            parts.slot_or_bare(key, node.kind)
        }
        kind => {
            if let Some(slot) = named(node, caller, traced, parts, names) {
                return slot;
            }
            // A number says less than the name that somebody gave to it.
            let numbered = node.address.parse::<std::net::IpAddr>().is_ok() && !node.name.is_empty();
            let name = if node.address.is_empty() || numbered { &node.name } else { &node.address };
            let known = names.labelled(name).into_iter().find(|&s| parts.component(s).kind == kind);
            known.unwrap_or_else(|| match kind_of_image(name) {
                // Who says nothing but `redis` calls a Redis.
                Some(store @ (Kind::Datastore | Kind::Cache)) if kind == Kind::External => {
                    let key = Key { namespace: Some(name.as_str().into()), ..Key::global(Class::Workload, "*") };
                    parts.slot_or_bare(key, store)
                }
                _ => parts.slot_or_bare(Key::global(kind.class(), name), kind),
            })
        }
    }
}

/// Who has the name that a caller gives to the other side (`peer.service`, the name of a function). The host of
/// somebody outside says more than a name that a component of the manifests happens to have as well.
fn named(node: &Node, caller: &Caller<'_>, traced: &Traced<'_>, parts: &Parts, names: &Names) -> Option<usize> {
    if node.name.is_empty() || !matches!(node.kind, Kind::External | Kind::Function) {
        return None;
    }
    if let Some(slot) = traced.called(&node.name, caller.service) {
        return Some(slot);
    }
    let is_public = node.address.contains('.') && node.address.parse::<std::net::IpAddr>().is_err();
    if is_public {
        return None;
    }
    let from = parts.key(caller.slot);
    let found = names.reference(parts, &node.name, Some(from));
    let runs = |slot: &&usize| matches!(parts.key(**slot).class, Class::Workload | Class::Job);
    match found.iter().filter(runs).collect::<Vec<_>>()[..] {
        [&only] if parts.key(only).scope == from.scope || &*from.scope == TRACES => Some(only),
        _ => None,
    }
}

/// Who answers at a host, from the caller's point of view; a host outside that a manifest names already is that one.
fn host(address: &str, from: usize, parts: &Parts, names: &Names) -> Option<usize> {
    if address.is_empty() || address.contains('@') {
        return None;
    }
    let mut host: Arc<str> = address.into();
    for _ in 0..8 {
        match names.host(parts, parts.key(from), &host) {
            Some(Meaning::Slots(slots)) if slots.len() == 1 => return slots.first().copied(),
            Some(Meaning::Host(next)) => host = next,
            _ => break,
        }
    }
    if let Some(&outside) = parts.slots_of(&Key::global(Class::External, &host)).first() {
        return Some(outside);
    }
    // Services that only traces know answer to their cluster names, and to their bare names in their own namespace.
    let own = parts.key(from).namespace.as_deref().unwrap_or("");
    let (name, namespace) = match cluster_name(&host) {
        Some(parts) if is_cluster_name(&host) && !names.is_of_another_cluster(&host) => parts,
        _ => (&*host, own),
    };
    match parts.named(Class::Workload, namespace, name) {
        [one] if &*parts.key(*one).scope == TRACES => Some(*one),
        _ => None,
    }
}

/// A queue needs the broker that holds it.
fn on_broker(queue: usize, broker: usize, parts: &Parts, edges: &mut Vec<Edge>) {
    if edges.iter().any(|e| e.from == queue && e.to == broker) {
        return;
    }
    let evidence = Evidence::new(Location::start("".into()), "traces");
    let target = Target::Component(parts.key(broker).clone());
    let mut fact = DependencyFact::new(parts.key(queue).clone(), target, Interaction::Sync, evidence);
    fact.confidence = Confidence::Observed;
    edges.push(Edge { from: queue, to: broker, group: None, fallback: None, fact: Arc::new(fact), observed: None });
}
