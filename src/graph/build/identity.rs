//! Which facts speak of the same component, and what it is called.

use crate::facts::{Assumable, Class, ComponentFact, EntryFact, Evidence, Key, Kind, NATIVE, Settings};
use crate::graph::model::{Component, Entry, Replicas};
use crate::source::Location;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Components while the graph is being built: a slot each, found by key.
#[derive(Debug, Default)]
pub(super) struct Parts {
    slots: Vec<(Key, Component)>,
    by_key: FxHashMap<Key, usize>,
    /// Native keys and the slots that they extend.
    extended: FxHashMap<Key, Vec<usize>>,
    by_name: FxHashMap<(Class, Arc<str>, Arc<str>), Vec<usize>>,
}

impl Parts {
    /// The slots that a key stands for: one, or those that a native document extends.
    pub fn slots_of(&self, key: &Key) -> &[usize] {
        if let Some(slots) = self.extended.get(key) {
            return slots;
        }
        self.by_key.get(key).map_or(&[], std::slice::from_ref)
    }

    /// The slot of a key, made if it is not there.
    pub fn slot_or_insert(&mut self, key: &Key, make: impl FnOnce() -> ComponentFact) -> usize {
        if let Some(&slot) = self.slots_of(key).first() {
            return slot;
        }
        self.insert(make())
    }

    /// The slot of a component that only traces know.
    pub fn slot_or_bare(&mut self, key: Key, kind: Kind) -> usize {
        if let Some(&slot) = self.slots_of(&key).first() {
            return slot;
        }
        let nowhere = Evidence::new(Location::start("".into()), "traces");
        let slot = self.insert(ComponentFact::new(key, kind, nowhere));
        self.slots[slot].1.evidence.clear();
        slot
    }

    /// Notes that a component recorded spans itself.
    pub fn traced(&mut self, slot: usize, spans: u64) {
        let component = &mut self.slots[slot].1;
        component.spans = component.spans.saturating_add(spans);
    }

    /// Notes how long half of a component's requests took at most, in milliseconds.
    pub fn lasted(&mut self, slot: usize, median_ms: Option<f64>) {
        self.slots[slot].1.seen_ms = median_ms;
    }

    /// A component in the making.
    pub fn component(&self, slot: usize) -> &Component {
        &self.slots[slot].1
    }

    /// The key of a slot.
    pub fn key(&self, slot: usize) -> &Key {
        &self.slots[slot].0
    }

    /// All slots.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Key, &Component)> {
        self.slots.iter().enumerate().map(|(i, (key, component))| (i, key, component))
    }

    /// Slots of a class with this namespace and name, in any scope.
    pub fn named(&self, class: Class, namespace: &str, name: &str) -> &[usize] {
        self.by_name.get(&(class, namespace.into(), name.into())).map_or(&[], Vec::as_slice)
    }

    fn insert(&mut self, fact: ComponentFact) -> usize {
        let slot = self.slots.len();
        let key = fact.key.clone();
        let namespace: Arc<str> = key.namespace.clone().unwrap_or_else(|| "".into());
        self.by_name.entry((key.class, namespace, key.name.clone())).or_default().push(slot);
        self.by_key.insert(key.clone(), slot);
        self.slots.push((key, component(&[&fact])));
        slot
    }

    /// The components sorted by their final ids, and for each slot its place in that order.
    pub fn sorted(self) -> (Vec<Component>, Vec<u32>) {
        let ids = ids(&self.slots);
        let mut order: Vec<usize> = (0..self.slots.len()).collect();
        order.sort_by(|&a, &b| ids[a].cmp(&ids[b]));
        let mut place = vec![0u32; order.len()];
        for (at, &slot) in (0u32..).zip(&order) {
            place[slot] = at;
        }
        let mut components: Vec<Option<Component>> = self.slots.into_iter().map(|(_, c)| Some(c)).collect();
        let sorted = order
            .iter()
            .filter_map(|&slot| {
                let mut component = components[slot].take()?;
                component.id = ids[slot].clone();
                Some(component)
            })
            .collect();
        (sorted, place)
    }
}

