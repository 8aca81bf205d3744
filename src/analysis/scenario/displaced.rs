use crate::facts::{Interaction, Plane};
use crate::graph::{ComponentId, DependencyId, Graph};
use std::collections::BTreeMap;

/// What is lost with machines, zones or regions.
#[derive(Debug, Default)]
pub(super) struct Displaced {
    /// Components that ran nowhere else, with what they stood on.
    pub(super) gone: BTreeMap<ComponentId, DependencyId>,
    /// Components that run elsewhere too: of so many instances so many are left, and where one of the lost ones stood.
    pub(super) left: BTreeMap<ComponentId, (u64, u64, DependencyId)>,
}

/// What runs in some places, as even as can be: the fullest of them fall, since nobody says which those are.
pub(super) fn displaced(graph: &Graph, places: &[ComponentId]) -> Displaced {
    let mut found = Displaced::default();
    let mut open = places.to_vec();
    let mut of: BTreeMap<u32, u32> = BTreeMap::new();
    while let Some(place) = open.pop() {
        let stands = |d: &&(DependencyId, &crate::graph::Dependency)| {
            d.1.interaction == Interaction::PlacedOn && d.1.plane == Plane::Runtime && !graph.component(d.1.from).off
        };
        let dependents: Vec<_> = graph.dependents(place).collect();
        for &(id, d) in dependents.iter().filter(stands) {
            let fallen = d.requirement.map_or(1, |r| *of.entry(r.0).and_modify(|n| *n += 1).or_insert(1));
            let all =
                d.requirement.map_or(1, |r| u32::try_from(graph.requirement(r).members.len()).unwrap_or(u32::MAX));
            let (count, need) = graph.component(d.from).replicas.map_or((all, 1), |r| (r.count.max(1), r.need.max(1)));
            let lost = count.div_ceil(all.max(1)).saturating_mul(fallen).min(count);
            if fallen >= all || count - lost < need {
                found.left.remove(&d.from);
                if !places.contains(&d.from) && found.gone.insert(d.from, id).is_none() {
                    open.push(d.from);
                }
            } else {
                found.left.insert(d.from, (u64::from(count), u64::from(count - lost), id));
            }
        }
    }
    found
}
