use super::fixpoint::{Hit, exceeds};
use super::traffic::{Brake, Room, Situation, Traffic};
use crate::facts::{Interaction, Kind, Plane};
use crate::graph::ComponentId;
use crate::graph::algo::in_parallel;
use std::collections::{BTreeMap, BTreeSet};

/// What starts an overload, and is gone again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// A component is down, or a machine or zone with all that runs there.
    Outage(ComponentId),
    /// One of several instances is down.
    Instance(ComponentId),
    /// A cache is empty.
    ColdCache(ComponentId),
}

impl Trigger {
    /// What it happens to.
    pub fn component(self) -> ComponentId {
        match self {
            Self::Outage(id) | Self::Instance(id) | Self::ColdCache(id) => id,
        }
    }

    /// The word used in outputs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Outage(_) => "outage",
            Self::Instance(_) => "instance",
            Self::ColdCache(_) => "cold-cache",
        }
    }
}

/// A component that gets more than it can serve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excess {
    /// Which component.
    pub component: ComponentId,
    /// Requests per second that it gets; infinite without bound.
    pub load: f64,
    /// Requests per second that it can serve then.
    pub capacity: f64,
    /// It stays so when the trigger is gone.
    pub stays: bool,
}

/// A trigger after which some component gets more than it can serve that did not before.
#[derive(Clone, Debug, PartialEq)]
pub struct Cascade {
    /// What starts it.
    pub trigger: Trigger,
    /// Who gets too much in the end, by id; what is down by the trigger itself only if it stays so.
    pub overloaded: Vec<Excess>,
    /// Who gets too much by the trigger alone, before others follow; by id.
    pub first: Vec<ComponentId>,
}

/// The cascades, and how many of the triggers were tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cascades {
    /// By trigger.
    pub rows: Vec<Cascade>,
    /// Triggers that were tried, those first that are most likely to start something.
    pub tried: usize,
    /// All there are.
    pub total: usize,
}

impl Cascades {
    /// Where a trigger leads, if it overloads anybody.
    pub fn of(&self, trigger: Trigger) -> Option<&Cascade> {
        self.rows.binary_search_by_key(&trigger, |c| c.trigger).ok().map(|at| &self.rows[at])
    }
}

/// Calls that are followed for all triggers together: some seconds.
const WORK: usize = 10_000_000;

/// Every single trigger with where it leads, in parallel; O(calls) a round for each that changes what anybody gets.
pub(super) fn cascades(traffic: &Traffic<'_>) -> Cascades {
    let hits = triggers(traffic);
    let total = hits.len();
    let tried = total.min(WORK / (traffic.edges.len() + traffic.graph.components.len()).max(1));
    // What is too much every day, and what follows from it, is no cascade.
    let everyday = traffic.cascade(&Hit::default(), &Room::new(&traffic.model)).at;
    let rows = in_parallel(
        tried,
        || Room::new(&traffic.model),
        |room, i| {
            let (trigger, hit) = &hits[i];
            cascade(traffic, *trigger, hit, &everyday, room)
        },
    );
    let mut rows: Vec<Cascade> = rows.into_iter().flatten().collect();
    rows.sort_by_key(|c| c.trigger);
    Cascades { rows, tried, total }
}

fn cascade(
    traffic: &Traffic<'_>,
    trigger: Trigger,
    hit: &Hit,
    everyday: &Situation,
    room: &Room<'_>,
) -> Option<Cascade> {
    let first = Situation { cold: traffic.empty(&hit.down, &hit.cold), over: hit.down.clone() };
    if hit.part.is_empty() && everyday.over.is_empty() && !matters(traffic, &first, room) {
        return None;
    }
    let part = |v: u32| hit.part.binary_search_by_key(&v, |p| p.0).map_or(1.0, |i| hit.part[i].1);
    let limit = |v: u32| traffic.judged(v).map(|(capacity, _)| capacity * part(v));
    let end = traffic.cascade(hit, room);
    let after = traffic.sustained(&end.at, room, Brake::Off, false);
    let excess = |v: u32| {
        let (capacity, _) = traffic.judged(v)?;
        let stays = after.at.over.binary_search(&v).is_ok();
        let itself = hit.down.contains(&v);
        if everyday.over.binary_search(&v).is_ok() || (itself && !stays) {
            return None;
        }
        let component = ComponentId(v);
        Some(match itself {
            true => Excess { component, load: after.loads[v as usize], capacity, stays },
            false => Excess { component, load: end.loads[v as usize], capacity: capacity * part(v), stays },
        })
    };
    let overloaded: Vec<Excess> = end.at.over.iter().filter_map(|&v| excess(v)).collect();
    if overloaded.is_empty() {
        return None;
    }
    let loads = traffic.loads(&first, room, Brake::Off, false);
    let at_once = overloaded.iter().map(|e| e.component);
    let at_once =
        at_once.filter(|c| !hit.down.contains(&c.0) && limit(c.0).is_some_and(|l| exceeds(loads[c.0 as usize], l)));
    Some(Cascade { trigger, first: at_once.collect(), overloaded })
}

