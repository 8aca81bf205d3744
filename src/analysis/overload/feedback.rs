use super::traffic::{Brake, Room, Situation, Traffic};
use crate::analysis::call::Limit;
use crate::analysis::rates::use_of;
use crate::analysis::waits::{Bases, Waits, worst_waits};
use crate::facts::{Interaction, Kind};
use crate::graph::algo::{Components, Csr, components, in_parallel, spectral_radius};
use crate::graph::{ComponentId, DependencyId};
use std::collections::BTreeMap;

/// Who holds a place of a pool while he waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// Who.
    pub component: ComponentId,
    /// How long a request may hold its place, in milliseconds, when whoever it waits for is slow; infinite if nothing
    /// limits it.
    pub hold_ms: f64,
    /// Part of its requests that wait for it.
    pub share: f64,
    /// The most that it holds at once, if something says so.
    pub most: Option<f64>,
    /// What `hold_ms` rests on.
    pub bases: Bases,
    /// Calls that come for each request when it fails, by the retries of its callers.
    pub amplification: f64,
    /// Requests per second, if known.
    pub load: Option<f64>,
    /// The calls that it waits for the longest, its own first.
    pub calls: Vec<DependencyId>,
    /// The caller that tries most often.
    pub retried_by: Option<(ComponentId, f64)>,
}

impl Holder {
    /// How long a request holds its place on average, in milliseconds, if those that do not wait take no time.
    fn mean_ms(&self) -> f64 {
        self.share * self.hold_ms
    }

    /// Places that it holds on average while its provider is slow, by Little's law.
    fn held(&self) -> Option<f64> {
        Some((self.load? * self.mean_ms() / 1000.0).min(self.most.unwrap_or(f64::INFINITY)))
    }
}

/// A loop through a limited capacity: somebody is slow, so places are held longer, so none is left, so callers time out
/// and try again, so more is asked of who is slow.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    /// The pool, or the component whose own places they are.
    pub pool: ComponentId,
    /// Places without those that are reserved.
    pub places: f64,
    /// Who takes from it and waits, by id.
    pub holders: Vec<Holder>,
    /// The holder by whom it is told: the one whose requests use up most.
    pub worst: usize,
    /// Places that the requests of all holders would take once their callers try again, as a part of those there are: it
    /// keeps itself exhausted from 1 on. Nothing where loads are unknown.
    pub gain: Option<f64>,
    /// The spectral radius of all pools that are coupled with this one by common holders: 1 or more likewise.
    pub spectral_radius: Option<f64>,
}

impl Feedback {
    /// Requests per second of the worst holder alone that use the pool up while its provider is slow; 0 if any do.
    pub fn exhausted_from(&self) -> f64 {
        self.places / self.holders[self.worst].mean_ms() * 1000.0
    }

    /// The same once its callers try again: from here on it stays used up.
    pub fn sustained_from(&self) -> f64 {
        self.exhausted_from() / self.holders[self.worst].amplification
    }

    /// Who is slow, if it is told by the worst holder.
    pub fn slow(&self, graph: &crate::graph::Graph) -> Option<ComponentId> {
        self.holders[self.worst].calls.last().map(|&id| graph.dependency(id).to)
    }

    /// Whether it keeps itself exhausted, as far as loads are known.
    pub fn feeds_itself(&self) -> Option<bool> {
        self.spectral_radius.map(|radius| radius >= 1.0)
    }
}

/// Every loop through a limited capacity that somebody's retries close, by pool.
pub(super) fn feedbacks(traffic: &Traffic<'_>) -> Vec<Feedback> {
    let graph = traffic.graph;
    let pools: Vec<(ComponentId, f64)> = graph
        .ids()
        .filter(|&id| !graph.component(id).off)
        .filter_map(|id| Some((id, graph.component(id).settings.capacity_concurrency?)))
        .collect();
    if pools.is_empty() {
        return Vec::new();
    }
    let waits = worst_waits(graph);
    let found = in_parallel(
        pools.len(),
        || Room::new(&traffic.model),
        |room, i| feedback(traffic, &waits, room, pools[i].0, pools[i].1),
    );
    let mut found: Vec<Feedback> = found.into_iter().flatten().collect();
    couple(&mut found);
    found
}

