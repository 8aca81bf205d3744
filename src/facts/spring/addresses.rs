//! Whom the settings name: every value that is an address, and the names that only a registry knows.

use super::registry::Registry;
use super::view::{Certainty, Entry, View};
use crate::facts::address::{Address, Setting, in_settings};
use crate::facts::{Confidence, Criticality, DependencyFact, Evidence, Interaction};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Keys below which nothing is an address that this application calls by that setting: what others read, what it tells
/// of itself, and what [`super::calls`] understands better.
const NOT_HERE: [&str; 12] = [
    "eureka.instance",
    "eureka.server",
    "springdoc",
    "logging",
    "server",
    "management.endpoints",
    "spring.application",
    "spring.config",
    "spring.cloud.config.discovery",
    "spring.cloud.gateway",
    "turbine",
    "zuul.routes",
];

/// Switches that turn a family of settings off, and that family.
const SWITCHES: [(&str, &str); 8] = [
    ("eureka.client.enabled", "eureka"),
    ("spring.cloud.discovery.enabled", "eureka"),
    ("spring.cloud.config.enabled", "spring.cloud.config"),
    ("spring.zipkin.enabled", "spring.zipkin"),
    ("management.tracing.enabled", "management.zipkin"),
    ("spring.cloud.consul.enabled", "spring.cloud.consul"),
    ("spring.boot.admin.client.enabled", "spring.boot.admin"),
    ("spring.liquibase.enabled", "spring.liquibase"),
];

/// The libraries whose settings are often written once for all applications, and words by which build files name them.
pub(super) const FAMILIES: [(&str, &[&str]); 14] = [
    ("eureka", &["eureka"]),
    ("spring.rabbitmq", &["amqp", "rabbit"]),
    ("spring.kafka", &["kafka"]),
    ("spring.data.redis", &["redis"]),
    ("spring.redis", &["redis"]),
    ("spring.data.mongodb", &["mongo"]),
    ("spring.data.cassandra", &["cassandra"]),
    ("spring.elasticsearch", &["elasticsearch"]),
    ("spring.datasource", &["jdbc", "jpa", "mybatis", "jooq"]),
    ("spring.r2dbc", &["r2dbc"]),
    ("spring.zipkin", &["zipkin", "sleuth"]),
    ("management.zipkin", &["zipkin"]),
    ("spring.mail", &["mail"]),
    ("spring.cloud.consul", &["consul"]),
];

/// The dependencies that the settings state. `uses` says whether this application uses what is written for several.
pub(super) fn dependencies(view: &View<'_>, registry: &Registry, uses: &dyn Fn(&str) -> bool) -> Vec<DependencyFact> {
    let off: Vec<&str> =
        SWITCHES.iter().filter(|(switch, _)| view.flag(switch) == Some(false)).map(|(_, family)| *family).collect();
    let counts = |entry: &&Entry| {
        let path = entry.path();
        let below = |family: &str| is_below(&path, family);
        !NOT_HERE.iter().any(|f| below(f)) && !off.iter().any(|f| below(f)) && (!entry.shared || uses(&path))
    };
    let entries: Vec<&Entry> = view.entries().filter(counts).collect();
    let mut facts: Vec<DependencyFact> = Vec::new();
    for values in joined(&entries) {
        let settings: Vec<Setting<'_>> = values.iter().map(|v| Setting { key: &v.key, value: &v.value }).collect();
        for (i, found) in in_settings(&settings) {
            let Some(value) = values.get(i) else { continue };
            let whole = |a: &Address| {
                matches!(a, Address::Host { host, .. } if host.contains('.')) || matches!(a, Address::Resource { .. })
            };
            let certain = match value.certainty {
                Certainty::Sure => found.certain,
                Certainty::Perhaps => found.certain && found.addresses.iter().all(whole),
                Certainty::Unlikely => false,
            };
            let target = registry.target(found.addresses, certain);
            let fact =
                DependencyFact::new(view.program().key.clone(), target, found.interaction, value.evidence.clone());
            facts.push(fact.plane(found.plane).confidence(found.confidence));
        }
    }
    facts.extend(config_server(view, registry));
    facts
}

