//! What traces saw, put on the graph: which trace service is which component, who was called, how that went.
//!
//! Rules of matching, in order (DESIGN section 2): an alias of `linchpin.toml`; Kubernetes' resource attributes; the
//! `service.name` that a manifest sets; a name that answers in its namespace; the same name; the same name but for
//! case, separators and the word "service". A rule that fits several components decides nothing: that is a problem that
//! names them, and the service stays a component of its own.

use super::identity::Parts;
use super::names::{Meaning, Names, cluster_name, is_cluster_name};
use super::resolve::Edge;
use crate::facts::traces::{EdgeKey, Endpoint, Identity, Mode, Node, ServiceKey, Summary};
use crate::facts::{Class, Confidence, DependencyFact, Evidence, Facts, Interaction, Key, Kind, Target};
use crate::graph::model::{ComponentId, Match, MatchRule, Observed, ObservedOperation};
use crate::source::{Location, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Scope of components that only traces know.
const TRACES: &str = "traces";

/// `service.name` values that manifests set, and who sets them.
pub(super) type ServiceNames = BTreeMap<Arc<str>, BTreeSet<Key>>;

/// What attaching traces gave beside edges.
#[derive(Debug, Default)]
pub(super) struct Attached {
    /// Services and the slots that they are, with the rule.
    pub matches: Vec<(Arc<str>, usize, MatchRule)>,
    /// Requests that came in from outside, by slot, in thousandths.
    pub traffic: BTreeMap<usize, u64>,
    /// Ambiguities.
    pub problems: Vec<Problem>,
}

impl Attached {
    /// The matches with final ids, sorted.
    pub fn matches(&self, order: &[u32]) -> Vec<Match> {
        let place = |slot: usize| ComponentId(order[slot]);
        let matches = self.matches.iter();
        let mut placed: Vec<Match> = matches
            .map(|(service, slot, rule)| Match { service: service.clone(), component: place(*slot), rule: *rule })
            .collect();
        placed.sort();
        placed
    }

    /// Shares of the traffic that comes in, with final ids.
    pub fn traffic(&self, order: &[u32]) -> Vec<(ComponentId, f64)> {
        let total: f64 = self.traffic.values().map(|&n| n as f64).sum();
        self.traffic.iter().map(|(&slot, &n)| (ComponentId(order[slot]), n as f64 / total)).collect()
    }
}

/// Collects the `service.name` values that manifests set.
pub(super) fn service_names(facts: &Facts) -> ServiceNames {
    let mut names = ServiceNames::new();
    for component in &facts.components {
        if let Some(name) = &component.service_name {
            names.entry(name.clone()).or_default().insert(component.key.clone());
        }
    }
    names
}

/// Adds what traces saw to `parts` and `edges`.
pub(super) fn attach(
    summary: &Summary,
    service_names: &ServiceNames,
    parts: &mut Parts,
    names: &Names,
    edges: &mut Vec<Edge>,
) -> Attached {
    let mut attached = Attached::default();
    let mut slots: BTreeMap<&ServiceKey, usize> = BTreeMap::new();
    for (service, seen) in &summary.services {
        let found = find(service, &seen.identities, service_names, parts, names, &mut attached.problems);
        let (slot, rule) = found.unwrap_or_else(|| (own_component(service, parts), MatchRule::Own));
        slots.insert(service, slot);
        attached.matches.push((shown(service).into(), slot, rule));
        parts.traced(slot, seen.spans);
        let entries = seen.operations.values().fold(0u64, |sum, o| sum.saturating_add(o.entries_adjusted));
        if entries > 0 {
            *attached.traffic.entry(slot).or_default() += entries;
        }
    }
    let mut requests: BTreeMap<usize, u64> = BTreeMap::new();
    for (service, &slot) in &slots {
        *requests.entry(slot).or_default() += summary.requests(service);
    }
    let nodes = merged_nodes(summary);
    let mut pairs: BTreeMap<(usize, usize, Mode), (Interaction, Observed)> = BTreeMap::new();
    for (key, edge) in &summary.edges {
        let Some(&from) = slots.get(&key.from) else { continue };
        let to = match &key.to {
            Endpoint::Service(service) => match slots.get(service) {
                Some(&slot) => slot,
                None => own_component(service, parts),
            },
            Endpoint::Node(node) => node_slot(nodes.get(node).unwrap_or(node), from, parts, names, edges),
        };
        if from == to {
            continue;
        }
        let calls = edge.total();
        let (_, observed) =
            pairs.entry((from, to, key.mode)).or_insert_with(|| (interaction(key, &calls), Observed::default()));
        let per_operation = edge.operations.iter().map(|(name, calls)| {
            let of = summary.services.get(&key.from).and_then(|s| s.operations.get(name)).map_or(0, |o| o.requests);
            ObservedOperation {
                name: name.as_str().into(),
                share: part(calls.requests, of),
                calls: calls.calls,
                errors: calls.errors,
            }
        });
        observed.operations.extend(per_operation);
        observed.add(&calls, requests.get(&from).copied().unwrap_or(0));
    }
    for ((from, to, _), (interaction, mut observed)) in pairs {
        observed.operations.sort_by(|a, b| a.name.cmp(&b.name));
        let target = Target::Component(parts.key(to).clone());
        let evidence = Evidence::new(Location::start("".into()), "traces");
        let mut fact = DependencyFact::new(parts.key(from).clone(), target, interaction, evidence);
        fact.confidence = Confidence::Observed;
        fact.interaction_stated = false;
        edges.push(Edge { from, to, group: None, fallback: None, fact: Arc::new(fact), observed: Some(observed) });
    }
    attached
}

fn part(n: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| (n as f64 / of as f64).min(1.0))
}

