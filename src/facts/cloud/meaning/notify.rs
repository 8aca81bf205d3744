//! Topics and buckets that tell others.

use super::reader::{Reader, Subject};
use super::whom::Meant;
use crate::facts::address::{Setting, in_settings};
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::{
    Criticality, DependencyFact, Evidence, Interaction, Key, Layer, Origin, Retried, RetryLayer, Target,
};

/// Deliveries of a topic to a queue or function, the first included: 3 retries at once, 2 after a second, 10 with
/// growing pauses, 100,000 every 20 seconds (SEMANTICS A.1).
const DELIVERIES: u32 = 100_016;
/// Retries of a topic that calls a web address, and the pause before each.
const WEB_RETRIES: f64 = 3.0;
const WEB_PAUSE_MS: f64 = 20_000.0;
/// A web delivery policy takes no longer than this.
const WEB_LIMIT_MS: f64 = 3_600_000.0;

impl<'w> Reader<'w> {
    /// A subscription of its own.
    pub fn subscription(&mut self, subject: &Subject<'w>) {
        let known = ["TopicArn", "Protocol", "Endpoint", "RedrivePolicy", "DeliveryPolicy"];
        let others = [
            "FilterPolicy",
            "FilterPolicyScope",
            "RawMessageDelivery",
            "Region",
            "SubscriptionRoleArn",
            "ReplayPolicy",
        ];
        self.spelling(subject, &known, &others);
        let Some(topic) = subject.get("TopicArn") else { return };
        for topic in self.whom(subject.stack, &topic.text(), Some(Sort::Topic)) {
            let (protocol, endpoint) = (subject.get("Protocol"), subject.get("Endpoint"));
            let (policy, redrive) = (subject.get("DeliveryPolicy"), subject.get("RedrivePolicy"));
            self.subscribe(subject, &topic, protocol, endpoint, policy, subject.resource.implied);
            self.undelivered(subject, &topic, redrive);
        }
    }

    /// Subscriptions that stand in the topic itself.
    pub fn subscriptions(&mut self, subject: &Subject<'w>) {
        let Some(key) = subject.key() else { return };
        let topic = Meant::component(key, Sort::Topic);
        for item in subject.get("Subscription").map(|s| s.items()).unwrap_or_default() {
            self.subscribe(subject, &topic, item.get("Protocol"), item.get("Endpoint"), None, false);
        }
    }

    fn subscribe(
        &mut self,
        subject: &Subject<'w>,
        topic: &Meant,
        protocol: Option<Field<'w>>,
        endpoint: Option<Field<'w>>,
        policy: Option<Field<'w>>,
        implied: bool,
    ) {
        let (Some(protocol), Some(endpoint)) = (protocol.and_then(|p| p.known()), endpoint) else { return };
        let evidence = if implied { subject.resource.at.clone() } else { endpoint.evidence() };
        match protocol.as_str() {
            "lambda" | "sqs" | "firehose" => {
                for consumer in self.whom(subject.stack, &endpoint.text(), None) {
                    if let Some(key) = consumer.key {
                        self.receives(
                            &key,
                            consumer.sort,
                            topic.clone(),
                            &evidence,
                            Some(delivery(&evidence, consumer.sort)),
                        );
                    }
                }
            }
            "http" | "https" => {
                let Some(from) = topic.key.clone() else { return };
                let layer = self.web_delivery(policy, &evidence);
                let value = endpoint.text();
                let layers = |fact: DependencyFact| DependencyFact { retry: vec![layer.clone()], ..fact };
                let meant = self.whom(subject.stack, &value, None);
                if meant.is_empty() {
                    for (_, found) in in_settings(&[Setting { key: "endpoint.url", value: &value.written() }]) {
                        let target = Target::Addresses { addresses: found.addresses, certain: found.certain };
                        let evidence = evidence.clone();
                        let fact = DependencyFact::new(from.clone(), target, Interaction::AsyncPublish, evidence);
                        self.facts.dependencies.push(layers(fact));
                    }
                }
                for meant in meant {
                    self.depend_as(&from, meant, Interaction::AsyncPublish, evidence.clone(), layers);
                }
            }
            _ => {}
        }
    }

    /// A function, queue or anything else is told something by a source that does not keep it. A function is invoked
    /// and not waited for.
    pub fn receives(
        &mut self,
        consumer: &Key,
        sort: Option<Sort>,
        source: Meant,
        evidence: &Evidence,
        delivery: Option<RetryLayer>,
    ) {
        let own = (sort == Some(Sort::Function)).then(|| self.invocation_layer(consumer, evidence));
        let layers: Vec<RetryLayer> = delivery.into_iter().chain(own).collect();
        let more = |fact: DependencyFact| DependencyFact { retry: layers.clone(), ..fact };
        self.depend_as(consumer, source, Interaction::AsyncConsume, evidence.clone(), more);
    }

