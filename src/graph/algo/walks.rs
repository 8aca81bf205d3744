//! Products along walks: how many calls one request becomes, over all walks and along the worst one.
//!
//! [`Walks`] is the order of work for a graph: one pass from callers to callees over its strongly connected components,
//! never an enumeration of paths. [`Gains`] are the factors of its edges, with what they make of each loop.

use super::{Components, Csr, components, spectral_radius};
use std::ops::Range;

/// A graph ready for passes from callers to callees. Its nodes are renumbered: *places* are in topological order,
/// callers first, those of a loop together.
pub struct Walks {
    /// Node → place.
    pub place: Vec<u32>,
    /// Place → node.
    pub node: Vec<u32>,
    /// Place → places called.
    out: Csr,
    /// Slot of `out` → number of the edge.
    edge: Vec<u32>,
    /// Slot of `out` → place of the caller.
    tail: Vec<u32>,
    /// Place → its loop's places, of length 1 for most.
    round: Vec<Range<u32>>,
    /// Place → slots of the edges that come from its own loop.
    within: Csr,
}

/// A loop counts as one that never ends from here on: it multiplies by a million before it does.
pub const UNSTABLE: f64 = 1.0 - 1e-6;

impl Walks {
    /// O(nodes + edges). Edges are `(caller, callee)`.
    pub fn new(nodes: usize, edges: &[(u32, u32)]) -> Self {
        let Components { members, .. } = components(&Csr::from_pairs(nodes, edges.iter().copied()));
        let mut place = vec![0; nodes];
        let (mut node, mut round) = (Vec::with_capacity(nodes), Vec::with_capacity(nodes));
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        for scc in (0..number(members.rows())).rev() {
            let start = number(node.len());
            node.extend_from_slice(members.row(scc));
            round.resize(node.len(), start..number(node.len()));
        }
        (0u32..).zip(&node).for_each(|(at, &v)| place[v as usize] = at);
        let mut order: Vec<(u32, u32, u32)> =
            (0u32..).zip(edges).map(|(e, &(u, v))| (place[u as usize], place[v as usize], e)).collect();
        order.sort_unstable();
        let within = (0u32..).zip(&order).filter(|(_, (u, v, _))| round[*u as usize].contains(v));
        Self {
            out: Csr::from_pairs(nodes, order.iter().map(|&(u, v, _)| (u, v))),
            edge: order.iter().map(|o| o.2).collect(),
            tail: order.iter().map(|o| o.0).collect(),
            within: Csr::from_pairs(nodes, within.map(|(slot, &(_, v, _))| (v, slot))),
            place,
            node,
            round,
        }
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.node.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.node.is_empty()
    }

    /// The loops: their places, ascending. An edge from a node to itself is one.
    pub fn loops(&self) -> impl Iterator<Item = Range<u32>> {
        let starts = (0u32..).zip(&self.round).filter(|(at, round)| *at == round.start);
        starts.map(|(_, round)| round.clone()).filter(|round| round.clone().any(|at| !self.within.row(at).is_empty()))
    }

    /// The edges of a loop as `(caller, callee, edge)`, places counted from its first.
    pub fn edges_of(&self, round: Range<u32>) -> impl Iterator<Item = (u32, u32, u32)> {
        let slots = round.clone().flat_map(|at| self.within.row(at).iter().map(move |&slot| (at, slot)));
        slots.map(move |(at, s)| (self.tail[s as usize] - round.start, at - round.start, self.edge[s as usize]))
    }

    /// The edges into a place from its own loop: `(caller, slot)`.
    fn callers_in_loop(&self, at: u32) -> impl Iterator<Item = (u32, usize)> {
        self.within.row(at).iter().map(|&slot| (self.tail[slot as usize], slot as usize))
    }

    /// The edges of a place that leave its loop: `(callee, slot)`.
    fn leaving(&self, at: u32) -> impl Iterator<Item = (u32, usize)> {
        let round = self.round[at as usize].clone();
        let callees = self.out.row(at).iter().copied().zip(self.out.range(at));
        callees.filter(move |(to, _)| !round.contains(to))
    }

    /// Whether a place stands in a loop.
    fn loops_at(&self, at: u32) -> bool {
        self.round[at as usize].len() > 1 || !self.within.row(at).is_empty()
    }
}

