//! Ingress, in `networking.k8s.io/v1` and in the older groups.

use super::{Backend, Route, host_of, path_of};
use crate::facts::kubernetes::object::Object;
use crate::parse::Node;

pub(super) fn routes(object: &Object) -> Vec<Route> {
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    let mut routes = Vec::new();
    for rule in spec.get("rules").map(Node::items).unwrap_or_default() {
        let hosts = host_of(rule.str("host"));
        for path in rule.path(&["http", "paths"]).map(Node::items).unwrap_or_default() {
            if let Some(backend) = path.get("backend").and_then(|b| backend(object, b)) {
                routes.push(Route {
                    hosts: hosts.clone(),
                    path: path_of(path.str("path").filter(|p| !p.is_empty())),
                    backends: vec![backend], policies: Vec::new()
                });
            }
        }
    }
    let default = spec.get("defaultBackend").or(spec.get("backend"));
    routes.extend(default.and_then(|b| backend(object, b)).map(|backend| Route {
        hosts: host_of(None),
        path: "/".to_owned(),
        backends: vec![backend], policies: Vec::new()
    }));
    routes
}

fn backend(object: &Object, node: &Node) -> Option<Backend> {
    let name = node.path(&["service", "name"]).or_else(|| node.get("serviceName"))?;
    Backend::service(object.namespace(), name, "backend.service.name")
}
