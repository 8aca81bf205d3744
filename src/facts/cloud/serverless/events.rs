//! Events of a service's functions in the common language.

use super::{Service, normalised, parts};
use crate::facts::Evidence;
use crate::facts::cloud::kinds;
use crate::facts::cloud::resource::{Property, Resource, list, mapping, reference, scalar};
use crate::parse::Node;
use crate::source::{Problem, nearest};
use std::sync::Arc;

#[rustfmt::skip]
const EVENTS: &[&str] = &["http", "httpApi", "websocket", "schedule", "s3", "sns", "sqs", "stream", "eventBridge", "alb",
    "cognitoUserPool", "iot", "iotFleetProvisioning", "kafka", "msk", "rabbitmq", "activemq", "cloudwatchEvent",
    "cloudwatchLog", "alexaSkill", "alexaSmartHome", "cloudFront"];

/// An event of a function, or of whatever else is told.
pub(super) struct Event<'e> {
    /// Of whom, as it is written: `created`.
    owner: &'e str,
    /// A reference to it.
    target: Node,
    sort: &'e str,
    said: Node,
    /// What stands there before variables are resolved.
    raw: Option<Node>,
    at: Evidence,
    index: usize,
}

impl Service<'_> {
    /// Adds what the events of all functions imply.
    pub(super) fn events(&mut self) {
        for part in parts(self.root.get("functions")) {
            for (key, _, function) in part.fields() {
                let target = format!("{}LambdaFunction", normalised(key));
                let raw = self.raw.path(&["functions", key, "events"]).cloned();
                self.events_of("functions", key, &target, function, raw.as_ref());
            }
        }
    }

    /// Adds what the events of one function or state machine imply.
    pub(super) fn events_of(&mut self, section: &str, owner: &str, id: &str, of: &Node, raw: Option<&Node>) {
        for (index, event) in of.get("events").map(Node::items).unwrap_or_default().iter().enumerate() {
            let raw = raw.and_then(|raw| raw.items().get(index));
            let (sort, said, at) = match (event.text(), event.entries()) {
                (Some(sort), _) => (sort, event.clone(), event.at()),
                (None, [(key, said), ..]) => (key.text().unwrap_or_default(), said.clone(), key.at()),
                (None, []) => continue,
            };
            let raw = raw.and_then(|raw| raw.get(sort)).cloned();
            let at = Evidence::new(at, format!("{section}.{owner}.events.{sort}"));
            let target = reference(at.at.clone(), id);
            self.event(&Event { owner, target, sort, said, raw, at, index });
        }
    }

    fn event(&mut self, event: &Event<'_>) {
        if !self.aws {
            match event.sort {
                "http" | "httpApi" => self.route(event, "HttpApi", "Other::Api", None),
                "schedule" | "timer" | "cron" => {}
                other => {
                    let reason = format!("what triggers `{}` (`{}`) is left aside", event.owner, short(other));
                    let remedy = "linchpin reads the events of `aws`; say it in a native manifest";
                    self.problems.push(Problem::new(event.at.at.clone(), reason).remedy(remedy));
                }
            }
            return;
        }
        crate::facts::cloud::shape::event(event.sort, &event.said, self.problems);
        let api = |keys: &[&str]| self.root.get("provider").and_then(|p| p.path(keys)).cloned();
        match event.sort {
            "http" => {
                let shared = api(&["apiGateway", "restApiId"]);
                self.route(event, "ApiGatewayRestApi", "AWS::ApiGateway::RestApi", shared);
            }
            "httpApi" => {
                let shared = api(&["httpApi", "id"]);
                self.route(event, "HttpApi", "AWS::ApiGatewayV2::Api", shared);
            }
            "websocket" => {
                let shared = api(&["apiGateway", "websocketApiId"]);
                self.route(event, "WebsocketsApi", "AWS::ApiGatewayV2::Api", shared);
            }
            "alexaSkill" | "alexaSmartHome" => self.route(event, "AlexaSkill", "Alexa::ASK::Skill", None),
            "cloudFront" => self.route(event, "CloudFrontDistribution", "AWS::CloudFront::Distribution", None),
            "alb" => {
                let listener = event.said.get("listenerArn").cloned();
                self.route(event, "LoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", listener);
            }
            "sqs" => self.mapping(event, &["arn"]),
            "stream" => self.mapping(event, &["arn"]),
            "msk" | "activemq" | "rabbitmq" => self.mapping(event, &["arn"]),
            "kafka" => self.mapping(event, &["bootstrapServers"]),
            "sns" => self.topic(event),
            "s3" => self.bucket(event),
            "eventBridge" | "cloudwatchEvent" => self.rule(event),
            "cloudwatchLog" => {
                let log = event.said.get("logGroup").unwrap_or(&event.said).clone();
                let properties = vec![("LogGroupName", log), ("DestinationArn", event.target.clone())];
                self.imply(event, "AWS::Logs::SubscriptionFilter", properties);
            }
            "cognitoUserPool" => self.user_pool(event),
            "iot" | "iotFleetProvisioning" => {
                let at = || event.at.at.clone();
                let action = mapping(at(), [("FunctionArn", event.target.clone())]);
                let actions = list(at(), vec![mapping(at(), [("Lambda", action)])]);
                let payload = mapping(at(), [("Actions", actions)]);
                let id = format!("{}Iot{}", normalised(event.owner), event.index);
                let properties = vec![("TopicRulePayload", payload)];
                let rule = Resource::implied(&id, "AWS::IoT::TopicRule", event.at.clone(), properties);
                let name = event.said.str("sql").and_then(topic_of).map_or(rule.name.clone(), Arc::from);
                self.stack.add(Resource { name, ..rule });
            }
            "schedule" => {}
            other => {
                let reason =
                    format!("unknown event `{}`; what triggers `{}` there is left aside", short(other), event.owner);
                let problem = Problem::new(event.at.at.clone(), reason);
                self.problems.push(match nearest(other, EVENTS.iter().copied()) {
                    Some(meant) => problem.remedy(format!("did you mean `{meant}`?")),
                    None => {
                        problem.remedy("if it is a plugin's, say in a native manifest what the function depends on")
                    }
                });
            }
        }
    }

    fn imply(&mut self, event: &Event<'_>, of: &str, properties: Vec<(&str, Node)>) {
        let id = format!("{}{}{}", normalised(event.owner), normalised(event.sort), event.index);
        self.stack.add(Resource::implied(&id, of, event.at.clone(), properties));
    }

    /// The route of an API; one that is shared with others is not made by this service.
    fn route(&mut self, event: &Event<'_>, api: &str, of: &str, shared: Option<Node>) {
        let at = || event.at.at.clone();
        let api = shared.unwrap_or_else(|| {
            let protocol = if api == "WebsocketsApi" { "WEBSOCKET" } else { "HTTP" };
            let properties = vec![("ProtocolType", scalar(at(), protocol))];
            self.stack.add(Resource::implied(api, of, event.at.clone(), properties));
            reference(at(), api)
        });
        let said = &event.said;
        let (method, path) = match said.text() {
            Some(text) if said.entries().is_empty() => {
                let (method, path) = text.split_once(char::is_whitespace).unwrap_or(("", text));
                (method.to_owned(), if path == event.sort { "*".to_owned() } else { path.trim().to_owned() })
            }
            _ => {
                let word = |keys: &[&str]| keys.iter().find_map(|key| said.str(key)).unwrap_or_default().to_owned();
                let method = said.get("method").and_then(|m| {
                    m.text().map(str::to_owned).or_else(|| m.items().first().and_then(Node::text).map(str::to_owned))
                });
                (method.unwrap_or_default(), word(&["path", "route"]))
            }
        };
        let mut route = vec![
            ("Api", api),
            ("Method", scalar(at(), method)),
            ("Path", scalar(at(), path)),
            ("Function", event.target.clone()),
        ];
        route.extend(self.authorizer(event).map(|guard| ("Authorizer", guard)));
        if let Some(limit) = said.get("timeout").filter(|_| event.sort == "http") {
            route.push(("TimeoutInMillis", limit.clone()));
        }
        self.imply(event, "AWS::Serverless::Route", route);
    }

    /// The function that is asked whether a request may pass.
    fn authorizer(&self, event: &Event<'_>) -> Option<Node> {
        let said = event.said.get("authorizer")?;
        let name = said.text().or_else(|| said.str("name"));
        if let Some(name) = name.filter(|name| self.is_function(name)) {
            return Some(reference(said.at(), &format!("{}LambdaFunction", normalised(name))));
        }
        if let Some(arn) = said.get("arn") {
            return Some(self.function_or_arn(arn));
        }
        let shared = self.root.path(&["provider", "httpApi", "authorizers", name?])?;
        let function = shared.get("functionName").or_else(|| shared.get("functionArn"))?;
        Some(self.function_or_arn(function))
    }

    /// An event source mapping.
    fn mapping(&mut self, event: &Event<'_>, source: &[&str]) {
        let field = &event.at.field;
        let mut properties = vec![Property::new("FunctionName", field.clone(), event.target.clone())];
        let said = &event.said;
        if said.entries().is_empty() || said.get("Fn::GetAtt").is_some() || said.tag().is_some() {
            properties.push(Property::new("EventSourceArn", field.clone(), said.clone()));
        } else if let Some(node) = source.iter().find_map(|key| said.get(key)) {
            if event.sort == "kafka" {
                let servers = mapping(node.at(), [("KafkaBootstrapServers", node.clone())]);
                let node = mapping(node.at(), [("Endpoints", servers)]);
                properties.push(Property::new("SelfManagedEventSource", field.clone(), node));
            } else {
                properties.push(Property::new("EventSourceArn", format!("{field}.arn"), node.clone()));
            }
            for (own, name) in [
                ("enabled", "Enabled"),
                ("maximumRetryAttempts", "MaximumRetryAttempts"),
                ("maximumRecordAgeInSeconds", "MaximumRecordAgeInSeconds"),
            ] {
                let node = said.get(own).cloned();
                properties.extend(node.map(|node| Property::new(name, format!("{field}.{own}"), node)));
            }
            if let Some(limit) = said.get("maximumConcurrency") {
                let block = mapping(limit.at(), [("MaximumConcurrency", limit.clone())]);
                properties.push(Property::new("ScalingConfig", format!("{field}.maximumConcurrency"), block));
            }
            if let Some(end) = said.path(&["destinations", "onFailure"]) {
                let target = end.get("arn").unwrap_or(end).clone();
                let end = mapping(end.at(), [("OnFailure", mapping(end.at(), [("Destination", target)]))]);
                properties.push(Property::new("DestinationConfig", format!("{field}.destinations"), end));
            }
        }
        let id = format!("{}EventSourceMapping{}{}", normalised(event.owner), normalised(event.sort), event.index);
        self.stack.add(Resource::lowered(&id, "AWS::Lambda::EventSourceMapping", event.at.clone(), properties));
    }

    fn topic(&mut self, event: &Event<'_>) {
        let said = &event.said;
        let by_arn = |node: &Node| node.text().is_none_or(|t| t.starts_with("arn:")) || node.tag().is_some();
        let topic = match said.get("arn") {
            Some(arn) => arn.clone(),
            None if said.get("topicName").is_none() && by_arn(said) => said.clone(),
            None => {
                let name = said.get("topicName").unwrap_or(said);
                let raw = event.raw.as_ref().map(|raw| raw.get("topicName").unwrap_or(raw));
                self.named(event, "AWS::SNS::Topic", "SNSTopic", name, raw)
            }
        };
        let at = event.at.at.clone();
        let mut properties =
            vec![("TopicArn", topic), ("Protocol", scalar(at, "lambda")), ("Endpoint", event.target.clone())];
        if let Some(policy) = said.get("redrivePolicy") {
            let target = policy.get("deadLetterTargetArn").cloned();
            let by_id = policy.get("deadLetterTargetRef").map(|id| reference(id.at(), id.text().unwrap_or_default()));
            if let Some(target) = target.or(by_id) {
                properties.push(("RedrivePolicy", mapping(policy.at(), [("deadLetterTargetArn", target)])));
            }
        }
        self.imply(event, "AWS::SNS::Subscription", properties);
    }

    fn bucket(&mut self, event: &Event<'_>) {
        let said = &event.said;
        let name = said.get("bucket").unwrap_or(said);
        let raw = event.raw.as_ref().map(|raw| raw.get("bucket").unwrap_or(raw));
        // A bucket may be described at the provider, under a key of its own.
        let described = name.text().and_then(|key| self.root.path(&["provider", "s3", key, "name"]));
        let name = described.unwrap_or(name).clone();
        let existing = said.get("existing").and_then(Node::bool) == Some(true);
        let plain = name.text().is_some() && name.tag().is_none();
        let bucket = match plain && !existing {
            true => self.named(event, "AWS::S3::Bucket", "S3Bucket", &name, raw),
            false => name,
        };
        let properties = vec![("Bucket", bucket), ("Function", event.target.clone())];
        self.imply(event, "AWS::S3::Notification", properties);
    }

    fn user_pool(&mut self, event: &Event<'_>) {
        let Some(pool) = event.said.get("pool") else { return };
        let raw = event.raw.as_ref().and_then(|raw| raw.get("pool"));
        let pool = match pool.text().is_some() && pool.tag().is_none() {
            true => self.named(event, "AWS::Cognito::UserPool", "CognitoUserPool", pool, raw),
            false => pool.clone(),
        };
        self.imply(
            event,
            "AWS::Cognito::UserPoolTrigger",
            vec![("UserPool", pool), ("Function", event.target.clone())],
        );
    }

    /// A resource that an event names: one of the service's own, or one that the framework makes because of the event.
    fn named(&mut self, event: &Event<'_>, of: &str, prefix: &str, name: &Node, raw: Option<&Node>) -> Node {
        let text = name.text().unwrap_or_default();
        let property = kinds::of(of).map_or("", |t| t.named_by);
        let same = |r: &Resource| {
            let said = r.get(property).map(|(node, _)| node);
            &*r.of == of && said.is_some_and(|n| n.tag().is_none() && n.text() == Some(text))
        };
        if let Some(known) = self.stack.resources.values().find(|r| same(r)) {
            return reference(name.at(), &known.id);
        }
        let shown = shown(text, raw);
        let id = format!("{prefix}{}", normalised(&shown));
        let at = Evidence::new(name.at(), event.at.field.clone());
        let resource = Resource::implied(&id, of, at, vec![(property, name.clone())]);
        let aliases: Vec<Arc<str>> = vec![id.as_str().into()];
        self.stack.add(Resource { name: shown.into(), aliases, implied: false, ..resource });
        reference(name.at(), &id)
    }

    fn rule(&mut self, event: &Event<'_>) {
        let said = &event.said;
        let Some(pattern) =
            said.get("pattern").or_else(|| said.get("event").filter(|_| event.sort == "cloudwatchEvent"))
        else {
            return;
        };
        let mut target = vec![("Arn", event.target.clone())];
        if let Some(policy) = said.get("retryPolicy") {
            let names =
                [("maximumRetryAttempts", "MaximumRetryAttempts"), ("maximumEventAge", "MaximumEventAgeInSeconds")];
            let entries = names.iter().filter_map(|(own, name)| Some((*name, policy.get(own)?.clone())));
            let keys = policy.fields().map(|(k, n, _)| (k, n));
            let known = ["maximumRetryAttempts", "maximumEventAge"];
            crate::facts::cloud::field::misspelt(keys, &known, &[], "field of `retryPolicy`", self.problems);
            target.push(("RetryPolicy", mapping(policy.at(), entries)));
        }
        let letters = said.get("deadLetterQueueArn").or_else(|| said.path(&["deadLetterConfig", "targetArn"]));
        target.extend(letters.map(|arn| ("DeadLetterConfig", mapping(arn.at(), [("Arn", arn.clone())]))));
        let targets = list(event.at.at.clone(), vec![mapping(event.at.at.clone(), target)]);
        let mut rule = vec![("EventPattern", pattern.clone()), ("Targets", targets)];
        rule.extend(said.get("eventBus").map(|bus| ("EventBusName", bus.clone())));
        self.imply(event, "AWS::Events::Rule", rule);
    }
}

