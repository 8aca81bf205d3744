//! Public hosts as names: who answers to them, and whose own addresses they are.

use crate::facts::kubernetes::{cluster::Cluster, hosts};
use crate::facts::{Answer, Class, Evidence, Facts, Key, NameFact, Target};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// The entries behind each public host.
#[derive(Default)]
pub(super) struct Hosts(BTreeMap<String, Host>);

struct Host {
    /// Each entry, and whether it takes every path that no other entry takes.
    entries: BTreeMap<Key, bool>,
    evidence: Evidence,
}

impl Hosts {
    /// Adds entries of a host; the first evidence stands.
    pub(super) fn add<'a>(&mut self, host: String, entries: impl Iterator<Item = (&'a Key, bool)>, evidence: Evidence) {
        let host = self.0.entry(host).or_insert_with(|| Host { entries: BTreeMap::new(), evidence });
        for (key, whole) in entries {
            *host.entries.entry(key.clone()).or_default() |= whole;
        }
    }

    /// Makes hosts names, and forgets references of workloads to hosts that lead to themselves: a program is told its
    /// public address to write it into links, not to call itself through the gateway.
    pub(super) fn link(self, cluster: &Cluster<'_>, facts: &mut Facts) {
        let behind = behind(facts);
        let own = |name: &str, workload: &Key| {
            let entries = self.0.get(name).into_iter().flat_map(|host| host.entries.keys());
            entries.filter_map(|entry| behind.get(entry)).any(|workloads| workloads.contains(workload))
        };
        facts.dependencies.retain(|dependency| {
            let mut hosts = hosts(&dependency.to).peekable();
            hosts.peek().is_none() || !hosts.all(|host| own(host, &dependency.from))
        });
        for (name, Host { entries, evidence }) in self.0 {
            // Where the path decides and is not known, it is what the host leads to by itself, if anything.
            let whole: Vec<Key> = entries.iter().filter(|(_, whole)| **whole).map(|(key, _)| key.clone()).collect();
            let answering = if whole.is_empty() { entries.into_keys().collect() } else { whole };
            facts.names.push(NameFact {
                scope: cluster.scope.clone(),
                namespace: None,
                name: name.into(),
                answer: Answer::Components(answering),
                evidence,
            });
        }
    }
}

/// The workloads that each entry leads to.
fn behind(facts: &Facts) -> FxHashMap<Key, FxHashSet<Key>> {
    let mut services: FxHashMap<(&str, &str), &[Key]> = FxHashMap::default();
    for name in &facts.names {
        if let (Answer::Components(keys), Some(namespace)) = (&name.answer, &name.namespace) {
            services.insert((namespace, &name.name), keys);
        }
    }
    let mut behind: FxHashMap<Key, FxHashSet<Key>> = FxHashMap::default();
    for dependency in facts.dependencies.iter().filter(|d| d.from.class == Class::Entry) {
        if let Target::Name { namespace, name } = &dependency.to
            && let Some(keys) = services.get(&(&**namespace, &**name))
        {
            behind.entry(dependency.from.clone()).or_default().extend(keys.iter().cloned());
        }
    }
    behind
}
