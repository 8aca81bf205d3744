use super::fault_model::FaultModel;
use crate::graph::algo::{LANES, Plan, Solver, in_parallel};
use crate::graph::{ComponentId, Graph};
use std::ops::Range;
use std::sync::{Arc, LazyLock};

/// A graph with its fault model, made ready for all failures at once.
pub(super) struct Engine<'g> {
    pub(super) graph: &'g Graph,
    pub(super) model: Arc<FaultModel>,
    /// Made when it is needed: whoever only looks at a part of the graph does not pay for all of it.
    pub(super) plan: LazyLock<Plan, Box<dyn FnOnce() -> Plan + Send>>,
    /// Entries that are switched on, by id, with their weights.
    pub(super) entries: Vec<(ComponentId, f64)>,
    /// Some dependency is known to be used by a part of the requests only.
    pub(super) shares: bool,
}

impl<'g> Engine<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let model = Arc::new(FaultModel::new(graph));
        let same = model.clone();
        let on = graph.entries().filter(|(id, _)| !graph.component(*id).off);
        Self {
            graph,
            plan: LazyLock::new(Box::new(move || Plan::new(same.hard()))),
            entries: on.map(|(id, entry)| (id, entry.weight)).collect(),
            shares: model.shares(),
            model,
        }
    }

    /// The position of a component.
    pub(super) fn at(&self, component: ComponentId) -> u32 {
        self.plan.at(component.0)
    }

    /// Whether a node is a component that can fail, and which.
    pub(super) fn event(&self, node: u32) -> Option<ComponentId> {
        self.model.component(node).filter(|&c| !self.graph.component(c).off)
    }

    /// The components at a position that can fail, by id.
    pub(super) fn events(&self, at: u32) -> impl Iterator<Item = ComponentId> {
        self.plan.nodes.row(at).iter().filter_map(|&v| self.event(v))
    }

    /// Solves every position failing alone, 512 at a time; `read` gets the solver, whose lane `i` is the `i`-th
    /// position of the range. Results in order of positions.
    pub(super) fn each_alone<R: Send>(&self, read: impl Fn(&Solver<'_>, Range<u32>) -> Vec<R> + Sync) -> Vec<R> {
        self.each_alone_of(|_| true, read)
    }

    /// The same, where ranges that are not `wanted` are left out.
    pub(super) fn each_alone_of<R: Send>(
        &self,
        wanted: impl Fn(Range<u32>) -> bool + Sync,
        read: impl Fn(&Solver<'_>, Range<u32>) -> Vec<R> + Sync,
    ) -> Vec<R> {
        let blocks = (self.plan.len() as usize).div_ceil(LANES);
        let bound = |block: usize| u32::try_from(block * LANES).unwrap_or(u32::MAX).min(self.plan.len());
        let results = in_parallel(
            blocks,
            || Solver::new(&self.plan),
            |solver, block| {
                let range = bound(block)..bound(block + 1);
                if !wanted(range.clone()) {
                    return Vec::new();
                }
                solver.solve(range.clone().zip(0..));
                read(solver, range)
            },
        );
        results.into_iter().flatten().collect()
    }

    /// The ids of entries.
    pub(super) fn entry_ids(&self, entries: &[u32]) -> Vec<ComponentId> {
        entries.iter().map(|&i| self.entries[i as usize].0).collect()
    }
}
