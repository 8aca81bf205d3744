//! Addresses in a service's settings, commands and files: whom it calls.

use super::environment::Variable;
use super::hosts::Sought;
use super::order;
use super::reader::{Reader, Subject};
use super::words;
use crate::facts::address::{self, Address, Found, Setting};
use crate::facts::{DependencyFact, Evidence, Group, Key, Note, Plane, Target};
use crate::parse::Node;

impl Reader<'_> {
    /// Whom the environment names.
    pub(super) fn settings(&mut self, subject: &Subject<'_>, environment: &[Variable]) {
        let settings: Vec<Setting<'_>> = environment.iter().map(|v| Setting { key: &v.key, value: &v.value }).collect();
        for (index, found) in address::in_settings(&settings) {
            if let Some(variable) = environment.get(index) {
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
        let mut left = Vec::new();
        let mut direct: Vec<Key> = Vec::new();
        let mut inside = false;
        for address in found.addresses {
            let Address::Host { host, port, family } = &address else {
                left.push(address);
                continue;
            };
            if let Some(target) = linked(subject, host).and_then(|target| self.key(target)) {
                inside = true;
                direct.push(target.clone());
                continue;
            }
            match self.hosts.seek(&subject.networks, host) {
                Sought::Found { services, .. } if services == [subject.name] => {}
                Sought::Found { services, all } => {
                    inside = true;
                    if all {
                        left.push(address);
                    } else {
                        direct.extend(services.iter().filter_map(|service| self.key(service)).cloned());
                    }
                }
                Sought::Unreachable(services) if services.contains(&subject.name) => {}
                Sought::Unreachable(services) => {
                    let far: Vec<Key> = services.iter().filter_map(|service| self.key(service)).cloned().collect();
                    if found.certain {
                        self.facts.notes.extend(far.into_iter().map(|to| Note::Unreachable {
                            from: subject.key.clone(),
                            to,
                            evidence: evidence.clone(),
                        }));
                    }
                }
                Sought::Unknown => match extra_host(subject, host) {
                    None => left.push(address),
                    Some("host-gateway") => {}
                    Some(ip) => left.push(Address::Host { host: ip.to_owned(), port: *port, family: *family }),
                },
            }
        }
        if inside
            && found.plane == Plane::Runtime
            && let Some(name) = self.name(subject.name)
        {
            self.callers.insert(name);
        }
        let mut targets: Vec<Target> = direct.into_iter().map(Target::Component).collect();
        if !left.is_empty() {
            targets.push(Target::Addresses { addresses: left, certain: found.certain });
        }
        // Several targets are one requirement that any of them meets, as several hosts in one value are.
        let group = (targets.len() > 1).then(|| Group { id: evidence.field.clone(), need: 1 });
        for target in targets {
            let fact = DependencyFact::new(subject.key.clone(), target, found.interaction, evidence.clone());
            let fact = fact.plane(found.plane).confidence(found.confidence);
            self.facts.dependencies.push(DependencyFact { group: group.clone(), ..fact });
        }
    }
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
