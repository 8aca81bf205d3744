use super::fault_model::fatal_places;
use super::level::level;
use super::{Baseline, Level, Single, Spof};
use crate::facts::{Interaction, Kind};
use crate::graph::change::{Change, apply_all};
use crate::graph::{ComponentId, Graph, Replicas};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// What would help against a single point of failure: tried on a copy of the graph, not guessed.
#[derive(Clone, Debug, PartialEq)]
pub struct Improvement {
    /// The single points of failure that it is meant for: one, or several [`alike`].
    pub against: Vec<ComponentId>,
    /// What to change, in order.
    pub changes: Vec<Change>,
    /// The part of the risk of all single failures that is gone then, from 0 to 1.
    pub removes: f64,
    /// Others that were tried and remove as much.
    pub or: Vec<Vec<Change>>,
}

/// What was tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Improvements {
    /// For each single point of failure for which something helps, what helps most; in the order of these.
    pub found: Vec<Improvement>,
    /// For how many of the first of them changes were tried.
    pub tried: usize,
    /// How many there are.
    pub total: usize,
}

impl Improvements {
    /// What helps most against a single point of failure, if anything was found.
    pub fn against(&self, component: ComponentId) -> Option<&Improvement> {
        self.found.iter().find(|i| i.against.contains(&component))
    }
}

/// At most so many single points of failure, and at most so much work (changes times components and dependencies).
const TRIED: usize = 12;
const WORK: usize = 1_000_000;

/// The risk of single failures: the expected weight that the entries lose, summed over everything of which less than the
/// whole component has to fail. A whole component fails by a bad change, which no replica helps against, so it does not
/// count here. `probability` is that of a component of a kind; only the proportions matter.
pub fn risk(graph: &Graph, weights: &[f64], singles: &[Single], probability: &dyn Fn(Kind) -> f64) -> f64 {
    let of = |single: &Single| {
        let component = graph.component(single.component);
        let lost: f64 = single.hits().map(|(e, share)| weights.get(e as usize).copied().unwrap_or(0.0) * share).sum();
        if level(component) == Level::Component { 0.0 } else { probability(component.kind) * lost }
    };
    singles.iter().map(of).sum()
}

/// Rows that tell one story, in their order: single instances of the same sort with the same victims, hit to the same
/// share, are one group, and so are a single instance and the volumes that only it uses. Every other row that is not
/// folded into another one is a group of its own.
pub fn alike<'s>(graph: &Graph, spofs: &'s [Spof]) -> Vec<Vec<&'s Spof>> {
    let mut groups: Vec<Vec<&Spof>> = Vec::new();
    let mut known: FxHashMap<(&[ComponentId], Vec<u64>, bool), usize> = FxHashMap::default();
    for spof in spofs.iter().filter(|s| s.folded_into.is_none()) {
        let component = graph.component(spof.component);
        if component.kind == Kind::Volume
            && let Some(owner) = only_user(graph, spof.component)
            && let Some(group) = groups.iter_mut().find(|group| owns(group, owner, spof))
        {
            group.push(spof);
            continue;
        }
        if spof.level != Level::Instance || component.replicas.is_some_and(|r| r.count > 1) {
            groups.push(vec![spof]);
            continue;
        }
        let shares = spof.shares.iter().map(|share| share.to_bits()).collect();
        // Who has volumes is told with them.
        if graph.providers(spof.component).any(|(_, d)| only_user(graph, d.to) == Some(spof.component)) {
            groups.push(vec![spof]);
            continue;
        }
        match known.entry((&spof.entries, shares, component.kind.is_store())) {
            Entry::Occupied(at) => groups[*at.get()].push(spof),
            Entry::Vacant(at) => {
                at.insert(groups.len());
                groups.push(vec![spof]);
            }
        }
    }
    groups
}

/// Whether a group is about the owner of a volume alone, with the volume's victims.
fn owns(group: &[&Spof], owner: ComponentId, volume: &Spof) -> bool {
    let same = |s: &Spof| s.component == owner && s.entries == volume.entries && s.shares == volume.shares;
    group.first().is_some_and(|first| same(first))
}

/// The only component that depends on a volume.
fn only_user(graph: &Graph, volume: ComponentId) -> Option<ComponentId> {
    let mut users = graph.dependents(volume).map(|(_, d)| d.from);
    let first = users.next().filter(|_| graph.component(volume).kind == Kind::Volume)?;
    users.all(|user| user == first).then_some(first)
}

