//! The graph of a file, as the program knows graphs.

use crate::system::Node;
use linchpin::facts::{EntryOrigin, Interaction, Kind};
use linchpin::graph::{Component, ComponentId, Dependency, DependencyId, Entry, Graph, Requirement, RequirementId};

/// A service for each node.
pub fn graph(nodes: &[Node]) -> Graph {
    let mut components: Vec<Component> = nodes.iter().map(component).collect();
    components.sort_by(|a, b| a.id.cmp(&b.id));
    let mut dependencies = Vec::new();
    let mut requirements: Vec<Requirement> = Vec::new();
    for node in nodes {
        for (i, need) in node.needs.iter().enumerate() {
            let requirement = (need.of.len() > 1).then(|| {
                requirements.push(Requirement {
                    of: ComponentId(node.id),
                    id: i.to_string().into(),
                    need: need.k,
                    members: Vec::new(),
                });
                RequirementId(u32::try_from(requirements.len() - 1).unwrap_or(u32::MAX))
            });
            dependencies.extend(need.of.iter().map(|&to| dependency(node.id, to, requirement)));
        }
    }
    dependencies.sort_by_key(|d| (d.from, d.to, d.requirement));
    for (i, d) in (0u32..).zip(&dependencies) {
        if let Some(r) = d.requirement {
            requirements[r.0 as usize].members.push(DependencyId(i));
        }
    }
    Graph::freeze(components, dependencies, requirements)
}

fn component(node: &Node) -> Component {
    let name = format!("n{:07}", node.id);
    let entry = node.entry.then_some(Entry { weight: 1.0, weighted: false, origin: EntryOrigin::Declared });
    Component { entry, ..Component::bare(format!("service:{name}"), Kind::Service, name) }
}

fn dependency(from: u32, to: u32, requirement: Option<RequirementId>) -> Dependency {
    Dependency { requirement, ..Dependency::bare(ComponentId(from), ComponentId(to), Interaction::Sync) }
}
