//! Dapr's components: named stores and brokers, which applications reach through their sidecars.

use super::super::cluster::Cluster;
use super::super::config;
use super::super::object::Object;
use super::super::role::Role;
use super::apps::Apps;
use crate::facts::address::{Setting, in_settings};
use crate::facts::{
    Class, ComponentFact, Confidence, Criticality, DependencyFact, Evidence, Facts, Interaction, Key, Kind, Plane,
    Target,
};
use crate::parse::Node;
use crate::source::{Problem, unknown};
use std::collections::{BTreeMap, BTreeSet};

/// Types that need nobody: they live in the sidecar, or in the cluster itself.
const LOCAL: [&str; 12] = [
    "state.in-memory",
    "pubsub.in-memory",
    "bindings.cron",
    "bindings.localstorage",
    "bindings.http",
    "state.sqlite",
    "secretstores.kubernetes",
    "secretstores.local.file",
    "secretstores.local.env",
    "crypto.dapr.localstorage",
    "crypto.dapr.kubernetes.secrets",
    "nameresolution.",
];

/// What applications do with a component, and what stands behind it.
pub(super) struct Behind {
    /// The store or broker, as far as it is known.
    pub target: Target,
    /// What passes when an application uses it.
    pub interaction: Interaction,
    /// Applications that may use it.
    pub users: BTreeSet<Key>,
    /// Applications that receive from it.
    pub consumers: BTreeSet<Key>,
}

/// Components by namespace and name.
pub(super) type Components = BTreeMap<(String, String), Behind>;

/// Adds who depends on what stands behind components. An application that is in the `scopes` of a component uses it. A
/// component without `scopes` is loaded by every sidecar of the namespace, which does not start without it; who uses it
/// is then only known from subscriptions.
pub(super) fn link(cluster: &Cluster<'_>, apps: &Apps, facts: &mut Facts) -> Components {
    let mut components = Components::new();
    for object in cluster.of(Role::DaprComponent) {
        let Some(kind) = object.node.path(&["spec", "type"]) else {
            let reason = format!("{} does not say its `spec.type`", object.title());
            facts.problems.push(Problem::new(object.name_node().at(), reason));
            continue;
        };
        let sort = kind.text().unwrap_or_default();
        if LOCAL.iter().any(|local| sort.starts_with(local)) || sort.starts_with("middleware.") {
            continue;
        }
        // What runs beside the sidecar on a developer's machine runs nowhere else.
        let items = object.node.path(&["spec", "metadata"]).map(Node::items).unwrap_or_default();
        let local =
            || items.iter().filter_map(|i| i.str("value")).any(|v| v.contains("localhost") || v.contains("127.0.0.1"));
        if !apps.on_one_machine() && local() {
            continue;
        }
        let (users, stated) = apps.scoped(object);
        let target = behind(cluster, object, sort, facts);
        let optional = object.node.path(&["spec", "ignoreErrors"]).and_then(Node::bool) == Some(true);
        for user in &users {
            let evidence = Evidence::new(kind.at(), "spec.type");
            let interaction = if stated { interaction(sort) } else { Interaction::Startup };
            let mut fact = DependencyFact::new(user.clone(), target.clone(), interaction, evidence);
            fact.interaction_stated = !stated;
            if !stated {
                fact.plane = Plane::Startup;
                fact.criticality = Some(if optional { Criticality::Soft } else { Criticality::Hard });
            }
            facts.dependencies.push(fact.confidence(Confidence::Inferred));
        }
        let behind = Behind { target, interaction: interaction(sort), users, consumers: BTreeSet::new() };
        components.insert((object.namespace().to_owned(), object.name.to_string()), behind);
    }
    for object in cluster.of(Role::DaprSubscription) {
        subscription(object, apps, &mut components, facts);
    }
    components
}

/// What stands behind a component: the address in its metadata, else something that only Dapr knows, by its own name.
fn behind(cluster: &Cluster<'_>, object: &Object, sort: &str, facts: &mut Facts) -> Target {
    let family = sort.split('.').nth(1).unwrap_or(sort);
    let mut settings: Vec<(String, String)> = Vec::new();
    for item in object.node.path(&["spec", "metadata"]).map(Node::items).unwrap_or_default() {
        let Some(name) = item.str("name") else { continue };
        let secret = item.get("secretKeyRef").and_then(|r| {
            let secret = cluster.find(Role::Secret, object.namespace(), r.str("name")?, object)?;
            Some(config::item(secret, r.str("key")?)?.text.into_owned())
        });
        if let Some(value) = item.str("value").map(str::to_owned).or(secret) {
            settings.push((format!("{family}.{name}"), value));
        }
    }
    let settings: Vec<Setting<'_>> = settings.iter().map(|(key, value)| Setting { key, value }).collect();
    if let Some((_, found)) = in_settings(&settings).into_iter().next() {
        return Target::Addresses { addresses: found.addresses, certain: found.certain };
    }
    let key = Key::new(&cluster.scope, Class::Workload, object.namespace(), &object.name);
    let kind = match sort.split('.').next().unwrap_or_default() {
        "state" | "configuration" | "lock" => Kind::Datastore,
        "pubsub" => Kind::Queue,
        _ => Kind::External,
    };
    let key = if kind == Kind::External { Key::global(Class::External, &object.name) } else { key };
    let evidence = Evidence::new(object.name_node().at(), "metadata.name");
    facts.components.push(ComponentFact { kind_stated: true, ..ComponentFact::new(key.clone(), kind, evidence) });
    Target::Component(key)
}

fn interaction(sort: &str) -> Interaction {
    if sort.starts_with("pubsub.") { Interaction::AsyncPublish } else { Interaction::Sync }
}

/// A subscription's applications receive from the broker behind its component.
fn subscription(object: &Object, apps: &Apps, components: &mut Components, facts: &mut Facts) {
    let spec = object.node.get("spec");
    for (field, key, _) in spec.into_iter().flat_map(Node::fields) {
        const KNOWN: [&str; 7] =
            ["topic", "pubsubname", "route", "routes", "deadLetterTopic", "bulkSubscribe", "metadata"];
        if !KNOWN.contains(&field) {
            facts.problems.push(unknown("field", field, &KNOWN, key.at()));
        }
    }
    let Some(node) = spec.and_then(|s| s.get("pubsubname")) else { return };
    let name = node.text().unwrap_or_default();
    let (consumers, stated) = apps.scoped(object);
    let consumers = if stated || consumers.len() == 1 { consumers } else { BTreeSet::new() };
    let Some(behind) = components.get_mut(&(object.namespace().to_owned(), name.to_owned())) else { return };
    for consumer in &consumers {
        let evidence = Evidence::new(node.at(), "spec.pubsubname");
        let (target, interaction) = (behind.target.clone(), Interaction::AsyncConsume);
        facts.dependencies.push(DependencyFact::new(consumer.clone(), target, interaction, evidence));
    }
    behind.consumers.extend(consumers);
}