/// What a resource that only an event names is called: by its name, or, where that is a placeholder, by the variable
/// that stands for it.
fn shown(name: &str, raw: Option<&Node>) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.len() <= 256 && name.chars().all(fits) {
        return name.to_owned();
    }
    let variable = raw.and_then(Node::text).unwrap_or(name);
    let inner = variable.trim().trim_start_matches("${").trim_end_matches('}');
    let last = inner.split(',').next().unwrap_or(inner).rsplit(['.', ':', '/']).next().unwrap_or(inner);
    let kept: String = last.chars().filter(|c| fits(*c)).take(256).collect();
    if kept.is_empty() { "unnamed".to_owned() } else { kept }
}

/// The topic that a rule's query reads from: `SELECT * FROM 'doors/open'`.
fn topic_of(sql: &str) -> Option<&str> {
    let start = sql.to_ascii_lowercase().find(" from ")? + " from ".len();
    let topic = sql.get(start..)?.trim_start().strip_prefix('\'')?;
    topic.split('\'').next().filter(|topic| !topic.is_empty())
}

/// As much of a written name as a message can bear.
fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Location;

    /// A placeholder is no name; the variable that stands for it is.
    #[test]
    fn placeholders_are_known_by_their_variables() {
        let raw = |text: &str| scalar(Location::start("f".into()), text);
        for (name, written, expected) in [
            ("photos", "photos", "photos"),
            ("<your-bucket>", "${self:custom.bucket}", "bucket"),
            ("${env:UPLOADS}", "${env:UPLOADS}", "UPLOADS"),
            ("", "", "unnamed"),
        ] {
            assert_eq!(shown(name, Some(&raw(written))), expected, "{name}");
        }
    }
}
