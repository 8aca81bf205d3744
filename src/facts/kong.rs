//! Kong's services as a declarative file writes them, and what Kong does with their calls, whoever says it: the file,
//! a ConfigMap that holds it, or Kubernetes' resources (SEMANTICS A.1, B).

use super::block::{Block, Misread, Read};
use super::proxy::next_upstream;
use super::{Evidence, Layer, Origin, RetryLayer};
use crate::parse::Node;
use crate::source::{Problem, nearest, unknown};
use std::collections::BTreeMap;

/// Retries, and how long Kong waits in each phase, unless told otherwise.
const RETRIES: u32 = 5;
const PHASE_MS: f64 = 60_000.0;

/// The formats that there have been, the current one first.
const FORMATS: [&str; 4] = ["3.0", "2.1", "1.1", "1.0"];

/// Lists of a file that are read.
const LISTS: [&str; 4] = ["services", "upstreams", "plugins", "targets"];

#[rustfmt::skip]
const SERVICE: [&str; 24] = [
    "id", "name", "url", "protocol", "host", "port", "path", "retries", "connect_timeout", "write_timeout",
    "read_timeout", "tags", "client_certificate", "tls_verify", "tls_verify_depth", "tls_sans", "ca_certificates",
    "enabled", "created_at", "updated_at", "routes", "plugins", "_comment", "_ignore",
];
#[rustfmt::skip]
const UPSTREAM: [&str; 25] = [
    "id", "name", "algorithm", "hash_on", "hash_fallback", "hash_on_header", "hash_fallback_header", "hash_on_cookie",
    "hash_on_cookie_path", "hash_on_query_arg", "hash_fallback_query_arg", "hash_on_uri_capture",
    "hash_fallback_uri_capture", "slots", "healthchecks", "targets", "tags", "host_header", "client_certificate",
    "use_srv_name", "sticky_sessions_cookie", "sticky_sessions_cookie_path", "created_at", "updated_at", "_comment",
];

/// How the failures that make Kong take a target out are spelt: in its own entities, and in Kubernetes' resources.
pub(super) const COUNTERS: [&str; 4] = ["http_failures", "tcp_failures", "timeouts", "http_statuses"];
pub(super) const CAMEL_COUNTERS: [&str; 4] = ["httpFailures", "tcpFailures", "timeouts", "httpStatuses"];

/// A service of a declarative file.
pub(super) struct Service<'n> {
    /// Its own node.
    pub node: &'n Node,
    /// Whom it leads to, each `host:port` or a URL, and where that stands: several are the targets of its upstream.
    pub hosts: Vec<(&'n Node, String)>,
    /// The upstream, if its host is the name of one.
    pub upstream: Option<&'n Node>,
}

/// What is written of the calls of a service.
#[derive(Default)]
pub(super) struct Written {
    /// Retries after the first try.
    pub retries: Option<(u32, Evidence)>,
    /// How long Kong waits for a piece of an answer, in milliseconds.
    pub read_ms: Option<f64>,
}

/// Whether a document is a declarative file: it says so, or it has services with routes, as only Kong's have.
pub(super) fn is_declarative(root: &Node) -> bool {
    let leads =
        |service: &Node| service.get("routes").is_some() && ["url", "host"].iter().any(|k| service.get(k).is_some());
    root.get("_format_version").is_some() || items(root, "services").iter().any(leads)
}

/// The services that are not switched off.
pub(super) fn services(root: &Node) -> Vec<Service<'_>> {
    let upstreams: BTreeMap<&str, &Node> =
        items(root, "upstreams").iter().filter_map(|upstream| Some((upstream.str("name")?, upstream))).collect();
    let on = |service: &&Node| service.get("enabled").and_then(Node::bool) != Some(false);
    let read = |node| {
        let (at, host) = host(node)?;
        let name = host.split_once("://").map_or(&*host, |(_, rest)| rest);
        let name = name.split([':', '/', '?']).next().unwrap_or_default();
        let Some(&upstream) = upstreams.get(name) else {
            return Some(Service { node, hosts: vec![(at, host)], upstream: None });
        };
        let inline = items(upstream, "targets").iter();
        let apart = items(root, "targets").iter().filter(|target| {
            let of = target.get("upstream").and_then(|of| of.text().or_else(|| of.str("name")));
            of == Some(name)
        });
        let targets = inline.chain(apart).filter_map(|target| {
            let at = target.get("target").unwrap_or(target);
            // A weight of nothing takes a target out.
            let weighted = target.get("weight").and_then(Node::int) != Some(0);
            Some((at, at.text().filter(|_| weighted)?.to_owned()))
        });
        Some(Service { node, hosts: targets.collect(), upstream: Some(upstream) })
    };
    items(root, "services").iter().filter(on).filter_map(read).collect()
}

