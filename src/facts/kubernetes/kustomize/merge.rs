//! Strategic merge patches: mappings merge, lists of Kubernetes' own kinds merge by a key, everything else is replaced.

use super::tree;
use crate::facts::kubernetes::object::Object;
use crate::parse::{Node, Value};
use rustc_hash::FxHashMap;

/// The object with a patch applied; nothing if the patch deletes it.
pub(super) fn patch(object: &Object, patch: &Node) -> Option<Node> {
    // What Kubernetes knows nothing of has no merge keys.
    let builtin = !object.group.contains('.') || object.group.ends_with(".k8s.io");
    merge(&object.node, &anonymous(patch), builtin)
}

/// The patch without what says whom it is for: a target keeps its own identity.
fn anonymous(patch: &Node) -> Node {
    let without = |node: &Node, keys: &[&str]| {
        let entries = node.entries().iter().filter(|(key, _)| !key.text().is_some_and(|k| keys.contains(&k)));
        node.with_value(Value::Mapping(entries.cloned().collect()))
    };
    let patch = without(patch, &["apiVersion", "kind"]);
    tree::change(&patch, &["metadata"], &|metadata| without(metadata, &["name", "namespace"]))
}

fn merge(base: &Node, patch: &Node, builtin: bool) -> Option<Node> {
    match patch.str("$patch") {
        Some("delete") => return None,
        Some("replace") => return Some(without_directives(patch)),
        _ => {}
    }
    let mut entries = base.entries().to_vec();
    for (key, value) in patch.entries() {
        let Some(name) = key.text() else { continue };
        if name.starts_with('$') {
            continue;
        }
        let found = entries.iter().rposition(|(k, _)| k.text() == Some(name));
        let merged = match (found.and_then(|i| entries.get(i)), value.value()) {
            (_, Value::Null) => None,
            (Some((_, old)), Value::Mapping(_)) if matches!(old.value(), Value::Mapping(_)) => {
                merge(old, value, builtin)
            }
            (Some((_, old)), Value::Sequence(_)) if builtin => Some(merge_list(name, old, value)),
            (None, Value::Mapping(_)) if value.str("$patch") == Some("delete") => None,
            _ => Some(without_directives(value)),
        };
        match (found, merged) {
            (Some(i), Some(value)) => {
                if let Some(entry) = entries.get_mut(i) {
                    entry.1 = value;
                }
            }
            (Some(i), None) => drop(entries.remove(i)),
            (None, Some(value)) => entries.push((key.clone(), value)),
            (None, None) => {}
        }
    }
    Some(base.with_value(Value::Mapping(entries)))
}

/// The key by which items of a list are the same item.
fn merge_key(list: &str, items: &[Node]) -> Option<&'static str> {
    let key = match list {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" => "name",
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "hostAliases" => "ip",
        "topologySpreadConstraints" => "topologyKey",
        "ports" if items.iter().any(|i| i.get("containerPort").is_some()) => "containerPort",
        "ports" if items.iter().any(|i| i.get("port").is_some()) => "port",
        _ => return None,
    };
    Some(key)
}

fn merge_list(name: &str, base: &Node, patch: &Node) -> Node {
    let replace = patch.items().iter().any(|i| i.str("$patch") == Some("replace") && i.entries().len() == 1);
    let key = merge_key(name, patch.items()).filter(|_| !replace);
    let Some(key) = key else {
        let items = patch.items().iter().filter(|i| i.get("$patch").is_none());
        return patch.with_value(Value::Sequence(items.cloned().collect()));
    };
    let mut items: Vec<Option<Node>> = base.items().iter().cloned().map(Some).collect();
    let mut positions: FxHashMap<String, usize> = FxHashMap::default();
    for (i, item) in base.items().iter().enumerate() {
        if let Some(id) = item.str(key) {
            positions.insert(id.to_owned(), i);
        }
    }
    // Kustomize puts new items before the old ones.
    let mut new = Vec::new();
    for item in patch.items() {
        match item.str(key).and_then(|id| positions.get(id)).and_then(|&i| items.get_mut(i)) {
            Some(slot) => *slot = slot.as_ref().and_then(|old| merge(old, item, true)),
            None if item.str("$patch") == Some("delete") => {}
            None => new.push(without_directives(item)),
        }
    }
    base.with_value(Value::Sequence(new.into_iter().chain(items.into_iter().flatten()).collect()))
}

fn without_directives(node: &Node) -> Node {
    if node.get("$patch").is_none() {
        return node.clone();
    }
    let entries = node.entries().iter().filter(|(key, _)| key.text() != Some("$patch"));
    node.with_value(Value::Mapping(entries.cloned().collect()))
}
