//! JSON patches (RFC 6902): a list of operations on paths.

use super::tree;
use crate::parse::{Node, Value};
use crate::source::Problem;

/// The tree with all operations of a patch applied, in order. The first one that cannot be applied is the problem.
pub(super) fn apply(node: &Node, patch: &Node) -> Result<Node, Problem> {
    patch.items().iter().try_fold(node.clone(), |node, operation| {
        let path = operation.str("path").unwrap_or_default();
        let pointer: Vec<String> = path.split('/').skip(1).map(|p| p.replace("~1", "/").replace("~0", "~")).collect();
        let pointer: Vec<&str> = pointer.iter().map(String::as_str).collect();
        let value = || operation.get("value").cloned().unwrap_or_else(|| tree::scalar(operation, ""));
        let edited = match operation.str("op") {
            Some("add") => edit(&node, &pointer, &Edit::Add(value())),
            Some("replace") => edit(&node, &pointer, &Edit::Replace(value())),
            Some("remove") => edit(&node, &pointer, &Edit::Remove),
            Some("test") => Some(node.clone()),
            Some(other @ ("move" | "copy")) => {
                return Err(Problem::new(operation.at(), format!("the operation {other} of a patch is not applied"))
                    .remedy("scan the output of kustomize build"));
            }
            _ => {
                return Err(Problem::new(operation.at(), "an item of this patch is no operation")
                    .remedy("give it an op: add, replace or remove"));
            }
        };
        edited.ok_or_else(|| {
            Problem::new(operation.at(), format!("the path {path} of this patch is not in its target"))
                .remedy("correct the path; add the parent first")
        })
    })
}

enum Edit {
    Add(Node),
    Replace(Node),
    Remove,
}

fn edit(node: &Node, pointer: &[&str], operation: &Edit) -> Option<Node> {
    let (first, rest) = pointer.split_first()?;
    match node.value() {
        Value::Mapping(entries) => {
            let mut entries = entries.clone();
            let found = entries.iter().rposition(|(key, _)| key.text() == Some(first));
            match (found, rest.is_empty(), operation) {
                (Some(i), true, Edit::Remove) => drop(entries.remove(i)),
                (Some(i), true, Edit::Add(value) | Edit::Replace(value)) => entries.get_mut(i)?.1 = value.clone(),
                (None, true, Edit::Add(value)) => entries.push((tree::scalar(value, first), value.clone())),
                (Some(i), false, _) => {
                    let entry = entries.get_mut(i)?;
                    entry.1 = edit(&entry.1, rest, operation)?;
                }
                _ => return None,
            }
            Some(node.with_value(Value::Mapping(entries)))
        }
        Value::Sequence(items) => {
            let mut items = items.clone();
            let index = if *first == "-" { items.len() } else { first.parse().ok()? };
            match (rest.is_empty(), operation) {
                (true, Edit::Add(value)) if index <= items.len() => items.insert(index, value.clone()),
                (true, Edit::Replace(value)) => *items.get_mut(index)? = value.clone(),
                (true, Edit::Remove) if index < items.len() => drop(items.remove(index)),
                (false, _) => {
                    let item = items.get_mut(index)?;
                    *item = edit(item, rest, operation)?;
                }
                _ => return None,
            }
            Some(node.with_value(Value::Sequence(items)))
        }
        Value::Null | Value::Scalar(..) => None,
    }
}