/// Whether a path is a family's.
pub(super) fn is_below(path: &str, family: &str) -> bool {
    let family = super::property::path(family.split('.'));
    path.strip_prefix(&*family).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A value with its key and place.
struct Value {
    key: String,
    value: String,
    evidence: Evidence,
    certainty: Certainty,
}

/// The values of all entries, the items of a list as one value. What may hold instead of another stands in a set of
/// its own, so that each host finds the port that belongs to it.
fn joined(entries: &[&Entry]) -> Vec<Vec<Value>> {
    let mut sets: Vec<BTreeMap<Vec<Arc<str>>, Value>> = Vec::new();
    for entry in entries {
        let index = entry.parts.last().filter(|p| p.bytes().all(|b| b.is_ascii_digit()));
        let of_list = index.is_some() && !entry.value.contains([',', ' ', ';']);
        let mut parts = entry.parts.clone();
        if of_list {
            parts.pop();
        }
        let fresh = || Value {
            key: parts.join("."),
            value: entry.value.clone(),
            evidence: entry.evidence.clone(),
            certainty: entry.certainty,
        };
        let alike = |v: &Value| v.evidence.at.file == entry.evidence.at.file && v.certainty == entry.certainty;
        if of_list && let Some(list) = sets.iter_mut().filter_map(|s| s.get_mut(&parts)).find(|v| alike(v)) {
            list.value.push(',');
            list.value.push_str(&entry.value);
            continue;
        }
        match sets.iter_mut().find(|set| !set.contains_key(&parts)) {
            Some(set) => drop(set.insert(parts.clone(), fresh())),
            None => sets.push(BTreeMap::from([(parts.clone(), fresh())])),
        }
    }
    sets.into_iter().map(|set| set.into_values().collect()).collect()
}

/// Where the configuration itself comes from: `spring.config.import`, or a configuration server found in the registry.
fn config_server(view: &View<'_>, registry: &Registry) -> Vec<DependencyFact> {
    let mut facts = Vec::new();
    let own = |target, evidence: &Evidence, optional: bool| {
        let fact = DependencyFact::new(view.program().key.clone(), target, Interaction::Sync, evidence.clone());
        if optional { fact.criticality(Criticality::Soft) } else { fact }
    };
    for entry in view.entries().filter(|e| is_below(&e.path(), "spring.config.import")) {
        for location in super::view::list(&entry.value) {
            let optional = location.starts_with("optional:");
            let location = location.trim_start_matches("optional:");
            let Some((source, url)) = location.split_once(':') else { continue };
            if !matches!(source, "configserver" | "consul" | "vault" | "nacos" | "zookeeper") {
                continue;
            }
            for (_, found) in in_settings(&[Setting { key: "spring.config.import.url", value: url }]) {
                let certain = found.certain && entry.certainty == Certainty::Sure;
                facts.push(own(registry.target(found.addresses, certain), &entry.evidence, optional));
            }
        }
    }
    if view.flag("spring.cloud.config.discovery.enabled") == Some(true)
        && view.flag("spring.cloud.config.enabled") != Some(false)
        && let Some(evidence) = view.place("spring.cloud.config.discovery")
    {
        let id = view.get("spring.cloud.config.discovery.service-id");
        let (name, evidence) = id.unwrap_or_else(|| ("configserver".to_owned(), evidence));
        let optional = view.flag("spring.cloud.config.fail-fast") != Some(true);
        facts.push(own(registry.service(&name, true), &evidence, optional));
    }
    // Dashboards collect from whom they list.
    if let Some((_, evidence)) = view.get("turbine.app-config") {
        for name in view.list("turbine.app-config") {
            let fact = own(registry.service(&name, false), &evidence, true);
            facts.push(fact.plane(crate::facts::Plane::Telemetry).confidence(Confidence::Inferred));
        }
    }
    facts
}