/// Whether anybody gets more in a situation than when all is well.
fn matters(traffic: &Traffic<'_>, now: &Situation, room: &Room<'_>) -> bool {
    let down = room.down(&now.over);
    !now.cold.is_empty()
        || traffic.is_delivered_again(&down)
        || traffic.edges.iter().any(|e| e.changes(&down, &now.over))
}

/// What can start something, with what it does: first what takes capacity or fills caches, then outages.
fn triggers(traffic: &Traffic<'_>) -> Vec<(Trigger, Hit)> {
    let graph = traffic.graph;
    let mut found: Vec<(Trigger, Hit)> = Vec::new();
    for (cache, ..) in &traffic.caches {
        found.push((Trigger::ColdCache(ComponentId(*cache)), Hit { cold: vec![*cache], ..Hit::default() }));
    }
    for v in traffic.all_judged() {
        let several = graph.component(ComponentId(v)).replicas.filter(|r| r.count > r.need.max(1));
        if let Some(replicas) = several {
            let left = f64::from(replicas.count - 1) / f64::from(replicas.count);
            found.push((Trigger::Instance(ComponentId(v)), Hit { part: vec![(v, left)], ..Hit::default() }));
        }
    }
    let placed = placed(traffic);
    let (mut domains, mut others) = (Vec::new(), Vec::new());
    for id in graph.ids().filter(|&id| !graph.component(id).off) {
        let mut part = placed.get(&id.0).cloned().unwrap_or_default();
        part.sort_unstable_by_key(|p| p.0);
        let domain = graph.component(id).kind.is_place();
        let passive = matches!(graph.component(id).kind, Kind::Config | Kind::Secret | Kind::Pool);
        let hit = Hit { down: vec![id.0], cold: Vec::new(), part };
        match (domain, passive) {
            (true, _) => domains.push((Trigger::Outage(id), hit)),
            (false, false) => others.push((Trigger::Outage(id), hit)),
            (false, true) => {}
        }
    }
    found.extend(domains);
    found.extend(others);
    found
}

/// Zone, node or region → those with instances elsewhere too, and the part of their capacity that is left without it.
fn placed(traffic: &Traffic<'_>) -> BTreeMap<u32, Vec<(u32, f64)>> {
    let graph = traffic.graph;
    let judged: BTreeSet<u32> = traffic.all_judged().into_iter().collect();
    let mut placed: BTreeMap<u32, Vec<(u32, f64)>> = BTreeMap::new();
    for requirement in graph.requirements.iter().filter(|r| judged.contains(&r.of.0)) {
        let members = requirement.members.iter().map(|&id| graph.dependency(id));
        let places: Vec<u32> = members
            .filter(|d| {
                d.interaction == Interaction::PlacedOn && d.plane == Plane::Runtime && !graph.component(d.to).off
            })
            .map(|d| d.to.0)
            .collect();
        let (Some(replicas), true) = (graph.component(requirement.of).replicas, places.len() > 1) else { continue };
        // As even as can be; which one is the fullest nobody wrote down, so any may be.
        let count = replicas.count.max(1);
        let fullest = count.div_ceil(u32::try_from(places.len()).unwrap_or(u32::MAX));
        let left = f64::from(count - fullest) / f64::from(count);
        for place in places {
            placed.entry(place).or_default().push((requirement.of.0, left));
        }
    }
    placed
}
