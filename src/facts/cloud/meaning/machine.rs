//! State machines: a function that calls its tasks.

use super::reader::{Reader, Subject};
use super::whom::Meant;
use crate::facts::address::{Setting, in_settings};
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::states::{self, Integration, Task, integration};
use crate::facts::cloud::text::Text;
use crate::facts::{
    CallPolicy, Callers, Calls, ComponentFact, Criticality, DependencyFact, Evidence, Interaction, Key, Layer,
    Providers, Rank, Target, TimeoutOrigin,
};
use crate::parse::{Outcome, documents};
use crate::source::{Location, Problem, beside};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the calls of several states to one target come to.
struct Call {
    to: Whom,
    interaction: Interaction,
    tries: states::Tries,
    /// The longest limit of one try; `None` if some state has none.
    limit_ms: Option<f64>,
    goes_on: bool,
    evidence: Evidence,
}

#[derive(Clone)]
enum Whom {
    Meant(Meant),
    Host(Target),
}

impl<'w> Reader<'w> {
    /// What a state machine calls.
    pub fn state_machine(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        let Some(definition) = self.definition(subject) else {
            self.known_after_apply(subject, &key);
            return;
        };
        let tasks = states::tasks(&definition, &mut self.facts.problems);
        let mut calls: BTreeMap<String, Call> = BTreeMap::new();
        for task in tasks {
            for (to, interaction, evidence) in self.targets_of(subject, &task) {
                let name = match &to {
                    Whom::Meant(meant) => format!("{:?} {interaction:?}", meant.target),
                    Whom::Host(target) => format!("{target:?}"),
                };
                let (tries, limit_ms, goes_on) = (task.tries.clone(), task.limit_ms, task.goes_on);
                let call = Call { to, interaction, tries, limit_ms, goes_on, evidence };
                match calls.get_mut(&name) {
                    Some(known) => worse(known, call),
                    None => {
                        calls.insert(name, call);
                    }
                }
            }
        }
        for call in calls.into_values() {
            self.call(&key, call);
        }
    }

    fn call(&mut self, from: &Key, call: Call) {
        let layer = call.tries.layer(call.limit_ms);
        let more = |fact: DependencyFact| DependencyFact {
            criticality: Some(if call.goes_on { Criticality::Soft } else { Criticality::Hard }),
            retry: vec![layer.clone()],
            ..fact
        };
        match call.to {
            Whom::Meant(meant) => {
                if let (Some(ms), 1, Some(to)) = (call.limit_ms, call.tries.total, meant.key.clone()) {
                    let callers = Callers::Components(Arc::new([from.clone()].into()));
                    let providers = Providers::Components(Arc::new([to].into()));
                    let (scope, evidence) = (from.scope.clone(), call.evidence.clone());
                    let mut policy = CallPolicy::new(scope, Layer::Platform, callers, providers, evidence);
                    (policy.calls, policy.rank) = (Calls::All, Rank::Route);
                    policy.timeout = Some((ms, TimeoutOrigin::Explicit));
                    self.facts.policies.push(policy);
                }
                self.depend_as(from, meant, call.interaction, call.evidence, more);
            }
            Whom::Host(target) => {
                let fact = DependencyFact::new(from.clone(), target, call.interaction, call.evidence);
                self.facts.dependencies.push(more(fact));
            }
        }
    }

    /// Whom a task calls, and what passes.
    fn targets_of(&mut self, subject: &Subject<'w>, task: &Task<'w>) -> Vec<(Whom, Interaction, Evidence)> {
        let resource = task.resource.text();
        let evidence = task.resource.evidence();
        let Some(integration) = integration(&resource) else {
            let found = self.whom(subject.stack, &resource, Some(Sort::Function)).into_iter();
            return found.map(|meant| (Whom::Meant(meant), Interaction::Sync, evidence.clone())).collect();
        };
        if matches!(integration.service.as_str(), "http" | "apigateway") {
            return self.web(task, &evidence);
        }
        let Some((end, sort)) = end_of(&integration.service) else { return Vec::new() };
        let argument = task.arguments.as_ref().and_then(|arguments| {
            let entries = arguments.get("Entries").and_then(|e| e.items().into_iter().next());
            arguments.get(end).or_else(|| entries.and_then(|entry| entry.get(end)))
        });
        let interaction = passing(&integration, sort, task.arguments.as_ref());
        let text = argument.map(|a| a.text()).filter(|text| !is_expression(text));
        let text = match (text, sort) {
            (None, Sort::Bus) => Some(Text::default()),
            (text, _) => text,
        };
        if let Some(text) = text {
            let found = self.whom(subject.stack, &text, Some(sort)).into_iter();
            return found.map(|meant| (Whom::Meant(meant), interaction, evidence.clone())).collect();
        }
        // Only the input of an execution says which one; the role says which ones it can be.
        let action = format!("{}:{}", integration.service, integration.action);
        let allowed = self.allowed(subject, &action, sort).into_iter();
        allowed.map(|meant| (Whom::Meant(meant), interaction, evidence.clone())).collect()
    }

