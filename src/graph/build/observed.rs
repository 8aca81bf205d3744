//! What traces saw, put on the graph: who was called, and how that went.

use super::identity::Parts;
use super::matching::{Found, ServiceNames, TRACES, find};
use super::names::Names;
use super::nodes::{self, Caller, Traced};
use super::offered::Offered;
use super::resolve::Edge;
use crate::facts::traces::{Calls, Endpoint, Mode, ServiceKey, Sketch, Summary};
use crate::facts::{Class, Confidence, DependencyFact, Evidence, Interaction, Key, Kind, Target};
use crate::graph::model::{ComponentId, Match, MatchRule, Observed};
use crate::source::{Location, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What attaching traces gave beside edges.
#[derive(Debug, Default)]
pub(super) struct Attached {
    /// Services and the slots that they are, with the rule and the slots of other scopes that fit as well.
    pub matches: Vec<(Arc<str>, usize, MatchRule, Vec<usize>)>,
    /// Requests that came in from outside, by slot, in thousandths.
    pub traffic: BTreeMap<usize, u64>,
    /// The same per second, with whatever else no traced caller accounts for.
    pub offered: Offered,
    /// What else was called while a call was running, and how often: by caller, callee and the other callee.
    pub parallel: BTreeMap<(usize, usize, usize), u64>,
    /// Ambiguities.
    pub problems: Vec<Problem>,
}

impl Attached {
    /// The matches with final ids, sorted.
    pub fn matches(&self, order: &[u32]) -> Vec<Match> {
        let place = |&slot: &usize| ComponentId(order[slot]);
        let placed = self.matches.iter().map(|(service, slot, rule, also)| {
            let mut also: Vec<ComponentId> = also.iter().map(place).collect();
            also.sort_unstable();
            Match { service: service.clone(), component: place(slot), rule: *rule, also }
        });
        let mut placed: Vec<Match> = placed.collect();
        placed.sort();
        placed
    }

    /// Requests per second that come in, with final ids.
    pub fn offered(&self, order: &[u32]) -> Vec<(ComponentId, f64)> {
        self.offered.rps.iter().map(|(&slot, &rps)| (ComponentId(order[slot]), rps)).collect()
    }

    /// What ran in parallel, with final ids.
    pub fn parallel(&self, order: &[u32]) -> BTreeMap<(ComponentId, ComponentId), Vec<(ComponentId, u64)>> {
        let place = |slot: usize| ComponentId(order[slot]);
        let mut placed: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (&(from, to, with), &times) in &self.parallel {
            placed.entry((place(from), place(to))).or_default().push((place(with), times));
        }
        placed.values_mut().for_each(|with| with.sort_unstable());
        placed
    }

    /// Shares of the traffic that comes in, with final ids.
    pub fn traffic(&self, order: &[u32]) -> Vec<(ComponentId, f64)> {
        let total: f64 = self.traffic.values().map(|&n| n as f64).sum();
        self.traffic.iter().map(|(&slot, &n)| (ComponentId(order[slot]), n as f64 / total)).collect()
    }
}

/// Calls by caller, callee, and what they are; within, by operation of the caller.
pub(super) type Pairs<'a> = BTreeMap<(usize, usize, Mode), BTreeMap<&'a str, Calls>>;

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
        let (slot, rule, also) = match find(service, &seen.identities, service_names, parts, names) {
            Found::One { slot, rule, also } => (slot, rule, also),
            Found::Several(candidates) => {
                attached.problems.push(ambiguous(service, &candidates, parts));
                (own_component(service, parts), MatchRule::Own, Vec::new())
            }
            Found::Nothing => (own_component(service, parts), MatchRule::Own, Vec::new()),
        };
        slots.insert(service, slot);
        attached.matches.push((shown(service).into(), slot, rule, also));
        parts.traced(slot, seen.spans);
        let entries = seen.operations.values().fold(0u64, |sum, o| sum.saturating_add(o.entries_adjusted));
        if entries > 0 {
            *attached.traffic.entry(slot).or_default() += entries;
        }
    }
    let traced = Traced::new(&slots);
    let merged = nodes::merged(summary);
    let mut pairs: Pairs<'_> = BTreeMap::new();
    let mut providers: BTreeMap<(&ServiceKey, &Endpoint), usize> = BTreeMap::new();
    for (key, edge) in &summary.edges {
        let Some(&from) = slots.get(&key.from) else { continue };
        let to = match &key.to {
            Endpoint::Service(service) => match slots.get(service) {
                Some(&slot) => slot,
                None => own_component(service, parts),
            },
            Endpoint::Node(node) => {
                let caller = Caller { service: &key.from, slot: from };
                nodes::slot(merged.get(node).unwrap_or(node), &caller, &traced, parts, names, edges)
            }
        };
        providers.insert((&key.from, &key.to), to);
        if from != to {
            let operations = pairs.entry((from, to, key.mode)).or_default();
            edge.operations.iter().for_each(|(name, calls)| operations.entry(name).or_default().merge(calls));
        }
    }
    for (key, edge) in &summary.edges {
        let to_slot = |to: &Endpoint| providers.get(&(&key.from, to)).copied();
        let (Some(&from), Some(to)) = (slots.get(&key.from), to_slot(&key.to)) else { continue };
        for (with, &times) in &edge.parallel {
            // Two names of one component are no two providers.
            if let Some(with) = to_slot(with).filter(|&with| with != to && with != from) {
                let sum = attached.parallel.entry((from, to, with)).or_default();
                *sum = sum.saturating_add(times);
            }
        }
    }
    let mut requests: BTreeMap<usize, BTreeMap<&str, u64>> = BTreeMap::new();
    let mut durations: BTreeMap<usize, Sketch> = BTreeMap::new();
    for (service, &slot) in &slots {
        let handled = requests.entry(slot).or_default();
        for (name, operation) in summary.services.get(service).into_iter().flat_map(|s| &s.operations) {
            let sum = handled.entry(name).or_default();
            *sum = sum.saturating_add(operation.requests);
            durations.entry(slot).or_default().merge(&operation.latency);
        }
    }
    for (slot, durations) in durations {
        parts.lasted(slot, durations.quantile(0.5).map(|ns| ns / 1e6));
    }
    attached.offered = Offered::of(summary, &slots, &pairs);
    for ((from, to, mode), operations) in pairs {
        let observed = Observed::of(&operations, requests.get(&from).unwrap_or(&BTreeMap::new()));
        let target = Target::Component(parts.key(to).clone());
        let evidence = Evidence::new(Location::start("".into()), "traces");
        let interaction = interaction(mode, operations.values());
        let mut fact = DependencyFact::new(parts.key(from).clone(), target, interaction, evidence);
        fact.confidence = Confidence::Observed;
        fact.interaction_stated = false;
        edges.push(Edge { from, to, group: None, fallback: None, fact: Arc::new(fact), observed: Some(observed) });
    }
    attached
}