/// Merges facts with equal keys; native facts extend what other readers found (DESIGN section 12, Kind, name,
/// namespace, and Native manifest).
pub(super) fn merge(mut facts: Vec<ComponentFact>) -> Parts {
    facts.sort_by(|a, b| (&a.key, &a.evidence, &a.variant).cmp(&(&b.key, &b.evidence, &b.variant)));
    let (native, discovered): (Vec<_>, Vec<_>) = facts.into_iter().partition(|f| &*f.key.scope == NATIVE);
    let mut groups: Vec<(Key, Vec<ComponentFact>)> = Vec::new();
    for fact in discovered {
        match groups.last_mut() {
            Some((key, members)) if *key == fact.key => members.push(fact),
            _ => groups.push((fact.key.clone(), vec![fact])),
        }
    }
    let mut parts = Parts::default();
    let mut by_name: FxHashMap<(Arc<str>, Arc<str>), Vec<usize>> = FxHashMap::default();
    for (i, (key, _)) in groups.iter().enumerate() {
        let namespace = key.namespace.clone().unwrap_or_else(|| "".into());
        by_name.entry((namespace, key.name.clone())).or_default().push(i);
    }
    let mut own: Vec<(Key, Vec<ComponentFact>)> = Vec::new();
    let mut extensions: Vec<(Key, Vec<usize>)> = Vec::new();
    for fact in native {
        let namespace = fact.key.namespace.clone().unwrap_or_else(|| "".into());
        let found = by_name.get(&(namespace, fact.key.name.clone())).map_or(&[][..], Vec::as_slice);
        let extends = extended(&groups, found, fact.key.class);
        if extends.is_empty() {
            match own.last_mut() {
                Some((key, members)) if *key == fact.key => members.push(fact),
                _ => own.push((fact.key.clone(), vec![fact])),
            }
        } else {
            for &i in &extends {
                groups[i].1.push(fact.clone());
            }
            extensions.push((fact.key, extends));
        }
    }
    for (key, members) in groups.into_iter().chain(own) {
        let slot = parts.slots.len();
        let namespace: Arc<str> = key.namespace.clone().unwrap_or_else(|| "".into());
        parts.by_name.entry((key.class, namespace, key.name.clone())).or_default().push(slot);
        parts.by_key.insert(key.clone(), slot);
        let members: Vec<&ComponentFact> = members.iter().collect();
        parts.slots.push((key, component(&members)));
    }
    parts.extended = extensions.into_iter().collect();
    parts
}

/// The groups that a native document extends: among those of its namespace and name, its own class before others (a
/// native kind may correct a discovered one), Kubernetes' scopes before the only other one.
fn extended(groups: &[(Key, Vec<ComponentFact>)], found: &[usize], class: Class) -> Vec<usize> {
    let runs = |c: Class| matches!(c, Class::Workload | Class::Job);
    let same: Vec<usize> = found.iter().copied().filter(|&i| groups[i].0.class == class).collect();
    let near = || -> Vec<usize> { found.iter().copied().filter(|&i| runs(class) && runs(groups[i].0.class)).collect() };
    let candidates = if same.is_empty() { near() } else { same };
    let kubernetes: Vec<usize> =
        candidates.iter().copied().filter(|&i| groups[i].0.scope.starts_with("kubernetes")).collect();
    if !kubernetes.is_empty() {
        kubernetes
    } else if candidates.len() == 1 {
        candidates
    } else {
        Vec::new()
    }
}

/// One component from all that is said of it. Redundancy is the weakest variant's.
fn component(facts: &[&ComponentFact]) -> Component {
    let first = facts[0];
    let native = || facts.iter().rev().filter(|f| f.native);
    let kind = native()
        .map(|f| f.kind)
        .next()
        .or_else(|| facts.iter().find(|f| f.kind_stated).map(|f| f.kind))
        .or_else(|| facts.iter().map(|f| f.kind).find(|k| *k != Kind::Service))
        .unwrap_or(first.kind);
    let mut aliases: Vec<Arc<str>> =
        facts.iter().flat_map(|f| f.aliases.iter().chain(&f.service_name)).cloned().collect();
    aliases.retain(|a| *a != first.key.name);
    aliases.sort();
    aliases.dedup();
    let mut variants: Vec<Arc<str>> = facts.iter().filter(|f| !f.native).map(|f| f.variant.clone()).collect();
    variants.sort();
    variants.dedup();
    if variants.len() < 2 {
        variants.clear();
    }
    let mut evidence: Vec<_> = facts.iter().map(|f| f.evidence.clone()).collect();
    evidence.sort();
    evidence.dedup();
    let mut profiles: Vec<Arc<str>> = facts.iter().flat_map(|f| &f.profiles).cloned().collect();
    profiles.sort();
    profiles.dedup();
    if facts.iter().any(|f| f.profiles.is_empty() && !f.native) {
        profiles.clear();
    }
    let images: BTreeSet<Arc<str>> = facts.iter().flat_map(|f| &f.images).cloned().collect();
    let (replicas, off) = replicas(facts);
    Component {
        id: "".into(),
        kind,
        name: first.key.name.clone(),
        namespace: first.key.namespace.clone(),
        scope: first.key.scope.clone(),
        aliases,
        replicas,
        spread: facts.iter().filter_map(|f| f.spread.clone()).min(),
        off,
        entry: entry(facts),
        profiles,
        images: images.into_iter().collect(),
        telemetry: facts.iter().any(|f| f.telemetry),
        spans: 0,
        seen_rps: None,
        seen_ms: None,
        owner: native().chain(facts).find_map(|f| f.owner.clone()),
        settings: settings(facts),
        variants,
        evidence,
    }
}

