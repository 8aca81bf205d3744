//! Which resource a value will come from that is not known before deployment: the configuration of a plan says.

use crate::parse::Node;
use std::collections::{BTreeMap, BTreeSet};

/// How far variables of modules and outputs are followed.
const DEPTH: u32 = 24;
/// How many modules are looked into.
const MODULES: usize = 10_000;

/// References by resource and attribute.
#[derive(Default)]
pub(super) struct References {
    /// Address → attribute path → addresses of resources.
    of: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// A module's configuration, where it lies and who calls it.
struct Module<'p> {
    node: &'p Node,
    prefix: String,
    caller: Option<(usize, &'p Node)>,
}

/// The root module and all that it calls, directly or not.
fn modules(root: &Node) -> Vec<Module<'_>> {
    let mut modules = vec![Module { node: root, prefix: String::new(), caller: None }];
    let mut next = 0;
    while let Some(Module { node, prefix, .. }) = modules.get(next) {
        let (node, prefix) = (*node, prefix.clone());
        for (name, _, call) in node.get("module_calls").into_iter().flat_map(Node::fields) {
            if let Some(module) = call.get("module").filter(|_| modules.len() < MODULES) {
                let prefix = format!("{prefix}module.{name}.");
                modules.push(Module { node: module, prefix, caller: Some((next, call)) });
            }
        }
        next += 1;
    }
    modules
}

impl References {
    /// The references of a plan between resources with these addresses.
    pub fn of<'a>(plan: &Node, addresses: impl Iterator<Item = &'a str>) -> Self {
        let mut full: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for address in addresses {
            full.entry(without_index(address)).or_default().push(address.to_owned());
        }
        let Some(root) = plan.path(&["configuration", "root_module"]) else { return Self::default() };
        let modules = modules(root);
        let mut references = Self::default();
        for (index, module) in modules.iter().enumerate() {
            for resource in module.node.get("resources").map(Node::items).unwrap_or_default() {
                let (Some(address), Some(expressions)) = (resource.str("address"), resource.get("expressions")) else {
                    continue;
                };
                let mut found = BTreeMap::new();
                expressions_of(expressions, "", &modules, index, &full, &mut found);
                for address in full.get(&format!("{}{address}", module.prefix)).into_iter().flatten() {
                    references.of.insert(address.clone(), found.clone());
                }
            }
        }
        references
    }

    /// The resource that will make a value; none if several do.
    pub fn at(&self, address: &str, path: &str) -> Option<&str> {
        let found = self.of.get(address)?.get(path)?;
        match found.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// All resources that a resource's values come from.
    pub fn all(&self, address: &str) -> impl Iterator<Item = &str> {
        let all: BTreeSet<&str> =
            self.of.get(address).into_iter().flat_map(BTreeMap::values).flatten().map(String::as_str).collect();
        all.into_iter()
    }
}

/// Collects the references of a block; the depth is that of the document.
fn expressions_of(
    block: &Node,
    path: &str,
    modules: &[Module<'_>],
    module: usize,
    full: &BTreeMap<String, Vec<String>>,
    found: &mut BTreeMap<String, Vec<String>>,
) {
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, _, expression) in block.fields() {
        if !expression.items().is_empty() {
            for (index, item) in expression.items().iter().enumerate() {
                expressions_of(item, &join(&format!("{name}.{index}")), modules, module, full, found);
            }
        } else if let Some(references) = expression.get("references") {
            let mut resources = BTreeSet::new();
            for reference in references.items().iter().filter_map(Node::text) {
                follow(reference, modules, module, full, DEPTH, &mut resources);
            }
            if !resources.is_empty() {
                found.insert(join(name), resources.into_iter().collect());
            }
        } else if !expression.entries().is_empty() && expression.get("constant_value").is_none() {
            expressions_of(expression, &join(name), modules, module, full, found);
        }
    }
}

/// The resources behind one reference.
fn follow(
    reference: &str,
    modules: &[Module<'_>],
    module: usize,
    full: &BTreeMap<String, Vec<String>>,
    depth: u32,
    found: &mut BTreeSet<String>,
) {
    let (Some(own), true) = (modules.get(module), depth > 0) else { return };
    let parts: Vec<&str> = reference.split('.').collect();
    match parts.as_slice() {
        ["var", name, ..] => {
            let Some((caller, call)) = own.caller else { return };
            let name = name.split('[').next().unwrap_or(name);
            let passed = call.path(&["expressions", name, "references"]);
            for reference in passed.map(Node::items).unwrap_or_default().iter().filter_map(Node::text) {
                follow(reference, modules, caller, full, depth - 1, found);
            }
        }
        ["module", name, output, ..] => {
            let name = name.split('[').next().unwrap_or(name);
            let inner = modules.iter().position(|m| {
                m.caller.is_some_and(|(caller, _)| caller == module)
                    && m.prefix.strip_prefix(&own.prefix) == Some(&*format!("module.{name}."))
            });
            let Some(inner) = inner else { return };
            let output = output.split('[').next().unwrap_or(output);
            let given = modules.get(inner).and_then(|m| m.node.path(&["outputs", output, "expression", "references"]));
            for reference in given.map(Node::items).unwrap_or_default().iter().filter_map(Node::text) {
                follow(reference, modules, inner, full, depth - 1, found);
            }
        }
        ["data" | "local" | "each" | "count" | "path" | "terraform" | "self" | "module", ..] | [] | [_] => {}
        [of, name, ..] => {
            let name = name.split('[').next().unwrap_or(name);
            found.extend(full.get(&format!("{}{of}.{name}", own.prefix)).into_iter().flatten().cloned());
        }
    }
}

/// An address as the configuration has it: without the indices of instances.
fn without_index(address: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in address.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}
