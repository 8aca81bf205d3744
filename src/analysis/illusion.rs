use super::Illusion;
use super::Single;
use super::engine::Engine;
use super::failers::{Failers, lanes_of, position_of};
use super::fault_model::FaultModel;
use crate::facts::{Criticality, Interaction, Kind};
use crate::graph::algo::{FaultGraph, Groups, Lanes, Member, Plan, pairs};
use crate::graph::{ComponentId, Dependency, DependencyId};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Requirements, and instances of one component, that survive fewer failures than they claim (THEORY 2.2), those of
/// the heaviest entries first.
///
/// A group claims n − k. What really suffices is searched up to size 2, so a group that claims 3 or more and survives
/// exactly 2 is not among them; and up to size 1 in graphs of more than `max_nodes` components that do not fail together
/// anyway. What the owner itself plainly depends on is shared by declaration: it is no news that it
/// goes down with that. Configuration and credentials cannot be down, but a wrong one is wrong for all who share it:
/// where nothing else is shared, they are. For instances only nodes and zones are looked at: that all of them need the same
/// database is no broken promise, and that they stand in one region is what most people want.
pub(super) fn illusions(engine: &Engine<'_>, singles: &[Single], max_nodes: usize) -> Vec<Illusion> {
    let claims = claims(engine);
    let failers = Failers::new(engine, singles);
    let mut causes = alone(engine, &claims, &failers);
    let pairs = engine.plan.len() as usize <= max_nodes;
    let open = |c: &usize| pairs && causes[*c].is_empty() && claims[*c].claimed > 1 && !claims[*c].placement;
    let two: Vec<usize> = (0..claims.len()).filter(open).collect();
    let mut real = vec![0; claims.len()];
    for (claim, shared) in two.iter().zip(together(engine, &claims, &two)) {
        (real[*claim], causes[*claim]) = (1, shared);
    }
    // What brings a cause down brings the group down too, so a root has no culprit above it; of causes that only do so
    // in pairs, none of the others.
    let above = |claim: usize, causes: &[u32], position: u32| match real[claim] {
        0 => culprit(engine, &claims[claim], position),
        _ => causes.binary_search(&position).is_ok(),
    };
    let mut shared = roots(engine, causes, &failers, above);
    for (claim, shared) in
        claims.iter().zip(&mut shared).filter(|(claim, shared)| shared.is_empty() && !claim.placement)
    {
        *shared = configured(engine, claim);
    }
    let mut found: Vec<(f64, Illusion)> = Vec::new();
    for ((claim, real), shared) in claims.into_iter().zip(real).zip(shared).filter(|(_, shared)| !shared.is_empty()) {
        let hit = singles.binary_search_by_key(&claim.owner, |s| s.component).ok().and_then(|at| singles.get(at));
        let hit = hit.map_or(&[][..], |s| &s.entries);
        let weight = hit.iter().map(|&e| engine.entries[e as usize].1).sum();
        let Claim { owner, group, claimed, .. } = claim;
        found.push((weight, Illusion { owner, group, claimed, real, shared, entries: engine.entry_ids(hit) }));
    }
    found.sort_by(|(a_weight, a), (b_weight, b)| {
        b_weight.total_cmp(a_weight).then_with(|| (a.owner, &a.group).cmp(&(b.owner, &b.group)))
    });
    found.into_iter().map(|(_, illusion)| illusion).collect()
}

/// Something that claims to survive failures.
struct Claim {
    owner: ComponentId,
    group: Vec<ComponentId>,
    claimed: u32,
    /// What the owner needs beside the group, by id.
    declared: Vec<ComponentId>,
    /// It falls when in one of these, so many of these positions fail.
    falls: Vec<(u32, Vec<u32>)>,
    /// It is about where instances stand.
    placement: bool,
}

