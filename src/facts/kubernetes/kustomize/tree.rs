//! New trees from old ones: everything that stays keeps its place.

use crate::parse::{Node, Value};

/// A tree heavier than this keeps its own lines: aliases would have to be copied to move it.
const WEIGHT: u64 = 100_000;

/// The tree with every line moved down.
pub(super) fn moved_down(node: &Node, lines: u32) -> Node {
    if node.weight() > WEIGHT { node.clone() } else { moved(node, lines) }
}

fn moved(node: &Node, lines: u32) -> Node {
    let value = match node.value() {
        Value::Null => Value::Null,
        Value::Scalar(text, style) => Value::Scalar(text.clone(), *style),
        Value::Sequence(items) => Value::Sequence(items.iter().map(|i| moved(i, lines)).collect()),
        Value::Mapping(entries) => {
            Value::Mapping(entries.iter().map(|(k, v)| (moved(k, lines), moved(v, lines))).collect())
        }
    };
    let mut at = node.at();
    at.line = at.line.saturating_add(lines);
    Node::new(at, node.tag().map(Into::into), value)
}

/// A scalar that stands where another node does.
pub(super) fn scalar(at: &Node, text: &str) -> Node {
    Node::new(at.at(), None, Value::Scalar(text.into(), crate::parse::Style::Plain))
}

/// A mapping that stands where another node does.
pub(super) fn mapping(at: &Node, entries: Vec<(Node, Node)>) -> Node {
    Node::new(at.at(), None, Value::Mapping(entries))
}

/// The tree with a value at a path of keys; missing mappings on the way are made, anything else on it gives way.
pub(super) fn set(node: &Node, path: &[&str], value: &Node) -> Node {
    let Some((first, rest)) = path.split_first() else { return value.clone() };
    let mut entries = node.entries().to_vec();
    match entries.iter_mut().rev().find(|(key, _)| key.text() == Some(first)) {
        Some((_, old)) => *old = set(old, rest, value),
        None => entries.push((scalar(value, first), set(&mapping(value, Vec::new()), rest, value))),
    }
    node.with_value(Value::Mapping(entries))
}

/// The tree with what `change` makes of the value at a path of keys, if it is there.
pub(super) fn change(node: &Node, path: &[&str], change_value: &dyn Fn(&Node) -> Node) -> Node {
    let Some((first, rest)) = path.split_first() else { return change_value(node) };
    if node.get(first).is_none() {
        return node.clone();
    }
    let entries = node.entries().iter().map(|(key, value)| {
        let value = if key.text() == Some(first) { change(value, rest, change_value) } else { value.clone() };
        (key.clone(), value)
    });
    node.with_value(Value::Mapping(entries.collect()))
}
