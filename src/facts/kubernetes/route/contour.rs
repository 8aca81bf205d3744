//! Contour's HTTPProxy: a tree of proxies, of which those with a virtual host are roots.

use super::{Backend, Proxies, Route, contour_policy, host_of, path_of};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::parse::Node;
use crate::source::Problem;
use std::collections::BTreeSet;

pub(super) fn routes(
    cluster: &Cluster<'_>,
    object: &Object,
    proxies: &Proxies,
    problems: &mut Vec<Problem>,
) -> Vec<Route> {
    let Some(host) = object.node.path(&["spec", "virtualhost"]).and_then(|v| v.str("fqdn")) else { return Vec::new() };
    let hosts = host_of(Some(host));
    let mut routes = Vec::new();
    // Each proxy once: Contour refuses circles, and a second inclusion brings the same backends.
    let mut seen = BTreeSet::from([(object.namespace(), &*object.name)]);
    let mut open = vec![(object, String::new())];
    while let Some((object, prefix)) = open.pop() {
        let Some(spec) = object.node.get("spec") else { continue };
        for route in spec.get("routes").map(Node::items).unwrap_or_default() {
            let path = path_of(Some(&format!("{prefix}{}", condition(route))));
            let policies = contour_policy::of_route(cluster, object, route, proxies, problems);
            routes.push(Route { hosts: hosts.clone(), path, backends: backends(object, route), policies });
        }
        if let Some(tcp) = spec.get("tcpproxy") {
            let policies = vec![contour_policy::of_connections(cluster, tcp)];
            let (hosts, path, backends) = (hosts.clone(), "/".to_owned(), backends(object, tcp));
            routes.push(Route { hosts, path, backends, policies });
        }
        for include in spec.get("includes").map(Node::items).unwrap_or_default() {
            let namespace = include.str("namespace").unwrap_or(object.namespace());
            let included = include.str("name").and_then(|name| cluster.find(Role::Route, namespace, name, object));
            let child = included.filter(|o| &*o.kind == "HTTPProxy" && o.node.path(&["spec", "virtualhost"]).is_none());
            if let Some(child) = child.filter(|o| seen.insert((o.namespace(), &o.name))) {
                open.push((child, format!("{prefix}{}", condition(include))));
            }
        }
    }
    routes
}

/// The prefix that a route or inclusion is for.
fn condition(node: &Node) -> &str {
    let conditions = node.get("conditions").map(Node::items).unwrap_or_default();
    let path = conditions.iter().find_map(|c| c.str("prefix").or(c.str("exact")).or(c.str("regex")));
    path.unwrap_or_default().trim_end_matches('/')
}

fn backends(object: &Object, route: &Node) -> Vec<Backend> {
    let services = route.get("services").map(Node::items).unwrap_or_default();
    let read = |service: &Node| {
        let backend = Backend::service(object.namespace(), service.get("name")?, "services.name")?;
        let mirror = service.get("mirror").and_then(Node::bool) == Some(true);
        Some(Backend { mirror, ..backend.weighted(service.get("weight")) })
    };
    services.iter().filter_map(read).collect()
}
