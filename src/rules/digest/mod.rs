//! Findings as people are told them: what has one cause is told once, worst first.
//!
//! Programs get every finding by itself. A person who reads that nine services wait without a limit, because one line of
//! the mesh sets none, has read one thing and not nine; so [`Digest`] is what text, Markdown and HTML show.

mod alone;
mod retries;
mod scopes;
mod story;
mod waits;

pub use alone::{Alone, Row, row};
pub use story::Story;

use super::{Finding, Severity};
use crate::analysis::Analysis;
use crate::graph::{ComponentId, Graph, Labels};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// A report in the order in which people should read it.
#[derive(Clone, Debug)]
pub struct Digest<'a> {
    /// What takes an entry down alone.
    pub alone: Alone,
    /// Everything else, worst first.
    pub stories: Vec<Story<'a>>,
}

impl<'a> Digest<'a> {
    /// What has one cause is told once. O(findings × their length).
    pub fn folded(graph: &Graph, labels: &Labels, analysis: &Analysis, findings: &'a [Finding]) -> Self {
        let alone = Alone::folded(graph, labels, analysis);
        let told: BTreeSet<ComponentId> = alone.rows.iter().flat_map(|row| row.components.iter().copied()).collect();
        let drift = analysis.drift.is_some();
        let left = findings.iter().filter(|f| f.folded_into.is_none() && !is_told(f, &told, drift));
        Self { alone, stories: stories(graph, labels, left) }
    }

    /// Every finding is a story of its own, but for those that single points of failure and drift tell.
    pub fn one_by_one(graph: &Graph, labels: &Labels, analysis: &Analysis, findings: &'a [Finding]) -> Self {
        let alone = Alone::one_by_one(graph, labels, analysis);
        let (nothing, drift) = (BTreeSet::new(), analysis.drift.is_some());
        let left = findings.iter().filter(|f| f.folded_into.is_some() || !is_told(f, &nothing, drift));
        let of = |f| Story::new(story::heading(f), f.message.clone(), vec![f]);
        Self { alone, stories: ranked(left.map(of).collect()) }
    }
}

/// Whether the rows of single points of failure tell a finding (it is one of them, or an illusion that rests on one), or
/// the section on drift does.
fn is_told(finding: &Finding, told: &BTreeSet<ComponentId>, drift: bool) -> bool {
    match (finding.rule.code, &finding.subjects[..]) {
        ("LP001", _) => finding.severity == Severity::Error,
        ("LP002", [_, root]) => told.contains(root),
        ("LP070" | "LP071" | "LP072", _) => drift,
        _ => false,
    }
}

/// Findings folded by cause, worst first. Findings keep their order within a story.
pub fn stories<'a>(graph: &Graph, labels: &Labels, findings: impl Iterator<Item = &'a Finding>) -> Vec<Story<'a>> {
    let mut left: Vec<&Finding> = findings.collect();
    let mut stories: Vec<Story<'a>> = Vec::new();
    stories.extend(retries::multiplied(labels, &mut left));
    stories.extend(waits::unlimited(graph, labels, &mut left));
    while let Some(&first) = left.first() {
        let (alike, others) = left.into_iter().partition(|f| story::heading(f) == story::heading(first));
        stories.push(Story::of_rule(graph, labels, alike));
        left = others;
    }
    ranked(stories)
}

/// Worst first, then by rule.
fn ranked(mut stories: Vec<Story<'_>>) -> Vec<Story<'_>> {
    let rule = |s: &Story<'_>| s.findings.first().map(|f| (Reverse(f.rule.severity), f.rule.code));
    stories.sort_by_key(|s| (Reverse(s.severity), rule(s), s.heading));
    stories
}
