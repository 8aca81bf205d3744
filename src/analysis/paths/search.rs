use crate::analysis::FaultModel;
use crate::graph::algo::{Components, Csr, FaultGraph, components, likeliest};
use crate::graph::{Dependency, Graph};
use rustc_hash::FxHashSet;
use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

/// Failed calls that traces must show before their share counts as a probability.
const OBSERVED: u64 = 5;

/// The probability that a failure passes a hard dependency: declared, else as observed, else 1.
pub fn probability(d: &Dependency) -> f64 {
    let seen = d.observed.as_ref().filter(|o| o.failures >= OBSERVED);
    let passed = seen.map(|o| o.failures.saturating_sub(o.contained) as f64 / o.failures as f64);
    d.probability.or(passed).unwrap_or(1.0)
}

/// How failures travel, ready for searches.
pub(super) struct Field<'g> {
    graph: &'g FaultGraph,
    components: u32,
    /// Label → probability.
    passes: Vec<f64>,
    /// Node → its loop, providers in smaller ones.
    round: Vec<u32>,
}

impl<'g> Field<'g> {
    pub(super) fn new(graph: &Graph, model: &'g FaultModel) -> Self {
        let hard = model.hard();
        let edges = hard.groups().flat_map(|g| hard.members(g).iter().map(move |&m| (hard.owner(g), m)));
        let Components { of, .. } = components(&Csr::from_pairs(hard.nodes() as usize, edges));
        Self {
            graph: hard,
            components: u32::try_from(graph.components.len()).unwrap_or(u32::MAX),
            passes: graph.dependencies.iter().map(probability).collect(),
            round: of,
        }
    }

    /// For every node which of some entries its failure reaches most probably, with that probability and the dependencies
    /// on the way: one search for all. Ways on which several have to fail together are left out.
    pub(super) fn worst_entries(&self, entries: impl Iterator<Item = u32>) -> Vec<Option<Nearest>> {
        let graph = self.graph;
        let single = graph.groups().filter(|&g| graph.threshold(g) == 1);
        let uses = single.flat_map(|g| graph.labelled(g).map(move |m| (graph.owner(g), m)));
        let providers = Csr::from_pairs(graph.nodes() as usize, uses.clone().map(|(owner, m)| (owner, m.node)));
        let labels = Csr::from_pairs(graph.nodes() as usize, uses.map(|(owner, m)| (owner, m.label)));
        let found = likeliest(&providers, entries, |slot| self.passes(labels.item(slot)));
        let mut nearest: Vec<Option<Nearest>> = vec![None; found.value.len()];
        // Everybody is reached after who stands before him on his way.
        for &v in &found.order {
            let before = found.from[v as usize];
            nearest[v as usize] = match nearest.get(before as usize).copied().flatten() {
                Some(b) => Some(Nearest { hops: b.hops + self.step(before), value: found.value[v as usize], ..b }),
                None => Some(Nearest { entry: v, value: 1.0, hops: 0 }),
            };
        }
        nearest
    }

    fn passes(&self, label: u32) -> f64 {
        self.passes.get(label as usize).copied().unwrap_or(1.0)
    }

    /// A fallback's node between a provider and its dependent is no step of its own.
    fn step(&self, owner: u32) -> u32 {
        u32::from(owner < self.components)
    }
}

/// The entry that a failure reaches most probably.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearest {
    pub(super) entry: u32,
    pub(super) value: f64,
    pub(super) hops: u32,
}

/// How a failure came to a node.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Came {
    /// The probability that it does.
    value: f64,
    /// The node before.
    from: u32,
    /// The label of the edge.
    label: u32,
    /// Dependencies from the source.
    hops: u32,
}

/// An edge that a failure may take, the likeliest first; of equal ones the nearer, then the first.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Edge {
    came: Came,
    group: u32,
}

impl Eq for Edge {}

impl Ord for Edge {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |e: &Self| (Reverse(e.came.hops), Reverse(e.came.from), Reverse(e.group), Reverse(e.came.label));
        self.came.value.total_cmp(&other.came.value).then_with(|| key(self).cmp(&key(other)))
    }
}

impl PartialOrd for Edge {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A workspace for searches from one source after the other. O(reached edges · log) each.
pub(super) struct Search<'f> {
    field: &'f Field<'f>,
    came: Vec<Option<Came>>,
    /// The longest way: dependencies, the node before, the label; and whether it is a bound.
    far: Vec<Far>,
    /// Group → members that have failed.
    fallen: Vec<u32>,
    /// Nodes in the order in which they were reached.
    order: Vec<u32>,
    groups: Vec<u32>,
    heap: BinaryHeap<Edge>,
    /// Dependencies followed so far.
    pub(super) work: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Far {
    length: u32,
    from: u32,
    label: u32,
    bound: bool,
}

const NONE: u32 = u32::MAX;

impl<'f> Search<'f> {
    pub(super) fn new(field: &'f Field<'f>) -> Self {
        let nodes = field.graph.nodes() as usize;
        Self {
            field,
            came: vec![None; nodes],
            far: vec![Far::default(); nodes],
            fallen: vec![0; field.graph.groups().len()],
            order: Vec::new(),
            groups: Vec::new(),
            heap: BinaryHeap::new(),
            work: 0,
        }
    }

