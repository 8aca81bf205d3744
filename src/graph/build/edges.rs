//! Facts about the same pair become one dependency.

use super::call_policies::{Effect, Effects};
use super::identity::Parts;
use super::resolve::Edge;
use crate::facts::{
    Confidence, Criticality, DependencyFact, Evidence, Interaction, Kind, Layer, Plane, RetryLayer, Target,
    TimeoutOrigin,
};
use crate::graph::model::{
    ComponentId, Dependency, DependencyId, LayerTimeout, Requirement, RequirementId, Retry, Timeout,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Puts edges on the plane that their ends demand: what only watches (collectors, scrapers, dashboards) neither brings
/// its targets down nor is needed by them. A native document's word on it stands. Whatever needs configuration or a secret
/// mounts it.
pub(super) fn replane(edges: &mut [Edge], parts: &Parts) {
    for edge in edges.iter_mut() {
        let mounted = matches!(parts.component(edge.to).kind, Kind::Config | Kind::Secret);
        if mounted && edge.fact.native && is_call(edge.fact.interaction) {
            let (interaction, plane) = (Interaction::Mount, Plane::Startup);
            edge.fact = Arc::new(DependencyFact { interaction, plane, ..(*edge.fact).clone() });
        }
        let watches = parts.component(edge.from).telemetry || parts.component(edge.to).telemetry;
        let fact = &edge.fact;
        if watches && fact.plane == Plane::Runtime && is_call(fact.interaction) && !fact.native {
            edge.fact = Arc::new(DependencyFact { plane: Plane::Telemetry, ..(**fact).clone() });
        }
    }
}

/// What makes two edges one dependency. Interactions of calling kinds are one unless a reader tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    from: u32,
    to: u32,
    plane: Plane,
    group: Option<Arc<str>>,
    interaction: Interaction,
}

fn is_call(interaction: Interaction) -> bool {
    matches!(
        interaction,
        Interaction::Sync
            | Interaction::AsyncPublish
            | Interaction::AsyncConsume
            | Interaction::Read
            | Interaction::Write
    )
}

/// Merges edges into sorted dependencies and requirements; `order` gives each slot its place.
pub(super) fn merge(
    edges: Vec<Edge>,
    order: &[u32],
    effects: &Effects,
    containment_min: u32,
) -> (Vec<Dependency>, Vec<Requirement>) {
    // A native document that speaks of a pair says what passes between them; if it only says that something does, what
    // the platform's manifests say holds.
    let mut stated: BTreeMap<(u32, u32, Plane), (bool, Interaction)> = BTreeMap::new();
    for edge in edges.iter().filter(|e| is_call(e.fact.interaction)) {
        let said = edge.fact.native && edge.fact.interaction_stated;
        let vague = edge.fact.native && !edge.fact.interaction_stated;
        let place = (order[edge.from], order[edge.to], edge.fact.plane);
        if said || (!vague && !stated.contains_key(&place)) {
            stated.insert(place, (said, edge.fact.interaction));
        }
    }
    let mut buckets: BTreeMap<Identity, Vec<&Edge>> = BTreeMap::new();
    let (seen, declared): (Vec<&Edge>, Vec<&Edge>) = edges.iter().partition(|e| e.observed.is_some());
    for edge in declared {
        let (from, to, plane) = (order[edge.from], order[edge.to], edge.fact.plane);
        let interaction = match stated.get(&(from, to, plane)) {
            // Readers may tell a read from a write; only a statement or a vague word is bent to one.
            Some(&(said, stated)) if is_call(edge.fact.interaction) && (said || !edge.fact.interaction_stated) => {
                stated
            }
            _ => edge.fact.interaction,
        };
        let group = edge.group.as_ref().map(|g| g.id.clone());
        buckets.entry(Identity { from, to, plane, group, interaction }).or_default().push(edge);
    }
    for (identity, edge) in declared_as(&buckets, seen, order) {
        buckets.entry(identity).or_default().push(edge);
    }
    let mut dependencies = Vec::with_capacity(buckets.len());
    let mut groups: BTreeMap<(u32, Arc<str>), (u32, Vec<DependencyId>)> = BTreeMap::new();
    for (identity, mut edges) in buckets {
        edges.sort_by(|a, b| a.fact.evidence.cmp(&b.fact.evidence));
        let id = DependencyId(u32::try_from(dependencies.len()).unwrap_or(u32::MAX));
        if let Some(name) = &identity.group {
            let need = edges.iter().filter_map(|e| e.group.as_ref()).map(|g| g.need).max().unwrap_or(1);
            let group = groups.entry((identity.from, name.clone())).or_insert((need, Vec::new()));
            group.0 = group.0.max(need);
            group.1.push(id);
        }
        let effect = effects.on(&edges, identity.plane, identity.interaction);
        dependencies.push(dependency(&identity, &edges, &effect, order, containment_min));
    }
    let mut requirements = Vec::with_capacity(groups.len());
    for ((of, id), (need, members)) in groups {
        // Variants may have left one member only: then it is a plain dependency.
        if members.len() == 1 && need <= 1 {
            continue;
        }
        let requirement = RequirementId(u32::try_from(requirements.len()).unwrap_or(u32::MAX));
        for member in &members {
            dependencies[member.0 as usize].requirement = Some(requirement);
        }
        requirements.push(Requirement { of: ComponentId(of), id, need, members });
    }
    (dependencies, requirements)
}