/// For the top of the ranked single points of failure, the change that removes most of the risk of single failures, by
/// computing it again (THEORY 2.2, "What-if gain").
pub fn improvements(
    baseline: &Baseline<'_>,
    spofs: &[Spof],
    probability: &(dyn Fn(Kind) -> f64 + Sync),
) -> Improvements {
    let graph = baseline.graph();
    let open: Vec<Vec<&Spof>> = alike(graph, spofs)
        .into_iter()
        .filter(|group| group.iter().all(|s| !matches!(s.level, Level::Component | Level::Region)))
        .collect();
    let measure = |b: &Baseline<'_>| {
        let weights: Vec<f64> = b.engine.entries.iter().map(|(_, weight)| *weight).collect();
        risk(b.graph(), &weights, &b.singles, probability)
    };
    let before = measure(baseline);
    let gain = |changes: &[Change]| {
        let changed = apply_all(graph, changes).ok()?;
        Some((before - measure(&baseline.update(&changed))) / before)
    };
    let size = graph.components.len() + graph.dependencies.len();
    let mut left = (WORK / size.max(1)).max(1);
    let mut found = Vec::new();
    let mut tried = 0;
    for group in open.iter().take(TRIED) {
        let candidates = match group[..] {
            [one] => candidates(graph, one),
            [one, volume, ..] if volume.level == Level::Volume => candidates(graph, one),
            // The same for each of them.
            _ => vec![group.iter().filter_map(|s| candidates(graph, s).into_iter().next()).flatten().collect()],
        };
        let structural = |changes: &Vec<Change>| changes.iter().filter(|c| !matches!(c, Change::Replicas(..))).count();
        let cost: usize = candidates.iter().map(|changes| 1 + structural(changes)).sum();
        // What is too much to try, such as moving everything out of a zone, leaves the rest its share.
        if cost > left || before <= 0.0 {
            continue;
        }
        left -= cost;
        tried += 1;
        let mut gains: Vec<(f64, Vec<Change>)> =
            candidates.into_par_iter().filter_map(|changes| Some((gain(&changes)?, changes))).collect();
        // Of equals the first: it is the most usual one.
        gains.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let mut gains = gains.into_iter();
        if let Some((removes, changes)) = gains.next().filter(|(removes, _)| *removes > 1e-9) {
            let or = gains.take_while(|(gain, _)| removes - gain < 1e-9).map(|(_, changes)| changes).collect();
            let against = group.iter().map(|s| s.component).collect();
            found.push(Improvement { against, changes, removes, or });
        }
    }
    Improvements { found, tried, total: open.len() }
}

/// What may help, the most usual first.
fn candidates(graph: &Graph, spof: &Spof) -> Vec<Vec<Change>> {
    let of = spof.component;
    let component = graph.component(of);
    let next = spof.path.get(1).copied().filter(|&id| graph.component(id).kind != Kind::Entry);
    let soften = next.map(|dependent| vec![Change::Soft(dependent, of)]);
    let mut all: Vec<Vec<Change>> = match component.kind {
        Kind::Volume => next.map(|owner| vec![Change::Standby(owner)]).into_iter().collect(),
        Kind::Node | Kind::Zone => vec![spread(graph, of)],
        // Users come in at the very instance: another one at another door is no help to them.
        _ if component.entry.is_some() => {
            vec![vec![Change::Replicas(of, component.replicas.map_or(1, |r| r.need).saturating_add(1))]]
        }
        Kind::External => Vec::from_iter(soften.into_iter().chain([vec![Change::Standby(of)]])),
        kind if kind.is_store() => {
            let users: BTreeSet<ComponentId> = graph.dependents(of).map(|(_, d)| d.from).collect();
            let own = (users.len() > 1).then(|| vec![Change::Split(of)]);
            [vec![Change::Standby(of)]].into_iter().chain(soften).chain(own).collect()
        }
        _ => {
            let need = component.replicas.map_or(1, |r| r.need);
            [vec![Change::Replicas(of, need.saturating_add(1))]].into_iter().chain(soften).collect()
        }
    };
    all.retain(|changes| !changes.is_empty());
    all
}

/// What falls with a domain, with a replica to spare in another one.
fn spread(graph: &Graph, domain: ComponentId) -> Vec<Change> {
    let kind = graph.component(domain).kind;
    let known: BTreeSet<&Arc<str>> = graph.components.iter().filter(|c| c.kind == kind).map(|c| &c.name).collect();
    let placed = graph.dependents(domain).filter(|(_, d)| d.interaction == Interaction::PlacedOn).map(|(_, d)| d.from);
    let placed: BTreeSet<ComponentId> = placed.collect();
    let mut changes = Vec::new();
    for id in placed {
        let c = graph.component(id);
        // A volume or machine does not move; what stands on it needs one of its own elsewhere.
        if matches!(c.kind, Kind::Volume | Kind::Node | Kind::Zone) {
            continue;
        }
        let stays = graph.providers(id).filter(|(_, d)| d.interaction == Interaction::PlacedOn).map(|(_, d)| d.to);
        let mut domains: BTreeSet<Arc<str>> =
            stays.map(|at| graph.component(at)).filter(|at| at.kind == kind).map(|at| at.name.clone()).collect();
        let places = u32::try_from(domains.len()).unwrap_or(u32::MAX);
        if c.replicas.is_some_and(|r| fatal_places(r, places) > 1) {
            continue;
        }
        // Where the places suffice and the instances do not, they are what is missing.
        let lone = c.replicas.filter(|r| r.count <= r.need);
        if let (Some(r), true) = (lone, places > 1) {
            let survives = |&count: &u32| fatal_places(Replicas { count, ..r }, places) > 1;
            changes.extend((r.need + 1..=r.need.saturating_mul(2)).find(survives).map(|n| Change::Replicas(id, n)));
            continue;
        }
        let another = known.iter().find(|name| !domains.contains(**name));
        domains.insert(another.map_or_else(|| format!("another {kind}").into(), |&name| name.clone()));
        if let Some(r) = lone {
            changes.push(Change::Replicas(id, r.need.saturating_add(1)));
        }
        changes.push(Change::Spread(id, kind, domains.into_iter().collect()));
    }
    changes
}