/// What becomes of a value that goes round a loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Growth {
    /// The sum over all walks is infinite: the spectral radius is 1 or more.
    sum: bool,
    /// Some cycle multiplies by more than 1, so walks have no worst one.
    most: bool,
}

/// Factors of the edges of a [`Walks`], all above 0.
pub struct Gains<T> {
    /// By slot.
    of: Vec<T>,
    /// By place.
    growth: Vec<Growth>,
}

/// A number that gains are made of.
pub trait Scalar:
    Copy + PartialOrd + std::ops::Mul<Output = Self> + std::ops::Add<Output = Self> + Send + Sync
{
    /// Nothing.
    const ZERO: Self;
    /// Neutral in products.
    const ONE: Self;
    /// Without bound.
    const INFINITY: Self;
    /// What is larger by rounding alone is not larger.
    const SLACK: Self;
    /// The nearest.
    fn of(value: f64) -> Self;
}

impl Scalar for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const INFINITY: Self = f64::INFINITY;
    const SLACK: Self = 1.0 + 1e-12;
    fn of(value: f64) -> Self {
        value
    }
}

impl Scalar for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const INFINITY: Self = f32::INFINITY;
    const SLACK: Self = 1.0 + 1e-6;
    #[expect(clippy::cast_possible_truncation, reason = "the nearest is what is asked for")]
    fn of(value: f64) -> Self {
        value as f32
    }
}

impl<T: Scalar> Gains<T> {
    /// The factors by edge number. O(edges), and for each loop the search for its growth.
    pub fn new(walks: &Walks, gain: impl Fn(u32) -> f64) -> Self {
        let mut growth = vec![Growth::default(); walks.len()];
        for round in walks.loops() {
            let edges: Vec<(u32, u32, f64)> = walks.edges_of(round.clone()).map(|(u, v, e)| (u, v, gain(e))).collect();
            let sum = spectral_radius(round.len(), &edges).at_most >= UNSTABLE;
            // No cycle multiplies by more than the radius to the power of its length.
            let found = Growth { sum, most: sum && some_cycle_grows(round.len(), &edges) };
            round.for_each(|at| growth[at as usize] = found);
        }
        Self { of: walks.edge.iter().map(|&e| T::of(gain(e))).collect(), growth }
    }
}

/// Whether the product along some cycle is above 1: relaxation that has not come to rest after as many rounds as there
/// are nodes, or an edge above 1 where none is below.
fn some_cycle_grows(nodes: usize, edges: &[(u32, u32, f64)]) -> bool {
    if edges.iter().all(|e| e.2 >= 1.0) {
        return edges.iter().any(|e| e.2 > 1.0);
    }
    let mut best = vec![1.0f64; nodes];
    (0..=nodes).all(|_| {
        let mut better = false;
        for &(u, v, gain) in edges {
            let here = best[u as usize] * gain;
            if here > best[v as usize] * (1.0 + 1e-9) {
                (best[v as usize], better) = (here, true);
            }
        }
        better
    })
}

/// Values of `N` sources at once, one lane each.
pub type Lane<T, const N: usize> = [T; N];

/// A workspace for passes over one graph.
pub struct Pass<'w, T, const N: usize> {
    walks: &'w Walks,
    /// By place; 0 where no walk leads.
    value: Vec<Lane<T, N>>,
    /// The first place that a source stands at: nothing is reached before it.
    from: u32,
}

impl<'w, T: Scalar, const N: usize> Pass<'w, T, N> {
    /// Room for passes.
    pub fn new(walks: &'w Walks) -> Self {
        Self { walks, value: vec![[T::ZERO; N]; walks.len()], from: 0 }
    }

    /// What every place has, from the first one that has anything.
    pub fn values(&self) -> impl Iterator<Item = (u32, &Lane<T, N>)> {
        (self.from..).zip(&self.value[self.from as usize..])
    }

    /// The lanes of a place.
    pub fn at(&self, place: u32) -> &Lane<T, N> {
        &self.value[place as usize]
    }

    /// The sums over all walks of the products along them. Lane `i` starts at the `i`-th of the `(place, value)`
    /// sources.
    pub fn sums(&mut self, gains: &Gains<T>, sources: &[(u32, T)]) {
        self.start(sources);
        self.pass(gains, |a, b| a + b, |g| g.sum, Self::settle_sum);
    }

