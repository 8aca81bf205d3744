//! Measurements to findings: what is wrong, why it matters, and what to do about it.
//!
//! One rule is one file and one line in [`ALL`]. Its code, severity, documentation and remedy live in that file; the
//! pages under `docs/rules/`, `linchpin explain` and the output formats read them from there.

pub mod arithmetic;
mod blind_spot;
mod bootstrap_deadlock;
mod cascade;
mod cold_cache;
mod dangling_reference;
pub mod digest;
mod docs;
mod drain_too_short;
mod fatal_pair;
mod finding;
mod fingerprint;
mod layered_retries;
pub mod load;
mod long_sync_chain;
mod measure;
mod metastable;
mod missing_timeout;
mod no_bulkhead;
mod no_spread;
mod poison_without_dlq;
mod pool_oversubscribed;
mod probe_on_dependency;
mod recovery_loop;
mod redundancy_illusion;
mod remedy;
mod retry_amplification;
mod retry_cycle;
mod retry_without_backoff;
mod retry_without_breaker;
mod selector_matches_nothing;
mod shared_config_change;
mod shared_resource;
mod shared_writer;
mod single_point_of_failure;
mod timeout_inversion;
mod undeclared_dependency;
mod unobserved_dependency;
pub mod words;

pub use docs::{explain, page, pages};
pub use finding::{Confidence, Finding, Severity};
pub use fingerprint::{by_names, stable_name};
pub use measure::Measure;
pub use remedy::{Remedy, for_several, for_spof};

use crate::analysis::Analysis;
use crate::graph::{Graph, Labels};
use rustc_hash::FxHashMap;

/// All rules, by code.
pub static ALL: [&Rule; 30] = [
    &single_point_of_failure::RULE,
    &redundancy_illusion::RULE,
    &fatal_pair::RULE,
    &no_spread::RULE,
    &shared_resource::RULE,
    &pool_oversubscribed::RULE,
    &no_bulkhead::RULE,
    &retry_amplification::RULE,
    &retry_cycle::RULE,
    &layered_retries::RULE,
    &retry_without_backoff::RULE,
    &retry_without_breaker::RULE,
    &timeout_inversion::RULE,
    &missing_timeout::RULE,
    &long_sync_chain::RULE,
    &drain_too_short::RULE,
    &probe_on_dependency::RULE,
    &cascade::RULE,
    &metastable::RULE,
    &cold_cache::RULE,
    &poison_without_dlq::RULE,
    &shared_writer::RULE,
    &shared_config_change::RULE,
    &undeclared_dependency::RULE,
    &unobserved_dependency::RULE,
    &blind_spot::RULE,
    &dangling_reference::RULE,
    &selector_matches_nothing::RULE,
    &bootstrap_deadlock::RULE,
    &recovery_loop::RULE,
];

/// One thing that can be wrong with a system.
#[derive(Debug)]
pub struct Rule {
    /// Its code: `LP001`. Codes are never used again for something else.
    pub code: &'static str,
    /// Its name: `single-point-of-failure`.
    pub name: &'static str,
    /// How bad a finding is unless it says otherwise.
    pub severity: Severity,
    /// How sure a finding can be at most.
    pub confidence: Confidence,
    /// What heads its findings in the text report, as far as they do not stand above as single points of failure.
    pub heading: &'static str,
    /// What it finds, in a line.
    pub summary: &'static str,
    /// Its documentation in Markdown, each line with one leading space.
    doc: &'static str,
    check: fn(&Context<'_>) -> Vec<Finding>,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

/// What rules look at.
struct Context<'a> {
    graph: &'a Graph,
    analysis: &'a Analysis,
    labels: &'a Labels,
    /// How many entries there are.
    entries: usize,
}

/// Declares the `RULE` of a file. The doc comment is what users read: it has the headings `What it does`,
/// `Why is this bad?`, `Example` and `Remedy`.
macro_rules! rule {
    ($(#[doc = $doc:literal])+ $code:literal $name:literal, $severity:ident, $confidence:ident, $heading:literal, $summary:literal) => {
        $(#[doc = $doc])+
        pub static RULE: $crate::rules::Rule = $crate::rules::Rule {
            code: $code,
            name: $name,
            severity: $crate::rules::Severity::$severity,
            confidence: $crate::rules::Confidence::$confidence,
            heading: $heading,
            summary: $summary,
            doc: concat!($($doc, "\n"),+),
            check,
        };
    };
}
use rule;

/// The rule of a code (in any case) or name.
pub fn find(rule: &str) -> Option<&'static Rule> {
    ALL.into_iter().find(|r| r.code.eq_ignore_ascii_case(rule) || r.name == rule)
}

/// The findings of all rules, worst first: by severity, those that no user feels last, folded ones last, by the weight
/// of the entries hit (of single points of failure, as far as their requests are expected to be hit), by code and by
/// subjects.
pub fn check(graph: &Graph, analysis: &Analysis, labels: &Labels) -> Vec<Finding> {
    let context = Context { graph, analysis, labels, entries: graph.entries().count() };
    let expected: FxHashMap<_, f64> = analysis.spofs.iter().map(|s| (s.component, s.expected)).collect();
    let weight = |f: &Finding| match f.subjects[..] {
        [one] if f.rule == &single_point_of_failure::RULE => expected.get(&one).copied().unwrap_or_default(),
        _ => f.entries.iter().filter_map(|&e| graph.component(e).entry).map(|e| e.weight).sum(),
    };
    let found = ALL.into_iter().flat_map(|rule| (rule.check)(&context));
    let mut weighted: Vec<(f64, Finding)> = found.map(|f| (weight(&f), f)).collect();
    weighted.sort_by(|(weight_a, a), (weight_b, b)| {
        (b.severity.cmp(&a.severity))
            .then(a.entries.is_empty().cmp(&b.entries.is_empty()))
            .then(a.folded_into.is_some().cmp(&b.folded_into.is_some()))
            .then(weight_b.total_cmp(weight_a))
            .then(a.rule.code.cmp(b.rule.code))
            .then_with(|| a.subjects.cmp(&b.subjects))
            .then_with(|| a.message.cmp(&b.message))
            .then_with(|| a.evidence.cmp(&b.evidence))
    });
    let mut findings: Vec<Finding> = weighted.into_iter().map(|(_, finding)| finding).collect();
    fingerprint::assign(graph, &mut findings);
    findings
}
