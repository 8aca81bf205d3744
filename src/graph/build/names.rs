//! Who answers to a name, from where.

use super::BuildOptions;
use super::identity::Parts;
use crate::facts::{Answer, Class, Facts, Key, Kind, NATIVE};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Components, any of which will do.
    Slots(Vec<usize>),
    /// Another host.
    Host(Arc<str>),
    /// A name whose selector matches nothing.
    Nobody,
}

/// Scope, namespace (`None`: the whole scope) and name.
type HostKey = (Arc<str>, Option<Arc<str>>, Arc<str>);

/// An index of all names of a graph in the making.
#[derive(Debug, Default)]
pub(super) struct Names {
    hosts: FxHashMap<HostKey, Meaning>,
    namespaces: FxHashSet<(Arc<str>, Arc<str>)>,
    aliases: FxHashMap<Arc<str>, Vec<usize>>,
    labels: FxHashMap<Arc<str>, Vec<usize>>,
    normalised: FxHashMap<String, Vec<usize>>,
    /// The scopes that have names.
    scopes: BTreeSet<Arc<str>>,
    /// The domain of a cluster's services, if names in other domains are those of other clusters.
    domain: Option<Arc<str>>,
}

impl Names {
    /// Indexes the names of all scopes, and the user's aliases.
    pub fn index(facts: &Facts, parts: &Parts, options: &BuildOptions) -> Self {
        let namespaces = facts.namespaces.iter().cloned().collect();
        let domain = options.cluster_domain.as_ref().map(|d| d.trim_matches('.').to_lowercase().into());
        let mut names = Self { namespaces, domain, ..Self::default() };
        let mut sorted: Vec<_> = facts.names.iter().collect();
        sorted.sort_by(|a, b| {
            (&a.scope, &a.namespace, &a.name, &a.evidence).cmp(&(&b.scope, &b.namespace, &b.name, &b.evidence))
        });
        for name in sorted {
            let meaning = match &name.answer {
                Answer::Components(keys) => {
                    let mut slots: Vec<usize> = keys.iter().flat_map(|k| parts.slots_of(k).iter().copied()).collect();
                    slots.sort_unstable();
                    slots.dedup();
                    if slots.is_empty() { Meaning::Nobody } else { Meaning::Slots(slots) }
                }
                Answer::Host(host) => Meaning::Host(host.clone()),
                Answer::Nobody => Meaning::Nobody,
            };
            names.add((name.scope.clone(), name.namespace.clone(), name.name.clone()), meaning);
            names.scopes.insert(name.scope.clone());
        }
        for (slot, key, component) in parts.iter() {
            for label in component.aliases.iter().chain([&key.name]) {
                names.labels.entry(label.clone()).or_default().push(slot);
                names.normalised.entry(normalise(label)).or_default().push(slot);
            }
        }
        for (name, component) in &options.aliases {
            let slots = names.reference(parts, &component.name, None);
            names.aliases.entry(name.to_lowercase().into()).or_default().extend(slots);
        }
        names
    }

    /// Variants of one name (base and overlay) answer together; somebody beats nobody.
    fn add(&mut self, key: HostKey, meaning: Meaning) {
        match (self.hosts.get_mut(&key), meaning) {
            (Some(Meaning::Slots(have)), Meaning::Slots(more)) => {
                have.extend(more);
                have.sort_unstable();
                have.dedup();
            }
            (Some(have @ Meaning::Nobody), other) => *have = other,
            (Some(have @ Meaning::Host(_)), slots @ Meaning::Slots(_)) => *have = slots,
            (Some(_), _) => {}
            (None, meaning) => {
                self.hosts.insert(key, meaning);
            }
        }
    }

    /// Whether a host is the name of a service in another cluster, by the domain that the user gave to this one.
    pub fn is_of_another_cluster(&self, host: &str) -> bool {
        let domain = host.trim_end_matches('.').split_once(".svc.").map(|(_, domain)| domain);
        self.domain.as_deref().zip(domain).is_some_and(|(own, domain)| own != domain)
    }

    /// What a host means to a dependent, or `None` if nobody in its scope answers to it.
    pub fn host(&self, parts: &Parts, from: &Key, host: &str) -> Option<Meaning> {
        let host = host.trim_end_matches('.');
        if let Some(slots) = self.aliases.get(host) {
            return Some(Meaning::Slots(slots.clone()));
        }
        let own = from.namespace.clone();
        if let Some(found) = self.exact(parts, &from.scope, own.as_ref(), host) {
            return Some(found);
        }
        let kubernetes = from.scope.starts_with("kubernetes") || &*from.scope == NATIVE;
        if !kubernetes || self.is_of_another_cluster(host) {
            return None;
        }
        let (name, namespace) = cluster_name(host)?;
        if let Some(found) = self.exact(parts, &from.scope, Some(&namespace.into()), name) {
            return Some(found);
        }
        // A pod of a headless Service (`cart-0.cart.shop`), or an SRV name (`_grpc._tcp.cart.shop`).
        let (_, service) = name.rsplit_once('.')?;
        self.exact(parts, &from.scope, Some(&namespace.into()), service)
    }

