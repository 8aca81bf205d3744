//! Event source mappings: functions that are given what stands in a queue or stream.

use super::queue::Redelivery;
use super::reader::{Reader, Subject};
use super::whom::Meant;
use crate::facts::address::{Setting, in_settings};
use crate::facts::cloud::kinds::Sort;
use crate::facts::{
    CallPolicy, Callers, Calls, Criticality, DependencyFact, Evidence, Interaction, Key, Layer, Origin, Providers,
    RetryLayer, Target,
};
use crate::source::Problem;
use std::sync::Arc;

/// Batches of an ActiveMQ broker that one mapping works on at once.
const ACTIVEMQ_CONCURRENCY: f64 = 5.0;

impl<'w> Reader<'w> {
    /// An event source mapping.
    pub fn mapping(&mut self, subject: &Subject<'w>) {
        const READ: &[&str] = &[
            "EventSourceArn",
            "FunctionName",
            "MaximumRetryAttempts",
            "MaximumRecordAgeInSeconds",
            "DestinationConfig",
            "ScalingConfig",
            "Enabled",
            "SelfManagedEventSource",
        ];
        const OTHERS: &[&str] = &[
            "BatchSize",
            "BisectBatchOnFunctionError",
            "FilterCriteria",
            "FunctionResponseTypes",
            "MaximumBatchingWindowInSeconds",
            "ParallelizationFactor",
            "Queues",
            "Topics",
            "StartingPosition",
            "StartingPositionTimestamp",
            "TumblingWindowInSeconds",
            "SourceAccessConfigurations",
        ];
        self.spelling(subject, READ, OTHERS);
        if subject.get("Enabled").is_some_and(|enabled| enabled.flag() == Some(false)) {
            return;
        }
        let Some(function) = subject.get("FunctionName") else { return };
        for function in self.whom(subject.stack, &function.text(), Some(Sort::Function)) {
            let Some(function) = function.key else { continue };
            self.sources(subject, &function);
            self.failures(subject, &function);
        }
    }

    fn sources(&mut self, subject: &Subject<'w>, function: &Key) {
        if let Some(source) = subject.get("EventSourceArn") {
            let text = source.text();
            for meant in self.whom(subject.stack, &text, None) {
                let layer = match meant.sort {
                    Some(Sort::Queue) => {
                        let place = text.resources().next().cloned().or_else(|| self.place_of(&meant));
                        let key = meant.key.clone();
                        let found = key.zip(place).and_then(|(key, place)| self.redelivery_of(&key, &place));
                        self.hidden_too_short(subject, function, found.as_ref());
                        found.and_then(|redelivery| redelivery.layer())
                    }
                    Some(Sort::Stream | Sort::Table) => Some(self.stream_layer(subject, source.evidence())),
                    _ => None,
                };
                self.batches(subject, function, &meant);
                let layers = |fact: DependencyFact| DependencyFact { retry: layer.iter().cloned().collect(), ..fact };
                self.depend_as(function, meant, Interaction::AsyncConsume, source.evidence(), layers);
            }
        }
        let servers = subject.get("SelfManagedEventSource");
        if let Some(servers) = servers.and_then(|s| s.path(&["Endpoints", "KafkaBootstrapServers"])) {
            let value = servers.texts().iter().map(|text| text.written()).collect::<Vec<_>>().join(",");
            for (_, found) in in_settings(&[Setting { key: "bootstrap.servers", value: &value }]) {
                let target = Target::Addresses { addresses: found.addresses, certain: found.certain };
                let (from, evidence) = (function.clone(), servers.evidence());
                self.facts.dependencies.push(DependencyFact::new(from, target, Interaction::AsyncConsume, evidence));
            }
        }
    }

    /// A queue that hides a message for less time than its function may take is refused as a source.
    fn hidden_too_short(&mut self, subject: &Subject<'w>, function: &Key, queue: Option<&Redelivery>) {
        let place = self.place_of(&Meant::component(function.clone(), Sort::Function));
        let resource = place.as_ref().and_then(|p| Some((p.stack, self.world.stack(p.stack)?.resource(&p.id)?)));
        let Some((stack, resource)) = resource else { return };
        let function = Subject { world: self.world, stack, resource };
        let timeout = super::component::timeout_ms(&function, &mut Vec::new());
        if let (Some(hidden), Some(timeout)) = (queue.and_then(|q| q.visibility_ms), timeout)
            && hidden < timeout
        {
            let reason = format!(
                "the queue hides a message for {} s, `{}` may take {} s: AWS refuses this mapping",
                hidden / 1000.0,
                function.resource.name,
                timeout / 1000.0
            );
            let remedy = "make the visibility timeout at least six times the function's timeout";
            self.facts.problems.push(Problem::new(subject.resource.at.at.clone(), reason).remedy(remedy));
        }
    }

