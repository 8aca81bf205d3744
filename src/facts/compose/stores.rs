//! Volumes, configs, secrets and AI models: what several services can share.

use super::model::Section;
use super::mounts;
use super::reader::{Reader, Subject};
use crate::facts::{Class, ComponentFact, Criticality, DependencyFact, Evidence, Interaction, Kind, Plane, Target};
use crate::parse::Node;

/// How a shared thing is used.
struct Use<'a> {
    kind: Kind,
    name: &'a str,
    field: &'static str,
    at: &'a Node,
}

impl Reader<'_> {
    /// What a service mounts by name.
    pub(super) fn stores(&mut self, subject: &Subject<'_>) {
        for item in subject.node.get("volumes").into_iter().flat_map(Node::items) {
            if let Some(name) = named_volume(item) {
                self.mount(subject, &Use { kind: Kind::Volume, name, field: "volumes", at: item });
            }
        }
        for (kind, field) in [(Kind::Config, "configs"), (Kind::Secret, "secrets")] {
            for item in subject.node.get(field).into_iter().flat_map(Node::items) {
                if let Some(name) = item.text().or_else(|| item.str("source")).filter(|name| !name.is_empty()) {
                    self.mount(subject, &Use { kind, name, field, at: item });
                }
            }
        }
        self.borrowed_volumes(subject);
        self.models(subject);
    }

    /// The AI models that a service asks, which the platform runs beside the containers.
    fn models(&mut self, subject: &Subject<'_>) {
        let Some(used) = subject.node.get("models") else { return };
        let listed = used.items().iter().filter_map(|item| Some((item.text()?, item)));
        for (name, at) in listed.chain(used.fields().map(|(name, at, _)| (name, at))) {
            let evidence = Evidence::new(at.at(), "models");
            let declared = self.project.variants.iter().find_map(|v| v.model.models.get(name));
            let Some((place, _)) = declared else {
                self.dangling(subject, "Compose model", name, evidence);
                continue;
            };
            let key = self.other_key(Class::External, name);
            let fact =
                ComponentFact::new(key.clone(), Kind::External, Evidence::new(place.at(), format!("models.{name}")));
            self.stores.entry(key.clone()).or_insert(fact);
            let target = Target::Component(key);
            self.facts.dependencies.push(DependencyFact::new(subject.key.clone(), target, Interaction::Sync, evidence));
            self.callers.extend(self.name(subject.name));
        }
    }

    /// Volumes of the services that `volumes_from` names.
    fn borrowed_volumes(&mut self, subject: &Subject<'_>) {
        for item in subject.node.get("volumes_from").into_iter().flat_map(Node::items) {
            let Some(target) = item.text().map(|text| text.split(':').next().unwrap_or(text)) else { continue };
            let Some((_, lender)) = subject.variant.model.services.get(target) else { continue };
            for volume in lender.get("volumes").into_iter().flat_map(Node::items) {
                if let Some(name) = named_volume(volume) {
                    self.mount(subject, &Use { kind: Kind::Volume, name, field: "volumes_from", at: item });
                }
            }
        }
    }

    fn mount(&mut self, subject: &Subject<'_>, mount: &Use<'_>) {
        let evidence = Evidence::new(mount.at.at(), mount.field);
        let key = self.other_key(mount.kind.class(), mount.name);
        let sections = self.project.variants.iter().map(|v| match mount.kind.class() {
            Class::Volume => &v.model.volumes,
            Class::Config => &v.model.configs,
            _ => &v.model.secrets,
        });
        let declared = sections.clone().find_map(|section: &Section| section.get(mount.name));
        let section = match mount.kind {
            Kind::Volume => "volumes",
            Kind::Config => "configs",
            _ => "secrets",
        };
        if declared.is_none() {
            self.dangling(subject, &format!("Compose {}", mount.kind), mount.name, evidence.clone());
        }
        if !self.stores.contains_key(&key) {
            let place = declared.map_or(mount.at.at(), |(at, _)| at.at());
            let place = Evidence::new(place, format!("{section}.{}", mount.name));
            let mut fact = ComponentFact::new(key.clone(), mount.kind, place);
            fact.kind_stated = true;
            // An external one, or one with a name of its own, is known to others by that name.
            let outer = declared.and_then(|(_, node)| node.str("name").or_else(|| node.get("external")?.str("name")));
            fact.aliases = outer.filter(|outer| *outer != mount.name).map(|outer| outer.into()).into_iter().collect();
            self.stores.insert(key.clone(), fact);
        }
        let plane = if mount.kind == Kind::Volume { Plane::Runtime } else { Plane::Startup };
        let fact = DependencyFact::new(subject.key.clone(), Target::Component(key), Interaction::Mount, evidence);
        self.facts.dependencies.push(fact.plane(plane).criticality(Criticality::Hard));
    }
}

/// The name of the volume that an item mounts; `None` for folders of the host, anonymous volumes and memory.
fn named_volume(item: &Node) -> Option<&str> {
    match item.text() {
        Some(text) => Some(mounts::parts(text).0).filter(|source| mounts::is_volume_name(source)),
        None if item.str("type").is_none_or(|kind| kind == "volume") => {
            item.str("source").filter(|source| mounts::is_volume_name(source))
        }
        None => None,
    }
}
