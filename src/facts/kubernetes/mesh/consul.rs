//! Consul's service mesh: ServiceRouter, ServiceResolver and ServiceDefaults (SEMANTICS A.1).

use super::members::{Members, container, mark};
use super::{add, assumption, only, providers};
use crate::facts::block::{Block, Misread, Time, words};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::kubernetes::workload::Workload;
use crate::facts::proxy::{Conditions, ENVOY_BASE_MS, ENVOY_TIMEOUT_MS, jittered};
use crate::facts::{
    CallPolicy, Callers, Evidence, Facts, Layer, Origin, PlatformAssumption, Providers, Rank, RetryLayer, TimeoutOrigin,
};
use crate::parse::Node;
use crate::source::Problem;
use std::sync::Arc;

const GROUP: &str = "consul.hashicorp.com";

#[rustfmt::skip]
const DESTINATION: [&str; 13] = [
    "service", "serviceSubset", "namespace", "partition", "prefixRewrite", "idleTimeout", "requestTimeout",
    "numRetries", "retryOn", "retryOnConnectFailure", "retryOnStatusCodes", "requestHeaders", "responseHeaders",
];

/// What the input shows of Consul.
pub(super) struct Consul {
    scope: Arc<str>,
    members: Members,
    everybody: Arc<PlatformAssumption>,
    limit: Arc<PlatformAssumption>,
}

impl Consul {
    pub(super) fn of(cluster: &Cluster<'_>) -> Self {
        Self {
            scope: cluster.scope.clone(),
            members: Members::of(cluster, injection),
            everybody: assumption(
                "consul-proxies",
                "the input does not show which workloads have Consul's proxy; where one of its resources speaks of a \
                 service, all callers of that are taken to have one",
                None,
            ),
            limit: assumption(
                "consul-request-timeout",
                "where Consul's router says nothing of a request's limit, Envoy's 15 seconds are taken",
                None,
            ),
        }
    }

    pub(super) fn link(&self, cluster: &Cluster<'_>, facts: &mut Facts) {
        for object in cluster.of(Role::Traffic).iter().filter(|o| &*o.group == GROUP) {
            let Some(spec) = object.node.get("spec") else { continue };
            let Some(to) = providers(object.namespace(), &object.name) else { continue };
            match &*object.kind {
                "ServiceRouter" => {
                    for route in spec.get("routes").map(Node::items).unwrap_or_default() {
                        self.push(&self.route(route, &mut facts.problems), &to, facts);
                    }
                }
                "ServiceResolver" => {
                    let block = Block::bare(spec, "spec");
                    if let Ok(Some(ms)) = block.time("requestTimeout", Time::Units, &mut facts.problems) {
                        let mut policy = self.policy(Rank::Provider, block.evidence("requestTimeout"));
                        policy.timeout = Some(limit(ms));
                        self.push(&policy, &to, facts);
                    }
                }
                _ => {
                    let upstreams = spec.get("upstreamConfig");
                    let defaults = upstreams.and_then(|u| u.get("defaults"));
                    for node in defaults.into_iter() {
                        self.upstream(object, node, Providers::Scope, cluster, facts);
                    }
                    let overrides = upstreams.and_then(|u| u.get("overrides")).map(Node::items).unwrap_or_default();
                    for node in overrides {
                        let host = node.str("name").and_then(|name| providers(object.namespace(), name));
                        if let Some(host) = host {
                            self.upstream(object, node, host, cluster, facts);
                        }
                    }
                }
            }
        }
    }

    fn policy(&self, rank: Rank, evidence: Evidence) -> CallPolicy {
        let (callers, providers) = (Callers::Everyone, Providers::Anyone);
        CallPolicy { rank, ..CallPolicy::new(self.scope.clone(), Layer::ClientMesh, callers, providers, evidence) }
    }

    fn push(&self, policy: &CallPolicy, to: &Providers, facts: &mut Facts) {
        let assumed: Vec<_> = self.members.is_empty().then_some(&self.everybody).into_iter().collect();
        add(policy.between(self.members.callers(), to.clone()), &assumed, facts);
    }

    /// A route with nothing about retries makes none; with anything about them, one more try.
    fn route(&self, route: &Node, problems: &mut Vec<Problem>) -> CallPolicy {
        let mut policy = self.policy(Rank::Route, Evidence::new(route.at(), "spec.routes"));
        policy.retry = Some(RetryLayer::new(policy.layer, 1, Origin::PlatformDefault, policy.evidence.clone()));
        policy.timeout = Some((ENVOY_TIMEOUT_MS, TimeoutOrigin::PlatformDefault));
        policy.assumption = Some(self.limit.clone());
        if let Ok(Some(block)) = Block::under(route, "destination", &DESTINATION, problems) {
            let _ = requests(&block, &mut policy, problems);
        }
        policy
    }

