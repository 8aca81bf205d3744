//! What is known while the resources of all stacks are read.

use super::api::Apis;
use super::grant::Grants;
use super::whom::Meant;
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::resource::Resource;
use crate::facts::cloud::text::Place;
use crate::facts::cloud::world::World;
use crate::facts::{ComponentFact, Confidence, DependencyFact, Evidence, Facts, Interaction, Key, Plane, Target};
use crate::source::{Files, Location};
use std::collections::{BTreeMap, BTreeSet};

/// What the user says of the platform.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// Functions of one account that may run at once, if it is not the default quota.
    pub concurrency: Option<f64>,
    /// Tries of the provider's SDK, the first included, if it is not its standard mode.
    pub sdk_tries: Option<u32>,
}

/// Facts in the making.
pub(super) struct Reader<'w> {
    pub world: &'w World,
    pub files: &'w dyn Files,
    pub options: Options,
    pub facts: Facts,
    pub apis: Apis,
    pub grants: Grants,
    /// Components that something refers to.
    pub used: BTreeSet<Key>,
    /// Components that only references know of.
    pub outside: BTreeMap<Key, ComponentFact>,
    /// Whom each component calls through the provider's SDK, and from whom it only receives.
    pub called: BTreeMap<Key, BTreeSet<Key>>,
    pub consumed: BTreeMap<Key, BTreeSet<Key>>,
    /// Tries that a component's settings give the provider's SDK, and those whose SDK is in its old mode.
    pub sdk: BTreeMap<Key, (u32, Evidence)>,
    pub sdk_legacy: BTreeSet<Key>,
    /// Functions and containers that have the SDK's retries of 2026.
    pub sdk_2026: BTreeSet<Key>,
    /// Components that run containers.
    pub containers: BTreeSet<Key>,
    /// How many components have a variable, by the place of its value.
    pub variables: BTreeMap<Location, u32>,
    /// Functions with an address of their own.
    pub urls: BTreeMap<Key, Evidence>,
    /// Where components are declared.
    pub places: BTreeMap<Key, Evidence>,
    /// What functions do with events that they are not waited for.
    pub invocations: BTreeMap<Key, super::invoke::Invocations>,
    /// Functions and what they say of their share of the account's concurrency.
    pub functions: BTreeMap<Key, super::concurrency::Share>,
}

/// A resource that is being read, with its stack and the component that it is.
#[derive(Clone)]
pub(super) struct Subject<'w> {
    pub world: &'w World,
    pub stack: usize,
    pub resource: &'w Resource,
}

impl<'w> Subject<'w> {
    /// A property.
    pub fn get(&self, property: &str) -> Option<Field<'w>> {
        Field::of(self.world, self.stack, self.resource, property)
    }

    /// Where it is among all resources.
    pub fn place(&self) -> Place {
        Place { stack: self.stack, id: self.resource.id.clone() }
    }

    /// The component that it is.
    pub fn key(&self) -> Option<Key> {
        let sort = self.resource.sort()?;
        Some(self.world.stack(self.stack)?.key(sort.kind().class(), &self.resource.name))
    }
}

/// The facts of a world.
pub(in crate::facts::cloud) fn read(world: &World, files: &dyn Files, options: Options) -> Facts {
    let mut reader = Reader {
        world,
        files,
        options,
        facts: Facts::default(),
        apis: Apis::default(),
        grants: Grants::default(),
        used: BTreeSet::new(),
        outside: BTreeMap::new(),
        called: BTreeMap::new(),
        consumed: BTreeMap::new(),
        sdk: BTreeMap::new(),
        sdk_legacy: BTreeSet::new(),
        sdk_2026: BTreeSet::new(),
        containers: BTreeSet::new(),
        variables: BTreeMap::new(),
        urls: BTreeMap::new(),
        places: BTreeMap::new(),
        invocations: BTreeMap::new(),
        functions: BTreeMap::new(),
    };
    let subjects: Vec<Subject<'_>> = world
        .stacks()
        .flat_map(|(stack, s)| s.resources.values().map(move |resource| Subject { world, stack, resource }))
        .collect();
    for subject in &subjects {
        if let Some(key) = subject.key() {
            reader.places.insert(key, subject.resource.at.clone());
        }
        reader.routes(subject);
        reader.granted(subject);
        reader.count_variables(subject);
        reader.asynchronous(subject);
    }
    reader.entries();
    for subject in &subjects {
        reader.dependencies(subject);
    }
    reader.permissions();
    reader.concurrency();
    for subject in &subjects {
        reader.component(subject);
    }
    let outside = std::mem::take(&mut reader.outside);
    reader.facts.components.extend(outside.into_values());
    // Which of the providers are tables is known when all components are.
    reader.libraries();
    reader.facts.names.extend(world.names_for_others());
    for (_, stack) in world.stacks() {
        reader.facts.namespaces.insert((stack.scope.clone(), stack.name.clone()));
    }
    reader.facts
}

