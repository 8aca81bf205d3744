use super::capacity::Capacities;
use super::offered::{Offered, reached, sources};
use crate::analysis::FaultModel;
use crate::analysis::amplification::calls;
use crate::analysis::call::{Call, Symptom};
use crate::facts::{Interaction, Kind};
use crate::graph::algo::{Gains, Pass, Walks, Worklist, capped_flow};
use crate::graph::{ComponentId, DependencyId, Graph, RequirementId};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A call as requests per second see it.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) dependency: DependencyId,
    /// Calls for each request of the caller, on average, when all is well: its share times its calls.
    calls: f64,
    /// Tries of each call when the callee is overloaded.
    pub(super) overloaded: f64,
    /// Tries of each call when the callee answers with an error because somebody behind it fails.
    failing: f64,
    /// How often a queue delivers a message on which its consumer fails; 1 for other calls.
    deliveries: f64,
    /// How long a request is tried again while the callee does not answer, in milliseconds, if it is at all; infinite
    /// without a limit.
    tried_ms: f64,
    /// The longest pause between tries, in milliseconds.
    pause_ms: f64,
    /// Whether pauses are random, as far as anybody says.
    jitter: Option<bool>,
    /// The group that the callee is a member of, with its part of the group's calls and those of all members.
    group: Option<(RequirementId, f64, f64)>,
    /// The parts of the group are stated.
    by_weight: bool,
    /// It is made only when this component has failed.
    pub(super) instead_of: Option<u32>,
    /// What one request of the caller becomes on it when all is well.
    usual: f64,
}

/// What holds retries back that does not stand in the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Brake {
    /// Nothing.
    Off,
    /// A budget on every call: at most so many tries for each.
    Budget(f64),
    /// A circuit breaker on the calls of one dependency.
    Breaker(DependencyId),
}

/// Requests that are being tried again when a component recovers (SEMANTICS G.5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Herd {
    /// How many there are. Without jitter they come at once.
    pub requests: f64,
    /// The longest pause between their tries, in milliseconds: with full jitter they come spread over it. 0 without
    /// pauses.
    pub window_ms: f64,
    /// Whether the pauses are random: of all who try again, as far as anybody says.
    pub jitter: Option<bool>,
}

/// Whether all are random, given whether two of them are: one that is not is enough, one that is unknown leaves it open.
fn weaker(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    if a == Some(false) || b == Some(false) { Some(false) } else { a.and(b) }
}

impl Herd {
    /// Requests per second that come at worst: all at once, unless every pause is random.
    pub fn at_once(self) -> f64 {
        if self.jitter == Some(true) && self.window_ms > 0.0 { self.with_jitter() } else { self.requests }
    }

    /// Requests per second that come if their pauses are random.
    pub fn with_jitter(self) -> f64 {
        self.requests / self.window_ms * 1000.0
    }
}

/// What is wrong at some moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Situation {
    /// Who gets more than he can serve, or is down by the trigger itself; sorted.
    pub(super) over: Vec<u32>,
    /// Caches that are empty; sorted.
    pub(super) cold: Vec<u32>,
}

/// How requests spread over a system, in requests per second, and what becomes of that when something is wrong.
pub(in crate::analysis) struct Traffic<'g> {
    pub(super) graph: &'g Graph,
    pub(super) model: FaultModel,
    pub(in crate::analysis) capacities: Capacities,
    pub(super) edges: Vec<Edge>,
    /// What comes in from outside, by component: nothing where nobody says so.
    sources: Vec<Option<Offered>>,
    /// What arrives when all is well, by component: 0 where nothing is known, infinite behind a loop of calls.
    pub(in crate::analysis) normal: Vec<f64>,
    /// How often a component gets a request of all that come, on average, if it fails on them: queues deliver again.
    again: Vec<f64>,
    /// The caches that hit, with what their misses go to; by cache.
    pub(super) caches: Vec<(u32, f64, Vec<u32>)>,
    /// Who calls whom when all is well, and the order of work over it: in most situations it is the same.
    usual: Option<(Vec<(u32, u32)>, Walks)>,
}