    /// Lets a node fail and finds who is reached, with which probability along the likeliest way. A requirement for
    /// several falls with the member that is one too many, so it is as likely as that one (Knuth's generalisation of
    /// Dijkstra's algorithm: probabilities never grow, so loops do no harm).
    pub(super) fn run(&mut self, source: u32) {
        self.order.drain(..).for_each(|v| self.came[v as usize] = None);
        self.groups.drain(..).for_each(|g| self.fallen[g as usize] = 0);
        self.reach(source, Came { value: 1.0, from: NONE, label: NONE, hops: 0 });
        while let Some(Edge { came, group }) = self.heap.pop() {
            self.work += 1;
            let fallen = &mut self.fallen[group as usize];
            if *fallen == 0 {
                self.groups.push(group);
            }
            *fallen += 1;
            let owner = self.field.graph.owner(group);
            if *fallen == self.field.graph.threshold(group) && self.came[owner as usize].is_none() {
                self.reach(owner, came);
            }
        }
    }

    fn reach(&mut self, node: u32, came: Came) {
        self.came[node as usize] = Some(came);
        self.order.push(node);
        for (group, label) in self.field.graph.uses(node) {
            let value = came.value * self.field.passes(label);
            if value > 0.0 {
                let hops = came.hops + self.field.step(self.field.graph.owner(group));
                self.heap.push(Edge { came: Came { value, from: node, label, hops }, group });
            }
        }
    }

    /// Finds the longest way to everything that the last run reached. In a loop it may go by every member: that bound is
    /// given where the true longest way would be NP-hard to find.
    pub(super) fn lengthen(&mut self) {
        let field = self.field;
        let mut order = std::mem::take(&mut self.order);
        let source = order.first().copied();
        for &v in &order {
            self.far[v as usize] = Far { length: 0, from: NONE, label: NONE, bound: false };
        }
        order.sort_unstable_by_key(|&v| (field.round[v as usize], v));
        for round in order.chunk_by(|&a, &b| field.round[a as usize] == field.round[b as usize]) {
            if round.len() > 1 {
                self.inside(round, source);
            }
            for &u in round {
                for (owner, label) in self.ways(u) {
                    let here = self.far[u as usize];
                    let length = here.length + field.step(owner);
                    if field.round[owner as usize] != field.round[u as usize]
                        && length > self.far[owner as usize].length
                    {
                        self.far[owner as usize] = Far { length, from: u, label, bound: here.bound };
                    }
                }
            }
        }
        // What was reached stands in order of reach again: the source first.
        order.sort_unstable_by_key(|&v| self.came[v as usize].map_or(NONE, |c| c.hops));
        self.order = order;
    }

    /// The members of a loop: a bound on the length for all, with a shortest way from where the longest one enters.
    fn inside(&mut self, round: &[u32], source: Option<u32>) {
        let entered = |far: &Far, v: u32| far.from != NONE || Some(v) == source;
        let doors = round.iter().copied().filter(|&v| entered(&self.far[v as usize], v));
        let Some(door) = doors.max_by_key(|&v| (self.far[v as usize].length, Reverse(v))) else { return };
        let members: u32 = round.iter().map(|&v| self.field.step(v)).sum();
        let length = self.far[door as usize].length + members.saturating_sub(self.field.step(door));
        if self.far[door as usize].from != NONE {
            (self.far[door as usize].length, self.far[door as usize].bound) = (length, true);
        }
        let mut queue = VecDeque::from([door]);
        let mut met = FxHashSet::from_iter([door]);
        while let Some(u) = queue.pop_front() {
            for (owner, label) in self.ways(u) {
                if self.field.round[owner as usize] == self.field.round[door as usize] && met.insert(owner) {
                    self.far[owner as usize] = Far { length, from: u, label, bound: true };
                    queue.push_back(owner);
                }
            }
        }
    }

    /// The failed owners that a failed node helped to bring down, with the edge's label.
    fn ways(&self, node: u32) -> Vec<(u32, u32)> {
        let graph = self.field.graph;
        let fell = |&(g, _): &(u32, u32)| self.fallen[g as usize] >= graph.threshold(g);
        graph.uses(node).filter(fell).map(|(g, label)| (graph.owner(g), label)).collect()
    }

    /// The probability of reaching a node, if it is reached, and the dependencies along the way.
    pub(super) fn value(&self, node: u32) -> Option<(f64, u32)> {
        self.came[node as usize].map(|c| (c.value, c.hops))
    }

    /// The length of the longest way to a node, and whether that is a bound only.
    pub(super) fn length(&self, node: u32) -> (u32, bool) {
        let far = self.far[node as usize];
        (far.length, far.bound)
    }

    /// The nodes from the source to a node and the labels between, along the likeliest or the longest way.
    pub(super) fn path(&self, to: u32, longest: bool) -> (Vec<u32>, Vec<u32>) {
        let (mut nodes, mut labels) = (vec![to], Vec::new());
        let mut at = to;
        while nodes.len() <= self.came.len() {
            let (from, label) = match self.came[at as usize] {
                _ if longest => (self.far[at as usize].from, self.far[at as usize].label),
                Some(came) => (came.from, came.label),
                None => break,
            };
            if from == NONE {
                break;
            }
            nodes.push(from);
            labels.push(label);
            at = from;
        }
        nodes.reverse();
        labels.reverse();
        (nodes, labels)
    }
}