impl<'w> Reader<'w> {
    /// What a resource needs.
    fn dependencies(&mut self, subject: &Subject<'w>) {
        match &*subject.resource.of {
            "AWS::Lambda::Function" => self.function(subject),
            "Other::Function" => self.foreign_function(subject),
            "AWS::Lambda::EventSourceMapping" => self.mapping(subject),
            "AWS::Lambda::EventInvokeConfig" => self.invocations(subject),
            "AWS::SQS::Queue" => self.queue(subject),
            "AWS::SNS::Subscription" => self.subscription(subject),
            "AWS::SNS::Topic" => self.subscriptions(subject),
            "AWS::S3::Bucket" => self.bucket(subject),
            "AWS::S3::Notification" => self.bucket_notification(subject),
            "AWS::Events::Rule" => self.rule(subject),
            "AWS::IoT::TopicRule" => self.device_rule(subject),
            "AWS::Logs::SubscriptionFilter" => self.log_filter(subject),
            "AWS::Pipes::Pipe" => self.pipe(subject),
            "AWS::KinesisFirehose::DeliveryStream" => self.delivery_stream(subject),
            "AWS::Cognito::UserPool" => self.user_pool(subject),
            "AWS::Cognito::UserPoolTrigger" => self.user_pool_trigger(subject),
            "AWS::StepFunctions::StateMachine" => self.state_machine(subject),
            "AWS::ECS::Service" => self.containers(subject),
            "AWS::RDS::DBProxyTargetGroup" => self.behind_proxy(subject),
            "AWS::Serverless::Connector" => self.connector(subject),
            _ => {}
        }
    }

    /// Takes down that one component needs another. Several meanings of one value are several needs.
    pub fn depend(&mut self, from: &Key, meant: Meant, interaction: Interaction, evidence: Evidence) {
        self.depend_as(from, meant, interaction, evidence, |fact| fact);
    }

    /// The same with more to say about it.
    pub fn depend_as(
        &mut self,
        from: &Key,
        meant: Meant,
        interaction: Interaction,
        evidence: Evidence,
        more: impl Fn(DependencyFact) -> DependencyFact,
    ) {
        let confidence = if meant.inferred { Confidence::Inferred } else { Confidence::Declared };
        let (interaction, plane) = match meant.sort {
            Some(Sort::Secret | Sort::Setting) => (Interaction::Mount, Plane::Startup),
            Some(Sort::Files) => (Interaction::Mount, Plane::Runtime),
            Some(Sort::Log) => (interaction, Plane::Telemetry),
            _ => (interaction, Plane::Runtime),
        };
        for target in self.targets(from, &meant) {
            let to = match &target {
                Target::Component(key) => Some(key.clone()),
                _ => meant.key.clone(),
            };
            if to.as_ref() == Some(from) {
                continue;
            }
            if let Some(to) = to {
                let of_caller = match interaction {
                    Interaction::AsyncConsume => &mut self.consumed,
                    _ => &mut self.called,
                };
                if plane == Plane::Runtime && meant.sort.is_some_and(Sort::behind_sdk) {
                    of_caller.entry(from.clone()).or_default().insert(to.clone());
                }
                self.used.insert(to);
            }
            let fact = DependencyFact::new(from.clone(), target, interaction, evidence.clone());
            self.facts.dependencies.push(more(fact.plane(plane).confidence(confidence)));
        }
    }

    /// Whom something means to a dependent: an API is the entries that it has.
    fn targets(&self, from: &Key, meant: &Meant) -> Vec<Target> {
        match (&meant.target, meant.sort) {
            (Target::Component(key), Some(Sort::Api)) => {
                self.apis.entries_for(from, key).into_iter().map(Target::Component).collect()
            }
            (target, _) => vec![target.clone()],
        }
    }
}
