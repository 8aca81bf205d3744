//! Graphviz DOT, through the syntax tree and printer of graphviz-rust. That printer does not escape: quoting is ours.

use super::picture::{Arrow, Mark, Node, Picture};
use super::visible;
use crate::graph::{Kind, Plane};
use graphviz_rust::dot_structures::{
    Attribute, Edge, EdgeTy, Graph, GraphAttributes, Id, Node as DotNode, NodeId, Stmt, Subgraph, Vertex,
};
use graphviz_rust::printer::{DotPrinter, PrinterContext};

const RED: &str = "#c62828";
const AMBER: &str = "#ef8f00";
const GREY: &str = "#9e9e9e";

/// A picture as DOT: shapes by kind, clusters by namespace, red for what takes an entry down alone (or for what a
/// failure reaches), dashed for soft, dotted for start order, grey for telemetry.
pub fn dot(picture: &Picture) -> String {
    let mut stmts = vec![
        Stmt::GAttribute(GraphAttributes::Graph(vec![
            attribute("rankdir", "LR"),
            attribute("fontname", "Helvetica"),
            attribute("label", LEGEND),
            attribute("labelloc", "b"),
            attribute("fontsize", "10"),
            attribute("fontcolor", GREY),
        ])),
        Stmt::GAttribute(GraphAttributes::Node(vec![
            attribute("fontname", "Helvetica"),
            attribute("fontsize", "11"),
            attribute("style", "filled"),
            attribute("fillcolor", "white"),
        ])),
        Stmt::GAttribute(GraphAttributes::Edge(vec![
            attribute("fontname", "Helvetica"),
            attribute("fontsize", "9"),
            attribute("arrowsize", "0.7"),
        ])),
    ];
    for (i, (name, nodes)) in picture.clusters.iter().enumerate() {
        let drawn = nodes.iter().map(node);
        if name.is_empty() {
            stmts.extend(drawn);
        } else {
            let mut inside = vec![
                Stmt::Attribute(attribute("label", name)),
                Stmt::Attribute(attribute("color", GREY)),
                Stmt::Attribute(attribute("style", "rounded")),
            ];
            inside.extend(drawn);
            stmts.push(Stmt::Subgraph(Subgraph { id: quoted(&format!("cluster_{i}")), stmts: inside }));
        }
    }
    stmts.extend(picture.arrows.iter().map(arrow));
    let graph = Graph::DiGraph { id: quoted("linchpin"), strict: false, stmts };
    let mut text = graph.print(&mut PrinterContext::default());
    text.push('\n');
    text
}

const LEGEND: &str = "a → b: a needs b · red: takes an entry down alone, or fails · bold frame: entry · dashed: soft · \
                      dotted: start order · grey: telemetry";

fn node(node: &Node) -> Stmt {
    let mut attributes = vec![attribute("label", &node.label), attribute("shape", shape(node.kind))];
    match node.mark {
        Mark::None => {}
        Mark::Degraded => attributes.push(attribute("color", AMBER)),
        Mark::Bad => attributes.extend([attribute("color", RED), attribute("fontcolor", RED)]),
        Mark::Origin => attributes.extend([attribute("fillcolor", RED), attribute("fontcolor", "white")]),
    }
    if node.entry {
        attributes.push(attribute("penwidth", "2.5"));
    }
    Stmt::Node(DotNode::new(NodeId(quoted(&node.id), None), attributes))
}

fn shape(kind: Option<Kind>) -> &'static str {
    match kind {
        None => "box3d",
        Some(Kind::Service | Kind::Function) => "box",
        Some(Kind::Job) => "parallelogram",
        Some(Kind::Entry) => "house",
        Some(Kind::Datastore | Kind::ObjectStore | Kind::Volume) => "cylinder",
        Some(Kind::Cache) => "component",
        Some(Kind::Queue | Kind::Topic) => "cds",
        Some(Kind::External) => "octagon",
        Some(Kind::Config | Kind::Secret) => "note",
        Some(Kind::Pool) => "invtrapezium",
        Some(Kind::Node | Kind::Zone | Kind::Region) => "tab",
    }
}

fn arrow(arrow: &Arrow) -> Stmt {
    let mut attributes = Vec::new();
    match (arrow.plane, arrow.soft) {
        (Plane::Startup, _) => attributes.push(attribute("style", "dotted")),
        (_, true) => attributes.push(attribute("style", "dashed")),
        _ => {}
    }
    match arrow.plane {
        _ if arrow.hit => attributes.extend([attribute("color", RED), attribute("penwidth", "1.8")]),
        Plane::Telemetry | Plane::Permission => attributes.push(attribute("color", GREY)),
        Plane::Runtime | Plane::Startup => {}
    }
    let label = match (arrow.group, arrow.count) {
        (Some((need, of)), _) => format!("{need} of {of}"),
        (None, 0 | 1) => String::new(),
        (None, n) => format!("× {n}"),
    };
    if !label.is_empty() {
        attributes.push(attribute("label", &label));
    }
    let end = |id: &str| Vertex::N(NodeId(quoted(id), None));
    Stmt::Edge(Edge { ty: EdgeTy::Pair(end(&arrow.from), end(&arrow.to)), attributes })
}

fn attribute(name: &str, value: &str) -> Attribute {
    Attribute(Id::Plain(name.to_owned()), quoted(value))
}

/// A quoted DOT string. A backslash is doubled, so that neither a quote nor one of Graphviz's label escapes (`\N`,
/// `\l`) can come out of a name.
fn quoted(text: &str) -> Id {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in visible(text).chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    Id::Escaped(quoted)
}
