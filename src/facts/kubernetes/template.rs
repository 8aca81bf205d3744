//! OpenShift templates: objects with parameters, filled in as `oc process` does.

use crate::parse::{Node, Value};
use crate::source::Problem;
use std::collections::BTreeMap;

/// Whether a kind of a group is an OpenShift template.
pub(super) fn is_template(group: &str, kind: &str) -> bool {
    kind == "Template" && matches!(group, "" | "template.openshift.io")
}

/// The objects of a template, with its parameters filled in, and the parameters that somebody has to give.
///
/// A parameter without a value stands as its own name: what refers to each other still does, whatever is given.
pub(super) fn process(template: &Node) -> (Vec<Node>, Vec<Problem>) {
    let mut values = BTreeMap::new();
    let mut problems = Vec::new();
    for parameter in template.get("parameters").map(Node::items).unwrap_or_default() {
        let Some(name) = parameter.str("name") else { continue };
        let value = match parameter.str("value") {
            Some(value) => value.to_owned(),
            None => {
                if parameter.get("required").and_then(Node::bool) == Some(true) && parameter.get("generate").is_none() {
                    let reason = format!("parameter `{name}` has no value; its own name stands for it");
                    let file = template.file();
                    let remedy = format!("oc process --local -f {file} -p {name}=… -o yaml | linchpin scan -m -");
                    problems.push(Problem::new(parameter.at(), reason).remedy(remedy));
                }
                name.to_lowercase().replace('_', "-")
            }
        };
        values.insert(name, value);
    }
    let objects = template.get("objects").map(Node::items).unwrap_or_default();
    (objects.iter().map(|object| filled(object, &values)).collect(), problems)
}

/// A tree with `${NAME}` and `${{NAME}}` of known parameters replaced; parameters are not looked for in values.
fn filled(node: &Node, values: &BTreeMap<&str, String>) -> Node {
    match node.value() {
        Value::Null => node.clone(),
        Value::Scalar(text, style) => match fill(text, values) {
            Some(text) => node.with_value(Value::Scalar(text.into(), *style)),
            None => node.clone(),
        },
        Value::Sequence(items) => {
            node.with_value(Value::Sequence(items.iter().map(|item| filled(item, values)).collect()))
        }
        Value::Mapping(entries) => node.with_value(Value::Mapping(
            entries.iter().map(|(key, value)| (filled(key, values), filled(value, values))).collect(),
        )),
    }
}

/// The text with parameters replaced, if there are any.
fn fill(text: &str, values: &BTreeMap<&str, String>) -> Option<String> {
    let mut rest = text;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        let named = match after.strip_prefix('{') {
            Some(inside) => inside.split_once("}}"),
            None => after.split_once('}'),
        };
        let Some((name, closed)) = named else { break };
        out.push_str(before);
        match values.get(name) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[before.len()..rest.len() - closed.len()]),
        }
        rest = closed;
    }
    (rest.len() < text.len()).then(|| out + rest)
}
