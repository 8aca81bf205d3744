use super::{Context, Measure, Rule};
use crate::graph::{self, ComponentId, DependencyId, EntryOrigin, Evidence, Graph};
use std::sync::Arc;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know; never fails a gate.
    Note,
    /// Wrong, but nothing breaks by it alone.
    Warning,
    /// Users will feel it.
    Error,
}

impl Severity {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// How much of a finding is taken for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It rests on a dependency that is inferred.
    Low,
    /// It rests on an assumption, such as an edge that is taken as hard because nothing says otherwise.
    Medium,
    /// The input states everything it rests on.
    High,
}

impl Confidence {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }

    /// As sure as the least sure of some dependencies.
    fn in_edges(graph: &Graph, edges: &[DependencyId]) -> Self {
        let of_edge = |&id: &DependencyId| {
            let d = graph.dependency(id);
            match (d.confidence, d.assumed) {
                (graph::Confidence::Inferred, _) => Confidence::Low,
                (_, true) => Confidence::Medium,
                (_, false) => Confidence::High,
            }
        };
        edges.iter().map(of_edge).min().unwrap_or(Confidence::High)
    }
}

/// What findings of several rules have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A call is waited for without a limit.
    Unlimited,
}

/// Something that a rule found: what is wrong, where, how it is known and what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which rule.
    pub rule: &'static Rule,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What is wrong with it: the components that the message is about.
    pub subjects: Vec<ComponentId>,
    /// The witness: from what fails to who feels it, both ends included.
    pub path: Vec<ComponentId>,
    /// The dependencies along `path`.
    pub edges: Vec<DependencyId>,
    /// Where it stands, the primary place first.
    pub evidence: Vec<Evidence>,
    /// The entries that are hit, by id.
    pub entries: Vec<ComponentId>,
    /// What to do, in a sentence without a full stop.
    pub fix: String,
    /// Another finding's subject that tells this story already: to be shown there.
    pub folded_into: Option<ComponentId>,
    /// Ids of the graph's assumptions that it rests on.
    pub assumptions: Vec<Arc<str>>,
    /// How much of the fault there is, where that has degrees.
    pub measure: Option<Measure>,
    /// Same finding, same fingerprint, whatever lines and files move.
    pub fingerprint: String,
    /// What it is a consequence of: findings with the same cause are told together.
    pub(super) cause: Option<Cause>,
    /// The same for findings that differ in nothing but the scopes of their subjects, such as a kustomization's folder.
    pub kin: String,
    /// What tells this finding from another one of the rule with the same subjects.
    pub(super) discriminator: String,
}

impl Finding {
    /// A finding with the rule's own severity, about some components.
    pub(super) fn new(rule: &'static Rule, subjects: Vec<ComponentId>, message: String) -> Self {
        Self {
            rule,
            severity: rule.severity,
            confidence: rule.confidence,
            message,
            subjects,
            path: Vec::new(),
            edges: Vec::new(),
            evidence: Vec::new(),
            entries: Vec::new(),
            fix: String::new(),
            folded_into: None,
            assumptions: Vec::new(),
            measure: None,
            fingerprint: String::new(),
            cause: None,
            kin: String::new(),
            discriminator: String::new(),
        }
    }

    /// Adds the way along which the failure travels, the entries that it hits, and the assumptions that this rests on.
    #[must_use]
    pub(super) fn witness(
        mut self,
        cx: &Context<'_>,
        path: Vec<ComponentId>,
        edges: Vec<DependencyId>,
        entries: &[ComponentId],
    ) -> Self {
        self.confidence = self.confidence.min(Confidence::in_edges(cx.graph, &edges));
        self.assumptions = resting_on(cx.graph, &edges, entries);
        self.entries = entries.to_vec();
        self.path = path;
        self.edges = edges;
        self
    }
}

/// The ids under which the graph says what it takes for granted.
const HARD: &str = "hard-dependencies";
const ENTRIES: &str = "assumed-entries";

/// The assumptions of the graph that a way to an entry rests on.
fn resting_on(graph: &Graph, edges: &[DependencyId], entries: &[ComponentId]) -> Vec<Arc<str>> {
    let hard = edges.iter().any(|&id| graph.dependency(id).assumed);
    let entry = |&id: &ComponentId| graph.component(id).entry.is_some_and(|e| e.origin == EntryOrigin::Assumed);
    let wanted = [(ENTRIES, entries.iter().any(entry)), (HARD, hard)];
    let known = |id: &str| graph.assumptions.iter().map(|a| &a.id).find(|known| ***known == *id).cloned();
    wanted.into_iter().filter(|(_, rests)| *rests).filter_map(|(id, _)| known(id)).collect()
}
