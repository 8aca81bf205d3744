//! What a spec says that a component needs.

use super::fields::Placed;
use super::manifest::{Dependency, DependsOn, PoolUse, Retry, Spec};
use super::retried::retried;
use super::value::{Amount, AtLeastOne, Backoff, Flag, Limit, LimitOrNone, Name, Share, Span, Tries};
use super::word::OneOf;
use crate::facts::{
    DependencyFact, Evidence, Group, Interaction, Key, Layer, Origin, Plane, RetryLayer, Target, TimeoutOrigin,
};

/// The dependencies that a spec declares, pools included, placement not.
pub(super) fn dependencies(from: &Key, spec: &Spec) -> Vec<DependencyFact> {
    let mut facts = Vec::new();
    for (index, item) in spec.depends_on.iter().enumerate() {
        match item {
            DependsOn::Name(name) => {
                let mut fact = reference(from, name, Interaction::Sync, "dependsOn");
                fact.interaction_stated = false;
                facts.push(fact);
            }
            DependsOn::Detailed(dependency) => facts.extend(detailed(from, index, dependency)),
        }
    }
    facts.extend(spec.pools.iter().map(|pool| pool_use(from, pool)));
    facts
}

/// One fact for each provider; those of one requirement share a group.
fn detailed<'a>(from: &'a Key, index: usize, dependency: &'a Dependency) -> impl Iterator<Item = DependencyFact> + 'a {
    let need = dependency.need.as_ref().map_or(1, |AtLeastOne(need)| *need);
    let group = (!dependency.of.is_empty()).then(|| Group { id: format!("of:{index}").into(), need });
    dependency.name.iter().chain(&dependency.of).map(move |name| {
        let interaction = dependency.interaction.map_or(Interaction::Sync, |OneOf(interaction)| interaction);
        DependencyFact {
            interaction_stated: dependency.interaction.is_some(),
            group: group.clone(),
            share: dependency.share.as_ref().map(|Share(share)| *share),
            criticality: dependency.criticality.map(|OneOf(criticality)| criticality),
            calls_per_request: dependency.calls_per_request.as_ref().map(|Amount(calls)| *calls),
            retry: dependency.retry.iter().map(layer).collect(),
            timeout: dependency.timeout.as_ref().map(|LimitOrNone(ms)| {
                (*ms, if ms.is_finite() { TimeoutOrigin::Explicit } else { TimeoutOrigin::Disabled })
            }),
            circuit_breaker: matches!(dependency.circuit_breaker, Some(Flag(true))),
            fallback: dependency.fallback.as_ref().map(|Name(name)| name.clone()),
            buffer_ms: dependency.buffer.as_ref().map(|Span(ms)| *ms),
            probability: dependency.probability.as_ref().map(|Share(share)| *share),
            stage: dependency.stage.as_ref().map(|Name(name)| name.clone()),
            ..reference(from, name, interaction, "dependsOn")
        }
    })
}

fn pool_use(from: &Key, pool: &PoolUse) -> DependencyFact {
    let amount = |amount: &Option<Amount>| amount.as_ref().map(|Amount(amount)| *amount);
    DependencyFact {
        pool: Some((amount(&pool.uses), amount(&pool.reserved))),
        ..reference(from, &pool.name, Interaction::UsesPool, "pools")
    }
}

fn reference(from: &Key, to: &Placed<Name>, interaction: Interaction, field: &str) -> DependencyFact {
    let Name(name) = &to.value;
    let evidence = Evidence::new(to.at.clone(), field);
    DependencyFact {
        native: true,
        plane: plane(interaction),
        ..DependencyFact::new(from.clone(), Target::Reference(name.clone()), interaction, evidence)
    }
}

/// Seeing and repairing carry no faults at run time: what is needed to see is telemetry, what is needed to repair is
/// what is needed to start again.
fn plane(interaction: Interaction) -> Plane {
    match interaction {
        Interaction::Observe => Plane::Telemetry,
        Interaction::Recover => Plane::Startup,
        _ => Plane::Runtime,
    }
}

fn layer(retry: &Placed<Retry>) -> RetryLayer {
    let Tries(tries) = retry.value.tries;
    let limit = |limit: &Option<Limit>| limit.as_ref().map(|Limit(ms)| *ms);
    RetryLayer {
        layer: Layer::Library,
        tries,
        unlimited: tries.is_none(),
        origin: Origin::Explicit,
        per_try_timeout_ms: limit(&retry.value.per_try_timeout),
        timeout_ms: limit(&retry.value.timeout),
        backoff_ms: retry.value.backoff.as_ref().map_or_else(Vec::new, |Backoff(pauses)| pauses.clone()),
        jitter: retry.value.jitter.as_ref().map(|Flag(jitter)| *jitter),
        conditions: retry.value.conditions.iter().map(|Name(condition)| condition.clone()).collect(),
        retried: retried(retry.value.conditions.iter().map(|Name(condition)| &**condition)),
        budget: retry.value.budget.as_ref().map(|Share(share)| *share),
        evidence: Some(Evidence::new(retry.at.clone(), "dependsOn.retry")),
    }
}
