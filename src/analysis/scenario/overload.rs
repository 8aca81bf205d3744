use super::displaced::{Displaced, displaced};
use super::normal::assumptions;
use super::spread::{self, Step};
use super::{Affected, Brake, Link, Outcome, Scenario, State, Stop, What};
use crate::analysis::Event;
use crate::analysis::blast::blast;
use crate::analysis::call::Call;
use crate::analysis::overload::{Traffic, exceeds};
use crate::analysis::rates::{Rates, rates};
use crate::facts::Kind;
use crate::graph::algo::Csr;
use crate::graph::{ComponentId, DependencyId, Graph};
use std::collections::{BTreeMap, BTreeSet};

/// Load beyond what is by how little "just above the capacity" is.
const JUST_ABOVE: f64 = 1.01;

/// Overload (THEORY 2.7): the load of what is named rises, and runs on to whom it calls; what has more than it can take
/// is tried again by its callers, leaves its load to those beside it, and, if it is a cache, lets everything through to
/// what is behind it. Who is overloaded is the least fixpoint; what is overloaded does no useful work, so that whoever
/// needs it fails. Of a machine, zone or region it is the loss that puts load on others: what runs elsewhere too takes it
/// over with what is left. O(calls) a round, at most a round for each component.
pub(super) fn overload(graph: &Graph, scenario: &Scenario) -> Outcome {
    let mut rise = Rise::new(graph, scenario);
    let load = rise.load();
    let unknown = |v: u32, load: Option<f64>| load.is_none() || rise.capacity(v).is_none();
    let named = scenario.events.iter().filter(|e| {
        let component = graph.component(e.component);
        !component.off && !component.kind.is_place()
    });
    let named = named.map(|e| (e.component.0, e));
    let over = named.filter(|&(v, e)| {
        let load = load.get(v as usize).copied().flatten();
        (!e.one_instance && unknown(v, load)) || rise.too_much(v, load)
    });
    rise.over = over.map(|(v, _)| (v, 0)).chain(rise.lost.gone.keys().map(|c| (c.0, 0))).collect();
    for round in 1u32.. {
        let load = rise.load();
        let fresh = |&(v, load): &(u32, &Option<f64>)| !rise.over.contains_key(&v) && rise.too_much(v, *load);
        let more: Vec<u32> = (0u32..).zip(&load).filter(fresh).map(|(v, _)| v).collect();
        if more.is_empty() {
            return rise.finish(scenario, &load);
        }
        rise.over.extend(more.into_iter().map(|v| (v, round)));
    }
    Outcome::default()
}

struct Rise<'g> {
    graph: &'g Graph,
    calls: Vec<Call>,
    /// Component → numbers of calls to it.
    into: Csr,
    traffic: Traffic<'g>,
    /// Tries of each call to somebody who is overloaded, by dependency.
    tries: BTreeMap<DependencyId, f64>,
    usual: Rates,
    /// By how much the load of what is named is multiplied.
    times: BTreeMap<u32, f64>,
    /// What of its capacity is left to a component that lost instances.
    left: BTreeMap<u32, (u64, u64)>,
    /// What is lost with the places that are named.
    lost: Displaced,
    /// Who is overloaded, and in which round it came to be.
    over: BTreeMap<u32, u32>,
}

impl<'g> Rise<'g> {
    fn new(graph: &'g Graph, scenario: &Scenario) -> Self {
        let calls = Call::all(graph);
        let n = graph.components.len();
        let into = Csr::from_pairs(n, (0u32..).zip(&calls).map(|(i, c)| (c.to.0, i)));
        let traffic = Traffic::new(graph);
        let tries = traffic.tries_when_overloaded().collect();
        let usual = rates(graph);
        let (mut times, mut left) = (BTreeMap::new(), BTreeMap::new());
        let places = scenario.events.iter().map(|e| e.component).filter(|&c| graph.component(c).kind.is_place());
        let lost = displaced(graph, &places.collect::<Vec<_>>());
        left.extend(lost.left.iter().map(|(c, &(members, left, _))| (c.0, (members, left))));
        for event in scenario.events.iter().filter(|e| !graph.component(e.component).kind.is_place()) {
            let component = graph.component(event.component);
            if event.one_instance {
                let members = u64::from(component.replicas.map_or(1, |r| r.count));
                left.insert(event.component.0, (members, members.saturating_sub(1)));
                continue;
            }
            let load = usual.of(event.component).filter(|l| *l > 0.0);
            let room = traffic
                .capacities
                .rps(event.component.0)
                .zip(load)
                .map(|(capacity, load)| JUST_ABOVE * capacity / load);
            times.insert(event.component.0, scenario.load.or(room).unwrap_or(f64::NAN));
        }
        Self { graph, calls, into, traffic, tries, usual, times, left, lost, over: BTreeMap::new() }
    }

