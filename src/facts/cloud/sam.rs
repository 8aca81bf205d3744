//! SAM: what its types and events are in CloudFormation.

use super::resource::{Properties, Resource, list, mapping, reference, scalar};
use super::stack::Stack;
use crate::facts::Evidence;
use crate::parse::{Node, Value};
use crate::source::{Problem, unknown};
use std::sync::Arc;

/// SAM's types, and those that they become.
const TYPES: &[(&str, &str)] = &[
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
    ("AWS::Serverless::Application", "AWS::CloudFormation::Stack"),
    ("AWS::Serverless::GraphQLApi", "AWS::AppSync::GraphQLApi"),
    ("AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion"),
    ("AWS::Serverless::Connector", "AWS::Serverless::Connector"),
];

/// Whether SAM gives a type its meaning.
pub(super) fn is_type(of: &str) -> bool {
    TYPES.iter().any(|(sam, _)| *sam == of)
}

/// Puts all SAM resources of a stack into CloudFormation's words, and adds those that their events imply.
pub(super) fn expand(stack: &mut Stack, globals: Option<&Node>, problems: &mut Vec<Problem>) {
    let ids: Vec<Arc<str>> = stack.resources.keys().cloned().collect();
    for id in ids {
        let Some(resource) = stack.resources.get_mut(&id) else { continue };
        let Some((sam, plain)) = TYPES.iter().find(|(sam, _)| *sam == &*resource.of) else { continue };
        resource.of = (*plain).into();
        let Properties::Written(written) = &resource.properties else { continue };
        let written = written.clone().unwrap_or_else(|| mapping(resource.at.at.clone(), []));
        let section = sam.rsplit("::").next().unwrap_or_default();
        let merged = merge(globals.and_then(|g| g.get(section)), &written);
        let merged = renamed(&merged, sam);
        resource.properties = Properties::Written(Some(merged.clone()));
        let at = resource.at.clone();
        for (name, _, event) in merged.get("Events").into_iter().flat_map(Node::fields) {
            Event { stack, owner: &id, name, event, problems }.expand();
        }
        invocations(stack, &id, &merged, &at);
        data_sources(stack, &id, &merged);
    }
}

/// `Globals` under a resource's own properties: mappings are merged, the resource's word holds.
fn merge(globals: Option<&Node>, own: &Node) -> Node {
    let Some(globals) = globals else { return own.clone() };
    if globals.entries().is_empty() || own.entries().is_empty() || own.tag().is_some() {
        return if own.entries().is_empty() && own.text().is_none() { globals.clone() } else { own.clone() };
    }
    let mut entries: Vec<(Node, Node)> = Vec::new();
    for (key, value) in own.entries() {
        let merged = match key.text().and_then(|key| globals.get(key)) {
            Some(global) if !value.entries().is_empty() => merge(Some(global), value),
            _ => value.clone(),
        };
        entries.push((key.clone(), merged));
    }
    let more = globals.entries().iter().filter(|(key, _)| key.text().is_some_and(|key| own.get(key).is_none()));
    entries.extend(more.cloned());
    own.with_value(Value::Mapping(entries))
}

/// Properties under CloudFormation's names.
fn renamed(node: &Node, sam: &str) -> Node {
    let names: &[(&str, &str)] = match sam {
        "AWS::Serverless::StateMachine" => &[("Name", "StateMachineName")],
        "AWS::Serverless::Application" => &[("Location", "TemplateURL")],
        "AWS::Serverless::Function" => &[("DeadLetterQueue", "DeadLetterConfig")],
        _ => &[],
    };
    let mut entries: Vec<(Node, Node)> = Vec::new();
    for (key, value) in node.entries() {
        let new = key.text().and_then(|key| names.iter().find(|(old, _)| *old == key));
        match new {
            Some((_, "DeadLetterConfig")) => {
                let target = value.get("TargetArn").cloned().into_iter().map(|target| ("TargetArn", target));
                entries.push((scalar(key.at(), "DeadLetterConfig"), mapping(value.at(), target)));
            }
            Some((_, new)) => entries.push((scalar(key.at(), *new), value.clone())),
            None => entries.push((key.clone(), value.clone())),
        }
    }
    if sam == "AWS::Serverless::HttpApi" {
        entries.push((scalar(node.at(), "ProtocolType"), scalar(node.at(), "HTTP")));
    }
    node.with_value(Value::Mapping(entries))
}

