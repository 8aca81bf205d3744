//! A service as a component: kind, replicas, names, entry.

use super::environment::Variable;
use super::image;
use super::ports::Doors;
use super::reader::{Reader, Subject};
use super::spread;
use super::words::{self, duration_ms};
use crate::facts::native;
use crate::facts::{self, Assumable, ComponentFact, EntryFact, EntryOrigin, Evidence, Program};
use crate::parse::Node;
use crate::source::{Problem, unknown};
use std::sync::Arc;

/// How long Compose waits after it told a container to stop.
const GRACE_MS: f64 = 10_000.0;

#[rustfmt::skip]
const DEPLOY: [&str; 9] = [
    "mode", "replicas", "endpoint_mode", "labels", "placement", "resources", "restart_policy", "rollback_config",
    "update_config",
];

const HEALTHCHECK: [&str; 7] = ["test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"];

impl Reader<'_> {
    /// The component that a service is.
    pub(super) fn component(&mut self, subject: &Subject<'_>, environment: &[Variable], doors: &Doors) {
        let evidence = Evidence::new(subject.at.at(), format!("services.{}", subject.name));
        let mut fact = ComponentFact::new(subject.key.clone(), self.kind(subject), evidence);
        fact.variant = subject.variant.file.clone();
        fact.aliases = aliases(subject);
        fact.replicas = self.replicas(subject);
        fact.profiles = texts(subject.node.get("profiles"));
        fact.images.extend(subject.node.str("image").map(Arc::from));
        fact.telemetry = subject.image.telemetry;
        fact.service_name = service_name(environment);
        fact.settings.drain_ms = self.grace(subject.node);
        let count = fact.replicas.as_ref().map(|r| r.value);
        self.spelling(subject.node);
        let several = count.filter(|n| *n > 1);
        fact.spread = several.map(|n| spread::of(subject.node, n, self.in_swarm, &fact.evidence));
        fact.settings.rollout_unavailable = rollout_unavailable(subject.node, count);
        fact.settings.rollout_surge = rollout_surge(subject.node, count);
        fact.entry = doors.entry(subject).map(|evidence| EntryFact {
            origin: EntryOrigin::PublishedPort,
            weight: None,
            evidence,
        });
        let labels = subject.node.get("labels").into_iter().flat_map(Node::fields);
        let labels: Vec<_> = labels.map(|(key, _, value)| (key, value)).collect();
        self.facts.programs.push(program(subject, environment, &fact));
        let said = native::from_labels(&mut fact, &labels);
        self.facts.merge(said);
        self.facts.components.push(fact);
    }

    /// Settings that are misspelt or no numbers, in the parts that say how a service is run.
    fn spelling(&mut self, service: &Node) {
        for (part, known) in [("deploy", &DEPLOY[..]), ("healthcheck", &HEALTHCHECK)] {
            let fields = service.get(part).into_iter().flat_map(Node::fields);
            for (key, at, _) in fields.filter(|(key, ..)| !known.contains(key) && !key.starts_with("x-")) {
                self.facts.problems.push(unknown(&format!("field of `{part}`:"), key, known, at.at()));
            }
        }
        for path in [["healthcheck", "retries"], ["deploy", "restart_policy"]] {
            let node = service.path(&path).map(|n| n.get("max_attempts").unwrap_or(n));
            if let Some(node) = node.filter(|n| n.text().is_some() && n.int().is_none()) {
                let reason = format!("`{}` is no whole number", path.join("."));
                self.facts.problems.push(Problem::new(node.at(), reason).remedy("write a whole number"));
            }
        }
    }

    /// The number of containers: `None` if it is one on each node, or no number.
    fn replicas(&mut self, subject: &Subject<'_>) -> Option<Assumable<u32>> {
        let service = subject.node;
        let deploy = service.get("deploy");
        if deploy.and_then(|d| d.str("mode")).is_some_and(|mode| mode.starts_with("global")) {
            return None;
        }
        let written = [(deploy.and_then(|d| d.get("replicas")), "deploy.replicas"), (service.get("scale"), "scale")];
        for (node, field) in written {
            let Some(node) = node.filter(|n| !n.is_null()) else { continue };
            match node.int().and_then(|n| u32::try_from(n).ok()) {
                Some(count) if count > 1 && service.get("container_name").is_some_and(|n| !n.is_null()) => {
                    let reason = "a service with a `container_name` cannot have several containers; taken as one";
                    self.facts.problems.push(Problem::new(node.at(), reason).remedy("remove `container_name`"));
                    return Some(Assumable::explicit(1, Evidence::new(node.at(), field)));
                }
                Some(count) => return Some(Assumable::explicit(count, Evidence::new(node.at(), field))),
                None => {
                    let reason = format!("`{field}` is no number of containers; taken as unknown");
                    self.facts.problems.push(Problem::new(node.at(), reason).remedy("write a whole number"));
                    return None;
                }
            }
        }
        match service.get("container_name").filter(|n| !n.is_null()) {
            Some(name) => Some(Assumable::explicit(1, Evidence::new(name.at(), "container_name"))),
            None => Some(Assumable::default(1)),
        }
    }

    fn grace(&mut self, service: &Node) -> Option<f64> {
        let Some(node) = service.get("stop_grace_period").filter(|n| !n.is_null()) else {
            return Some(GRACE_MS);
        };
        let written = node.text().and_then(duration_ms);
        if written.is_none() {
            let reason = "`stop_grace_period` is no duration; taken as unknown";
            self.facts.problems.push(Problem::new(node.at(), reason).remedy("write it as `30s` or `1m30s`"));
        }
        written
    }
}