    /// A name in a namespace of a scope: its own names first, then whole hosts of the scope, then native components.
    pub fn exact(&self, parts: &Parts, scope: &Arc<str>, namespace: Option<&Arc<str>>, name: &str) -> Option<Meaning> {
        let get = |ns: Option<Arc<str>>| self.hosts.get(&(scope.clone(), ns, name.into())).cloned();
        let found = namespace.and_then(|ns| get(Some(ns.clone()))).or_else(|| get(None));
        if found.is_some() {
            return found;
        }
        let namespace = namespace.map_or("default", |ns| ns);
        let native: Vec<usize> = parts
            .named(Class::Workload, namespace, name)
            .iter()
            .copied()
            .filter(|&slot| &*parts.key(slot).scope == NATIVE)
            .collect();
        if !native.is_empty() {
            return Some(Meaning::Slots(native));
        }
        // An extended component answers to its native name too.
        let key = Key::new(&NATIVE.into(), Class::Workload, namespace, name);
        let extended: Vec<usize> =
            parts.slots_of(&key).iter().copied().filter(|&s| parts.key(s).scope == *scope).collect();
        (!extended.is_empty()).then_some(Meaning::Slots(extended))
    }

    /// Who the user says a name is.
    pub fn alias(&self, name: &str) -> Vec<usize> {
        self.aliases.get(&*name.to_lowercase()).cloned().unwrap_or_default()
    }

    /// Whoever has this name or alias, anywhere.
    pub fn labelled(&self, name: &str) -> Vec<usize> {
        self.labels.get(name).cloned().unwrap_or_default()
    }

    /// Whoever alone answers to a host name in a namespace, in any scope.
    pub fn answering(&self, namespace: &str, name: &str) -> Vec<usize> {
        let name: Arc<str> = name.to_lowercase().into();
        let key = |scope: &Arc<str>| (scope.clone(), Some(namespace.into()), name.clone());
        let alone = |meaning: &Meaning| match meaning {
            Meaning::Slots(slots) if slots.len() == 1 => slots.first().copied(),
            _ => None,
        };
        self.scopes.iter().filter_map(|scope| self.hosts.get(&key(scope)).and_then(alone)).collect()
    }

    /// Whoever has this name but for case, separators and the word "service".
    pub fn normalised(&self, name: &str) -> Vec<usize> {
        self.normalised.get(&*normalise(name)).cloned().unwrap_or_default()
    }

    /// Whether the input holds a namespace: names in it must resolve.
    pub fn holds(&self, scope: &Arc<str>, namespace: &str) -> bool {
        self.namespaces.contains(&(scope.clone(), namespace.into()))
    }

    /// Whether any scope of the input holds a namespace.
    pub fn holds_anywhere(&self, namespace: &str) -> bool {
        self.namespaces.iter().any(|(_, held)| **held == *namespace)
    }

    /// The components that a person means: an id, `namespace/name` or a name, in the dependent's namespace and scope
    /// first. Several scopes may hold the same one; more than one name never matches by guess.
    pub fn reference(&self, parts: &Parts, text: &str, from: Option<&Key>) -> Vec<usize> {
        let (kind, rest) = match text.split_once(':') {
            Some((word, rest)) if Kind::from_word(word).is_some() => (Kind::from_word(word), rest),
            _ => (None, text),
        };
        let (rest, scope) = match rest.split_once('@') {
            Some((rest, scope)) => (rest, Some(scope)),
            None => (rest, None),
        };
        let (namespace, name) = match rest.rsplit_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, rest),
        };
        let labelled = self.labels.get(name).map_or(&[][..], Vec::as_slice);
        let fits = |slot: usize| {
            let (key, component) = (parts.key(slot), parts.component(slot));
            namespace.is_none_or(|ns| key.namespace.as_deref() == Some(ns))
                && kind.is_none_or(|k| k == component.kind || k.class() == key.class)
                && scope.is_none_or(|s| *key.scope == *s || key.scope.split(':').any(|part| part == s))
        };
        let matching: Vec<usize> = labelled.iter().copied().filter(|&slot| fits(slot)).collect();
        let narrow = |slots: Vec<usize>, keep: &dyn Fn(usize) -> bool| -> Vec<usize> {
            let kept: Vec<usize> = slots.iter().copied().filter(|&s| keep(s)).collect();
            if kept.is_empty() { slots } else { kept }
        };
        let mut slots = narrow(matching, &|s| *parts.key(s).name == *name);
        if let Some(from) = from {
            slots = narrow(slots, &|s| parts.key(s).scope == from.scope || parts.key(s).scope.is_empty());
            if namespace.is_none() {
                slots = narrow(slots, &|s| parts.key(s).namespace == from.namespace);
            }
        }
        let first = slots.iter().map(|&s| parts.key(s).class).min();
        slots.retain(|&s| Some(parts.key(s).class) == first);
        let places: FxHashSet<_> = slots.iter().map(|&s| (&parts.key(s).namespace, &parts.key(s).name)).collect();
        if places.len() > 1 { Vec::new() } else { slots }
    }
}

/// `CartService`, `cart-service` and `cart` are `cart`; `service` alone stays what it is.
fn normalise(name: &str) -> String {
    let mut plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    for suffix in ["service", "svc"] {
        if plain.len() > suffix.len() && plain.ends_with(suffix) {
            plain.truncate(plain.len() - suffix.len());
        }
    }
    plain
}

/// `name` and `namespace` of a cluster-internal name: `svc.ns`, `svc.ns.svc`, `svc.ns.svc.cluster.local`, with any
/// cluster domain, and anything before the Service's own name kept in `name`.
pub(super) fn cluster_name(host: &str) -> Option<(&str, &str)> {
    let inner = match host.find(".svc.") {
        Some(at) => &host[..at],
        None => host.strip_suffix(".svc").unwrap_or(host),
    };
    inner.rsplit_once('.').filter(|(name, namespace)| !name.is_empty() && !namespace.is_empty())
}

/// Whether a host is written as a cluster-internal name beyond doubt (`….svc`, `….svc.<domain>`).
pub(super) fn is_cluster_name(host: &str) -> bool {
    host.ends_with(".svc") || host.contains(".svc.")
}
