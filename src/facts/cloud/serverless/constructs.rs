//! What plugins add to a service: constructs of Lift, state machines of the Step Functions plugin.

use super::{Service, normalised};
use crate::facts::Evidence;
use crate::facts::cloud::resource::{Property, Resource, list, mapping, reference, scalar};
use crate::parse::{Node, Value};
use std::sync::Arc;

/// Times that a worker is given a message unless its queue says otherwise.
const LIFT_RECEIVES: &str = "3";
/// A queue hides a message for so many timeouts of its worker.
const LIFT_TIMEOUTS: f64 = 6.0;
/// Seconds that a worker may take unless somebody says otherwise.
const TIMEOUT_S: f64 = 6.0;
/// Seconds that a dead letter is kept: fourteen days.
const LETTERS_S: &str = "1209600";

impl Service<'_> {
    /// Adds the constructs.
    pub(super) fn constructs(&mut self) {
        let constructs: Vec<(String, Node, Node)> = self
            .root
            .get("constructs")
            .into_iter()
            .flat_map(Node::fields)
            .map(|(name, at, construct)| (name.to_owned(), at.clone(), construct.clone()))
            .collect();
        for (name, at, construct) in constructs {
            let at = Evidence::new(at.at(), format!("constructs.{name}"));
            let bare = |of: &str| Resource::lowered(&name, of, at.clone(), Vec::new());
            match construct.str("type") {
                Some("queue") => self.queue(&name, &at, &construct),
                Some("storage") => self.stack.add(bare("AWS::S3::Bucket")),
                Some("database/dynamodb-single-table") => self.stack.add(bare("AWS::DynamoDB::Table")),
                Some("webhook") => self.webhook(&name, &at, &construct),
                Some("static-website" | "single-page-app" | "server-side-website") => {
                    self.website(&name, &at, &construct);
                }
                _ => {}
            }
        }
    }

    /// A queue with its worker and the queue for what the worker cannot do.
    fn queue(&mut self, name: &str, at: &Evidence, construct: &Node) {
        let letters = format!("{name}Dlq");
        let here = || at.at.clone();
        let kept = Property::new("MessageRetentionPeriod", at.field.clone(), scalar(here(), LETTERS_S));
        self.stack.add(Resource::lowered(&letters, "AWS::SQS::Queue", at.clone(), vec![kept]));

        let said = construct.get("maxRetries");
        let count = said.cloned().unwrap_or_else(|| scalar(here(), LIFT_RECEIVES));
        let target = reference(here(), &letters);
        let field: Arc<str> = format!("{}.maxRetries", at.field).into();
        let policy = mapping(count.at(), [("deadLetterTargetArn", target), ("maxReceiveCount", count)]);
        let worker = construct.get("worker");
        let timeout = worker.and_then(|w| w.get("timeout")).or_else(|| self.root.path(&["provider", "timeout"]));
        let timeout = timeout.map_or(Some(TIMEOUT_S), Node::float);
        let batching = construct.get("maxBatchingWindow").map_or(Some(0.0), Node::float);
        let mut properties = vec![Property::new("RedrivePolicy", field, policy)];
        if let (Some(timeout), Some(batching)) = (timeout, batching) {
            let hidden = scalar(here(), format!("{}", LIFT_TIMEOUTS * timeout + batching));
            properties.push(Property::new("VisibilityTimeout", at.field.clone(), hidden));
        }
        let queue = Resource::lowered(name, "AWS::SQS::Queue", at.clone(), properties);
        self.stack.add(Resource { implied: said.is_none(), ..queue });

        let Some(worker) = worker.filter(|w| !w.entries().is_empty()) else { return };
        let key = format!("{name}Worker");
        let evidence = Evidence::new(worker.at(), format!("{}.worker", at.field));
        self.function(&key, evidence.clone(), worker);
        let target = reference(here(), &format!("{}LambdaFunction", normalised(&key)));
        let field = evidence.field.clone();
        let mut mapping_of = vec![
            Property::new("FunctionName", field.clone(), target),
            Property::new("EventSourceArn", field.clone(), reference(worker.at(), name)),
        ];
        if let Some(limit) = construct.get("maxConcurrency") {
            let block = mapping(limit.at(), [("MaximumConcurrency", limit.clone())]);
            mapping_of.push(Property::new("ScalingConfig", format!("{}.maxConcurrency", at.field), block));
        }
        let id = format!("{name}WorkerMapping");
        self.stack.add(Resource::lowered(&id, "AWS::Lambda::EventSourceMapping", evidence, mapping_of));
    }

    /// An address that puts what it is sent on a bus of its own.
    fn webhook(&mut self, name: &str, at: &Evidence, construct: &Node) {
        let here = || at.at.clone();
        let api = format!("{name}Api");
        self.stack.add(Resource::lowered(name, "AWS::Events::EventBus", at.clone(), Vec::new()));
        self.stack.add(Resource::implied(&api, "AWS::ApiGatewayV2::Api", at.clone(), Vec::new()));
        let path = construct.get("path").cloned().unwrap_or_else(|| scalar(here(), "/"));
        let method = construct.get("method").cloned().unwrap_or_else(|| scalar(here(), "POST"));
        let mut route = vec![
            ("Api", reference(here(), &api)),
            ("Path", path),
            ("Method", method),
            ("Function", reference(here(), name)),
        ];
        if let Some(guard) = construct.path(&["authorizer", "handler"]).and(construct.get("authorizer")) {
            let key = format!("{name}Authorizer");
            let evidence = Evidence::new(guard.at(), format!("{}.authorizer", at.field));
            self.function(&key, evidence, guard);
            route.push(("Authorizer", reference(here(), &format!("{}LambdaFunction", normalised(&key)))));
        }
        self.stack.add(Resource::implied(&format!("{name}Route"), "AWS::Serverless::Route", at.clone(), route));
    }

    /// A distribution in front of a bucket, or of the service's API too.
    fn website(&mut self, name: &str, at: &Evidence, construct: &Node) {
        let here = || at.at.clone();
        let bucket = format!("{name}Bucket");
        self.stack.add(Resource::lowered(&bucket, "AWS::S3::Bucket", at.clone(), Vec::new()));
        let mut origins = vec![mapping(here(), [("DomainName", reference(here(), &bucket))])];
        if construct.str("type") == Some("server-side-website") {
            let api = if construct.str("apiGateway") == Some("rest") { "ApiGatewayRestApi" } else { "HttpApi" };
            origins.push(mapping(here(), [("DomainName", reference(here(), api))]));
        }
        let origins = Node::new(here(), None, Value::Sequence(origins));
        let config = mapping(here(), [("Origins", origins)]);
        let properties = vec![("DistributionConfig", config)];
        self.stack.add(Resource::implied(name, "AWS::CloudFront::Distribution", at.clone(), properties));
    }

    /// Adds the state machines of the Step Functions plugin, with their events.
    pub(super) fn machines(&mut self) {
        let machines: Vec<(String, Node, Node)> = self
            .root
            .path(&["stepFunctions", "stateMachines"])
            .into_iter()
            .flat_map(Node::fields)
            .map(|(name, at, machine)| (name.to_owned(), at.clone(), machine.clone()))
            .collect();
        for (name, at, machine) in machines {
            let field = format!("stepFunctions.stateMachines.{name}");
            let at = Evidence::new(at.at(), field.clone());
            let mut properties = Vec::new();
            for (own, common) in [("definition", "Definition"), ("name", "StateMachineName"), ("role", "Role")] {
                let node = machine.get(own).cloned();
                properties.extend(node.map(|node| Property::new(common, format!("{field}.{own}"), node)));
            }
            if let Some(statements) = machine.get("iamRoleStatements") {
                let document = mapping(statements.at(), [("Statement", statements.clone())]);
                let field = format!("{field}.iamRoleStatements");
                properties.push(Property::new("Policies", field, list(statements.at(), vec![document])));
            }
            let id = machine
                .str("id")
                .map_or_else(|| format!("{}StepFunctionsStateMachine", normalised(&name)), str::to_owned);
            let resource = Resource::lowered(&id, "AWS::StepFunctions::StateMachine", at, properties);
            self.stack.ids.entry(name.as_str().into()).or_insert_with(|| id.as_str().into());
            self.stack.add(Resource { name: name.as_str().into(), ..resource });
            self.events_of("stepFunctions", &name, &id, &machine, None);
        }
    }
}
