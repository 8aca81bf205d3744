//! A resource of a stack, however it was declared.
//!
//! CloudFormation's types and property names are the common language: the Serverless Framework's functions and events,
//! SAM's and Terraform's resources are put into it, so that what a queue or a function means is said once.

use super::kinds::{self, Sort};
use crate::facts::Evidence;
use crate::parse::{Node, Style, Value};
use crate::source::Location;
use std::sync::Arc;

/// A property in the common language, and how its source spells it.
#[derive(Clone, Debug)]
pub(super) struct Property {
    /// Name in the common language.
    pub name: Arc<str>,
    /// Where it stands in the source's own words: `functions.resize.timeout`.
    pub field: Arc<str>,
    /// Its value.
    pub node: Node,
}

impl Property {
    /// A property, and how its source spells it.
    pub fn new(name: &str, field: impl Into<Arc<str>>, node: Node) -> Self {
        Self { name: name.into(), field: field.into(), node }
    }
}

/// Where the properties of a resource come from.
#[derive(Clone, Debug)]
pub(super) enum Properties {
    /// Written in the common language: all of a mapping.
    Written(Option<Node>),
    /// Put into it.
    Lowered(Vec<Property>),
}

/// A resource.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// The id by which others of the stack refer to it.
    pub id: Arc<str>,
    /// Its type in the common language.
    pub of: Arc<str>,
    /// What it is called as a component; its id unless something better is known.
    pub name: Arc<str>,
    /// Other names that are known before anything is deployed.
    pub aliases: Vec<Arc<str>>,
    /// Where it is declared.
    pub at: Evidence,
    /// No resource of its own was written: it follows from an event.
    pub implied: bool,
    /// What is said of it.
    pub properties: Properties,
}

impl Resource {
    /// A resource with properties in the common language.
    pub fn written(id: &str, of: &str, at: Evidence, properties: Option<Node>) -> Self {
        let (aliases, implied) = (Vec::new(), false);
        let properties = Properties::Written(properties);
        Self { id: id.into(), of: of.into(), name: id.into(), aliases, at, implied, properties }
    }

    /// A resource that was put into the common language.
    pub fn lowered(id: &str, of: &str, at: Evidence, properties: Vec<Property>) -> Self {
        Self { properties: Properties::Lowered(properties), ..Self::written(id, of, at, None) }
    }

    /// A resource that follows from something else.
    pub fn implied(id: &str, of: &str, at: Evidence, properties: Vec<(&str, Node)>) -> Self {
        let field = at.field.clone();
        let properties = properties.into_iter().map(|(name, node)| Property::new(name, field.clone(), node)).collect();
        Self { implied: true, ..Self::lowered(id, of, at, properties) }
    }

    /// A property as it stands, with how its source spells it.
    pub fn get(&self, name: &str) -> Option<(Node, Arc<str>)> {
        match &self.properties {
            Properties::Written(node) => {
                let value = node.as_ref()?.get(name)?;
                Some((value.clone(), format!("Properties.{name}").into()))
            }
            Properties::Lowered(list) => {
                let property = list.iter().find(|p| &*p.name == name)?;
                Some((property.node.clone(), property.field.clone()))
            }
        }
    }

    /// The sort of component that it is, if it is one.
    pub fn sort(&self) -> Option<Sort> {
        kinds::of(&self.of).map(|t| t.sort)
    }
}

/// A scalar that the source does not have.
pub(super) fn scalar(at: Location, text: impl Into<Box<str>>) -> Node {
    Node::new(at, None, Value::Scalar(text.into(), Style::Plain))
}

/// A mapping that the source does not have.
pub(super) fn mapping<'k>(at: Location, entries: impl IntoIterator<Item = (&'k str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, node)| (scalar(node.at(), key), node)).collect();
    Node::new(at, None, Value::Mapping(entries))
}

/// A list that the source does not have.
pub(super) fn list(at: Location, items: Vec<Node>) -> Node {
    Node::new(at, None, Value::Sequence(items))
}

/// A reference to a resource of the same stack.
pub(super) fn reference(at: Location, id: &str) -> Node {
    Node::new(at, Some("Ref".into()), Value::Scalar(id.into(), Style::Plain))
}
