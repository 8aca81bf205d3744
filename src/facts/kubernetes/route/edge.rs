//! OpenShift's Route, Traefik's IngressRoute and Ambassador's Mapping: one small reader each.

use super::{Backend, Route, host_of, path_of};
use crate::facts::Target;
use crate::facts::kubernetes::object::Object;
use crate::parse::Node;

/// OpenShift: one host and path, with alternatives by weight.
pub(super) fn openshift(object: &Object) -> Vec<Route> {
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    let alternatives = spec.get("alternateBackends").map(Node::items).unwrap_or_default();
    let read = |node: &Node| {
        Some(Backend::service(object.namespace(), node.get("name")?, "to.name")?.weighted(node.get("weight")))
    };
    let backends = spec.get("to").into_iter().chain(alternatives).filter_map(read).collect();
    vec![Route { hosts: host_of(spec.str("host")), path: path_of(spec.str("path")), backends, policies: Vec::new() }]
}

/// Traefik: the match is an expression such as ``Host(`shop.example`) && PathPrefix(`/api`)``.
pub(super) fn traefik(object: &Object) -> Vec<Route> {
    let rules = object.node.path(&["spec", "routes"]).map(Node::items).unwrap_or_default();
    let route = |rule: &Node| {
        let expression = rule.str("match").unwrap_or_default();
        let services = rule.get("services").map(Node::items).unwrap_or_default();
        let read = |service: &Node| {
            // A TraefikService is a balancer inside Traefik, not a Service.
            if service.str("kind").is_some_and(|kind| kind != "Service") {
                return None;
            }
            let namespace = service.str("namespace").unwrap_or(object.namespace());
            let backend = Backend::service(namespace, service.get("name")?, "services.name")?;
            Some(backend.weighted(service.get("weight")))
        };
        Route {
            hosts: host_of(argument(expression, "Host(").or(argument(expression, "HostSNI("))),
            path: path_of(argument(expression, "PathPrefix(").or(argument(expression, "Path("))),
            backends: services.iter().filter_map(read).collect(), policies: Vec::new()
        }
    };
    rules.iter().map(route).collect()
}

/// The first argument of a matcher.
fn argument<'a>(expression: &'a str, matcher: &str) -> Option<&'a str> {
    let quotes = ['`', '"', '\''];
    let (_, rest) = expression.split_once(matcher)?;
    rest.trim_start().strip_prefix(quotes)?.split(quotes).next()
}

/// Ambassador and Emissary: one prefix to one service, written as a host with an optional scheme and port.
pub(super) fn mapping(object: &Object) -> Vec<Route> {
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    let Some(node) = spec.get("service") else { return Vec::new() };
    let text = node.text().unwrap_or_default();
    let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = authority.split([':', '/']).next().unwrap_or_default();
    // `cart.shop` is a Service of another namespace here, never a public host.
    let (name, namespace) = match host.split_once('.') {
        Some((name, rest)) => (name, rest.split('.').next().unwrap_or(rest)),
        None => (host, object.namespace()),
    };
    if name.is_empty() {
        return Vec::new();
    }
    let target = Target::Name { namespace: namespace.into(), name: name.to_lowercase().into() };
    let hosts = host_of(spec.str("hostname").or(spec.str("host")));
    let backends = vec![Backend::new(target, node, "service")];
    vec![Route { hosts, path: path_of(spec.str("prefix")), backends, policies: Vec::new() }]
}
