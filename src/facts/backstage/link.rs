//! The whole catalog to facts.

use super::entity::Entity;
use super::identity::Workloads;
use super::reference::Reference;
use crate::facts::{
    Class, ComponentFact, Confidence, DependencyFact, Evidence, Facts, Group, Interaction, Key, Kind, Note, Target,
};
use crate::parse::Node;
use crate::source::Problem;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Adds what the catalog says of the components that `facts` hold, and those that only the catalog knows.
pub fn link(entities: Vec<Entity>, facts: &mut Facts) {
    let mut found = Facts::default();
    let catalog = Catalog::of(&entities, facts, &mut found);
    for entity in &entities {
        catalog.describe(entity, facts, &mut found);
        catalog.depend(entity, &mut found);
    }
    facts.merge(found);
}

/// The entities by reference.
struct Catalog<'e> {
    entities: BTreeMap<&'e Reference, &'e Entity>,
    /// The components that an entity is.
    keys: BTreeMap<&'e Reference, Vec<Key>>,
    /// Who provides an API.
    providers: BTreeMap<Reference, BTreeSet<&'e Reference>>,
}

impl<'e> Catalog<'e> {
    fn of(entities: &'e [Entity], facts: &Facts, found: &mut Facts) -> Self {
        let workloads = Workloads::of(facts);
        let mut catalog = Self { entities: BTreeMap::new(), keys: BTreeMap::new(), providers: BTreeMap::new() };
        for entity in entities {
            catalog.entities.insert(&entity.reference, entity);
            for (api, _) in entity.list("providesApis", "api") {
                catalog.providers.entry(api).or_default().insert(&entity.reference);
            }
            if entity.runs() && !catalog.keys.contains_key(&entity.reference) {
                let mut keys = workloads.described(entity, &mut found.problems);
                if keys.is_empty() {
                    keys.push(own_key(entity));
                }
                catalog.keys.insert(&entity.reference, keys);
            }
        }
        catalog
    }

    /// What an entity says of its components: name and owner, and that they are there.
    fn describe(&self, entity: &Entity, known: &Facts, found: &mut Facts) {
        let (kind, stated) = entity.kind();
        for key in self.keys.get(&entity.reference).into_iter().flatten() {
            let evidence = Evidence::new(entity.name_node().at(), "metadata.name");
            let mut fact = ComponentFact::new(key.clone(), kind, evidence);
            (fact.owner, fact.kind_stated) = (entity.owner.clone(), stated);
            if *entity.name != *key.name {
                fact.aliases.push(entity.name.clone());
            }
            // A description is no further way to deploy what is deployed.
            if let Some(deployed) = known.components.iter().find(|c| c.key == *key) {
                (fact.variant, fact.kind, fact.kind_stated) = (deployed.variant.clone(), deployed.kind, false);
            }
            found.components.push(fact);
        }
    }

    fn depend(&self, entity: &Entity, found: &mut Facts) {
        let own = self.keys.get(&entity.reference).map(Vec::as_slice).unwrap_or_default();
        for (reference, node) in entity.list("dependsOn", "") {
            let Some(other) = self.find(reference, node, "dependsOn", own, found) else { continue };
            join(own, self.components(&other), node, "spec.dependsOn", found);
        }
        for (reference, node) in entity.list("dependencyOf", "") {
            let Some(other) = self.find(reference, node, "dependencyOf", own, found) else { continue };
            join(self.components(&other), own, node, "spec.dependencyOf", found);
        }
        for (reference, node) in entity.list("consumesApis", "api") {
            self.consume(&reference, node, own, found);
        }
        if entity.reference.kind == "api" {
            for (reference, node) in entity.list("apiConsumedBy", "component") {
                if let Some(consumers) = self.keys.get(&reference) {
                    self.consume(&entity.reference, node, consumers, found);
                }
            }
        }
    }

    fn components(&self, reference: &Reference) -> &[Key] {
        self.keys.get(reference).map(Vec::as_slice).unwrap_or_default()
    }