/// `namespace/name`, or the name alone.
fn shown(service: &ServiceKey) -> String {
    if service.namespace.is_empty() { service.name.clone() } else { format!("{}/{}", service.namespace, service.name) }
}

/// What the calls are, as far as they say: stores tell reads from writes.
fn interaction<'a>(mode: Mode, calls: impl Iterator<Item = &'a Calls> + Clone) -> Interaction {
    let sum = |of: fn(&Calls) -> u64| calls.clone().map(of).fold(0, u64::saturating_add);
    let (all, reads, writes) = (sum(|c| c.calls), sum(|c| c.reads), sum(|c| c.writes));
    match mode {
        Mode::Publish => Interaction::AsyncPublish,
        Mode::Consume => Interaction::AsyncConsume,
        Mode::Call if reads > 0 && reads == all => Interaction::Read,
        Mode::Call if writes > 0 && writes == all => Interaction::Write,
        Mode::Call => Interaction::Sync,
    }
}

/// Several components fit a service equally well.
fn ambiguous(service: &ServiceKey, candidates: &[usize], parts: &Parts) -> Problem {
    const NAMED: usize = 3;
    let keys = || candidates.iter().map(|&slot| parts.key(slot));
    let one_scope = keys().map(|key| &key.scope).collect::<BTreeSet<_>>().len() == 1;
    let described = keys().take(NAMED).map(|key| match &key.namespace {
        Some(namespace) => format!("{namespace}/{} in {}", key.name, key.scope),
        None => format!("{} in {}", key.name, key.scope),
    });
    let more = match candidates.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" or {more} more"),
    };
    let described = described.collect::<Vec<_>>().join(" or ");
    let reason = format!("service `{}` of the traces could be {described}{more}", shown(service));
    let remedy = if one_scope {
        "say which in [alias] of linchpin.toml; until then it is a component of its own"
    } else {
        "choose one scope with --scope, or say which in [alias] of linchpin.toml; until then it is a component of its own"
    };
    Problem::new(Location::start("traces".into()), reason).remedy(remedy)
}

/// The component of a service that no manifest knows.
fn own_component(service: &ServiceKey, parts: &mut Parts) -> usize {
    let scope: Arc<str> = TRACES.into();
    let mut key = Key::new(&scope, Class::Workload, &service.namespace, &service.name);
    key.namespace = key.namespace.filter(|ns| !ns.is_empty());
    parts.slot_or_bare(key, Kind::Service)
}
