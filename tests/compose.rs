//! Compose files to facts.

use linchpin::facts::address::Address;
use linchpin::facts::compose::{link, recognises};
use linchpin::facts::{Answer, Facts, Note, Plane, Target};
use linchpin::parse::{Node, Outcome, documents};
use linchpin::source::Files;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The facts of files given as path and text: whatever is a Compose file is linked, the rest lies beside.
fn facts(files: &[(&str, &str)]) -> Facts {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    linked(&files, "here")
}

fn linked(files: &BTreeMap<String, String>, here: &str) -> Facts {
    link(compose_files(files), files, here)
}

fn compose_files(files: &BTreeMap<String, String>) -> Vec<(Arc<str>, Node)> {
    let mut given = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with("ml")) {
        for document in documents(&path.as_str().into(), text) {
            if let Outcome::Tree(node) = document.outcome
                && recognises(path, &node)
            {
                given.push((path.as_str().into(), node));
            }
        }
    }
    given
}

/// Dependencies as `from → to interaction plane [confidence] field at file:line`, sorted.
fn dependencies(facts: &Facts) -> Vec<String> {
    let address = |address: &Address| match address {
        Address::Host { host, .. } => host.clone(),
        Address::Resource { name, .. } => name.clone(),
    };
    let mut lines: Vec<String> = facts
        .dependencies
        .iter()
        .map(|d| {
            let to = match &d.to {
                Target::Component(key) => key.name.to_string(),
                Target::Addresses { addresses, .. } => addresses.iter().map(address).collect::<Vec<_>>().join(","),
                other => format!("{other:?}"),
            };
            let (interaction, plane) = (d.interaction.word(), d.plane.word());
            format!("{} → {to} {interaction} {plane} {} {}", d.from.name, d.evidence.field, d.evidence.at)
        })
        .collect();
    lines.sort();
    lines
}

/// Dependencies on a plane as `from → to`, sorted, without repetitions.
fn edges(facts: &Facts, plane: Plane) -> Vec<String> {
    let word = format!(" {} ", plane.word());
    let lines = dependencies(facts).into_iter().filter(|line| line.contains(&word));
    let mut edges: Vec<String> = lines.map(|l| l.split(' ').take(3).collect::<Vec<_>>().join(" ")).collect();
    edges.sort();
    edges.dedup();
    edges
}

/// Components as `kind scope/namespace/name` with what is not usual about them, sorted.
fn components(facts: &Facts) -> Vec<String> {
    let mut lines: Vec<String> = facts
        .components
        .iter()
        .map(|c| {
            let mut line = format!("{} {}", c.kind, c.key.name);
            match &c.replicas {
                Some(r) if r.explicit => line += &format!(" x{}", r.value),
                Some(_) => {}
                None => line += " x?",
            }
            if c.entry.is_some() {
                line += " entry";
            }
            if c.telemetry {
                line += " telemetry";
            }
            if !c.profiles.is_empty() {
                line += &format!(" profiles={}", c.profiles.join(","));
            }
            if !c.aliases.is_empty() {
                line += &format!(" aliases={}", c.aliases.join(","));
            }
            line
        })
        .collect();
    lines.sort();
    lines
}

fn problems(facts: &Facts) -> Vec<String> {
    facts.problems.iter().map(ToString::to_string).collect()
}

fn notes(facts: &Facts) -> Vec<String> {
    let mut lines: Vec<String> = facts
        .notes
        .iter()
        .map(|note| match note {
            Note::Dangling { target, evidence, .. } => format!("dangling {target} {}", evidence.at),
            Note::Unreachable { from, to, evidence } => {
                format!("{} cannot reach {} {}", from.name, to.name, evidence.at)
            }
            Note::SelectorMatchesNothing { .. } => unreachable!(),
        })
        .collect();
    lines.sort();
    lines
}

fn service(body: &str) -> String {
    format!("services:\n  web:\n    image: a\n{body}\n  db:\n    image: postgres:17\n  api:\n    image: b\n")
}
