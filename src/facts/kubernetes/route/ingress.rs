//! Ingress, in `networking.k8s.io/v1` and in the older groups.

use super::controller::{self, Controller};
use super::{Backend, Proxies, Route, contour_policy, host_of, kong, nginx, path_of, traefik};
use crate::facts::CallPolicy;
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::parse::Node;
use crate::source::Problem;
use std::collections::BTreeSet;

pub(super) fn routes(
    cluster: &Cluster<'_>,
    object: &Object,
    proxies: &Proxies,
    problems: &mut Vec<Problem>,
) -> Vec<Route> {
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    let policies: Vec<CallPolicy> = match controller::of(cluster, object) {
        Controller::Nginx => vec![nginx::policy(cluster, object, problems)],
        Controller::Contour => vec![contour_policy::of_ingress(cluster, object, problems)],
        Controller::Traefik => vec![traefik::of_ingress(cluster, object, proxies, problems)],
        Controller::Kong => kong::policies(cluster, object, &services(spec), None, problems),
        Controller::Unknown => Vec::new(),
    };
    let mut routes = Vec::new();
    for rule in spec.get("rules").map(Node::items).unwrap_or_default() {
        let hosts = host_of(rule.str("host"));
        for path in rule.path(&["http", "paths"]).map(Node::items).unwrap_or_default() {
            if let Some(backend) = path.get("backend").and_then(|b| backend(object, b)) {
                routes.push(Route {
                    hosts: hosts.clone(),
                    path: path_of(path.str("path").filter(|p| !p.is_empty())),
                    backends: vec![backend],
                    policies: policies.clone(),
                });
            }
        }
    }
    let default = spec.get("defaultBackend").or(spec.get("backend"));
    routes.extend(default.and_then(|b| backend(object, b)).map(|backend| Route {
        hosts: host_of(None),
        path: "/".to_owned(),
        backends: vec![backend],
        policies: policies.clone(),
    }));
    routes
}

/// The names of all Services behind an Ingress.
fn services(spec: &Node) -> BTreeSet<String> {
    let rules = spec.get("rules").map(Node::items).unwrap_or_default().iter();
    let paths = rules.flat_map(|rule| rule.path(&["http", "paths"]).map(Node::items).unwrap_or_default());
    let backends = paths.filter_map(|path| path.get("backend"));
    let default = spec.get("defaultBackend").or(spec.get("backend"));
    backends.chain(default).filter_map(|b| name(b)?.text()).map(str::to_owned).collect()
}

fn name(backend: &Node) -> Option<&Node> {
    backend.path(&["service", "name"]).or_else(|| backend.get("serviceName"))
}

fn backend(object: &Object, node: &Node) -> Option<Backend> {
    Backend::service(object.namespace(), name(node)?, "backend.service.name")
}
