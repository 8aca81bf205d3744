use crate::graph::{ComponentId, DependencyId, Graph};
use std::collections::{BTreeSet, VecDeque};

/// How a fault came to a component.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// From whom; nothing: it failed itself.
    pub(super) from: Option<ComponentId>,
    /// The pool between, if the fault came through one.
    pub(super) through: Option<ComponentId>,
    /// Over what.
    pub(super) edges: Vec<DependencyId>,
}

/// Where steps lead back to: from what failed to a component, both ends included, with the dependencies along it.
pub(super) fn path<'s>(
    to: ComponentId,
    step: impl Fn(ComponentId) -> Option<&'s Step>,
) -> (Vec<ComponentId>, Vec<DependencyId>) {
    let (mut nodes, mut edges) = (vec![to], Vec::new());
    let mut at = to;
    let mut seen = BTreeSet::from([to]);
    while let Some(Step { from: Some(from), through, edges: over }) = step(at) {
        if !seen.insert(*from) {
            break;
        }
        edges.extend(over.iter().rev());
        nodes.extend(through);
        nodes.push(*from);
        at = *from;
    }
    nodes.reverse();
    edges.reverse();
    (nodes, edges)
}

/// How many steps lead back from each component. O(components).
pub(super) fn depths<'s>(graph: &Graph, step: impl Fn(ComponentId) -> Option<&'s Step>) -> Vec<u32> {
    let mut depths = vec![0; graph.components.len()];
    for id in graph.ids() {
        let mut open = Vec::new();
        let mut at = id;
        // What is on the way already is known to lead further: a loop ends where it is met again.
        while let Some(Step { from: Some(from), .. }) = step(at)
            && depths[at.0 as usize] == 0
        {
            depths[at.0 as usize] = 1;
            open.push(at);
            at = *from;
        }
        let mut depth: u32 = depths[at.0 as usize];
        for c in open.into_iter().rev() {
            depth = depth.saturating_add(1);
            depths[c.0 as usize] = depth;
        }
    }
    depths
}

/// How many steps each component is away from the first ones, by the ways that `next` gives; in the order of reaching.
pub(super) fn reached<I: IntoIterator<Item = ComponentId>>(
    components: usize,
    first: impl IntoIterator<Item = ComponentId>,
    mut next: impl FnMut(ComponentId) -> I,
) -> Vec<Option<u32>> {
    let mut distance = vec![None; components];
    let mut open = VecDeque::new();
    for c in first {
        if let Some(slot @ None) = distance.get_mut(c.0 as usize) {
            *slot = Some(0);
            open.push_back((c, 0u32));
        }
    }
    while let Some((c, d)) = open.pop_front() {
        for to in next(c) {
            if let Some(slot @ None) = distance.get_mut(to.0 as usize) {
                *slot = Some(d + 1);
                open.push_back((to, d + 1));
            }
        }
    }
    distance
}