impl<'g> Traffic<'g> {
    pub(in crate::analysis) fn new(graph: &'g Graph) -> Self {
        let (calls, direct) = calls(graph);
        let edges = calls.iter().enumerate().filter_map(|(i, call)| Edge::of(graph, call, i >= direct));
        let edges: Vec<Edge> = edges.collect();
        let sources = sources(graph, &edges);
        let caches = caches(graph, &edges);
        let model = FaultModel::new(graph);
        let capacities = Capacities::of(graph);
        let again = vec![1.0; graph.components.len()];
        let mut traffic =
            Self { graph, model, capacities, edges, sources, normal: Vec::new(), again, caches, usual: None };
        let well = (Situation::default(), vec![false; traffic.model.hard().nodes() as usize], FxHashMap::default());
        let gain = |edge: &Edge| traffic.gain(edge, &well.0, &well.1, &well.2, Brake::Off);
        let gains: Vec<f64> = traffic.edges.iter().map(gain).collect();
        traffic.edges.iter_mut().zip(gains).for_each(|(edge, gain)| edge.usual = gain);
        let (pairs, _) = traffic.made(|edge| edge.usual);
        let walks = Walks::new(graph.components.len(), &pairs);
        traffic.usual = Some((pairs, walks));
        traffic.normal = traffic.loads(&Situation::default(), &Room::new(&traffic.model), Brake::Off, false);
        traffic.again = traffic.deliveries();
        traffic
    }

    /// Whether anybody says how much comes in.
    pub(super) fn known(&self) -> bool {
        self.sources.iter().flatten().any(|s| s.rps > 0.0)
    }

    /// Where what somebody says is offered arrives, by component.
    pub(in crate::analysis) fn known_at(&self) -> Vec<bool> {
        reached(self.sources.len(), &self.edges, |v| self.sources[v as usize].is_some())
    }

    /// Where what only traces say is offered arrives, by component.
    pub(in crate::analysis) fn observed_at(&self) -> Vec<bool> {
        reached(self.sources.len(), &self.edges, |v| self.sources[v as usize].is_some_and(|s| s.observed))
    }

    /// Calls per second over each dependency, where known, if all is well but that each call is made so many times.
    pub(in crate::analysis) fn multiplied(&self, times: impl Fn(DependencyId) -> f64) -> BTreeMap<DependencyId, f64> {
        let (well, down, lost) = (Situation::default(), Room::new(&self.model).down(&[]), FxHashMap::default());
        let gain = |edge: &Edge| self.gain(edge, &well, &down, &lost, Brake::Off) * times(edge.dependency);
        let (loads, known) = (self.spread(gain, &|_| 1.0, None), self.known_at());
        let usual = self.edges.iter().filter(|e| e.instead_of.is_none() && known[e.from as usize]);
        let calls = usual.map(|e| (e.dependency, loads[e.from as usize] * gain(e)));
        calls.filter(|(_, rps)| rps.is_finite()).collect()
    }

    /// The most that may arrive everywhere when all is well: where all who let requests in turn away what is too many;
    /// nothing where nobody does.
    pub(in crate::analysis) fn at_most(&self) -> Vec<Option<f64>> {
        let shed = |v: u32| self.graph.component(ComponentId(v)).settings.shed_rps;
        let n = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        if (0..n).all(|v| shed(v).is_none()) {
            return Vec::new();
        }
        let mut called = vec![false; self.sources.len()];
        self.edges.iter().for_each(|e| called[e.to as usize] = true);
        let lets_in = |v: u32| {
            !called[v as usize]
                || self.sources[v as usize].is_some()
                || self.graph.component(ComponentId(v)).entry.is_some()
        };
        let open = reached(self.sources.len(), &self.edges, |v| lets_in(v) && shed(v).is_none());
        let (pairs, gains) = self.made(|edge| edge.usual);
        let loads = self.spread_of(&pairs, &gains, (0..n).map(|v| shed(v).unwrap_or(0.0)), None);
        loads.into_iter().zip(open).map(|(rps, open)| Some(rps).filter(|rps| !open && rps.is_finite())).collect()
    }

