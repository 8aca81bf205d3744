//! Kong's declarative configuration: where its services lead, by way of their upstreams, and whom its plugins ask.

use super::super::key::meaning;
use super::super::url::distinct;
use super::super::{Found, Plane, value};
use super::tree;
use crate::facts::{Criticality, kong};
use crate::parse::Node;

/// Plugins that only send somewhere what Kong saw.
const WATCHING: [&str; 11] = [
    "http-log",
    "tcp-log",
    "udp-log",
    "loggly",
    "kafka-log",
    "syslog",
    "datadog",
    "statsd",
    "statsd-advanced",
    "zipkin",
    "opentelemetry",
];

/// Plugins that count in a store, and let requests pass when it is away unless told otherwise.
const COUNTING: [&str; 3] = ["rate-limiting", "response-ratelimiting", "rate-limiting-advanced"];

/// What a file leads to, each with the index of its line. `None` if it is not Kong's.
pub(super) fn scan(root: &Node) -> Option<Vec<(usize, Found)>> {
    if !kong::is_declarative(root) {
        return None;
    }
    let mut found: Vec<_> = kong::services(root).iter().filter_map(service).collect();
    for plugin in kong::plugins(root).filter(|plugin| plugin.get("enabled").and_then(Node::bool) != Some(false)) {
        let name = plugin.str("name").unwrap_or_default();
        let strict = plugin.path(&["config", "fault_tolerant"]).and_then(Node::bool) == Some(false);
        for (line, mut one) in plugin.get("config").map(tree::settings).unwrap_or_default() {
            if WATCHING.contains(&name) {
                one.plane = Plane::Telemetry;
            }
            if COUNTING.contains(&name) {
                one.criticality = Some(if strict { Criticality::Hard } else { Criticality::Soft });
            }
            found.push((line, one));
        }
    }
    Some(found)
}

/// Whom a service leads to: any target of its upstream may answer.
fn service(service: &kong::Service<'_>) -> Option<(usize, Found)> {
    let read = |(at, host): &(&Node, String)| {
        let found = value::of_meaning(&meaning("upstream_address"), "", host).pop()?;
        Some((tree::line(at), found))
    };
    let mut all = service.hosts.iter().filter_map(read);
    let (line, mut first) = all.next()?;
    first.addresses.extend(all.flat_map(|(_, more)| more.addresses));
    first.addresses = distinct(std::mem::take(&mut first.addresses));
    Some((line, first))
}