/// `EventInvokeConfig` of a function.
fn invocations(stack: &mut Stack, id: &Arc<str>, properties: &Node, at: &Evidence) {
    let Some(config) = properties.get("EventInvokeConfig").filter(|c| !c.entries().is_empty()) else { return };
    let function = (scalar(config.at(), "FunctionName"), reference(config.at(), id));
    let entries = config.entries().iter().cloned().chain([function]).collect();
    let node = config.with_value(Value::Mapping(entries));
    let evidence = Evidence::new(config.at(), at.field.clone());
    stack.add(Resource::written(
        &format!("{id}EventInvokeConfig"),
        "AWS::Lambda::EventInvokeConfig",
        evidence,
        Some(node),
    ));
}

/// The data sources of a GraphQL API: each is behind it.
fn data_sources(stack: &mut Stack, id: &Arc<str>, properties: &Node) {
    for (sort, end) in [("DynamoDb", "TableName"), ("Lambda", "FunctionArn")] {
        let sources = properties.path(&["DataSources", sort]).into_iter().flat_map(Node::fields);
        let sources: Vec<(String, Node)> = sources.map(|(name, _, source)| (name.to_owned(), source.clone())).collect();
        for (name, source) in sources {
            let Some(target) = source.get(end).or_else(|| source.get("TableArn")) else { continue };
            let at = Evidence::new(target.at(), format!("DataSources.{name}"));
            let properties = vec![
                ("Api", reference(target.at(), id)),
                ("Path", scalar(target.at(), name.as_str())),
                ("Function", target.clone()),
            ];
            stack.add(Resource::implied(&format!("{id}{name}DataSource"), "AWS::Serverless::Route", at, properties));
        }
    }
}

/// An event of a function or state machine.
struct Event<'a> {
    stack: &'a mut Stack,
    owner: &'a Arc<str>,
    name: &'a str,
    event: &'a Node,
    problems: &'a mut Vec<Problem>,
}

const EVENTS: &[&str] = &[
    "Api",
    "HttpApi",
    "SQS",
    "SNS",
    "S3",
    "Kinesis",
    "DynamoDB",
    "MSK",
    "MQ",
    "DocumentDB",
    "SelfManagedKafka",
    "EventBridgeRule",
    "CloudWatchEvent",
    "Schedule",
    "ScheduleV2",
    "CloudWatchLogs",
    "Cognito",
    "IoTRule",
    "AlexaSkill",
];