    /// The entity that a reference means. One without a kind is refused by Backstage; it is taken as what it can only
    /// mean. One that the catalog lacks is a reference to nothing.
    fn find(
        &self,
        reference: Reference,
        node: &Node,
        field: &str,
        from: &[Key],
        found: &mut Facts,
    ) -> Option<Reference> {
        if !reference.kind.is_empty() {
            if self.entities.contains_key(&reference) {
                return Some(reference);
            }
            dangling(&reference, node, field, from, found);
            return None;
        }
        let kinds = ["component", "resource"].map(|kind| reference.of_kind(kind));
        let known: Vec<&Reference> = kinds.iter().filter(|r| self.entities.contains_key(r)).collect();
        let reason = match known.as_slice() {
            [] => {
                dangling(&reference, node, field, from, found);
                return None;
            }
            [only] => format!(
                "`{field}` names `{}` without a kind, which Backstage refuses; taken as `{only}`",
                reference.name
            ),
            _ => format!(
                "`{field}` names `{}` without a kind, and there is a component and a resource of that name; left out",
                reference.name
            ),
        };
        let remedy = format!("write `component:{0}` or `resource:{0}`", reference.name);
        found.problems.push(Problem::new(node.at(), reason).remedy(remedy));
        match known.as_slice() {
            [only] => Some((*only).clone()),
            _ => None,
        }
    }

    /// Who consumes an API depends on who provides it: of several, any one. Of an API that the catalog holds without a
    /// provider, somebody outside is the provider.
    fn consume(&self, reference: &Reference, node: &Node, from: &[Key], found: &mut Facts) {
        if reference.kind != "api" {
            match self.entities.contains_key(reference) {
                true => join(from, self.components(reference), node, "spec.consumesApis", found),
                false => dangling(reference, node, "consumesApis", from, found),
            }
            return;
        }
        let providers: Vec<&[Key]> =
            self.providers.get(reference).into_iter().flatten().map(|r| self.components(r)).collect();
        let several = providers.len() > 1;
        let group = several.then(|| Group { id: format!("api {}", reference.name).into(), need: 1 });
        for keys in &providers {
            let before = found.dependencies.len();
            join(from, keys, node, "spec.consumesApis", found);
            for fact in found.dependencies.iter_mut().skip(before) {
                fact.group = group.clone();
            }
        }
        if providers.is_empty() {
            match self.entities.get(reference) {
                Some(api) => {
                    let key = Key::global(Class::External, &api.reference.name);
                    let evidence = Evidence::new(api.name_node().at(), "metadata.name");
                    let mut fact = ComponentFact::new(key.clone(), Kind::External, evidence);
                    fact.owner = api.owner.clone();
                    found.components.push(fact);
                    join(from, &[key], node, "spec.consumesApis", found);
                }
                None => dangling(reference, node, "consumesApis", from, found),
            }
        }
    }
}

/// The component of an entity that nothing in the input deploys.
fn own_key(entity: &Entity) -> Key {
    let scope: Arc<str> = match &entity.system {
        Some(system) if system.namespace == "default" => format!("backstage:{}", system.name).into(),
        Some(system) => format!("backstage:{}/{}", system.namespace, system.name).into(),
        None => "backstage".into(),
    };
    Key::new(&scope, Class::Workload, &entity.reference.namespace, &entity.reference.name)
}

/// Dependencies of all that one entity is on what another one is, in the same scope where both have one in common.
fn join(from: &[Key], to: &[Key], node: &Node, field: &str, found: &mut Facts) {
    for dependent in from {
        let near: Vec<&Key> = to.iter().filter(|k| k.scope == dependent.scope).collect();
        let all: Vec<&Key> = to.iter().collect();
        for provider in if near.is_empty() { all } else { near } {
            let target = Target::Component(provider.clone());
            let evidence = Evidence::new(node.at(), field);
            let fact = DependencyFact::new(dependent.clone(), target, Interaction::Sync, evidence);
            let fact = DependencyFact { interaction_stated: false, ..fact };
            found.dependencies.push(fact.confidence(Confidence::Declared));
        }
    }
}

fn dangling(reference: &Reference, node: &Node, field: &str, from: &[Key], found: &mut Facts) {
    found.notes.push(Note::Dangling {
        from: from.first().cloned(),
        target: format!("entity {reference}"),
        evidence: Evidence::new(node.at(), format!("spec.{field}")),
    });
}
