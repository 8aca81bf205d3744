use super::{Fault, Outcome, Scenario, State};
use crate::analysis::blast::{blast, impact_times};
use crate::analysis::{AffectedOperation, rates::use_of};
use crate::facts::Criticality;
use crate::graph::{ComponentId, DependencyId, Graph};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The outage of some components (THEORY 2.1), within the time that it lasts: who is kept going by buffers until it is
/// over is not affected.
pub(super) fn outage(graph: &Graph, scenario: &Scenario) -> Outcome {
    let times: BTreeMap<ComponentId, f64> = impact_times(graph, &scenario.events).into_iter().collect();
    let mut affected = blast(graph, &scenario.events).affected;
    affected.retain_mut(|a| {
        let last = || Some((a.path.iter().rev().nth(1)?, a.edges.last()?));
        let soft = || {
            let (from, over) = last()?;
            Some(times.get(from)? + graph.dependency(*over).buffer_ms.unwrap_or(0.0))
        };
        a.time_to_impact_ms = times.get(&a.component).copied().or_else(soft);
        a.time_to_impact_ms.is_none_or(|ms| scenario.in_time(ms))
    });
    let hit: BTreeMap<ComponentId, f64> = affected.iter().map(|a| (a.component, a.share)).collect();
    let failed: BTreeSet<ComponentId> = scenario.events.iter().map(|e| e.component).collect();
    let share = |c: ComponentId| if failed.contains(&c) { 1.0 } else { hit.get(&c).copied().unwrap_or(0.0) };
    for a in &mut affected {
        a.operations = operations(graph, a.component, a.state, share);
        a.assumptions = resting_on(graph, &a.edges, BTreeSet::new());
    }
    let scenario = Scenario { fault: Fault::Outage, ..scenario.clone() };
    Outcome { scenario, affected, ..Outcome::default() }
}

/// Which operations of a component are hit, where traces name them, by name: those whose requests use a provider that
/// is hit, each provider with the share of its own requests.
pub(super) fn operations(
    graph: &Graph,
    of: ComponentId,
    state: State,
    share: impl Fn(ComponentId) -> f64,
) -> Vec<AffectedOperation> {
    let mut spared: BTreeMap<&Arc<str>, (f64, State)> = BTreeMap::new();
    for (id, d) in graph.providers(of) {
        let hit = share(d.to);
        let named = d.observed.iter().flat_map(|o| &o.operations).filter(|o| hit > 0.0 && !o.name.is_empty());
        for operation in named {
            let used = operation.share.unwrap_or_else(|| use_of(graph, id)).clamp(0.0, 1.0);
            let slot = spared.entry(&operation.name).or_insert((1.0, State::Degraded));
            slot.0 *= 1.0 - used * hit;
            if d.criticality == Criticality::Hard {
                slot.1 = state;
            }
        }
    }
    let row = |(name, (spared, state)): (&Arc<str>, (f64, State))| {
        (spared < 1.0).then(|| AffectedOperation { name: name.clone(), state, share: 1.0 - spared })
    };
    spared.into_iter().filter_map(row).collect()
}

/// The ids of what a row takes for granted, sorted: that its way is hard where nothing says so, and what else it rests
/// on.
pub(super) fn resting_on(graph: &Graph, edges: &[DependencyId], more: BTreeSet<&'static str>) -> Vec<Arc<str>> {
    const HARD: &str = "hard-dependencies";
    let hard = edges.iter().any(|&id| graph.dependency(id).assumed);
    let known = graph.assumptions.iter().any(|a| &*a.id == HARD);
    let mut ids: BTreeSet<Arc<str>> = more.into_iter().map(Arc::from).collect();
    ids.extend((hard && known).then(|| HARD.into()));
    ids.into_iter().collect()
}

/// The same where retries and limits along the way matter too.
pub(super) fn resting_on_settings(
    graph: &Graph,
    edges: &[DependencyId],
    more: BTreeSet<&'static str>,
) -> Vec<Arc<str>> {
    let mut ids: BTreeSet<Arc<str>> = resting_on(graph, edges, more).into_iter().collect();
    ids.extend(edges.iter().flat_map(|&id| graph.dependency(id).assumptions.iter().cloned()));
    ids.into_iter().collect()
}
