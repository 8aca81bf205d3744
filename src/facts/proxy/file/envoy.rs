//! Envoy's static configuration: routes with their retries and limits, clusters with their hosts and breakers.

use super::{Proxy, Upstream};
use crate::facts::address::{Address, parse_one};
use crate::facts::block::{Time, words};
use crate::facts::proxy::{Conditions, ENVOY_BASE_MS, ENVOY_REQUESTS, ENVOY_TIMEOUT_MS, jittered};
use crate::facts::{CallPolicy, Origin, Rank, RetryLayer, TimeoutOrigin};
use crate::parse::{Node, Outcome, documents};
use std::collections::BTreeMap;

pub(super) fn upstreams(text: &str, proxy: &Proxy<'_>) -> Vec<Upstream> {
    let mut found = Vec::new();
    for document in documents(&"".into(), text) {
        let Outcome::Tree(root) = document.outcome else { continue };
        let mut clusters: BTreeMap<String, Vec<Address>> = BTreeMap::new();
        walk(&root, None, &mut |node, _| {
            if let (Some(name), Some(_)) = (node.str("name"), either(node, "load_assignment", "loadAssignment")) {
                let addresses = endpoints(node);
                found.push(Upstream { addresses: addresses.clone(), policy: of_cluster(node, proxy) });
                clusters.insert(name.to_owned(), addresses);
            }
        });
        walk(&root, None, &mut |node, shared| {
            let route = node.get("route").filter(|route| !route.entries().is_empty());
            let names = route.map(names).unwrap_or_default();
            if let (Some(route), false) = (route, names.is_empty()) {
                let addresses: Vec<Address> =
                    names.iter().filter_map(|n| clusters.get(*n)).flatten().cloned().collect();
                found.push(Upstream { addresses, policy: of_route(route, shared, proxy) });
            }
        });
    }
    found.retain(|upstream| !upstream.addresses.is_empty());
    found
}

/// A field by either of its spellings.
fn either<'n>(node: &'n Node, snake: &str, camel: &str) -> Option<&'n Node> {
    node.get(snake).or_else(|| node.get(camel))
}

/// The index of a node's line.
fn line(node: &Node) -> usize {
    usize::try_from(node.line()).unwrap_or(1).saturating_sub(1)
}

/// The clusters that a route leads to.
fn names(route: &Node) -> Vec<&str> {
    let weighted = either(route, "weighted_clusters", "weightedClusters").and_then(|w| w.get("clusters"));
    let weighted = weighted.map(Node::items).unwrap_or_default().iter().filter_map(|c| c.str("name"));
    route.str("cluster").into_iter().chain(weighted).collect()
}

/// The hosts of a cluster.
fn endpoints(cluster: &Node) -> Vec<Address> {
    let mut addresses = Vec::new();
    walk(cluster, None, &mut |node, _| {
        let socket = either(node, "socket_address", "socketAddress");
        let port = socket.and_then(|s| either(s, "port_value", "portValue")).and_then(Node::text);
        if let (Some(host), Some(port)) = (socket.and_then(|s| s.str("address")), port) {
            addresses.extend(parse_one(&format!("{host}:{port}")));
        }
    });
    addresses
}