/// Requirements that survive the loss of a member, and components that survive the loss of an instance and say where
/// their instances stand.
fn claims(engine: &Engine<'_>) -> Vec<Claim> {
    let (graph, hard) = (engine.graph, engine.model.hard());
    let mut claims = Vec::new();
    let mut placements: BTreeMap<ComponentId, Claim> = BTreeMap::new();
    for group in hard.groups() {
        let edges: Vec<_> = hard.labelled(group).map(|m| provider(engine, m)).collect();
        let Some(first) = edges.first().and_then(|(_, d)| *d).map(|d| graph.dependency(d)) else { continue };
        let threshold = hard.threshold(group);
        let positions: Vec<u32> = hard.members(group).iter().map(|&m| engine.plan.at(m)).collect();
        let mut group: Vec<ComponentId> = edges.iter().filter_map(|(c, _)| *c).collect();
        group.sort_unstable();
        group.dedup();
        let owner = first.from;
        if first.interaction == Interaction::PlacedOn {
            let spare = graph.component(owner).replicas.map_or(0, |r| r.count.saturating_sub(r.need));
            if spare > 0 {
                let empty = Claim {
                    owner,
                    group: vec![owner],
                    claimed: spare,
                    declared: Vec::new(),
                    falls: Vec::new(),
                    placement: true,
                };
                placements.entry(owner).or_insert(empty).falls.push((threshold, positions));
            }
        } else if threshold > 1 {
            let falls = vec![(threshold, positions)];
            let declared = declared(engine, owner);
            claims.push(Claim { owner, group, claimed: threshold - 1, declared, falls, placement: false });
        }
    }
    claims.extend(placements.into_values());
    claims
}

/// The component and dependency that a member stands for: for a provider with a fallback, the provider's.
fn provider(engine: &Engine<'_>, member: Member) -> (Option<ComponentId>, Option<DependencyId>) {
    let hard = engine.model.hard();
    match engine.model.component(member.node) {
        Some(component) => (Some(component), FaultModel::dependency(member.label)),
        None => {
            let inner = hard.groups_of(member.node).flat_map(|g| hard.labelled(g)).next();
            let dependency = inner.and_then(|m| FaultModel::dependency(m.label));
            (dependency.map(|d| engine.graph.dependency(d).to), dependency)
        }
    }
}

/// For each claim positions that bring the group down alone, ascending, all roots of them included; never the owner's.
///
/// There may be thousands for each of as many groups. But what brings one of them down brings the group down too, so
/// whatever more positions bring down than can be excused for this claim is no root, and is left out.
fn alone(engine: &Engine<'_>, claims: &[Claim], failers: &Failers<'_>) -> Vec<Vec<u32>> {
    let excused = |claim: &Claim| match claim.placement {
        true => u32::MAX,
        false => u32::try_from(claim.declared.len()).unwrap_or(u32::MAX).saturating_add(1),
    };
    let excused: Vec<u32> = claims.iter().map(excused).collect();
    let mut bounds = excused.clone();
    bounds.sort_unstable();
    bounds.dedup();
    let spared: Vec<Vec<u32>> = claims.iter().map(|claim| spared(engine, claim)).collect();
    let found = engine.each_alone(|solver, range| {
        let few: Vec<Lanes> = bounds.iter().map(|bound| lanes_of(&range, |p| failers.count(p) <= *bound)).collect();
        let held = [false, true]
            .map(|placement| lanes_of(&range, |p| engine.events(p).any(|c| can_be_held(engine, c, placement))));
        let mut found = (range.start, Vec::new(), Vec::new());
        for (i, claim) in (0u32..).zip(claims) {
            let few = bounds.binary_search(&excused[i as usize]).map_or(&Lanes::NONE, |at| &few[at]);
            let falls = claim.falls.iter().map(|(threshold, members)| solver.at_least(*threshold, members));
            let mut lanes =
                falls.fold(Lanes::NONE, |all, lanes| all | lanes) & *few & held[usize::from(claim.placement)];
            for position in spared[i as usize].iter().filter(|p| range.contains(p)) {
                lanes = lanes.without(&Lanes::one((position - range.start) as usize));
            }
            if !lanes.is_none() {
                found.1.push(i);
                found.2.push(lanes);
            }
        }
        vec![found]
    });
    // Room for what there is: there may be a hundred million.
    let mut counts = vec![0usize; claims.len()];
    for (_, which, lanes) in &found {
        which.iter().zip(lanes).for_each(|(&claim, lanes)| counts[claim as usize] += lanes.count() as usize);
    }
    let mut causes: Vec<Vec<u32>> = counts.into_iter().map(Vec::with_capacity).collect();
    for (first, which, lanes) in found {
        let each = which.into_iter().zip(lanes);
        each.for_each(|(claim, lanes)| {
            causes[claim as usize].extend(lanes.iter().map(|lane| position_of(first, lane)))
        });
    }
    causes
}

