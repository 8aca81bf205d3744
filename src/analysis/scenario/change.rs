use super::spread::{self, Step};
use super::{Affected, Brake, Link, Outcome, Scenario, State, Stop, What};
use crate::analysis::blast::blast;
use crate::analysis::{Event, rates::use_of};
use crate::facts::{Criticality, Interaction, Kind, Plane};
use crate::graph::{ComponentId, Dependency, DependencyId, Graph};
use std::collections::BTreeMap;

/// A change for the worse (DESIGN section 3): all who mount or use what changed take it at once, whatever their replicas
/// and whoever else could have answered; from there on it is an outage. O(graph).
pub(super) fn change(graph: &Graph, scenario: &Scenario) -> Outcome {
    let changed: Vec<ComponentId> =
        scenario.events.iter().map(|e| e.component).filter(|&c| !graph.component(c).off).collect();
    let mut takers: BTreeMap<ComponentId, (ComponentId, DependencyId, f64)> = BTreeMap::new();
    let mut degraded: BTreeMap<ComponentId, (ComponentId, DependencyId, f64)> = BTreeMap::new();
    let (mut links, mut stops) = (Vec::new(), Vec::new());
    for &at in &changed {
        for (id, d) in graph.dependents(at).filter(|(_, d)| takes(graph, d) && !changed.contains(&d.from)) {
            let share = if d.interaction == Interaction::Mount { 1.0 } else { use_of(graph, id) };
            if d.criticality == Criticality::Soft {
                let by = match d.interaction {
                    Interaction::Mount => Brake::Optional { provider: at },
                    _ => Brake::Soft { provider: at },
                };
                stops.push(Stop { component: d.from, by, edge: Some(id), assumptions: Vec::new() });
                degraded.entry(d.from).or_insert((at, id, share));
            } else {
                takers.entry(d.from).or_insert((at, id, share));
            }
        }
    }
    degraded.retain(|c, _| !takers.contains_key(c));
    let mut link = |component, what, edge| {
        links.push(Link { component, what, at_ms: None, edge, assumptions: Vec::new() });
    };
    for &at in &changed {
        if let Some(share) = graph.component(at).settings.rollout_unavailable.filter(|s| *s < 1.0) {
            link(at, What::RollsOut { share }, None);
            if let Some(replicas) = graph.component(at).replicas.filter(|r| r.count > 1) {
                link(at, What::Mixes { instances: replicas.count }, None);
            }
        }
    }
    for (&taker, &(from, id, _)) in &takers {
        let instances = graph.component(taker).replicas.map(|r| r.count);
        link(taker, What::Takes { changed: from, instances }, Some(id));
    }
    // What took the change and what changed are down; a changed thing that only runs is up for those who do not use it.
    let events: Vec<Event> =
        takers.keys().chain(&changed).map(|&component| Event { component, one_instance: false }).collect();
    let further = blast(graph, &events);
    let mut affected: BTreeMap<ComponentId, Affected> = BTreeMap::new();
    let own = |state, component: ComponentId, from: ComponentId, id: DependencyId, share: f64| Affected {
        component,
        state,
        share: if state == State::Failed { share } else { 0.0 },
        without: if state == State::Failed { 0.0 } else { share },
        time_to_impact_ms: Some(0.0),
        operations: Vec::new(),
        assumptions: super::outage::resting_on(graph, &[id], Default::default()),
        path: vec![from, component],
        edges: vec![id],
    };
    for (&c, &(from, id, share)) in &degraded {
        affected.insert(c, own(State::Degraded, c, from, id, share));
    }
    let mut steps: BTreeMap<ComponentId, Step> = BTreeMap::new();
    for (&c, &(from, id, share)) in &takers {
        affected.insert(c, own(State::Failed, c, from, id, share));
        steps.insert(c, Step { from: Some(from), through: None, edges: vec![id] });
    }
    let mut later: Vec<(usize, Link)> = Vec::new();
    for a in further.affected {
        if affected.get(&a.component).is_some_and(|known| known.state >= a.state) {
            continue;
        }
        let Some(&root) = a.path.first() else { continue };
        let (mut path, mut edges) = spread::path(root, |c| steps.get(&c));
        path.extend(a.path.iter().skip(1));
        edges.extend(&a.edges);
        let before = takers.get(&root).map_or(1.0, |(.., share)| *share);
        if let Some(&provider) = a.path.iter().rev().nth(1)
            && a.state == State::Failed
        {
            let what = What::Fails { provider };
            let edge = a.edges.last().copied();
            let link = Link { component: a.component, what, at_ms: None, edge, assumptions: Vec::new() };
            later.push((a.path.len(), link));
        }
        let assumptions = super::outage::resting_on(graph, &edges, Default::default());
        let share = a.share * before;
        affected.insert(a.component, Affected { path, edges, assumptions, share, time_to_impact_ms: Some(0.0), ..a });
    }
    later.sort_by_key(|(depth, _)| *depth);
    links.extend(later.into_iter().map(|(_, link)| link));
    stops.retain(|s: &Stop| affected.get(&s.component).is_none_or(|a| a.state != State::Failed));
    stops.sort_by_key(|s| (s.component, s.edge));
    Outcome {
        scenario: scenario.clone(),
        affected: affected.into_values().collect(),
        links,
        stops,
        assumptions: Vec::new(),
    }
}

/// Whether the dependent takes a change of the provider: it mounts it, or uses it at run time.
fn takes(graph: &Graph, d: &Dependency) -> bool {
    let off = graph.component(d.from).off || graph.component(d.to).off;
    let mounts =
        d.interaction == Interaction::Mount || matches!(graph.component(d.to).kind, Kind::Config | Kind::Secret);
    let uses = d.plane == Plane::Runtime
        && !matches!(
            d.interaction,
            Interaction::Observe | Interaction::Recover | Interaction::Startup | Interaction::UsesPool
        );
    !off && (mounts || uses)
}
