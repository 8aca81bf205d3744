//! Who answers to a name in a service registry: applications register under their own name, which need not be the host
//! name of what runs them.

use crate::facts::address::Address;
use crate::facts::{Key, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The applications of one scope by the name under which they register, in lower case.
#[derive(Debug, Default)]
pub(super) struct Registry {
    names: BTreeMap<String, Vec<Key>>,
    /// Host names of the scope, which come before registered ones.
    pub(super) hosts: BTreeSet<Arc<str>>,
}

impl Registry {
    /// Notes under which name a component registers.
    pub(super) fn add(&mut self, name: &str, key: &Key) {
        let keys = self.names.entry(name.to_lowercase()).or_default();
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }

    /// Whom a registered name means; one that nobody registers is looked up as a host name.
    pub(super) fn service(&self, name: &str, certain: bool) -> Target {
        let name = name.trim().to_lowercase();
        match self.names.get(&name).map(Vec::as_slice) {
            Some([key]) => Target::Component(key.clone()),
            _ => {
                let address = Address::Host { host: name, port: None, family: None };
                Target::Addresses { addresses: vec![address], certain }
            }
        }
    }

    /// Whom addresses mean. Clients that balance load themselves write a registered name where others write a host.
    pub(super) fn target(&self, addresses: Vec<Address>, certain: bool) -> Target {
        if let [Address::Host { host, .. }] = addresses.as_slice()
            && !self.hosts.contains(host.as_str())
            && self.names.contains_key(host)
        {
            return self.service(host, certain);
        }
        Target::Addresses { addresses, certain }
    }
}
