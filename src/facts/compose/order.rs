//! What a service says of other services by name: start order, links, shared fate.

use super::hosts::networks;
use super::reader::{Reader, Subject, Until, Wait};
use crate::facts::address::is_telemetry_image;
use crate::facts::{
    Class, ComponentFact, Confidence, Criticality, DependencyFact, Evidence, Interaction, Key, Kind, Plane, Target,
};
use crate::parse::Node;
use std::collections::{BTreeMap, BTreeSet};

impl Reader<'_> {
    /// `depends_on`: who is started first.
    pub(super) fn start_order(&mut self, subject: &Subject<'_>) {
        for (target, at, how) in subject.node.get("depends_on").into_iter().flat_map(Node::fields) {
            let evidence = Evidence::new(at.at(), "depends_on");
            let Some(to) = self.key(target).cloned() else {
                self.dangling(subject, "Compose service", target, evidence);
                continue;
            };
            let optional = how.get("required").and_then(Node::bool) == Some(false);
            let criticality = if optional { Criticality::Soft } else { Criticality::Hard };
            let fact = named(subject, &to, Interaction::Startup, evidence.clone());
            self.facts.dependencies.push(fact.plane(Plane::Startup).criticality(criticality));
            let healthy = how.str("condition") == Some("service_healthy");
            self.wait(subject.name, target, if healthy { Until::Healthy } else { Until::Started }, evidence);
        }
    }

    /// Remembers that one service waits for another.
    pub(super) fn wait(&mut self, from: &str, to: &str, until: Until, evidence: Evidence) {
        if let Some((from, to)) = self.name(from).zip(self.name(to)) {
            self.waits.push(Wait { from, to, until, evidence });
        }
    }

    /// `links` and `external_links`: names that a service was given in order to call their owners.
    pub(super) fn links(&mut self, subject: &Subject<'_>) {
        for field in ["links", "external_links"] {
            let items = subject.node.get(field).into_iter().flat_map(Node::items);
            for (item, (target, _)) in items.filter(|i| i.text().is_some()).zip(linked(subject.node, field)) {
                let evidence = Evidence::new(item.at(), field);
                let known = self.service_or_container(target);
                if known.as_ref() == Some(&subject.key) {
                    continue;
                }
                match known {
                    Some(to) => {
                        self.facts.dependencies.push(
                            named(subject, &to, Interaction::Sync, evidence.clone()).plane(
                                if self.telemetry.contains(&*to.name) { Plane::Telemetry } else { Plane::Runtime },
                            ),
                        );
                        if let Some(name) = self.name(subject.name) {
                            self.callers.insert(name);
                        }
                        if field == "links" {
                            let order = named(subject, &to, Interaction::Startup, evidence);
                            let order = order.plane(Plane::Startup).criticality(Criticality::Hard);
                            self.facts.dependencies.push(order);
                        }
                    }
                    None if field == "links" => self.dangling(subject, "Compose service", target, evidence),
                    None => {
                        let to = Key::global(Class::External, &target.to_ascii_lowercase());
                        let outside = ComponentFact::new(to.clone(), Kind::External, evidence.clone());
                        self.facts.components.push(outside);
                        // A container outside the file is known by its name only, and those are named after images.
                        let plane = if is_telemetry_image(&to.name) { Plane::Telemetry } else { Plane::Runtime };
                        self.facts.dependencies.push(named(subject, &to, Interaction::Sync, evidence).plane(plane));
                    }
                }
            }
        }
    }

    /// `network_mode`, `pid` and `ipc` of another service, and its volumes: one dies with the other.
    pub(super) fn shared_fate(&mut self, subject: &Subject<'_>) {
        let shared = ["network_mode", "net", "pid", "ipc"].iter().filter_map(|field| {
            let node = subject.node.get(field)?;
            Some((*field, node, node.text()?.strip_prefix("service:")?))
        });
        let volumes = subject.node.get("volumes_from").into_iter().flat_map(Node::items).filter_map(|item| {
            let target = item.text().filter(|text| !text.starts_with("container:"))?;
            Some(("volumes_from", item, target.split(':').next().unwrap_or(target)))
        });
        for (field, node, target) in shared.chain(volumes) {
            let evidence = Evidence::new(node.at(), field);
            match self.key(target).cloned() {
                Some(to) if to == subject.key => {}
                Some(to) => {
                    let fact = named(subject, &to, Interaction::Sync, evidence);
                    self.facts.dependencies.push(fact.criticality(Criticality::Hard));
                }
                None => self.dangling(subject, "Compose service", target, evidence),
            }
        }
    }

    /// Calls that only waiting shows, because the address stands in the code.
    ///
    /// Who waits until a port answers means to use it. Of a service that says nowhere whom it calls, also this much is
    /// clear: it uses what it waits for to be healthy, and the store that it waits for, if there is only one; and a web
    /// server that waits for programs passes requests on to them. More cannot be read from plain start order, which is
    /// often wider than what is called.
    pub(super) fn calls_behind_waits(&mut self) {
        let mut stores: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for wait in self.waits.iter().filter(|wait| self.stored.contains(wait.to)) {
            stores.entry(wait.from).or_default().insert(wait.to);
        }
        let only_store = |wait: &Wait<'_>| stores.get(wait.from).is_some_and(|s| s.len() == 1 && s.contains(wait.to));
        let mut facts = Vec::new();
        for wait in &self.waits {
            let Some((from, to)) = self.key(wait.from).zip(self.key(wait.to)) else { continue };
            let silent = !self.callers.contains(wait.from);
            let shown = match wait.until {
                Until::Answers => true,
                _ if self.provided.contains(wait.to) => true,
                Until::Healthy => silent,
                Until::Started => silent && (only_store(wait) || self.is_front(wait.from)),
            };
            if !shown || to.class == Class::Job || from == to || !self.may_reach(wait.from, wait.to) {
                continue;
            }
            let plane = if self.telemetry.contains(wait.to) { Plane::Telemetry } else { Plane::Runtime };
            let target = Target::Component(to.clone());
            let fact = DependencyFact::new(from.clone(), target, Interaction::Sync, wait.evidence.clone());
            facts.push(fact.plane(plane).confidence(Confidence::Inferred));
        }
        self.facts.dependencies.extend(facts);
    }

    /// Whether two services share a network in any variant.
    fn may_reach(&self, from: &str, to: &str) -> bool {
        self.project.variants.iter().any(|variant| {
            let service = |name: &str| variant.model.services.get(name).map(|(_, node)| node);
            service(from).is_some_and(|node| self.hosts.connected(&networks(node, &service), to))
        })
    }

    /// A service by its name, or by that of its container.
    fn service_or_container(&self, name: &str) -> Option<Key> {
        let contained = || {
            let variants = self.project.variants.iter();
            let services: BTreeSet<&str> = variants
                .flat_map(|v| v.model.services.iter())
                .filter(|(_, (_, node))| node.str("container_name") == Some(name))
                .map(|(service, _)| service.as_str())
                .collect();
            services.into_iter().next()
        };
        self.key(name).or_else(|| self.key(contained()?)).cloned()
    }
}

/// What `links` or `external_links` names, with the name under which each is known.
pub(super) fn linked<'a>(service: &'a Node, field: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let links = service.get(field).into_iter().flat_map(Node::items).filter_map(Node::text);
    links.map(|link| link.split_once(':').unwrap_or((link, link)))
}

/// Whom a service names as those that it has to do with: in `depends_on` and `links`.
pub(super) fn companions(service: &Node) -> impl Iterator<Item = &str> {
    let started = service.get("depends_on").into_iter().flat_map(Node::fields).map(|(name, _, _)| name);
    started.chain(linked(service, "links").map(|(target, _)| target))
}

fn named(subject: &Subject<'_>, to: &Key, interaction: Interaction, evidence: Evidence) -> DependencyFact {
    DependencyFact::new(subject.key.clone(), Target::Component(to.clone()), interaction, evidence)
}