    /// The greatest product along any walk.
    pub fn maxima(&mut self, gains: &Gains<T>, sources: &[(u32, T)]) {
        self.start(sources);
        self.pass(gains, |a, b| if b > a { b } else { a }, |g| g.most, Self::settle_most);
    }

    /// For each place the best over its callers of what they have times the gain of the edge between them: where the
    /// last call of a walk counts differently from those before it. Adds up, or takes the greatest.
    pub fn last(&self, gains: &Gains<T>, greatest: bool, into: &mut Pass<'w, T, N>) {
        into.start(&[]);
        into.from = self.from;
        for (at, value) in self.values() {
            if value.iter().all(|v| *v == T::ZERO) {
                continue;
            }
            for (&to, slot) in self.walks.out.row(at).iter().zip(self.walks.out.range(at)) {
                let gain = gains.of[slot];
                for (sum, &v) in into.value[to as usize].iter_mut().zip(value) {
                    let here = v * gain;
                    *sum = if !greatest {
                        *sum + here
                    } else if here > *sum {
                        here
                    } else {
                        *sum
                    };
                }
            }
        }
    }

    /// [`Self::sums`] of lane 0 alone, from any number of sources.
    pub fn sums_from(&mut self, gains: &Gains<T>, sources: impl Iterator<Item = (u32, T)>) {
        self.start_together(sources);
        self.pass(gains, |a, b| a + b, |g| g.sum, Self::settle_sum);
    }

    /// [`Self::maxima`] of lane 0 alone, from any number of sources.
    pub fn maxima_from(&mut self, gains: &Gains<T>, sources: impl Iterator<Item = (u32, T)>) {
        self.start_together(sources);
        self.pass(gains, |a, b| if b > a { b } else { a }, |g| g.most, Self::settle_most);
    }

    fn start_together(&mut self, sources: impl Iterator<Item = (u32, T)>) {
        self.start(&[]);
        self.from = u32::MAX;
        for (at, value) in sources {
            self.from = self.from.min(at);
            self.value[at as usize][0] = value;
        }
        self.from = self.from.min(u32::try_from(self.walks.len()).unwrap_or(u32::MAX));
    }

    fn start(&mut self, sources: &[(u32, T)]) {
        self.value[self.from as usize..].iter_mut().for_each(|lane| *lane = [T::ZERO; N]);
        self.from = sources.iter().map(|s| s.0).min().unwrap_or(0);
        for (lane, &(at, value)) in sources.iter().enumerate().take(N) {
            self.value[at as usize][lane] = value;
        }
    }

    fn pass(
        &mut self,
        gains: &Gains<T>,
        combine: impl Fn(T, T) -> T,
        diverges: impl Fn(&Growth) -> bool,
        settle: impl Fn(&mut Self, &Gains<T>, Range<u32>),
    ) {
        let mut at = self.from;
        // A source inside a loop reaches what stands before it there.
        if let Some(round) = self.walks.round.get(at as usize) {
            (at, self.from) = (round.start, round.start);
        }
        while (at as usize) < self.walks.len() {
            let round = self.walks.round[at as usize].clone();
            if self.walks.loops_at(at) {
                if diverges(&gains.growth[at as usize]) {
                    self.explode(round.clone());
                } else {
                    settle(self, gains, round.clone());
                }
            }
            for u in round.clone() {
                let value = self.value[u as usize];
                if value.iter().all(|v| *v == T::ZERO) {
                    continue;
                }
                for (to, slot) in self.walks.leaving(u) {
                    let gain = gains.of[slot];
                    for (sum, v) in self.value[to as usize].iter_mut().zip(value) {
                        *sum = combine(*sum, v * gain);
                    }
                }
            }
            at = round.end;
        }
    }

    /// Whatever enters a loop that grows is everywhere in it without bound.
    fn explode(&mut self, round: Range<u32>) {
        let mut entered = [T::ZERO; N];
        for at in round.clone() {
            for (e, v) in entered.iter_mut().zip(self.value[at as usize]) {
                if v > T::ZERO {
                    *e = T::INFINITY;
                }
            }
        }
        round.for_each(|at| self.value[at as usize] = entered);
    }

