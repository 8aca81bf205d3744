//! Which controller serves an Ingress: what its annotations mean, and what holds where it says nothing.

use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::parse::Node;

/// A controller of Ingresses whose settings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Controller {
    /// ingress-nginx, of the Kubernetes project.
    Nginx,
    /// Contour.
    Contour,
    /// Traefik.
    Traefik,
    /// Kong.
    Kong,
    /// Another, or one that the input does not tell.
    Unknown,
}

/// How IngressClasses name the controllers.
const NAMES: [(&str, Controller); 6] = [
    ("k8s.io/ingress-nginx", Controller::Nginx),
    ("projectcontour.io/", Controller::Contour),
    ("traefik.io/ingress-controller", Controller::Traefik),
    ("ingress-controllers.konghq.com/kong", Controller::Kong),
    ("configuration.konghq.com/kong", Controller::Kong),
    // NGINX's own controller has other annotations and other defaults.
    ("nginx.org/", Controller::Unknown),
];

/// Annotations that only one controller understands.
const PREFIXES: [(&str, Controller); 5] = [
    ("nginx.org/", Controller::Unknown),
    ("nginx.ingress.kubernetes.io/", Controller::Nginx),
    ("projectcontour.io/", Controller::Contour),
    ("traefik.ingress.kubernetes.io/", Controller::Traefik),
    ("konghq.com/", Controller::Kong),
];

/// The controller of an Ingress: by its class, else by annotations that only one understands, else by the cluster's
/// default class.
pub(super) fn of(cluster: &Cluster<'_>, ingress: &Object) -> Controller {
    let annotations = ingress.node.path(&["metadata", "annotations"]);
    let by_field = ingress.node.get("spec").and_then(|s| s.str("ingressClassName"));
    let class = by_field.or_else(|| annotations.and_then(|a| a.str("kubernetes.io/ingress.class")));
    let written =
        |prefix: &str| annotations.into_iter().flat_map(Node::fields).any(|(key, ..)| key.starts_with(prefix));
    let by_annotation = || PREFIXES.into_iter().find(|(prefix, _)| written(prefix)).map(|(_, c)| c);
    match class {
        Some(class) => by_class(cluster, class, written("nginx.org/")),
        None => by_annotation().or_else(|| by_default(cluster)).unwrap_or(Controller::Unknown),
    }
}

fn by_class(cluster: &Cluster<'_>, class: &str, of_nginx_itself: bool) -> Controller {
    let objects = cluster.all(Role::Traffic, "default", class).iter().filter(|o| &*o.kind == "IngressClass");
    if let Some(controller) = objects.filter_map(|o| controller(o)).next() {
        return controller;
    }
    // By their charts' own names; whoever runs two controllers of a sort adds a word.
    match class {
        _ if of_nginx_itself => Controller::Unknown,
        c if c.contains("nginx") => Controller::Nginx,
        c if c.contains("contour") => Controller::Contour,
        c if c.contains("traefik") => Controller::Traefik,
        c if c.contains("kong") => Controller::Kong,
        _ => Controller::Unknown,
    }
}

fn by_default(cluster: &Cluster<'_>) -> Option<Controller> {
    let default = |o: &&&Object| {
        let annotations = o.node.path(&["metadata", "annotations"]);
        annotations.and_then(|a| a.str("ingressclass.kubernetes.io/is-default-class")) == Some("true")
    };
    let classes = cluster.of(Role::Traffic).iter().filter(|o| &*o.kind == "IngressClass");
    classes.filter(default).find_map(|o| controller(o))
}

fn controller(class: &Object) -> Option<Controller> {
    let name = class.node.get("spec")?.str("controller")?;
    Some(NAMES.into_iter().find(|(known, _)| name.starts_with(known)).map_or(Controller::Unknown, |(_, c)| c))
}
