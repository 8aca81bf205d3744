//! Who answers to which name on which network.

use super::project::Project;
use super::proxies;
use crate::parse::Node;
use std::collections::{BTreeMap, BTreeSet};

/// How many services may share each other's network in a row.
const SHARING_LIMIT: usize = 16;

/// Names of networks.
pub(super) type Networks = BTreeSet<String>;

/// What became of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sought<'a> {
    /// No service of the project has it.
    Unknown,
    /// These services answer; `all` if there are no others of that name.
    Found {
        /// Their names.
        services: Vec<&'a str>,
        /// Nobody else has the name.
        all: bool,
    },
    /// These services have the name, and none of them is on a network of the one who asks.
    Unreachable(Vec<&'a str>),
    /// It is the public host of these services, which a reverse proxy sends there: one of them is meant.
    Published(Vec<&'a str>),
}

/// The names of a project.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    /// Name in lower case → service → networks on which it answers to that name.
    names: BTreeMap<String, BTreeMap<String, Networks>>,
    /// Service → its networks in any variant.
    networks: BTreeMap<String, Networks>,
    /// Public host → the services that a reverse proxy sends it to.
    published: BTreeMap<String, BTreeSet<String>>,
}

impl Hosts {
    /// The names of a project, over all its variants.
    pub(super) fn of(project: &Project) -> Self {
        let mut hosts = Self::default();
        for variant in &project.variants {
            let service = |name: &str| variant.model.services.get(name).map(|(_, node)| node);
            for name in &variant.own {
                let Some(node) = service(name) else { continue };
                let networks = networks(node, &service);
                hosts.networks.entry(name.clone()).or_default().extend(networks.iter().cloned());
                for host in proxies::public_hosts(node) {
                    hosts.published.entry(host).or_default().insert(name.clone());
                }
                if node.str("network_mode").is_some_and(|mode| mode.starts_with("service:")) {
                    continue;
                }
                // Swarm answers `tasks.api` with all replicas.
                let tasks = format!("tasks.{name}");
                let own = [Some(name.as_str()), Some(&tasks), node.str("container_name"), node.str("hostname")];
                for host in own.into_iter().flatten() {
                    hosts.add(host, name, networks.iter());
                }
                for (network, _, settings) in node.get("networks").into_iter().flat_map(Node::fields) {
                    for alias in settings.get("aliases").into_iter().flat_map(Node::items).filter_map(Node::text) {
                        hosts.add(alias, name, [network.to_owned()].iter());
                    }
                    for address in ["ipv4_address", "ipv6_address"].into_iter().filter_map(|field| settings.str(field))
                    {
                        hosts.add(address, name, [network.to_owned()].iter());
                    }
                }
            }
        }
        hosts
    }

    fn add<'a>(&mut self, host: &str, service: &str, networks: impl Iterator<Item = &'a String>) {
        let services = self.names.entry(host.to_ascii_lowercase()).or_default();
        services.entry(service.to_owned()).or_default().extend(networks.cloned());
    }

    /// Who answers to a name for somebody on these networks.
    pub(super) fn seek(&self, from: &Networks, host: &str) -> Sought<'_> {
        let Some(services) = self.names.get(host) else {
            let published = self.published.get(host);
            return published.map_or(Sought::Unknown, |s| Sought::Published(s.iter().map(String::as_str).collect()));
        };
        let reachable: Vec<&str> =
            services.iter().filter(|(_, on)| !on.is_disjoint(from)).map(|(service, _)| service.as_str()).collect();
        if reachable.is_empty() {
            return Sought::Unreachable(services.keys().map(String::as_str).collect());
        }
        let all = reachable.len() == services.len();
        Sought::Found { services: reachable, all }
    }

    /// Whether two services share a network.
    pub(super) fn connected(&self, from: &Networks, to: &str) -> bool {
        self.networks.get(to).is_some_and(|networks| !networks.is_disjoint(from))
    }

    /// All names with the services that have them.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        self.names.iter().map(|(name, services)| (name.as_str(), services.keys().map(String::as_str)))
    }

    /// The services of the project that have a name.
    pub(super) fn named(&self, host: &str) -> impl Iterator<Item = &str> {
        self.names.get(host).into_iter().flat_map(|services| services.keys().map(String::as_str))
    }

    /// Whether a service of the project has the name.
    pub(super) fn knows(&self, host: &str) -> bool {
        self.names.contains_key(host)
    }
}

/// The networks that a service is on.
pub(super) fn networks<'a>(service: &'a Node, named: &dyn Fn(&str) -> Option<&'a Node>) -> Networks {
    let mut service = service;
    for _ in 0..SHARING_LIMIT {
        let Some(mode) = service.str("network_mode").or_else(|| service.str("net")) else { break };
        match mode.strip_prefix("service:").map(named) {
            Some(Some(other)) => service = other,
            // `bridge` has no names but links; files that rely on it are old and mean what a network means today.
            None if matches!(mode, "bridge" | "default") => return Networks::from(["default".to_owned()]),
            _ => return Networks::new(),
        }
    }
    let listed: Networks =
        service.get("networks").into_iter().flat_map(Node::fields).map(|(n, _, _)| n.to_owned()).collect();
    if listed.is_empty() { Networks::from(["default".to_owned()]) } else { listed }
}

#[cfg(test)]
mod tests {
    use super::super::testing::tree;
    use super::*;

    /// A service is on the networks that it lists, on the default one, on another service's, or on none.
    #[test]
    fn memberships() {
        let file = tree(
            "a: {image: a}\nb: {networks: {x: , y: }}\nc: {network_mode: 'service:b'}\nd: {network_mode: host}\n\
             e: {network_mode: 'service:e'}\nf: {network_mode: bridge}\ng: {network_mode: 'service:none'}",
        );
        let rows =
            [("a", "default"), ("b", "x y"), ("c", "x y"), ("d", ""), ("e", "default"), ("f", "default"), ("g", "")];
        for (name, want) in rows {
            let found = networks(file.get(name).unwrap(), &|n| file.get(n));
            assert_eq!(found.into_iter().collect::<Vec<_>>().join(" "), want, "{name}");
        }
    }
}
