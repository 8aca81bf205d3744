use crate::analysis::engine::Engine;
use crate::analysis::fault_model::FaultModel;
use crate::facts::{Criticality, Interaction, Kind};
use crate::graph::algo::Member;
use crate::graph::{ComponentId, Dependency, DependencyId};
use std::collections::{BTreeMap, BTreeSet};

/// Something that claims to survive failures.
pub(super) struct Claim {
    pub(super) owner: ComponentId,
    pub(super) group: Vec<ComponentId>,
    pub(super) claimed: u32,
    /// What the owner needs beside the group, by id.
    pub(super) declared: Vec<ComponentId>,
    /// It falls when in one of these, so many of these positions fail.
    pub(super) falls: Vec<(u32, Vec<u32>)>,
    /// It is about where instances stand.
    pub(super) placement: bool,
}

/// Requirements that survive the loss of a member, and components that survive the loss of an instance and say where
/// their instances stand.
pub(super) fn claims(engine: &Engine<'_>) -> Vec<Claim> {
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

/// Whether the failure of a component can be held against claims about members, or about where instances stand.
pub(super) fn can_be_held(engine: &Engine<'_>, component: ComponentId, placement: bool) -> bool {
    !placement || matches!(engine.graph.component(component).kind, Kind::Node | Kind::Zone)
}

/// The positions that are never held against a claim whatever stands there: the owner's own, and what it plainly needs.
pub(super) fn spared(engine: &Engine<'_>, claim: &Claim) -> Vec<u32> {
    let declared = claim.declared.iter().map(|&c| engine.at(c)).filter(|&p| !culprit(engine, claim, p));
    declared.chain([engine.at(claim.owner)]).collect()
}

/// Whether the failure of a position can be held against a claim.
pub(super) fn culprit(engine: &Engine<'_>, claim: &Claim, position: u32) -> bool {
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
pub(super) fn configured(engine: &Engine<'_>, claim: &Claim) -> Vec<ComponentId> {
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
