//! How a Compose file changes another: compose-spec 13-merge.md, with `!reset` and `!override`.

use crate::parse::{Node, Value};
use rustc_hash::FxHashMap;

/// How a value of the later file meets the earlier one.
#[derive(Clone, Copy)]
enum Rule {
    /// Mappings merge, sequences append, everything else is replaced.
    Deep,
    /// The later value stands alone.
    Replace,
    /// Mappings merge, and a name without a value counts as one.
    Pairs,
    /// Sequences append, but of items with the same identity the later one counts.
    Unique(fn(&Node) -> String),
}

fn rule(path: &[&str]) -> Rule {
    match path {
        ["command" | "entrypoint"] | ["healthcheck", "test"] => Rule::Replace,
        ["environment" | "labels"] | ["build", "args"] => Rule::Pairs,
        ["ports"] => Rule::Unique(port),
        ["volumes" | "configs" | "secrets"] => Rule::Unique(mount),
        ["env_file" | "profiles" | "links" | "external_links" | "volumes_from"] => Rule::Unique(item),
        _ => Rule::Deep,
    }
}

/// A service as the later file `over` changes it. Both are in the shape of [`super::shape::service`].
pub(super) fn service(base: &Node, over: &Node) -> Node {
    merge(base, over, &mut Vec::new())
}

/// A network, volume, config or secret as a later file changes it.
pub(super) fn resource(base: &Node, over: &Node) -> Node {
    // No rule of a service applies below this.
    merge(base, over, &mut vec!["resource"])
}

fn merge<'a>(base: &'a Node, over: &'a Node, path: &mut Vec<&'a str>) -> Node {
    if matches!(over.tag(), Some("reset" | "override")) {
        return over.clone();
    }
    let rule = rule(path);
    match (base.value(), over.value(), rule) {
        (_, Value::Null, _) => base.clone(),
        (Value::Mapping(base_entries), Value::Mapping(entries), Rule::Deep | Rule::Pairs) => {
            let mut merged = base_entries.clone();
            let mut places: FxHashMap<&str, usize> = FxHashMap::default();
            places.extend(base_entries.iter().enumerate().filter_map(|(i, (k, _))| Some((k.text()?, i))));
            for (key, value) in entries {
                match key.text().and_then(|name| Some((name, *places.get(name)?))) {
                    Some((name, place)) => {
                        let Some((_, earlier)) = base_entries.get(place) else { continue };
                        let value = if matches!(rule, Rule::Pairs) {
                            value.clone()
                        } else {
                            path.push(name);
                            let value = merge(earlier, value, path);
                            path.pop();
                            value
                        };
                        if let Some(entry) = merged.get_mut(place) {
                            *entry = (key.clone(), value);
                        }
                    }
                    None => merged.push((key.clone(), value.clone())),
                }
            }
            over.with_value(Value::Mapping(merged))
        }
        (Value::Sequence(base_items), Value::Sequence(items), Rule::Deep) => {
            over.with_value(Value::Sequence(base_items.iter().chain(items).cloned().collect()))
        }
        (Value::Sequence(base_items), Value::Sequence(items), Rule::Unique(identity)) => {
            let mut merged: Vec<Node> = Vec::with_capacity(base_items.len() + items.len());
            let mut places: FxHashMap<String, usize> = FxHashMap::default();
            for item in base_items.iter().chain(items) {
                let place = *places.entry(identity(item)).or_insert(merged.len());
                match merged.get_mut(place) {
                    Some(earlier) => *earlier = item.clone(),
                    None => merged.push(item.clone()),
                }
            }
            over.with_value(Value::Sequence(merged))
        }
        _ => over.clone(),
    }
}

/// A published port is the same if everything that tells two apart is.
fn port(node: &Node) -> String {
    match node.text() {
        Some(text) => text.to_owned(),
        None => ["host_ip", "published", "target", "protocol"].map(|k| node.str(k).unwrap_or_default()).join(":"),
    }
}

/// A mount is the same if it stands at the same place in the container.
fn mount(node: &Node) -> String {
    match node.text() {
        Some(text) => super::mounts::parts(text).1.to_owned(),
        None => node.str("target").or_else(|| node.str("source")).unwrap_or_default().to_owned(),
    }
}