    /// The load of everybody while these are overloaded: calls to them are tried again, and their caches are cold.
    fn load(&self) -> Vec<Option<f64>> {
        let over: Vec<u32> = self.over.keys().copied().collect();
        let factor = |v: u32| self.times.get(&v).copied().filter(|t| t.is_finite()).unwrap_or(1.0);
        let loads = self.traffic.risen(over, &factor);
        let known = self.graph.ids().map(|id| self.usual.of(id).is_some());
        known.zip(loads).map(|(known, rps)| known.then_some(rps)).collect()
    }

    fn tries(&self, call: &Call) -> f64 {
        self.tries.get(&call.dependency).copied().unwrap_or(1.0)
    }

    /// How many members the worst requirement has that a component is in, and how many of them still serve, if fewer.
    fn beside(&self, v: u32) -> Option<(u64, u64)> {
        if self.over.get(&v) == Some(&0) {
            return None;
        }
        let of = self.graph.dependents(ComponentId(v)).filter_map(|(_, d)| d.requirement);
        let counts = of.map(|r| {
            let members = &self.graph.requirement(r).members;
            let fell = |id: &&DependencyId| {
                let to = self.graph.dependency(**id).to.0;
                to != v && self.over.contains_key(&to)
            };
            (members.len() as u64, (members.len() - members.iter().filter(fell).count()) as u64)
        });
        counts.filter(|(members, left)| left < members).max_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)))
    }

    /// What a component can take, less the instances that it lost.
    fn capacity(&self, v: u32) -> Option<f64> {
        let capacity = self.traffic.capacities.rps(v)?;
        Some(self.left.get(&v).map_or(capacity, |&(members, left)| capacity * left as f64 / members.max(1) as f64))
    }

    fn too_much(&self, v: u32, load: Option<f64>) -> bool {
        self.capacity(v).zip(load).is_some_and(|(capacity, load)| exceeds(load, capacity))
    }

    /// Who of those below takes more than usual, or may: callees of what is named and of what is overloaded, and so on.
    fn finish(&self, scenario: &Scenario, load: &[Option<f64>]) -> Outcome {
        let graph = self.graph;
        let n = graph.components.len();
        let named: BTreeSet<u32> = scenario.events.iter().map(|e| e.component.0).collect();
        let mut steps: BTreeMap<ComponentId, Step> = BTreeMap::new();
        let mut down: BTreeMap<ComponentId, Vec<(ComponentId, DependencyId)>> = BTreeMap::new();
        for call in &self.calls {
            down.entry(call.from).or_default().push((call.to, call.dependency));
        }
        let beside = |c: ComponentId| {
            let of: Vec<_> = graph.dependents(c).filter_map(|(_, d)| d.requirement).collect();
            let members = of.into_iter().flat_map(|r| graph.requirement(r).members.iter().copied());
            members.map(|id| (graph.dependency(id).to, id)).filter(move |(to, _)| *to != c)
        };
        let stood = self.lost.gone.iter().map(|(&c, &id)| (c, id));
        for (c, id) in stood.chain(self.lost.left.iter().map(|(&c, &(.., id))| (c, id))) {
            down.entry(graph.dependency(id).to).or_default().push((c, id));
        }
        let next = |c: ComponentId| {
            // Machines and zones take over nothing themselves: what runs there does.
            let takes_over = self.over.contains_key(&c.0) && !graph.component(c).kind.is_place();
            let siblings = if takes_over { beside(c).collect() } else { Vec::new() };
            let callees = down.get(&c).cloned().unwrap_or_default();
            siblings.into_iter().chain(callees).collect::<Vec<_>>()
        };
        spread::reached(n, scenario.events.iter().map(|e| e.component), |c| {
            let to = next(c);
            for &(to, id) in &to {
                if !named.contains(&to.0) {
                    steps.entry(to).or_insert(Step { from: Some(c), through: None, edges: vec![id] });
                }
            }
            to.into_iter().map(|(to, _)| to).collect::<Vec<_>>()
        });
        let mut links = Vec::new();
        let mut stops = Vec::new();
        let mut affected: BTreeMap<ComponentId, Affected> = BTreeMap::new();
        for id in graph.ids().filter(|&id| named.contains(&id.0) && !graph.component(id).kind.is_place()) {
            let usual = self.usual.of(id);
            let now = load.get(id.0 as usize).copied().flatten();
            if let Some(&(members, left)) = self.left.get(&id.0) {
                links.push(link(0, id, What::TakesOver { members, left }, None));
            }
            // By how much it rises nobody knows where neither its capacity nor a factor is known.
            let factor = self.times.get(&id.0).copied().unwrap_or(1.0);
            let known = usual.zip(now).filter(|_| factor.is_finite());
            let times = known.map_or(factor, |(usual, now)| now / usual);
            let rps = known.map(|(_, now)| now);
            let what = What::Overloaded { from: None, times, rps, capacity: self.capacity(id.0) };
            let mut told = link(0, id, what, None);
            told.1.assumptions.extend(self.usual.rests_on(id));
            links.push(told);
        }
        for (&id, step) in &steps {
            let (usual, now) = (self.usual.of(id), load.get(id.0 as usize).copied().flatten());
            let capacity = self.capacity(id.0);
            let round = self.over.get(&id.0).copied();
            let edge = step.edges.first().copied();
            let times = usual.zip(now).filter(|(a, _)| *a > 0.0).map(|(a, b)| b / a);
            if let Some(place) = self.lost.gone.get(&id).map(|&on| graph.dependency(on).to) {
                links.push(link(0, id, What::Fails { provider: place }, edge));
                let (path, edges) = spread::path(id, |c| steps.get(&c));
                affected.insert(id, row(graph, id, State::Failed, 1.0, (path, edges), Vec::new()));
                continue;
            }
            let lost = self.lost.left.get(&id).map(|&(members, left, _)| (members, left));
            let rises = lost.is_some() || times.is_none_or(|t| t > 1.0 + 1e-9);
            if round.is_none() && (!rises || capacity.is_some() && now.is_some()) {
                if let (true, Some(rps), Some(capacity)) = (rises, now, capacity) {
                    let by = Brake::Headroom { rps, capacity };
                    stops.push(Stop { component: id, by, edge, assumptions: Vec::new() });
                }
                continue;
            }
            let mut rests = if round.is_none() { vec!["capacity-unknown"] } else { Vec::new() };
            rests.extend(self.usual.rests_on(id));
            let order = round.map_or(u32::MAX, |r| r + 1);
            if let Some((members, left)) = lost.or_else(|| self.beside(id.0)) {
                links.push(link(order, id, What::TakesOver { members, left }, edge));
            }
            if let Some(from) = step.from
                && graph.component(from).kind == Kind::Cache
                && self.over.contains_key(&from.0)
                && let Some(hits) = graph.component(from).settings.hit_rate
            {
                links.push(link(order, id, What::Cold { cache: from, times: 1.0 / (1.0 - hits).max(1e-9) }, edge));
            }
            for &i in self.into.row(id.0).iter().filter(|_| round.is_some()) {
                let call = &self.calls[i as usize];
                let tries = self.tries(call);
                if tries > 1.0 {
                    let what = What::Retries { provider: id, tries, rps: None };
                    links.push(link(order, call.from, what, Some(call.dependency)));
                }
            }
            let from = step.from.filter(|_| lost.is_none());
            let what = What::Overloaded { from, times: times.unwrap_or(f64::NAN), rps: now, capacity };
            let mut told = link(order, id, what, edge);
            told.1.assumptions.clone_from(&rests);
            links.push(told);
            let (path, edges) = spread::path(id, |c| steps.get(&c));
            let state = if round.is_some() { State::Failed } else { State::Degraded };
            affected.insert(id, row(graph, id, state, 1.0, (path, edges), rests));
        }
        // Whoever needs what is overloaded fails.
        let over = self.over.keys().map(|&v| ComponentId(v));
        // What is overloaded anyhow is no consequence.
        let events: Vec<Event> = over
            .filter(|c| named.contains(&c.0) || steps.contains_key(c))
            .map(|component| Event { component, one_instance: false })
            .collect();
        for a in blast(graph, &events).affected {
            if affected.get(&a.component).is_some_and(|known| known.state >= a.state) || named.contains(&a.component.0)
            {
                continue;
            }
            let Some(&root) = a.path.first() else { continue };
            let (mut path, mut edges) = spread::path(root, |c| steps.get(&c));
            path.extend(a.path.iter().skip(1));
            edges.extend(&a.edges);
            if let (State::Failed, Some(&provider)) = (a.state, a.path.iter().rev().nth(1)) {
                links.push(link(u32::MAX, a.component, What::Fails { provider }, a.edges.last().copied()));
            }
            let without = a.without;
            affected.insert(
                a.component,
                Affected { without, ..row(graph, a.component, a.state, a.share, (path, edges), Vec::new()) },
            );
        }
        links.sort_by_key(|(order, _)| *order);
        let links: Vec<Link> = links.into_iter().map(|(_, link)| link).collect();
        let assumptions = assumptions(links.iter().flat_map(|l| l.assumptions.iter().copied()));
        let affected = affected.into_values().collect();
        Outcome { scenario: scenario.clone(), affected, links, stops, assumptions }
    }
}

fn link(order: u32, component: ComponentId, what: What, edge: Option<DependencyId>) -> (u32, Link) {
    (order, Link { component, what, at_ms: None, edge, assumptions: Vec::new() })
}

fn row(
    graph: &Graph,
    component: ComponentId,
    state: State,
    share: f64,
    (path, edges): (Vec<ComponentId>, Vec<DependencyId>),
    rests: Vec<&'static str>,
) -> Affected {
    Affected {
        component,
        state,
        share,
        without: 0.0,
        time_to_impact_ms: Some(0.0),
        operations: Vec::new(),
        assumptions: super::outage::resting_on_settings(graph, &edges, rests.into_iter().collect()),
        path,
        edges,
    }
}
