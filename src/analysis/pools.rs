use super::rates::rates;
use super::waits::{Basis, worst_waits};
use crate::facts::{Interaction, Plane};
use crate::graph::{ComponentId, DependencyId, Graph};
use std::collections::BTreeSet;

/// A limited capacity beside what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolRow {
    /// The pool.
    pub pool: ComponentId,
    /// All of it.
    pub capacity: f64,
    /// What is set aside for some of the users.
    pub reserved: f64,
    /// What users without a reservation may hold at once, as far as it is known; infinite if nothing limits it.
    pub demand: f64,
    /// The same while all of them are rolled out: with the instances that a rollout adds, as far as that is known.
    pub demand_rollout: f64,
    /// Who takes from it, by id.
    pub users: Vec<PoolUser>,
    /// It is asked only when instances are made, not for requests.
    pub at_start: bool,
    /// What `demand` rests on: ids of assumptions, sorted.
    pub assumptions: Vec<&'static str>,
}

/// Somebody who takes from a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolUser {
    /// Who.
    pub component: ComponentId,
    /// The dependency on the pool.
    pub dependency: DependencyId,
    /// The most that it may hold at once; `None` if nobody knows, infinite if nothing limits it.
    pub demand: Option<f64>,
    /// What is set aside for it, which is also its cap.
    pub reserved: Option<f64>,
    /// Nothing but the pool's end keeps it from holding more: no reservation, and no limit of its own below what is free.
    pub unlimited: bool,
}

impl PoolRow {
    /// Demand beside what is free.
    pub fn ratio(&self) -> f64 {
        self.demand / (self.capacity - self.reserved)
    }

    /// Whether the users may want more than there is.
    pub fn oversubscribed(&self) -> bool {
        self.demand > self.capacity - self.reserved
    }

    /// The users of whom it is not known what they may hold.
    pub fn unknown(&self) -> usize {
        self.users.iter().filter(|u| u.demand.is_none() && u.reserved.is_none()).count()
    }
}

/// Every pool with a known capacity, by id (SEMANTICS C). A user that does not say how much it holds at most holds its
/// load times the longest that a request may take (Little); one whose load nobody knows holds nobody knows how much, and
/// is left out of the sum.
pub fn pools(graph: &Graph) -> Vec<PoolRow> {
    let sized = graph.ids().filter_map(|pool| {
        let users: Vec<_> = graph.dependents(pool).filter(|(_, d)| d.interaction == Interaction::UsesPool).collect();
        let capacity = graph.component(pool).settings.capacity_concurrency?;
        (!users.is_empty()).then_some((pool, capacity, users))
    });
    let sized: Vec<_> = sized.collect();
    if sized.is_empty() {
        return Vec::new();
    }
    let (waits, rates) = (worst_waits(graph), rates(graph));
    let row = |(pool, capacity, users): (ComponentId, f64, Vec<(DependencyId, &crate::graph::Dependency)>)| {
        let mut rests: BTreeSet<&'static str> = BTreeSet::new();
        let reserved: f64 = users.iter().filter_map(|(_, d)| d.pool?.1).sum();
        let users: Vec<PoolUser> = users
            .iter()
            .map(|&(dependency, d)| {
                let (uses, reserved_here) = d.pool.unwrap_or_default();
                let wait = waits.answer.get(d.from.0 as usize).filter(|w| !w.unknown());
                let load = rates.of(d.from);
                let little = load.zip(wait).map(|(rps, wait)| {
                    rests.extend(wait.bases.iter().map(Basis::id));
                    rests.extend(rates.rests_on(d.from));
                    if rps > 0.0 { rps * wait.ms / 1000.0 } else { 0.0 }
                });
                let demand = uses.or(reserved_here).or(little);
                // Not even all that is let in could hold it all.
                let most = rates.at_most(d.from).zip(wait).map(|(rps, wait)| rps * wait.ms / 1000.0);
                let most = uses.unwrap_or(f64::INFINITY).min(most.filter(|m| !m.is_nan()).unwrap_or(f64::INFINITY));
                let unlimited = reserved_here.is_none() && most >= capacity - reserved;
                PoolUser { component: d.from, dependency, demand, reserved: reserved_here, unlimited }
            })
            .collect();
        let shared = || users.iter().filter(|u| u.reserved.is_none());
        let demand = shared().filter_map(|u| u.demand).sum();
        // What follows from load does not grow with instances.
        let by_instance = |u: &PoolUser| graph.dependency(u.dependency).pool.is_some_and(|(uses, _)| uses.is_some());
        let surge = |u: &PoolUser| {
            let more = graph.component(u.component).settings.rollout_surge.filter(|_| by_instance(u));
            1.0 + more.unwrap_or(0.0)
        };
        let demand_rollout = shared().filter_map(|u| Some(u.demand? * surge(u))).sum();
        let at_start = users.iter().all(|u| graph.dependency(u.dependency).plane != Plane::Runtime);
        PoolRow {
            pool,
            capacity,
            reserved,
            demand,
            demand_rollout,
            users,
            at_start,
            assumptions: rests.into_iter().collect(),
        }
    };
    sized.into_iter().map(row).collect()
}
