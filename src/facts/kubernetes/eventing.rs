//! Knative Eventing: brokers and channels, who receives from them and who sends to them (SEMANTICS A.1).

use super::cluster::Cluster;
use super::object::Object;
use super::role::Role;
use crate::facts::address::{Setting, in_settings};
use crate::facts::block::misread;
use crate::facts::native::milliseconds;
use crate::facts::{
    CallPolicy, Callers, Calls, Class, ComponentFact, DependencyFact, Evidence, Facts, Interaction, Key, Kind, Layer,
    Origin, PlatformAssumption, Providers, Rank, RetryLayer, Target,
};
use crate::parse::Node;
use crate::source::{Problem, unknown};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The annotation of a Broker that says who runs it.
const CLASS: &str = "eventing.knative.dev/broker.class";

const POLICIES: [&str; 2] = ["exponential", "linear"];

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
            let given = Delivery::read(delivery, facts);
            fact.settings.dead_letter = given.dead_letter;
            fact.settings.deliveries = given.tries().and_then(|r| r.tries).map(f64::from);
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
    let of_buffer = cluster.all(Role::EventBuffer, namespace, name).first().copied();
    let written = |o: &'_ Object| o.node.path(&["spec", "delivery"]).filter(|node| !node.is_null()).cloned();
    let own = written(object).map(|node| Delivery::read(&node, facts));
    let general = of_buffer.and_then(|buffer| Some((buffer, written(buffer)?)));
    // Its own problems are told where the buffer is read.
    let general = general.map(|(buffer, node)| (buffer, Delivery::read(&node, &mut Facts::default())));
    let (delivery, rank, assumption) = match (own, general) {
        (Some(own), Some((buffer, general))) => {
            let class = buffer.node.path(&["metadata", "annotations", CLASS]).and_then(Node::text);
            let left_out = own.leaves_out(&general);
            match class {
                Some("Kafka" | "KafkaNamespaced") => (own.filled_from(general), Rank::Route, None),
                Some("MTChannelBasedBroker") => (own, Rank::Route, None),
                _ => (own, Rank::Route, left_out.then(replaces)),
            }
        }
        (Some(own), None) => (own, Rank::Route, None),
        (None, Some((_, general))) => (general, Rank::Provider, None),
        (None, None) => return,
    };
    let one = |key: &Key| Arc::new(BTreeSet::from([key.clone()]));
    let (callers, providers) = (Callers::Components(one(&consumer)), Providers::Components(one(&from)));
    let policy = CallPolicy::new(cluster.scope.clone(), Layer::Queue, callers, providers, delivery.place.clone());
    facts.policies.push(CallPolicy { calls: Calls::All, rank, retry: delivery.tries(), assumption, ..policy });
}

/// What a Trigger's word does to its Broker's where nobody says which kind of broker it is.
fn replaces() -> Arc<PlatformAssumption> {
    Arc::new(PlatformAssumption {
        id: "knative-trigger-delivery".into(),
        text: "a Trigger's `delivery` replaces its Broker's as a whole, as in Knative's own broker \
               (MTChannelBasedBroker); Kafka's takes from the Broker what the Trigger leaves out"
            .to_owned(),
        setting: Some(format!("the Broker's annotation {CLASS}")),
    })
}

/// A delivery specification as it is written.
struct Delivery {
    /// Tries after the first one.
    retries: Option<(u32, Evidence)>,
    /// Tries are written and cannot be read.
    misread: bool,
    /// Limit of one try, in milliseconds.
    timeout: Option<f64>,
    /// The first pause, in milliseconds.
    delay: Option<f64>,
    linear: bool,
    dead_letter: Option<bool>,
    place: Evidence,
}

impl Delivery {
    fn read(delivery: &Node, facts: &mut Facts) -> Self {
        let problems = &mut facts.problems;
        for (field, key, _) in delivery.fields().filter(|(field, ..)| !DELIVERY.contains(field)) {
            problems.push(unknown("field", field, &DELIVERY, key.at()));
        }
        let mut duration = |field: &str| {
            let node = delivery.get(field).filter(|node| !node.is_null())?;
            let ms = node.text().and_then(iso_8601);
            if ms.is_none() {
                problems.push(misread(node, &format!("delivery.{field}"), "an ISO 8601 duration such as `PT0.5S`"));
            }
            ms
        };
        let (timeout, delay) = (duration("timeout"), duration("backoffDelay"));
        if let Some(node) = delivery.get("backoffPolicy")
            && let Some(word) = node.text().filter(|word| !POLICIES.contains(word))
        {
            problems.push(unknown("`backoffPolicy`", word, &POLICIES, node.at()));
        }
        let retry = delivery.get("retry").filter(|node| !node.is_null());
        let retries = retry.and_then(|node| {
            let n = node.int().and_then(|n| u32::try_from(n).ok())?;
            Some((n, Evidence::new(node.at(), "delivery.retry")))
        });
        if let (Some(node), None) = (retry, &retries) {
            let reason = "`retry` must be a whole number of retries; taken as unknown";
            problems.push(Problem::new(node.at(), reason));
        }
        Self {
            misread: retry.is_some() && retries.is_none(),
            retries,
            timeout,
            delay,
            linear: delivery.str("backoffPolicy") == Some("linear"),
            dead_letter: delivery.get("deadLetterSink").map(|sink| !sink.is_null()),
            place: Evidence::new(delivery.at(), "spec.delivery"),
        }
    }

    /// Whether another one says something of tries that this one does not.
    fn leaves_out(&self, other: &Self) -> bool {
        let absent = |own: bool, other: bool| !own && other;
        absent(self.retries.is_some() || self.misread, other.retries.is_some())
            || absent(self.timeout.is_some(), other.timeout.is_some())
            || absent(self.delay.is_some(), other.delay.is_some())
    }

    /// This one, with the numbers of another one where it has none or 0.
    fn filled_from(self, other: Self) -> Self {
        Self {
            retries: self.retries.filter(|(n, _)| *n > 0).or(other.retries),
            timeout: self.timeout.or(other.timeout),
            delay: self.delay.or(other.delay),
            ..self
        }
    }

    /// Its tries; a specification without `retry` asks for none but the first. What cannot be read is unknown.
    fn tries(&self) -> Option<RetryLayer> {
        if self.misread {
            return None;
        }
        let (retries, origin, place) = match &self.retries {
            Some((n, place)) => (*n, Origin::Explicit, place.clone()),
            None => (0, Origin::PlatformDefault, self.place.clone()),
        };
        let layer = RetryLayer::new(Layer::Queue, retries.saturating_add(1), origin, place);
        let first = self.delay.unwrap_or(200.0);
        let pause = |n: u32| match self.linear {
            true => first * f64::from(n + 1),
            false => first * 2f64.powi(i32::try_from(n).unwrap_or(0)),
        };
        let backoff_ms = (0..retries.min(16)).map(pause).collect();
        Some(RetryLayer { per_try_timeout_ms: self.timeout, backoff_ms, ..layer })
    }
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
