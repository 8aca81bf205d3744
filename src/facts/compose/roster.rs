//! Env files that several services share.
//!
//! A store gets such a file for its own settings. And a file that says where the very services are that share it tells
//! everybody where everybody is: who calls whom is not in it.

use super::dotenv::{self, Format};
use super::environment::Variable;
use super::load::resolve;
use super::order;
use super::project::Variant;
use super::reader::{Reader, Subject};
use crate::facts::address::{self, Address, Setting};
use crate::parse::Node;
use crate::source::{Location, Problem};
use std::collections::BTreeSet;

/// So many services must share a file before it can be everybody's.
const SHARED_BY: usize = 3;
/// So many of them must be named in it: one may be the one that they all call.
const NAMES: usize = 2;

/// Whom an env file speaks to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Audience {
    /// How many services share it.
    shared_by: usize,
    /// It names several services that share it, so that what it shows is inferred.
    everybody: bool,
    /// Those of them that are no stores, if there are several: they need not call each other. Whoever shares the file and is
    /// not in it may be the one that it was written for.
    peers: BTreeSet<String>,
    /// That something was left out was told.
    told: bool,
}

impl Reader<'_> {
    /// Finds out whom an env file speaks to, once for each file.
    pub(super) fn learn_audience(&mut self, variant: &Variant, path: &str) {
        if !self.audiences.contains_key(path) {
            let found = self.audience(variant, path);
            self.audiences.insert(path.to_owned(), found);
        }
    }

    fn audience(&self, variant: &Variant, path: &str) -> Audience {
        let sharing = |(item, file): (&Node, &str)| resolve(&variant.homes, item, file) == path;
        let services = variant.model.services.iter();
        let shared_by: BTreeSet<&str> =
            services.filter(|(_, (_, node))| env_files(node).any(sharing)).map(|(name, _)| name.as_str()).collect();
        let hosts = self.hosts_in(path);
        let named: BTreeSet<&str> = hosts.iter().filter_map(|host| shared_by.get(host.as_str()).copied()).collect();
        let everybody = shared_by.len() >= SHARED_BY && named.len() >= NAMES;
        let mut peers: BTreeSet<String> =
            named.iter().filter(|name| !self.stored.contains(*name)).map(|name| (*name).to_owned()).collect();
        if !everybody || peers.len() < NAMES {
            peers.clear();
        }
        Audience { shared_by: shared_by.len(), everybody, peers, told: false }
    }

    /// Whether a variable stands in a file that speaks to everybody.
    pub(super) fn is_said_to_all(&self, variable: &Variable) -> bool {
        variable.of_file && self.audiences.get(&*variable.evidence.at.file).is_some_and(|file| file.everybody)
    }

    /// Whether a variable may say whom a service calls, as far as the file goes that it stands in.
    pub(super) fn speaks_to(&self, subject: &Subject<'_>, variable: &Variable) -> bool {
        let shared = self.audiences.get(&*variable.evidence.at.file).is_some_and(|file| file.shared_by > 1);
        let names = [subject.name, &*subject.image.name].into_iter();
        !(variable.of_file && shared && self.stored.contains(subject.name))
            || address::is_named_after(&variable.key, names)
    }

    /// Leaves out the peers of a service that share the file of a variable with it, if nothing else says that the service
    /// has to do with them.
    pub(super) fn without_strangers(
        &mut self,
        subject: &Subject<'_>,
        variable: &Variable,
        addresses: Vec<Address>,
    ) -> Vec<Address> {
        let Some(file) = self
            .audiences
            .get_mut(&*variable.evidence.at.file)
            .filter(|file| variable.of_file && file.peers.contains(subject.name))
        else {
            return addresses;
        };
        let known: BTreeSet<&str> = order::companions(subject.node).collect();
        let stranger = |address: &Address| match address {
            Address::Host { host, .. } => {
                file.peers.contains(host.as_str()) && !known.contains(host.as_str()) && host != subject.name
            }
            Address::Resource { .. } => false,
        };
        let all = addresses.len();
        let kept: Vec<Address> = addresses.into_iter().filter(|address| !stranger(address)).collect();
        if kept.len() < all && !file.told {
            file.told = true;
            let reason = format!(
                "tells the {} services that share it where {} of them are; who of these calls whom is not in it, so that only \
                 what `depends_on`, `links` and their own settings show is taken",
                file.shared_by,
                file.peers.len()
            );
            let problem = Problem::new(Location::start(variable.evidence.at.file.clone()), reason);
            self.facts.problems.push(problem.remedy("state who calls whom in a native manifest, or add traces"));
        }
        kept
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
