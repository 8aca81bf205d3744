//! Knative Eventing: brokers and channels, who receives from them and who sends to them (SEMANTICS A.1).

use super::cluster::Cluster;
use super::object::Object;
use super::role::Role;
use crate::facts::address::{Setting, in_settings};
use crate::facts::native::milliseconds;
use crate::facts::{
    CallPolicy, Callers, Calls, Class, ComponentFact, DependencyFact, Evidence, Facts, Interaction, Key, Kind, Layer,
    Origin, Providers, Rank, RetryLayer, Target, TimeoutOrigin,
};
use crate::parse::Node;
use crate::source::{Problem, unknown};
use std::collections::BTreeSet;
use std::sync::Arc;

const DELIVERY: [&str; 7] =
    ["retry", "timeout", "backoffPolicy", "backoffDelay", "deadLetterSink", "retryAfterMax", "format"];

/// Kinds of what holds events until they are delivered.
pub(super) fn is_buffer(group: &str, kind: &str) -> bool {
    matches!((group, kind), ("eventing.knative.dev", "Broker") | ("messaging.knative.dev", "Channel"))
        || (group == "messaging.knative.dev" && kind.ends_with("Channel"))
}

/// Kinds of what delivers events to somebody, or sends them on.
pub(super) fn is_link(group: &str, kind: &str) -> bool {
    matches!(
        (group, kind),
        ("eventing.knative.dev", "Trigger") | ("messaging.knative.dev", "Subscription") | ("sources.knative.dev", _)
    )
}

/// Adds brokers and channels, and who depends on them.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    for object in cluster.of(Role::EventBuffer) {
        let evidence = Evidence::new(object.name_node().at(), "metadata.name");
        let mut fact = ComponentFact::new(buffer(cluster, object.namespace(), &object.name), Kind::Queue, evidence);
        fact.kind_stated = true;
        if let Some(delivery) = object.node.path(&["spec", "delivery"]) {
            let given = delivered(delivery, facts);
            fact.settings.dead_letter = given.dead_letter;
            fact.settings.deliveries = given.retry.as_ref().and_then(|r| r.tries).map(f64::from);
        }
        facts.components.push(fact);
    }
    for object in cluster.of(Role::EventLink) {
        if &*object.group == "sources.knative.dev" {
            source(cluster, object, facts);
        } else {
            subscription(cluster, object, facts);
        }
    }
}

fn buffer(cluster: &Cluster<'_>, namespace: &str, name: &str) -> Key {
    Key::new(&cluster.scope, Class::Workload, namespace, name)
}

/// A trigger of a broker, or a subscription of a channel: its subscriber receives.
fn subscription(cluster: &Cluster<'_>, object: &Object, facts: &mut Facts) {
    let named = match &*object.kind {
        "Trigger" => object.node.path(&["spec", "broker"]),
        _ => object.node.path(&["spec", "channel", "name"]),
    };
    let namespace = object.namespace();
    // A trigger that names no broker is one of the broker "default".
    let name = named.and_then(Node::text).unwrap_or("default");
    let evidence = Evidence::new(named.unwrap_or(object.name_node()).at(), "spec.broker");
    let Some(subscriber) = object.node.path(&["spec", "subscriber"]) else { return };
    let Some(Target::Component(consumer)) = destination(cluster, namespace, subscriber) else { return };
    let from = buffer(cluster, namespace, name);
    let target = Target::Component(from.clone());
    facts.dependencies.push(DependencyFact::new(consumer.clone(), target, Interaction::AsyncConsume, evidence.clone()));
    // What the broker says of deliveries holds unless the trigger says something.
    let of_buffer = cluster.all(Role::EventBuffer, namespace, name).first().copied();
    let stated = [(Some(object), Rank::Route), (of_buffer, Rank::Provider)];
    for (holder, rank) in stated {
        let Some(delivery) = holder.and_then(|o| o.node.path(&["spec", "delivery"])) else { continue };
        let given = delivered(delivery, facts);
        let one = |key: &Key| Arc::new(BTreeSet::from([key.clone()]));
        let place = Evidence::new(delivery.at(), "spec.delivery");
        let (callers, providers) = (Callers::Components(one(&consumer)), Providers::Components(one(&from)));
        let policy = CallPolicy::new(cluster.scope.clone(), Layer::Queue, callers, providers, place);
        if given.retry.is_some() || given.timeout.is_some() {
            facts.policies.push(CallPolicy {
                calls: Calls::All,
                rank,
                timeout: given.timeout.filter(|_| given.retry.is_none()),
                retry: given.retry,
                ..policy
            });
        }
    }
}

struct Delivered {
    retry: Option<RetryLayer>,
    timeout: Option<(f64, TimeoutOrigin)>,
    dead_letter: Option<bool>,
}

