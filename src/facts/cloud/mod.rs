//! Cloud templates: CloudFormation and SAM, the Serverless Framework, Step Functions, Terraform plans, task definitions.
//!
//! Every tool's resources are put into one language, CloudFormation's types and properties (`resource`); values are
//! worked out as far as they can be before deployment (`evaluate`, `text`); what resources mean is said once, for all
//! tools (`meaning`). A stack is a scope and a namespace. Stacks know each other by what they export, by what they
//! keep in the parameter store, by nesting, and, as an inference, by the names of parameters.

mod cloudformation;
mod evaluate;
mod field;
mod kinds;
mod leftover;
mod meaning;
mod resource;
mod sam;
mod serverless;
mod shape;
mod stack;
mod states;
mod tasks;
mod terraform;
mod text;
mod words;
mod world;

pub use meaning::Options;

use crate::facts::{Evidence, Facts};
use crate::parse::Node;
use crate::source::{Files, beside};
use resource::Resource;
use stack::{Stack, Tool, name_by_file, settle_scopes};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use text::Place;
use world::World;

/// A document of a cloud's tool.
#[derive(Clone, Debug)]
pub enum Document {
    /// A CloudFormation or SAM template.
    Template(Node),
    /// A service of the Serverless Framework.
    Service(Node),
    /// A Terraform plan or state.
    Terraform(Node),
    /// A task definition or service of ECS.
    Task(Node),
    /// A state machine in the Amazon States Language.
    StateMachine(Node),
}

/// The document that a tree is, if it is one of a cloud's tool.
pub fn recognise(node: &Node) -> Option<Document> {
    if cloudformation::recognises(node) {
        Some(Document::Template(node.clone()))
    } else if serverless::recognises(node) {
        Some(Document::Service(node.clone()))
    } else if terraform::recognises(node) {
        Some(Document::Terraform(node.clone()))
    } else if tasks::recognises(node) {
        Some(Document::Task(node.clone()))
    } else if states::recognises(node) {
        Some(Document::StateMachine(node.clone()))
    } else {
        None
    }
}

/// What all documents mean together. `files` has what they refer to: definitions of state machines, parts of services.
pub fn link(documents: Vec<Document>, files: &dyn Files, options: Options) -> Facts {
    let mut problems = Vec::new();
    let mut stacks: Vec<Stack> = Vec::new();
    let mut machines: Vec<Node> = Vec::new();
    let mut tasks: Vec<Node> = Vec::new();
    let mut used: BTreeSet<Arc<str>> = BTreeSet::new();
    for document in documents {
        match document {
            Document::Template(node) => stacks.push(cloudformation::stack(&node, &mut problems)),
            Document::Service(node) => {
                let (stack, more) = serverless::stack(&node, files, &mut problems);
                stacks.push(stack);
                used.extend(more);
            }
            Document::Terraform(node) => stacks.push(terraform::stack(&node, &mut problems)),
            Document::Task(node) => tasks.push(node),
            Document::StateMachine(node) => machines.push(node),
        }
    }
    let defined = defined_elsewhere(&stacks);
    machines.retain(|node| !defined.contains(&**node.file()) && !used.contains(node.file()));
    stacks.extend(machines.iter().map(lone_machine));
    stacks.extend(tasks::stacks(&tasks));
    stacks.sort_by(|a, b| (&a.file, &a.name).cmp(&(&b.file, &b.name)));
    settle_scopes(&mut stacks);
    stacks.iter_mut().for_each(Stack::settle_names);
    let children = nest(&mut stacks);
    let world = World::new(stacks, children);
    let mut facts = meaning::read(&world, files, options);
    facts.files_used.extend(used);
    facts.problems.extend(problems);
    facts.problems.sort();
    facts.problems.dedup();
    facts
}

/// The files that define state machines of stacks.
fn defined_elsewhere(stacks: &[Stack]) -> BTreeSet<String> {
    let machines = stacks.iter().flat_map(|s| s.resources.values().map(move |r| (s, r)));
    let uris = machines.filter_map(|(s, r)| Some((s, r.get("DefinitionUri")?.0)));
    uris.filter_map(|(s, uri)| Some(beside(&s.file, uri.text()?))).collect()
}

/// A state machine that no template of the input deploys.
fn lone_machine(node: &Node) -> Stack {
    let file = node.file();
    let name = name_by_file(file);
    let mut stack = Stack::new(&name, file, Tool::CloudFormation);
    let at = Evidence::new(node.at(), "States");
    let definition = resource::Property::new("Definition", "States", node.clone());
    stack.add(Resource::lowered(&name, "AWS::StepFunctions::StateMachine", at, vec![definition]));
    stack
}

/// Finds the stacks that other stacks deploy. One that is deployed several times is passed different values, so nothing
/// is known of them.
fn nest(stacks: &mut [Stack]) -> BTreeMap<Place, usize> {
    let by_file: BTreeMap<Arc<str>, usize> = stacks.iter().enumerate().map(|(i, s)| (s.file.clone(), i)).collect();
    let mut found: BTreeMap<usize, Vec<(Place, Option<Node>)>> = BTreeMap::new();
    for (index, stack) in stacks.iter().enumerate() {
        for resource in stack.resources.values().filter(|r| &*r.of == "AWS::CloudFormation::Stack") {
            let Some((url, _)) = resource.get("TemplateURL") else { continue };
            let Some(url) = url.text().filter(|_| url.tag().is_none()) else { continue };
            if let Some(&child) = by_file.get(&*beside(&stack.file, url)).filter(|child| **child != index) {
                let place = Place { stack: index, id: resource.id.clone() };
                let passed = resource.get("Parameters").map(|(node, _)| node);
                found.entry(child).or_default().push((place, passed));
            }
        }
    }
    let mut children = BTreeMap::new();
    for (child, parents) in found {
        if let ([(place, passed)], Some(stack)) = (parents.as_slice(), stacks.get_mut(child)) {
            stack.parent = Some((place.stack, passed.clone()));
        }
        children.extend(parents.into_iter().map(|(place, _)| (place, child)));
    }
    children
}
