//! Amazon States Language: what a state machine calls, how often it tries and what it does when that fails.

mod flow;
mod retry;

pub(super) use flow::goes_on;
pub(super) use retry::{Tries, tries};

use super::field::{Field, misspelt};
use super::text::Text;
use crate::parse::Node;
use crate::source::Problem;

/// Whether a document is a state machine's definition.
pub(super) fn recognises(node: &Node) -> bool {
    node.str("StartAt").is_some() && node.get("States").is_some_and(|states| !states.entries().is_empty())
}

/// A state that calls something.
pub(super) struct Task<'w> {
    /// What it calls.
    pub resource: Field<'w>,
    /// What it passes.
    pub arguments: Option<Field<'w>>,
    /// How often it tries.
    pub tries: Tries,
    /// Milliseconds that one try may take, if that is limited.
    pub limit_ms: Option<f64>,
    /// Whether the machine can still succeed when the call has failed for good.
    pub goes_on: bool,
}

/// The tasks of a definition, those of its branches and iterations included, in order.
pub(super) fn tasks<'w>(definition: &Field<'w>, problems: &mut Vec<Problem>) -> Vec<Task<'w>> {
    #[rustfmt::skip]
    const OTHERS: &[&str] = &["Type", "Comment", "Resource", "Next", "End", "InputPath", "OutputPath", "ResultPath",
        "ResultSelector", "Parameters", "Arguments", "Output", "Assign", "QueryLanguage", "Credentials",
        "TimeoutSecondsPath", "HeartbeatSecondsPath", "Branches", "Iterator", "ItemProcessor", "ItemsPath", "Items",
        "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter", "MaxConcurrency", "MaxConcurrencyPath",
        "ToleratedFailurePercentage", "ToleratedFailurePercentagePath", "ToleratedFailureCount",
        "ToleratedFailureCountPath", "Label", "Choices", "Default", "Seconds", "Timestamp", "SecondsPath",
        "TimestampPath", "Result", "Error", "Cause", "ErrorPath", "CausePath"];
    let mut tasks = Vec::new();
    // Machines inside machines, with whether a failure inside is caught outside.
    let mut open: Vec<(Field<'w>, bool)> = vec![(definition.clone(), false)];
    while let Some((machine, caught)) = open.pop() {
        let Some(states) = machine.get("States") else { continue };
        let mut inner: Vec<(Field<'w>, bool)> = Vec::new();
        for (name, state) in states.fields() {
            let keys = state.node().fields().map(|(key, at, _)| (key, at));
            misspelt(
                keys,
                &["TimeoutSeconds", "HeartbeatSeconds", "Retry", "Catch"],
                OTHERS,
                "field of a state",
                problems,
            );
            let caught = caught || goes_on(&states, &state);
            let nested = ["Iterator", "ItemProcessor"].iter().filter_map(|key| state.get(key));
            let branches = state.get("Branches").map(|b| b.items()).unwrap_or_default();
            inner.extend(nested.chain(branches).map(|machine| (machine, caught)));
            let Some(resource) = state.get("Resource").filter(|_| state.str("Type").as_deref() == Some("Task")) else {
                continue;
            };
            let tries = tries(&state, problems);
            let limit = state.get("TimeoutSeconds");
            let limit_ms = limit.and_then(|s| s.number(1.0, "number of seconds", problems)).map(|s| s * 1000.0);
            let arguments = state.get("Arguments").or_else(|| state.get("Parameters"));
            let resource = resource.named(format!("States.{name}.Resource"));
            tasks.push(Task { resource, arguments, tries, limit_ms, goes_on: caught });
        }
        inner.reverse();
        open.extend(inner);
    }
    tasks
}

impl Field<'_> {
    /// The known text of a key.
    pub(super) fn str(&self, key: &str) -> Option<String> {
        self.get(key)?.known()
    }
}

/// An integration of Step Functions with a service: `sqs:sendMessage` of `arn:aws:states:::sqs:sendMessage.sync:2`.
pub(super) struct Integration {
    /// The service, as it is named in permissions.
    pub service: String,
    /// What is done, as it is named in permissions.
    pub action: String,
    /// The machine waits until what it started is done.
    pub waits: bool,
}

/// The integration that a task's resource names.
pub(super) fn integration(resource: &Text) -> Option<Integration> {
    let shape = resource.shape();
    let rest = shape.strip_prefix("arn:")?.split_once(":states:")?.1;
    let rest = rest.splitn(3, ':').nth(2)?;
    let (rest, waits) = match rest.split_once('.') {
        Some((rest, pattern)) => (rest, pattern.starts_with("sync")),
        None => (rest, false),
    };
    let rest = rest.strip_prefix("aws-sdk:").unwrap_or(rest);
    let (service, action) = rest.split_once(':')?;
    let service = match service {
        "sfn" => "states",
        "eventbridge" => "events",
        other => other,
    };
    let action = match (service, action) {
        ("lambda", "invoke") => "invokeFunction",
        (_, action) => action,
    };
    Some(Integration { service: service.to_owned(), action: action.to_owned(), waits })
}
