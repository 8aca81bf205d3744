use super::fault_model::FaultModel;
use crate::graph::algo::{LANES, LaneCounter, Plan, Solver, Witness, in_parallel};
use crate::graph::{ComponentId, DependencyId, Graph};
use std::cmp::Reverse;
use std::ops::Range;

/// A graph with its fault model, made ready for all failures at once.
pub(super) struct Engine<'g> {
    pub(super) graph: &'g Graph,
    pub(super) model: FaultModel,
    pub(super) plan: Plan,
    /// Entries that are switched on, by id, with their weights.
    pub(super) entries: Vec<(ComponentId, f64)>,
}

/// What the failure of one component alone does.
#[derive(Clone, Debug, PartialEq)]
pub struct Single {
    /// The component.
    pub component: ComponentId,
    /// How many other components fail.
    pub failed: u64,
    /// Indices into the entries, in order, of those that fail, its own included.
    pub entries: Vec<u32>,
    /// Shortest path to the heaviest of those entries, another than the component itself if it is as heavy.
    pub path: Vec<ComponentId>,
    /// The dependencies along `path`.
    pub edges: Vec<DependencyId>,
}

impl<'g> Engine<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let model = FaultModel::new(graph);
        let plan = Plan::new(model.hard());
        let on = graph.entries().filter(|(id, _)| !graph.component(*id).off);
        let entries = on.map(|(id, entry)| (id, entry.weight)).collect();
        Self { graph, model, plan, entries }
    }

    /// The position of a component.
    pub(super) fn at(&self, component: ComponentId) -> u32 {
        self.plan.at(component.0)
    }

    /// The components at a position that can fail, by id.
    pub(super) fn events(&self, at: u32) -> impl Iterator<Item = ComponentId> {
        let components = self.plan.nodes.row(at).iter().filter_map(|&v| self.model.component(v));
        components.filter(|&c| !self.graph.component(c).off)
    }

    /// Solves every position failing alone, 512 at a time; `read` gets the solver, whose lane `i` is the `i`-th
    /// position of the range. Results in order of positions.
    pub(super) fn each_alone<R: Send>(&self, read: impl Fn(&Solver<'_>, Range<u32>) -> Vec<R> + Sync) -> Vec<R> {
        let blocks = (self.plan.len() as usize).div_ceil(LANES);
        let bound = |block: usize| u32::try_from(block * LANES).unwrap_or(u32::MAX).min(self.plan.len());
        let results = in_parallel(
            blocks,
            || Solver::new(&self.plan),
            |solver, block| {
                let range = bound(block)..bound(block + 1);
                solver.solve(range.clone().zip(0..));
                read(solver, range)
            },
        );
        results.into_iter().flatten().collect()
    }

    /// Every component that can fail, failing alone; by id. 512 scenarios at a time: O(n/512 · members) at most.
    pub(super) fn singles(&self) -> Vec<Single> {
        let mut singles = self.each_alone(|solver, range| self.read_singles(solver, range));
        singles.sort_unstable_by_key(|s| s.component);
        singles
    }

    fn read_singles(&self, solver: &Solver<'_>, range: Range<u32>) -> Vec<Single> {
        let mut counter = LaneCounter::default();
        for &at in solver.touched() {
            let components = self.plan.nodes.row(at).iter().filter(|&&v| self.model.component(v).is_some()).count();
            counter.add(solver.failed(at), u32::try_from(components).unwrap_or(u32::MAX));
        }
        let mut entries = vec![Vec::new(); LANES];
        for (i, &(entry, _)) in (0u32..).zip(&self.entries) {
            for lane in solver.failed(self.at(entry)).iter() {
                entries[lane].push(i);
            }
        }
        let mut witness = Witness::new(self.model.hard());
        let mut singles = Vec::new();
        for (lane, (at, failed)) in range.zip(counter.counts()).enumerate() {
            for component in self.events(at) {
                let entries = entries[lane].clone();
                let (path, edges) = match self.heaviest(&entries, component) {
                    Some(target) => {
                        let fails = |v| solver.failed(self.plan.at(v)).contains(lane);
                        witness.search(&[component.0], fails, Some(target.0));
                        self.model.path(witness.path(target.0))
                    }
                    None => (Vec::new(), Vec::new()),
                };
                singles.push(Single { component, failed: failed - 1, entries, path, edges });
            }
        }
        singles
    }

    /// The heaviest of some entries; among equals another than `own`, then the first.
    fn heaviest(&self, entries: &[u32], own: ComponentId) -> Option<ComponentId> {
        let listed = entries.iter().map(|&i| self.entries[i as usize]);
        let order = |a: &(ComponentId, f64), b: &(ComponentId, f64)| {
            a.1.total_cmp(&b.1).then((Reverse(a.0 == own), Reverse(a.0)).cmp(&(Reverse(b.0 == own), Reverse(b.0))))
        };
        listed.max_by(order).map(|(id, _)| id)
    }

    /// The ids of entries.
    pub(super) fn entry_ids(&self, entries: &[u32]) -> Vec<ComponentId> {
        entries.iter().map(|&i| self.entries[i as usize].0).collect()
    }
}
