//! Reads fault trees of the Open-PSA Model Exchange Format into fault graphs: gates of `and`, `or` and `atleast` over
//! basic events. Whatever else changes the meaning of a tree is an error.

mod xml;

use linchpin::graph::algo::{CutBounds, CutSets, FaultGraph, FaultTree, Group, Member, Plan};
use std::collections::BTreeMap;
use xml::Element;

/// A tree: its graph, which nodes are events, and the top.
pub struct Tree {
    graph: FaultGraph,
    events: Vec<bool>,
    top: u32,
}

/// The node of each name and what is known of it.
#[derive(Default)]
struct Reader {
    nodes: BTreeMap<String, u32>,
    events: Vec<bool>,
    used: Vec<bool>,
    groups: Vec<Group>,
}

impl Tree {
    /// Reads documents that together hold one tree.
    pub fn read(documents: &[String]) -> Result<Self, String> {
        let mut reader = Reader::default();
        let documents = documents.iter().map(|text| xml::parse(text)).collect::<Result<Vec<_>, _>>()?;
        let mut gates = Vec::new();
        let mut houses = Vec::new();
        documents.iter().try_for_each(|document| collect(document, &mut gates, &mut houses))?;
        // A house event that is false never fails, like a gate without a formula; whatever is neither is an event.
        for other in gates.iter().chain(&houses) {
            reader.node(other, false)?;
        }
        for gate in &gates {
            let owner = reader.node(gate, false)?;
            let formula = gate.children.iter().find(|c| !matches!(&*c.name, "label" | "attributes"));
            reader.formula(owner, formula.ok_or("a gate without a formula")?)?;
        }
        let mut tops = Vec::new();
        for gate in &gates {
            tops.extend(Some(reader.node(gate, false)?).filter(|&node| !reader.used[node as usize]));
        }
        let [top] = tops[..] else { return Err(format!("{} gates that no other one looks at", tops.len())) };
        let nodes = u32::try_from(reader.events.len()).map_err(|e| e.to_string())?;
        Ok(Self { graph: FaultGraph::new(nodes, reader.groups.into_iter().collect()), events: reader.events, top })
    }

    /// How many minimal cut sets it has of each size from 1 to `size`.
    pub fn counts(&self, size: u32, bounds: &CutBounds) -> Vec<u64> {
        let plan = Plan::new(&self.graph);
        let tree = FaultTree::new(&plan, |node| self.events[node as usize], plan.at(self.top), 1_000_000);
        CutSets::new(&tree.expect("it is small"), size, bounds).sizes.iter().map(|of| of.count).collect()
    }
}

/// The gates and house events of an element, in order; an error for what would change their meaning.
fn collect<'e>(
    element: &'e Element,
    gates: &mut Vec<&'e Element>,
    houses: &mut Vec<&'e Element>,
) -> Result<(), String> {
    match &*element.name {
        "define-gate" => gates.push(element),
        "define-basic-event" | "define-parameter" | "label" => {}
        "define-house-event" => {
            let constant = element.children.iter().find(|c| c.name == "constant");
            if constant.is_some_and(|c| c.attribute("value") == Some("true")) {
                return Err("a house event that is true is not supported".to_owned());
            }
            houses.push(element);
        }
        "opsa-mef" | "define-fault-tree" | "define-component" | "model-data" => {
            element.children.iter().try_for_each(|child| collect(child, gates, houses))?;
        }
        other => return Err(format!("<{other}> is not supported")),
    }
    Ok(())
}

impl Reader {
    /// The node of a name: an event, if it is new and may be one.
    fn node(&mut self, element: &Element, event: bool) -> Result<u32, String> {
        let name = element.attribute("name").ok_or("an element without a name")?;
        Ok(*self.nodes.entry(name.to_owned()).or_insert_with(|| {
            self.events.push(event);
            self.used.push(false);
            u32::try_from(self.events.len() - 1).expect("few")
        }))
    }

    /// Makes a node fail with a formula. Formulas within formulas become nodes without a name.
    fn formula(&mut self, owner: u32, formula: &Element) -> Result<(), String> {
        let inputs = u32::try_from(formula.children.len()).map_err(|e| e.to_string())?;
        let (threshold, inputs) = match &*formula.name {
            "gate" | "basic-event" | "house-event" | "event" => (1, std::slice::from_ref(formula)),
            "or" => (1, &formula.children[..]),
            "and" => (inputs, &formula.children[..]),
            "atleast" => {
                let min = formula.attribute("min").and_then(|min| min.parse().ok());
                (min.ok_or("atleast without a number")?, &formula.children[..])
            }
            other => return Err(format!("<{other}> is not supported")),
        };
        let mut members = Vec::new();
        for input in inputs {
            let node = match &*input.name {
                "gate" | "basic-event" | "house-event" | "event" => self.node(input, true)?,
                _ => {
                    self.events.push(false);
                    self.used.push(false);
                    let node = u32::try_from(self.events.len() - 1).expect("few");
                    self.formula(node, input)?;
                    node
                }
            };
            self.used[node as usize] = true;
            members.push(Member { node, label: 0 });
        }
        self.groups.push(Group { owner, threshold, members });
        Ok(())
    }
}
