//! configMapGenerator and secretGenerator: objects made of literals and files. The hash that kustomize adds to their
//! names is left out, together with the references that it rewrites.

use super::build::{Builder, Resource};
use super::kustomization::Kustomization;
use super::tree;
use crate::facts::kubernetes::object::{self, Reading};
use crate::parse::{Node, Style, Value};
use crate::source::Location;
use std::sync::Arc;

/// Adds the generated objects of a kustomization, or changes the ones that are there already.
pub(super) fn apply(kustomization: &Kustomization, builder: &mut Builder<'_>, resources: &mut Vec<Resource>) {
    for (list, kind, field) in
        [("configMapGenerator", "ConfigMap", "data"), ("secretGenerator", "Secret", "stringData")]
    {
        for generator in kustomization.list(list) {
            let Some(name) = generator.get("name").filter(|n| n.text().is_some()) else { continue };
            let data = tree::mapping(generator, data(kustomization, builder, generator));
            let existing =
                resources.iter_mut().find(|r| *r.object.kind == *kind && r.is_named(name.text().unwrap_or_default()));
            match (generator.str("behavior"), existing) {
                (Some("merge"), Some(resource)) => {
                    let node = data.fields().fold(resource.object.node.clone(), |node, (key, _, value)| {
                        tree::set(&node, &[field, key], value)
                    });
                    resource.object.node = node;
                }
                (Some("replace"), Some(resource)) => {
                    resource.object.node = tree::set(&resource.object.node, &[field], &data);
                }
                _ => resources.extend(made(generator, kind, name, field, data)),
            }
        }
    }
}

fn made(generator: &Node, kind: &str, name: &Node, field: &str, data: Node) -> Option<Resource> {
    let key = |text| tree::scalar(generator, text);
    let mut metadata = vec![(key("name"), name.clone())];
    metadata.extend(generator.get("namespace").map(|namespace| (key("namespace"), namespace.clone())));
    let node = tree::mapping(
        generator,
        vec![
            (key("apiVersion"), key("v1")),
            (key("kind"), key(kind)),
            (key("metadata"), tree::mapping(name, metadata)),
            (key(field), data),
        ],
    );
    match object::read(&node) {
        Reading::Objects(objects, _) => objects.into_iter().next().map(Resource::new),
        _ => None,
    }
}

/// The keys and values of a generator, each where it was written.
fn data(kustomization: &Kustomization, builder: &mut Builder<'_>, generator: &Node) -> Vec<(Node, Node)> {
    let mut entries = Vec::new();
    let list = |key| generator.get(key).map(Node::items).unwrap_or_default();
    for node in list("files") {
        let Some(text) = node.text() else { continue };
        let (key, path) = text.split_once('=').unwrap_or((text.rsplit('/').next().unwrap_or(text), text));
        if let Some((file, content)) = builder.text(kustomization, node, path) {
            entries.push((tree::scalar(node, key), line(&file, 1, &content)));
        }
    }
    for node in list("envs").iter().chain(generator.get("env")) {
        let Some(path) = node.text() else { continue };
        if let Some((file, content)) = builder.text(kustomization, node, path) {
            for (number, text) in (1..).zip(content.lines()) {
                if let Some((key, value)) = text.split_once('=').filter(|_| !text.trim_start().starts_with('#')) {
                    let value = line(&file, number, value.trim());
                    entries.push((tree::scalar(&value, key.trim()), value));
                }
            }
        }
    }
    for node in list("literals") {
        if let Some((key, value)) = node.text().and_then(|t| t.split_once('=')) {
            let unquoted = value.strip_prefix(['"', '\'']).and_then(|v| v.strip_suffix(['"', '\''])).unwrap_or(value);
            entries.push((tree::scalar(node, key), tree::scalar(node, unquoted)));
        }
    }
    entries
}

/// Text of a file from a line on, in such a way that its lines keep their numbers.
fn line(file: &Arc<str>, number: u32, text: &str) -> Node {
    Node::new(Location::new(file.clone(), number, 1), None, Value::Scalar(text.into(), Style::Block))
}
