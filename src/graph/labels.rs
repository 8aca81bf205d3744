use super::{Class, ComponentId, Graph};
use rustc_hash::FxHashMap;

/// What people call the components of a graph: the shortest name that means one component only.
///
/// A workload, job or external is called by its name, everything else by its kind and name (`zone eu-1a`). Where two
/// would be called the same, first the scope that its id carries is added (`cart@compose`), then the namespace is put
/// before the name (`shop/cart`), then both; what is still not unique is called by its id.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    labels: Vec<String>,
}

/// Ways to spell a label, shortest first: with the namespace, with the scope.
const SPELLINGS: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

impl Labels {
    /// The labels of all components. O(components).
    pub fn new(graph: &Graph) -> Self {
        let mut labels: Vec<Option<String>> = vec![None; graph.components.len()];
        for spelling in SPELLINGS {
            let spelled: Vec<String> = graph.ids().map(|id| spell(graph, id, spelling)).collect();
            let mut uses: FxHashMap<&str, u32> = FxHashMap::default();
            for text in &spelled {
                *uses.entry(text).or_default() += 1;
            }
            for (label, text) in labels.iter_mut().zip(&spelled) {
                if label.is_none() && uses.get(text.as_str()) == Some(&1) {
                    *label = Some(text.clone());
                }
            }
        }
        let by_id =
            |(id, label): (ComponentId, Option<String>)| label.unwrap_or_else(|| graph.component(id).id.to_string());
        Self { labels: graph.ids().zip(labels).map(by_id).collect() }
    }

    /// What to call a component.
    pub fn of(&self, id: ComponentId) -> &str {
        self.labels.get(id.0 as usize).map_or("", String::as_str)
    }
}

fn spell(graph: &Graph, id: ComponentId, (with_namespace, with_scope): (bool, bool)) -> String {
    let c = graph.component(id);
    let mut name = match &c.namespace {
        Some(namespace) if with_namespace => format!("{namespace}/{}", c.name),
        _ => c.name.to_string(),
    };
    if let Some((_, scope)) = c.id.rsplit_once('@').filter(|_| with_scope) {
        name = format!("{name}@{scope}");
    }
    match c.kind.class() {
        Class::Workload | Class::Job | Class::External => name,
        _ => format!("{} {name}", c.kind),
    }
}