fn feedback(traffic: &Traffic<'_>, waits: &Waits, room: &Room<'_>, pool: ComponentId, size: f64) -> Option<Feedback> {
    let graph = traffic.graph;
    let mut users: Vec<(ComponentId, Option<f64>)> = Vec::new();
    let mut places = size;
    if graph.component(pool).kind == Kind::Pool {
        for (_, d) in graph.dependents(pool).filter(|(_, d)| d.interaction == Interaction::UsesPool) {
            match d.pool {
                // What is reserved is a pool of its own.
                Some((_, Some(reserved))) => places -= reserved,
                pool => users.push((d.from, pool.and_then(|(uses, _)| uses))),
            }
        }
    } else {
        users.push((pool, None));
    }
    let over: Vec<u32> = users.iter().map(|(u, _)| u.0).collect();
    let now = Situation { cold: traffic.empty(&over, &[]), over };
    let loads = traffic.known().then(|| traffic.loads(&now, room, Brake::Off, false));
    let holder = |&(component, most): &(ComponentId, Option<f64>)| {
        let (hold_ms, bases, calls) = hold(traffic, waits, component);
        let normal = traffic.normal[component.0 as usize];
        let load = Some(normal).filter(|rps| *rps > 0.0 && rps.is_finite());
        let into = traffic.edges.iter().filter(|e| e.to == component.0 && e.overloaded > 1.0);
        let retried_by = into.max_by(|a, b| a.overloaded.total_cmp(&b.overloaded).then(b.from.cmp(&a.from)));
        let retried_by = retried_by.map(|e| (ComponentId(e.from), e.overloaded));
        let multiplied = load.zip(loads.as_ref()).map(|(load, all)| all[component.0 as usize] / load);
        Some(Holder {
            component,
            hold_ms,
            share: calls.first().map_or(1.0, |&call| use_of(graph, call)),
            most,
            bases,
            amplification: multiplied.unwrap_or(retried_by.map_or(1.0, |r| r.1)).max(1.0),
            load,
            calls,
            retried_by,
        })
        .filter(|h| !h.calls.is_empty() && h.mean_ms() > 0.0)
    };
    let mut holders: Vec<Holder> = users.iter().filter_map(holder).collect();
    holders.sort_by_key(|h| h.component);
    if places <= 0.0 || holders.iter().all(|h| h.amplification <= 1.0) {
        return None;
    }
    let weight = |h: &Holder| h.held().unwrap_or(h.mean_ms()) * h.amplification;
    let worst =
        (0..holders.len()).max_by(|&a, &b| weight(&holders[a]).total_cmp(&weight(&holders[b])).then(b.cmp(&a)))?;
    let held: Option<Vec<f64>> = holders.iter().map(|h| Some(h.held()? * h.amplification)).collect();
    let gain = held.map(|held| held.iter().sum::<f64>() / places);
    Some(Feedback { pool, places, holders, worst, gain, spectral_radius: None })
}

/// How long a request may hold its place, what that rests on, and the calls that it waits for meanwhile: the worst wait, or
/// longer if one of those that usually answer sooner does not answer at all. A call of which nobody knows a limit says
/// nothing.
fn hold(traffic: &Traffic<'_>, waits: &Waits, of: ComponentId) -> (f64, Bases, Vec<DependencyId>) {
    let settings = &traffic.graph.component(of).settings;
    let wait = waits.answer[of.0 as usize];
    let own = settings.p99_ms.or(settings.p50_ms).unwrap_or(0.0);
    let calls = waits.of.row(of.0).iter().map(|&c| &waits.calls[c as usize]).filter(|c| c.limit != Limit::Unknown);
    let hangs = calls.map(|c| (own + c.wait(f64::INFINITY) * c.in_a_row(), c.dependency));
    let hangs = hangs.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    match hangs {
        Some((ms, call)) if ms > wait.at_least => {
            (ms.min(settings.timeout_ms.unwrap_or(f64::INFINITY)), Bases::default(), vec![call])
        }
        _ => {
            let chain = waits.surest_chain(of).into_iter();
            (wait.at_least, wait.bases, chain.map(|c| waits.calls[c as usize].dependency).collect())
        }
    }
}

/// The spectral radius over pools and their holders: a pool that is used up makes the callers of each holder try again,
/// and what comes then takes places of every pool that the holder takes from.
fn couple(found: &mut [Feedback]) {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut nodes: BTreeMap<ComponentId, u32> = BTreeMap::new();
    for holder in found.iter().flat_map(|f| &f.holders) {
        let next = number(found.len() + nodes.len());
        nodes.entry(holder.component).or_insert(next);
    }
    let mut edges: Vec<(u32, u32, f64)> = Vec::new();
    for (i, feedback) in (0u32..).zip(found.iter()).filter(|(_, f)| f.gain.is_some()) {
        for holder in &feedback.holders {
            let node = nodes[&holder.component];
            edges.push((node, i, holder.held().unwrap_or(0.0) / feedback.places));
            edges.push((i, node, holder.amplification));
        }
    }
    let count = found.len() + nodes.len();
    let Components { of, members, .. } = components(&Csr::from_pairs(count, edges.iter().map(|e| (e.0, e.1))));
    let mut inside: Vec<Vec<(u32, u32, f64)>> = vec![Vec::new(); members.rows()];
    for (u, v, weight) in edges.into_iter().filter(|&(u, v, weight)| of[u as usize] == of[v as usize] && weight > 0.0) {
        let group = of[u as usize];
        let place = |v: u32| members.row(group).binary_search(&v).ok().map(number);
        inside[group as usize].extend(place(u).zip(place(v)).map(|(u, v)| (u, v, weight)));
    }
    let mut radii: Vec<Option<f64>> = vec![None; members.rows()];
    for (feedback, &group) in found.iter_mut().zip(&of).filter(|(f, _)| f.gain.is_some()) {
        let radius = || spectral_radius(members.row(group).len(), &inside[group as usize]).at_most;
        feedback.spectral_radius = Some(*radii[group as usize].get_or_insert_with(radius));
    }
}
