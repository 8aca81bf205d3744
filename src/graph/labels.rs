use super::{Class, ComponentId, Graph};
use rustc_hash::FxHashMap;

/// What people call the components of a graph: the shortest name that means one component only.
///
/// A workload, job or external is called by its name, everything else by its kind and name (`zone eu-1a`). Where two
/// would be called the same, the namespace is put before the name, and where that does not tell them apart either,
/// the id is used.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    labels: Vec<String>,
}

impl Labels {
    /// The labels of all components. O(components).
    pub fn new(graph: &Graph) -> Self {
        let short = |id| Self::spell(graph, id, false);
        let long = |id| Self::spell(graph, id, true);
        let (mut shorts, mut longs) = (FxHashMap::default(), FxHashMap::default());
        for id in graph.ids() {
            *shorts.entry(short(id)).or_insert(0u32) += 1;
            *longs.entry(long(id)).or_insert(0u32) += 1;
        }
        let labels = graph.ids().map(|id| {
            let (short, long) = (short(id), long(id));
            if shorts.get(&short) == Some(&1) {
                short
            } else if longs.get(&long) == Some(&1) {
                long
            } else {
                graph.component(id).id.to_string()
            }
        });
        Self { labels: labels.collect() }
    }

    /// What to call a component.
    pub fn of(&self, id: ComponentId) -> &str {
        self.labels.get(id.0 as usize).map_or("", String::as_str)
    }

    fn spell(graph: &Graph, id: ComponentId, with_namespace: bool) -> String {
        let c = graph.component(id);
        let name = match &c.namespace {
            Some(namespace) if with_namespace => format!("{namespace}/{}", c.name),
            _ => c.name.to_string(),
        };
        match c.kind.class() {
            Class::Workload | Class::Job | Class::External => name,
            _ => format!("{} {name}", c.kind),
        }
    }
}
