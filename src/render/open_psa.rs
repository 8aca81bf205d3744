//! Fault trees in the Open-PSA Model Exchange Format, for the tools of reliability engineers (SCRAM, XFTA, RiskSpectrum
//! converters).

use super::escape::xml;
use crate::graph::algo::{FaultTree, Gate, Input};
use crate::graph::{ComponentId, Graph};
use rustc_hash::{FxHashMap, FxHashSet};
use std::fmt::Write as _;

/// The fault tree of an entry whose events are components. Names are identifiers made from component ids, which stand
/// beside them as labels. Events have no probability: none is known.
pub fn open_psa(graph: &Graph, entry: ComponentId, tree: &FaultTree) -> String {
    let names = names(graph, &tree.events());
    let id = |component: u32| graph.component(ComponentId(component)).id.as_ref();
    let name = |event: &u32| names.get(event).map_or("", String::as_str);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opsa-mef>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(out, "  <define-fault-tree name=\"{}\">", identifier(id(entry.0)));
    let _ = writeln!(out, "    <label>failure of {}</label>", xml(id(entry.0)));
    let last = tree.gates.len().saturating_sub(1);
    let gate_name = |gate: usize| if gate == last { "top".to_owned() } else { format!("gate_{gate}") };
    if tree.gates.is_empty() {
        out.push_str("    <define-gate name=\"top\">\n      <constant value=\"false\"/>\n    </define-gate>\n");
    }
    // The top first, as people read.
    for (at, gate) in tree.gates.iter().enumerate().rev() {
        let _ = writeln!(out, "    <define-gate name=\"{}\">", gate_name(at));
        let (open, close) = formula(gate);
        let _ = write!(out, "{open}");
        for input in &gate.inputs {
            let _ = match input {
                Input::Event(event) => writeln!(out, "        <basic-event name=\"{}\"/>", name(event)),
                Input::Gate(gate) => writeln!(out, "        <gate name=\"{}\"/>", gate_name(*gate as usize)),
            };
        }
        let _ = writeln!(out, "{close}    </define-gate>");
    }
    out.push_str("  </define-fault-tree>\n  <model-data>\n");
    for event in tree.events() {
        let _ = writeln!(out, "    <define-basic-event name=\"{}\">", name(&event));
        let _ = writeln!(out, "      <label>{}</label>\n    </define-basic-event>", xml(id(event)));
    }
    out.push_str("  </model-data>\n</opsa-mef>\n");
    out
}

/// What stands around the inputs of a gate. One input alone is the formula itself.
fn formula(gate: &Gate) -> (String, String) {
    let around = |open: &str, close: &str| (format!("      <{open}>\n"), format!("      </{close}>\n"));
    match (gate.threshold, gate.inputs.len()) {
        (_, 1) => (String::new(), String::new()),
        (1, _) => around("or", "or"),
        (all, inputs) if all as usize == inputs => around("and", "and"),
        (some, _) => around(&format!("atleast min=\"{some}\""), "atleast"),
    }
}

/// A different identifier for each event, also where case does not count.
fn names(graph: &Graph, events: &[u32]) -> FxHashMap<u32, String> {
    let mut taken: FxHashSet<String> = FxHashSet::default();
    let mut names = FxHashMap::default();
    for &event in events {
        let plain = identifier(&graph.component(ComponentId(event)).id);
        let numbered = (2u32..).map(|n| format!("{plain}_{n}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken.contains(&name.to_lowercase()));
        let name = free.unwrap_or(plain);
        taken.insert(name.to_lowercase());
        names.insert(event, name);
    }
    names
}

/// `service_shop_cart` for `service:shop/cart`: letters, digits and underscores, as every tool takes them. An id starts
/// with the word of its kind, so an event is called neither `top` nor like a gate.
fn identifier(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
