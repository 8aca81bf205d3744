//! Rules and pipes: what picks events and hands them on.

use super::reader::{Reader, Subject};
use super::whom::Meant;
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::text::Text;
use crate::facts::{Criticality, DependencyFact, Evidence, Interaction, Layer, Origin, Retried, RetryLayer};

/// Retries of a rule, after the first try, and how long an event may wait.
const RETRIES: f64 = 185.0;
const AGE_S: f64 = 86_400.0;

impl<'w> Reader<'w> {
    /// A rule of an event bus. One that a function's event implies has no name that anybody knows: the function then
    /// takes from the bus.
    pub fn rule(&mut self, subject: &Subject<'w>) {
        let known = ["EventPattern", "ScheduleExpression", "EventBusName", "Targets"];
        self.spelling(subject, &known, &["Name", "State", "Description", "RoleArn", "Tags"]);
        if subject.get("EventPattern").is_none() {
            return;
        }
        let bus = match subject.get("EventBusName") {
            Some(bus) => self.whom_first(subject.stack, &bus.text(), Some(Sort::Bus)),
            None => self.named(subject.stack, &Text::default(), Sort::Bus),
        };
        let Some(key) = subject.key() else { return };
        let source = if subject.resource.implied {
            bus
        } else {
            if let Some(bus) = bus {
                let evidence =
                    subject.get("EventBusName").map_or_else(|| subject.resource.at.clone(), |b| b.evidence());
                self.depend(&key, bus, Interaction::AsyncConsume, evidence);
            }
            Some(Meant::component(key.clone(), Sort::Rule))
        };
        let Some(source) = source else { return };
        for target in subject.get("Targets").map(|t| t.items()).unwrap_or_default() {
            let Some(arn) = target.get("Arn") else { continue };
            let evidence = if subject.resource.implied { subject.resource.at.clone() } else { arn.evidence() };
            let layer = self.rule_layer(&target, &evidence);
            for consumer in self.whom(subject.stack, &arn.text(), None) {
                if let Some(key) = consumer.key {
                    let retried = super::notify::refusals(consumer.sort);
                    let layer = RetryLayer { retried, ..layer.clone() };
                    self.receives(&key, consumer.sort, source.clone(), &evidence, Some(layer));
                }
            }
            let Some(letters) = target.get("DeadLetterConfig").and_then(|d| d.get("Arn")) else { continue };
            let Some(from) = source.key.clone() else { continue };
            for meant in self.whom(subject.stack, &letters.text(), Some(Sort::Queue)) {
                let soft = |fact: DependencyFact| fact.criticality(Criticality::Soft);
                self.depend_as(&from, meant, Interaction::AsyncPublish, letters.evidence(), soft);
            }
        }
    }

    /// How a rule delivers: again while its target refuses. Once a function's invocation is accepted, the function's
    /// own policy holds.
    fn rule_layer(&mut self, target: &Field<'w>, evidence: &Evidence) -> RetryLayer {
        let policy = target.get("RetryPolicy");
        if let Some(policy) = &policy {
            policy.only(&["MaximumRetryAttempts", "MaximumEventAgeInSeconds"], &mut self.facts.problems);
        }
        let problems = &mut self.facts.problems;
        let said = policy.as_ref().and_then(|p| p.get("MaximumRetryAttempts"));
        let number = said.as_ref().and_then(|n| n.number(0.0, "number of retries", problems));
        let age = policy.and_then(|p| p.get("MaximumEventAgeInSeconds"));
        let age = age.and_then(|n| n.number(1.0, "number of seconds", problems)).unwrap_or(AGE_S);
        let (retries, origin, at) = match (number, said) {
            (Some(retries), Some(said)) => (retries, Origin::Explicit, said.evidence()),
            _ => (RETRIES, Origin::PlatformDefault, evidence.clone()),
        };
        RetryLayer {
            timeout_ms: Some(age * 1000.0),
            conditions: vec!["target refuses".into()],
            retried: Retried::REFUSED,
            ..RetryLayer::new(Layer::Queue, retries as u32 + 1, origin, at)
        }
    }

    /// A rule over what devices say.
    pub fn device_rule(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        let actions = subject.get("TopicRulePayload").and_then(|p| p.get("Actions"));
        for action in actions.map(|a| a.items()).unwrap_or_default() {
            for (name, block) in action.fields() {
                let (end, sort) = match name.as_str() {
                    "Lambda" => ("FunctionArn", Sort::Function),
                    "Sqs" => ("QueueUrl", Sort::Queue),
                    "Sns" => ("TargetArn", Sort::Topic),
                    "Kinesis" => ("StreamName", Sort::Stream),
                    "Firehose" => ("DeliveryStreamName", Sort::Delivery),
                    "S3" => ("BucketName", Sort::Bucket),
                    "DynamoDB" => ("TableName", Sort::Table),
                    "StepFunctions" => ("StateMachineName", Sort::StateMachine),
                    _ => continue,
                };
                let Some(target) = block.get(end) else { continue };
                let evidence = if subject.resource.implied { subject.resource.at.clone() } else { target.evidence() };
                for meant in self.whom(subject.stack, &target.text(), Some(sort)) {
                    match (meant.sort, meant.key.clone()) {
                        (Some(Sort::Table | Sort::Bucket), _) => {
                            self.depend(&key, meant, Interaction::Write, evidence.clone());
                        }
                        (sort, Some(consumer)) => {
                            let rule = Meant::component(key.clone(), Sort::Rule);
                            self.receives(&consumer, sort, rule, &evidence, None);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// A pipe takes from its source, may ask somebody on the way, and hands on to its target.
    pub fn pipe(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        let ends = [
            ("Source", Interaction::AsyncConsume),
            ("Enrichment", Interaction::Sync),
            ("Target", Interaction::AsyncPublish),
        ];
        for (property, interaction) in ends {
            let Some(end) = subject.get(property) else { continue };
            for meant in self.whom(subject.stack, &end.text(), None) {
                self.depend(&key, meant, interaction, end.evidence());
            }
        }
    }

    /// A delivery stream writes into a store, perhaps by way of a function.
    pub fn delivery_stream(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        if let Some(source) = subject.get("KinesisStreamSourceConfiguration").and_then(|s| s.get("KinesisStreamARN")) {
            for meant in self.whom(subject.stack, &source.text(), Some(Sort::Stream)) {
                self.depend(&key, meant, Interaction::AsyncConsume, source.evidence());
            }
        }
        let destinations = [
            "S3DestinationConfiguration",
            "ExtendedS3DestinationConfiguration",
            "RedshiftDestinationConfiguration",
            "ElasticsearchDestinationConfiguration",
            "AmazonopensearchserviceDestinationConfiguration",
        ];
        for block in destinations.iter().filter_map(|name| subject.get(name)) {
            for end in ["BucketARN", "DomainARN"].iter().filter_map(|name| block.get(name)) {
                for meant in self.whom(subject.stack, &end.text(), None) {
                    self.depend(&key, meant, Interaction::Write, end.evidence());
                }
            }
            let processors = block.path(&["ProcessingConfiguration", "Processors"]);
            for processor in processors.map(|p| p.items()).unwrap_or_default() {
                for parameter in processor.get("Parameters").map(|p| p.items()).unwrap_or_default() {
                    let Some(value) = parameter.get("ParameterValue") else { continue };
                    for meant in self.whom(subject.stack, &value.text(), None) {
                        self.depend(&key, meant, Interaction::Sync, value.evidence());
                    }
                }
            }
        }
    }
}
