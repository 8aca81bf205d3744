//! What a drawing of the graph shows, before it is written as DOT or Mermaid.

use crate::analysis::{Analysis, Blast, Level, State};
use crate::graph::{ComponentId, Criticality, Dependency, Graph, Kind, Labels, Plane};
use std::collections::{BTreeMap, BTreeSet};

/// What boxes are drawn together as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collapse {
    /// All of a namespace.
    Namespace,
    /// All of an owner.
    Owner,
}

/// What is drawn, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Show<'a> {
    /// Only these components.
    pub only: Option<&'a BTreeSet<ComponentId>>,
    /// What a failure does, to be highlighted.
    pub blast: Option<&'a Blast>,
    /// What to draw as one box.
    pub collapse: Option<Collapse>,
}

/// Boxes in clusters, and arrows between boxes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// Clusters by name; the nameless one holds what is in none.
    pub clusters: BTreeMap<String, Vec<Node>>,
    /// Arrows, sorted.
    pub arrows: Vec<Arrow>,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What arrows refer to it by: unique in the picture.
    pub id: String,
    /// What stands in it.
    pub label: String,
    /// What sort of thing; nothing for a box that stands for several.
    pub kind: Option<Kind>,
    /// Users come in here.
    pub entry: bool,
    /// How it is marked.
    pub mark: Mark,
}

/// How a box is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Not at all.
    #[default]
    None,
    /// It degrades in the failure that is shown.
    Degraded,
    /// It takes an entry down alone, or fails in the failure that is shown.
    Bad,
    /// It is what failed.
    Origin,
}

/// An arrow: dependent to provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    /// The dependent's box.
    pub from: String,
    /// The provider's box.
    pub to: String,
    /// When it matters.
    pub plane: Plane,
    /// Only degrades.
    pub soft: bool,
    /// How many of how many are needed, if not this one.
    pub group: Option<(u32, usize)>,
    /// How many dependencies it stands for.
    pub count: usize,
    /// A failure came along here.
    pub hit: bool,
}

impl Picture {
    /// The picture of a graph. O(components + dependencies), logarithms aside.
    pub fn new(graph: &Graph, labels: &Labels, analysis: &Analysis, show: Show<'_>) -> Self {
        let shown = |id: ComponentId| show.only.is_none_or(|only| only.contains(&id));
        let marks = marks(analysis, show.blast);
        let scopes: BTreeSet<&str> = graph.components.iter().map(|c| &*c.scope).filter(|s| !s.is_empty()).collect();
        let cluster = |id: ComponentId| {
            let c = graph.component(id);
            match (&c.namespace, scopes.len() > 1 && !c.scope.is_empty()) {
                (None, _) => String::new(),
                (Some(namespace), false) => namespace.to_string(),
                (Some(namespace), true) => format!("{} · {namespace}", c.scope),
            }
        };
        let group = |id: ComponentId| match show.collapse {
            Some(Collapse::Namespace) => Some(cluster(id)).filter(|name| !name.is_empty()),
            Some(Collapse::Owner) => graph.component(id).owner.as_ref().map(ToString::to_string),
            None => None,
        };
        let mut clusters: BTreeMap<String, BTreeMap<String, Node>> = BTreeMap::new();
        let mut box_of: BTreeMap<ComponentId, String> = BTreeMap::new();
        for id in graph.ids().filter(|&id| shown(id)) {
            let c = graph.component(id);
            let mark = marks.get(&id).copied().unwrap_or_default();
            let (cluster, node) = match group(id) {
                Some(label) => {
                    let node = Node { id: format!("group:{label}"), label, kind: None, entry: false, mark: Mark::None };
                    (String::new(), node)
                }
                None => {
                    let node = Node {
                        id: c.id.to_string(),
                        label: labels.of(id).to_owned(),
                        kind: Some(c.kind),
                        entry: c.entry.is_some(),
                        mark,
                    };
                    (cluster(id), node)
                }
            };
            box_of.insert(id, node.id.clone());
            let drawn = clusters.entry(cluster).or_default().entry(node.id.clone()).or_insert(node);
            drawn.mark = drawn.mark.max(mark);
            drawn.entry |= c.entry.is_some();
        }
        let hit: BTreeSet<_> = show.blast.iter().flat_map(|b| &b.affected).flat_map(|a| &a.edges).collect();
        let mut arrows: BTreeMap<(&str, &str, Plane, bool), Arrow> = BTreeMap::new();
        for id in graph.dependency_ids() {
            let d = graph.dependency(id);
            let (Some(from), Some(to)) = (box_of.get(&d.from), box_of.get(&d.to)) else { continue };
            if from == to && d.from != d.to {
                continue;
            }
            let soft = d.criticality == Criticality::Soft;
            let arrow = arrows.entry((from, to, d.plane, soft)).or_insert_with(|| Arrow {
                from: from.clone(),
                to: to.clone(),
                plane: d.plane,
                soft,
                group: need(graph, d),
                count: 0,
                hit: false,
            });
            arrow.count += 1;
            arrow.hit |= hit.contains(&id);
        }
        Self {
            clusters: clusters.into_iter().map(|(name, nodes)| (name, nodes.into_values().collect())).collect(),
            arrows: arrows.into_values().collect(),
        }
    }
}

fn need(graph: &Graph, d: &Dependency) -> Option<(u32, usize)> {
    let requirement = graph.requirement(d.requirement?);
    Some((requirement.need, requirement.members.len())).filter(|(_, of)| *of > 1)
}

/// What a failure does, or without one what takes an entry down alone.
fn marks(analysis: &Analysis, blast: Option<&Blast>) -> BTreeMap<ComponentId, Mark> {
    let Some(blast) = blast else {
        let below_component = analysis.spofs.iter().filter(|s| s.level != Level::Component);
        return below_component.map(|s| (s.component, Mark::Bad)).collect();
    };
    let affected = blast.affected.iter().map(|a| match a.state {
        State::Failed => (a.component, Mark::Bad),
        State::Degraded => (a.component, Mark::Degraded),
        State::Ok => (a.component, Mark::None),
    });
    affected.chain(blast.events.iter().map(|e| (e.component, Mark::Origin))).collect()
}
