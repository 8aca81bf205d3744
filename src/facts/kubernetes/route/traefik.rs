//! Traefik's IngressRoute: what matches, what is behind it, and what the middlewares in between do (SEMANTICS A.1).

use super::{Backend, Proxies, Route, gateway_policy, host_of, path_of};
use crate::facts::block::{Block, Misread, Time, words};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::mesh::istio::passed_through;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::proxy::Conditions;
use crate::facts::{CallPolicy, Evidence, Origin, Rank, RetryLayer, TimeoutOrigin};
use crate::parse::Node;
use crate::source::Problem;
use std::collections::BTreeSet;

/// A chain of middlewares that is longer than this means nothing.
const CHAIN: usize = 64;

#[rustfmt::skip]
const RETRY: [&str; 8] = [
    "attempts", "initialInterval", "timeout", "status", "disableRetryOnNetworkError", "retryNonIdempotentMethod",
    "maxRequestBodyBytes", "retryOn",
];

/// The match is an expression such as ``Host(`shop.example`) && PathPrefix(`/api`)``.
pub(super) fn routes(
    cluster: &Cluster<'_>,
    object: &Object,
    proxies: &Proxies,
    problems: &mut Vec<Problem>,
) -> Vec<Route> {
    let rules = object.node.path(&["spec", "routes"]).map(Node::items).unwrap_or_default();
    let route = |rule: &Node| {
        let expression = rule.str("match").unwrap_or_default();
        let services = rule.get("services").map(Node::items).unwrap_or_default();
        let read = |service: &Node| {
            // A TraefikService is a balancer inside Traefik, not a Service.
            if service.str("kind").is_some_and(|kind| kind != "Service") {
                return None;
            }
            let namespace = service.str("namespace").unwrap_or(object.namespace());
            let backend = Backend::service(namespace, service.get("name")?, "services.name")?;
            Some(backend.weighted(service.get("weight")))
        };
        let place = Evidence::new(rule.at(), "spec.routes");
        let policy = gateway_policy(cluster, Rank::Route, place);
        let policies = if &*object.kind == "IngressRouteTCP" {
            vec![passed_through(policy)]
        } else {
            let names = rule.get("middlewares").map(Node::items).unwrap_or_default().iter();
            let names: Vec<Name> = names.filter_map(|m| name(m, object.namespace())).collect();
            vec![requests(cluster, names, services, policy, (object, proxies), problems)]
        };
        Route {
            hosts: host_of(argument(expression, "Host(").or(argument(expression, "HostSNI("))),
            path: path_of(argument(expression, "PathPrefix(").or(argument(expression, "Path("))),
            backends: services.iter().filter_map(read).collect(),
            policies,
        }
    };
    rules.iter().map(route).collect()
}

/// What Traefik does with the requests of an Ingress: its annotation names middlewares as `namespace-name@kubernetescrd`.
pub(super) fn of_ingress(
    cluster: &Cluster<'_>,
    ingress: &Object,
    proxies: &Proxies,
    problems: &mut Vec<Problem>,
) -> CallPolicy {
    let policy = gateway_policy(cluster, Rank::Route, Evidence::new(ingress.name_node().at(), "spec.ingressClassName"));
    let key = "traefik.ingress.kubernetes.io/router.middlewares";
    let list = ingress.node.path(&["metadata", "annotations", key]).map(words).unwrap_or_default();
    // Both names may have hyphens: the pair that there is, is meant.
    let named = |word: &str| {
        let word = word.strip_suffix("@kubernetescrd")?;
        let pairs = word.match_indices('-').map(|(i, _)| (&word[..i], &word[i + 1..]));
        let mut there = pairs.filter(|(ns, name)| !cluster.all(Role::Traffic, ns, name).is_empty());
        there.next().map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
    };
    let names = list.iter().filter_map(|(word, _)| named(word)).collect();
    requests(cluster, names, &[], policy, (ingress, proxies), problems)
}

/// The first argument of a matcher.
fn argument<'a>(expression: &'a str, matcher: &str) -> Option<&'a str> {
    let quotes = ['`', '"', '\''];
    let (_, rest) = expression.split_once(matcher)?;
    rest.trim_start().strip_prefix(quotes)?.split(quotes).next()
}

/// Namespace and name of a resource.
type Name = (String, String);

fn name(reference: &Node, namespace: &str) -> Option<Name> {
    Some((reference.str("namespace").unwrap_or(namespace).to_owned(), reference.str("name")?.to_owned()))
}

/// What a route does: one try and no limit, unless a middleware or a transport says otherwise.
fn requests(
    cluster: &Cluster<'_>,
    names: Vec<Name>,
    services: &[Node],
    mut policy: CallPolicy,
    (object, proxies): (&Object, &Proxies),
    problems: &mut Vec<Problem>,
) -> CallPolicy {
    policy.retry = Some(RetryLayer::new(policy.layer, 1, Origin::PlatformDefault, policy.evidence.clone()));
    policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
    let each = transports(cluster, services, object, problems);
    for middleware in middlewares(cluster, names, object, problems) {
        let _ = middleware_on(middleware, proxies, each.as_ref().map(|(ms, _)| *ms), &mut policy, problems);
    }
    if let (Some((ms, evidence)), Some(retry)) = (each, &mut policy.retry) {
        retry.per_try_timeout_ms = Some(ms);
        // A single try has no other limit than its own.
        if retry.tries == Some(1) {
            policy.timeout = Some((ms, TimeoutOrigin::Explicit));
            policy.evidence = evidence;
        }
    }
    policy
}

