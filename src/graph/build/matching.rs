//! Which component a service of the traces is.
//!
//! Rules, in order (DESIGN section 2): an alias of `linchpin.toml`; Kubernetes' resource attributes; the `service.name`
//! that a manifest sets; a name that answers in its namespace; the same name; the same name but for case, separators and
//! the word "service". They are asked scope by scope, those that the service's resource attributes name first, then
//! Kubernetes' own (DESIGN section 12, Scopes): what only a test overlay states must not hide what runs by default. If
//! several components of one scope fit by one rule, nothing is decided.

use super::identity::Parts;
use super::names::{Names, cluster_name};
use crate::facts::traces::{Identity, ServiceKey};
use crate::facts::{Class, Facts, Key, NATIVE};
use crate::graph::model::MatchRule;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Scope of components that only traces know.
pub(super) const TRACES: &str = "traces";

/// `service.name` values that manifests set, and who sets them.
pub(super) type ServiceNames = BTreeMap<Arc<str>, BTreeSet<Key>>;

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

/// What a service was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing in the manifests.
    Nothing,
    /// One component. Others fit too, but only in scopes that come after its own.
    One { slot: usize, rule: MatchRule, also: Vec<usize> },
    /// Any of several.
    Several(Vec<usize>),
}

/// How good a candidate is, the smaller the better: what was said of this one service (an alias, then Kubernetes'
/// attributes), the scope, then the rule, and at last whether the namespace is the service's own.
type Rank = (u8, Scope, MatchRule, bool);

/// How near a scope is: not named by the service's cluster, without the service's namespace, not Kubernetes' default.
type Scope = (bool, bool, u8);

/// Finds the component that a service is.
pub(super) fn find(
    service: &ServiceKey,
    identities: &BTreeSet<Identity>,
    service_names: &ServiceNames,
    parts: &Parts,
    names: &Names,
) -> Found {
    let mut candidates: Vec<(Rank, usize)> = Vec::new();
    let home = Home::of(service, identities);
    let mut offer = |said: u8, rule: MatchRule, slots: &[usize]| {
        for &slot in slots {
            let key = parts.key(slot);
            if matches!(key.class, Class::Workload | Class::Job) && &*key.scope != TRACES {
                candidates.push(((said, home.scope(key, names), rule, !home.is_namespace(key)), slot));
            }
        }
    };
    offer(0, MatchRule::Alias, &names.alias(&service.name));
    for identity in identities.iter().filter(|i| !i.workload.is_empty()) {
        for class in [Class::Workload, Class::Job] {
            offer(1, MatchRule::KubernetesAttributes, parts.named(class, &identity.namespace, &identity.workload));
            // Manifests that name no namespace are deployed into any.
            if !identity.namespace.is_empty() && !names.holds_anywhere(&identity.namespace) {
                offer(2, MatchRule::KubernetesAttributes, parts.named(class, "default", &identity.workload));
            }
        }
    }
    for key in service_names.get(service.name.as_str()).into_iter().flatten() {
        offer(2, MatchRule::StatedServiceName, parts.slots_of(key));
    }
    for namespace in &home.namespaces {
        offer(2, MatchRule::HostName, &names.answering(namespace, &service.name));
    }
    // Meshes call a service by its cluster name: `cart.shop`.
    if let Some((name, namespace)) = cluster_name(&service.name) {
        offer(2, MatchRule::HostName, &names.answering(namespace, name));
    }
    offer(2, MatchRule::Name, &names.labelled(&service.name));
    offer(2, MatchRule::NormalisedName, &names.normalised(&service.name));
    best(candidates)
}

