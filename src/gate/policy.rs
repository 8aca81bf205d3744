//! What fails a gate, and what is reported how.

use super::State;
use crate::config::{Config, FailOn, Level, Override, Placed, RulePolicy, Text};
use crate::graph::{ComponentId, Graph, lookup};
use crate::rules::{self, Finding, Rule, Severity};
use crate::source::Problem;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The policy of a `linchpin.toml`, with its names resolved in a graph.
#[derive(Clone, Debug)]
pub struct Policy<'c> {
    config: &'c Config,
    entries: Vec<(ComponentId, Part<'c>)>,
    owners: Vec<(Arc<str>, Part<'c>)>,
    /// Names that mean nothing in the graph.
    pub problems: Vec<Problem>,
}

/// A stricter or laxer policy for a part of the system.
#[derive(Clone, Copy, Debug)]
struct Part<'c> {
    name: &'c str,
    policy: &'c Override,
}

/// The findings with the severities that the policy gives them, without those that it switches off and those below
/// their rule's threshold. Their order is kept.
pub fn govern(config: &Config, findings: Vec<Finding>) -> Vec<Finding> {
    if config.policy.rules.is_empty() {
        return findings;
    }
    let governed = |mut finding: Finding| {
        let Some(policy) = of_rule(config, finding.rule) else { return Some(finding) };
        let number = finding.measure.and_then(rules::Measure::number);
        if policy.threshold.zip(number).is_some_and(|(threshold, number)| number < threshold.0) {
            return None;
        }
        finding.severity = match policy.severity {
            None => finding.severity,
            Some(Level::Off) => return None,
            Some(Level::Note) => Severity::Note,
            Some(Level::Warning) => Severity::Warning,
            Some(Level::Error) => Severity::Error,
        };
        Some(finding)
    };
    findings.into_iter().filter_map(governed).collect()
}

fn of_rule<'c>(config: &'c Config, rule: &Rule) -> Option<&'c RulePolicy> {
    let named = |name: &Placed<Text>| rules::find(name.as_str()).is_some_and(|found| found == rule);
    config.policy.rules.iter().find(|(name, _)| named(name)).map(|(_, policy)| policy)
}

/// Names of rules in the settings that no rule has: policies and waivers that would do nothing, in silence.
pub fn unknown_rules(config: &Config) -> Vec<Problem> {
    let names = config.policy.rules.keys().chain(config.waivers.iter().map(|w| &w.rule));
    let unknown = names.filter(|name| rules::find(name.as_str()).is_none());
    let known: Vec<&str> = rules::ALL.iter().map(|r| r.name).chain(rules::ALL.iter().map(|r| r.code)).collect();
    let problem = |name: &Placed<Text>| {
        let problem = Problem::new(config.at(name.place()), format!("there is no rule `{}`", name.as_str()));
        match crate::source::nearest(name.as_str(), known.iter().copied()) {
            Some(meant) => problem.remedy(format!("did you mean `{meant}`?")),
            None => problem.remedy("`linchpin rules` lists all"),
        }
    };
    unknown.map(problem).collect()
}

/// Rules whose findings have a number, and the number from which on they report at all: calls, factors, milliseconds.
const NUMBERED: [(&str, f64); 6] =
    [("LP020", 10.0), ("LP021", 1.0), ("LP022", 2.0), ("LP030", 0.0), ("LP032", 0.0), ("LP033", 0.0)];

/// Thresholds that change nothing: of rules without a number, or below what the rule reports.
pub fn idle_thresholds(config: &Config) -> Vec<Problem> {
    let problem = |(name, policy): (&Placed<Text>, &RulePolicy)| {
        let (rule, threshold) = (rules::find(name.as_str())?, policy.threshold?.0);
        let reason = match NUMBERED.iter().find(|(code, _)| *code == rule.code) {
            None => format!("the threshold of {} has no effect: its findings have no number", rule.code),
            Some((_, least)) if threshold < *least => {
                format!("the threshold of {} has no effect: it reports from {least} on", rule.code)
            }
            Some(_) => return None,
        };
        Some(Problem::new(config.at(name.place()), reason))
    };
    config.policy.rules.iter().filter_map(problem).collect()
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Note => Level::Note,
        Severity::Warning => Level::Warning,
        Severity::Error => Level::Error,
    }
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Off => "off",
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

fn when(on: FailOn) -> &'static str {
    match on {
        FailOn::Never => "never",
        FailOn::New => "what is new",
        FailOn::Worse => "what is new or worse",
        FailOn::Any => "anything",
    }
}

