//! Resources as components: what they are called, and the numbers that they state.

use super::queue::redelivery;
use super::reader::{Reader, Subject};
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::stack::Tool;
use crate::facts::cloud::text::Place;
use crate::facts::{
    Class, ComponentFact, DependencyFact, EntryFact, EntryOrigin, Evidence, Interaction, Key, Settings, Target,
};
use crate::source::Problem;

/// Seconds that a function may take where nothing says so.
const TIMEOUT_S: f64 = 3.0;
/// The same where the Serverless Framework deploys it.
const SERVERLESS_TIMEOUT_S: f64 = 6.0;

/// How long a function may take.
pub(super) fn timeout_ms(function: &Subject<'_>, problems: &mut Vec<Problem>) -> Option<f64> {
    let serverless = function.world.stack(function.stack).is_some_and(|s| s.tool == Tool::Serverless);
    let default = if serverless { SERVERLESS_TIMEOUT_S } else { TIMEOUT_S };
    let seconds = match function.get("Timeout") {
        Some(said) => said.number(1.0, "number of seconds", problems),
        None => Some(default),
    };
    seconds.map(|s| s * 1000.0)
}

impl<'w> Reader<'w> {
    /// A resource as a component, if it is one.
    pub fn component(&mut self, subject: &Subject<'w>) {
        let (Some(sort), Some(key)) = (subject.resource.sort(), subject.key()) else { return };
        let place = Place { stack: subject.stack, id: subject.resource.id.clone() };
        let itself = self.world.component(&place).is_some_and(|(found, _)| found == key);
        let idle_rule = &*subject.resource.of == "AWS::Events::Rule"
            && (subject.get("EventPattern").is_none() || subject.resource.implied);
        let unused = (sort.only_if_used() || idle_rule) && !self.used.contains(&key);
        if sort == Sort::Api || !itself || unused {
            return;
        }
        let mut fact = ComponentFact::new(key.clone(), sort.kind(), subject.resource.at.clone());
        fact.kind_stated = true;
        fact.aliases = self.world.aliases(subject.stack, &subject.resource.id);
        match sort {
            Sort::Function if &*subject.resource.of == "AWS::Lambda::Function" => {
                self.function_numbers(subject, &mut fact)
            }
            Sort::StateMachine => self.machine_numbers(subject, &mut fact),
            Sort::Queue => fact.settings = redelivery(subject, &mut self.facts.problems).settings(),
            Sort::Stream => self.stream_numbers(subject, &mut fact),
            Sort::Database | Sort::Cache | Sort::Search | Sort::Broker => self.store_numbers(subject, &mut fact),
            Sort::Containers => self.container_numbers(subject, &mut fact),
            _ => {}
        }
        self.region(subject, &key);
        self.facts.components.push(fact);
    }

    fn function_numbers(&mut self, subject: &Subject<'w>, fact: &mut ComponentFact) {
        #[rustfmt::skip]
        const READ: &[&str] = &["Timeout", "ReservedConcurrentExecutions", "Environment", "DeadLetterConfig", "VpcConfig",
            "FunctionUrlConfig", "EventInvokeConfig", "ProvisionedConcurrencyConfig", "DeadLetterQueue", "Events",
            "Policies"];
        #[rustfmt::skip]
        const OTHERS: &[&str] = &["Architectures", "AutoPublishAlias", "Code", "CodeSigningConfigArn", "CodeUri",
            "DeploymentPreference", "Description", "EphemeralStorage", "FileSystemConfigs", "FunctionName",
            "Handler", "ImageConfig", "ImageUri", "InlineCode", "KmsKeyArn", "Layers", "LoggingConfig", "MemorySize",
            "PackageType", "PermissionsBoundary", "Role", "RolePath", "Runtime", "RuntimeManagementConfig",
            "SnapStart", "Tags", "Tracing", "TracingConfig", "VersionDescription", "RecursiveLoop", "TenancyConfig"];
        self.spelling(subject, READ, OTHERS);
        fact.settings = Settings { timeout_ms: timeout_ms(subject, &mut self.facts.problems), ..Settings::default() };
        if let Some(reserved) = subject.get("ReservedConcurrentExecutions") {
            // What is wrong with it is said where the pool is.
            fact.settings.capacity_concurrency = reserved.number(0.0, "number", &mut Vec::new());
            if fact.settings.capacity_concurrency == Some(0.0) {
                fact.replicas = Some(crate::facts::Assumable::explicit(0, reserved.evidence()));
            }
        }
        let variables = subject.get("Environment").and_then(|e| e.get("Variables"));
        fact.service_name = variables.and_then(|v| v.get("OTEL_SERVICE_NAME")).and_then(|n| n.known()).map(Into::into);
        let url = subject.get("FunctionUrlConfig").map(|url| url.evidence());
        if let Some(evidence) = url.or_else(|| self.urls.get(&fact.key).cloned()) {
            fact.entry = Some(EntryFact { origin: EntryOrigin::ApiEvent, weight: None, evidence });
        }
    }

    fn stream_numbers(&mut self, subject: &Subject<'w>, fact: &mut ComponentFact) {
        let said = subject.get("RetentionPeriodHours");
        let hours = match said {
            Some(said) => said.number(1.0, "number of hours", &mut self.facts.problems),
            None => Some(24.0),
        };
        fact.settings.retention_ms = hours.map(|h| h * 3_600_000.0);
    }

    /// What the platform runs in a region goes with the region, if the file says which.
    fn region(&mut self, subject: &Subject<'w>, key: &Key) {
        let Some((region, evidence)) = self.world.stack(subject.stack).and_then(|s| s.region.clone()) else { return };
        let region = Target::Component(Key::global(Class::Region, &region));
        let fact = DependencyFact::new(key.clone(), region, Interaction::PlacedOn, Evidence { ..evidence });
        self.facts.dependencies.push(fact);
    }
}
