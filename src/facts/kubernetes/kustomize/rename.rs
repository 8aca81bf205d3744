//! namePrefix and nameSuffix: new names for all objects, and for the references between them.

use super::build::Resource;
use super::kustomization::Kustomization;
use super::tree;
use crate::facts::kubernetes::role::Role;
use crate::parse::{Node, Value};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Old names to new ones, for each role that something refers to.
type Names = FxHashMap<(Role, Arc<str>), Arc<str>>;

/// Renames the objects of a kustomization.
pub(super) fn apply(kustomization: &Kustomization, resources: &mut [Resource]) {
    let text = |key| kustomization.node.str(key).unwrap_or_default();
    let (prefix, suffix) = (text("namePrefix"), text("nameSuffix"));
    if prefix.is_empty() && suffix.is_empty() {
        return;
    }
    let mut names = Names::default();
    for resource in resources.iter_mut().filter(|r| r.object.role.namespaced()) {
        let object = &mut resource.object;
        let name: Arc<str> = format!("{prefix}{}{suffix}", object.name).into();
        let old = std::mem::replace(&mut object.name, name.clone());
        let node = tree::scalar(object.name_node(), &name);
        object.node = tree::set(&object.node, &["metadata", "name"], &node);
        names.insert((object.role, old.clone()), name);
        resource.former.push(old);
    }
    for resource in resources {
        resource.object.node = references(&resource.object.node, "", &names);
    }
}

/// Which role the name under a key refers to, below a parent key.
fn role(parent: &str, key: &str) -> Option<Role> {
    match (parent, key) {
        ("configMapRef" | "configMapKeyRef" | "configMap", "name") => Some(Role::ConfigMap),
        ("secretRef" | "secretKeyRef" | "secret" | "imagePullSecrets", "name") => Some(Role::Secret),
        (_, "secretName") => Some(Role::Secret),
        ("persistentVolumeClaim", "claimName") => Some(Role::Claim),
        ("service", "name") | (_, "serviceName") => Some(Role::Service),
        ("scaleTargetRef", "name") => Some(Role::Workload),
        _ => None,
    }
}

fn references(node: &Node, parent: &str, names: &Names) -> Node {
    match node.value() {
        Value::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let name = key.text().unwrap_or_default();
                let renamed = role(parent, name).zip(value.text()).and_then(|(r, text)| names.get(&(r, text.into())));
                let value = match renamed {
                    Some(new) => tree::scalar(value, new),
                    None => references(value, name, names),
                };
                (key.clone(), value)
            });
            node.with_value(Value::Mapping(entries.collect()))
        }
        Value::Sequence(items) => {
            node.with_value(Value::Sequence(items.iter().map(|i| references(i, parent, names)).collect()))
        }
        Value::Null | Value::Scalar(..) => node.clone(),
    }
}
