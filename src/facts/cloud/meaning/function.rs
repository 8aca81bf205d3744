//! Functions: their environment, where what they cannot handle goes, what they may do by a policy of their own.

use super::environment::Variable;
use super::grant::Grant;
use super::reader::{Reader, Subject};
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::{CallPolicy, Callers, Calls, ComponentFact, Kind};
use crate::facts::{
    Class, Criticality, DependencyFact, Evidence, Interaction, Key, Layer, Origin, PlatformAssumption, Providers, Rank,
    RetryLayer, Target,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Tries of the provider's SDK in its standard mode, the first included.
const SDK_TRIES: u32 = 3;

/// The same for DynamoDB, with the retries that `AWS_NEW_RETRIES_2026` switches on (SEMANTICS A.1).
const SDK_TRIES_2026: u32 = 4;

/// SAM's policies by template: the parameter that names the thing, its sort, and what is allowed.
#[rustfmt::skip]
const TEMPLATES: &[(&str, &str, Sort, &[&str])] = &[
    ("DynamoDBCrudPolicy", "TableName", Sort::Table, &["dynamodb:getitem", "dynamodb:putitem"]),
    ("DynamoDBReadPolicy", "TableName", Sort::Table, &["dynamodb:getitem"]),
    ("DynamoDBWritePolicy", "TableName", Sort::Table, &["dynamodb:putitem"]),
    ("SQSSendMessagePolicy", "QueueName", Sort::Queue, &["sqs:sendmessage"]),
    ("SQSPollerPolicy", "QueueName", Sort::Queue, &["sqs:receivemessage"]),
    ("SNSPublishMessagePolicy", "TopicName", Sort::Topic, &["sns:publish"]),
    ("SNSCrudPolicy", "TopicName", Sort::Topic, &["sns:publish"]),
    ("S3ReadPolicy", "BucketName", Sort::Bucket, &["s3:getobject"]),
    ("S3WritePolicy", "BucketName", Sort::Bucket, &["s3:putobject"]),
    ("S3CrudPolicy", "BucketName", Sort::Bucket, &["s3:getobject", "s3:putobject"]),
    ("S3FullAccessPolicy", "BucketName", Sort::Bucket, &["s3:getobject", "s3:putobject"]),
    ("LambdaInvokePolicy", "FunctionName", Sort::Function, &["lambda:invokefunction"]),
    ("StepFunctionsExecutionPolicy", "StateMachineName", Sort::StateMachine, &["states:startexecution"]),
    ("KinesisCrudPolicy", "StreamName", Sort::Stream, &["kinesis:putrecord"]),
    ("KinesisStreamReadPolicy", "StreamName", Sort::Stream, &["kinesis:getrecords"]),
    ("FirehoseWritePolicy", "DeliveryStreamName", Sort::Delivery, &["firehose:putrecord"]),
    ("FirehoseCrudPolicy", "DeliveryStreamName", Sort::Delivery, &["firehose:putrecord"]),
    ("EventBridgePutEventsPolicy", "EventBusName", Sort::Bus, &["events:putevents"]),
    ("ElasticsearchHttpPostPolicy", "DomainName", Sort::Search, &["es:eshttppost"]),
];

/// What a policy by template allows.
pub(super) fn by_template(policy: &Field<'_>) -> Vec<Grant> {
    let mut grants = Vec::new();
    for (name, arguments) in policy.fields() {
        let Some((_, parameter, sort, actions)) = TEMPLATES.iter().find(|(t, ..)| *t == name) else { continue };
        let Some(argument) = arguments.get(parameter) else { continue };
        let evidence = Evidence::new(argument.at(), format!("Policies.{name}"));
        let actions = actions.iter().map(|a| (*a).to_owned()).collect();
        grants.push(Grant { actions, on: argument.text(), sort: Some(*sort), evidence });
    }
    grants
}

impl<'w> Reader<'w> {
    /// What a function needs.
    pub fn function(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        let variables: Vec<Variable<'w>> =
            subject.get("Environment").and_then(|e| e.get("Variables")).map(|v| v.fields()).unwrap_or_default();
        self.environment(subject, &key, &variables);
        self.sdk_settings(&key, &variables);
        self.policy_templates(subject, &key);
        self.dead_letters(subject, &key);
        for system in subject.get("FileSystemConfigs").map(|f| f.items()).unwrap_or_default() {
            let Some(arn) = system.get("Arn") else { continue };
            for meant in self.whom(subject.stack, &arn.text(), Some(Sort::Files)) {
                self.depend(&key, meant, Interaction::Mount, arn.evidence());
            }
        }
        self.zone(subject, &key);
        self.share(subject, &key);
        self.known_after_apply(subject, &key);
    }

    /// What a function of another cloud names.
    pub fn foreign_function(&mut self, subject: &Subject<'w>) {
        let variables = subject.get("Environment").and_then(|e| e.get("Variables")).map(|v| v.fields());
        if let (Some(key), Some(variables)) = (subject.key(), variables) {
            self.environment(subject, &key, &variables);
        }
    }

    /// What a value will come from that only a deployment knows: something passes, and nobody says what.
    pub fn known_after_apply(&mut self, subject: &Subject<'w>, key: &Key) {
        let Some(sources) = subject.get("KnownAfterApply") else { return };
        for text in sources.texts() {
            for meant in self.whom(subject.stack, &text, None) {
                let linked = |of: &BTreeMap<Key, BTreeSet<Key>>| {
                    of.get(key).zip(meant.key.as_ref()).is_some_and(|(known, to)| known.contains(to))
                };
                if linked(&self.called) || linked(&self.consumed) || meant.sort == Some(Sort::Files) {
                    continue;
                }
                let interaction = self.interaction(subject, &meant);
                let meant = super::whom::Meant { inferred: true, ..meant };
                self.depend(key, meant, interaction, sources.evidence());
            }
        }
    }

    /// Events that an asynchronous function fails on go here.
    fn dead_letters(&mut self, subject: &Subject<'w>, key: &Key) {
        let Some(block) = subject.get("DeadLetterConfig") else { return };
        block.only(&["TargetArn"], &mut self.facts.problems);
        let Some(target) = block.get("TargetArn") else { return };
        for meant in self.whom(subject.stack, &target.text(), Some(Sort::Queue)) {
            let soft = |fact: DependencyFact| fact.criticality(Criticality::Soft);
            self.depend_as(key, meant, Interaction::AsyncPublish, target.evidence(), soft);
        }
    }

    /// A policy by template is written for one function and one thing: whoever has it uses the thing. What its
    /// environment or its events say of the same thing says it better.
    fn policy_templates(&mut self, subject: &Subject<'w>, key: &Key) {
        for policy in subject.get("Policies").map(|p| p.items()).unwrap_or_default() {
            for grant in by_template(&policy) {
                let allowed: BTreeSet<String> = grant.actions.iter().cloned().collect();
                for meant in self.whom(subject.stack, &grant.on, grant.sort) {
                    let (Some(sort), Some(to)) = (meant.sort, &meant.key) else { continue };
                    let interaction = super::grant::passes(sort, &allowed);
                    let takes = interaction == Interaction::AsyncConsume;
                    if takes || self.called.get(key).is_some_and(|called| called.contains(to)) {
                        continue;
                    }
                    let meant = super::whom::Meant { inferred: true, ..meant };
                    self.depend(key, meant, interaction, grant.evidence.clone());
                }
            }
        }
    }

    /// A function whose network has one subnet lives in one zone.
    fn zone(&mut self, subject: &Subject<'w>, key: &Key) {
        let Some(subnets) = subject.get("VpcConfig").and_then(|vpc| vpc.get("SubnetIds")) else { return };
        let texts = subnets.texts();
        let ([subnet], Some(stack)) = (texts.as_slice(), self.world.stack(subject.stack)) else { return };
        // An outside value may be a list of subnets.
        let Some(place) = subnet.resources().next() else { return };
        let named = stack.resource(&place.id).and_then(|resource| resource.get("AvailabilityZone"));
        let named = named.and_then(|(node, _)| self.world.text(place.stack, &node).known().map(str::to_owned));
        let name = named.unwrap_or_else(|| format!("{}/{}", stack.name, place.id));
        let zone = Target::Component(Key::global(Class::Zone, &name));
        let fact = DependencyFact::new(key.clone(), zone, Interaction::PlacedOn, subnets.evidence());
        self.facts.dependencies.push(fact);
    }

    /// `AWS_MAX_ATTEMPTS` counts the first try.
    pub fn sdk_settings(&mut self, key: &Key, variables: &[Variable<'w>]) {
        let said = |name: &str| variables.iter().find(|(n, _)| n == name).map(|(_, field)| field);
        if let Some(field) = said("AWS_MAX_ATTEMPTS")
            && let Some(tries) = field.clone().named("environment.AWS_MAX_ATTEMPTS").number(
                1.0,
                "number of tries",
                &mut self.facts.problems,
            )
        {
            self.sdk.insert(key.clone(), (tries as u32, Evidence::new(field.at(), "environment.AWS_MAX_ATTEMPTS")));
        } else if said("AWS_RETRY_MODE").is_some_and(|mode| mode.known().as_deref() == Some("legacy")) {
            self.sdk_legacy.insert(key.clone());
        }
        let on = |field: &Field<'_>| field.known().is_some_and(|word| word.eq_ignore_ascii_case("true"));
        if said("AWS_NEW_RETRIES_2026").is_some_and(on) {
            self.sdk_2026.insert(key.clone());
        }
    }

    /// What the provider's SDK does with calls that fail.
    pub fn libraries(&mut self) {
        let (id, setting) =
            ("aws-sdk-retries", "[platform.aws] sdk_max_attempts in linchpin.toml, or AWS_MAX_ATTEMPTS");
        let assumption = Arc::new(PlatformAssumption {
            id: id.into(),
            text: format!(
                "functions and containers call AWS with its SDK in standard mode: {SDK_TRIES} tries a call, the first included"
            ),
            setting: Some(setting.into()),
        });
        for (caller, providers) in std::mem::take(&mut self.called) {
            let machine = !self.functions.contains_key(&caller) && !self.containers.contains(&caller);
            if machine || self.sdk_legacy.contains(&caller) {
                continue;
            }
            let received = self.consumed.get(&caller);
            let called: BTreeSet<Key> =
                providers.into_iter().filter(|key| !received.is_some_and(|r| r.contains(key))).collect();
            if called.is_empty() {
                continue;
            }
            let Some(evidence) = self.places.get(&caller).cloned() else { continue };
            let callers = Callers::Components(Arc::new([caller.clone()].into()));
            let table = |c: &&ComponentFact| c.kind == Kind::Datastore && called.contains(&c.key);
            let newest = self.sdk_2026.contains(&caller).then(|| self.facts.components.iter().filter(table));
            let tables: BTreeSet<Key> = newest.into_iter().flatten().map(|c| c.key.clone()).collect();
            let providers = Providers::Components(Arc::new(called));
            let mut policy =
                CallPolicy::new(caller.scope.clone(), Layer::Library, callers, providers, evidence.clone());
            policy.calls = Calls::All;
            let conditions = ["throttling", "transient errors", "timeouts"].map(Arc::from).to_vec();
            let layer = |tries, origin, evidence| RetryLayer {
                conditions: conditions.clone(),
                ..RetryLayer::new(Layer::Library, tries, origin, evidence)
            };
            (policy.rank, policy.retry, policy.assumption) = match (self.sdk.get(&caller), self.options.sdk_tries) {
                (Some((tries, at)), _) => (Rank::Provider, Some(layer(*tries, Origin::Explicit, at.clone())), None),
                (None, Some(tries)) => (Rank::Global, Some(layer(tries, Origin::Explicit, evidence)), None),
                (None, None) => {
                    let retry = layer(SDK_TRIES, Origin::PlatformDefault, evidence);
                    (Rank::Default, Some(retry), Some(assumption.clone()))
                }
            };
            if policy.rank == Rank::Default && !tables.is_empty() {
                let mut to_tables = policy.between(policy.callers.clone(), Providers::Components(Arc::new(tables)));
                to_tables.rank = Rank::Global;
                to_tables.retry = policy.retry.clone().map(|retry| RetryLayer { tries: Some(SDK_TRIES_2026), ..retry });
                self.facts.policies.push(to_tables);
            }
            self.facts.policies.push(policy);
        }
    }
}