    /// What a component can serve and what arrives there when all is well, if both are known.
    pub(super) fn judged(&self, v: u32) -> Option<(f64, f64)> {
        let (capacity, load) = (self.capacities.rps(v)?, self.normal[v as usize]);
        (load > 0.0 && load.is_finite()).then_some((capacity, load))
    }

    /// Those of which both are known, by id.
    pub(super) fn all_judged(&self) -> Vec<u32> {
        self.graph.ids().map(|id| id.0).filter(|&v| self.judged(v).is_some()).collect()
    }

    /// What arrives everywhere in a situation. `capped`: nobody passes on more requests than he can serve, which is
    /// certain; otherwise as if he did, which is the worst.
    pub(super) fn loads(&self, now: &Situation, room: &Room<'_>, brake: Brake, capped: bool) -> Vec<f64> {
        let down = room.down(&now.over);
        let lost = self.lost_members(&down);
        let cap = |v: u32| self.capacities.rps(v).unwrap_or(f64::INFINITY);
        // Most calls are what they always are.
        let as_usual = |edge: &Edge| {
            !down[edge.to as usize]
                && edge.instead_of.is_none()
                && (lost.is_empty() || edge.group.is_none_or(|(group, ..)| !lost.contains_key(&group)))
                && now.cold.binary_search(&edge.from).is_err()
        };
        let gain = |edge: &Edge| if as_usual(edge) { edge.usual } else { self.gain(edge, now, &down, &lost, brake) };
        self.spread(gain, &|_| 1.0, capped.then_some(&cap))
    }

    /// What arrives everywhere while these are overloaded and what comes to some is so many times as much.
    pub(in crate::analysis) fn risen(&self, over: Vec<u32>, factor: &dyn Fn(u32) -> f64) -> Vec<f64> {
        let now = Situation { cold: self.empty(&over, &[]), over };
        let down = Room::new(&self.model).down(&now.over);
        let lost = self.lost_members(&down);
        let gain = |edge: &Edge| self.gain(edge, &now, &down, &lost, Brake::Off) * factor(edge.to);
        self.spread(gain, factor, None)
    }

    /// Tries of each call to somebody who is overloaded.
    pub(in crate::analysis) fn tries_when_overloaded(&self) -> impl Iterator<Item = (DependencyId, f64)> {
        let usual = self.edges.iter().filter(|e| e.instead_of.is_none());
        usual.map(|e| (e.dependency, e.overloaded))
    }

    /// What arrives everywhere if a request of the caller becomes so many calls, what is offered is so many times as much,
    /// and nobody passes on more than his cap.
    fn spread(
        &self,
        gain: impl Fn(&Edge) -> f64,
        factor: &dyn Fn(u32) -> f64,
        cap: Option<&dyn Fn(u32) -> f64>,
    ) -> Vec<f64> {
        let (pairs, gains) = self.made(gain);
        let offered = (0u32..).zip(&self.sources).map(|(v, s)| s.map_or(0.0, |s| s.rps * factor(v)));
        self.spread_of(&pairs, &gains, offered, cap)
    }