/// What a route does with requests. `shared` is the retry policy of its virtual host.
fn of_route(route: &Node, shared: Option<&Node>, proxy: &Proxy<'_>) -> CallPolicy {
    let timeout = route.get("timeout");
    let mut policy =
        (proxy.blank)(line(timeout.unwrap_or(route)), if timeout.is_some() { "route.timeout" } else { "route" });
    let time = |node: &Node| {
        let ms = node.text().and_then(|text| Time::Units.milliseconds(text));
        if ms.is_none() {
            proxy.misread(line(node), "a time of a route", Time::Units.expected());
        }
        ms
    };
    policy.timeout = match timeout {
        Some(written) => time(written).map(|ms| match ms > 0.0 {
            true => (ms, TimeoutOrigin::Explicit),
            false => (f64::INFINITY, TimeoutOrigin::Disabled),
        }),
        None => Some((ENVOY_TIMEOUT_MS, TimeoutOrigin::PlatformDefault)),
    };
    let Some(written) = either(route, "retry_policy", "retryPolicy").or(shared) else {
        policy.retry = Some(RetryLayer::new(policy.layer, 1, Origin::PlatformDefault, policy.evidence.clone()));
        return policy;
    };
    let count = either(written, "num_retries", "numRetries");
    let stated = count.and_then(|n| either(n, "value", "value").unwrap_or(n).int()).and_then(|n| u32::try_from(n).ok());
    if let (Some(written), None) = (count, stated) {
        proxy.misread(line(written), "num_retries", "a whole number, 0 or more");
        return policy;
    }
    // A policy that names no number retries once.
    let retries = stated.unwrap_or(1);
    let origin = if stated.is_some() { Origin::Explicit } else { Origin::PlatformDefault };
    let evidence = (proxy.blank)(line(count.unwrap_or(written)), "retry_policy.num_retries").evidence;
    let mut conditions = Conditions::default();
    let on = either(written, "retry_on", "retryOn").map(words).unwrap_or_default();
    let codes = either(written, "retriable_status_codes", "retriableStatusCodes").map(words).unwrap_or_default();
    for (word, node) in on.into_iter().chain(codes) {
        if !conditions.add(&word) {
            proxy.misread(line(node), "retry_on", "conditions that Envoy knows, such as `5xx` or `connect-failure`");
        }
    }
    let (limit, _) = policy.timeout.unwrap_or((f64::INFINITY, TimeoutOrigin::Unknown));
    let each = either(written, "per_try_timeout", "perTryTimeout").and_then(time);
    let each = each.filter(|ms| *ms > 0.0 && *ms < limit);
    let pauses = either(written, "retry_back_off", "retryBackOff");
    let pause = |snake, camel| pauses.and_then(|p| either(p, snake, camel)).and_then(time);
    let mut retry = RetryLayer::new(policy.layer, retries.saturating_add(1), origin, evidence);
    let base = pause("base_interval", "baseInterval").unwrap_or(ENVOY_BASE_MS);
    retry.backoff_ms = jittered(base, pause("max_interval", "maxInterval"), retries);
    retry.jitter = Some(true);
    retry.per_try_timeout_ms = each;
    retry.retried = conditions.retried(each);
    retry.conditions = conditions.words;
    policy.retry = Some(retry);
    policy
}

/// What a cluster lets through: each Envoy counts for itself.
fn of_cluster(cluster: &Node, proxy: &Proxy<'_>) -> CallPolicy {
    let breakers = either(cluster, "circuit_breakers", "circuitBreakers").and_then(|b| b.get("thresholds"));
    let threshold = breakers
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .find(|t| t.str("priority").is_none_or(|priority| priority == "DEFAULT"));
    let most = threshold.and_then(|t| either(t, "max_requests", "maxRequests"));
    let detection = either(cluster, "outlier_detection", "outlierDetection");
    let place = most.or(detection).unwrap_or(cluster);
    let mut policy = (proxy.blank)(line(place), "clusters");
    policy.rank = Rank::Provider;
    policy.max_concurrent =
        proxy.instances.map(|n| most.and_then(Node::float).unwrap_or(ENVOY_REQUESTS) * f64::from(n));
    policy.circuit_breaker = detection.map(|detection| ejects_all(cluster, detection));
    let budget = threshold.and_then(|t| either(t, "retry_budget", "retryBudget"));
    policy.budget = budget.map(|budget| {
        let percent = either(budget, "budget_percent", "budgetPercent").and_then(|p| p.get("value")?.float());
        percent.unwrap_or(20.0) / 100.0
    });
    policy
}

/// Whether calls fail at once when all hosts fail: as long as some of them may not be ejected those get the calls, and in
/// a panic, which half of the hosts are enough for unless told otherwise, all of them do.
fn ejects_all(cluster: &Node, detection: &Node) -> bool {
    let most = either(detection, "max_ejection_percent", "maxEjectionPercent").and_then(Node::float);
    let panic = either(cluster, "common_lb_config", "commonLbConfig")
        .and_then(|common| either(common, "healthy_panic_threshold", "healthyPanicThreshold"))
        .and_then(|threshold| threshold.get("value")?.float());
    most.is_some_and(|percent| percent >= 100.0) && panic == Some(0.0)
}

/// Every node of a tree with the retry policy of the virtual host around it; YAML nests at most 255 deep.
fn walk<'n>(node: &'n Node, shared: Option<&'n Node>, visit: &mut impl FnMut(&'n Node, Option<&'n Node>)) {
    let routes = node.get("routes").is_some() && node.get("domains").is_some();
    let shared = if routes { either(node, "retry_policy", "retryPolicy") } else { shared };
    visit(node, shared);
    for item in node.items() {
        walk(item, shared, visit);
    }
    for (_, _, child) in node.fields() {
        walk(child, shared, visit);
    }
}
