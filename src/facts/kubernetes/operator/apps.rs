//! Servers that operators run, which are no stores: what they are called, and whom their resources name.

use super::super::cluster::Cluster;
use super::super::object::Object;
use super::super::role::Role;
use super::table::Count::{At, Unsaid};
use super::table::{Operator, server, watcher};
use super::{key, known};
use crate::facts::address::{Found, Setting, in_file, in_settings};
use crate::facts::{Class, DependencyFact, Evidence, Facts, Interaction, Key, Target};
use crate::parse::{Node, Style, Value};

pub(super) static APPS: [Operator; 10] = [
    server(("kafka.strimzi.io", "KafkaConnect"), At(&["spec", "replicas"], Some(3)), &[("", "-connect-api")]),
    server(("kafka.strimzi.io", "KafkaMirrorMaker2"), At(&["spec", "replicas"], Some(3)), &[("", "-mirrormaker2-api")]),
    server(("kafka.strimzi.io", "KafkaBridge"), At(&["spec", "replicas"], Some(1)), &[("", "-bridge-service")]),
    server(("k8s.keycloak.org", "Keycloak"), At(&["spec", "instances"], Some(1)), &[("", "-service")]),
    watcher(("opentelemetry.io", "OpenTelemetryCollector"), Unsaid, &[("", "-collector"), ("", "-collector-headless")]),
    watcher(("jaegertracing.io", "Jaeger"), Unsaid, &[("", "-collector"), ("", "-query"), ("", "-agent")]),
    watcher(("grafana.integreatly.org", "Grafana"), Unsaid, &[("", "-service")]),
    watcher(("kibana.k8s.elastic.co", "Kibana"), At(&["spec", "count"], Some(1)), &[("", "-kb-http")]),
    watcher(("apm.k8s.elastic.co", "ApmServer"), At(&["spec", "count"], Some(1)), &[("", "-apm-http")]),
    watcher(("logstash.k8s.elastic.co", "Logstash"), At(&["spec", "count"], Some(1)), &[("", "-ls-api")]),
];

/// Whether a resource says what a server of another one calls.
pub(super) fn is_part(group: &str, kind: &str) -> bool {
    (group, kind) == ("kafka.strimzi.io", "KafkaConnector")
}

/// Whom servers call, as far as their resources name hosts or stores of other resources.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    for (object, _) in known(cluster).filter(|(_, operator)| APPS.iter().any(|app| std::ptr::eq(app, *operator))) {
        references(&key(cluster, object), object, facts);
    }
    for connector in cluster.of(Role::Operated).iter().filter(|o| is_part(&o.group, &o.kind)) {
        let labels = connector.node.path(&["metadata", "labels"]);
        if let Some(connect) = labels.and_then(|l| l.str("strimzi.io/cluster")) {
            references(&Key::new(&cluster.scope, Class::Workload, connector.namespace(), connect), connector, facts);
        }
    }
}

fn references(from: &Key, object: &Object, facts: &mut Facts) {
    let Some(spec) = object.node.get("spec") else { return };
    let mut settings: Vec<(String, &Node)> = Vec::new();
    flatten("", spec, &mut settings);
    let mut add = |found: Found, evidence| {
        let target = Target::Addresses { addresses: found.addresses, certain: found.certain };
        let fact = DependencyFact::new(from.clone(), target, found.interaction, evidence);
        facts.dependencies.push(DependencyFact { plane: found.plane, confidence: found.confidence, ..fact });
    };
    let (files, settings): (Vec<_>, Vec<_>) =
        settings.into_iter().partition(|(_, node)| matches!(node.value(), Value::Scalar(_, Style::Block)));
    let plain: Vec<Setting<'_>> =
        settings.iter().map(|(key, node)| Setting { key, value: node.text().unwrap_or_default() }).collect();
    for (index, found) in in_settings(&plain) {
        if let Some((key, node)) = settings.get(index) {
            add(found, Evidence::new(node.at(), format!("spec.{key}")));
        }
    }
    for (key, node) in files {
        for (line, found) in in_file(&format!("{key}.yaml"), node.text().unwrap_or_default()) {
            add(found, Evidence::new(node.at_text_line(line), format!("spec.{key}")));
        }
    }
    let stores = ["elasticsearchRef", "elasticsearchRefs"].into_iter().filter_map(|field| spec.get(field));
    for store in stores.flat_map(|node| if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() })
    {
        let Some(name) = store.get("name").filter(|n| n.text().is_some_and(|text| !text.is_empty())) else { continue };
        let namespace = store.str("namespace").unwrap_or(object.namespace());
        let target = Target::Name {
            namespace: namespace.into(),
            name: format!("{}-es-http", name.text().unwrap_or_default()).into(),
        };
        let evidence = Evidence::new(name.at(), "spec.elasticsearchRef.name");
        facts.dependencies.push(DependencyFact::new(from.clone(), target, Interaction::Sync, evidence));
    }
}

/// Scalars with the keys that lead to them, joined by dots. What users call the server is not whom it calls.
fn flatten<'a>(path: &str, node: &'a Node, into: &mut Vec<(String, &'a Node)>) {
    for (name, _, value) in node.fields().filter(|(name, ..)| *name != "hostname" || !path.is_empty()) {
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value.value() {
            Value::Scalar(..) => into.push((path, value)),
            Value::Mapping(_) => flatten(&path, value, into),
            Value::Sequence(items) => items.iter().for_each(|item| match item.value() {
                Value::Scalar(..) => into.push((path.clone(), item)),
                _ => flatten(&path, item, into),
            }),
            Value::Null => {}
        }
    }
}