    /// The same of so much offered to each component, if these calls are made.
    fn spread_of(
        &self,
        pairs: &[(u32, u32)],
        gains: &[f64],
        offered: impl Iterator<Item = f64>,
        cap: Option<&dyn Fn(u32) -> f64>,
    ) -> Vec<f64> {
        let other;
        let walks = match &self.usual {
            Some((usual, walks)) if usual.as_slice() == pairs => walks,
            _ => {
                other = Walks::new(self.graph.components.len(), pairs);
                &other
            }
        };
        let shed = |v: u32| self.graph.component(ComponentId(v)).settings.shed_rps.unwrap_or(f64::INFINITY);
        let sources: Vec<f64> = (0u32..).zip(offered).map(|(v, rps)| rps.min(shed(v))).collect();
        if let Some(cap) = cap {
            return capped_flow(walks, |e| gains[e as usize], &sources, cap);
        }
        let gains = Gains::<f64>::for_sums(walks, |e| gains[e as usize]);
        let mut pass = Pass::<f64, 1>::new(walks);
        let sources = (0u32..).zip(sources).filter(|(_, s)| *s > 0.0);
        pass.sums_from(&gains, sources.map(|(v, s)| (walks.place[v as usize], s)));
        let mut loads = vec![0.0; self.graph.components.len()];
        pass.values().for_each(|(at, [value])| loads[walks.node[at as usize] as usize] = *value);
        loads
    }

    /// The calls that are made, and what one request of the caller becomes on each of them.
    fn made(&self, gain: impl Fn(&Edge) -> f64) -> (Vec<(u32, u32)>, Vec<f64>) {
        let made = self.edges.iter().map(|edge| ((edge.from, edge.to), gain(edge)));
        made.filter(|(_, gain)| *gain > 0.0).unzip()
    }

    /// What one request of the caller becomes on a call.
    fn gain(
        &self,
        edge: &Edge,
        now: &Situation,
        down: &[bool],
        lost: &FxHashMap<RequirementId, f64>,
        brake: Brake,
    ) -> f64 {
        if edge.instead_of.is_some_and(|primary| !down[primary as usize]) {
            return 0.0;
        }
        let tries = match (now.over.binary_search(&edge.to).is_ok(), down[edge.to as usize]) {
            (true, _) => edge.overloaded,
            (false, true) => edge.failing,
            (false, false) => 1.0,
        };
        // Who fails on a message gets it again, and asks again for what it needs.
        let again = match self.again[edge.from as usize] {
            again if again > 1.0 && self.fails_on_messages(edge.from, down) => again,
            _ => 1.0,
        };
        let tries = match brake {
            Brake::Budget(most) => tries.min(most),
            Brake::Breaker(dependency) if dependency == edge.dependency => 1.0,
            Brake::Off | Brake::Breaker(_) => tries,
        };
        let missed = match self.caches.binary_search_by_key(&edge.from, |c| c.0) {
            Ok(i) if now.cold.binary_search(&edge.from).is_err() => 1.0 - self.caches[i].1,
            _ => 1.0,
        };
        let share = edge.group.map_or(1.0, |(group, part, all)| {
            // What others of the group cannot serve comes to those that are left; nobody gets a request twice.
            let others = lost.get(&group).copied().unwrap_or(0.0) - if down[edge.to as usize] { part } else { 0.0 };
            (part * all / (all - others).max(part)).min(part.max(1.0))
        });
        edge.calls * share * missed * tries * again
    }

