use super::normal::{Normal, assumptions};
use super::pools::{Drained, drained};
use super::spread;
use super::wait::{Now, look};
use super::{Affected, Brake, Link, Outcome, Scenario, State, Stop, What};
use crate::analysis::FaultModel;
use crate::analysis::rates;
use crate::facts::{Interaction, Plane};
use crate::graph::{ComponentId, Dependency, DependencyId, Graph};
use std::collections::{BTreeMap, BTreeSet};

/// Lateness (DESIGN section 3): whoever waits is late too, also over soft dependencies; whoever is late holds what it
/// takes from pools for longer (Little), and an exhausted pool starves everybody who takes from it. The pools that are
/// exhausted are the least fixpoint: in each round all waits follow from those known so far. O(graph) a round, and at
/// most a round for each pool.
pub(super) fn latency(graph: &Graph, scenario: &Scenario) -> Outcome {
    let normal = Normal::new(graph);
    let late: BTreeSet<u32> = FaultModel::hit(graph, &scenario.events).into_iter().collect();
    let mut pools: BTreeMap<ComponentId, Drained> = BTreeMap::new();
    loop {
        let run = Run { normal: &normal, scenario, late: &late, pools: &pools };
        let now = run.waits();
        let (mut more, stops) = drained(&run, &now);
        more.retain(|d| !pools.contains_key(&d.pool));
        if more.is_empty() {
            return finish(&run, &now, stops);
        }
        pools.extend(more.into_iter().map(|d| (d.pool, d)));
    }
}

/// What one round knows.
#[derive(Clone, Copy)]
pub(super) struct Run<'r> {
    pub(super) normal: &'r Normal<'r>,
    pub(super) scenario: &'r Scenario,
    pub(super) late: &'r BTreeSet<u32>,
    pub(super) pools: &'r BTreeMap<ComponentId, Drained>,
}

impl Run<'_> {
    /// Why a component finds nothing in a pool: the first pool that leaves it without.
    pub(super) fn starved(&self, v: ComponentId) -> Option<(&Drained, DependencyId)> {
        self.pools.values().find_map(|pool| {
            let at = pool.starved.binary_search_by_key(&v, |&(c, _)| c).ok()?;
            Some((pool, pool.starved.get(at)?.1))
        })
    }

    /// What becomes of everybody, given the pools that are exhausted. Around a loop only what is nearer to the fault
    /// makes late what is farther.
    fn waits(&self) -> Vec<Option<Now>> {
        let normal = self.normal;
        let graph = normal.graph;
        let dependents = |c: ComponentId| {
            normal.into.row(c.0).iter().map(|&id| graph.dependency(DependencyId(id)).from).collect::<Vec<_>>()
        };
        let n = graph.components.len();
        let mut distance = spread::reached(n, self.late.iter().map(|&v| ComponentId(v)), dependents);
        // Whom only an exhausted pool brings in comes after all that lateness reaches.
        let starved = self.pools.values().flat_map(|p| p.starved.iter().map(|&(c, _)| c));
        let after = u32::try_from(n).unwrap_or(u32::MAX);
        for (slot, further) in distance.iter_mut().zip(spread::reached(n, starved, dependents)) {
            *slot = slot.or(further.map(|d| d.saturating_add(after)));
        }
        let mut order: Vec<(u32, u32, u32)> = (0u32..)
            .zip(&distance)
            .filter_map(|(v, d)| Some((normal.order.of.get(v as usize).copied()?, (*d)?, v)))
            .collect();
        order.sort_unstable();
        let mut now: Vec<Option<Now>> = vec![None; graph.components.len()];
        let mut hit = 0u32;
        for round in order.chunk_by(|a, b| a.0 == b.0) {
            // Who fails around a loop is the least fixpoint too; a pass more than it has members settles it.
            for _ in 0..=round.len() {
                let mut moving = false;
                for &(.., v) in round {
                    let v = ComponentId(v);
                    let mut seen = look(self, v, &now, &distance);
                    let Some(slot) = now.get_mut(v.0 as usize) else { continue };
                    if let Some(seen) = &mut seen {
                        seen.since = slot.as_ref().map_or(hit, |known| known.since);
                        hit = hit.saturating_add(1);
                    }
                    let state = |n: &Option<Now>| n.as_ref().map(|n| (n.state, n.fails, n.ms.to_bits()));
                    moving |= state(slot) != state(&seen);
                    *slot = seen;
                }
                if !moving || round.len() == 1 {
                    break;
                }
            }
        }
        now
    }
}

