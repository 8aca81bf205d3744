//! Releases of charts that the cluster makes itself (Flux' HelmRelease, Argo CD's Application): their workloads are not
//! in the input, but their values may name services that are.

use super::cluster::Cluster;
use super::object::Object;
use super::role::Role;
use crate::facts::address::{Setting, in_file, in_settings};
use crate::facts::{
    Answer, Assumable, Class, ComponentFact, Confidence, DependencyFact, Evidence, Facts, Key, Kind, NameFact, Plane,
    Target,
};
use crate::parse::Node;

/// Values that say how many instances there are.
const REPLICAS: [&str; 2] = ["replicaCount", "replicas"];

/// Adds a component for each release whose values name somebody, and whom they name. Nothing is known of the others
/// but that they are deployed.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    for object in cluster.of(Role::Release) {
        let (namespace, name) = identity(object);
        let key = Key::new(&cluster.scope, Class::Workload, &namespace, &name);
        if cluster.workloads.iter().any(|w| w.key == key) {
            continue;
        }
        let mut found = Vec::new();
        for values in values(object) {
            match values.text() {
                Some(text) => {
                    for (line, address) in in_file("values.yaml", text) {
                        found.push((address, values.at_text_line(line)));
                    }
                }
                None => tree(values, &mut String::new(), &mut found),
            }
        }
        let parameters =
            object.node.path(&["spec", "source", "helm", "parameters"]).map(Node::items).unwrap_or_default();
        for parameter in parameters {
            let Some((key, value)) = parameter.str("name").zip(parameter.get("value")) else { continue };
            for (_, address) in in_settings(&[Setting { key, value: value.text().unwrap_or_default() }]) {
                found.push((address, value.at()));
            }
        }
        found.retain(|(address, _)| address.plane == Plane::Runtime);
        if found.is_empty() {
            continue;
        }
        let evidence = Evidence::new(object.name_node().at(), "metadata.name");
        let mut fact = ComponentFact::new(key.clone(), Kind::Service, evidence.clone());
        fact.replicas = replicas(object);
        facts.components.push(fact);
        let answer = Answer::Components(vec![key.clone()]);
        let (scope, namespace) = (cluster.scope.clone(), Some(namespace.as_str().into()));
        facts.names.push(NameFact { scope, namespace, name: name.to_lowercase().into(), answer, evidence });
        for (address, at) in found {
            // The chart decides whether a value is used, so one that leads nowhere is no mistake.
            let target = Target::Addresses { addresses: address.addresses, certain: false };
            let fact = DependencyFact::new(key.clone(), target, address.interaction, Evidence::new(at, "values"));
            facts.dependencies.push(fact.confidence(Confidence::Inferred));
        }
    }
}

/// Namespace and name of what the release deploys.
fn identity(object: &Object) -> (String, String) {
    let text = |path: &[&str]| object.node.path(path).and_then(Node::text).map(str::to_owned);
    let namespace = text(&["spec", "targetNamespace"]).or_else(|| text(&["spec", "destination", "namespace"]));
    let name = text(&["spec", "releaseName"]).or_else(|| text(&["spec", "source", "helm", "releaseName"]));
    (namespace.unwrap_or_else(|| object.namespace().to_owned()), name.unwrap_or_else(|| object.name.to_string()))
}

/// Trees and texts of values.
fn values(object: &Object) -> impl Iterator<Item = &Node> {
    const PLACES: [&[&str]; 3] =
        [&["spec", "values"], &["spec", "source", "helm", "valuesObject"], &["spec", "source", "helm", "values"]];
    PLACES.into_iter().filter_map(|path| object.node.path(path))
}

fn replicas(object: &Object) -> Option<Assumable<u32>> {
    let trees = values(object).filter(|v| v.text().is_none());
    let mut stated = trees.flat_map(|v| REPLICAS.into_iter().filter_map(|key| v.get(key)));
    stated.find_map(|node| {
        let count = u32::try_from(node.int()?).ok()?;
        Some(Assumable::explicit(count, Evidence::new(node.at(), "values.replicaCount")))
    })
}

type Found = (crate::facts::address::Found, crate::source::Location);

/// The addresses of a tree; its nesting is bounded by the parser's 255.
fn tree(node: &Node, path: &mut String, found: &mut Vec<Found>) {
    const LONGEST: usize = 512;
    if let Some(text) = node.text() {
        for (_, address) in in_settings(&[Setting { key: path, value: text }]) {
            found.push((address, node.at()));
        }
    }
    node.items().iter().for_each(|item| tree(item, path, found));
    // Where the release itself is found, and what it is made of.
    const OWN: [&str; 6] = ["ingress", "httpRoute", "route", "image", "images", "repository"];
    for (key, _, value) in node.fields().filter(|(key, ..)| !OWN.contains(key)) {
        let length = path.len();
        if length + key.len() < LONGEST {
            path.push('.');
            path.push_str(key);
        }
        tree(value, path, found);
        path.truncate(length);
    }
}