    /// How often each component gets a request, if it fails on them: weighed by what comes when all is well.
    fn deliveries(&self) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); self.normal.len()];
        for (v, source) in self.sources.iter().enumerate() {
            let offered = source.map_or(0.0, |s| s.rps);
            sums[v] = (offered, offered);
        }
        for edge in self.edges.iter().filter(|e| e.instead_of.is_none()) {
            let flow = self.normal[edge.from as usize] * edge.calls;
            let sum = &mut sums[edge.to as usize];
            *sum = (sum.0 + flow, sum.1 + flow * edge.deliveries);
        }
        sums.into_iter().map(|(once, all)| if once > 0.0 && once.is_finite() { all / once } else { 1.0 }).collect()
    }

    /// Whether a component fails because of what it needs to work on messages; one that gets none does not.
    fn fails_on_messages(&self, v: u32, down: &[bool]) -> bool {
        let hard = self.model.hard();
        let needed = |label| {
            let id = FaultModel::dependency(label);
            id.is_none_or(|id| self.graph.dependency(id).interaction != Interaction::AsyncConsume)
        };
        hard.groups_of(v)
            .filter(|&g| hard.violated(g, |m| down[m as usize]))
            .any(|g| hard.labelled(g).any(|m| down[m.node as usize] && needed(m.label)))
    }

    /// Whether somebody who fails on messages gets them again.
    pub(super) fn is_delivered_again(&self, down: &[bool]) -> bool {
        let again = (0u32..).zip(&self.again).filter(|(_, again)| **again > 1.0);
        again.map(|(v, _)| v).any(|v| self.fails_on_messages(v, down))
    }

    /// The part of its calls that each group sends to members that are down.
    fn lost_members(&self, down: &[bool]) -> FxHashMap<RequirementId, f64> {
        let mut lost = FxHashMap::default();
        for edge in self.edges.iter().filter(|e| down[e.to as usize]) {
            if let Some((group, part, _)) = edge.group {
                *lost.entry(group).or_default() += part;
            }
        }
        lost
    }

    /// Who comes back at once when a component that did not answer does again, by component: nobody if nobody tries
    /// again, and unknown if nothing limits for how long they do.
    pub(super) fn herds(&self) -> Vec<Option<Herd>> {
        let nobody = FxHashMap::default();
        let well = vec![false; self.model.hard().nodes() as usize];
        let mut herds = vec![Herd { requests: 0.0, window_ms: 0.0, jitter: Some(true) }; self.graph.components.len()];
        for edge in self.edges.iter().filter(|e| e.tried_ms > 0.0 && e.instead_of.is_none()) {
            let gain = self.gain(edge, &Situation::default(), &well, &nobody, Brake::Off);
            let herd = &mut herds[edge.to as usize];
            herd.requests += self.normal[edge.from as usize] * gain * edge.tried_ms / 1000.0;
            herd.window_ms = herd.window_ms.max(edge.pause_ms);
            herd.jitter = weaker(herd.jitter, edge.jitter);
        }
        herds.into_iter().map(|h| (h.requests > 0.0 && h.requests.is_finite()).then_some(h)).collect()
    }

    /// Caches that run empty in a situation: those that are overloaded themselves, and those whose misses nobody answers.
    pub(super) fn empty(&self, over: &[u32], also: &[u32]) -> Vec<u32> {
        let over = |v: &u32| over.binary_search(v).is_ok();
        let cold = self.caches.iter().filter(|(c, _, of)| over(c) || of.iter().any(over) || also.contains(c));
        cold.map(|(c, ..)| *c).collect()
    }
}

impl Edge {
    /// Whether it carries an even part of a group's calls because nothing says which.
    pub(super) fn is_even(&self) -> bool {
        self.group.is_some_and(|(_, part, _)| part < 1.0) && !self.by_weight
    }

    /// Whether it is tried again when its callee answers with an error.
    pub(super) fn retried(&self) -> bool {
        self.failing > 1.0
    }

    /// Whether it carries something else when these are down and those overloaded.
    pub(super) fn changes(&self, down: &[bool], over: &[u32]) -> bool {
        let failed = down[self.to as usize];
        let tries = if over.binary_search(&self.to).is_ok() { self.overloaded } else { self.failing };
        (failed && (tries > 1.0 || self.group.is_some())) || self.instead_of.is_some_and(|p| down[p as usize])
    }

