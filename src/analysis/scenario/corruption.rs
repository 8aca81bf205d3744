use super::normal::assumptions;
use super::spread::{self, Step};
use super::{Affected, Brake, Link, Outcome, Scenario, State, Stop, What};
use crate::analysis::rates::use_of;
use crate::facts::{Interaction, Kind, Plane};
use crate::graph::{ComponentId, Dependency, DependencyId, Graph};
use std::collections::VecDeque;

const ASSUMED_DIRECTION: &str = "store-direction-unknown";

/// Bad data (DESIGN section 3): from whoever writes it to the store, from there to all who read it, from a callee to its
/// callers, from a queue to its consumers. Replicas copy it, and neither breakers nor limits see it. Only a queue that
/// puts aside what cannot be handled stops it. O(graph).
pub(super) fn corruption(graph: &Graph, scenario: &Scenario) -> Outcome {
    let first: Vec<ComponentId> =
        scenario.events.iter().map(|e| e.component).filter(|&c| !graph.component(c).off).collect();
    let mut steps: Vec<Option<(Step, f64)>> = vec![None; graph.components.len()];
    let mut open: VecDeque<ComponentId> = first.iter().copied().collect();
    for c in &first {
        let own = Step { from: None, through: None, edges: Vec::new() };
        steps[c.0 as usize] = Some((own, 1.0));
    }
    let (mut links, mut stops) = (Vec::new(), Vec::new());
    while let Some(at) = open.pop_front() {
        let share = steps[at.0 as usize].as_ref().map_or(1.0, |(_, share)| *share);
        let written = graph.providers(at).filter(|(_, d)| writes(graph, d)).map(|(id, d)| (d.to, id, d, true));
        let read = graph.dependents(at).filter(|(_, d)| reads(graph, d)).map(|(id, d)| (d.from, id, d, false));
        for (to, id, d, writing) in written.chain(read) {
            let known = steps[to.0 as usize].is_some();
            // What a queue puts aside is where it belongs.
            let aside = writing && graph.component(at).settings.dead_letter == Some(true);
            if known || aside || graph.component(to).off || d.plane != Plane::Runtime {
                continue;
            }
            let unknown = d.interaction == Interaction::Sync && stores(graph.component(d.to).kind);
            let rests = if unknown { vec![ASSUMED_DIRECTION] } else { Vec::new() };
            let consumed = d.interaction == Interaction::AsyncConsume;
            let settings = &graph.component(at).settings;
            let blocked_ms = settings.deliveries.zip(settings.visibility_ms).map(|(n, ms)| n * ms);
            if consumed && settings.dead_letter == Some(true) {
                let by = Brake::DeadLetters { queue: at, deliveries: settings.deliveries, blocked_ms };
                stops.push(Stop { component: to, by, edge: Some(id), assumptions: Vec::new() });
                continue;
            }
            let hit = if writing { 1.0 } else { share * use_of(graph, id) };
            steps[to.0 as usize] = Some((Step { from: Some(at), through: None, edges: vec![id] }, hit));
            let what = match (writing, consumed) {
                (true, _) => What::Stores { from: at },
                (false, true) => poisoned(graph, at),
                (false, false) => What::Reads { from: at },
            };
            links.push(Link { component: to, what, at_ms: None, edge: Some(id), assumptions: rests });
            open.push_back(to);
        }
    }
    // Whoever is reached on another way is not spared by a queue that puts messages aside.
    stops.retain(|s: &Stop| steps[s.component.0 as usize].is_none());
    stops.sort_by_key(|s| (s.component, s.edge));
    let step = |c: ComponentId| steps.get(c.0 as usize)?.as_ref().map(|(step, _)| step);
    let mut affected = Vec::new();
    for id in graph.ids().filter(|id| !first.contains(id)) {
        let Some(Some((_, share))) = steps.get(id.0 as usize) else { continue };
        let (path, edges) = spread::path(id, step);
        let unknown = |e: &DependencyId| {
            let d = graph.dependency(*e);
            d.interaction == Interaction::Sync && stores(graph.component(d.to).kind)
        };
        let rests = edges.iter().any(unknown).then_some(ASSUMED_DIRECTION).into_iter().collect();
        affected.push(Affected {
            component: id,
            state: State::Failed,
            share: *share,
            without: 0.0,
            time_to_impact_ms: Some(0.0),
            operations: Vec::new(),
            assumptions: super::outage::resting_on(graph, &[], rests),
            path,
            edges,
        });
    }
    let assumptions = assumptions(links.iter().flat_map(|l| l.assumptions.iter().copied()));
    Outcome { scenario: scenario.clone(), affected, links, stops, assumptions }
}

/// A message that its consumer cannot handle: delivered until the queue gives up on it or it is too old.
pub fn poisoned(graph: &Graph, queue: ComponentId) -> What {
    let settings = &graph.component(queue).settings;
    let finite = settings.deliveries.filter(|n| n.is_finite());
    let by_age = settings.retention_ms.zip(settings.visibility_ms).filter(|(_, hidden)| *hidden > 0.0);
    let deliveries = finite.or(by_age.map(|(kept, hidden)| (kept / hidden).floor()));
    let blocked_ms = match (finite, settings.visibility_ms) {
        (Some(n), Some(hidden)) => Some(n * hidden),
        _ => settings.retention_ms,
    };
    What::Poisoned { queue, deliveries, blocked_ms }
}

/// Whether something keeps what is written to it.
fn stores(kind: Kind) -> bool {
    kind.is_store() || kind == Kind::Volume
}

/// Whether the dependent's bad data gets into the provider.
fn writes(graph: &Graph, d: &Dependency) -> bool {
    match d.interaction {
        Interaction::Write | Interaction::AsyncPublish => true,
        Interaction::Sync | Interaction::Mount => stores(graph.component(d.to).kind),
        _ => false,
    }
}

/// Whether the provider's bad data gets to the dependent.
fn reads(graph: &Graph, d: &Dependency) -> bool {
    match d.interaction {
        Interaction::Read | Interaction::AsyncConsume | Interaction::Sync => true,
        Interaction::Mount => stores(graph.component(d.to).kind),
        _ => false,
    }
}