/// The plugins of a file, wherever they stand.
pub(super) fn plugins(root: &Node) -> impl Iterator<Item = &Node> {
    let of = |holder: &'static str| items(root, holder).iter();
    let nested = of("services").flat_map(|service| items(service, "routes"));
    let holders = std::iter::once(root).chain(of("services")).chain(of("routes")).chain(of("consumers")).chain(nested);
    holders.flat_map(|holder| items(holder, "plugins"))
}

/// What is wrong with a file as a whole.
pub(super) fn check(root: &Node, problems: &mut Vec<Problem>) {
    match root.get("_format_version") {
        None => {
            let problem =
                Problem::new(root.at(), "has services of Kong and no `_format_version`, so Kong does not load it");
            problems.push(problem.remedy("write `_format_version: \"3.0\"`"));
        }
        Some(node) if !node.text().is_some_and(|text| FORMATS.contains(&text)) => {
            let what = "version of Kong's format, which is read as if it were 3.0:";
            problems.push(unknown(what, node.text().unwrap_or(node.sort()), &FORMATS, node.at()));
        }
        Some(_) => {}
    }
    for (key, at, value) in root.fields() {
        let known = LISTS.contains(&key);
        if known && value.sort() != "a list" && !value.is_null() {
            problems.push(Problem::new(value.at(), format!("`{key}` is {}, not a list", value.sort())));
        } else if !known && nearest(key, LISTS).is_some() && key != "routes" {
            problems.push(unknown("field", key, &LISTS, at.at()));
        }
    }
    for service in items(root, "services").iter().filter(|service| host(service).is_none()) {
        let problem = Problem::new(service.at(), "a service has neither `url` nor `host`, so it leads nowhere");
        problems.push(problem.remedy("say where its requests go"));
    }
}

/// What a service says of its calls.
pub(super) fn of_service(node: &Node, problems: &mut Vec<Problem>) -> Result<Written, Misread> {
    let block = Block::of(node, "services", &SERVICE, problems)?;
    let retries = block.read("retries", "a whole number from 0 to 32767", problems, |n| retries(n.int()?))?;
    let mut phase = |key| block.read(key, "a whole number of milliseconds, 1 or more", problems, milliseconds);
    let (_, _, read_ms) = (phase("connect_timeout")?, phase("write_timeout")?, phase("read_timeout")?);
    Ok(Written { retries: retries.map(|n| (n, block.evidence("retries"))), read_ms })
}

/// Whether an upstream takes targets out that fail.
pub(super) fn of_upstream(node: &Node, problems: &mut Vec<Problem>) -> Read<bool> {
    let block = Block::of(node, "upstreams", &UPSTREAM, problems)?;
    breaks(block.node(), &COUNTERS, problems)
}

/// Whether the passive health checks of an upstream, however they are spelt, are a circuit breaker: one counter is
/// enough, and all are 0 unless written.
pub(super) fn breaks(upstream: &Node, counters: &[&str; 4], problems: &mut Vec<Problem>) -> Read<bool> {
    let known = ["active", "passive", "threshold"];
    let Some(checks) = Block::under(upstream, "healthchecks", &known, problems)? else { return Ok(None) };
    let known = ["type", "healthy", "unhealthy"];
    let Some(passive) = Block::under(checks.node(), "passive", &known, problems)? else { return Ok(None) };
    let Some(unhealthy) = Block::under(passive.node(), "unhealthy", counters, problems)? else { return Ok(None) };
    let [http, tcp, timeouts, _] = counters;
    let mut any = false;
    for counter in [http, tcp, timeouts] {
        any |= unhealthy.count(counter, problems)?.is_some_and(|n| n > 0);
    }
    Ok(Some(any))
}

/// The tries of a service. Kong's nginx passes on what it could not deliver and what took too long.
pub(super) fn tries(layer: Layer, written: Written, place: Evidence) -> RetryLayer {
    let (retries, origin, evidence) = match written.retries {
        Some((n, evidence)) => (n, Origin::Explicit, evidence),
        None => (RETRIES, Origin::PlatformDefault, place),
    };
    let retry = RetryLayer::new(layer, retries.saturating_add(1), origin, evidence);
    let retry = next_upstream(retry, "error timeout");
    RetryLayer { per_try_timeout_ms: Some(written.read_ms.unwrap_or(PHASE_MS)), ..retry }
}

/// A number of retries that Kong takes.
pub(super) fn retries(n: i64) -> Option<u32> {
    u32::try_from(n).ok().filter(|n| *n <= 32_767)
}

/// A limit of a phase that Kong takes.
pub(super) fn milliseconds(node: &Node) -> Option<f64> {
    node.int().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0).map(f64::from)
}

/// Where a service leads: its URL, or its host with its port.
fn host(service: &Node) -> Option<(&Node, String)> {
    if let Some(url) = service.get("url") {
        return Some((url, url.text()?.to_owned()));
    }
    let host = service.get("host")?;
    let port = service.get("port").and_then(Node::text).unwrap_or("80");
    Some((host, format!("{}:{port}", host.text()?)))
}

fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).map(Node::items).unwrap_or_default()
}