/// `namespace/name`, or the name alone.
fn shown(service: &ServiceKey) -> String {
    if service.namespace.is_empty() { service.name.clone() } else { format!("{}/{}", service.namespace, service.name) }
}

/// What the calls are, as far as they say: stores tell reads from writes.
fn interaction(key: &EdgeKey, calls: &crate::facts::traces::Calls) -> Interaction {
    match key.mode {
        Mode::Publish => Interaction::AsyncPublish,
        Mode::Consume => Interaction::AsyncConsume,
        Mode::Call if calls.reads > 0 && calls.reads == calls.calls => Interaction::Read,
        Mode::Call if calls.writes > 0 && calls.writes == calls.calls => Interaction::Write,
        Mode::Call => Interaction::Sync,
    }
}

fn find(
    service: &ServiceKey,
    identities: &BTreeSet<Identity>,
    service_names: &ServiceNames,
    parts: &Parts,
    names: &Names,
    problems: &mut Vec<Problem>,
) -> Option<(usize, MatchRule)> {
    let runs = |slots: Vec<usize>| -> Vec<usize> {
        slots.into_iter().filter(|&s| matches!(parts.key(s).class, Class::Workload | Class::Job)).collect()
    };
    let in_kubernetes = |identity: &Identity| -> Vec<usize> {
        let named = |class| parts.named(class, &identity.namespace, &identity.workload).to_vec();
        [Class::Workload, Class::Job].into_iter().flat_map(named).collect()
    };
    let stated = || {
        let keys = service_names.get(service.name.as_str()).into_iter().flatten();
        keys.flat_map(|key| parts.slots_of(key).to_vec()).collect()
    };
    let rules: [(MatchRule, &dyn Fn() -> Vec<usize>); 6] = [
        (MatchRule::Alias, &|| names.alias(&service.name)),
        (MatchRule::KubernetesAttributes, &|| identities.iter().flat_map(in_kubernetes).collect()),
        (MatchRule::StatedServiceName, &stated),
        (MatchRule::HostName, &|| names.answering(&service.namespace, &service.name)),
        (MatchRule::Name, &|| names.labelled(&service.name)),
        (MatchRule::NormalisedName, &|| names.normalised(&service.name)),
    ];
    for (rule, matching) in rules {
        let mut found = runs(matching());
        found.sort_unstable();
        found.dedup();
        match narrowed(found, service, identities, parts).as_slice() {
            [] => {}
            [one] => return Some((*one, rule)),
            several => {
                let candidates: Vec<String> = several.iter().map(|&s| describe(parts.key(s))).collect();
                let reason = format!("service `{}` of the traces could be {}", shown(service), candidates.join(" or "));
                let remedy = "say which in [alias] of linchpin.toml; until then it is a component of its own";
                problems.push(Problem::new(Location::start("traces".into()), reason).remedy(remedy));
                return None;
            }
        }
    }
    None
}

