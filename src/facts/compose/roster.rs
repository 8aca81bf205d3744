//! Env files that many services share and that say where these very services are.
//!
//! Such a file tells everybody where everybody is. Who calls whom is not in it, so what it shows is inferred.

use super::dotenv::{self, Format};
use super::load::resolve;
use super::project::Variant;
use super::reader::Reader;
use crate::facts::address::{self, Address, Setting};
use crate::parse::Node;
use std::collections::BTreeSet;

/// So many services must share a file before it can be everybody's.
const SHARED_BY: usize = 3;
/// So many of them must be named in it: one may be the one that they all call.
const NAMES: usize = 2;

impl Reader<'_> {
    /// Whether an env file is a roster of the services that share it. Asked once for each file.
    pub(super) fn is_roster(&mut self, variant: &Variant, path: &str) -> bool {
        if let Some(known) = self.rosters.get(path) {
            return *known;
        }
        let shared_by: BTreeSet<&str> = variant
            .model
            .services
            .iter()
            .filter(|(_, (_, node))| env_files(node).any(|(item, file)| resolve(&variant.homes, item, file) == path))
            .map(|(name, _)| name.as_str())
            .collect();
        let is = shared_by.len() >= SHARED_BY
            && self.hosts_in(path).iter().filter(|h| shared_by.contains(&***h)).count() >= NAMES;
        self.rosters.insert(path.to_owned(), is);
        is
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
