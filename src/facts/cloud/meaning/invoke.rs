//! Functions that are invoked and not waited for: how often they are tried, for how long, and where the result goes.

use super::reader::{Reader, Subject};
use crate::facts::cloud::kinds::Sort;
use crate::facts::{Criticality, DependencyFact, Evidence, Interaction, Key, Layer, Origin, Retried, RetryLayer};
use crate::source::Problem;

/// Retries of a function that fails on an event, after the first try.
const RETRIES: f64 = 2.0;
/// The most that can be written.
const MOST_RETRIES: f64 = 2.0;
/// Seconds that an event waits for a function at most: six hours.
const AGE_S: f64 = 21_600.0;
/// Pauses before the first and the second retry.
const PAUSES_MS: [f64; 2] = [60_000.0, 120_000.0];

/// What a function does with events that nobody waits for.
#[derive(Clone, Debug)]
pub(super) struct Invocations {
    retries: Option<(f64, Evidence)>,
    age_ms: Option<f64>,
}

impl<'w> Reader<'w> {
    /// Collects what is said of a function's asynchronous invocations.
    pub fn asynchronous(&mut self, subject: &Subject<'w>) {
        if &*subject.resource.of != "AWS::Lambda::EventInvokeConfig" {
            return;
        }
        let read =
            ["FunctionName", "Qualifier", "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"];
        self.spelling(subject, &read, &[]);
        let problems = &mut self.facts.problems;
        let retries = subject.get("MaximumRetryAttempts");
        let retries = retries.and_then(|n| Some((n.number(0.0, "number of retries", problems)?, n.evidence())));
        if let Some((n, evidence)) = &retries
            && *n > MOST_RETRIES
        {
            let reason = format!("`MaximumRetryAttempts` is {n}, and Lambda takes {MOST_RETRIES} at most");
            problems.push(Problem::new(evidence.at.clone(), reason).remedy("write 0, 1 or 2"));
        }
        let age = subject.get("MaximumEventAgeInSeconds");
        let age_ms = age.and_then(|n| n.number(1.0, "number of seconds", problems)).map(|s| s * 1000.0);
        let Some(function) = subject.get("FunctionName") else { return };
        for meant in self.whom(subject.stack, &function.text(), Some(Sort::Function)) {
            if let Some(key) = meant.key {
                self.invocations.insert(key, Invocations { retries: retries.clone(), age_ms });
            }
        }
    }

    /// Where the results of a function that nobody waits for go.
    pub fn invocations(&mut self, subject: &Subject<'w>) {
        let Some(function) = subject.get("FunctionName") else { return };
        let Some(destinations) = subject.get("DestinationConfig") else { return };
        destinations.only(&["OnSuccess", "OnFailure"], &mut self.facts.problems);
        for from in self.whom(subject.stack, &function.text(), Some(Sort::Function)) {
            let Some(from) = from.key else { continue };
            for (end, soft) in [("OnSuccess", false), ("OnFailure", true)] {
                let Some(target) = destinations.path(&[end, "Destination"]) else { continue };
                for meant in self.whom(subject.stack, &target.text(), None) {
                    let criticality = |fact: DependencyFact| match soft {
                        true => fact.criticality(Criticality::Soft),
                        false => fact,
                    };
                    self.depend_as(&from, meant, Interaction::AsyncPublish, target.evidence(), criticality);
                }
            }
        }
    }

    /// The layer that asynchronous invocation is on the edge from a function to what invokes it. What the platform
    /// cannot start at all it tries until the event is too old, without counting.
    pub fn invocation_layer(&self, function: &Key, evidence: &Evidence) -> RetryLayer {
        let said = self.invocations.get(function);
        let (retries, origin, at) = match said.and_then(|i| i.retries.clone()) {
            Some((retries, at)) => (retries, Origin::Explicit, at),
            None => (RETRIES, Origin::PlatformDefault, evidence.clone()),
        };
        let layer = RetryLayer::new(Layer::Platform, retries as u32 + 1, origin, at);
        let pauses =
            if retries > 0.0 { PAUSES_MS.iter().copied().take(retries as usize).collect() } else { Vec::new() };
        RetryLayer {
            timeout_ms: Some(said.and_then(|i| i.age_ms).unwrap_or(AGE_S * 1000.0)),
            backoff_ms: pauses,
            conditions: vec!["function error".into()],
            retried: Retried::ALL,
            ..layer
        }
    }
}
