//! Terraform plans and states as JSON (`terraform show -json`).
//!
//! Values that are known stand in the resources; those that only the deployment makes are references in the
//! configuration (in a plan), or the ids of other resources (in a state).

mod references;
mod types;

use super::resource::{Properties, Property, Resource, list, mapping, reference};
use super::stack::{Stack, Tool, name_by_file};
use crate::facts::Evidence;
use crate::parse::{Node, Value};
use crate::source::Problem;
use references::References;
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{From, Type};

/// How deep modules may lie in each other.
const MODULES: usize = 32;
/// Attributes by which one resource is known in the values of others.
const HANDLES: &[&str] = &[
    "id",
    "arn",
    "url",
    "invoke_arn",
    "qualified_arn",
    "execution_arn",
    "stream_arn",
    "endpoint",
    "dns_name",
    "address",
    "reader_endpoint",
    "primary_endpoint_address",
    "configuration_endpoint",
    "bucket_regional_domain_name",
    "bucket_domain_name",
    "function_name",
    "website_endpoint",
    "api_endpoint",
];

/// Whether a document is a plan or a state.
pub(super) fn recognises(node: &Node) -> bool {
    let held = || node.get("planned_values").or_else(|| node.get("values"));
    node.get("format_version").is_some()
        && node.get("terraform_version").is_some()
        && held().is_some_and(|values| values.get("root_module").is_some())
}

/// A plan or state as a stack.
pub(super) fn stack(plan: &Node, problems: &mut Vec<Problem>) -> Stack {
    let file = plan.file().clone();
    let mut stack = Stack::new(&name_by_file(&file), &file, Tool::Terraform);
    let region = plan.path(&["configuration", "provider_config", "aws", "expressions", "region", "constant_value"]);
    if let Some(region) = region.and_then(|node| Some((node.text()?, node))) {
        stack.region = Some((region.0.into(), Evidence::new(region.1.at(), "provider_config.aws.region")));
    }
    let values = plan.get("planned_values").or_else(|| plan.get("values"));
    let found = values.and_then(|v| v.get("root_module")).map(resources).unwrap_or_default();
    let references = References::of(plan, found.iter().map(|found| &*found.address));
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for found in &found {
        for handle in HANDLES.iter().filter_map(|handle| found.values.str(handle)).filter(|text| text.len() >= 4) {
            known.entry(handle).or_insert(&found.address);
        }
    }
    let mut others: BTreeMap<&str, &Node> = BTreeMap::new();
    for found in &found {
        match types::of(found.of) {
            Some(of) => stack.add(Lowering { found, of, references: &references, known: &known }.resource()),
            None if found.of.starts_with("aws_") || found.of.starts_with("null_") => {}
            None => {
                others.entry(found.of.split('_').next().unwrap_or(found.of)).or_insert(found.values);
            }
        }
    }
    let providers = ["google", "azurerm", "kubernetes", "helm", "mongodbatlas", "cloudflare"];
    for (provider, node) in others.into_iter().filter(|(provider, _)| providers.contains(provider)) {
        let reason = format!("resources of provider `{provider}` are left aside");
        let remedy = "linchpin reads those of `aws`; say the rest in native manifests";
        problems.push(Problem::new(node.at(), reason).remedy(remedy));
    }
    attach_targets(&mut stack);
    stack
}

/// A resource as a plan has it.
struct Found<'p> {
    address: String,
    of: &'p str,
    name: &'p str,
    node: &'p Node,
    values: &'p Node,
}

/// The managed resources of a module and those in it.
fn resources(root: &Node) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut open: Vec<(&Node, usize)> = vec![(root, 0)];
    while let Some((module, depth)) = open.pop() {
        for node in module.get("resources").map(Node::items).unwrap_or_default() {
            let managed = node.str("mode").is_none_or(|mode| mode == "managed");
            let (Some(address), Some(of), Some(values), true) =
                (node.str("address"), node.str("type"), node.get("values"), managed)
            else {
                continue;
            };
            let name = node.str("name").unwrap_or(address);
            found.push(Found { address: address.to_owned(), of, name, node, values });
        }
        if depth < MODULES {
            let children = module.get("child_modules").map(Node::items).unwrap_or_default();
            open.extend(children.iter().map(|child| (child, depth + 1)));
        }
    }
    found
}

/// A resource on its way into the common language.
struct Lowering<'a> {
    found: &'a Found<'a>,
    of: &'static Type,
    references: &'a References,
    known: &'a BTreeMap<&'a str, &'a str>,
}

