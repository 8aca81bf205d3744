//! CloudFormation templates, in YAML and JSON.

use super::kinds;
use super::resource::{Resource, mapping, scalar};
use super::sam;
use super::shape;
use super::stack::{Output, Parameter, Stack, Tool, name_by_file};
use crate::facts::Evidence;
use crate::parse::Node;
use crate::source::{Problem, quoted};

/// The only version of the format that there is.
const VERSION: &str = "2010-09-09";

/// Whether a document is a template.
pub(super) fn recognises(node: &Node) -> bool {
    let Some(resources) = node.get("Resources") else { return false };
    let of_aws = |r: &Node| r.str("Type").is_some_and(|t| t.contains("::"));
    node.get("AWSTemplateFormatVersion").is_some()
        || node.get("Transform").is_some()
        || resources.fields().any(|(_, _, resource)| of_aws(resource))
}

/// A template as a stack.
pub(super) fn stack(template: &Node, problems: &mut Vec<Problem>) -> Stack {
    if let Some(version) = template.get("AWSTemplateFormatVersion").filter(|v| v.text() != Some(VERSION)) {
        let reason = format!("unknown template version; linchpin knows `{VERSION}`");
        problems
            .push(Problem::new(version.at(), reason).remedy("check the version; the template was read as that one"));
    }
    let file = template.file().clone();
    let mut stack = Stack::new(&name_by_file(&file), &file, Tool::CloudFormation);
    read(&mut stack, template, problems);
    sam::expand(&mut stack, template.get("Globals"), problems);
    shape::references(&stack, template, template.get("Transform").is_none(), problems);
    stack
}

/// Adds what a template, or a part of one, declares.
pub(super) fn read(stack: &mut Stack, template: &Node, problems: &mut Vec<Problem>) {
    for (name, _, parameter) in template.get("Parameters").into_iter().flat_map(Node::fields) {
        let stored = parameter.str("Type").is_some_and(|t| t.starts_with("AWS::SSM::Parameter::Value"));
        let default = parameter.get("Default").cloned();
        stack.parameters.insert(name.into(), Parameter { stored, default });
    }
    stack.mappings = template.get("Mappings").cloned().or(stack.mappings.take());
    stack.conditions = template.get("Conditions").cloned().or(stack.conditions.take());
    for (name, _, output) in template.get("Outputs").into_iter().flat_map(Node::fields) {
        if let Some(value) = output.get("Value") {
            let export = output.path(&["Export", "Name"]).cloned();
            stack.outputs.insert(name.into(), Output { value: value.clone(), export });
        }
    }
    let mut elsewhere: Vec<(&str, &Node)> = Vec::new();
    for (id, at, resource) in template.get("Resources").into_iter().flat_map(Node::fields) {
        if id.starts_with("Fn::") {
            let problem = Problem::new(at.at(), format!("`{id}` makes resources that linchpin does not make"));
            problems.push(problem.remedy("expand the template (`sam build`, or a change set), and scan the result"));
            continue;
        }
        if resource.text().is_some_and(|text| text.contains("${")) {
            elsewhere.push((id, resource));
            continue;
        }
        let Some(of) = resource.str("Type") else {
            let problem = Problem::new(at.at(), format!("resource `{id}` has no `Type`"));
            problems.push(problem.remedy("a resource is `Type` and `Properties`"));
            continue;
        };
        shape::resource(id, resource, problems);
        let properties = resource.get("Properties");
        if let Some(wrong) = properties.filter(|p| !p.is_null() && p.entries().is_empty() && p.text().is_some()) {
            let reason = format!("`Properties` of `{id}` is {}, not a mapping", wrong.sort());
            problems.push(Problem::new(wrong.at(), reason));
        }
        let evidence = Evidence::new(at.at(), format!("Resources.{id}"));
        if let Some(properties) = properties {
            shape::check(of, properties, problems);
        }
        stack.add(Resource::written(id, of, evidence, properties.cloned()));
        connectors(stack, id, resource);
        unknown_type(of, resource, problems);
    }
    if let [(_, first), ..] = elsewhere.as_slice() {
        let names: Vec<&str> = elsewhere.iter().map(|(id, _)| *id).collect();
        let reason = format!("in files that are not in the input: {}", quoted(&names));
        let problem = Problem::new(first.at(), reason);
        problems.push(problem.remedy("scan the folder with the files; programs (`.js`) are not run"));
    }
}

/// Connectors that stand in the resource that uses the other one.
fn connectors(stack: &mut Stack, id: &str, resource: &Node) {
    for (name, at, connector) in resource.get("Connectors").into_iter().flat_map(Node::fields) {
        let Some(properties) = connector.get("Properties") else { continue };
        let source = mapping(at.at(), [("Id", scalar(at.at(), id))]);
        let own = properties.entries().iter().cloned();
        let entries = own.chain([(scalar(at.at(), "Source"), source)]).collect();
        let node = properties.with_value(crate::parse::Value::Mapping(entries));
        let evidence = Evidence::new(at.at(), format!("Resources.{id}.Connectors.{name}"));
        stack.add(Resource::written(&format!("{id}.{name}"), "AWS::Serverless::Connector", evidence, Some(node)));
    }
}

/// A type that is nearly one of those that matter is a slip.
fn unknown_type(of: &str, resource: &Node, problems: &mut Vec<Problem>) {
    if kinds::of(of).is_some() || kinds::stands_for(of).is_some() || sam::is_type(of) {
        return;
    }
    let known_service = of.rsplit_once("::").map(|(service, _)| service);
    if let Some(meant) = kinds::misspelt(of).filter(|_| known_service.is_some())
        && let Some(at) = resource.get("Type")
    {
        problems.push(Problem::new(at.at(), format!("unknown type `{of}`")).remedy(format!("did you mean `{meant}`?")));
    }
}
