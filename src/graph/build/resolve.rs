//! Every dependency's target, from the dependent's point of view.

use super::identity::Parts;
use super::names::{Meaning, Names, cluster_name, is_cluster_name};
use crate::facts::address::Address;
use crate::facts::{Class, ComponentFact, DependencyFact, Evidence, Facts, Group, Key, Kind, Target};
use crate::graph::model::{ComponentId, Observed, Unresolved};
use rayon::prelude::*;
use std::sync::Arc;

/// A dependency between slots.
#[derive(Debug)]
pub(super) struct Edge {
    pub from: usize,
    pub to: usize,
    pub group: Option<Group>,
    pub fallback: Option<usize>,
    pub fact: Arc<DependencyFact>,
    /// What traces saw of it.
    pub observed: Option<Observed>,
}

/// A reference to nothing, between slots.
#[derive(Debug)]
pub(super) struct Miss {
    from: usize,
    target: Arc<str>,
    why: &'static str,
    evidence: Evidence,
}

impl Miss {
    /// The same with final ids.
    pub fn placed(self, order: &[u32]) -> Unresolved {
        let from = ComponentId(order[self.from]);
        Unresolved { from, target: self.target, why: self.why.into(), evidence: self.evidence }
    }
}

/// All edges and misses.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub edges: Vec<Edge>,
    pub unresolved: Vec<Miss>,
    /// References by people to names that no manifest gives to anything.
    pending: Vec<Pending>,
}

#[derive(Debug)]
struct Pending {
    from: usize,
    fallback: Option<usize>,
    fact: Arc<DependencyFact>,
}

impl Resolved {
    /// A name that no manifest gives to anything may be that of a host outside the input that somebody calls, or was seen
    /// calling. To be asked when all of those are known.
    pub fn outside(&mut self, parts: &Parts) {
        for Pending { from, fallback, fact } in std::mem::take(&mut self.pending) {
            let Target::Reference(name) = &fact.to else { continue };
            match parts.slots_of(&Key::global(Class::External, name)).first() {
                Some(&to) => {
                    let group = fact.group.clone();
                    self.edges.push(Edge { from, to, group, fallback, fact, observed: None });
                }
                None => {
                    let (target, evidence) = (name.clone(), fact.evidence.clone());
                    self.unresolved.push(Miss { from, target, why: NO_SUCH_NAME, evidence });
                }
            }
        }
    }
}

const NO_SUCH_NAME: &str = "nothing in the input has this name";
const NOBODY: &str = "the selector behind this name matches no workload";
const OFF: &str = "it is switched off (replicas: 0)";

/// How far a chain of names that mean other hosts (ExternalName) is followed.
const NAME_CHAIN: usize = 8;

/// Where a reference leads, before components outside the input have slots.
enum Goal {
    Slot(usize),
    Outside(Key, Kind),
}

