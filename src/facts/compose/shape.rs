//! One shape for every short and long form, so that merging and reading see only one: lists of pairs become mappings,
//! a single value where a list may stand becomes a list. What has another type than Compose allows is a problem and is
//! left out.

use crate::parse::{Node, Style, Value};
use crate::source::{Location, Problem};

/// What a field of a service may hold, and what it becomes.
#[derive(Clone, Copy)]
enum Form {
    /// A scalar.
    Scalar,
    /// A list; a scalar is a list of one.
    List,
    /// A list or a scalar that is one string of words (`command`).
    Words,
    /// A mapping.
    Mapping,
    /// A mapping; a scalar is the value of this key.
    MappingOr(&'static str),
    /// A mapping; a list has `key=value` items.
    Pairs(char),
    /// A mapping; a list has the names, without settings.
    Names,
}

fn form(field: &str) -> Option<Form> {
    Some(match field {
        "image" | "container_name" | "hostname" | "network_mode" | "pid" | "ipc" | "stop_grace_period" | "scale" => {
            Form::Scalar
        }
        "ports" | "volumes" | "configs" | "secrets" | "links" | "external_links" | "volumes_from" | "profiles"
        | "env_file" => Form::List,
        "command" | "entrypoint" => Form::Words,
        "deploy" | "healthcheck" => Form::Mapping,
        "build" => Form::MappingOr("context"),
        "extends" => Form::MappingOr("service"),
        "environment" | "labels" | "args" => Form::Pairs('='),
        "extra_hosts" => Form::Pairs(':'),
        "depends_on" | "networks" => Form::Names,
        _ => return None,
    })
}

/// A service in its one shape.
pub(super) fn service(name: &str, node: &Node, problems: &mut Vec<Problem>) -> Option<Node> {
    match node.value() {
        Value::Null => Some(node.with_value(Value::Mapping(Vec::new()))),
        Value::Mapping(_) => Some(fields(node, problems)),
        _ => {
            let reason = format!("service `{}` is {}; expected a mapping", shown(name), node.sort());
            problems.push(Problem::new(node.at(), reason));
            None
        }
    }
}

/// The same mapping with every field that has a form in that form.
fn fields(node: &Node, problems: &mut Vec<Problem>) -> Node {
    let mut entries = Vec::with_capacity(node.entries().len());
    for (key, value) in node.entries() {
        let value = match key.text().and_then(|field| Some((field, form(field)?))) {
            Some((field, form)) => match shaped(value, form) {
                Some(value) if matches!(field, "build" | "deploy") => fields(&value, problems),
                Some(value) => value,
                None => {
                    let reason = format!("`{field}` is {}; {}", value.sort(), expected(form));
                    problems.push(Problem::new(value.at(), reason));
                    continue;
                }
            },
            None => value.clone(),
        };
        entries.push((key.clone(), value));
    }
    node.with_value(Value::Mapping(entries))
}

fn expected(form: Form) -> &'static str {
    match form {
        Form::Scalar => "expected one value",
        Form::List => "expected a list",
        Form::Words => "expected a string or a list of strings",
        Form::Mapping => "expected a mapping",
        Form::MappingOr(_) => "expected a string or a mapping",
        Form::Pairs(_) | Form::Names => "expected a mapping or a list",
    }
}

/// The value in the form; `None` if it cannot be. Nothing stays nothing: it means "as before" in an override.
fn shaped(value: &Node, form: Form) -> Option<Node> {
    let kept = || Some(value.clone());
    match (form, value.value()) {
        (_, Value::Null) => kept(),
        (Form::Scalar | Form::Words, Value::Scalar(..)) => kept(),
        (Form::List | Form::Words, Value::Sequence(_)) => kept(),
        (Form::List, Value::Scalar(..)) => Some(value.with_value(Value::Sequence(vec![untagged(value)]))),
        (Form::Mapping | Form::MappingOr(_) | Form::Pairs(_) | Form::Names, Value::Mapping(_)) => kept(),
        (Form::MappingOr(key), Value::Scalar(..)) => {
            Some(value.with_value(Value::Mapping(vec![(text(value.at(), key), untagged(value))])))
        }
        (Form::Pairs(separator), Value::Sequence(items)) => {
            let pairs = items.iter().filter_map(|item| pair(item, separator));
            Some(value.with_value(Value::Mapping(pairs.collect())))
        }
        (Form::Names, Value::Sequence(items)) => {
            let names = items.iter().filter(|item| item.text().is_some());
            let names = names.map(|item| (item.clone(), Node::new(item.at(), None, Value::Null)));
            Some(value.with_value(Value::Mapping(names.collect())))
        }
        _ => None,
    }
}

/// `KEY=value` as a key and a value that stand where the item stands; `KEY` has no value.
fn pair(item: &Node, separator: char) -> Option<(Node, Node)> {
    let (key, value) = match item.text()?.split_once(['=', separator]) {
        Some((key, value)) => (key, Value::Scalar(value.into(), Style::Plain)),
        None => (item.text()?, Value::Null),
    };
    Some((text(item.at(), key.trim()), Node::new(item.at(), None, value)))
}

/// A scalar at a place.
pub(super) fn text(at: Location, text: &str) -> Node {
    Node::new(at, None, Value::Scalar(text.into(), Style::Plain))
}

fn untagged(node: &Node) -> Node {
    Node::new(node.at(), None, node.value().clone())
}

/// A name as it may be shown: names can hold control characters, and a message is one line.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(60).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::tree;
    use super::*;

    /// Short and long forms have one shape.
    #[test]
    fn forms() {
        let rows = [
            ("environment: [A=1, B=, C, 'D=x=y']", r#"{"environment": {"A": "1", "B": "", "C": null, "D": "x=y"}}"#),
            ("environment: {A: 1, C: }", r#"{"environment": {"A": "1", "C": null}}"#),
            ("depends_on: [a, b]", r#"{"depends_on": {"a": null, "b": null}}"#),
            ("build: ./web", r#"{"build": {"context": "./web"}}"#),
            ("build: {args: [A=1]}", r#"{"build": {"args": {"A": "1"}}}"#),
            ("env_file: a.env", r#"{"env_file": ["a.env"]}"#),
            ("extra_hosts: ['a:1.2.3.4', 'b=::1']", r#"{"extra_hosts": {"a": "1.2.3.4", "b": "::1"}}"#),
            ("ports: !override [1]", r#"{"ports": !override ["1"]}"#),
            ("command: a b", r#"{"command": "a b"}"#),
            ("x-other: [1]", r#"{"x-other": ["1"]}"#),
        ];
        for (text, want) in rows {
            let shape = service("web", &tree(text), &mut Vec::new());
            assert_eq!(format!("{:?}", shape.unwrap()), want, "{text}");
        }
    }

    /// A field of a wrong type is a problem with its line, and the rest of the service is kept.
    #[test]
    fn wrong_types() {
        let mut problems = Vec::new();
        let shape = service("web", &tree("image: a\nports: {a: b}\nenvironment: x\nimage2: [1]"), &mut problems);
        assert_eq!(format!("{:?}", shape.unwrap()), r#"{"image": "a", "image2": ["1"]}"#);
        assert_eq!(problems.iter().map(|p| p.at.line).collect::<Vec<_>>(), [2, 3]);
        assert!(service("web", &tree("[1]"), &mut problems).is_none());
        assert_eq!(problems.len(), 3);
    }
}
