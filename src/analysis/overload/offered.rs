use super::traffic::Edge;
use crate::graph::algo::Csr;
use crate::graph::{ComponentId, Graph};

/// What is offered at a component from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Offered {
    /// Requests per second.
    pub(super) rps: f64,
    /// Traces say so, and no manifest.
    pub(super) observed: bool,
}

/// What is offered from outside, by component. What manifests say holds for all whom it reaches: what traces saw there
/// is a part of it.
pub(super) fn sources(graph: &Graph, edges: &[Edge]) -> Vec<Option<Offered>> {
    let on = |id: &ComponentId| !graph.component(*id).off;
    let stated = |id: ComponentId| {
        let rps = graph.component(id).settings.load_rps.filter(|rps| *rps >= 0.0 && rps.is_finite())?;
        Some(Offered { rps, observed: false }).filter(|_| on(&id))
    };
    let told = reached(graph.components.len(), edges, |v| stated(ComponentId(v)).is_some());
    let seen = |id: ComponentId| {
        let rps = graph.component(id).seen_rps.filter(|_| on(&id) && !told[id.0 as usize])?;
        Some(Offered { rps, observed: true })
    };
    graph.ids().map(|id| stated(id).or_else(|| seen(id))).collect()
}

/// Where calls of the first ones lead to, themselves included; those to fallbacks are not made when all is well.
pub(super) fn reached(components: usize, edges: &[Edge], first: impl Fn(u32) -> bool) -> Vec<bool> {
    let usual = edges.iter().filter(|e| e.instead_of.is_none());
    let callees = Csr::from_pairs(components, usual.map(|e| (e.from, e.to)));
    let mut found: Vec<bool> = (0..u32::try_from(components).unwrap_or(u32::MAX)).map(&first).collect();
    let mut open: Vec<u32> = (0u32..).zip(&found).filter(|(_, first)| **first).map(|(v, _)| v).collect();
    while let Some(v) = open.pop() {
        for &to in callees.row(v) {
            if !std::mem::replace(&mut found[to as usize], true) {
                open.push(to);
            }
        }
    }
    found
}
