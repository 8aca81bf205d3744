//! What a kustomization does to all its objects: namespace, labels, replicas.

use super::build::Resource;
use super::kustomization::Kustomization;
use super::tree;
use crate::facts::kubernetes::role::Role;
use crate::parse::{Node, Value};

/// Sets the namespace and the labels.
pub(super) fn apply(kustomization: &Kustomization, resources: &mut [Resource]) {
    if let Some(node) = kustomization.node.get("namespace")
        && let Some(namespace) = node.text().filter(|n| !n.is_empty())
    {
        for resource in resources.iter_mut().filter(|r| r.object.role.namespaced()) {
            resource.object.namespace = Some(namespace.into());
            resource.object.node = tree::set(&resource.object.node, &["metadata", "namespace"], node);
        }
    }
    if let Some(labels) = kustomization.node.get("commonLabels") {
        resources.iter_mut().for_each(|r| label(r, labels, true, true));
    }
    for item in kustomization.list("labels") {
        let flag = |key| item.get(key).and_then(Node::bool) == Some(true);
        if let Some(pairs) = item.get("pairs") {
            let selectors = flag("includeSelectors");
            resources.iter_mut().for_each(|r| label(r, pairs, selectors, selectors || flag("includeTemplates")));
        }
    }
}

/// Sets replica counts.
pub(super) fn replicas(kustomization: &Kustomization, resources: &mut [Resource]) {
    for item in kustomization.list("replicas") {
        if let (Some(name), Some(count)) = (item.str("name"), item.get("count")) {
            let scaled = resources.iter_mut().filter(|r| {
                matches!(&*r.object.kind, "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController")
                    && r.is_named(name)
            });
            for resource in scaled {
                resource.object.node = tree::set(&resource.object.node, &["spec", "replicas"], count);
            }
        }
    }
}

/// Paths of pod templates and of the selectors that go with them.
const TEMPLATES: [&[&str]; 2] =
    [&["spec", "template", "metadata"], &["spec", "jobTemplate", "spec", "template", "metadata"]];

fn label(resource: &mut Resource, labels: &Node, selectors: bool, templates: bool) {
    let add = |node: &Node| labels.fields().fold(node.clone(), |node, (key, _, value)| tree::set(&node, &[key], value));
    let mut node = tree::set(
        &resource.object.node,
        &["metadata", "labels"],
        &add(&labelled(&resource.object.node, &["metadata"], labels)),
    );
    if templates && resource.object.role == Role::Workload {
        for path in TEMPLATES {
            node = tree::change(&node, path, &|metadata| {
                tree::set(metadata, &["labels"], &add(&labelled(metadata, &[], labels)))
            });
        }
    }
    if selectors {
        let selector: &[&[&str]] = match (resource.object.role, &*resource.object.kind) {
            (Role::Service, _) | (Role::Workload, "ReplicationController" | "DeploymentConfig") => {
                &[&["spec", "selector"]]
            }
            (Role::Workload, _) => &[&["spec", "selector", "matchLabels"]],
            (Role::NetworkPolicy, _) => &[&["spec", "podSelector", "matchLabels"]],
            _ => &[],
        };
        for path in selector {
            node = tree::change(&node, path, &add);
        }
    }
    resource.object.node = node;
}

/// The labels below a path, or an empty mapping to add some to.
fn labelled(node: &Node, path: &[&str], at: &Node) -> Node {
    let labels = node.path(path).and_then(|m| m.get("labels"));
    labels.filter(|l| matches!(l.value(), Value::Mapping(_))).cloned().unwrap_or_else(|| tree::mapping(at, Vec::new()))
}
