use super::engine::Engine;
use super::share::Shares;
use crate::graph::algo::{FaultGraph, LANES, LaneCounter, Part, Plan, Solver, Way, Ways, Witness, in_parallel};
use crate::graph::{ComponentId, DependencyId};
use std::cmp::Reverse;
use std::sync::Arc;

/// What the failure of one component alone does.
#[derive(Clone, Debug, PartialEq)]
pub struct Single {
    /// The component.
    pub component: ComponentId,
    /// How many other components fail.
    pub failed: u64,
    /// Indices into the entries, in order, of those that fail, its own included.
    pub entries: Arc<[u32]>,
    /// Beside `entries`, the expected share of each one's requests that is hit; empty if all of them are all hit as far
    /// as anybody knows.
    pub shares: Vec<f64>,
    /// Shortest path to the entry that is hit most, another than the component itself if it is hit as much.
    pub path: Arc<[ComponentId]>,
    /// The dependencies along `path`.
    pub edges: Arc<[DependencyId]>,
}

impl Single {
    /// The entries with the shares of their requests that are hit.
    pub fn hits(&self) -> impl Iterator<Item = (u32, f64)> {
        let share = |at: usize| self.shares.get(at).copied().unwrap_or(1.0);
        self.entries.iter().enumerate().map(move |(at, &entry)| (entry, share(at)))
    }
}

impl Engine<'_> {
    /// Every component that can fail, failing alone; by id. 512 scenarios at a time: O(n/512 · members) at most, and
    /// O(Σ members) of what fails for the witness of each.
    pub(super) fn singles(&self) -> Vec<Single> {
        let all = Space { engine: self, hard: self.model.hard(), plan: &self.plan, part: None };
        all.singles((0..self.plan.len()).collect())
    }

    /// The same for some components only, looking at nothing but what they reach.
    pub(super) fn singles_of(&self, components: &[ComponentId]) -> Vec<Single> {
        let nodes: Vec<u32> = components.iter().map(|c| c.0).collect();
        let part = Part::downstream(self.model.hard(), &nodes);
        let plan = Plan::new(&part.graph);
        let mut positions: Vec<u32> = nodes.iter().filter_map(|&v| part.local(v)).map(|v| plan.at(v)).collect();
        positions.sort_unstable();
        positions.dedup();
        let space = Space { engine: self, hard: &part.graph, plan: &plan, part: Some(&part) };
        let mut singles = space.singles(positions);
        // What fails together with one of them stands at the same position.
        singles.retain(|s| components.binary_search(&s.component).is_ok());
        singles
    }

    /// The entry that is hit most; among equals another than `own`, then the first.
    fn most(&self, hits: impl Iterator<Item = (u32, f64)>, own: ComponentId) -> Option<ComponentId> {
        let weighed = hits.map(|(i, share)| (self.entries[i as usize], share)).map(|((id, w), share)| (id, w * share));
        let order = |a: &(ComponentId, f64), b: &(ComponentId, f64)| {
            a.1.total_cmp(&b.1).then((Reverse(a.0 == own), Reverse(a.0)).cmp(&(Reverse(b.0 == own), Reverse(b.0))))
        };
        weighed.max_by(order).map(|(id, _)| id)
    }
}

/// Where scenarios are solved: all of a fault graph, or a part of it.
struct Space<'a> {
    engine: &'a Engine<'a>,
    hard: &'a FaultGraph,
    plan: &'a Plan,
    part: Option<&'a Part>,
}

