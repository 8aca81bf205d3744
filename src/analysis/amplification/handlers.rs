use crate::analysis::call::Call;
use crate::facts::Interaction;
use crate::graph::algo::{Csr, Walks};
use crate::graph::{ComponentId, DependencyId, Graph};
use std::collections::{BTreeMap, BTreeSet};

/// Who sends and who receives each call, by node. Nodes are the components and, beyond them, what handles messages where
/// traces tell that from what handles requests.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    /// By number of the call.
    pub(super) ends: Vec<(u32, u32)>,
    /// The components of the nodes beyond those of components.
    handlers: Vec<ComponentId>,
    /// All nodes of the components that have several.
    several: BTreeMap<ComponentId, Vec<u32>>,
    components: usize,
}

impl Nodes {
    /// One for each component.
    pub(super) fn new(components: usize, calls: &[Call]) -> Self {
        Self { ends: calls.iter().map(|c| (c.from.0, c.to.0)).collect(), components, ..Self::default() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.components + self.handlers.len()
    }

    /// Whose a node is.
    pub(super) fn component(&self, node: u32) -> ComponentId {
        let beyond = (node as usize).checked_sub(self.components);
        beyond.and_then(|i| self.handlers.get(i).copied()).unwrap_or(ComponentId(node))
    }

    /// The other nodes of a node's component.
    pub(super) fn others(&self, node: u32) -> impl Iterator<Item = u32> {
        let of = if self.handlers.is_empty() { None } else { self.several.get(&self.component(node)) };
        of.into_iter().flatten().copied().filter(move |&n| n != node)
    }

    /// Gives the handling of messages nodes of its own in loops that lead through a queue: with those of the component's
    /// calls that traces saw while it handles them, or of which they saw nothing. A component that sends what it consumes
    /// only while it handles requests does not send again what it consumes. O(calls).
    pub(super) fn split(&mut self, graph: &Graph, calls: &mut Vec<Call>, walks: &Walks) {
        let own = calls.len();
        let made_by = Csr::from_pairs(self.components, (0u32..).zip(&*calls).map(|(j, c)| (c.from.0, j)));
        for i in 0..own {
            let (consume, v) = (calls[i].dependency, calls[i].to);
            if graph.dependency(consume).interaction != Interaction::AsyncConsume || !walks.in_one_loop(self.ends[i]) {
                continue;
            }
            let Some(handling) = operations(graph, consume) else { continue };
            let made: Vec<Call> = made_by.row(v.0).iter().map(|&j| calls[j as usize].clone()).collect();
            let meanwhile =
                |call: &&Call| operations(graph, call.dependency).is_none_or(|seen| !seen.is_disjoint(&handling));
            if made.iter().filter(|call| walks.in_one_loop((v.0, call.to.0))).all(|call| meanwhile(&call)) {
                continue;
            }
            let node = u32::try_from(self.len()).unwrap_or(u32::MAX);
            self.handlers.push(v);
            self.several.entry(v).or_insert_with(|| vec![v.0]).push(node);
            self.ends[i].1 = node;
            for call in made.iter().filter(meanwhile) {
                self.ends.push((node, call.to.0));
                calls.push(call.clone());
            }
        }
    }
}

/// The operations of the dependent in which traces saw a dependency, if they know them all.
fn operations(graph: &Graph, id: DependencyId) -> Option<BTreeSet<&str>> {
    let seen = &graph.dependency(id).observed.as_ref()?.operations;
    let names: BTreeSet<&str> = seen.iter().map(|o| &*o.name).collect();
    (!names.is_empty() && !names.contains("")).then_some(names)
}
