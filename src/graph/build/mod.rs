//! Facts to one frozen graph: who is the same thing, who is meant by a name, what is one dependency.
//!
//! Order of work: components are merged by key and get their ids (`identity`); names are indexed (`names`);
//! every dependency's target is resolved in the dependent's own scope and namespace (`resolve`); what platforms
//! do with calls is found for each (`call_policies`); facts about the same pair become one dependency (`edges`); what the user decided is settled last (`settle`).

mod call_policies;
mod edges;
mod identity;
mod matching;
mod names;
mod nodes;
mod observed;
mod offered;
mod resolve;
mod settle;

use super::model::{Assumption, Graph};
use crate::facts::{Evidence, Facts, Kind, Note};
use crate::source::{Location, Problem};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the user may say about how facts become a graph.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// Only this scope, by its whole name or the part after its colon.
    pub scope: Option<String>,
    /// Compose profiles that are switched on.
    pub profiles: Vec<String>,
    /// Components that are user-facing by configuration, with their weights.
    pub entries: Vec<(Setting, Option<f64>)>,
    /// Other names of components: name as met in references or traces → component as people name it.
    pub aliases: Vec<(Arc<str>, Setting)>,
    /// Criticality by configuration: dependent, provider, hard.
    pub criticality: Vec<(Setting, Setting, bool)>,
    /// Failed calls that traces must show before they may turn an assumed-hard dependency soft.
    pub containment_min: u32,
    /// The domain of a cluster's services, if names in other domains are those of other clusters.
    pub cluster_domain: Option<Arc<str>>,
    /// Capacity by configuration: requests per second, requests at once.
    pub capacities: Vec<(Setting, Option<f64>, Option<f64>)>,
}

/// A component as a setting names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// An id, a name, `namespace/name`, an alias or an unambiguous part of an id.
    pub name: Arc<str>,
    /// Where the setting stands.
    pub at: Location,
}

/// A graph, and what could not be done on the way.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The graph.
    pub graph: Graph,
    /// Settings that name no component, or several.
    pub problems: Vec<Problem>,
}

/// Builds the graph.
pub fn build(mut facts: Facts, options: &BuildOptions) -> Built {
    if let Some(scope) = &options.scope {
        keep_scope(&mut facts, scope);
    }
    let service_names = matching::service_names(&facts);
    let mut parts = identity::merge(std::mem::take(&mut facts.components));
    let names = names::Names::index(&facts, &parts, options);
    let mut resolved = resolve::all(&facts, &mut parts, &names);
    let seen = facts.traces.take().unwrap_or_default();
    let mut attached = observed::attach(&seen, &service_names, &mut parts, &names, &mut resolved.edges);
    resolved.outside(&parts);
    edges::replane(&mut resolved.edges, &parts);
    let mut effects = call_policies::effects(&facts.policies, &resolved.edges, &parts, &names);
    let (components, order) = parts.sorted();
    let (dependencies, requirements) = edges::merge(resolved.edges, &order, &effects, options.containment_min);
    let mut graph = Graph::freeze(components, dependencies, requirements);
    graph.matches = attached.matches(&order);
    graph.containment_min = options.containment_min;
    settle::offer(&mut graph, &attached.offered(&order));
    settle::set_beside(&mut graph, &attached.parallel(&order));
    let mut problems = settle::settle(&mut graph, &attached.traffic(&order), options);
    problems.append(&mut attached.problems);
    problems.append(&mut effects.problems);
    graph.unresolved = resolved.unresolved.into_iter().map(|u| u.placed(&order)).collect();
    graph.unresolved.sort();
    graph.unresolved.dedup();
    graph.notes = facts.notes;
    graph.notes.sort();
    graph.notes.dedup();
    graph.assumptions = assumptions(&graph);
    graph.assumptions.extend(attached.offered.assumption());
    // Of what policies assume, what some dependency rests on.
    let resting: BTreeSet<&Arc<str>> = graph.dependencies.iter().flat_map(|d| &d.assumptions).collect();
    effects.assumptions.retain(|a| resting.contains(&a.id));
    graph.assumptions.append(&mut effects.assumptions);
    call_policies::add_assumptions(&facts.assumptions, &mut graph.assumptions);
    Built { graph, problems }
}

fn keep_scope(facts: &mut Facts, wanted: &str) {
    let keeps = |scope: &Arc<str>| {
        scope.is_empty()
            || &**scope == crate::facts::NATIVE
            || &**scope == wanted
            || scope.split_once(':').is_some_and(|(_, rest)| rest == wanted)
    };
    facts.components.retain(|c| keeps(&c.key.scope));
    facts.dependencies.retain(|d| keeps(&d.from.scope));
    facts.policies.retain(|p| keeps(&p.scope));
    facts.names.retain(|n| keeps(&n.scope));
    facts.namespaces.retain(|(scope, _)| keeps(scope));
    facts.notes.retain(|note| match note {
        Note::Dangling { from: Some(key), .. }
        | Note::Unreachable { from: key, .. }
        | Note::ProbeAsks { from: key, .. } => keeps(&key.scope),
        Note::SelectorMatchesNothing { scope, .. } => keeps(scope),
        Note::Dangling { from: None, .. } => true,
    });
}

/// The ids of what [`assumptions`] finds.
pub(in crate::graph) const COUNTED: [&str; 2] = ["hard-dependencies", "assumed-entries"];

/// What can be seen on a graph that it takes for granted.
pub(in crate::graph) fn assumptions(graph: &Graph) -> Vec<Assumption> {
    let mut list = Vec::new();
    let hard: Vec<Evidence> = graph
        .dependencies
        .iter()
        .filter(|d| d.assumed && d.plane == crate::facts::Plane::Runtime)
        .filter_map(|d| d.evidence.first().cloned())
        .collect();
    if !hard.is_empty() {
        let n = hard.len();
        let are = if n == 1 { "dependency is" } else { "dependencies are" };
        list.push(Assumption {
            id: "hard-dependencies".into(),
            text: format!("{n} {are} taken as hard because nothing says otherwise"),
            setting: Some("criticality in linchpin.toml or a native manifest, or traces that show containment".into()),
            evidence: hard,
        });
    }
    let assumed_entries: Vec<Evidence> = graph
        .components
        .iter()
        .filter(|c| c.entry.is_some_and(|e| e.origin == crate::facts::EntryOrigin::Assumed))
        .filter_map(|c| c.evidence.first().cloned())
        .collect();
    if !assumed_entries.is_empty() {
        let mut jobs = graph.components.iter().filter(|c| c.kind == Kind::Job).peekable();
        let aside = if jobs.peek().is_some() && jobs.all(|c| c.entry.is_none()) { ", jobs aside" } else { "" };
        list.push(Assumption {
            id: "assumed-entries".into(),
            text: format!(
                "no user-facing entry was found, so every component that nobody depends on counts as one{aside}"
            ),
            setting: Some("[[entry]] in linchpin.toml".into()),
            evidence: assumed_entries,
        });
    }
    list
}
