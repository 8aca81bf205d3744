//! Which component a person means by a name.

use super::{Class, ComponentId, Graph};
use crate::source::similar;
use std::collections::BTreeSet;
use std::sync::Arc;
use thiserror::Error;

/// How many candidates an error names.
const NAMED: usize = 10;

/// Why a name means no component.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LookupError {
    /// Nothing is called that.
    #[error("no component is called `{name}`{}", hint(.nearest))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names that look like it, nearest first.
        nearest: Vec<Arc<str>>,
    },
    /// Several components are called that.
    #[error("`{name}` could be {}; name one by its id{}", several(.candidates), .scopes.then_some(", or a scope with --scope").unwrap_or_default())]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Their ids, sorted.
        candidates: Vec<Arc<str>>,
        /// They live in different scopes.
        scopes: bool,
    },
}

fn hint(nearest: &[Arc<str>]) -> String {
    match nearest {
        [] => "; `linchpin graph --format text` lists all".to_owned(),
        names => format!("; did you mean {}?", names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" or ")),
    }
}

fn several(candidates: &[Arc<str>]) -> String {
    let shown = candidates.iter().take(NAMED).map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
    match candidates.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The component that `name` means: by its id, its exact name, `namespace/name`, an alias, or a part of its id that no
/// other id has; the first of these that anything answers to. Among equal names, what runs comes before entries,
/// placement domains and configuration. O(components).
///
/// # Errors
/// If nothing answers, or several do at the first step that has any.
pub fn lookup(graph: &Graph, name: &str) -> Result<ComponentId, LookupError> {
    lookup_among(graph, name, |_| true)
}

/// Like [`lookup`], looking only at some components.
///
/// # Errors
/// If none of these answers, or several do at the first step that has any.
pub fn lookup_among(
    graph: &Graph,
    name: &str,
    eligible: impl Fn(ComponentId) -> bool,
) -> Result<ComponentId, LookupError> {
    if let Some(id) = graph.find(name).filter(|&id| eligible(id)) {
        return Ok(id);
    }
    let qualified = name.split_once('/');
    let steps: [&dyn Fn(ComponentId) -> bool; 3] = [
        &|id| *graph.component(id).name == *name,
        &|id| {
            let c = graph.component(id);
            qualified.is_some_and(|(namespace, rest)| c.namespace.as_deref() == Some(namespace) && *c.name == *rest)
        },
        &|id| graph.component(id).aliases.iter().any(|alias| **alias == *name),
    ];
    for matches in steps {
        let found: Vec<_> = graph.ids().filter(|&id| eligible(id) && matches(id)).collect();
        if !found.is_empty() {
            return only(graph, name, prefer_what_runs(graph, found));
        }
    }
    if !name.is_empty() {
        let found: Vec<_> = graph.ids().filter(|&id| eligible(id) && graph.component(id).id.contains(name)).collect();
        if !found.is_empty() {
            return only(graph, name, found);
        }
    }
    Err(LookupError::Unknown { name: name.to_owned(), nearest: nearest(graph, name, eligible) })
}

fn only(graph: &Graph, name: &str, found: Vec<ComponentId>) -> Result<ComponentId, LookupError> {
    match found[..] {
        [one] => Ok(one),
        _ => {
            let candidates = found.iter().map(|&id| graph.component(id));
            let scopes: BTreeSet<_> = candidates.clone().map(|c| &c.scope).collect();
            Err(LookupError::Ambiguous {
                name: name.to_owned(),
                candidates: candidates.map(|c| c.id.clone()).collect(),
                scopes: scopes.len() > 1,
            })
        }
    }
}

fn prefer_what_runs(graph: &Graph, found: Vec<ComponentId>) -> Vec<ComponentId> {
    let runs =
        |id: &ComponentId| matches!(graph.component(*id).kind.class(), Class::Workload | Class::Job | Class::External);
    if found.iter().any(runs) { found.into_iter().filter(runs).collect() } else { found }
}

/// Up to three names that this one may misspell.
fn nearest(graph: &Graph, name: &str, eligible: impl Fn(ComponentId) -> bool) -> Vec<Arc<str>> {
    let names = graph.ids().filter(|&id| eligible(id)).map(|id| &*graph.component(id).name);
    similar(name, names).into_iter().take(3).map(Arc::from).collect()
}
