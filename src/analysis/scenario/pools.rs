use super::latency::Run;
use super::little::{mean, within};
use super::wait::Now;
use super::{Brake, State, Stop};
use crate::facts::{Interaction, Plane};
use crate::graph::{ComponentId, Dependency, DependencyId, Graph};

/// A pool of which those who wait hold all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drained {
    pub(super) pool: ComponentId,
    /// The how-manieth round of exhausted pools it is in, from 1.
    pub(super) round: u32,
    /// Who waits and holds it, by id.
    pub(super) holders: Vec<ComponentId>,
    /// Who finds nothing in it, with the dependency on the pool, by id.
    pub(super) starved: Vec<(ComponentId, DependencyId)>,
    /// What would be held at once; infinite if nothing limits it.
    pub(super) held: f64,
    /// What others than the holders usually hold, as far as is known.
    pub(super) others: f64,
    /// What is there for all of them.
    pub(super) capacity: f64,
    /// Requests per second of the holders, if known.
    pub(super) rps: Option<f64>,
    /// Those of them that wait, if known.
    pub(super) waiting_rps: Option<f64>,
    /// Requests per second of the holders that are enough.
    pub(super) enough_rps: f64,
    /// When nothing is left, if known.
    pub(super) at_ms: Option<f64>,
    /// Part of the requests that still get something, if known.
    pub(super) served: Option<f64>,
    pub(super) assumptions: Vec<&'static str>,
}

impl Drained {
    /// The dependency of a user on the pool.
    pub(super) fn edge_of(&self, graph: &Graph, user: ComponentId) -> Option<DependencyId> {
        graph.providers(user).find(|(_, d)| d.to == self.pool && takes(d)).map(|(id, _)| id)
    }
}

/// Whether a dependency takes from a pool.
pub(super) fn takes(d: &Dependency) -> bool {
    d.interaction == Interaction::UsesPool && d.plane == Plane::Runtime
}

/// The pools that those who wait now exhaust, and what keeps others from it.
pub(super) fn drained(run: &Run<'_>, now: &[Option<Now>]) -> (Vec<Drained>, Vec<Stop>) {
    let graph = run.normal.graph;
    let (mut found, mut stops) = (Vec::new(), Vec::new());
    for pool in graph.ids() {
        let users: Vec<(DependencyId, &Dependency)> = graph.dependents(pool).filter(|(_, d)| takes(d)).collect();
        let (Some(capacity), false) = (graph.component(pool).settings.capacity_concurrency, users.is_empty()) else {
            continue;
        };
        if let Some(drained) = of_pool(run, now, pool, capacity, &users, &mut stops) {
            found.push(drained);
        }
    }
    (found, stops)
}

fn of_pool(
    run: &Run<'_>,
    now: &[Option<Now>],
    pool: ComponentId,
    capacity: f64,
    users: &[(DependencyId, &Dependency)],
    stops: &mut Vec<Stop>,
) -> Option<Drained> {
    let normal = run.normal;
    let waits = |c: ComponentId| {
        let seen = now.get(c.0 as usize)?.as_ref()?;
        (seen.ms > normal.usual.time[c.0 as usize].0 + 1e-9 && seen.state != State::Ok).then_some(seen)
    };
    if !users.iter().any(|(_, d)| waits(d.from).is_some()) {
        return None;
    }
    let reserved = |d: &Dependency| d.pool.and_then(|(_, reserved)| reserved).filter(|r| *r > 0.0);
    let capacity = capacity - users.iter().filter_map(|(_, d)| reserved(d)).sum::<f64>();
    let stop = |d: &Dependency, id, by| Stop { component: d.from, by, edge: Some(id), assumptions: Vec::new() };
    for &(id, d) in users {
        if let Some(amount) = reserved(d) {
            stops.push(stop(d, id, Brake::Reserved { pool, amount, spared: waits(d.from).is_none() }));
        }
    }
    let shared: Vec<&(DependencyId, &Dependency)> = users.iter().filter(|(_, d)| reserved(d).is_none()).collect();
    let mut rests = Vec::new();
    let (mut held, mut busy, mut usual_now, mut wait) = (0.0, 0.0, 0.0, 0.0f64);
    let (mut rps, mut waiting_rps, mut at, mut holders) = (Some(0.0), Some(0.0), f64::INFINITY, Vec::new());
    for (_, d) in &shared {
        let most = d.pool.and_then(|(uses, _)| uses);
        let (usual, known) = normal.usual.time[d.from.0 as usize];
        let load = normal.rates.of(d.from);
        rests.extend(normal.rates.rests_on(d.from));
        if let Some(seen) = waits(d.from) {
            if !known && load.is_some() {
                rests.push("usual-time-unknown");
            }
            if most.is_none() {
                rests.push("held-while-waiting");
            }
            let demand = match load.or(normal.rates.at_most(d.from)) {
                Some(load) => within(load, seen.late, seen.ms, usual, seen.most_waiting),
                None => seen.most_waiting,
            };
            if load.is_none() && demand >= capacity {
                rests.push("rate-unknown");
            }
            held += demand.min(most.unwrap_or(f64::INFINITY));
            busy += load.map_or(0.0, |load| load * usual / 1000.0);
            wait = wait.max(mean(seen.late, seen.ms, usual));
            rps = rps.zip(load).map(|(a, b)| a + b);
            waiting_rps = waiting_rps.zip(load).map(|(a, b)| a + b * seen.late);
            at = at.min(seen.at_ms);
            holders.push(d.from);
        } else {
            let little = load.filter(|_| known).map(|load| load * usual / 1000.0);
            let usually = match (little, most) {
                (Some(little), most) => little.min(most.unwrap_or(f64::INFINITY)),
                (None, Some(most)) => {
                    rests.extend((most > 0.0).then_some("others-hold-their-most"));
                    most
                }
                (None, None) => {
                    rests.push("others-hold-nothing");
                    0.0
                }
            };
            usual_now += usually;
        }
    }
    if holders.is_empty() {
        return None;
    }
    let held = held + usual_now;
    if held < capacity || (held <= capacity && usual_now > 0.0 && held - usual_now <= 0.0) {
        for &(id, d) in users {
            if let (None, Some(_)) = (reserved(d), waits(d.from)) {
                let let_in = normal.rates.at_most(d.from).filter(|_| normal.rates.of(d.from).is_none());
                stops.push(stop(d, id, Brake::Timeout { pool, let_in, held, capacity }));
            }
        }
        return None;
    }
    let free = (capacity - usual_now - busy).max(0.0);
    let fills = waiting_rps.filter(|r| *r > 0.0).map(|rps| at + free / rps * 1000.0);
    if fills.is_some_and(|ms| !run.scenario.in_time(ms)) {
        return None;
    }
    rests.sort_unstable();
    rests.dedup();
    let certain = !rests.iter().any(|r| matches!(*r, "rate-unknown" | "others-hold-their-most"));
    let round = run.pools.values().map(|p| p.round).max().unwrap_or(0) + 1;
    Some(Drained {
        pool,
        round,
        starved: shared.iter().map(|&&(id, d)| (d.from, id)).collect(),
        held,
        others: usual_now,
        capacity,
        rps,
        waiting_rps,
        enough_rps: (capacity - usual_now).max(0.0) / wait * 1000.0,
        at_ms: fills,
        served: certain.then(|| if held.is_finite() { (capacity / held).min(1.0) } else { 0.0 }),
        assumptions: rests,
        holders,
    })
}