    /// The place of a resource that was found by name.
    fn place_of(&self, meant: &Meant) -> Option<crate::facts::cloud::text::Place> {
        let key = meant.key.as_ref()?;
        let (stack, found) = self.world.stacks().find(|(_, s)| s.scope == key.scope)?;
        let resource = found.resources.values().find(|r| r.name == key.name && r.sort() == meant.sort)?;
        Some(crate::facts::cloud::text::Place { stack, id: resource.id.clone() })
    }

    /// A stream gives the same records again until the function is done with them or they are too old.
    fn stream_layer(&mut self, subject: &Subject<'w>, evidence: Evidence) -> RetryLayer {
        let problems = &mut self.facts.problems;
        let said = subject.get("MaximumRetryAttempts");
        let retries = said.as_ref().and_then(|n| n.number(-1.0, "number of retries", problems));
        let age = subject.get("MaximumRecordAgeInSeconds").and_then(|n| n.number(-1.0, "number of seconds", problems));
        let layer = match (retries, said) {
            (Some(retries), Some(said)) if retries >= 0.0 => {
                RetryLayer::new(Layer::Platform, retries as u32 + 1, Origin::Explicit, said.evidence())
            }
            (Some(_), Some(said)) => RetryLayer::new(Layer::Platform, 1, Origin::Explicit, said.evidence()).unlimited(),
            _ => RetryLayer::new(Layer::Platform, 1, Origin::PlatformDefault, evidence).unlimited(),
        };
        RetryLayer { timeout_ms: age.filter(|s| *s >= 0.0).map(|s| s * 1000.0), ..layer }
    }

    /// How many batches a mapping works on at once.
    fn batches(&mut self, subject: &Subject<'w>, function: &Key, meant: &Meant) {
        let said = subject.get("ScalingConfig");
        let limit = match (&said, meant.sort) {
            (Some(block), _) => {
                block.only(&["MaximumConcurrency"], &mut self.facts.problems);
                let number = block.get("MaximumConcurrency");
                number.and_then(|n| {
                    Some((n.number(2.0, "number from 2 to 1000", &mut self.facts.problems)?, n.evidence()))
                })
            }
            (None, Some(Sort::Broker)) if self.is_activemq(meant) => {
                Some((ACTIVEMQ_CONCURRENCY, subject.resource.at.clone()))
            }
            _ => None,
        };
        let (Some((limit, evidence)), Some(source)) = (limit, &meant.key) else { return };
        let callers = Callers::Components(Arc::new([function.clone()].into()));
        let providers = Providers::Components(Arc::new([source.clone()].into()));
        let mut policy = CallPolicy::new(function.scope.clone(), Layer::Queue, callers, providers, evidence);
        policy.calls = Calls::All;
        policy.max_concurrent = Some(limit);
        self.facts.policies.push(policy);
    }

    fn is_activemq(&self, meant: &Meant) -> bool {
        let engine = self.place_of(meant).and_then(|place| {
            let resource = self.world.stack(place.stack)?.resource(&place.id)?;
            let (node, _) = resource.get("EngineType")?;
            node.text().map(str::to_ascii_uppercase)
        });
        engine.as_deref() == Some("ACTIVEMQ")
    }

    /// Batches that a function gives up on go here.
    fn failures(&mut self, subject: &Subject<'w>, function: &Key) {
        let end = subject.get("DestinationConfig").and_then(|d| d.get("OnFailure"));
        let target = end.and_then(|end| end.items().into_iter().next()).and_then(|end| end.get("Destination"));
        let Some(target) = target else { return };
        for meant in self.whom(subject.stack, &target.text(), Some(Sort::Queue)) {
            let soft = |fact: DependencyFact| fact.criticality(Criticality::Soft);
            self.depend_as(function, meant, Interaction::AsyncPublish, target.evidence(), soft);
        }
    }
}