    /// Nothing if no request ever takes it.
    fn of(graph: &Graph, call: &Call, instead: bool) -> Option<Self> {
        let d = graph.dependency(call.dependency);
        // What a consumer takes from a queue is all that comes.
        let consumed = d.from != call.from;
        let group = d.requirement.filter(|_| !consumed && !instead);
        let group = group.and_then(|group| {
            let (_, part) = parts(graph, group).find(|(id, _)| *id == call.dependency)?;
            Some((group, part, parts(graph, group).map(|(_, part)| part).sum()))
        });
        // Members of a group whose shares differ have them as weights.
        let by_weight = group.is_some_and(|(id, ..)| weighted(graph, id));
        let share = if consumed || by_weight { 1.0 } else { d.share.unwrap_or(1.0) };
        let calls = call.calls * share;
        let tries = |symptom| if d.circuit_breaker && !instead { 1.0 } else { call.tries(symptom, true) };
        let failing = tries(Symptom::LateOrError);
        // What a queue did not take it does not pass on, however often it was sent.
        let sent =
            d.interaction == Interaction::AsyncPublish && graph.component(call.to).settings.capacity_rps.is_none();
        let once = consumed || sent;
        let edge = Self {
            from: call.from.0,
            to: call.to.0,
            dependency: call.dependency,
            calls,
            // A consumer takes no more than it can: the rest waits in the queue and is not delivered again, and what is
            // comes when it has time for it.
            overloaded: if once { 1.0 } else { failing.max(tries(Symptom::Refused)) },
            failing: if once { 1.0 } else { failing },
            deliveries: if consumed { failing } else { 1.0 },
            tried_ms: if !consumed && call.stages.iter().any(|s| s.tries > 1.0) {
                call.wait(f64::INFINITY)
            } else {
                0.0
            },
            pause_ms: call.stages.iter().flat_map(|s| &s.pauses).copied().fold(0.0, f64::max),
            jitter: call.stages.iter().filter(|s| s.tries > 1.0).map(|s| s.jitter).reduce(weaker).flatten(),
            group,
            by_weight,
            instead_of: instead.then_some(d.to.0),
            usual: 0.0,
        };
        (calls > 0.0).then_some(edge)
    }
}

/// Whether the members of a group have different shares: weights then, not the share of requests that use the group.
fn weighted(graph: &Graph, group: RequirementId) -> bool {
    let shares = || graph.requirement(group).members.iter().map(|&id| graph.dependency(id).share);
    shares().any(|s| Some(s) != shares().next()) && shares().all(|s| s.is_some())
}

/// The members of a group with their parts of its calls: their weights if they have any, otherwise even ones, as many as
/// the group needs.
fn parts(graph: &Graph, group: RequirementId) -> impl Iterator<Item = (DependencyId, f64)> {
    let requirement = graph.requirement(group);
    let on = |&id: &DependencyId| !graph.component(graph.dependency(id).to).off;
    let members: Vec<DependencyId> = requirement.members.iter().copied().filter(on).collect();
    let even = f64::from(requirement.need.max(1)) / members.len().max(1) as f64;
    let by_weight = weighted(graph, group);
    let part = move |id: DependencyId| match graph.dependency(id).share {
        Some(share) if by_weight => share,
        _ => even.min(1.0),
    };
    members.into_iter().map(move |id| (id, part(id)))
}

/// Caches with a known hit ratio, and what their misses go to; by cache.
fn caches(graph: &Graph, edges: &[Edge]) -> Vec<(u32, f64, Vec<u32>)> {
    let of =
        graph.ids().filter_map(|id| Some((id.0, graph.component(id).settings.hit_rate?, graph.component(id).kind)));
    of.filter(|(_, _, kind)| *kind == Kind::Cache)
        .map(|(c, hit, _)| (c, hit, edges.iter().filter(|e| e.from == c).map(|e| e.to).collect()))
        .collect()
}

/// Room for asking who is down.
pub(super) struct Room<'m> {
    worklist: std::cell::RefCell<Worklist<'m>>,
    nodes: usize,
}

impl<'m> Room<'m> {
    pub(super) fn new(model: &'m FaultModel) -> Self {
        let nodes = model.hard().nodes() as usize;
        Self { worklist: std::cell::RefCell::new(Worklist::new(model.hard())), nodes }
    }

    /// Who cannot serve when some components cannot: they, and everybody who cannot do without them.
    pub(super) fn down(&self, hit: &[u32]) -> Vec<bool> {
        let mut down = vec![false; self.nodes];
        self.worklist.borrow_mut().run(hit).iter().for_each(|&v| down[v as usize] = true);
        down
    }
}