    /// x = b + Gᵀx by Gauss and Seidel: from below, so it comes to rest where rounding does.
    fn settle_sum(&mut self, gains: &Gains<T>, round: Range<u32>) {
        let entered: Vec<Lane<T, N>> = round.clone().map(|at| self.value[at as usize]).collect();
        if entered.iter().flatten().all(|v| *v == T::ZERO) {
            return;
        }
        let mut moving = true;
        while moving {
            moving = false;
            for (at, base) in round.clone().zip(&entered) {
                let mut sum = *base;
                for (from, slot) in self.walks.callers_in_loop(at) {
                    let gain = gains.of[slot];
                    sum.iter_mut().zip(self.value[from as usize]).for_each(|(s, v)| *s = *s + v * gain);
                }
                let old = &mut self.value[at as usize];
                moving |= sum.iter().zip(old.iter()).any(|(new, old)| new > old);
                *old = sum;
            }
        }
    }

    fn settle_most(&mut self, gains: &Gains<T>, round: Range<u32>) {
        let mut moving = true;
        while moving {
            moving = false;
            for at in round.clone() {
                let mut best = self.value[at as usize];
                for (from, slot) in self.walks.callers_in_loop(at) {
                    let gain = gains.of[slot];
                    for (b, v) in best.iter_mut().zip(self.value[from as usize]) {
                        let here = v * gain;
                        if here > *b * T::SLACK {
                            (*b, moving) = (here, true);
                        }
                    }
                }
                self.value[at as usize] = best;
            }
        }
    }
}

/// The best walk to a place from one source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// The product along it; infinite if it can go round a loop that grows.
    pub value: f64,
    /// How many edges it has.
    pub hops: u32,
    /// The slot of its last edge.
    slot: u32,
}

/// The best walks from one node to all places: greatest product, of equal ones the fewest edges, then the first callers.
/// Nothing where no walk leads. Walks through loops that grow are shortest ones.
pub fn best_walks(walks: &Walks, gains: &Gains<f64>, source: u32) -> Vec<Option<Best>> {
    let mut best: Vec<Option<Best>> = vec![None; walks.len()];
    let start = walks.place[source as usize];
    best[start as usize] = Some(Best { value: 1.0, hops: 0, slot: u32::MAX });
    let mut at = walks.round[start as usize].start;
    while (at as usize) < walks.len() {
        let round = walks.round[at as usize].clone();
        if walks.loops_at(at) {
            let endless = gains.growth[at as usize].most;
            if endless {
                let inside = &mut best[round.start as usize..round.end as usize];
                inside.iter_mut().flatten().for_each(|b| b.value = f64::INFINITY);
            }
            let mut moving = true;
            while moving {
                moving = false;
                for to in round.clone() {
                    for (from, slot) in walks.callers_in_loop(to) {
                        moving |= improve(&mut best, from, to, slot, gains.of[slot]);
                    }
                }
            }
        }
        for from in round.clone().filter(|&v| best[v as usize].is_some()).collect::<Vec<_>>() {
            for (to, slot) in walks.leaving(from) {
                improve(&mut best, from, to, slot, gains.of[slot]);
            }
        }
        at = round.end;
    }
    best
}

fn improve(best: &mut [Option<Best>], from: u32, to: u32, slot: usize, gain: f64) -> bool {
    let Some(before) = best[from as usize] else { return false };
    let slot = u32::try_from(slot).unwrap_or(u32::MAX);
    let here = Best { value: before.value * gain, hops: before.hops + 1, slot };
    let better = best[to as usize]
        .is_none_or(|old| here.value > old.value * f64::SLACK || (here.value >= old.value && here.hops < old.hops));
    if better {
        best[to as usize] = Some(here);
    }
    better
}

/// The edges of the best walk to a node, from the source on; empty at the source and where no walk leads.
pub fn edges_to(walks: &Walks, best: &[Option<Best>], node: u32) -> Vec<u32> {
    let mut edges = Vec::new();
    let mut at = walks.place[node as usize];
    // A best walk is simple, so it has fewer edges than there are nodes.
    while let Some(step) = best[at as usize].filter(|b| b.slot != u32::MAX && edges.len() < best.len()) {
        edges.push(walks.edge[step.slot as usize]);
        at = walks.tail[step.slot as usize];
    }
    edges.reverse();
    edges
}