fn replicas(facts: &[&ComponentFact]) -> (Option<Replicas>, bool) {
    let need = facts.iter().rev().find_map(|f| f.need.as_ref()).map_or(1, |n| n.value);
    let stated = facts.iter().rev().filter(|f| f.native).find_map(|f| f.replicas.as_ref().filter(|r| r.explicit));
    if let Some(stated) = stated {
        let count = stated.value;
        return (Some(Replicas { count, need, explicit: true, varies: false }), count == 0);
    }
    let known: Vec<_> = facts.iter().filter(|f| !f.native).filter_map(|f| f.replicas.as_ref()).collect();
    let known = if known.is_empty() { facts.iter().filter_map(|f| f.replicas.as_ref()).collect() } else { known };
    let off = !known.is_empty() && known.iter().all(|r| r.value == 0);
    let weakest = known.iter().filter(|r| r.value > 0).min_by_key(|r| (r.value, !r.explicit));
    let varies = |least: u32| known.iter().any(|r| r.value > least);
    let replicas =
        |r: &Assumable<u32>| Replicas { count: r.value, need, explicit: r.explicit, varies: varies(r.value) };
    (weakest.map(|r| replicas(r)), off)
}

fn entry(facts: &[&ComponentFact]) -> Option<Entry> {
    let entries: Vec<&EntryFact> = facts.iter().filter_map(|f| f.entry.as_ref()).collect();
    let origin = entries.iter().map(|e| e.origin).min()?;
    let weight = entries.iter().rev().find_map(|e| e.weight);
    Some(Entry { weight: weight.unwrap_or(1.0), weighted: weight.is_some(), origin })
}

fn settings(facts: &[&ComponentFact]) -> Settings {
    fn pick<T>(facts: &[&ComponentFact], field: impl Fn(&Settings) -> Option<T>) -> Option<T> {
        let native = facts.iter().rev().filter(|f| f.native).find_map(|f| field(&f.settings));
        native.or_else(|| facts.iter().find_map(|f| field(&f.settings)))
    }
    Settings {
        capacity_rps: pick(facts, |s| s.capacity_rps),
        capacity_concurrency: pick(facts, |s| s.capacity_concurrency),
        load_rps: pick(facts, |s| s.load_rps),
        shed_rps: pick(facts, |s| s.shed_rps),
        p50_ms: pick(facts, |s| s.p50_ms),
        p99_ms: pick(facts, |s| s.p99_ms),
        timeout_ms: pick(facts, |s| s.timeout_ms),
        drain_ms: pick(facts, |s| s.drain_ms),
        hit_rate: pick(facts, |s| s.hit_rate),
        deliveries: pick(facts, |s| s.deliveries),
        dead_letter: pick(facts, |s| s.dead_letter),
        retention_ms: pick(facts, |s| s.retention_ms),
        visibility_ms: pick(facts, |s| s.visibility_ms),
        rollout_unavailable: pick(facts, |s| s.rollout_unavailable),
        rollout_surge: pick(facts, |s| s.rollout_surge),
    }
}

/// `kind:namespace/name`; where several components would share that, `@scope` tells them apart, and the one of the
/// scope `kubernetes` goes without.
fn ids(slots: &[(Key, Component)]) -> Vec<Arc<str>> {
    let plain: Vec<String> = slots
        .iter()
        .map(|(_, c)| match &c.namespace {
            Some(namespace) if !namespace.is_empty() => format!("{}:{namespace}/{}", c.kind, c.name),
            _ => format!("{}:{}", c.kind, c.name),
        })
        .collect();
    let mut groups: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (i, id) in plain.iter().enumerate() {
        groups.entry(id).or_default().push(i);
    }
    let family = |i: usize| slots[i].0.scope.split(':').next().unwrap_or("").to_owned();
    plain
        .iter()
        .enumerate()
        .map(|(i, id)| {
            let group = &groups[id.as_str()];
            let scope = &*slots[i].0.scope;
            if group.len() == 1 || scope == "kubernetes" {
                return id.as_str().into();
            }
            let mine = family(i);
            let alone = group.iter().filter(|&&j| family(j) == mine).count() == 1;
            let kubernetes = mine == "kubernetes";
            let suffix = match scope.split_once(':') {
                Some(_) if alone && !kubernetes => mine,
                Some((_, rest)) if kubernetes => rest.to_owned(),
                _ => scope.to_owned(),
            };
            if kubernetes && alone { id.as_str().into() } else { format!("{id}@{suffix}").into() }
        })
        .collect()
}