impl Space<'_> {
    fn global(&self, node: u32) -> Option<u32> {
        self.part.map_or(Some(node), |part| part.global(node))
    }

    fn local(&self, component: ComponentId) -> Option<u32> {
        self.part.map_or(Some(component.0), |part| part.local(component.0))
    }

    /// The positions failing alone, each of them once.
    fn singles(&self, positions: Vec<u32>) -> Vec<Single> {
        let blocks: Vec<&[u32]> = positions.chunks(LANES).collect();
        let found = in_parallel(
            blocks.len(),
            || Room::new(self),
            |room, block| {
                room.solver.solve(blocks[block].iter().copied().zip(0..));
                self.read(room, blocks[block])
            },
        );
        let mut singles: Vec<Single> = found.into_iter().flatten().collect();
        singles.sort_unstable_by_key(|s| s.component);
        singles
    }

    fn read(&self, room: &mut Room<'_>, positions: &[u32]) -> Vec<Single> {
        let Room { solver, witness, ways, shares } = room;
        let mut counter = LaneCounter::default();
        let is_component = |&&v: &&u32| self.global(v).and_then(|v| self.engine.model.component(v)).is_some();
        for &at in solver.touched() {
            let components = self.plan.nodes.row(at).iter().filter(is_component).count();
            counter.add(solver.failed(at), u32::try_from(components).unwrap_or(u32::MAX));
        }
        let mut entries: Vec<Vec<u32>> = vec![Vec::new(); LANES];
        for (i, &(entry, _)) in (0u32..).zip(&self.engine.entries) {
            if let Some(node) = self.local(entry) {
                for lane in solver.failed(self.plan.at(node)).iter() {
                    entries[lane].push(i);
                }
            }
        }
        let entries: Vec<Arc<[u32]>> = entries.into_iter().map(Arc::from).collect();
        let mut singles = Vec::new();
        let mut asked: Vec<(usize, Way)> = Vec::new();
        for (lane, (&at, failed)) in positions.iter().zip(counter.counts()).enumerate() {
            for (&node, global) in self.plan.nodes.row(at).iter().filter_map(|v| Some((v, self.global(*v)?))) {
                let Some(component) = self.engine.event(global) else { continue };
                let mut single = Single {
                    component,
                    failed: failed - 1,
                    entries: entries[lane].clone(),
                    shares: Vec::new(),
                    path: Arc::default(),
                    edges: Arc::default(),
                };
                if self.engine.shares && !single.entries.is_empty() {
                    witness.search(&[node], |v| solver.failed(self.plan.at(v)).contains(lane), None);
                    shares.measure(self.hard, witness);
                    let hit = |&i: &u32| self.local(self.engine.entries[i as usize].0).map_or(0.0, |v| shares.get(v));
                    single.shares = single.entries.iter().map(hit).collect();
                }
                if let Some(to) = self.engine.most(single.hits(), component).and_then(|c| self.local(c)) {
                    asked.push((singles.len(), Way { lane, from: node, to }));
                }
                singles.push(single);
            }
        }
        // Ways of one lane that lead to different entries are found one after the other.
        while !asked.is_empty() {
            let mut target = vec![None; LANES];
            let (now, later): (Vec<_>, _) =
                asked.into_iter().partition(|(_, way)| *target[way.lane].get_or_insert(way.to) == way.to);
            let questions: Vec<Way> = now.iter().map(|(_, way)| *way).collect();
            let found = ways.find(&questions, |v| solver.failed(self.plan.at(v)));
            for (&(single, _), (nodes, labels)) in now.iter().zip(found) {
                let nodes = nodes.into_iter().filter_map(|v| self.global(v)).collect();
                let single: &mut Single = &mut singles[single];
                let (path, edges) = self.engine.model.path((nodes, labels));
                (single.path, single.edges) = (path.into(), edges.into());
            }
            asked = later;
        }
        singles
    }
}

/// What a thread needs.
struct Room<'a> {
    solver: Solver<'a>,
    witness: Witness<'a>,
    ways: Ways<'a>,
    shares: Shares<'a>,
}

impl<'a> Room<'a> {
    fn new(space: &Space<'a>) -> Self {
        Self {
            solver: Solver::new(space.plan),
            witness: Witness::new(space.hard),
            ways: Ways::new(space.hard),
            shares: Shares::new(space.engine.graph, space.hard.nodes()),
        }
    }
}