impl<'c> Policy<'c> {
    /// The policy in force for a graph.
    pub fn new(config: &'c Config, graph: &Graph) -> Self {
        let mut policy = Self { config, entries: Vec::new(), owners: Vec::new(), problems: Vec::new() };
        for (name, part) in &config.policy.entries {
            match lookup(graph, name.as_str()) {
                Ok(id) => policy.entries.push((id, Part { name: name.as_str(), policy: part })),
                Err(error) => policy.problems.push(Problem::new(config.at(name.place()), error.to_string())),
            }
        }
        let owners: BTreeSet<&str> = graph.components.iter().filter_map(|c| c.owner.as_deref()).collect();
        for (name, part) in &config.policy.owners {
            if !owners.contains(name.as_str()) {
                let reason = format!("no component has the owner `{}`", name.as_str());
                policy.problems.push(Problem::new(config.at(name.place()), reason));
            }
            policy.owners.push((name.as_str().into(), Part { name: name.as_str(), policy: part }));
        }
        policy
    }

    /// Why a finding fails the gate; nothing if it does not. The strictest policy among the general one's and those of
    /// the entries and owners that it touches decides, each overruled by what its rule says.
    pub fn fails(&self, graph: &Graph, finding: &Finding, state: State) -> Option<String> {
        let general = &*self.config.policy;
        let rule = of_rule(self.config, finding.rule).and_then(|r| r.fail_on);
        let owned = |owner: &str| finding.subjects.iter().any(|&s| graph.component(s).owner.as_deref() == Some(owner));
        let entries =
            self.entries.iter().filter(|(id, _)| finding.entries.contains(id) || finding.subjects.contains(id));
        let owners = self.owners.iter().filter(|(owner, _)| owned(owner));
        let parts: Vec<(&str, Part<'_>)> =
            entries.map(|(_, part)| ("entry", *part)).chain(owners.map(|(_, part)| ("owner", *part))).collect();
        let mut policies: Vec<(String, FailOn, Level)> = parts
            .iter()
            .map(|(what, part)| {
                let on = part.policy.fail_on.unwrap_or(general.fail_on);
                let severity = part.policy.fail_severity.unwrap_or(general.fail_severity);
                (format!("the policy of {what} {}", part.name), on, severity)
            })
            .collect();
        if policies.is_empty() {
            policies.push(("the policy".to_owned(), general.fail_on, general.fail_severity));
        }
        if let Some(on) = rule {
            let name = format!("the policy of {}", finding.rule.code);
            policies = policies.into_iter().map(|(_, _, severity)| (name.clone(), on, severity)).collect();
        }
        let hit = |on: FailOn| match on {
            FailOn::Never => false,
            FailOn::New => state == State::New,
            FailOn::Worse => matches!(state, State::New | State::Worsened),
            FailOn::Any => true,
        };
        let severe = |from: Level| from > Level::Off && level(finding.severity) >= from;
        let decisive = policies.into_iter().find(|(_, on, from)| hit(*on) && severe(*from));
        decisive.map(|(name, on, from)| {
            format!(
                "{} {}: {name} fails on {} from {} up",
                state.word(),
                finding.severity.word(),
                when(on),
                level_word(from)
            )
        })
    }

    /// The policy in force, a sentence a line, without full stops.
    pub fn explained(&self) -> Vec<String> {
        let general = &*self.config.policy;
        let mut lines = vec![
            format!("fails on {} from {} up", when(general.fail_on), level_word(general.fail_severity)),
            format!("a number is worse when it is {} times what it was", general.worse_factor.0),
            format!(
                "it cannot look when more than {} of the documents are new and cannot be read, or one could be read at the base",
                rules::words::percent(general.unreadable.0)
            ),
        ];
        for (name, policy) in &general.rules {
            let mut says = Vec::new();
            says.extend(policy.severity.map(|s| match s {
                Level::Off => "is switched off".to_owned(),
                s => format!("is reported as {}", level_word(s)),
            }));
            says.extend(policy.threshold.map(|n| format!("is reported from {} on", n.0)));
            says.extend(policy.fail_on.map(|on| format!("fails on {}", when(on))));
            lines.push(format!("{}: {}", name.as_str(), says.join(", ")));
        }
        let parts = general.entries.iter().map(|p| ("entry", p)).chain(general.owners.iter().map(|p| ("owner", p)));
        for (what, (name, part)) in parts {
            let on = part.fail_on.unwrap_or(general.fail_on);
            let from = part.fail_severity.unwrap_or(general.fail_severity);
            lines.push(format!("{what} {}: fails on {} from {} up", name.as_str(), when(on), level_word(from)));
        }
        lines
    }
}
