//! The native manifest through the public API: what every field means, and what is wrong with a wrong one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod fields;
mod labels;
mod mistakes;
mod properties;
mod schema;

use linchpin::facts::{ComponentFact, DependencyFact, Facts, Target, native};
use linchpin::parse::{Document, Node, Outcome, documents};
use linchpin::source::Problem;
use std::fs;
use std::sync::Arc;

/// The trees of a text, by the first line of their documents.
fn trees(text: &str) -> Vec<Node> {
    let tree = |d: Document| match d.outcome {
        Outcome::Tree(node) => node,
        other => panic!("no tree: {other:?}"),
    };
    documents(&Arc::from("linchpin.yaml"), text).into_iter().map(tree).collect()
}

fn fixture(name: &str) -> String {
    fs::read_to_string(format!("{}/fixtures/native/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn read(node: &Node) -> Result<Facts, Vec<Problem>> {
    assert!(native::recognises(node));
    native::read(node, &Arc::from("native"))
}

/// All facts of a text in which every document is right.
fn facts(text: &str) -> Facts {
    let mut all = Facts::default();
    for node in trees(text) {
        all.merge(read(&node).unwrap());
    }
    all
}

/// What is wrong with a document, as people see it.
fn problems(text: &str) -> Vec<String> {
    trees(text).iter().flat_map(|node| read(node).err().unwrap_or_default()).map(|p| p.to_string()).collect()
}

fn component<'a>(facts: &'a Facts, name: &str) -> &'a ComponentFact {
    facts.components.iter().find(|c| &*c.key.name == name).unwrap()
}

/// The first dependency on a name.
fn dependency<'a>(facts: &'a Facts, to: &str) -> &'a DependencyFact {
    let named = |d: &&DependencyFact| match &d.to {
        Target::Reference(name) => &**name == to,
        Target::Component(key) => &*key.name == to,
        _ => false,
    };
    facts.dependencies.iter().find(named).unwrap()
}