/// The share of its containers that an update takes away at once, if it says how it is updated: one by one, the old
/// one first, unless told otherwise.
fn rollout_unavailable(service: &Node, replicas: Option<u32>) -> Option<f64> {
    let update = service.path(&["deploy", "update_config"])?;
    if update.str("order") == Some("start-first") { Some(0.0) } else { at_once(update, replicas) }
}

/// The share of containers that an update adds before it takes the old ones away, if it says how it is updated.
fn rollout_surge(service: &Node, replicas: Option<u32>) -> Option<f64> {
    let update = service.path(&["deploy", "update_config"])?;
    if update.str("order") == Some("start-first") { at_once(update, replicas) } else { Some(0.0) }
}

/// The share of its containers that an update replaces at once.
fn at_once(update: &Node, replicas: Option<u32>) -> Option<f64> {
    let replicas = f64::from(replicas.filter(|n| *n > 0)?);
    let at_once = match update.get("parallelism") {
        Some(node) => f64::from(u32::try_from(node.int()?).ok()?),
        None => 1.0,
    };
    // 0 is all at once.
    Some(if at_once == 0.0 { 1.0 } else { (at_once / replicas).min(1.0) })
}

/// What a service runs, for readers of application configuration.
fn program(subject: &Subject<'_>, environment: &[Variable], fact: &ComponentFact) -> Program {
    let words = |field: &str| {
        let node = subject.node.get(field);
        let line = node.and_then(Node::text).map(words::split).unwrap_or_default();
        let items = node.into_iter().flat_map(Node::items).filter_map(|i| i.text().map(str::to_owned));
        line.into_iter().chain(items).map(Into::into).collect::<Vec<Arc<str>>>()
    };
    let variable = |v: &Variable| facts::Variable {
        name: v.key.as_str().into(),
        value: v.value.as_str().into(),
        evidence: v.evidence.clone(),
    };
    let image = subject.node.str("image").filter(|image| !image.is_empty());
    let image = image.map(image::short_name).or(Some(subject.image.name.as_str()).filter(|name| !name.is_empty()));
    Program {
        names: fact.aliases.clone(),
        image: image.map(Into::into),
        contexts: image::contexts(subject.node, subject.variant),
        most: fact.replicas.as_ref().map(|r| r.value),
        environment: environment.iter().map(variable).collect(),
        arguments: ["entrypoint", "command"].into_iter().flat_map(words).collect(),
        ..Program::new(subject.key.clone(), fact.evidence.clone())
    }
}

/// Names by which others know a service, its own one left out.
fn aliases(subject: &Subject<'_>) -> Vec<Arc<str>> {
    let service = subject.node;
    let mut names: Vec<&str> = ["container_name", "hostname"].iter().filter_map(|key| service.str(key)).collect();
    for (_, _, settings) in service.get("networks").into_iter().flat_map(Node::fields) {
        names.extend(settings.get("aliases").into_iter().flat_map(Node::items).filter_map(Node::text));
    }
    names.retain(|name| *name != subject.name && !name.is_empty());
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(Arc::from).collect()
}

fn texts(list: Option<&Node>) -> Vec<Arc<str>> {
    let mut texts: Vec<Arc<str>> =
        list.into_iter().flat_map(Node::items).filter_map(Node::text).map(Arc::from).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// The name that a service gives itself in traces.
fn service_name(environment: &[Variable]) -> Option<Arc<str>> {
    let value = |name: &str| environment.iter().find(|v| v.key == name).map(|v| v.value.trim());
    let attributes = value("OTEL_RESOURCE_ATTRIBUTES").into_iter().flat_map(|list| list.split(','));
    let attribute = attributes.filter_map(|pair| pair.trim().strip_prefix("service.name=")).next();
    value("OTEL_SERVICE_NAME").or(attribute).filter(|name| !name.is_empty()).map(Arc::from)
}