    /// Limits and passive health checks of a service's own calls.
    fn upstream(&self, object: &Object, node: &Node, to: Providers, cluster: &Cluster<'_>, facts: &mut Facts) {
        let caller =
            cluster.workloads.iter().find(|w| w.namespace() == object.namespace() && w.key.name == object.name);
        let Some(caller) = caller else { return };
        let callers = Arc::new(std::collections::BTreeSet::from([caller.key.clone()]));
        let known = ["maxConnections", "maxPendingRequests", "maxConcurrentRequests"];
        if let Ok(Some(limits)) = Block::under(node, "limits", &known, &mut facts.problems)
            && let Ok(Some(most)) = limits.count("maxConcurrentRequests", &mut facts.problems)
            && let Some(size) = caller.most_replicas(cluster)
        {
            let mut policy = self.policy(Rank::Provider, limits.evidence("maxConcurrentRequests"));
            policy.max_concurrent = Some(f64::from(most) * f64::from(size));
            facts.policies.push(policy.between(only(&callers), to.clone()));
        }
        if let Some(check) = node.get("passiveHealthCheck") {
            let mut policy = self.policy(Rank::Provider, Evidence::new(check.at(), "passiveHealthCheck"));
            policy.circuit_breaker = Some(true);
            facts.policies.push(policy.between(only(&callers), to));
        }
    }
}

fn limit(ms: f64) -> (f64, TimeoutOrigin) {
    if ms > 0.0 { (ms, TimeoutOrigin::Explicit) } else { (f64::INFINITY, TimeoutOrigin::Disabled) }
}

/// What filters of Consul's API gateway say of the requests of a route's rule: a retry filter tries once more unless it
/// says otherwise, a timeout filter sets a limit.
pub(in crate::facts::kubernetes) fn filters(
    cluster: &Cluster<'_>,
    route: &Object,
    rule: &Node,
    policy: &mut CallPolicy,
    problems: &mut Vec<Problem>,
) {
    let filters = rule.get("filters").map(Node::items).unwrap_or_default();
    for reference in filters.iter().filter_map(|f| f.get("extensionRef")) {
        let (kind, name) = (reference.str("kind").unwrap_or_default(), reference.str("name").unwrap_or_default());
        let (block, known): (&'static str, &[&str]) = match kind {
            "RouteRetryFilter" => {
                ("RouteRetryFilter", &["numRetries", "retryOn", "retryOnStatusCodes", "retryOnConnectFailure"])
            }
            "RouteTimeoutFilter" => ("RouteTimeoutFilter", &["requestTimeout", "idleTimeout"]),
            _ => continue,
        };
        let objects = cluster.all(Role::Traffic, route.namespace(), name);
        let Some(filter) = objects.iter().find(|o| &*o.kind == kind && &*o.group == GROUP) else {
            let reason =
                format!("{kind} {}/{name} is not in the input, so what it does is not known", route.namespace());
            problems.push(Problem::new(reference.at(), reason).remedy("add its manifest to the scan"));
            continue;
        };
        if let Some(spec) = filter.node.get("spec")
            && let Ok(block) = Block::of(spec, block, known, problems)
        {
            let _ = requests(&block, policy, problems);
        }
    }
}

fn requests(block: &Block<'_>, policy: &mut CallPolicy, problems: &mut Vec<Problem>) -> Result<(), Misread> {
    // An absent limit and one of 0 are the same to Consul: Envoy's own.
    if let Some(ms) = block.time("requestTimeout", Time::Units, problems)?.filter(|ms| *ms > 0.0) {
        policy.timeout = Some((ms, TimeoutOrigin::Explicit));
        policy.evidence = block.evidence("requestTimeout");
        policy.assumption = None;
    }
    let count = block.count("numRetries", problems)?.filter(|n| *n > 0);
    let mut conditions = match block.get("retryOn") {
        Some(node) => Conditions::read(words(node), problems),
        None => Conditions::default(),
    };
    if block.flag("retryOnConnectFailure", problems)? == Some(true) {
        conditions.add("connect-failure");
    }
    for (code, node) in block.get("retryOnStatusCodes").map(words).unwrap_or_default() {
        if !conditions.add(&code) {
            problems.push(
                Problem::new(node.at(), "`retryOnStatusCodes` cannot be read").remedy("write status codes such as 503"),
            );
        }
    }
    if count.is_none() && conditions.words.is_empty() {
        return Ok(());
    }
    let retries = count.unwrap_or(1);
    let origin = if count.is_some() { Origin::Explicit } else { Origin::PlatformDefault };
    let place = if count.is_some() { "numRetries" } else { "retryOn" };
    let mut retry = RetryLayer::new(policy.layer, retries.saturating_add(1), origin, block.evidence(place));
    retry.backoff_ms = jittered(ENVOY_BASE_MS, None, retries);
    retry.jitter = Some(true);
    retry.retried = conditions.retried(None);
    retry.conditions = conditions.words;
    policy.retry = Some(retry);
    Ok(())
}

/// What brings Consul's proxy into the pods of a workload.
fn injection(workload: &Workload<'_>, namespace: Option<&Object>) -> Option<Evidence> {
    if let Some(there) = container(workload, "consul-dataplane") {
        return Some(there);
    }
    let key = "consul.hashicorp.com/connect-inject";
    let own = mark(workload.template(), "annotations", key);
    let (word, evidence) = own.or_else(|| mark(namespace.map(|o| &o.node), "labels", key))?;
    (word == "true").then_some(evidence)
}
