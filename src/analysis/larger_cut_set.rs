use super::CutSets;
use super::cut_set::{Side, event, ranked};
use super::engine::Engine;
use crate::graph::algo::{self, CutBounds, FaultTree, TreeTooLarge, in_parallel};
use crate::graph::{ComponentId, Graph};

/// Bounds of [`cut_sets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOptions {
    /// The largest size to look for, at least 1.
    pub max_size: u32,
    /// Gates of the fault tree of one entry. A tree that is larger is not made, and nothing is found.
    pub gates: usize,
    /// What looking for one size of one entry may cost.
    pub bounds: CutBounds,
}

impl Default for CutOptions {
    fn default() -> Self {
        let bounds = CutBounds { steps: 20_000_000, rows: 100_000 };
        Self { max_size: 2, gates: 4_000_000, bounds }
    }
}

/// Minimal cut sets of some entries, in their order, then by size, then the likeliest first. `complete_to` of a row
/// is how far its entry got; it is 0, in a row without sides, if not even its fault tree could be made. Entries that
/// are switched off, and what is no entry, have no row.
pub fn cut_sets(graph: &Graph, entries: &[ComponentId], options: &CutOptions) -> Vec<CutSets> {
    let engine = Engine::new(graph);
    let on = |entry: &&ComponentId| engine.entries.iter().any(|(id, _)| id == *entry);
    let entries: Vec<ComponentId> = entries.iter().filter(on).copied().collect();
    let rows = in_parallel(entries.len(), || (), |(), at| of_entry(&engine, entries[at], options));
    rows.into_iter().flatten().collect()
}

/// The failure of a component as a fault tree whose events are the components that can fail, by index.
///
/// # Errors
/// If the tree would have more gates than allowed.
pub fn fault_tree(graph: &Graph, of: ComponentId, gates: usize) -> Result<FaultTree, TreeTooLarge> {
    tree(&Engine::new(graph), of, gates)
}

fn tree(engine: &Engine<'_>, of: ComponentId, gates: usize) -> Result<FaultTree, TreeTooLarge> {
    let can_fail = |node| engine.model.component(node).is_some_and(|c| !engine.graph.component(c).off);
    FaultTree::new(&engine.plan, can_fail, engine.at(of), gates)
}

fn of_entry(engine: &Engine<'_>, entry: ComponentId, options: &CutOptions) -> Vec<CutSets> {
    let Ok(tree) = tree(engine, entry, options.gates) else {
        return vec![CutSets { entry, size: 1, sides: Vec::new(), count: 0, complete_to: 0 }];
    };
    let found = algo::CutSets::new(&tree, options.max_size, &options.bounds);
    let complete_to = found.complete_to();
    let mut rows = Vec::new();
    for (size, of) in (1..).zip(found.sizes).filter(|(_, of)| of.count > 0) {
        let row = |sides, count| CutSets { entry, size, sides, count, complete_to };
        match of.rows {
            None => rows.push(row(Vec::new(), of.count)),
            Some(listed) => {
                let side = |nodes: Vec<u32>| -> Side {
                    nodes
                        .into_iter()
                        .filter_map(|n| engine.model.component(n))
                        .map(|c| event(engine.graph, c))
                        .collect()
                };
                for sides in ranked(listed.into_iter().map(|row| row.into_iter().map(side).collect())) {
                    let count = sides.iter().map(|side| side.len() as u64).product();
                    rows.push(row(sides, count));
                }
            }
        }
    }
    rows
}