/// Whether the failure of a component can be held against claims about members, or about where instances stand.
fn can_be_held(engine: &Engine<'_>, component: ComponentId, placement: bool) -> bool {
    !placement || matches!(engine.graph.component(component).kind, Kind::Node | Kind::Zone)
}

/// The positions that are never held against a claim whatever stands there: the owner's own, and what it plainly needs.
fn spared(engine: &Engine<'_>, claim: &Claim) -> Vec<u32> {
    let declared = claim.declared.iter().map(|&c| engine.at(c)).filter(|&p| !culprit(engine, claim, p));
    declared.chain([engine.at(claim.owner)]).collect()
}

/// Whether the failure of a position can be held against a claim.
fn culprit(engine: &Engine<'_>, claim: &Claim, position: u32) -> bool {
    let held = |c| can_be_held(engine, c, claim.placement) && claim.declared.binary_search(&c).is_err();
    position != engine.at(claim.owner) && engine.events(position).any(held)
}

/// What the owner of a group plainly needs beside the group, by id.
fn declared(engine: &Engine<'_>, owner: ComponentId) -> Vec<ComponentId> {
    let plain = |d: &Dependency| {
        d.requirement.is_none() && d.criticality == Criticality::Hard && d.interaction != Interaction::PlacedOn
    };
    let mut needed: Vec<ComponentId> =
        engine.graph.providers(owner).filter(|(_, d)| plain(d)).map(|(_, d)| d.to).collect();
    needed.sort_unstable();
    needed
}

/// Configuration and credentials without which too many of the members do not start.
fn configured(engine: &Engine<'_>, claim: &Claim) -> Vec<ComponentId> {
    let graph = engine.graph;
    let mut users: BTreeMap<ComponentId, BTreeSet<ComponentId>> = BTreeMap::new();
    for &member in &claim.group {
        let of_member = graph.providers(member).filter(|(_, d)| d.criticality == Criticality::Hard).map(|(_, d)| d.to);
        for id in of_member.filter(|&id| matches!(graph.component(id).kind, Kind::Config | Kind::Secret)) {
            users.entry(id).or_default().insert(member);
        }
    }
    let too_many =
        |users: &BTreeSet<ComponentId>| claim.falls.iter().any(|(threshold, _)| users.len() >= *threshold as usize);
    let held = |id: &ComponentId| claim.declared.binary_search(id).is_err();
    users.into_iter().filter(|(_, users)| too_many(users)).map(|(id, _)| id).filter(held).collect()
}

/// For those of the claims that nothing brings down alone: positions that bring down several members, and with one
/// more failure all, ascending. If only two together ever bring down several, all such pairs.
fn together(engine: &Engine<'_>, claims: &[Claim], which: &[usize]) -> Vec<Vec<u32>> {
    if which.is_empty() {
        return Vec::new();
    }
    let pairs = in_pairs(engine, claims, which);
    let several = engine.each_alone(|solver, range| {
        let mut several = Vec::new();
        for (i, &claim) in which.iter().enumerate() {
            let falls = claims[claim].falls.iter().map(|(_, members)| solver.at_least(2, members));
            let lanes = falls.fold(Lanes::NONE, |all, lanes| all | lanes);
            several.extend(lanes.iter().map(|lane| (i, position_of(range.start, lane))));
        }
        several
    });
    let mut causes = vec![Vec::new(); which.len()];
    for (i, position) in several.into_iter().filter(|(i, position)| pairs[*i].contains(position)) {
        causes[i].push(position);
    }
    for (causes, pairs) in causes.iter_mut().zip(pairs).filter(|(causes, _)| causes.is_empty()) {
        causes.extend(pairs);
    }
    causes
}

