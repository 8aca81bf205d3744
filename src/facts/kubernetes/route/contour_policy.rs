//! What Contour's Envoy does with requests (SEMANTICS A.1, B, C): of an HTTPProxy's routes, and of Ingresses that it
//! serves.

use super::{Proxies, gateway_policy};
use crate::facts::block::{Block, Misread, Read, Time, words};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::mesh::istio::passed_through;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::proxy::{Conditions, ENVOY_BASE_MS, ENVOY_REQUESTS, ENVOY_TIMEOUT_MS, jittered};
use crate::facts::{CallPolicy, Evidence, Origin, Providers, Rank, RetryLayer, Target, TimeoutOrigin};
use crate::parse::Node;
use crate::source::Problem;

#[rustfmt::skip]
const ROUTE: [&str; 21] = [
    "conditions", "services", "permitInsecure", "authPolicy", "timeoutPolicy", "retryPolicy", "healthCheckPolicy",
    "tcpHealthCheckPolicy", "loadBalancerPolicy", "enableWebsockets", "pathRewritePolicy", "requestHeadersPolicy",
    "responseHeadersPolicy", "cookieRewritePolicies", "rateLimitPolicy", "requestRedirectPolicy",
    "directResponsePolicy", "internalRedirectPolicy", "jwtVerificationPolicy", "ipAllowPolicy", "ipDenyPolicy",
];

/// What holds where nothing is said: one try, Envoy's limit.
fn default(cluster: &Cluster<'_>, evidence: Evidence) -> CallPolicy {
    let mut policy = gateway_policy(cluster, Rank::Route, evidence);
    policy.retry = Some(RetryLayer::new(policy.layer, 1, Origin::PlatformDefault, policy.evidence.clone()));
    policy.timeout = Some((ENVOY_TIMEOUT_MS, TimeoutOrigin::PlatformDefault));
    policy
}

/// What a route of an HTTPProxy does with requests, and how many it lets through at once.
pub(super) fn of_route(
    cluster: &Cluster<'_>,
    proxy: &Object,
    route: &Node,
    proxies: &Proxies,
    problems: &mut Vec<Problem>,
) -> Vec<CallPolicy> {
    let mut policies = limits(cluster, proxy, route, proxies, problems);
    let mut policy = default(cluster, Evidence::new(route.at(), "spec.routes"));
    if let Ok(block) = Block::of(route, "routes", &ROUTE, problems) {
        let _ = requests(&block, &mut policy, problems);
    }
    policies.push(policy);
    policies
}

/// What a TCP proxy does: it passes connections on.
pub(super) fn of_connections(cluster: &Cluster<'_>, tcp: &Node) -> CallPolicy {
    passed_through(gateway_policy(cluster, Rank::Route, Evidence::new(tcp.at(), "spec.tcpproxy")))
}

fn requests(route: &Block<'_>, policy: &mut CallPolicy, problems: &mut Vec<Problem>) -> Result<(), Misread> {
    let known = ["response", "idle", "idleConnection"];
    if let Some(timeouts) = Block::under(route.node(), "timeoutPolicy", &known, problems)?
        && let Some(ms) = limit(&timeouts, "response", problems)?
    {
        policy.timeout = Some((ms, TimeoutOrigin::Explicit));
        policy.evidence = timeouts.evidence("response");
    }
    let known = ["count", "perTryTimeout", "retryOn", "retriableStatusCodes"];
    let Some(block) = Block::under(route.node(), "retryPolicy", &known, problems)? else { return Ok(()) };
    let count = block.read("count", "a whole number, -1 or more", problems, |node| node.int().filter(|n| *n >= -1))?;
    let each = limit(&block, "perTryTimeout", problems)?;
    let words = block.get("retryOn").map(words);
    let codes = block.get("retriableStatusCodes").map(Node::items).unwrap_or_default();
    let mut conditions = words.map_or_else(|| Conditions::of(&["5xx"]), |w| Conditions::read(w, problems));
    for code in codes {
        if !code.text().is_some_and(|code| conditions.add(code)) {
            let reason = "`retryPolicy.retriableStatusCodes` cannot be read";
            problems.push(Problem::new(code.at(), reason).remedy("write status codes such as 503"));
        }
    }
    policy.retry = Some(retry(policy, count, each, conditions, block.evidence("count")));
    Ok(())
}

