//! Addresses in a service's settings, commands and files: whom it calls.

use super::environment::Variable;
use super::hosts::Sought;
use super::order;
use super::reader::{Reader, Subject, Until};
use super::words;
use crate::facts::address::{self, Address, Found, Setting};
use crate::facts::{DependencyFact, Evidence, Group, Key, Note, Plane, Target};
use crate::parse::Node;

impl Reader<'_> {
    /// Whom the environment names.
    pub(super) fn settings(&mut self, subject: &Subject<'_>, environment: &[Variable]) {
        let settings: Vec<Setting<'_>> = environment.iter().map(|v| Setting { key: &v.key, value: &v.value }).collect();
        for (index, found) in address::in_settings(&settings) {
            let Some(variable) = environment.get(index) else { continue };
            if let Some(found) = self.heard(subject, variable, found) {
                self.refer(subject, found, variable.evidence.clone());
            }
        }
    }

    /// Whom the command line names.
    pub(super) fn commands(&mut self, subject: &Subject<'_>) {
        let mut words: Vec<(String, &Node, &str)> = Vec::new();
        for field in ["entrypoint", "command"] {
            let Some(node) = subject.node.get(field) else { continue };
            let line = node.text().map(words::split).unwrap_or_default();
            words.extend(line.into_iter().map(|word| (word, node, field)));
            words.extend(node.items().iter().filter_map(|item| Some((item.text()?.to_owned(), item, field))));
        }
        let texts: Vec<&str> = words.iter().map(|(word, _, _)| word.as_str()).collect();
        for (index, found) in address::in_command(&texts) {
            if let Some((_, node, field)) = words.get(index) {
                self.refer(subject, found, Evidence::new(node.at(), *field));
            }
        }
    }

    /// Takes what an address finding says of a service, as far as its networks allow.
    pub(super) fn refer(&mut self, subject: &Subject<'_>, found: Found, evidence: Evidence) {
        let mut seen = Seen::default();
        for address in found.addresses {
            self.look(subject, address, found.certain, &evidence, &mut seen);
        }
        for service in &seen.services {
            if found.plane == Plane::Startup {
                self.wait(subject.name, service, Until::Answers, evidence.clone());
            } else if found.plane == Plane::Runtime
                && let Some(name) = self.name(subject.name)
            {
                self.callers.insert(name);
            }
        }
        let mut targets: Vec<Target> = seen.direct.into_iter().map(Target::Component).collect();
        if !seen.addresses.is_empty() {
            targets.push(Target::Addresses { addresses: seen.addresses, certain: found.certain });
        }
        // Several targets are one requirement that any of them meets, as several hosts in one value are. A file is one
        // field, whatever it lists.
        let id = || format!("{} {}", evidence.field, targets.iter().map(name_of).min().unwrap_or_default());
        let group = (targets.len() > 1).then(|| Group { id: id().into(), need: 1 });
        for target in targets {
            let fact = DependencyFact::new(subject.key.clone(), target, found.interaction, evidence.clone());
            let fact = fact.plane(found.plane).confidence(found.confidence);
            let criticality = found.criticality;
            self.facts.dependencies.push(DependencyFact { group: group.clone(), criticality, ..fact });
        }
    }

    /// Finds out whom one address means to a service.
    fn look(&mut self, subject: &Subject<'_>, address: Address, certain: bool, evidence: &Evidence, seen: &mut Seen) {
        let Address::Host { host, port, family } = &address else {
            seen.addresses.push(address);
            return;
        };
        if let Some((service, key)) = linked(subject, host).and_then(|service| Some((service, self.key(service)?))) {
            seen.services.push(service.to_owned());
            seen.direct.push(key.clone());
            return;
        }
        match self.hosts.seek(&subject.networks, host) {
            Sought::Found { services, .. } if services == [subject.name] => {}
            Sought::Found { services, all } => {
                seen.services.extend(services.iter().map(|service| (*service).to_owned()));
                if all {
                    seen.addresses.push(address);
                } else {
                    // The name alone would lead to others of that name on other networks.
                    seen.direct.extend(services.iter().filter_map(|service| self.key(service)).cloned());
                }
            }
            // A program is told its own public address to write it into links.
            Sought::Unreachable(services) | Sought::Published(services) if services.contains(&subject.name) => {}
            Sought::Published(services) => {
                seen.services.extend(services.iter().map(|service| (*service).to_owned()));
                seen.direct.extend(services.iter().filter_map(|service| self.key(service)).cloned());
            }
            Sought::Unreachable(services) => {
                let far: Vec<Key> = services.iter().filter_map(|service| self.key(service)).cloned().collect();
                let from = &subject.key;
                let note = |to| Note::Unreachable { from: from.clone(), to, evidence: evidence.clone() };
                self.facts.notes.extend(far.into_iter().filter(|_| certain).map(note));
            }
            Sought::Unknown => match extra_host(subject, host) {
                None => seen.addresses.push(address),
                Some("host-gateway") => {}
                Some(ip) => {
                    seen.addresses.push(Address::Host { host: ip.to_owned(), port: *port, family: *family });
                }
            },
        }
    }
}

/// What the addresses of one value lead to.
#[derive(Default)]
struct Seen {
    /// Addresses that the graph resolves.
    addresses: Vec<Address>,
    /// Components that are meant whoever else has the name.
    direct: Vec<Key>,
    /// Services of the project among all of these.
    services: Vec<String>,
}

/// The service that a link calls by this name.
fn linked<'a>(subject: &Subject<'a>, host: &str) -> Option<&'a str> {
    order::linked(subject.node, "links").find(|(_, alias)| alias.eq_ignore_ascii_case(host)).map(|(target, _)| target)
}

/// What `extra_hosts` says of a name.
fn extra_host<'a>(subject: &Subject<'a>, host: &str) -> Option<&'a str> {
    let hosts = subject.node.get("extra_hosts").into_iter().flat_map(Node::fields);
    hosts.filter(|(name, _, _)| name.eq_ignore_ascii_case(host)).find_map(|(_, _, value)| Some(value.text()?.trim()))
}

/// A name of who is meant.
fn name_of(target: &Target) -> &str {
    match target {
        Target::Component(key) => &key.name,
        Target::Name { name, .. } | Target::Reference(name) => name,
        Target::Addresses { addresses, .. } => addresses.first().map(Address::name).unwrap_or_default(),
    }
}