    /// What a topic cannot deliver goes here.
    fn undelivered(&mut self, subject: &Subject<'w>, topic: &Meant, redrive: Option<Field<'w>>) {
        let Some(redrive) = redrive.and_then(|r| r.object()) else { return };
        redrive.only(&["deadLetterTargetArn"], &mut self.facts.problems);
        let (Some(target), Some(from)) = (redrive.get("deadLetterTargetArn"), topic.key.clone()) else { return };
        for meant in self.whom(subject.stack, &target.text(), Some(Sort::Queue)) {
            let soft = |fact: DependencyFact| fact.criticality(Criticality::Soft);
            self.depend_as(&from, meant, Interaction::AsyncPublish, target.evidence(), soft);
        }
    }

    fn web_delivery(&mut self, policy: Option<Field<'w>>, evidence: &Evidence) -> RetryLayer {
        let policy = policy.and_then(|p| p.object()).and_then(|p| p.get("healthyRetryPolicy"));
        if let Some(policy) = &policy {
            let known = [
                "numRetries",
                "minDelayTarget",
                "maxDelayTarget",
                "numNoDelayRetries",
                "numMinDelayRetries",
                "numMaxDelayRetries",
                "backoffFunction",
            ];
            policy.only(&known, &mut self.facts.problems);
        }
        let said = policy.and_then(|p| p.get("numRetries"));
        let number = said.as_ref().and_then(|n| n.number(0.0, "number of retries", &mut self.facts.problems));
        let (retries, origin, at) = match (number, said) {
            (Some(retries), Some(said)) => (retries, Origin::Explicit, said.evidence()),
            _ => (WEB_RETRIES, Origin::PlatformDefault, evidence.clone()),
        };
        let layer = RetryLayer::new(Layer::Queue, retries as u32 + 1, origin, at);
        RetryLayer { backoff_ms: vec![WEB_PAUSE_MS], timeout_ms: Some(WEB_LIMIT_MS), ..layer }
    }

    /// Whom a bucket tells about its objects.
    pub fn bucket(&mut self, subject: &Subject<'w>) {
        let (Some(key), Some(told)) = (subject.key(), subject.get("NotificationConfiguration")) else { return };
        let blocks =
            [("LambdaConfigurations", "Function"), ("QueueConfigurations", "Queue"), ("TopicConfigurations", "Topic")];
        for (block, end) in blocks {
            for item in told.get(block).map(|b| b.items()).unwrap_or_default() {
                let Some(consumer) = item.get(end) else { continue };
                self.told(subject, &key, &consumer);
            }
        }
    }

    /// The same, said apart from the bucket.
    pub fn bucket_notification(&mut self, subject: &Subject<'w>) {
        let (Some(bucket), Some(consumer)) = (subject.get("Bucket"), subject.get("Function")) else { return };
        for bucket in self.whom(subject.stack, &bucket.text(), Some(Sort::Bucket)) {
            for text in consumer.texts() {
                for consumer in self.whom(subject.stack, &text, Some(Sort::Function)) {
                    let Some(key) = consumer.key else { continue };
                    self.receives(&key, consumer.sort, bucket.clone(), &subject.resource.at, None);
                }
            }
        }
    }

    fn told(&mut self, subject: &Subject<'w>, bucket: &Key, consumer: &Field<'w>) {
        for meant in self.whom(subject.stack, &consumer.text(), None) {
            let Some(key) = meant.key else { continue };
            let source = Meant::component(bucket.clone(), Sort::Bucket);
            self.receives(&key, meant.sort, source, &consumer.evidence(), None);
        }
    }

    /// A function that reads the log of others.
    pub fn log_filter(&mut self, subject: &Subject<'w>) {
        let (Some(log), Some(target)) = (subject.get("LogGroupName"), subject.get("DestinationArn")) else { return };
        for consumer in self.whom(subject.stack, &target.text(), None) {
            for log in self.whom(subject.stack, &log.text(), Some(Sort::Log)) {
                if let Some(key) = consumer.key.clone() {
                    self.receives(&key, None, log, &subject.resource.at, None);
                }
            }
        }
    }
}

/// What a function's invocation being accepted means to whoever delivered the event: it is done. No fault of the function
/// itself makes it deliver again.
pub(super) fn refusals(consumer: Option<Sort>) -> Retried {
    match consumer {
        Some(Sort::Function) => Retried::NONE,
        _ => Retried::REFUSED,
    }
}

/// How a topic delivers to what the platform manages: again and again while that refuses.
fn delivery(evidence: &Evidence, consumer: Option<Sort>) -> RetryLayer {
    let layer = RetryLayer::new(Layer::Queue, DELIVERIES, Origin::PlatformDefault, evidence.clone());
    RetryLayer {
        backoff_ms: vec![0.0, 0.0, 0.0, 1_000.0, 1_000.0, 20_000.0],
        conditions: vec!["server-side error".into()],
        retried: refusals(consumer),
        ..layer
    }
}
