//! Istio's VirtualService, where it is bound to a gateway.

use super::{Backend, Route, hosts_of, path_of};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::hosts;
use crate::facts::kubernetes::mesh::istio::{Istio, Rule, rules};
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::{Evidence, Layer};
use crate::parse::Node;
use crate::source::Problem;

pub(super) fn routes(cluster: &Cluster<'_>, object: &Object, istio: &Istio, problems: &mut Vec<Problem>) -> Vec<Route> {
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    // It steers traffic inside the mesh; nobody comes in through it.
    if is_mesh_only(spec) {
        return Vec::new();
    }
    let own_hosts = hosts_of(spec.get("hosts"));
    problems.extend(unserved(cluster, object, spec, &own_hosts));
    let mut routes = Vec::new();
    for protocol in ["http", "tls", "tcp"] {
        for Rule { object, node: rule } in rules(cluster, object, protocol) {
            let matches = rule.get("match").map(Node::items).unwrap_or_default();
            if !matches.is_empty() && matches.iter().all(|m| is_mesh_only(m) && m.get("gateways").is_some()) {
                continue;
            }
            let mut backends = backends(object, rule);
            backends.retain(|b| !own_hosts.iter().any(|host| is_way_out(b, host)));
            let path = matches.iter().find_map(|m| {
                let uri = m.get("uri")?;
                uri.str("prefix").or(uri.str("exact")).or(uri.str("regex"))
            });
            let policy = match protocol {
                "http" => istio.route(rule, Layer::Gateway, problems),
                _ => istio.connections(Layer::Gateway, Evidence::new(rule.at(), format!("spec.{protocol}"))),
            };
            let policies = vec![policy];
            routes.push(Route { hosts: own_hosts.clone(), path: path_of(path), backends, policies });
        }
    }
    routes
}

/// Whether a resource or match applies to sidecars alone: without gateways, or with the one called `mesh`.
fn is_mesh_only(node: &Node) -> bool {
    node.get("gateways").map(Node::items).unwrap_or_default().iter().all(|g| g.text() == Some("mesh"))
}

/// What is wrong if the input has all Gateways of a VirtualService, and none of them serves any of its hosts: Istio then
/// lets nobody in.
fn unserved(cluster: &Cluster<'_>, object: &Object, spec: &Node, hosts: &[String]) -> Option<Problem> {
    let list = spec.get("gateways")?;
    let mut served: Vec<&str> = Vec::new();
    for name in list.items().iter().filter_map(Node::text) {
        let (namespace, name) = name.split_once('/').unwrap_or((object.namespace(), name));
        let named = cluster.all(Role::Traffic, namespace, name);
        let found = named.iter().find(|o| &*o.kind == "Gateway" && o.group == object.group)?;
        let servers = found.node.path(&["spec", "servers"]).map(Node::items).unwrap_or_default();
        let hosts = servers.iter().flat_map(|s| s.get("hosts").map(Node::items).unwrap_or_default());
        // A host may be kept for VirtualServices of one namespace.
        let hosts = hosts.filter_map(|host| host.text()?.rsplit('/').next());
        served.extend(hosts);
    }
    let covers = |wide: &str, host: &str| match wide.strip_prefix('*') {
        Some(end) => host.ends_with(end),
        None => wide == host,
    };
    let meets = |host: &String| served.iter().any(|s| covers(s, host) || covers(host, s));
    if hosts.iter().any(meets) {
        return None;
    }
    let reason = format!("no Gateway of {} serves `{}`: nobody comes in", object.title(), hosts.join("`, `"));
    Some(Problem::new(list.at(), reason).remedy("write the host under `servers.hosts` of the Gateway"))
}

/// Whether a backend is the very host that the rule is for, outside the cluster: an egress gateway's rule, through
/// which nobody comes in.
fn is_way_out(backend: &Backend, host: &str) -> bool {
    hosts(&backend.target).any(|to| to == host.to_lowercase())
}

fn backends(object: &Object, rule: &Node) -> Vec<Backend> {
    let field = "route.destination.host";
    let destination = |node: &Node| Backend::host(object.namespace(), node.path(&["destination", "host"])?, field);
    let routes = rule.get("route").map(Node::items).unwrap_or_default();
    let mut backends: Vec<Backend> = Vec::new();
    for backend in routes.iter().filter_map(|r| Some(destination(r)?.weighted(r.get("weight")))) {
        // Subsets of one host are one backend.
        match backends.iter_mut().find(|b| b.target == backend.target) {
            Some(same) => same.weight = same.weight.zip(backend.weight).map(|(a, b)| a + b),
            None => backends.push(backend),
        }
    }
    let single = rule.path(&["mirror", "host"]).and_then(|host| Backend::host(object.namespace(), host, "mirror.host"));
    let several = rule.get("mirrors").map(Node::items).unwrap_or_default().iter().filter_map(destination);
    backends.extend(single.into_iter().chain(several).map(|backend| Backend { mirror: true, ..backend }));
    backends
}
