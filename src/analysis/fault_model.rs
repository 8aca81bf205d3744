use super::Event;
use super::share::used;
use crate::facts::{Criticality, Interaction, Kind, Plane};
use crate::graph::algo::{FaultGraph, Groups, Member};
use crate::graph::{Component, ComponentId, Dependency, DependencyId, Graph, Replicas, Requirement};

/// Label of edges that stand for no dependency of their own.
const UNLABELLED: u32 = u32::MAX;

/// How an outage travels through a [`Graph`], as plain fault graphs.
///
/// Nodes `0..components` are the components. A dependency with a fallback that is one of several providers has a node
/// of its own beyond them: it fails when provider and fallback have both failed.
pub struct FaultModel {
    components: u32,
    shares: bool,
    hard: FaultGraph,
    soft: FaultGraph,
}

impl FaultModel {
    /// The model of an outage. What is switched off neither fails nor helps: a requirement counts without it.
    pub fn new(graph: &Graph) -> Self {
        let components = u32::try_from(graph.components.len()).unwrap_or(u32::MAX);
        let (hard, soft) = (Groups::default(), Groups::default());
        let ends = graph.components.iter().map(End::of).collect();
        let mut builder = Builder { graph, ends, nodes: components, hard, soft };
        let mut shares = false;
        for (id, dependency) in (0u32..).zip(&graph.dependencies) {
            shares |= used(dependency.share) < 1.0;
            if dependency.requirement.is_none() && builder.carries(dependency) {
                builder.single(DependencyId(id), dependency);
            }
        }
        for requirement in &graph.requirements {
            builder.several(requirement);
        }
        Self {
            components,
            shares,
            hard: FaultGraph::new(builder.nodes, builder.hard),
            soft: FaultGraph::new(builder.nodes, builder.soft),
        }
    }

    /// Whether some dependency is known to be used by a part of the requests only.
    pub fn shares(&self) -> bool {
        self.shares
    }

    /// Groups whose fall fails their owner.
    pub fn hard(&self) -> &FaultGraph {
        &self.hard
    }

    /// Groups whose fall degrades their owner, and nobody beyond.
    pub fn soft(&self) -> &FaultGraph {
        &self.soft
    }

    /// The component that a node stands for, if it stands for one.
    pub fn component(&self, node: u32) -> Option<ComponentId> {
        (node < self.components).then_some(ComponentId(node))
    }

    /// The dependency that a label names, if it names one.
    pub fn dependency(label: u32) -> Option<DependencyId> {
        (label != UNLABELLED).then_some(DependencyId(label))
    }

    /// A path of nodes and labels in terms of the graph.
    pub fn path(&self, (nodes, labels): (Vec<u32>, Vec<u32>)) -> (Vec<ComponentId>, Vec<DependencyId>) {
        let nodes = nodes.into_iter().filter_map(|n| self.component(n)).collect();
        (nodes, labels.into_iter().filter_map(Self::dependency).collect())
    }

    /// The components that events bring down by themselves, sorted: those that fail whole, and those that lose so many
    /// instances that fewer than they need remain. Where the number of instances is unknown, one is all there is.
    pub fn hit(graph: &Graph, events: &[Event]) -> Vec<u32> {
        let lost = |of: ComponentId| events.iter().filter(|e| e.one_instance && e.component == of).count();
        let falls = |e: &&Event| {
            let Some(component) = graph.components.get(e.component.0 as usize) else { return false };
            let spare = component.replicas.map_or(0, |r| r.count.saturating_sub(r.need));
            !component.off && (!e.one_instance || lost(e.component) > spare as usize)
        };
        let mut hit: Vec<u32> = events.iter().filter(falls).map(|e| e.component.0).collect();
        hit.sort_unstable();
        hit.dedup();
        hit
    }
}

/// Whether the outage of the provider can reach the dependent over a dependency: it is used at run time, for work and
/// not for watching or repair, both ends are switched on, and the provider is something that can be down. A pool cannot:
/// it can be exhausted, which is another kind of fault.
pub fn carries_outage(graph: &Graph, dependency: &Dependency) -> bool {
    let end = |id| End::of(graph.component(id));
    carries(dependency, end(dependency.from), end(dependency.to))
}

/// What an outage asks of a component at the end of a dependency.
#[derive(Clone, Copy)]
struct End {
    on: bool,
    can_be_down: bool,
}

impl End {
    fn of(component: &Component) -> Self {
        let on = !component.off;
        Self { on, can_be_down: on && !matches!(component.kind, Kind::Config | Kind::Secret) }
    }
}