fn item(node: &Node) -> String {
    node.text().or_else(|| node.str("path")).unwrap_or_default().to_owned()
}

/// The node without what `!reset` dropped; `None` if that is all of it.
pub(super) fn settled(node: &Node) -> Option<Node> {
    if node.tag() == Some("reset") {
        return None;
    }
    Some(match node.value() {
        Value::Mapping(entries) => {
            let kept = entries.iter().filter_map(|(k, v)| Some((k.clone(), settled(v)?)));
            node.with_value(Value::Mapping(kept.collect()))
        }
        Value::Sequence(items) => node.with_value(Value::Sequence(items.iter().filter_map(settled).collect())),
        Value::Null | Value::Scalar(..) => node.clone(),
    })
}

/// The node without one of its keys.
pub(super) fn without(node: &Node, key: &str) -> Node {
    let kept = node.entries().iter().filter(|(k, _)| k.text() != Some(key)).cloned();
    node.with_value(Value::Mapping(kept.collect()))
}

#[cfg(test)]
mod tests {
    use super::super::shape;
    use super::super::testing::tree;
    use super::*;

    fn merged(base: &str, over: &str) -> String {
        let [base, over] = [base, over].map(|t| shape::service("s", &tree(t), &mut Vec::new()).unwrap());
        format!("{:?}", settled(&service(&base, &over)).unwrap())
    }

    /// Each field merges by its own rule.
    #[test]
    fn rules() {
        let rows = [
            ("image: a", "image: b", r#"{"image": "b"}"#),
            ("image: a", "tty: true", r#"{"image": "a", "tty": "true"}"#),
            ("image: a", "image: ", r#"{"image": "a"}"#),
            ("command: [a, b]", "command: c", r#"{"command": "c"}"#),
            ("entrypoint: a b", "entrypoint: [c]", r#"{"entrypoint": ["c"]}"#),
            (
                "healthcheck: {test: [a], retries: 1}",
                "healthcheck: {test: [b]}",
                r#"{"healthcheck": {"test": ["b"], "retries": "1"}}"#,
            ),
            (
                "environment: [A=1, B=2]",
                "environment: {B: 3, C: 4}",
                r#"{"environment": {"A": "1", "B": "3", "C": "4"}}"#,
            ),
            ("environment: [A=1]", "environment: [A]", r#"{"environment": {"A": null}}"#),
            (
                "depends_on: [a]",
                "depends_on: {b: {condition: x}}",
                r#"{"depends_on": {"a": null, "b": {"condition": "x"}}}"#,
            ),
            ("dns: [a]", "dns: [b]", r#"{"dns": ["a", "b"]}"#),
            ("ports: ['80:80']", "ports: ['80:80', '81:80']", r#"{"ports": ["80:80", "81:80"]}"#),
            ("volumes: ['a:/x', '/y']", "volumes: ['b:/x:ro']", r#"{"volumes": ["b:/x:ro", "/y"]}"#),
            (
                "volumes: ['a:/x']",
                "volumes: [{type: volume, source: b, target: /x}]",
                r#"{"volumes": [{"type": "volume", "source": "b", "target": "/x"}]}"#,
            ),
            ("secrets: [a]", "secrets: [a, b]", r#"{"secrets": ["a", "b"]}"#),
            ("build: .", "build: {target: dev}", r#"{"build": {"context": ".", "target": "dev"}}"#),
            (
                "networks: [a]",
                "networks: {a: {aliases: [x]}, b: }",
                r#"{"networks": {"a": {"aliases": ["x"]}, "b": null}}"#,
            ),
            (
                "deploy: {replicas: 1, labels: {a: b}}",
                "deploy: {replicas: 2}",
                r#"{"deploy": {"replicas": "2", "labels": {"a": "b"}}}"#,
            ),
            ("ports: ['1:1']", "ports: !override ['2:2']", r#"{"ports": !override ["2:2"]}"#),
            ("ports: ['1:1']\nimage: a", "ports: !reset []", r#"{"image": "a"}"#),
            ("environment: [A=1, B=2]", "environment: {A: !reset null}", r#"{"environment": {"B": "2"}}"#),
            ("image: a", "ports: !reset ['1:1']", r#"{"image": "a"}"#),
        ];
        for (base, over, want) in rows {
            assert_eq!(merged(base, over), want, "{base} + {over}");
        }
    }
}