/// For each of the claims the positions that bring the group down together with another one.
fn in_pairs(engine: &Engine<'_>, claims: &[Claim], which: &[usize]) -> Vec<BTreeSet<u32>> {
    // A node more for each group, that fails when the group does, is a target like an entry.
    let hard = engine.model.hard();
    let mut groups = Groups::default();
    hard.groups().for_each(|g| groups.push(hard.owner(g), hard.threshold(g), hard.labelled(g)));
    let probes = hard.nodes()..hard.nodes() + u32::try_from(which.len()).unwrap_or(0);
    for (owner, &claim) in probes.clone().zip(which) {
        for (threshold, members) in &claims[claim].falls {
            let node = |&position: &u32| engine.plan.nodes.row(position).first().copied();
            let members = members.iter().filter_map(node).map(|node| Member { node, label: 0 });
            groups.push(owner, *threshold, members);
        }
    }
    let plan = Plan::new(&FaultGraph::new(probes.end, groups));
    let events = |at: u32| plan.nodes.row(at).iter().filter(|&&v| v < hard.nodes()).map(|&v| engine.plan.at(v)).next();
    let can_fail: Vec<bool> =
        (0..plan.len()).map(|at| events(at).is_some_and(|at| engine.events(at).next().is_some())).collect();
    let targets: Vec<u32> = probes.map(|probe| plan.at(probe)).collect();
    let ask = pairs::Question { plan: &plan, events: &can_fail, targets: &targets };
    let found = pairs::solve(&ask, BTreeSet::new, |found: &mut BTreeSet<(usize, u32)>, pair| {
        let owner = plan.at(claims[which[pair.target]].owner.0);
        if pair.one == owner {
            return;
        }
        for other in pair.others.iter().map(|lane| position_of(pair.base, lane)).filter(|&other| other != owner) {
            found.extend([(pair.target, pair.one), (pair.target, other)]);
        }
    });
    let mut of_claim = vec![BTreeSet::new(); which.len()];
    for (i, at) in found.into_iter().flatten() {
        of_claim[i].extend(events(at));
    }
    of_claim
}

/// Of each list of positions the roots: what no other position that counts for the list brings down. One component for
/// each, sorted.
fn roots(
    engine: &Engine<'_>,
    causes: Vec<Vec<u32>>,
    failers: &Failers<'_>,
    counts: impl Fn(usize, &[u32], u32) -> bool + Sync,
) -> Vec<Vec<ComponentId>> {
    let mut is_asked = vec![false; engine.plan.len() as usize];
    causes.iter().flatten().for_each(|&p| is_asked[p as usize] = true);
    let asked: Vec<u32> = (0..engine.plan.len()).filter(|&p| is_asked[p as usize] && failers.count(p) > 0).collect();
    let above = failers.of(&asked);
    let mut row = vec![None; engine.plan.len() as usize];
    (0u32..).zip(&asked).for_each(|(at, &p)| row[p as usize] = Some(at));
    let first: Vec<Option<u32>> = (0..engine.plan.len()).map(|p| engine.events(p).next().map(|c| c.0)).collect();
    let root = |sieve: &mut Sieve, (i, list): (usize, Vec<u32>)| {
        let told = |p: u32| row[p as usize].is_some_and(|at| above.row(at).iter().any(|&p| counts(i, &list, p)));
        let roots: Vec<u32> = list.iter().filter(|&&p| !told(p)).filter_map(|&p| first[p as usize]).collect();
        sieve.sorted(roots).into_iter().map(ComponentId).collect()
    };
    let sieve = || Sieve::new(engine.graph.components.len());
    causes.into_par_iter().enumerate().map_init(sieve, root).collect()
}

/// Sorts lists of different numbers below a bound; long ones in one pass.
struct Sieve {
    words: Vec<u64>,
}

impl Sieve {
    fn new(bound: usize) -> Self {
        Self { words: vec![0; bound.div_ceil(64)] }
    }

    fn sorted(&mut self, mut list: Vec<u32>) -> Vec<u32> {
        if list.len() < self.words.len() / 8 {
            list.sort_unstable();
            return list;
        }
        for number in list.drain(..) {
            self.words[number as usize / 64] |= 1 << (number % 64);
        }
        for (base, word) in (0u32..).step_by(64).zip(&mut self.words) {
            while *word != 0 {
                list.push(base + word.trailing_zeros());
                *word &= *word - 1;
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Short lists and long ones come out in order, and nothing of one list is left for the next.
    #[test]
    fn sieve_sorts() {
        let mut sieve = Sieve::new(1_000);
        for list in [vec![999], vec![3, 1, 2], (0..1_000).rev().step_by(3).collect(), vec![64, 63, 0], vec![]] {
            let mut sorted = list.clone();
            sorted.sort_unstable();
            assert_eq!(sieve.sorted(list), sorted);
        }
    }
}