impl Lowering<'_> {
    fn resource(&self) -> Resource {
        let address = &self.found.address;
        let at = Evidence::new(self.found.node.at(), address.as_str());
        let mut properties = Vec::new();
        for (path, from) in self.of.properties {
            let (name, inner) = path.split_once('.').unwrap_or((path, ""));
            let Some(node) = self.value(from) else { continue };
            let node = if inner.is_empty() { node } else { mapping(node.at(), [(inner, node)]) };
            let field = format!("{address}.{}", from.attribute());
            match properties.iter_mut().find(|p: &&mut Property| &*p.name == name) {
                Some(have) => have.node = merged(&have.node, &node),
                None => properties.push(Property::new(name, field, node)),
            }
        }
        let unknown = self.references.all(address).filter(|other| *other != address);
        let unknown: Vec<Node> = unknown.map(|other| reference(at.at.clone(), other)).collect();
        if !unknown.is_empty() {
            properties.push(Property::new("KnownAfterApply", address.as_str(), list(at.at.clone(), unknown)));
        }
        let aliases: Vec<Arc<str>> = vec![self.found.name.into()];
        Resource { aliases, ..Resource::lowered(address, self.of.common, at, properties) }
    }

    /// A property's value: what is known, or a reference to what will make it.
    fn value(&self, from: &From) -> Option<Node> {
        match from {
            From::At(attribute) => {
                let value = down(self.found.values, attribute).filter(|v| !v.is_null() && v.text() != Some(""));
                match value {
                    Some(value) => Some(self.with_references(value)),
                    None => {
                        let other = self.references.at(&self.found.address, attribute)?;
                        Some(reference(self.found.node.at(), other))
                    }
                }
            }
            From::Without(attribute, nothing) => {
                let value = down(self.found.values, attribute).filter(|v| !v.is_null())?;
                (value.text() != Some(*nothing)).then(|| value.clone())
            }
            From::Each(block, fields) => {
                let items = down(self.found.values, block).map(Node::items).unwrap_or_default();
                let item = |(index, item): (usize, &Node)| {
                    let entries = fields.iter().filter_map(|(name, attribute)| {
                        let value = down(item, attribute).filter(|v| !v.is_null() && v.text() != Some(""));
                        let path = format!("{block}.{index}.{attribute}");
                        let other = || self.references.at(&self.found.address, &path).map(|o| reference(item.at(), o));
                        Some((*name, value.map(|v| self.with_references(v)).or_else(other)?))
                    });
                    mapping(item.at(), entries)
                };
                let items: Vec<Node> = items.iter().enumerate().map(item).collect();
                (!items.is_empty()).then(|| list(self.found.values.at(), items))
            }
            From::All(ends) => {
                let mut all = Vec::new();
                for (block, attribute) in *ends {
                    for (index, item) in
                        down(self.found.values, block).map(Node::items).unwrap_or_default().iter().enumerate()
                    {
                        let path = format!("{block}.{index}.{attribute}");
                        let value = down(item, attribute).filter(|v| !v.is_null());
                        let other = || self.references.at(&self.found.address, &path).map(|o| reference(item.at(), o));
                        all.extend(value.map(|v| self.with_references(v)).or_else(other));
                    }
                }
                (!all.is_empty()).then(|| list(self.found.values.at(), all))
            }
        }
    }

    /// A value in which ids of other resources are references to them.
    fn with_references(&self, node: &Node) -> Node {
        match node.value() {
            Value::Scalar(text, _) => {
                let handle = text.strip_prefix("integrations/").unwrap_or(text);
                match self.known.get(handle).filter(|address| **address != self.found.address) {
                    Some(address) => reference(node.at(), address),
                    None => node.clone(),
                }
            }
            Value::Sequence(items) => {
                node.with_value(Value::Sequence(items.iter().map(|item| self.with_references(item)).collect()))
            }
            Value::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), self.with_references(value)));
                node.with_value(Value::Mapping(entries.collect()))
            }
            Value::Null => node.clone(),
        }
    }
}

/// The node down a dotted path in which numbers are places in a list.
fn down<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('.').try_fold(node, |node, part| match part.parse::<usize>() {
        Ok(index) => node.items().get(index),
        Err(_) => node.get(part),
    })
}

/// Two mappings as one.
fn merged(a: &Node, b: &Node) -> Node {
    let entries = a.entries().iter().chain(b.entries()).cloned().collect();
    a.with_value(Value::Mapping(entries))
}

/// The targets of a rule are resources of their own: here they become the rule's.
fn attach_targets(stack: &mut Stack) {
    let targets: Vec<Resource> =
        stack.resources.values().filter(|r| &*r.of == "AWS::Events::Target").cloned().collect();
    for target in targets {
        let (Some((rule, _)), Some((arn, field))) = (target.get("Rule"), target.get("Arn")) else { continue };
        let mut entries = vec![("Arn", arn.clone())];
        let more = ["RetryPolicy", "DeadLetterConfig"].map(|name| (name, target.get(name)));
        entries.extend(more.into_iter().filter_map(|(name, said)| Some((name, said?.0))));
        let node = mapping(arn.at(), entries);
        let named = |r: &Resource| r.get("Name").is_some_and(|(name, _)| name.text() == rule.text());
        let found = stack.resources.values_mut().find(|r| {
            &*r.of == "AWS::Events::Rule" && (rule.tag().is_some_and(|_| rule.text() == Some(&*r.id)) || named(r))
        });
        let Some(Properties::Lowered(properties)) = found.map(|r| &mut r.properties) else { continue };
        match properties.iter_mut().find(|p| &*p.name == "Targets") {
            Some(have) => {
                let items = have.node.items().iter().cloned().chain([node]).collect();
                have.node = list(have.node.at(), items);
            }
            None => properties.push(Property::new("Targets", field, list(arn.at(), vec![node]))),
        }
    }
}
