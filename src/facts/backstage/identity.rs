//! Which workloads of the input an entity describes.

use super::entity::Entity;
use crate::facts::{Class, Facts, Key, Program};
use crate::source::{Problem, quoted};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Annotations of entities and labels of workloads.
const ID: &str = "backstage.io/kubernetes-id";
const NAMESPACE: &str = "backstage.io/kubernetes-namespace";
const SELECTOR: &str = "backstage.io/kubernetes-label-selector";

/// The workloads of the input by what entities may call them.
pub(super) struct Workloads<'f> {
    programs: &'f [Program],
    by_name: BTreeMap<String, BTreeSet<&'f Key>>,
    by_likeness: BTreeMap<String, BTreeSet<&'f Key>>,
}

impl<'f> Workloads<'f> {
    /// Indexes what manifests deploy.
    pub(super) fn of(facts: &'f Facts) -> Self {
        let (mut by_name, mut by_likeness) = (BTreeMap::new(), BTreeMap::new());
        let runs = |class: Class| matches!(class, Class::Workload | Class::Job);
        for component in facts.components.iter().filter(|c| runs(c.key.class)) {
            for name in component.aliases.iter().chain([&component.key.name]) {
                by_name.entry(name.to_lowercase()).or_insert_with(BTreeSet::new).insert(&component.key);
                by_likeness.entry(alike(name)).or_insert_with(BTreeSet::new).insert(&component.key);
            }
        }
        Self { programs: &facts.programs, by_name, by_likeness }
    }

    /// The workloads that an entity describes, the same one in several scopes perhaps: by the id or selector that both
    /// sides state, else by the same name, else by the same name but for spelling. Several in one scope are no answer.
    pub(super) fn described(&self, entity: &Entity, problems: &mut Vec<Problem>) -> Vec<Key> {
        let stated = self.stated(entity);
        if !stated.is_empty() {
            return stated;
        }
        let name = &entity.reference.name;
        for index in [&self.by_name, &self.by_likeness] {
            let wanted = if std::ptr::eq(index, &self.by_name) { name.clone() } else { alike(name) };
            let Some(found) = index.get(&wanted) else { continue };
            let namespace = entity.annotation(NAMESPACE).unwrap_or(&entity.reference.namespace);
            let mut by_scope: BTreeMap<&Arc<str>, Vec<&Key>> = BTreeMap::new();
            for key in found {
                by_scope.entry(&key.scope).or_default().push(key);
            }
            let mut keys = Vec::new();
            for candidates in by_scope.into_values() {
                let near = candidates.iter().copied().filter(|k| k.namespace.as_deref() == Some(namespace));
                let near: Vec<&Key> = near.collect();
                match (candidates.as_slice(), near.as_slice()) {
                    ([only], _) | (_, [only]) => keys.push((*only).clone()),
                    _ => {
                        let names: Vec<String> = candidates.iter().map(|k| shown(k)).collect();
                        let names: Vec<&str> = names.iter().map(String::as_str).collect();
                        let reason =
                            format!("`{}` may be any of {}; taken as none of them", entity.name, quoted(&names));
                        let remedy = format!(
                            "label the workload that it is with `{ID}: {}`, and annotate the entity alike",
                            entity.name
                        );
                        problems.push(Problem::new(entity.name_node().at(), reason).remedy(remedy));
                    }
                }
            }
            return keys;
        }
        Vec::new()
    }

    /// Workloads by what entity and workload both state.
    fn stated(&self, entity: &Entity) -> Vec<Key> {
        let (id, selector) = (entity.annotation(ID), entity.annotation(SELECTOR));
        let namespace = entity.annotation(NAMESPACE);
        let wanted: Vec<(&str, &str)> = match (selector, id) {
            (Some(text), _) => text.split(',').filter_map(|pair| pair.trim().split_once('=')).collect(),
            (None, Some(id)) => vec![(ID, id)],
            (None, None) => return Vec::new(),
        };
        let has = |program: &Program, (key, value): &(&str, &str)| {
            program.labels.iter().any(|(k, v)| **k == **key && **v == *value.trim_start_matches('='))
        };
        let fits = |program: &&Program| {
            !wanted.is_empty()
                && wanted.iter().all(|pair| has(program, pair))
                && namespace.is_none_or(|ns| program.key.namespace.as_deref() == Some(ns))
        };
        let keys: BTreeSet<Key> = self.programs.iter().filter(fits).map(|p| p.key.clone()).collect();
        keys.into_iter().collect()
    }
}

fn shown(key: &Key) -> String {
    match &key.namespace {
        Some(namespace) => format!("{namespace}/{}", key.name),
        None => key.name.to_string(),
    }
}

/// A name but for case, separators and the word "service".
fn alike(name: &str) -> String {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    plain.strip_suffix("service").filter(|rest| !rest.is_empty()).map_or(plain.clone(), str::to_owned)
}
