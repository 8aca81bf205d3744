//! The JSON Schema and the reader know the same fields.

use crate::{fixture, trees};
use linchpin::facts::native;
use linchpin::parse::{Node, Style, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The fields of each object in the schema, by the fields' names: `name,namespace` is one object.
fn schema_objects(schema: &Json, found: &mut BTreeSet<String>) {
    if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
        assert_eq!(schema.get("additionalProperties"), Some(&Json::Bool(false)), "{schema}");
        found.insert(
            properties.keys().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(","),
        );
    }
    match schema {
        Json::Object(fields) => fields.values().for_each(|v| schema_objects(v, found)),
        Json::Array(items) => items.iter().for_each(|v| schema_objects(v, found)),
        _ => {}
    }
}

/// The tree with a field that cannot exist in its `n`-th mapping.
fn disturbed(node: &Node, n: &mut isize) -> Node {
    match node.value() {
        Value::Mapping(entries) => {
            *n -= 1;
            let mine = *n == -1;
            let mut entries: Vec<_> = entries.iter().map(|(k, v)| (k.clone(), disturbed(v, n))).collect();
            if mine {
                let key = node.with_value(Value::Scalar("no-such-field-at-all".into(), Style::Plain));
                entries.push((key.clone(), key));
            }
            node.with_value(Value::Mapping(entries))
        }
        Value::Sequence(items) => node.with_value(Value::Sequence(items.iter().map(|i| disturbed(i, n)).collect())),
        _ => node.clone(),
    }
}

/// Each object of the schema is a mapping of the reader with exactly the same fields, and the other way round.
#[test]
fn the_schema_is_what_the_reader_reads() {
    let mut schema = BTreeSet::new();
    schema_objects(native::schema().as_value(), &mut schema);

    let mut reader = BTreeSet::new();
    for node in trees(&fixture("every-field.yaml")) {
        for n in 0.. {
            let mut left = n;
            let Err(problems) = native::read(&disturbed(&node, &mut left), &Arc::from("native")) else { break };
            let said = problems.iter().map(|p| p.to_string()).collect::<String>();
            let (_, fields) = said.split_once("known here: ").unwrap();
            reader.insert(
                fields
                    .split(", ")
                    .map(|f| f.trim_matches('`'))
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect::<Vec<_>>()
                    .join(","),
            );
        }
    }
    assert_eq!(schema, reader);
}

/// What the schema requires, the reader misses.
#[test]
fn required_fields() {
    let mut required = BTreeMap::new();
    fn walk(schema: &Json, required: &mut BTreeMap<String, String>) {
        if let (Some(title), Some(names)) = (schema.get("properties"), schema.get("required")) {
            let fields: Vec<&str> = title.as_object().into_iter().flatten().map(|(k, _)| k.as_str()).collect();
            required.insert(fields.join(","), names.to_string());
        }
        match schema {
            Json::Object(fields) => fields.values().for_each(|v| walk(v, required)),
            Json::Array(items) => items.iter().for_each(|v| walk(v, required)),
            _ => {}
        }
    }
    walk(native::schema().as_value(), &mut required);
    let all: Vec<&String> = required.values().collect();
    assert_eq!(all.len(), 4, "{required:#?}");
    for names in [r#"["apiVersion","kind","metadata"]"#, r#"["name"]"#, r#"["tries"]"#] {
        assert!(all.iter().any(|r| *r == names), "{names} in {required:#?}");
    }
}