/// The declared dependencies that traces saw, or ones of their own: a call is one call, whatever the manifests took it for.
/// But who sends to a queue and receives from it does two things: only one of them is what is declared, unless both are.
fn declared_as<'e>(
    declared: &BTreeMap<Identity, Vec<&'e Edge>>,
    seen: Vec<&'e Edge>,
    order: &[u32],
) -> Vec<(Identity, &'e Edge)> {
    let ends = |edge: &Edge| (order[edge.from], order[edge.to]);
    let own = |edge: &Edge| {
        let (from, to) = ends(edge);
        Identity { from, to, plane: Plane::Runtime, group: None, interaction: edge.fact.interaction }
    };
    let mut taken: BTreeSet<Identity> = BTreeSet::new();
    let mut placed = Vec::with_capacity(seen.len());
    let mut rest = seen;
    // The very same interaction before another one.
    for is_exact in [true, false] {
        for edge in std::mem::take(&mut rest) {
            let known =
                declared.range(Identity { interaction: Interaction::Sync, ..own(edge) }..).map(|(known, _)| known);
            let fitting = known
                .take_while(|i| (i.from, i.to) == ends(edge))
                .filter(|i| is_call(i.interaction) && i.plane != Plane::Startup && !taken.contains(i))
                .filter(|i| !is_exact || (i.plane, i.interaction) == (Plane::Runtime, edge.fact.interaction));
            // Telemetry that is called is still telemetry.
            match fitting.min_by_key(|i| (i.plane, i.interaction != edge.fact.interaction)) {
                Some(identity) => {
                    taken.insert(identity.clone());
                    placed.push((identity.clone(), edge));
                }
                None => rest.push(edge),
            }
        }
    }
    placed.extend(rest.into_iter().map(|edge| (own(edge), edge)));
    placed
}

