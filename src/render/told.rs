//! What formats for other tools report: the findings of a scan, or those of the head of a comparison.

use super::{Report, visible};
use crate::gate::{Compared, Comparison, State};
use crate::graph::{DependencyId, Evidence, Graph};
use crate::rules::{Finding, Severity};

/// A finding, with how it stands to the base if there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// What is wrong.
    pub finding: &'a Finding,
    /// How it stands to the base.
    pub compared: Option<&'a Compared>,
}

/// All findings, worst first.
pub(super) fn all<'a>(report: &Report<'a>, comparison: Option<&'a Comparison>) -> Vec<Told<'a>> {
    match comparison {
        Some(comparison) => {
            comparison.findings.iter().map(|c| Told { finding: &c.finding, compared: Some(c) }).collect()
        }
        None => report.findings.iter().map(|finding| Told { finding, compared: None }).collect(),
    }
}

impl<'a> Told<'a> {
    /// Whether a reviewer has to see it: in a scan everything above a note; beside a base what is new, got worse or
    /// fails, unless it is waived.
    pub(super) fn matters(&self) -> bool {
        match self.compared {
            None => self.finding.severity > Severity::Note,
            Some(c) => c.waiver.is_none() && (c.fails.is_some() || matches!(c.state, State::New | State::Worsened)),
        }
    }

    /// Whether it makes a job fail.
    pub(super) fn fails(&self) -> bool {
        self.compared.is_some_and(|c| c.fails.is_some())
    }

    /// What is wrong and what to do, as two sentences.
    pub(super) fn sentences(&self) -> String {
        let Finding { message, fix, .. } = self.finding;
        let because: Vec<&str> = self.compared.iter().flat_map(|c| &c.causes).map(|cause| &*cause.what).collect();
        let because = if because.is_empty() { String::new() } else { format!(" ({})", because.join("; ")) };
        let fix = if fix.is_empty() { String::new() } else { format!(" To fix it, {fix}.") };
        visible(&format!("{message}{because}.{fix}")).into_owned()
    }

    /// Where it stands: the place of what changed, if it is there, else that of the finding, else the first that is known
    /// along its path.
    pub(super) fn place(&self, graph: &'a Graph) -> Option<Place<'a>> {
        let changed = self.compared.iter().flat_map(|c| &c.causes).find(|cause| !cause.removed).map(|cause| &cause.at);
        let own = || self.finding.evidence.first().map(|e| &e.at);
        let edge = |&id: &DependencyId| graph.dependency(id).evidence.first();
        let along = || self.finding.edges.iter().find_map(edge).map(|e| &e.at);
        let of_subject = |e: Option<&'a Evidence>| e.map(|e| &e.at);
        let subjects = || self.finding.subjects.iter().find_map(|&s| of_subject(graph.component(s).evidence.first()));
        changed.or_else(own).or_else(along).or_else(subjects)
    }
}

/// A place in a file.
pub(super) type Place<'a> = &'a crate::source::Location;
