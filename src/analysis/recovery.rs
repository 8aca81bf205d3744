use super::FaultModel;
use crate::facts::{Interaction, Plane};
use crate::graph::algo::{Witness, Worklist};
use crate::graph::{ComponentId, Dependency, DependencyId, Graph};

/// What is needed to see or to repair a component goes down with it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecoveryLoop {
    /// Whose failure nobody can see or repair then.
    pub component: ComponentId,
    /// What would be needed.
    pub means: ComponentId,
    /// The dependency between them.
    pub dependency: DependencyId,
    /// From the component to the means: the shortest way along which the failure comes.
    pub path: Vec<ComponentId>,
    /// The dependencies along `path`.
    pub edges: Vec<DependencyId>,
}

/// Whether a dependency is one on what sees or repairs its dependent. What an application sends its own telemetry to
/// sees it too.
pub fn sees_or_repairs(graph: &Graph, d: &Dependency) -> bool {
    let (from, to) = (graph.component(d.from), graph.component(d.to));
    let means = match d.interaction {
        Interaction::Observe | Interaction::Recover => true,
        _ => d.plane == Plane::Telemetry && to.telemetry && !from.telemetry,
    };
    // Whoever watches himself is watched by nobody else, but that is no loop through others.
    let itself = d.from == d.to && d.interaction != Interaction::Recover;
    means && !from.off && !to.off && !itself
}

/// Every loop through a dependency on what sees or repairs, by dependency (DESIGN section 3: such dependencies carry no
/// outage themselves). O(what fails) for each component that has any.
pub fn recovery_loops(graph: &Graph) -> Vec<RecoveryLoop> {
    let model = FaultModel::new(graph);
    let mut worklist = Worklist::new(model.hard());
    let mut witness = Witness::new(model.hard());
    let mut found = Vec::new();
    for component in graph.ids() {
        let means: Vec<(DependencyId, ComponentId)> =
            graph.providers(component).filter(|(_, d)| sees_or_repairs(graph, d)).map(|(id, d)| (id, d.to)).collect();
        if means.is_empty() {
            continue;
        }
        worklist.run(&[component.0]);
        if !means.iter().any(|(_, to)| worklist.failed(to.0)) {
            continue;
        }
        witness.search(&[component.0], |v| worklist.failed(v), None);
        for (dependency, means) in means.into_iter().filter(|(_, to)| worklist.failed(to.0)) {
            let (path, edges) = model.path(witness.path(means.0));
            found.push(RecoveryLoop { component, means, dependency, path, edges });
        }
    }
    found
}