fn dependency(
    identity: &Identity,
    edges: &[&Edge],
    effect: &Effect,
    order: &[u32],
    containment_min: u32,
) -> Dependency {
    let facts: Vec<&DependencyFact> = edges.iter().map(|e| &*e.fact).collect();
    let criticality = stated(&facts, |f| f.criticality);
    let timeouts = timeouts(&facts, effect);
    let observed = edges.iter().find_map(|e| e.observed.clone());
    // Failed calls that never failed their caller prove that it goes on without the provider (DESIGN section 12,
    // Observed containment). What somebody stated is never overruled.
    let contained = criticality.is_none()
        && observed
            .as_ref()
            .is_some_and(|o| o.failures >= u64::from(containment_min.max(1)) && o.contained == o.failures);
    let manifest = facts.iter().filter(|f| !f.evidence.at.file.is_empty());
    let mut evidence: Vec<Evidence> = manifest.map(|f| f.evidence.clone()).collect();
    evidence.sort();
    evidence.dedup();
    Dependency {
        from: ComponentId(identity.from),
        to: ComponentId(identity.to),
        interaction: identity.interaction,
        criticality: if contained { Criticality::Soft } else { criticality.unwrap_or(Criticality::Hard) },
        assumed: criticality.is_none() && !contained && assumable(identity.interaction, &facts),
        plane: identity.plane,
        confidence: facts.iter().map(|f| f.confidence).min().unwrap_or(Confidence::Declared),
        requirement: None,
        retry: Retry::of(layers(&facts, effect)),
        timeout: Timeout::of(&timeouts),
        timeouts,
        routes: effect.routes.clone(),
        max_concurrent: effect.max_concurrent,
        share: stated(&facts, |f| f.share).or(observed.as_ref().and_then(|o| o.share)),
        calls_per_request: stated(&facts, |f| f.calls_per_request)
            .or(observed.as_ref().and_then(|o| o.calls_per_request)),
        circuit_breaker: effect.circuit_breaker || facts.iter().any(|f| f.circuit_breaker),
        fallback: edges.iter().find_map(|e| e.fallback).map(|slot| ComponentId(order[slot])),
        buffer_ms: stated(&facts, |f| f.buffer_ms),
        probability: stated(&facts, |f| f.probability),
        assumptions: effect.assumptions.clone(),
        stage: stated(&facts, |f| f.stage.clone()),
        pool: stated(&facts, |f| f.pool),
        observed: observed.map(Box::new),
        evidence,
    }
}

/// A field as the native manifest states it, else as the first reader that knows it.
fn stated<T>(facts: &[&DependencyFact], field: impl Fn(&DependencyFact) -> Option<T>) -> Option<T> {
    let native = facts.iter().rev().filter(|f| f.native).find_map(|f| field(f));
    native.or_else(|| facts.iter().find_map(|f| field(f)))
}

/// Being placed on a zone, mounting a volume or being named hard by its own nature is no assumption; a call is.
fn assumable(interaction: Interaction, facts: &[&DependencyFact]) -> bool {
    is_call(interaction) && facts.iter().all(|f| !matches!(f.to, Target::Component(_)) || f.criticality.is_none())
}

/// The layers of all facts and policies; of one layer the native manifest's, else the one with most tries (the worst
/// variant).
fn layers(facts: &[&DependencyFact], effect: &Effect) -> Vec<RetryLayer> {
    let weight = |native: bool, layer: &RetryLayer| (native, layer.unlimited, layer.tries);
    let mut chosen: BTreeMap<Layer, (bool, &RetryLayer)> = BTreeMap::new();
    let stated = facts.iter().flat_map(|f| f.retry.iter().map(|layer| (f.native, layer)));
    for (native, layer) in stated.chain(effect.retry.iter().map(|layer| (false, layer))) {
        let old = chosen.get(&layer.layer).map(|&(n, l)| weight(n, l));
        if old.is_none_or(|old| weight(native, layer) > old) {
            chosen.insert(layer.layer, (native, layer));
        }
    }
    chosen.into_values().map(|(_, layer)| layer.clone()).collect()
}

/// The limits of all layers. What a reader states of the dependency itself is the caller's own (its library's); the
/// native manifest's word on it replaces what other readers found there.
fn timeouts(facts: &[&DependencyFact], effect: &Effect) -> Vec<LayerTimeout> {
    let own = facts.iter().filter_map(|f| Some((f, f.timeout?))).max_by_key(|(f, _)| f.native);
    let own = own.map(|(fact, (ms, origin))| LayerTimeout {
        layer: Layer::Library,
        ms: Some(ms).filter(|ms| ms.is_finite()),
        origin: if ms.is_finite() { origin } else { TimeoutOrigin::Disabled },
        evidence: fact.evidence.clone(),
    });
    let native = facts.iter().any(|f| f.native && f.timeout.is_some());
    let others = effect.timeouts.iter().filter(|t| !(native && t.layer == Layer::Library)).cloned();
    let mut all: Vec<LayerTimeout> = own.into_iter().chain(others).collect();
    all.sort_by_key(|t| t.layer);
    all
}