fn finish(run: &Run<'_>, now: &[Option<Now>], mut stops: Vec<Stop>) -> Outcome {
    let graph = run.normal.graph;
    let mut links: Vec<(u32, u32, Link)> = Vec::new();
    let step = |c: ComponentId| now.get(c.0 as usize)?.as_ref().map(|n| &n.step);
    let depths = spread::depths(graph, step);
    let depth_to = |c: ComponentId| depths.get(c.0 as usize).copied().unwrap_or(0);
    let mut affected = Vec::new();
    for id in graph.ids() {
        let Some(seen) = now.get(id.0 as usize).and_then(Option::as_ref) else { continue };
        let (path, edges) = spread::path(id, step);
        let depth = depth_to(id);
        let depth_of = |l: &Link| match l.what {
            What::Waits { provider, .. }
            | What::Retries { provider, .. }
            | What::GivesUp { provider, .. }
            | What::Fails { provider } => depth_to(provider) + 1,
            _ => depth,
        };
        links.extend(seen.links.iter().map(|(round, l)| (*round, depth_of(l), l.clone())));
        stops.extend(seen.stops.iter().cloned());
        if run.late.contains(&id.0) || seen.state == State::Ok {
            continue;
        }
        let mut rests: BTreeSet<&'static str> = BTreeSet::new();
        for c in &path {
            let of = now.get(c.0 as usize).and_then(Option::as_ref);
            rests.extend(of.iter().flat_map(|n| &n.links).flat_map(|(_, l)| l.assumptions.iter().copied()));
            rests.extend(run.pools.get(c).iter().flat_map(|p| p.assumptions.iter().copied()));
        }
        affected.push(Affected {
            component: id,
            state: seen.state,
            share: seen.share,
            without: seen.without,
            time_to_impact_ms: Some(seen.at_ms),
            operations: super::outage::operations(graph, id, seen.state, |provider| {
                now.get(provider.0 as usize).and_then(Option::as_ref).map_or(0.0, |n| n.share)
            }),
            assumptions: super::outage::resting_on_settings(graph, &edges, rests),
            path,
            edges,
        });
    }
    for pool in run.pools.values() {
        let depth = pool.holders.first().map_or(0, |&h| depth_to(h));
        let link = Link {
            component: pool.pool,
            what: What::Drains {
                holders: pool.holders.clone(),
                held: pool.held,
                others: pool.others,
                capacity: pool.capacity,
                rps: pool.rps,
                waiting_rps: pool.waiting_rps,
                enough_rps: pool.enough_rps,
            },
            at_ms: pool.at_ms,
            edge: None,
            assumptions: pool.assumptions.clone(),
        };
        links.push((pool.round, depth, link));
    }
    asynchronous(run, now, &mut stops);
    links.sort_by(|(round_a, depth_a, a), (round_b, depth_b, b)| {
        let at = |l: &Link| l.at_ms.unwrap_or(0.0);
        (at(a).total_cmp(&at(b)))
            .then(round_a.cmp(round_b))
            .then(depth_a.cmp(depth_b))
            .then(rank(a).cmp(&rank(b)))
            .then(a.component.cmp(&b.component))
    });
    let mut links: Vec<Link> = links.into_iter().map(|(.., link)| link).collect();
    multiply(graph, &mut links);
    stops.sort_by_key(|s| (s.component, s.edge));
    stops.dedup();
    let rests = links.iter().flat_map(|l| &l.assumptions).chain(stops.iter().flat_map(|s| &s.assumptions)).copied();
    let assumptions = assumptions(rests);
    Outcome { scenario: run.scenario.clone(), affected, links, stops, assumptions }
}

/// Tries of callers are tried again themselves: how many calls a second come in the end.
fn multiply(graph: &Graph, links: &mut [Link]) {
    let tries = |link: &Link| match link.what {
        What::Retries { tries, .. } => Some((link.edge?, tries)),
        _ => None,
    };
    let tries: BTreeMap<DependencyId, f64> = links.iter().filter_map(tries).collect();
    if tries.is_empty() {
        return;
    }
    let calls = rates::calls(graph, |id| tries.get(&id).copied().unwrap_or(1.0));
    for link in links {
        if let (What::Retries { rps, .. }, Some(id)) = (&mut link.what, link.edge) {
            *rps = calls.get(&id).copied();
        }
    }
}

/// Whoever only sends goes on, to what is late itself and to a queue from which somebody late takes.
fn asynchronous(run: &Run<'_>, now: &[Option<Now>], stops: &mut Vec<Stop>) {
    let graph = run.normal.graph;
    let sent = |to: ComponentId| {
        let sent = |d: &Dependency| d.interaction == Interaction::AsyncPublish && d.plane == Plane::Runtime;
        graph.dependents(to).filter(move |(_, d)| sent(d))
    };
    let mut stop = |id, d: &Dependency, by| {
        stops.push(Stop { component: d.from, by, edge: Some(id), assumptions: Vec::new() });
    };
    for late in graph.ids() {
        if now.get(late.0 as usize).and_then(Option::as_ref).is_none_or(|n| n.state == State::Ok) {
            continue;
        }
        for (id, d) in sent(late) {
            stop(id, d, Brake::Asynchronous { provider: late });
        }
        for (_, taken) in graph.providers(late).filter(|(_, d)| d.interaction == Interaction::AsyncConsume) {
            for (id, d) in sent(taken.to).filter(|(_, d)| d.from != late) {
                stop(id, d, Brake::Queued { queue: taken.to, consumer: late });
            }
        }
    }
}

/// What happens first of what happens to one component at one time.
fn rank(link: &Link) -> u8 {
    match link.what {
        What::Late { .. } => 0,
        What::Drains { .. } => 1,
        What::Waits { .. } | What::Fails { .. } => 2,
        What::Retries { .. } => 3,
        What::GivesUp { .. } => 4,
        What::OutOfTime { .. } => 5,
        What::Fills { .. } => 6,
        What::Starved { .. } => 7,
        _ => 8,
    }
}
