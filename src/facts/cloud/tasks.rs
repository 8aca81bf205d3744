//! Task definitions and services of ECS as its own API has them (`aws ecs describe-task-definition`,
//! `register-task-definition --cli-input-json`): one stack for each folder.

use super::resource::{Property, Resource, list, mapping, reference};
use super::stack::{Stack, Tool, name_by_file};
use crate::facts::Evidence;
use crate::parse::Node;
use crate::source::folder_of;
use std::collections::BTreeMap;

/// Whether a document is a task definition or a service.
pub(super) fn recognises(node: &Node) -> bool {
    let Some(body) = body(node) else { return false };
    let task = body.get("containerDefinitions").is_some_and(|c| !c.items().is_empty());
    let service = body.get("taskDefinition").and_then(Node::text).is_some();
    let named = body.get("serviceName").or_else(|| body.get("service")).and_then(Node::text).is_some();
    task || (service && named)
}

/// A document without the word that the answers of the API begin with.
fn body(node: &Node) -> Option<&Node> {
    if node.get("containerDefinitions").is_some() || node.get("taskDefinition").is_some_and(|t| t.text().is_some()) {
        return Some(node);
    }
    node.get("taskDefinition").filter(|task| !task.entries().is_empty())
}

/// The documents as stacks.
pub(super) fn stacks(documents: &[Node]) -> Vec<Stack> {
    let mut folders: BTreeMap<String, Vec<&Node>> = BTreeMap::new();
    for node in documents {
        let folder = folder_of(node.file()).to_owned();
        folders.entry(folder).or_default().push(node);
    }
    folders.into_values().filter_map(|documents| stack(&documents)).collect()
}

fn stack(documents: &[&Node]) -> Option<Stack> {
    let first = documents.iter().min_by(|a, b| a.file().cmp(b.file()))?;
    let folder = first.file().rsplit('/').nth(1).filter(|folder| !folder.is_empty() && *folder != "..");
    let name = folder.map_or_else(|| name_by_file(first.file()), str::to_owned);
    let mut stack = Stack::new(&name, first.file(), Tool::CloudFormation);
    let mut families = Vec::new();
    let mut run = Vec::new();
    for body in documents.iter().filter_map(|node| body(node)) {
        if let Some(containers) = body.get("containerDefinitions") {
            let family = body.str("family").map_or_else(|| name_by_file(body.file()), str::to_owned);
            let at = Evidence::new(body.get("family").unwrap_or(body).at(), "family");
            let mut properties =
                vec![Property::new("ContainerDefinitions", "containerDefinitions", containers.clone())];
            properties.extend(body.get("family").map(|node| Property::new("Family", "family", node.clone())));
            let id = format!("task:{family}");
            stack.add(Resource::lowered(&id, "AWS::ECS::TaskDefinition", at.clone(), properties));
            families.push((family, id, at));
        } else {
            run.push(service(&mut stack, body));
        }
    }
    // A task that no service of the input runs is run by somebody else, nobody knows how often.
    for (family, id, at) in families {
        let of_family = |task: &String| task.rsplit('/').next().and_then(|t| t.split(':').next()) == Some(&*family);
        if !run.iter().flatten().any(of_family) {
            let task = vec![("TaskDefinition", reference(at.at.clone(), &id))];
            stack.add(Resource::implied(&family, "AWS::ECS::Service", at, task));
        }
    }
    Some(stack)
}

/// Adds a service; gives the task that it runs.
fn service(stack: &mut Stack, body: &Node) -> Option<String> {
    let named = body.get("serviceName").or_else(|| body.get("service"))?;
    let at = Evidence::new(named.at(), "serviceName");
    let mut properties = Vec::new();
    for (own, common) in [("taskDefinition", "TaskDefinition"), ("desiredCount", "DesiredCount")] {
        properties.extend(body.get(own).map(|node| Property::new(common, own, node.clone())));
    }
    let connect = body.path(&["serviceConnectConfiguration", "services"]);
    if let Some(services) = connect {
        let items = services.items().iter().map(|service| {
            let aliases = service.get("clientAliases").map(Node::items).unwrap_or_default().iter();
            let aliases = aliases.filter_map(|a| Some(mapping(a.at(), [("DnsName", a.get("dnsName")?.clone())])));
            let mut entries = vec![("ClientAliases", list(service.at(), aliases.collect()))];
            entries.extend(service.get("discoveryName").map(|name| ("DiscoveryName", name.clone())));
            mapping(service.at(), entries)
        });
        let node = mapping(services.at(), [("Services", list(services.at(), items.collect()))]);
        properties.push(Property::new("ServiceConnectConfiguration", "serviceConnectConfiguration", node));
    }
    let id = named.text()?;
    stack.add(Resource::lowered(id, "AWS::ECS::Service", at, properties));
    body.str("taskDefinition").map(str::to_owned)
}
