//! Cloud templates through the public API: documents in, graph out, written as short lines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod fixtures;
mod hostile;
mod stacks;
mod values;

use linchpin::facts::cloud::{Options, link, recognise};
use linchpin::facts::{Facts, Plane};
use linchpin::graph::Graph;
use linchpin::graph::build::{BuildOptions, build};
use linchpin::parse::{Outcome, documents};
use std::collections::BTreeMap;

/// The facts of files by path; those that are no document of a cloud's tool can only be read by others.
fn facts_of(files: &[(&str, &str)]) -> Facts {
    let trees = files.iter().filter(|(path, _)| !path.contains("/parts/")).flat_map(|(path, text)| {
        documents(&(*path).into(), text).into_iter().filter_map(|d| match d.outcome {
            Outcome::Tree(node) => Some(node),
            _ => None,
        })
    });
    let items: Vec<_> = trees.filter_map(|node| recognise(&node)).collect();
    let texts: BTreeMap<String, String> = files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
    link(items, &texts, Options::default())
}

fn graph_of(files: &[(&str, &str)]) -> Graph {
    build(facts_of(files), &BuildOptions::default()).graph
}

/// The dependencies of a graph but for the pool, sorted: `from -> to interaction`, with the plane if it is not runtime,
/// `soft`, and `?` where it is inferred.
fn edges(graph: &Graph) -> Vec<String> {
    let mut lines: Vec<String> = graph
        .dependencies
        .iter()
        .filter(|d| &*graph.component(d.to).id != "pool:aws/lambda-concurrency")
        .map(|d| {
            let (from, to) = (&graph.component(d.from).id, &graph.component(d.to).id);
            let plane = if d.plane == Plane::Runtime { String::new() } else { format!(" ({})", d.plane.word()) };
            let soft = if d.criticality.word() == "soft" { " soft" } else { "" };
            let inferred = if d.confidence.word() == "inferred" { "?" } else { "" };
            format!("{from} -> {to} {}{soft}{plane}{inferred}", d.interaction.word())
        })
        .collect();
    lines.sort();
    lines
}

/// The same without permissions and placement.
fn calls(graph: &Graph) -> Vec<String> {
    let lines = edges(graph).into_iter();
    lines.filter(|line| !line.contains("(permission)") && !line.contains("placed-on")).collect()
}