fn describe(key: &Key) -> String {
    let namespace = key.namespace.as_deref().unwrap_or("");
    format!("{namespace}/{} in {}", key.name, key.scope)
}

/// Of several candidates those in the service's own namespace, then those in Kubernetes (DESIGN section 12, Scopes).
fn narrowed(found: Vec<usize>, service: &ServiceKey, identities: &BTreeSet<Identity>, parts: &Parts) -> Vec<usize> {
    let narrow = |slots: Vec<usize>, keep: &dyn Fn(&Key) -> bool| -> Vec<usize> {
        let kept: Vec<usize> = slots.iter().copied().filter(|&s| keep(parts.key(s))).collect();
        if kept.is_empty() { slots } else { kept }
    };
    let spaces: BTreeSet<&str> =
        identities.iter().map(|i| i.namespace.as_str()).chain([service.namespace.as_str()]).collect();
    let found = narrow(found, &|key| key.namespace.as_deref().is_some_and(|ns| spaces.contains(ns)));
    let found = narrow(found, &|key| key.scope.starts_with("kubernetes"));
    narrow(found, &|key| &*key.scope == "kubernetes")
}

/// The component of a service that no manifest knows.
fn own_component(service: &ServiceKey, parts: &mut Parts) -> usize {
    let scope: Arc<str> = TRACES.into();
    let mut key = Key::new(&scope, Class::Workload, &service.namespace, &service.name);
    key.namespace = key.namespace.filter(|ns| !ns.is_empty());
    parts.slot_or_bare(key, Kind::Service)
}

/// Stores that some callers name without a namespace are the one that others name at the same place, if there is only
/// one (DESIGN section 12, Databases seen in traces).
fn merged_nodes(summary: &Summary) -> BTreeMap<Node, Node> {
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

/// The slot of something that nobody instrumented: the manifest's component if its host is one, else its own.
fn node_slot(node: &Node, from: usize, parts: &mut Parts, names: &Names, edges: &mut Vec<Edge>) -> usize {
    let hosted = host_slot(&node.address, from, parts, names);
    match node.kind {
        Kind::Queue => {
            let mut key = Key::global(Class::Workload, if node.name.is_empty() { &node.address } else { &node.name });
            key.namespace = Some(node.system.as_str().into());
            let queue = parts.slot_or_bare(key, Kind::Queue);
            if let Some(broker) = hosted.filter(|&b| b != queue) {
                on_broker(queue, broker, parts, edges);
            }
            queue
        }
        _ if hosted.is_some() => hosted.unwrap_or(from),
        Kind::Datastore | Kind::Cache => {
            let port = node.port.map(|p| format!(":{p}")).unwrap_or_default();
            let mut key = Key::global(Class::Workload, if node.name.is_empty() { "*" } else { &node.name });
            key.namespace = Some(format!("{}{port}", node.address).into());
            parts.slot_or_bare(key, node.kind)
        }
        kind => {
            let name = if node.address.is_empty() { &node.name } else { &node.address };
            let known = names.labelled(name).into_iter().find(|&s| parts.component(s).kind == kind);
            known.unwrap_or_else(|| parts.slot_or_bare(Key::global(kind.class(), name), kind))
        }
    }
}

/// Who answers at a host, from the caller's point of view; a host outside that a manifest names already is that one.
fn host_slot(address: &str, from: usize, parts: &Parts, names: &Names) -> Option<usize> {
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
        Some(parts) if is_cluster_name(&host) => parts,
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