/// The middlewares of these names, chains followed.
fn middlewares<'a>(
    cluster: &Cluster<'a>,
    names: Vec<Name>,
    object: &Object,
    problems: &mut Vec<Problem>,
) -> Vec<&'a Object> {
    let mut seen: BTreeSet<Name> = BTreeSet::new();
    let mut open = names;
    let mut found = Vec::new();
    while let Some((namespace, name)) = open.pop() {
        if seen.len() >= CHAIN || !seen.insert((namespace.clone(), name.clone())) {
            continue;
        }
        let objects = cluster.all(Role::Traffic, &namespace, &name).iter().find(|o| &*o.kind == "Middleware");
        let Some(middleware) = objects else {
            let reason = format!("Middleware {namespace}/{name} is not in the input, so what it does is not known");
            problems.push(Problem::new(object.name_node().at(), reason).remedy("add its manifest to the scan"));
            continue;
        };
        let chain = middleware.node.path(&["spec", "chain", "middlewares"]).map(Node::items).unwrap_or_default();
        open.extend(chain.iter().filter_map(|m| self::name(m, &namespace)));
        found.push(*middleware);
    }
    found
}

fn middleware_on(
    middleware: &Object,
    proxies: &Proxies,
    each: Option<f64>,
    policy: &mut CallPolicy,
    problems: &mut Vec<Problem>,
) -> Result<(), Misread> {
    let Some(spec) = middleware.node.get("spec") else { return Ok(()) };
    if spec.path(&["circuitBreaker", "expression"]).is_some() {
        policy.circuit_breaker = Some(true);
    }
    if let Some(limit) = Block::under(spec, "inFlightReq", &["amount", "sourceCriterion"], problems)?
        && let (Some(most), Some(n)) = (limit.count("amount", problems)?, proxies.traefik)
        && limit.get("sourceCriterion").is_none()
    {
        policy.max_concurrent = Some(f64::from(most) * f64::from(n));
    }
    let Some(retry) = Block::under(spec, "retry", &RETRY, problems)? else { return Ok(()) };
    // Its documentation speaks of retries; its code counts the first try.
    let attempts = retry.count("attempts", problems)?.filter(|n| *n > 0);
    let Some(tries) = attempts else {
        let problem =
            Problem::new(retry.evidence("attempts").at, "`retry.attempts` is missing or 0, which Traefik refuses");
        problems.push(problem.remedy("write the number of tries, the first one included"));
        return Err(Misread);
    };
    let pause = retry.time("initialInterval", Time::Seconds, problems)?.filter(|ms| *ms > 0.0);
    let whole = retry.time("timeout", Time::Seconds, problems)?.filter(|ms| *ms > 0.0);
    let mut conditions = Conditions::default();
    for (code, node) in retry.get("status").map(words).unwrap_or_default() {
        if !conditions.add(&code) {
            problems
                .push(Problem::new(node.at(), "`retry.status` cannot be read").remedy("write codes such as 500-504"));
        }
        // Traefik answers 504 itself to what takes too long.
        let covers_504 = code.split('-').filter_map(|c| c.parse().ok()).collect::<Vec<u16>>();
        if covers_504.first().is_some_and(|low| *low <= 504) && covers_504.last().is_some_and(|high| *high >= 504) {
            conditions = conditions.and_late();
        }
    }
    if retry.flag("disableRetryOnNetworkError", problems)? != Some(true) {
        conditions = conditions.and_refused();
    }
    let mut layer = RetryLayer::new(policy.layer, tries, Origin::Explicit, retry.evidence("attempts"));
    layer.backoff_ms = pause.map(|ms| vec![ms, 2.0 * ms]).unwrap_or_default();
    layer.timeout_ms = whole;
    layer.retried = conditions.retried(each);
    layer.conditions = conditions.words;
    policy.retry = Some(layer);
    Ok(())
}

/// How long the transports of a route's services wait for an answer, if all of them have a limit: the longest.
fn transports(
    cluster: &Cluster<'_>,
    services: &[Node],
    object: &Object,
    problems: &mut Vec<Problem>,
) -> Option<(f64, Evidence)> {
    let known = ["dialTimeout", "responseHeaderTimeout", "idleConnTimeout", "readIdleTimeout", "pingTimeout"];
    let mut longest: Option<(f64, Evidence)> = None;
    for service in services {
        let name = service.str("serversTransport")?;
        let namespace = service.str("namespace").unwrap_or(object.namespace());
        let transport = cluster.all(Role::Traffic, namespace, name).iter().find(|o| &*o.kind == "ServersTransport")?;
        let spec = transport.node.get("spec")?;
        let block = Block::under(spec, "forwardingTimeouts", &known, problems).ok()??;
        let ms = block.time("responseHeaderTimeout", Time::Seconds, problems).ok()??;
        if ms <= 0.0 {
            return None;
        }
        if longest.as_ref().is_none_or(|(known, _)| ms > *known) {
            longest = Some((ms, block.evidence("responseHeaderTimeout")));
        }
    }
    longest
}