/// Minus one switches retries off; none and absent are one retry.
fn retry(
    policy: &CallPolicy,
    count: Option<i64>,
    each: Option<f64>,
    conditions: Conditions,
    evidence: Evidence,
) -> RetryLayer {
    let retries = match count {
        Some(n) if n < 0 => 0,
        Some(0) | None => 1,
        Some(n) => u32::try_from(n).unwrap_or(u32::MAX),
    };
    let origin = if count.is_some() { Origin::Explicit } else { Origin::PlatformDefault };
    let mut retry = RetryLayer::new(policy.layer, retries.saturating_add(1), origin, evidence);
    if retries > 0 {
        let whole = policy.timeout.map_or(f64::INFINITY, |(ms, _)| ms);
        retry.per_try_timeout_ms = each.filter(|ms| *ms < whole);
        retry.backoff_ms = jittered(ENVOY_BASE_MS, None, retries);
        retry.jitter = Some(true);
        retry.retried = conditions.retried(retry.per_try_timeout_ms);
        retry.conditions = conditions.words;
    }
    retry
}

/// A time; `infinity` and 0 switch it off.
fn limit(block: &Block<'_>, key: &str, problems: &mut Vec<Problem>) -> Read<f64> {
    block.read(key, Time::Units.expected(), problems, |node| match node.text()? {
        "infinity" | "infinite" => Some(f64::INFINITY),
        text => Time::Units.milliseconds(text).map(|ms| if ms > 0.0 { ms } else { f64::INFINITY }),
    })
}

/// What Contour does with the requests of an Ingress: retries only where its annotations name conditions.
pub(super) fn of_ingress(cluster: &Cluster<'_>, ingress: &Object, problems: &mut Vec<Problem>) -> CallPolicy {
    let mut policy = default(cluster, Evidence::new(ingress.name_node().at(), "spec.ingressClassName"));
    if let Some(node) = ingress.node.path(&["metadata", "annotations"]) {
        let _ = annotations(&Block::bare(node, "metadata.annotations"), &mut policy, problems);
    }
    policy
}

fn annotations(block: &Block<'_>, policy: &mut CallPolicy, problems: &mut Vec<Problem>) -> Result<(), Misread> {
    let key = "projectcontour.io/response-timeout";
    if let Some(ms) = limit(block, key, problems)? {
        policy.timeout = Some((ms, TimeoutOrigin::Explicit));
        policy.evidence = block.evidence(key);
    }
    if let Some(on) = block.get("projectcontour.io/retry-on") {
        let conditions = Conditions::read(words(on), problems);
        let count = block.integer("projectcontour.io/num-retries", problems)?;
        let each = limit(block, "projectcontour.io/per-try-timeout", problems)?;
        let evidence = block.evidence("projectcontour.io/retry-on");
        policy.retry = Some(retry(policy, count, each, conditions, evidence));
    }
    Ok(())
}

/// How many requests Envoy lets through at once to each Service of a route, if its instances are known: each counts for
/// itself.
fn limits(
    cluster: &Cluster<'_>,
    proxy: &Object,
    route: &Node,
    proxies: &Proxies,
    problems: &mut Vec<Problem>,
) -> Vec<CallPolicy> {
    let Some(instances) = proxies.envoy else { return Vec::new() };
    let services = route.get("services").map(Node::items).unwrap_or_default().iter();
    let limit = |service: &Node| {
        let name = service.str("name")?;
        let object = cluster.all(Role::Service, proxy.namespace(), name).first();
        let annotations = object.and_then(|o| o.node.path(&["metadata", "annotations"]));
        let block = annotations.map(|node| Block::bare(node, "metadata.annotations"));
        let key = "projectcontour.io/max-requests";
        let most = block.and_then(|b| Some((f64::from(b.count(key, problems).ok()??), b.evidence(key))));
        let (most, evidence) =
            most.unwrap_or_else(|| (ENVOY_REQUESTS, Evidence::new(service.at(), "spec.routes.services")));
        let mut policy = gateway_policy(cluster, Rank::Provider, evidence);
        policy.max_concurrent = Some(most * f64::from(instances));
        let namespace: std::sync::Arc<str> = proxy.namespace().into();
        let target = Target::Name { namespace: namespace.clone(), name: name.to_lowercase().into() };
        policy.providers = Providers::Named { namespace, target };
        Some(policy)
    };
    services.filter_map(limit).collect()
}