fn carries(dependency: &Dependency, from: End, to: End) -> bool {
    dependency.plane == Plane::Runtime
        && !matches!(dependency.interaction, Interaction::Observe | Interaction::Recover | Interaction::UsesPool)
        && to.can_be_down
        && from.on
}

struct Builder<'g> {
    graph: &'g Graph,
    /// By component: half a million dependencies ask for theirs.
    ends: Vec<End>,
    nodes: u32,
    hard: Groups,
    soft: Groups,
}

impl Builder<'_> {
    fn carries(&self, dependency: &Dependency) -> bool {
        carries(dependency, self.ends[dependency.from.0 as usize], self.ends[dependency.to.0 as usize])
    }

    /// A dependency on one provider. With a fallback it fails only when both have failed, and degrades before.
    fn single(&mut self, id: DependencyId, dependency: &Dependency) {
        let owner = dependency.from.0;
        let provider = Member { node: dependency.to.0, label: id.0 };
        if dependency.criticality == Criticality::Soft {
            return self.soft.push(owner, 1, [provider]);
        }
        match self.fallback(id, dependency) {
            Some(fallback) => {
                self.hard.push(owner, 2, [provider, fallback]);
                self.soft.push(owner, 1, [provider]);
            }
            None => self.hard.push(owner, 1, [provider]),
        }
    }

    /// A requirement for `need` of several providers. It is soft if all of them are; otherwise the soft ones count
    /// like the others and besides degrade the dependent.
    fn several(&mut self, requirement: &Requirement) {
        let graph = self.graph;
        let ids = requirement.members.iter().filter(|id| (id.0 as usize) < graph.dependencies.len());
        let members: Vec<(DependencyId, &Dependency)> =
            ids.map(|&id| (id, graph.dependency(id))).filter(|(_, d)| self.carries(d)).collect();
        let Some(threshold) = threshold(graph, requirement, &members) else { return };
        let owner = requirement.of.0;
        let provider = |(id, d): &(DependencyId, &Dependency)| Member { node: d.to.0, label: id.0 };
        if members.iter().all(|(_, d)| d.criticality == Criticality::Soft) {
            return self.soft.push(owner, threshold, members.iter().map(provider));
        }
        let mut slots = Vec::with_capacity(members.len());
        for member in &members {
            let (id, dependency) = *member;
            let fallback = self.fallback(id, dependency);
            if dependency.criticality == Criticality::Soft || fallback.is_some() {
                self.soft.push(owner, 1, [provider(member)]);
            }
            slots.push(match fallback {
                Some(fallback) => {
                    let slot = self.nodes;
                    self.nodes += 1;
                    self.hard.push(slot, 2, [provider(member), fallback]);
                    Member { node: slot, label: UNLABELLED }
                }
                None => provider(member),
            });
        }
        self.hard.push(owner, threshold, slots);
    }

    fn fallback(&self, id: DependencyId, dependency: &Dependency) -> Option<Member> {
        let fallback = dependency.fallback.filter(|&f| f != dependency.from && f != dependency.to)?;
        let works = self.graph.components.get(fallback.0 as usize).is_some_and(|c| !c.off);
        works.then_some(Member { node: fallback.0, label: id.0 })
    }
}

/// How many of the members are too many to lose.
fn threshold(graph: &Graph, requirement: &Requirement, members: &[(DependencyId, &Dependency)]) -> Option<u32> {
    let places = u32::try_from(members.len()).ok().filter(|&n| n > 0)?;
    let declared = places - requirement.need.clamp(1, places) + 1;
    let placement = members.iter().all(|(_, d)| d.interaction == Interaction::PlacedOn);
    let Some(replicas) = graph.component(requirement.of).replicas.filter(|_| placement) else { return Some(declared) };
    Some(declared.min(fatal_places(replicas, places)))
}

/// The fewest of the places over which instances are spread whose loss leaves too few instances; at least one place.
///
/// Instances that are spread over zones or nodes are a class with counts: n instances on m places, as even as can be,
/// so that the fullest places hold ⌈n/m⌉. Which places those are nobody wrote down, so any may be: the component falls
/// with the fewest places that can hold n − k + 1 instances.
pub(super) fn fatal_places(replicas: Replicas, places: u32) -> u32 {
    let too_many = replicas.count.saturating_sub(replicas.need) + 1;
    let (each, fuller) = (replicas.count / places.max(1), replicas.count % places.max(1));
    // `fuller` places hold one more than `each`.
    if too_many <= fuller * (each + 1) {
        too_many.div_ceil(each + 1)
    } else {
        fuller + (too_many - fuller * (each + 1)).div_ceil(each.max(1))
    }
}
