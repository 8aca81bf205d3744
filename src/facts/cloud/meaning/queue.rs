//! Queues: how often they deliver a message, how long they hide and keep it, and where it goes in the end.

use super::reader::{Reader, Subject};
use crate::facts::cloud::field::misspelt;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::text::Place;
use crate::facts::{Criticality, DependencyFact, Evidence, Interaction, Key, Layer, Origin, RetryLayer, Settings};
use crate::source::Problem;

/// Deliveries where a redrive policy does not say how many.
const RECEIVES: f64 = 10.0;
/// Seconds that a delivered message is hidden.
const VISIBILITY_S: f64 = 30.0;
/// Seconds that a message is kept: four days.
const RETENTION_S: f64 = 345_600.0;

/// What a queue does with messages that nobody finishes.
#[derive(Clone, Debug)]
pub(super) struct Redelivery {
    /// Deliveries before it gives up, infinite if it never does; `None` if only a deployment knows.
    pub deliveries: Option<f64>,
    pub explicit: bool,
    pub dead_letter: bool,
    pub visibility_ms: Option<f64>,
    pub retention_ms: Option<f64>,
    pub evidence: Evidence,
}

impl Redelivery {
    /// The layer that it is on the edge from a consumer.
    pub fn layer(&self) -> Option<RetryLayer> {
        let deliveries = self.deliveries?;
        let origin = if self.explicit { Origin::Explicit } else { Origin::PlatformDefault };
        let layer = RetryLayer::new(Layer::Queue, deliveries as u32, origin, self.evidence.clone());
        let layer = if deliveries.is_finite() { layer } else { layer.unlimited() };
        Some(RetryLayer {
            timeout_ms: self.retention_ms.filter(|_| deliveries.is_infinite()),
            backoff_ms: self.visibility_ms.into_iter().collect(),
            ..layer
        })
    }

    /// What it says of the queue as a component.
    pub fn settings(&self) -> Settings {
        Settings {
            deliveries: self.deliveries,
            dead_letter: Some(self.dead_letter),
            retention_ms: self.retention_ms,
            visibility_ms: self.visibility_ms,
            ..Settings::default()
        }
    }
}

/// What a queue states, or the platform does where it states nothing.
pub(super) fn redelivery(subject: &Subject<'_>, problems: &mut Vec<Problem>) -> Redelivery {
    let mut seconds = |property: &str, default: f64| match subject.get(property) {
        Some(said) => said.number(0.0, "number of seconds", problems).map(|s| s * 1000.0),
        None => Some(default * 1000.0),
    };
    let (visibility_ms, retention_ms) =
        (seconds("VisibilityTimeout", VISIBILITY_S), seconds("MessageRetentionPeriod", RETENTION_S));
    let evidence = subject.resource.at.clone();
    let none = Redelivery {
        deliveries: Some(f64::INFINITY),
        explicit: false,
        dead_letter: false,
        visibility_ms,
        retention_ms,
        evidence,
    };
    let Some(said) = subject.get("RedrivePolicy") else { return none };
    let Some(policy) = said.object() else {
        // There is a policy, and only a deployment knows what it says.
        return Redelivery { deliveries: None, dead_letter: true, evidence: said.evidence(), ..none };
    };
    policy.only(&["deadLetterTargetArn", "maxReceiveCount"], problems);
    let count = policy.get("maxReceiveCount");
    let said = count.as_ref().and_then(|n| n.number(1.0, "number of deliveries", problems));
    let evidence = count.as_ref().map_or_else(|| policy.evidence(), |n| n.evidence());
    let deliveries = Some(said.unwrap_or(RECEIVES)).filter(|_| said.is_some() || count.is_none());
    Redelivery {
        deliveries,
        explicit: said.is_some() && !subject.resource.implied,
        dead_letter: true,
        evidence,
        ..none
    }
}

impl<'w> Reader<'w> {
    /// Where a queue puts what it gives up on.
    pub fn queue(&mut self, subject: &Subject<'w>) {
        const READ: &[&str] = &["RedrivePolicy", "VisibilityTimeout", "MessageRetentionPeriod", "QueueName"];
        const OTHERS: &[&str] = &[
            "RedriveAllowPolicy",
            "ReceiveMessageWaitTimeSeconds",
            "DelaySeconds",
            "FifoQueue",
            "FifoThroughputLimit",
            "DeduplicationScope",
            "KmsMasterKeyId",
            "Tags",
            "MaximumMessageSize",
        ];
        self.spelling(subject, READ, OTHERS);
        let Some(key) = subject.key() else { return };
        let Some(policy) = subject.get("RedrivePolicy") else { return };
        let Some(target) = policy.object().map_or(Some(policy), |policy| policy.get("deadLetterTargetArn")) else {
            return;
        };
        for meant in self.whom(subject.stack, &target.text(), Some(Sort::Queue)) {
            let soft = |fact: DependencyFact| fact.criticality(Criticality::Soft);
            self.depend_as(&key, meant, Interaction::AsyncPublish, target.evidence(), soft);
        }
    }

    /// Reports properties of a resource that are nearly one of those that are read.
    pub fn spelling(&mut self, subject: &Subject<'w>, read: &[&str], others: &[&str]) {
        if let crate::facts::cloud::resource::Properties::Written(Some(node)) = &subject.resource.properties {
            let keys = node.fields().map(|(key, at, _)| (key, at));
            let what = format!("property of `{}`", subject.resource.id);
            misspelt(keys, read, others, &what, &mut self.facts.problems);
        }
    }

    /// The redelivery of a queue that the input declares.
    pub fn redelivery_of(&self, key: &Key, place: &Place) -> Option<Redelivery> {
        let resource = self.world.stack(place.stack)?.resource(&place.id)?;
        let subject = Subject { world: self.world, stack: place.stack, resource };
        let same = &*resource.of == "AWS::SQS::Queue" && subject.key().as_ref() == Some(key);
        // What is wrong with the queue is reported where the queue is read.
        same.then(|| redelivery(&subject, &mut Vec::new()))
    }
}