impl Event<'_> {
    fn at(&self) -> Evidence {
        let field = format!("Resources.{}.Events.{}", self.owner, self.name);
        let node = self.event.get("Type").unwrap_or(self.event);
        Evidence::new(node.at(), field)
    }

    fn add(&mut self, suffix: &str, of: &str, properties: Vec<(&str, Node)>) {
        let (id, at) = (format!("{}{}{suffix}", self.owner, self.name), self.at());
        self.stack.add(Resource::implied(&id, of, at, properties));
    }

    fn owner(&self) -> Node {
        reference(self.event.at(), self.owner)
    }

    fn expand(mut self) {
        let Some(sort) = self.event.str("Type") else { return };
        let empty = mapping(self.event.at(), []);
        let properties = self.event.get("Properties").filter(|p| !p.is_null()).cloned().unwrap_or(empty);
        let get = |name: &str| properties.get(name).cloned();
        match sort {
            "Api" => self.route(&properties, "RestApiId", "ServerlessRestApi", "AWS::ApiGateway::RestApi"),
            "HttpApi" => self.route(&properties, "ApiId", "ServerlessHttpApi", "AWS::ApiGatewayV2::Api"),
            "AlexaSkill" => self.route(&properties, "", "AlexaSkill", "Alexa::ASK::Skill"),
            "SQS" => self.mapping(&properties, "Queue"),
            "Kinesis" | "DynamoDB" | "MSK" => self.mapping(&properties, "Stream"),
            "MQ" => self.mapping(&properties, "Broker"),
            "DocumentDB" => self.mapping(&properties, "Cluster"),
            "SelfManagedKafka" => self.mapping(&properties, "KafkaBootstrapServers"),
            "SNS" => self.topic(&properties),
            "S3" => {
                if let Some(bucket) = get("Bucket") {
                    let function = self.owner();
                    self.add("", "AWS::S3::Notification", vec![("Bucket", bucket), ("Function", function)]);
                }
            }
            "EventBridgeRule" | "CloudWatchEvent" => self.rule(&properties),
            "CloudWatchLogs" => {
                if let Some(log) = get("LogGroupName") {
                    let function = self.owner();
                    let properties = vec![("LogGroupName", log), ("DestinationArn", function)];
                    self.add("", "AWS::Logs::SubscriptionFilter", properties);
                }
            }
            "Cognito" => {
                if let Some(pool) = get("UserPool") {
                    let function = self.owner();
                    self.add("", "AWS::Cognito::UserPoolTrigger", vec![("UserPool", pool), ("Function", function)]);
                }
            }
            "IoTRule" => {
                let action = mapping(self.event.at(), [("FunctionArn", self.owner())]);
                let actions = list(self.event.at(), vec![mapping(self.event.at(), [("Lambda", action)])]);
                let payload = mapping(self.event.at(), [("Actions", actions)]);
                self.add("", "AWS::IoT::TopicRule", vec![("TopicRulePayload", payload)]);
            }
            "Schedule" | "ScheduleV2" => {}
            other => {
                let at = self.event.get("Type").unwrap_or(self.event).at();
                self.problems.push(unknown("event type", other, EVENTS, at));
            }
        }
    }

    /// An API's route; an API that the event does not name is the one that SAM makes for the stack.
    fn route(&mut self, properties: &Node, named_by: &str, implied: &str, of: &str) {
        let api = match properties.get(named_by) {
            Some(api) if api.text().is_none() || api.tag().is_some() => api.clone(),
            Some(api) => reference(api.at(), api.text().unwrap_or_default()),
            None => {
                let at = self.at();
                self.stack.add(Resource::implied(implied, of, at, Vec::new()));
                reference(self.event.at(), implied)
            }
        };
        let word = |name: &str, default: &str| {
            properties.get(name).cloned().unwrap_or_else(|| scalar(self.event.at(), default))
        };
        let path = word("Path", "$default");
        let method = word("Method", "ANY");
        let mut route = vec![("Api", api), ("Path", path), ("Method", method), ("Function", self.owner())];
        if let Some(limit) = properties.get("TimeoutInMillis") {
            route.push(("TimeoutInMillis", limit.clone()));
        }
        self.add("Route", "AWS::Serverless::Route", route);
    }

    /// An event source mapping: all that the event says, under CloudFormation's names.
    fn mapping(&mut self, properties: &Node, source: &str) {
        let at = self.at();
        let mut lowered = vec![super::resource::Property::new("FunctionName", at.field.clone(), self.owner())];
        for (key, _, value) in properties.fields() {
            let name = match key {
                key if key == source => "EventSourceArn",
                key => key,
            };
            let field = format!("{}.{key}", at.field);
            if source == "KafkaBootstrapServers" && key == source {
                let servers = mapping(value.at(), [("KafkaBootstrapServers", value.clone())]);
                let node = mapping(value.at(), [("Endpoints", servers)]);
                lowered.push(super::resource::Property::new("SelfManagedEventSource", field, node));
            } else {
                lowered.push(super::resource::Property::new(name, field, value.clone()));
            }
        }
        let id = format!("{}{}", self.owner, self.name);
        self.stack.add(Resource::lowered(&id, "AWS::Lambda::EventSourceMapping", at, lowered));
    }

    /// A topic tells a function, or a queue that the function is given.
    fn topic(&mut self, properties: &Node) {
        let Some(topic) = properties.get("Topic").cloned() else { return };
        let at = self.event.at();
        let queue = match properties.get("SqsSubscription") {
            Some(queue) if !queue.entries().is_empty() => queue.get("QueueArn").cloned(),
            Some(queue) if queue.bool() == Some(true) => {
                let id = format!("{}{}Queue", self.owner, self.name);
                self.add("Queue", "AWS::SQS::Queue", Vec::new());
                Some(reference(at.clone(), &id))
            }
            _ => None,
        };
        let (protocol, endpoint) = match &queue {
            Some(queue) => ("sqs", queue.clone()),
            None => ("lambda", self.owner()),
        };
        let mut subscription =
            vec![("TopicArn", topic), ("Protocol", scalar(at.clone(), protocol)), ("Endpoint", endpoint)];
        subscription.extend(properties.get("RedrivePolicy").map(|policy| ("RedrivePolicy", policy.clone())));
        self.add("", "AWS::SNS::Subscription", subscription);
        if let Some(queue) = queue {
            let function = self.owner();
            let source = vec![("FunctionName", function), ("EventSourceArn", queue)];
            self.add("EventSourceMapping", "AWS::Lambda::EventSourceMapping", source);
        }
    }

    fn rule(&mut self, properties: &Node) {
        let mut target = vec![("Arn", self.owner())];
        target.extend(
            ["RetryPolicy", "DeadLetterConfig"]
                .iter()
                .filter_map(|key| properties.get(key).map(|node| (*key, node.clone()))),
        );
        let targets = list(self.event.at(), vec![mapping(self.event.at(), target)]);
        let mut rule = vec![("Targets", targets)];
        rule.extend(
            properties.get("Pattern").or_else(|| properties.get("EventPattern")).map(|p| ("EventPattern", p.clone())),
        );
        rule.extend(properties.get("EventBusName").map(|bus| ("EventBusName", bus.clone())));
        self.add("", "AWS::Events::Rule", rule);
    }
}
