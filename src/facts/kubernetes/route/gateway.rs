//! The Gateway API's routes.

use super::{Backend, Route, hosts_of, kong, path_of};
use crate::facts::Layer;
use crate::facts::block::Time;
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::mesh::{Meshes, consul, gateway_api};
use crate::facts::kubernetes::object::Object;
use crate::parse::Node;
use crate::source::Problem;
use std::collections::BTreeSet;

pub(super) fn routes(
    cluster: &Cluster<'_>,
    object: &Object,
    meshes: &Meshes,
    problems: &mut Vec<Problem>,
) -> Vec<Route> {
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    let parents = spec.get("parentRefs").map(Node::items).unwrap_or_default();
    // A route whose parents are Services steers traffic inside the mesh; nobody comes in through it.
    if !parents.is_empty() && parents.iter().all(|p| p.str("kind") == Some("Service")) {
        return Vec::new();
    }
    let hosts = hosts_of(spec.get("hostnames"));
    let maker = gateway_api::maker(cluster, object);
    let mut routes = Vec::new();
    for rule in spec.get("rules").map(Node::items).unwrap_or_default() {
        let mut backends: Vec<_> = references(object, rule, "backendRefs").collect();
        for filter in rule.get("filters").map(Node::items).unwrap_or_default() {
            let mirror = filter.path(&["requestMirror", "backendRef"]);
            let mirrored = mirror.and_then(|m| reference(object, m));
            backends.extend(mirrored.map(|backend| Backend { mirror: true, ..backend }));
        }
        let matches = rule.get("matches").map(Node::items).unwrap_or_default();
        // All matches of a rule have the same backends; the first one names it.
        let path = matches.first().map_or_else(|| "/".to_owned(), path);
        let mut policy = gateway_api::rule(object, rule, maker, Layer::Gateway, &meshes.istio, problems);
        if let Some(policy) = &mut policy {
            consul::filters(cluster, object, rule, policy, problems);
        }
        let policies = match maker {
            // Kong has its own word for tries, and no limit around them: that of the rule is one of each try.
            gateway_api::Maker::Kong => {
                let each = rule.path(&["timeouts", "backendRequest"]).and_then(Node::text);
                let each = each.and_then(|text| Time::Units.milliseconds(text)).filter(|ms| *ms > 0.0);
                kong::policies(cluster, object, &services(rule), each, problems)
            }
            _ => policy.into_iter().collect(),
        };
        routes.push(Route { hosts: hosts.clone(), path, backends, policies });
    }
    routes
}

fn path(matched: &Node) -> String {
    let grpc = || {
        let method = matched.get("method")?;
        Some(format!(
            "/{}",
            [method.str("service"), method.str("method")].into_iter().flatten().collect::<Vec<_>>().join("/")
        ))
    };
    matched.path(&["path", "value"]).map(|p| path_of(p.text())).or_else(grpc).unwrap_or_else(|| "/".to_owned())
}

/// The names of the Services behind a rule, in the route's own namespace.
fn services(rule: &Node) -> BTreeSet<String> {
    let backends = rule.get("backendRefs").map(Node::items).unwrap_or_default();
    backends.iter().filter_map(|backend| backend.str("name")).map(str::to_owned).collect()
}

fn references<'a>(object: &'a Object, rule: &'a Node, key: &str) -> impl Iterator<Item = Backend> + 'a {
    rule.get(key).map(Node::items).unwrap_or_default().iter().filter_map(|r| reference(object, r))
}

fn reference(object: &Object, node: &Node) -> Option<Backend> {
    if node.str("kind").is_some_and(|kind| kind != "Service") {
        return None;
    }
    let namespace = node.str("namespace").unwrap_or(object.namespace());
    Some(Backend::service(namespace, node.get("name")?, "backendRefs.name")?.weighted(node.get("weight")))
}
