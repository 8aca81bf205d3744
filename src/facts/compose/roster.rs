//! Whom env files speak to.

use super::dotenv::{self, Format};
use super::environment::Variable;
use super::load::resolve;
use super::order;
use super::project::Variant;
use super::reader::{Reader, Subject};
use crate::facts::address::{self, Address, Found, Setting};
use crate::facts::audience::Audience;
use crate::facts::{Confidence, Key};
use crate::parse::Node;
use crate::source::Location;
use std::collections::{BTreeMap, BTreeSet};

impl Reader<'_> {
    /// Finds out whom an env file speaks to, once for each file.
    pub(super) fn learn_audience(&mut self, variant: &Variant, path: &str) {
        if self.audiences.contains_key(path) {
            return;
        }
        let sharing = |(item, file): (&Node, &str)| resolve(&variant.homes, item, file) == path;
        let services = variant.model.services.iter();
        let sharing: BTreeMap<Key, bool> = services
            .filter(|(_, (_, node))| env_files(node).any(sharing))
            .filter_map(|(name, _)| Some((self.key(name)?.clone(), self.stored.contains(name.as_str()))))
            .collect();
        let answering = |host: String| {
            let keys = self.hosts.named(&host).filter_map(|service| self.key(service)).cloned().collect();
            (host, keys)
        };
        let audience = Audience::of(&sharing, self.hosts_in(path).into_iter().map(answering));
        self.facts.problems.extend(audience.problem(Location::start(path.into())));
        self.audiences.insert(path.to_owned(), audience);
    }

    /// What a variable says of a service, as far as the env file goes that it stands in: calls of peers are left out, if
    /// nothing else says that the service has to do with them.
    pub(super) fn heard(&self, subject: &Subject<'_>, variable: &Variable, mut found: Found) -> Option<Found> {
        let file = self.audiences.get(&*variable.evidence.at.file).filter(|_| variable.of_file);
        let Some(audience) = file else { return Some(found) };
        let names = [subject.name, &*subject.image.name].into_iter();
        if !audience.hears(&variable.key, self.stored.contains(subject.name), names) {
            return None;
        }
        let known: BTreeSet<&Key> = order::companions(subject.node).filter_map(|service| self.key(service)).collect();
        let stranger = |address: &Address| {
            audience.peers_at(address, &subject.key).is_some_and(|peers| peers.iter().all(|key| !known.contains(key)))
        };
        found.addresses.retain(|address| !stranger(address));
        if audience.is_everybody() {
            found.confidence = Confidence::Inferred;
        }
        Some(found)
    }

    /// The hosts that an env file names.
    fn hosts_in(&self, path: &str) -> BTreeSet<String> {
        let text = self.source.read(path).unwrap_or_default();
        let entries = dotenv::parse(&text, Format::Raw, &|_| None).entries;
        let settings: Vec<Setting<'_>> =
            entries.iter().filter_map(|e| Some(Setting { key: &e.key, value: e.value.as_deref()? })).collect();
        let found = address::in_settings(&settings).into_iter().flat_map(|(_, found)| found.addresses);
        found
            .filter_map(|address| match address {
                Address::Host { host, .. } => Some(host),
                Address::Resource { .. } => None,
            })
            .collect()
    }
}

/// The items of `env_file` with their paths.
pub(super) fn env_files(service: &Node) -> impl Iterator<Item = (&Node, &str)> {
    let items = service.get("env_file").into_iter().flat_map(Node::items);
    items.filter_map(|item| Some((item, item.text().or_else(|| item.str("path"))?)))
}