/// What one dependency fact leads to.
#[derive(Default)]
struct Outcome {
    goals: Vec<Goal>,
    misses: Vec<(Arc<str>, &'static str)>,
    group: Option<Group>,
    fallback: Option<usize>,
}

/// Resolves all dependencies. Components that only references know of (external hosts, cloud resources, zones) are
/// added to `parts`.
pub(super) fn all(facts: &Facts, parts: &mut Parts, names: &Names) -> Resolved {
    let frozen: &Parts = parts;
    let outcomes: Vec<Outcome> = facts.dependencies.par_iter().map(|fact| outcome(fact, frozen, names)).collect();
    let mut resolved = Resolved::default();
    for (fact, outcome) in facts.dependencies.iter().zip(outcomes) {
        let from: Vec<usize> = parts.slots_of(&fact.from).to_vec();
        let shared = Arc::new(fact.clone());
        let several = outcome.goals.len() > 1;
        for goal in outcome.goals {
            let to = match goal {
                Goal::Slot(slot) => slot,
                Goal::Outside(key, kind) => {
                    parts.slot_or_insert(&key, || ComponentFact::new(key.clone(), kind, fact.evidence.clone()))
                }
            };
            for &from in &from {
                if from == to || !reachable(parts, from, to, fact) {
                    continue;
                }
                if parts.component(to).off {
                    let target = parts.component(to).name.clone();
                    resolved.unresolved.push(Miss { from, target, why: OFF, evidence: fact.evidence.clone() });
                    continue;
                }
                let group = outcome.group.clone().filter(|_| several || fact.group.is_some());
                resolved.edges.push(Edge {
                    from,
                    to,
                    group,
                    fallback: outcome.fallback,
                    fact: shared.clone(),
                    observed: None,
                });
            }
        }
        for (target, why) in outcome.misses {
            if matches!(&fact.to, Target::Reference(name) if *name == target) && !several {
                let pending = |&from: &usize| Pending { from, fallback: outcome.fallback, fact: shared.clone() };
                resolved.pending.extend(from.iter().map(pending));
                continue;
            }
            for &from in &from {
                resolved.unresolved.push(Miss { from, target: target.clone(), why, evidence: fact.evidence.clone() });
            }
        }
    }
    resolved
}

/// A native document that extends components of several scopes means, in each, the provider of that scope.
fn reachable(parts: &Parts, from: usize, to: usize, fact: &DependencyFact) -> bool {
    let (a, b) = (&parts.key(from).scope, &parts.key(to).scope);
    !fact.native || a == b || a.is_empty() || b.is_empty() || parts.slots_of(&fact.from).len() == 1
}

fn outcome(fact: &DependencyFact, parts: &Parts, names: &Names) -> Outcome {
    let mut out = Outcome { group: fact.group.clone(), ..Outcome::default() };
    let from = parts.slots_of(&fact.from).first().map_or(&fact.from, |&slot| parts.key(slot));
    match &fact.to {
        Target::Component(key) => match parts.slots_of(key) {
            [] => out.goals.push(Goal::Outside(key.clone(), kind_of(key.class))),
            slots => out.goals.extend(slots.iter().map(|&s| Goal::Slot(s))),
        },
        Target::Name { namespace, name } => {
            let meaning = names.exact(parts, &from.scope, Some(namespace), name);
            follow(meaning, name, true, from, parts, names, &mut out);
        }
        Target::Addresses { addresses, certain } => {
            for address in addresses {
                resolve_address(address, *certain, from, parts, names, &mut out);
            }
        }
        Target::Reference(text) => match references(text, fact, parts, names) {
            slots if slots.is_empty() => out.misses.push((text.clone(), NO_SUCH_NAME)),
            slots => out.goals.extend(slots.into_iter().map(Goal::Slot)),
        },
    }
    dedup(&mut out.goals);
    if out.goals.len() > 1 && out.group.is_none() {
        let id: Arc<str> = match &fact.to {
            Target::Name { name, .. } | Target::Reference(name) => name.clone(),
            // A file is one field, whatever it lists.
            Target::Addresses { addresses, .. } => {
                let first = addresses.iter().map(Address::name).min().unwrap_or_default();
                format!("{} {first}", fact.evidence.field).into()
            }
            Target::Component(_) => fact.evidence.field.clone(),
        };
        out.group = Some(Group { id, need: 1 });
    }
    if let Some(fallback) = &fact.fallback {
        match references(fallback, fact, parts, names).as_slice() {
            [] => out.misses.push((fallback.clone(), NO_SUCH_NAME)),
            slots => out.fallback = slots.first().copied(),
        }
    }
    out
}

/// What a person's name for a component means to all the components that the dependent stands for.
fn references(text: &str, fact: &DependencyFact, parts: &Parts, names: &Names) -> Vec<usize> {
    let mut slots: Vec<usize> = match parts.slots_of(&fact.from) {
        [] => names.reference(parts, text, Some(&fact.from)),
        dependents => dependents.iter().flat_map(|&s| names.reference(parts, text, Some(parts.key(s)))).collect(),
    };
    slots.sort_unstable();
    slots.dedup();
    slots
}

fn dedup(goals: &mut Vec<Goal>) {
    let mut seen = rustc_hash::FxHashSet::default();
    goals.retain(|goal| match goal {
        Goal::Slot(slot) => seen.insert((Some(*slot), None)),
        Goal::Outside(key, _) => seen.insert((None, Some(key.clone()))),
    });
}

fn kind_of(class: Class) -> Kind {
    Kind::ALL.into_iter().find(|k| k.class() == class).unwrap_or(Kind::Service)
}

fn resolve_address(address: &Address, certain: bool, from: &Key, parts: &Parts, names: &Names, out: &mut Outcome) {
    match address {
        Address::Resource { kind, service, name } => {
            // A resource of the input is known to everybody by its name, whatever scope declares it.
            let everywhere: (Arc<str>, Arc<str>) = ("".into(), service.as_str().into());
            let found = names.exact(parts, &everywhere.0, Some(&everywhere.1), &name.to_lowercase());
            if let Some(Meaning::Slots(slots)) = found {
                out.goals.extend(slots.into_iter().map(Goal::Slot));
                return;
            }
            let mut key = Key::global(Class::Workload, name);
            key.namespace = Some(service.as_str().into());
            out.goals.push(Goal::Outside(key, *kind));
        }
        Address::Host { host, .. } => {
            let meaning = names.host(parts, from, host);
            follow(meaning, host, certain, from, parts, names, out);
        }
    }
}

/// Follows what a host means until it is components, a host outside the input, or nothing.
fn follow(
    meaning: Option<Meaning>,
    host: &str,
    certain: bool,
    from: &Key,
    parts: &Parts,
    names: &Names,
    out: &mut Outcome,
) {
    let (mut meaning, mut host, mut certain): (_, Arc<str>, _) = (meaning, host.into(), certain);
    for _ in 0..NAME_CHAIN {
        match meaning {
            Some(Meaning::Slots(slots)) => {
                out.goals.extend(slots.into_iter().map(Goal::Slot));
                return;
            }
            Some(Meaning::Nobody) => {
                out.misses.push((host, NOBODY));
                return;
            }
            Some(Meaning::Host(next)) => {
                meaning = names.host(parts, from, &next);
                (host, certain) = (next, true);
            }
            None => break,
        }
    }
    if !certain {
        return;
    }
    match outside(&host, from, names) {
        Some(name) => out.goals.push(Goal::Outside(Key::global(Class::External, &name), Kind::External)),
        None => out.misses.push((host, NO_SUCH_NAME)),
    }
}

/// The external component that an unresolved host stands for; `None` if the input would have to hold it (a bare
/// name, or a name in a namespace that the input has): DESIGN section 12, Unresolved addresses.
fn outside(host: &str, from: &Key, names: &Names) -> Option<String> {
    let host = host.trim_end_matches('.');
    if !host.contains('.') && !host.contains(':') {
        return None;
    }
    if from.scope.starts_with("kubernetes")
        && !names.is_of_another_cluster(host)
        && let Some((name, namespace)) = cluster_name(host)
    {
        if names.holds(&from.scope, namespace) {
            return None;
        }
        if is_cluster_name(host) {
            return Some(format!("{name}.{namespace}"));
        }
    }
    Some(host.to_owned())
}