fn best(mut candidates: Vec<(Rank, usize)>) -> Found {
    candidates.sort_unstable();
    candidates.dedup();
    let Some(&(first, _)) = candidates.first() else { return Found::Nothing };
    let (said, scope, rule, _) = first;
    let equal = |from: &[(Rank, usize)]| -> Vec<usize> {
        let Some(&(best, _)) = from.first() else { return Vec::new() };
        from.iter().take_while(|(rank, _)| *rank == best).map(|&(_, slot)| slot).collect()
    };
    let mut found = equal(&candidates);
    // The rules that come after decide between those that fit equally well: a canary beside the program itself.
    let mut rest = candidates.clone();
    while let [_, _, ..] = found[..] {
        let next: Vec<_> = rest.into_iter().skip(found.len()).filter(|(_, slot)| found.contains(slot)).collect();
        if next.is_empty() {
            return Found::Several(found);
        }
        (found, rest) = (equal(&next), next);
    }
    let Some(&slot) = found.first() else { return Found::Nothing };
    // Where something was said of this very service, nobody chose between scopes.
    let chosen_by_scope = |rank: &Rank| said == 2 && rank.0 == 2 && rank.1 != scope && rank.2 <= rule;
    let also = candidates.iter().filter(|(rank, other)| chosen_by_scope(rank) && *other != slot);
    let also: BTreeSet<usize> = also.map(|&(_, slot)| slot).collect();
    Found::One { slot, rule, also: also.into_iter().collect() }
}

/// Where a service says that it runs.
struct Home<'a> {
    clusters: BTreeSet<&'a str>,
    namespaces: BTreeSet<&'a str>,
}

impl<'a> Home<'a> {
    fn of(service: &'a ServiceKey, identities: &'a BTreeSet<Identity>) -> Self {
        let said = |text: &&str| !text.is_empty();
        let namespaces = identities.iter().map(|i| i.namespace.as_str()).chain([service.namespace.as_str()]);
        let clusters = identities.iter().map(|i| i.cluster.as_str());
        Self { clusters: clusters.filter(said).collect(), namespaces: namespaces.filter(said).collect() }
    }

    fn is_namespace(&self, key: &Key) -> bool {
        key.namespace.as_deref().is_some_and(|namespace| self.namespaces.contains(namespace))
    }

    fn scope(&self, key: &Key, names: &Names) -> Scope {
        let tail = key.scope.rsplit([':', '/']).next().unwrap_or_default();
        let holds = self.is_namespace(key) || self.namespaces.iter().any(|ns| names.holds(&key.scope, ns));
        let family = match &*key.scope {
            "kubernetes" => 0,
            NATIVE => 1,
            scope if scope.starts_with("kubernetes:") => 2,
            _ => 3,
        };
        (!self.clusters.contains(tail), !holds, family)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The best rank decides; equal ranks decide nothing; worse scopes are remembered only where nothing chose them away.
    #[test]
    fn the_best_decides_alone() {
        const NEAR: Scope = (false, false, 0);
        const FAR: Scope = (false, false, 2);
        use MatchRule::*;
        let one = |slot, rule, also: &[usize]| Found::One { slot, rule, also: also.to_vec() };
        for (candidates, expected) in [
            (vec![], Found::Nothing),
            (vec![((2, FAR, StatedServiceName, true), 7), ((2, NEAR, Name, true), 3)], one(3, Name, &[7])),
            (vec![((2, FAR, NormalisedName, true), 7), ((2, NEAR, Name, true), 3)], one(3, Name, &[])),
            (
                vec![((1, FAR, KubernetesAttributes, true), 7), ((2, NEAR, Name, true), 3)],
                one(7, KubernetesAttributes, &[]),
            ),
            (vec![((2, FAR, Name, true), 7), ((2, FAR, Name, true), 8)], Found::Several(vec![7, 8])),
            (vec![((2, FAR, Name, true), 7), ((2, FAR, Name, false), 8)], one(8, Name, &[])),
            (vec![((2, NEAR, Name, true), 3), ((2, NEAR, HostName, true), 3)], one(3, HostName, &[])),
            (
                vec![
                    ((1, NEAR, KubernetesAttributes, false), 3),
                    ((1, NEAR, KubernetesAttributes, false), 4),
                    ((2, NEAR, Name, true), 4),
                    ((2, NEAR, Name, true), 5),
                ],
                one(4, KubernetesAttributes, &[]),
            ),
            (
                vec![
                    ((2, FAR, HostName, true), 3),
                    ((2, FAR, HostName, true), 4),
                    ((2, FAR, Name, true), 3),
                    ((2, FAR, Name, true), 4),
                ],
                Found::Several(vec![3, 4]),
            ),
        ] {
            assert_eq!(best(candidates.clone()), expected, "{candidates:?}");
        }
    }
}