    fn web(&mut self, task: &Task<'w>, evidence: &Evidence) -> Vec<(Whom, Interaction, Evidence)> {
        let Some(endpoint) = task.arguments.as_ref().and_then(|a| a.get("ApiEndpoint")) else { return Vec::new() };
        let value = endpoint.text();
        let spoken: Vec<_> = value.resources().filter_map(|place| self.world.component(place)).collect();
        if !spoken.is_empty() {
            let meant = spoken.into_iter().map(|(key, sort)| Whom::Meant(Meant::component(key, sort)));
            return meant.map(|whom| (whom, Interaction::Sync, evidence.clone())).collect();
        }
        let written = value.written();
        let found = in_settings(&[Setting { key: "api.endpoint", value: &written }]).into_iter();
        found
            .map(|(_, found)| {
                let target = Target::Addresses { addresses: found.addresses, certain: found.certain };
                (Whom::Host(target), Interaction::Sync, evidence.clone())
            })
            .collect()
    }

    /// The definition of a state machine, wherever it stands.
    fn definition(&mut self, subject: &Subject<'w>) -> Option<Field<'w>> {
        let values = subject.get("DefinitionSubstitutions").map(|s| s.fields()).unwrap_or_default();
        let values: Vec<(String, Text)> = values.into_iter().map(|(name, field)| (name, field.text())).collect();
        for property in ["Definition", "DefinitionString"] {
            if let Some(said) = subject.get(property) {
                let definition = said.clone().substituting(values).object();
                if definition.is_none() && said.text().known().is_some() {
                    let reason = format!("`{property}` of `{}` is no state machine", subject.resource.id);
                    let problem =
                        Problem::new(said.at(), reason).remedy("write it as JSON in the Amazon States Language");
                    self.facts.problems.push(problem);
                }
                return definition;
            }
        }
        let said = subject.get("DefinitionUri")?;
        let path = beside(subject.resource.at.at.file.as_ref(), &said.known()?);
        let Some(text) = self.files.read(&path).filter(|_| !path.contains("://")) else {
            let reason = format!("`{path}`, which defines `{}`, is not there", subject.resource.id);
            self.facts.problems.push(Problem::new(said.at(), reason).remedy("scan the folder that it is in"));
            return None;
        };
        let file: Arc<str> = path.as_str().into();
        let tree = documents(&file, &text).into_iter().find_map(|document| match document.outcome {
            Outcome::Tree(node) => Some(node),
            _ => None,
        });
        let Some(node) = tree.filter(states::recognises) else {
            let reason = "is no state machine in the Amazon States Language".to_owned();
            self.facts.problems.push(Problem::new(Location::start(file), reason));
            return None;
        };
        self.facts.files_used.insert(file);
        Some(Field::new(self.world, subject.stack, &node, "Definition".into())?.substituting(values))
    }

    /// How long a state machine may take.
    pub fn machine_numbers(&mut self, subject: &Subject<'w>, fact: &mut ComponentFact) {
        // What is wrong with the definition is said where its tasks are read.
        let before = self.facts.problems.len();
        let definition = self.definition(subject);
        let limit = definition.and_then(|d| d.get("TimeoutSeconds"));
        self.facts.problems.truncate(before);
        let seconds = limit.and_then(|said| said.number(1.0, "number of seconds", &mut self.facts.problems));
        fact.settings.timeout_ms = seconds.map(|s| s * 1000.0);
    }
}

/// The worse of two calls to the same target: more tries, a longer wait, hard if either is.
fn worse(known: &mut Call, other: Call) {
    if other.tries.total > known.tries.total {
        known.tries = other.tries;
    }
    known.limit_ms = known.limit_ms.zip(other.limit_ms).map(|(a, b)| a.max(b));
    known.goes_on &= other.goes_on;
    known.evidence = known.evidence.clone().min(other.evidence);
}

/// The argument that names what an integration calls, and its sort.
fn end_of(service: &str) -> Option<(&'static str, Sort)> {
    Some(match service {
        "lambda" => ("FunctionName", Sort::Function),
        "dynamodb" => ("TableName", Sort::Table),
        "sqs" => ("QueueUrl", Sort::Queue),
        "sns" => ("TopicArn", Sort::Topic),
        "states" => ("StateMachineArn", Sort::StateMachine),
        "events" => ("EventBusName", Sort::Bus),
        "s3" => ("Bucket", Sort::Bucket),
        "kinesis" => ("StreamName", Sort::Stream),
        "firehose" => ("DeliveryStreamName", Sort::Delivery),
        _ => return None,
    })
}

/// What passes between a state machine and what an integration calls.
fn passing(integration: &Integration, sort: Sort, arguments: Option<&Field<'_>>) -> Interaction {
    let event = arguments.and_then(|a| a.get("InvocationType")).and_then(|t| t.known());
    match sort {
        Sort::Function if event.as_deref() == Some("Event") => Interaction::AsyncPublish,
        Sort::StateMachine if integration.waits => Interaction::Sync,
        _ => {
            let action = format!("{}:{}", integration.service, integration.action).to_ascii_lowercase();
            super::grant::passes(sort, &BTreeSet::from([action]))
        }
    }
}

/// Whether a value is worked out only while the machine runs.
fn is_expression(text: &Text) -> bool {
    text.known().is_some_and(|known| known.starts_with("$.") || known.starts_with("{%") || known.starts_with("$$"))
}
