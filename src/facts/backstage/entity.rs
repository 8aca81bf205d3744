//! One entity of the catalog.

use super::reference::Reference;
use crate::facts::Kind;
use crate::parse::{Node, Value};
use crate::source::{Problem, unknown};
use std::sync::Arc;

/// Fields of the specification that linchpin reads, by the kinds that have them.
const COMPONENT: [&str; 12] = [
    "type",
    "lifecycle",
    "owner",
    "system",
    "subcomponentOf",
    "providesApis",
    "consumesApis",
    "dependsOn",
    "dependencyOf",
    "profile",
    "presence",
    "links",
];

/// Longest name that Backstage allows.
const LONGEST: usize = 63;

/// An entity that says something of what runs.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Who it is.
    pub(super) reference: Reference,
    /// Its name as written.
    pub(super) name: Arc<str>,
    /// What sort of thing it is: `service`, `database`; in lower case.
    pub(super) sort: String,
    /// Who owns it, as people say it.
    pub(super) owner: Option<Arc<str>>,
    /// The System that it belongs to.
    pub(super) system: Option<Reference>,
    /// The whole entity.
    pub(super) node: Node,
}

/// What a document of the catalog is to us.
#[derive(Debug)]
pub enum Reading {
    /// A component, resource or API.
    Entity(Box<Entity>, Vec<Problem>),
    /// Nothing that runs, in a stable wording.
    Ignored(String),
    /// It cannot be an entity.
    Failed(Problem),
}

/// Whether a document is one of Backstage's.
pub fn recognises(node: &Node) -> bool {
    let group = node.str("apiVersion").and_then(|v| v.split_once('/')).map(|(group, _)| group);
    group.is_some_and(|g| g == "backstage.io" || g.ends_with(".backstage.io")) && node.str("kind").is_some()
}

/// Reads a document that [`recognises`] accepts.
pub fn read(node: &Node) -> Reading {
    let kind = node.str("kind").unwrap_or_default().to_lowercase();
    if !matches!(kind.as_str(), "component" | "resource" | "api") {
        let said = match kind.as_str() {
            "template" => "Backstage template: makes what is not there yet",
            "system" | "domain" | "group" | "user" | "location" => {
                "Backstage catalog: says who and where, not what runs"
            }
            _ => "Backstage catalog: an entity of a kind that is not read",
        };
        return Reading::Ignored(said.to_owned());
    }
    let Some(name) = node.path(&["metadata", "name"]) else {
        return Reading::Failed(Problem::new(node.at(), "an entity without `metadata.name`").remedy("give it a name"));
    };
    let text = name.text().unwrap_or_default();
    if !is_name(text) {
        let reason = "`metadata.name` is no name that Backstage accepts (letters and digits, with `-`, `_` or `.` between them, at most 63); the entity is left out";
        return Reading::Failed(Problem::new(name.at(), reason));
    }
    let namespace = node.path(&["metadata", "namespace"]).and_then(Node::text).unwrap_or("default");
    let namespace = namespace.to_lowercase();
    let mut problems = Vec::new();
    let spec = node.get("spec");
    if kind == "component" {
        for (field, key, _) in spec.into_iter().flat_map(Node::fields) {
            // Plugins add fields of their own, so only what is nearly one of Backstage's is a mistake.
            if !COMPONENT.contains(&field) && crate::source::nearest(field, COMPONENT).is_some() {
                problems.push(unknown("field", field, &COMPONENT, key.at()));
            }
        }
    }
    for field in ["dependsOn", "dependencyOf", "providesApis", "consumesApis"] {
        if let Some(value) = spec.and_then(|s| s.get(field))
            && !matches!(value.value(), Value::Sequence(_) | Value::Null)
        {
            let reason = format!("`{field}` must be a list of entity references, not {}", value.sort());
            problems.push(Problem::new(value.at(), reason));
        }
    }
    let of = |field: &str, kind: &str| spec.and_then(|s| Reference::read(s.get(field)?, kind, &namespace));
    let owner = of("owner", "group").map(|owner| match (owner.kind.as_str(), owner.namespace.as_str()) {
        ("group", "default") => owner.name.as_str().into(),
        _ => owner.to_string().into(),
    });
    let entity = Entity {
        system: of("system", "system"),
        owner,
        sort: spec.and_then(|s| s.str("type")).unwrap_or_default().to_lowercase(),
        name: text.into(),
        reference: Reference { kind, name: text.to_lowercase(), namespace },
        node: node.clone(),
    };
    Reading::Entity(Box::new(entity), problems)
}

fn is_name(text: &str) -> bool {
    let end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= LONGEST
        && end(text.chars().next())
        && end(text.chars().last())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

impl Entity {
    /// The node of its name.
    pub(super) fn name_node(&self) -> &Node {
        self.node.path(&["metadata", "name"]).unwrap_or(&self.node)
    }

    /// An annotation.
    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.node.path(&["metadata", "annotations"])?.str(key)
    }

    /// The references of a list.
    pub(super) fn list<'e>(&'e self, field: &str, kind: &'e str) -> impl Iterator<Item = (Reference, &'e Node)> {
        let items = self.node.path(&["spec", field]).map(Node::items).unwrap_or_default();
        items.iter().filter_map(move |n| Some((Reference::read(n, kind, &self.reference.namespace)?, n)))
    }

    /// Whether it is something that runs; a library or a page is part of others or of nothing.
    pub(super) fn runs(&self) -> bool {
        let part = ["library", "documentation", "docs", "cli", "tool", "template", "package", "sdk", "plugin"];
        self.reference.kind != "api" && !part.contains(&self.sort.as_str())
    }

    /// What kind of component it is, and whether its type says so.
    pub(super) fn kind(&self) -> (Kind, bool) {
        let has = |words: &[&str]| words.iter().any(|w| self.sort.contains(w));
        if self.reference.kind == "component" {
            return (Kind::Service, false);
        }
        if has(&["cache", "redis", "memcache"]) {
            (Kind::Cache, true)
        } else if has(&["topic"]) {
            (Kind::Topic, true)
        } else if has(&["queue", "broker", "kafka", "rabbitmq"]) {
            (Kind::Queue, true)
        } else if has(&["bucket", "s3", "blob", "object"]) {
            (Kind::ObjectStore, true)
        } else if has(&["database", "db", "postgres", "mysql", "datastore", "warehouse", "sql"]) {
            (Kind::Datastore, true)
        } else if has(&["lambda", "function"]) {
            (Kind::Function, true)
        } else {
            (Kind::Service, false)
        }
    }
}