/// What a delivery specification says. `retry` counts the tries after the first one; `timeout` is that of each.
fn delivered(delivery: &Node, facts: &mut Facts) -> Delivered {
    for (field, key, _) in delivery.fields().filter(|(field, ..)| !DELIVERY.contains(field)) {
        facts.problems.push(unknown("field", field, &DELIVERY, key.at()));
    }
    let duration = |field: &str| delivery.str(field).and_then(iso_8601);
    let timeout = duration("timeout");
    let retry = delivery.get("retry").and_then(|node| match node.int().and_then(|n| u32::try_from(n).ok()) {
        Some(retries) => {
            let tries = retries.saturating_add(1);
            let layer =
                RetryLayer::new(Layer::Queue, tries, Origin::Explicit, Evidence::new(node.at(), "delivery.retry"));
            let first = duration("backoffDelay").unwrap_or(200.0);
            let grows = delivery.str("backoffPolicy") != Some("linear");
            let pause = |n: u32| {
                if grows { first * 2f64.powi(i32::try_from(n).unwrap_or(0)) } else { first * f64::from(n + 1) }
            };
            let backoff_ms = (0..retries.min(16)).map(pause).collect();
            Some(RetryLayer { per_try_timeout_ms: timeout, backoff_ms, ..layer })
        }
        None => {
            let reason = "`retry` must be a whole number of retries; taken as unknown";
            facts.problems.push(Problem::new(node.at(), reason));
            None
        }
    });
    let dead_letter = delivery.get("deadLetterSink").map(|sink| !sink.is_null());
    Delivered { retry, timeout: timeout.map(|ms| (ms, TimeoutOrigin::Explicit)), dead_letter }
}

/// `PT0.2S`, as Knative writes durations.
fn iso_8601(text: &str) -> Option<f64> {
    let time = text.trim().to_ascii_lowercase();
    milliseconds(time.strip_prefix("pt")?)
}

/// A source sends to its sink; one that only Knative runs is a component of its own.
fn source(cluster: &Cluster<'_>, object: &Object, facts: &mut Facts) {
    let Some(sink) = object.node.path(&["spec", "sink"]) else { return };
    let Some(to) = destination(cluster, object.namespace(), sink) else { return };
    let evidence = Evidence::new(sink.at(), "spec.sink");
    let from = match (&*object.kind, object.node.path(&["spec", "subject", "name"]).and_then(Node::text)) {
        ("SinkBinding", Some(name)) => Key::new(&cluster.scope, Class::Workload, object.namespace(), name),
        ("SinkBinding", None) => return,
        _ => {
            let key = Key::new(&cluster.scope, Class::Workload, object.namespace(), &object.name);
            let at = Evidence::new(object.name_node().at(), "metadata.name");
            facts.components.push(ComponentFact::new(key.clone(), Kind::Service, at));
            key
        }
    };
    let buffered =
        sink.path(&["ref", "kind"]).and_then(Node::text).is_some_and(|k| k == "Broker" || k.ends_with("Channel"));
    let interaction = if buffered { Interaction::AsyncPublish } else { Interaction::Sync };
    facts.dependencies.push(DependencyFact::new(from, to, interaction, evidence));
}

/// Whom a destination means: an object by reference, or an address.
fn destination(cluster: &Cluster<'_>, namespace: &str, node: &Node) -> Option<Target> {
    if let Some(reference) = node.get("ref") {
        let name = reference.str("name")?;
        let namespace = reference.str("namespace").unwrap_or(namespace);
        let group = reference.str("apiVersion").and_then(|v| v.rsplit_once('/')).map_or("", |(group, _)| group);
        let kind = reference.str("kind").unwrap_or("Service");
        if kind == "Service" && group.is_empty() {
            // The workload behind a Service of the core group is for the graph to find; Knative's own is a component.
            let target = Target::Name { namespace: namespace.into(), name: name.to_lowercase().into() };
            return workload_behind(cluster, namespace, name).map(Target::Component).or(Some(target));
        }
        return Some(Target::Component(Key::new(&cluster.scope, Class::Workload, namespace, name)));
    }
    let uri = node.str("uri")?;
    let (_, found) = in_settings(&[Setting { key: "sink.uri", value: uri }]).into_iter().next()?;
    Some(Target::Addresses { addresses: found.addresses, certain: found.certain })
}

/// The one workload that a Service of the core group selects.
fn workload_behind(cluster: &Cluster<'_>, namespace: &str, name: &str) -> Option<Key> {
    let service = cluster.all(Role::Service, namespace, name).first()?;
    let selector = super::selector::Selector::plain(service.node.path(&["spec", "selector"])?);
    let mut selected = cluster.select(namespace, &selector).into_iter();
    selected.next().filter(|_| selected.next().is_none())
}
