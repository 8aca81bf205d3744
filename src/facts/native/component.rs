//! What a spec says of the component itself.

use super::fields::Placed;
use super::manifest::{Entry, EntryWeight, Spec};
use super::value::{Amount, AtLeastOne, Count, Limit, Name, Positive, Share, Span, Tries};
use super::word::Yes;
use crate::facts::{Assumable, ComponentFact, EntryFact, EntryOrigin, Evidence};
use std::sync::Arc;

/// Writes into a component what a spec says of it; what the spec leaves out stays as it is.
pub(super) fn describe(component: &mut ComponentFact, spec: &Spec) {
    if let Some(entry) = &spec.entry {
        let weight = match &entry.value {
            Entry::Plain(Yes) => None,
            Entry::Weighted(EntryWeight { weight }) => weight.as_ref().map(|Amount(weight)| *weight),
        };
        let evidence = Evidence::new(entry.at.clone(), "entry");
        component.entry = Some(EntryFact { origin: EntryOrigin::Declared, weight, evidence });
    }
    if let Some(replicas) = &spec.replicas {
        let Count(count) = replicas.value;
        component.replicas = Some(Assumable::explicit(count, Evidence::new(replicas.at.clone(), "replicas")));
    }
    if let Some(need) = &spec.need {
        let AtLeastOne(count) = need.value;
        component.need = Some(Assumable::explicit(count, Evidence::new(need.at.clone(), "need")));
    }
    if let Some(Name(owner)) = &spec.owner {
        component.owner = Some(owner.clone());
    }
    for Name(alias) in &spec.aliases {
        add(&mut component.aliases, alias);
    }
    settings(component, spec);
}

fn settings(component: &mut ComponentFact, spec: &Spec) {
    let settings = &mut component.settings;
    if let Some(capacity) = &spec.capacity {
        set(&mut settings.capacity_rps, capacity.rps.as_ref().map(|Positive(x)| *x));
        set(&mut settings.capacity_concurrency, capacity.concurrency.as_ref().map(|Positive(x)| *x));
    }
    if let Some(load) = &spec.load {
        set(&mut settings.load_rps, load.rps.as_ref().map(|Amount(x)| *x));
        set(&mut settings.shed_rps, load.limit.as_ref().map(|Positive(x)| *x));
    }
    if let Some(latency) = &spec.latency {
        set(&mut settings.p50_ms, latency.p50.as_ref().map(|Span(ms)| *ms));
        set(&mut settings.p99_ms, latency.p99.as_ref().map(|Span(ms)| *ms));
    }
    set(&mut settings.timeout_ms, spec.timeout.as_ref().map(|Limit(ms)| *ms));
    set(&mut settings.drain_ms, spec.drain.as_ref().map(|Span(ms)| *ms));
    set(&mut settings.retention_ms, spec.retention.as_ref().map(|Placed { value: Span(ms), .. }| *ms));
    set(&mut settings.visibility_ms, spec.visibility.as_ref().map(|Placed { value: Span(ms), .. }| *ms));
    let deliveries = |Placed { value: Tries(most), .. }: &Placed<Tries>| most.map_or(f64::INFINITY, f64::from);
    set(&mut settings.deliveries, spec.deliveries.as_ref().map(deliveries));
    settings.dead_letter = spec.dead_letter.as_ref().map(|p| p.value.0).or(settings.dead_letter);
    set(
        &mut settings.hit_rate,
        spec.hit_ratio.as_ref().map(|ratio| {
            let Share(share) = ratio.value;
            share
        }),
    );
}

fn set(slot: &mut Option<f64>, said: Option<f64>) {
    *slot = said.or(*slot);
}

fn add(names: &mut Vec<Arc<str>>, name: &Arc<str>) {
    if !names.contains(name) {
        names.push(name.clone());
    }
}
