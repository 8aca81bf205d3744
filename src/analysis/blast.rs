use super::fault_model::FaultModel;
use super::share::Shares;
use super::{Affected, Blast, Event, State};
use crate::graph::algo::{Step, Witness, Worklist, time_to_impact};
use crate::graph::{ComponentId, Graph};

/// What the outage of some components, or instances of them, does to the rest (THEORY 2.1). O(graph).
///
/// Whoever loses a hard requirement fails; whoever directly needs something failed softly is degraded, and nobody
/// beyond. Events on components that are switched off or not in the graph do nothing.
pub fn blast(graph: &Graph, events: &[Event]) -> Blast {
    let model = FaultModel::new(graph);
    let hit = FaultModel::hit(graph, events);
    let mut worklist = Worklist::new(model.hard());
    worklist.run(&hit);
    let failed = |v: u32| worklist.failed(v);
    let mut reached = Witness::new(model.hard());
    reached.search(&hit, failed, None);
    let mut shares = Shares::new(graph, model.hard().nodes());
    shares.measure(model.hard(), &reached);

    let mut affected = Vec::new();
    for component in graph.ids() {
        let v = component.0;
        if hit.binary_search(&v).is_ok() {
            continue;
        }
        let (state, share, without, path) = if failed(v) {
            (State::Failed, shares.get(v), 0.0, reached.path(v))
        } else if let Some(step) = nearest_soft(&model, v, &reached) {
            let (mut nodes, mut labels) = reached.path(step.from);
            nodes.push(v);
            labels.push(step.label);
            (State::Degraded, 0.0, shares.of(model.soft(), v, &reached), (nodes, labels))
        } else {
            continue;
        };
        let (path, edges) = model.path(path);
        affected.push(Affected {
            component,
            state,
            share,
            without,
            time_to_impact_ms: None,
            operations: Vec::new(),
            assumptions: Vec::new(),
            path,
            edges,
        });
    }
    let mut events = events.to_vec();
    events.sort_unstable();
    Blast { events, affected }
}

/// When the outage is felt, in milliseconds after it began, by whom it is felt at all: buffers along the way delay it
/// (THEORY 2.0). What fails at the start is among them with 0. By id.
pub fn impact_times(graph: &Graph, events: &[Event]) -> Vec<(ComponentId, f64)> {
    let model = FaultModel::new(graph);
    let buffer = |label| FaultModel::dependency(label).and_then(|id| graph.dependency(id).buffer_ms).unwrap_or(0.0);
    let times = time_to_impact(model.hard(), &FaultModel::hit(graph, events), buffer);
    graph.ids().zip(times).filter(|(_, at)| at.is_finite()).collect()
}

/// The nearest failed member of a soft group that fell.
fn nearest_soft(model: &FaultModel, node: u32, reached: &Witness<'_>) -> Option<Step> {
    let soft = model.soft();
    let fallen = soft.groups_of(node).filter(|&g| soft.violated(g, |m| reached.distance(m).is_some()));
    fallen
        .flat_map(|g| soft.labelled(g))
        .filter_map(|m| Some(Step { from: m.node, label: m.label, distance: reached.distance(m.node)? + 1 }))
        .min_by_key(|s| (s.distance, s.from, s.label))
}
