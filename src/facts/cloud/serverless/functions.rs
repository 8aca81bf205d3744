//! Functions of a service in the common language.

use super::{Service, normalised, parts};
use crate::facts::Evidence;
use crate::facts::cloud::field::misspelt;
use crate::facts::cloud::resource::{Property, Resource, list, mapping, reference, scalar};
use crate::parse::{Node, Value};
use std::sync::Arc;

#[rustfmt::skip]
const READ: &[&str] = &["handler", "timeout", "reservedConcurrency", "environment", "events", "onError", "destinations",
    "maximumRetryAttempts", "maximumEventAge", "vpc", "role", "url", "iamRoleStatements", "provisionedConcurrency"];
#[rustfmt::skip]
const OTHERS: &[&str] = &["name", "description", "memorySize", "runtime", "image", "layers", "package", "tags", "tracing",
    "versionFunction", "awsKmsKeyArn", "kmsKeyArn", "architecture", "ephemeralStorageSize", "fileSystemConfig", "snapStart",
    "disableLogs", "logRetentionInDays", "condition", "dependsOn", "runtimeManagement", "warmup", "cors", "module",
    "iamRoleStatementsName", "iamRoleStatementsInherit", "labels", "memory", "kms", "logs", "uri", "rules", "isolate"];

impl Service<'_> {
    /// Adds all functions.
    pub(super) fn functions(&mut self) {
        for part in parts(self.root.get("functions")) {
            for (key, at, function) in part.fields() {
                if function.entries().is_empty() {
                    continue;
                }
                let evidence = Evidence::new(at.at(), format!("functions.{key}"));
                self.function(key, evidence, function);
            }
        }
    }

    /// Adds a function and what is said of its asynchronous invocations.
    pub(super) fn function(&mut self, key: &str, at: Evidence, function: &Node) {
        misspelt(function.fields().map(|(k, n, _)| (k, n)), READ, OTHERS, "field of a function", self.problems);
        let provider = self.root.get("provider");
        let field = at.field.clone();
        let mut properties: Vec<Property> = Vec::new();
        let mut take = |name: &str, own: &str| {
            let said = function.get(own).map(|node| (format!("{field}.{own}"), node));
            let said = said.or_else(|| Some((format!("provider.{own}"), provider?.get(own)?)));
            if let Some((field, node)) = said.filter(|(_, node)| !node.is_null()) {
                properties.push(Property::new(name, field, node.clone()));
            }
        };
        take("Timeout", "timeout");
        if let Some(node) = function.get("reservedConcurrency") {
            let field = format!("{field}.reservedConcurrency");
            properties.push(Property::new("ReservedConcurrentExecutions", field, node.clone()));
        }
        if let Some(url) = function.get("url").filter(|url| url.bool() != Some(false)) {
            properties.push(Property::new("FunctionUrlConfig", format!("{field}.url"), url.clone()));
        }
        let name = match function.get("name") {
            Some(name) => name.clone(),
            None => scalar(at.at.clone(), format!("{}-{}-{key}", self.name, self.stage)),
        };
        properties.push(Property::new("FunctionName", format!("{field}.name"), name));
        properties.push(Property::new("Environment", format!("{field}.environment"), self.environment(&at, function)));
        if let Some(target) = function.get("onError") {
            let block = mapping(target.at(), [("TargetArn", target.clone())]);
            properties.push(Property::new("DeadLetterConfig", format!("{field}.onError"), block));
        }
        let vpc = function.get("vpc").or_else(|| provider?.get("vpc"));
        if let Some(subnets) = vpc.and_then(|vpc| vpc.get("subnetIds")) {
            let block = mapping(subnets.at(), [("SubnetIds", subnets.clone())]);
            properties.push(Property::new("VpcConfig", format!("{field}.vpc"), block));
        }
        self.permissions(function, &field, &mut properties);
        let id = format!("{}LambdaFunction", normalised(key));
        let of = if self.aws { "AWS::Lambda::Function" } else { "Other::Function" };
        let resource = Resource::lowered(&id, of, at.clone(), properties);
        self.stack.ids.insert(key.into(), id.as_str().into());
        let aliases = vec![Arc::from(id.as_str())];
        self.stack.add(Resource { name: key.into(), aliases, ..resource });
        self.invocations(key, &id, &at, function);
    }

    /// The variables of a function over those of the provider.
    fn environment(&self, at: &Evidence, function: &Node) -> Node {
        let provider = self.root.path(&["provider", "environment"]);
        let own = function.get("environment");
        let mut entries: Vec<(Node, Node)> = own.map(|o| o.entries().to_vec()).unwrap_or_default();
        let taken = |key: &Node| key.text().is_some_and(|key| own.is_some_and(|own| own.get(key).is_some()));
        entries.extend(provider.into_iter().flat_map(Node::entries).filter(|(key, _)| !taken(key)).cloned());
        let place = own.or(provider).map_or_else(|| at.at.clone(), Node::at);
        let variables = Node::new(place.clone(), None, Value::Mapping(entries));
        mapping(place, [("Variables", variables)])
    }

    /// What a function may do: by a role of its own, by statements of its own, or by those of the provider.
    fn permissions(&self, function: &Node, field: &Arc<str>, properties: &mut Vec<Property>) {
        let provider = self.root.get("provider");
        let role = function.get("role").or_else(|| {
            let provider = provider?;
            provider.get("role").or_else(|| provider.path(&["iam", "role"]).filter(|r| r.text().is_some()))
        });
        if let Some(role) = role {
            // A plain word is the logical id of a role of the stack.
            let word = role.tag().is_none() && role.text().is_some_and(|t| t.chars().all(char::is_alphanumeric));
            let node = if word { reference(role.at(), role.text().unwrap_or_default()) } else { role.clone() };
            properties.push(Property::new("Role", format!("{field}.role"), node));
            return;
        }
        let shared =
            provider.and_then(|p| p.path(&["iam", "role", "statements"]).or_else(|| p.get("iamRoleStatements")));
        let own = function.get("iamRoleStatements");
        let inherits = own.is_none()
            || function.get("iamRoleStatementsInherit").and_then(Node::bool) == Some(true)
            || self.root.path(&["custom", "serverless-iam-roles-per-function", "defaultInherit"]).and_then(Node::bool)
                == Some(true);
        let statements = own.into_iter().chain(shared.filter(|_| inherits));
        let documents: Vec<Node> = statements.map(|s| mapping(s.at(), [("Statement", s.clone())])).collect();
        if let Some(first) = documents.first() {
            let field = if own.is_some() { format!("{field}.iamRoleStatements") } else { "provider.iam".to_owned() };
            properties.push(Property::new("Policies", field, list(first.at(), documents)));
        }
    }

    fn invocations(&mut self, key: &str, id: &str, at: &Evidence, function: &Node) {
        let mut properties = Vec::new();
        let field = &at.field;
        for (own, name) in
            [("maximumRetryAttempts", "MaximumRetryAttempts"), ("maximumEventAge", "MaximumEventAgeInSeconds")]
        {
            if let Some(node) = function.get(own) {
                properties.push(Property::new(name, format!("{field}.{own}"), node.clone()));
            }
        }
        let ends = [("onSuccess", "OnSuccess"), ("onFailure", "OnFailure")];
        let said = function.get("destinations");
        let ends: Vec<(&str, Node)> = ends
            .iter()
            .filter_map(|(own, name)| {
                let end = said?.get(own)?;
                let target = end.get("arn").unwrap_or(end);
                Some((*name, mapping(end.at(), [("Destination", self.function_or_arn(target))])))
            })
            .collect();
        if let (Some(said), false) = (said, ends.is_empty()) {
            let node = mapping(said.at(), ends);
            properties.push(Property::new("DestinationConfig", format!("{field}.destinations"), node));
        }
        if properties.is_empty() {
            return;
        }
        properties.push(Property::new("FunctionName", field.clone(), reference(at.at.clone(), id)));
        let id = format!("{}LambdaEvConf", normalised(key));
        self.stack.add(Resource::lowered(&id, "AWS::Lambda::EventInvokeConfig", at.clone(), properties));
    }

    /// A function of the service by its key, or whatever else a value says.
    pub(super) fn function_or_arn(&self, node: &Node) -> Node {
        let named = node.text().filter(|_| node.tag().is_none());
        match named.filter(|name| self.is_function(name)) {
            Some(name) => reference(node.at(), &format!("{}LambdaFunction", normalised(name))),
            None => node.clone(),
        }
    }

    /// Whether a service has a function of this name.
    pub(super) fn is_function(&self, name: &str) -> bool {
        parts(self.root.get("functions")).iter().any(|part| part.get(name).is_some())
    }
}
