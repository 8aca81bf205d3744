//! What is wrong in the same way in several clusters, projects or overlays.

use crate::graph::{Component, ComponentId, Graph, Kind, Labels};
use crate::rules::Finding;
use crate::rules::words::{count, list};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// How many scopes are named.
const NAMED: usize = 3;

/// Findings that are the same but for their scopes.
pub(super) struct Same {
    /// What is wrong, and in which scopes.
    pub text: String,
    /// How many findings say so.
    pub findings: usize,
}

/// A component whatever its scope.
pub(super) type Anywhere<'g> = (Kind, Option<&'g str>, &'g str);

/// What a component is in every scope.
pub(super) fn anywhere(graph: &Graph, id: ComponentId) -> Anywhere<'_> {
    let c = graph.component(id);
    (c.kind, c.namespace.as_deref().filter(|_| !namespace_is_scope(c)), &c.name)
}

/// Whether the namespace only repeats the scope: Compose projects and stacks have no others.
fn namespace_is_scope(c: &Component) -> bool {
    c.scope.split_once(':').is_some_and(|(_, name)| c.namespace.as_deref() == Some(name))
}

/// What to call a component where its scope is understood.
fn plain<'l>(graph: &Graph, labels: &'l Labels, id: ComponentId) -> &'l str {
    let (c, label) = (graph.component(id), labels.of(id));
    let label = match c.id.rsplit_once('@') {
        Some((_, scope)) => label.strip_suffix(scope).and_then(|l| l.strip_suffix('@')).unwrap_or(label),
        None => label,
    };
    match &c.namespace {
        Some(own) if namespace_is_scope(c) => {
            label.strip_prefix(&**own).and_then(|l| l.strip_prefix('/')).unwrap_or(label)
        }
        _ => label,
    }
}

/// Findings with the same sentence but for the scopes of what it is about, in the order of the first of each.
pub(super) fn fold(graph: &Graph, labels: &Labels, findings: &[&Finding]) -> Vec<Same> {
    let mut rows: Vec<(String, Vec<&Finding>)> = Vec::new();
    let mut known: FxHashMap<(String, Vec<Anywhere<'_>>), usize> = FxHashMap::default();
    for finding in findings {
        let text = unscoped(graph, labels, finding);
        let subjects = finding.subjects.iter().map(|&s| anywhere(graph, s)).collect();
        let at = *known.entry((text.clone(), subjects)).or_insert_with(|| {
            rows.push((text, Vec::new()));
            rows.len() - 1
        });
        if let Some((_, of_row)) = rows.get_mut(at) {
            of_row.push(finding);
        }
    }
    rows.into_iter().map(|(text, of_row)| told(graph, text, &of_row)).collect()
}

fn told(graph: &Graph, text: String, findings: &[&Finding]) -> Same {
    let text = match findings {
        [one] => one.message.clone(),
        several => {
            let first = |f: &&Finding| f.subjects.first().map(|&s| &*graph.component(s).scope);
            let mut scopes: Vec<&str> = several.iter().filter_map(first).collect();
            scopes.dedup();
            if scopes.len() > 1 { format!("{text}, {}", in_scopes(&scopes)) } else { text }
        }
    };
    Same { text, findings: findings.len() }
}

/// `in 6 scopes: kubernetes, staging, test and 3 more`.
fn in_scopes(scopes: &[&str]) -> String {
    format!("in {}: {}", count(scopes.len(), "scope", "scopes"), list(scopes, NAMED))
}

/// What a finding says, without the scopes that labels carry where they have to.
fn unscoped(graph: &Graph, labels: &Labels, finding: &Finding) -> String {
    let mut text = finding.message.clone();
    for &id in finding.subjects.iter().chain(&finding.path).chain(&finding.entries) {
        let (label, plain) = (labels.of(id), plain(graph, labels, id));
        if label != plain {
            text = text.replace(label, plain);
        }
    }
    text
}

/// What to call several: what is the same in several scopes is named once, and a scope that all share stands once behind
/// the names.
pub(super) fn names(graph: &Graph, labels: &Labels, ids: &[ComponentId], limit: usize) -> String {
    let mut named: Vec<&str> = Vec::new();
    let mut scopes: BTreeSet<&str> = BTreeSet::new();
    for &id in ids {
        let (label, plain) = (labels.of(id), plain(graph, labels, id));
        scopes.insert(if label == plain { "" } else { &graph.component(id).scope });
        if !named.contains(&plain) {
            named.push(plain);
        }
    }
    let scopes: Vec<&str> = scopes.into_iter().collect();
    let behind = match scopes[..] {
        [] | [""] => String::new(),
        [one] => format!(" of {one}"),
        _ => format!(" in {}", count(scopes.len(), "scope", "scopes")),
    };
    list(named, limit) + &behind
}
