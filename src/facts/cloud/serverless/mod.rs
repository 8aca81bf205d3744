//! The Serverless Framework: `serverless.yml` as a stack.

mod constructs;
mod events;
mod functions;
mod variables;

use super::cloudformation;
use super::shape;
use super::stack::{Stack, Tool};
use crate::facts::Evidence;
use crate::parse::Node;
use crate::source::{Files, Problem};
use std::collections::BTreeSet;
use std::sync::Arc;
use variables::Variables;

/// Whether a document is a service.
pub(super) fn recognises(node: &Node) -> bool {
    let provider = node.get("provider").is_some_and(|p| p.text().is_some() || p.get("name").is_some());
    let parts = ["service", "functions", "constructs", "stepFunctions", "frameworkVersion"];
    provider && parts.iter().any(|part| node.get(part).is_some())
}

/// A service while it becomes a stack.
struct Service<'a> {
    stack: &'a mut Stack,
    /// With its variables resolved.
    root: &'a Node,
    /// As it is written.
    raw: &'a Node,
    name: String,
    stage: String,
    /// Resources that are really the provider's.
    aws: bool,
    problems: &'a mut Vec<Problem>,
}

/// A service as a stack, and the files that it is made of besides its own.
pub(super) fn stack(raw: &Node, files: &dyn Files, problems: &mut Vec<Problem>) -> (Stack, BTreeSet<Arc<str>>) {
    let variables = Variables::new(raw, files);
    let root = variables.resolved();
    let file = root.file().clone();
    let service = root.get("service");
    let name = service.and_then(|s| s.text().or_else(|| s.str("name"))).filter(|name| !name.contains("${"));
    let name = name.map_or_else(|| super::stack::name_by_file(&file), str::to_owned);
    let provider = root.get("provider");
    let provider_name = provider.and_then(|p| p.text().or_else(|| p.str("name"))).unwrap_or("aws");
    let stage = provider.and_then(|p| p.str("stage")).filter(|stage| !stage.contains("${")).unwrap_or("dev").to_owned();
    let mut stack = Stack::new(&name, &file, Tool::Serverless);
    if let Some(region) = provider.and_then(|p| p.get("region"))
        && let Some(known) = region.text().filter(|r| !r.contains("${"))
    {
        stack.region = Some((known.into(), Evidence::new(region.at(), "provider.region")));
    }
    let aws = provider_name == "aws";
    Service { stack: &mut stack, root: &root, raw, name, stage, aws, problems }.read();
    (stack, variables.used())
}

impl Service<'_> {
    fn read(&mut self) {
        let root = self.root;
        shape::service(root, self.problems);
        for section in ["functions", "resources", "constructs"] {
            for part in parts(root.get(section)).iter().filter(|p| p.text().is_some_and(|t| t.contains("${"))) {
                let reason = format!("part of `{section}` is in a file that is not in the input");
                let problem = Problem::new(part.at(), reason);
                self.problems.push(problem.remedy("scan the folder with the file; programs (`.js`) are not run"));
            }
        }
        self.functions();
        self.constructs();
        self.machines();
        for part in parts(root.get("resources")) {
            cloudformation::read(self.stack, &part, self.problems);
        }
        self.events();
        for part in parts(root.get("resources")) {
            shape::references(self.stack, &part, false, self.problems);
        }
    }
}

/// A mapping that may also be written as a list of mappings.
fn parts(node: Option<&Node>) -> Vec<Node> {
    match node {
        Some(node) if !node.items().is_empty() => node.items().to_vec(),
        Some(node) => vec![node.clone()],
        None => Vec::new(),
    }
}

/// The framework's form of a name in logical ids: `foo-bar_x` is `FooDashbarUnderscorex`.
fn normalised(name: &str) -> String {
    let name = name.replace('-', "Dash").replace('_', "Underscore");
    let mut chars = name.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase()).into_iter();
    first.chain(chars).filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logical ids are those that the framework makes.
    #[test]
    fn logical_ids() {
        assert_eq!(normalised("foo-bar_x"), "FooDashbarUnderscorex");
        assert_eq!(normalised("created"), "Created");
    }
}
