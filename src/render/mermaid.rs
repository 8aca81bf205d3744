//! Mermaid flowcharts, for Markdown that draws them.

use super::picture::{Arrow, Mark, Node, Picture};
use super::visible;
use crate::graph::{Kind, Plane};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A picture as a Mermaid flowchart, marked like the DOT one. Boxes are numbered, so that no name can be taken for
/// syntax.
pub fn mermaid(picture: &Picture) -> String {
    let mut out = "flowchart LR\n".to_owned();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut classes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    // Writing to a string cannot fail.
    for (i, (name, nodes)) in picture.clusters.iter().enumerate() {
        let indent = if name.is_empty() { "  " } else { "    " };
        if !name.is_empty() {
            let _ = writeln!(out, "  subgraph s{i}[\"{}\"]", escaped(name));
        }
        for node in nodes {
            let number = numbers.len();
            numbers.insert(&node.id, number);
            let (open, close) = shape(node);
            let _ = writeln!(out, "{indent}n{number}{open}\"{}\"{close}", escaped(&node.label));
            for class in classes_of(node) {
                classes.entry(class).or_default().push(format!("n{number}"));
            }
        }
        if !name.is_empty() {
            out.push_str("  end\n");
        }
    }
    for arrow in &picture.arrows {
        if let (Some(from), Some(to)) = (numbers.get(&*arrow.from), numbers.get(&*arrow.to)) {
            let _ = writeln!(out, "  n{from} {} n{to}", line(arrow));
        }
    }
    for (class, style) in CLASSES {
        if let Some(members) = classes.get(class) {
            let _ = writeln!(out, "  classDef {class} {style}\n  class {} {class}", members.join(","));
        }
    }
    out
}

const CLASSES: [(&str, &str); 4] = [
    ("entry", "stroke-width:3px"),
    ("degraded", "stroke:#ef8f00"),
    ("bad", "stroke:#c62828,color:#c62828"),
    ("origin", "fill:#c62828,color:#fff"),
];

fn classes_of(node: &Node) -> impl Iterator<Item = &'static str> {
    let mark = match node.mark {
        Mark::None => None,
        Mark::Degraded => Some("degraded"),
        Mark::Bad => Some("bad"),
        Mark::Origin => Some("origin"),
    };
    node.entry.then_some("entry").into_iter().chain(mark)
}

fn shape(node: &Node) -> (&'static str, &'static str) {
    match node.kind {
        Some(Kind::Datastore | Kind::ObjectStore | Kind::Volume | Kind::Cache) => ("[(", ")]"),
        Some(Kind::Queue | Kind::Topic) => ("[[", "]]"),
        Some(Kind::Entry) => (">", "]"),
        Some(Kind::External) => ("{{", "}}"),
        Some(Kind::Config | Kind::Secret) => ("[/", "/]"),
        Some(Kind::Node | Kind::Zone | Kind::Region) => ("([", "])"),
        _ => ("[", "]"),
    }
}

fn line(arrow: &Arrow) -> String {
    let dotted = arrow.soft || arrow.plane != Plane::Runtime;
    let label = match (arrow.group, arrow.plane) {
        (Some((need, of)), _) => format!("{need} of {of}"),
        (None, Plane::Startup) => "start".to_owned(),
        (None, Plane::Telemetry) => "telemetry".to_owned(),
        (None, _) if arrow.count > 1 => format!("× {}", arrow.count),
        _ => String::new(),
    };
    let shaft = match (dotted, arrow.hit) {
        (true, _) => "-.->",
        (false, true) => "==>",
        (false, false) => "-->",
    };
    if label.is_empty() { shaft.to_owned() } else { format!("{shaft}|\"{label}\"|") }
}

/// Text inside quotes, with Mermaid's entity codes for whatever could end them or be taken for markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | ':' | '@' | '·' | '*') {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
