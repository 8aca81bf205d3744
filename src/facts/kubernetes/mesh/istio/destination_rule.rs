//! DestinationRule: limits, breakers and retry budgets of the calls of a host.

use super::Istio;
use crate::facts::block::{Block, Misread, Read};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::mesh::{add, assumption, only, providers};
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::kubernetes::selector::Selector;
use crate::facts::{CallPolicy, Callers, Calls, Evidence, Facts, Key, Layer, PlatformAssumption, Providers, Rank};
use crate::parse::Node;
use crate::source::Problem;
use std::collections::BTreeSet;
use std::sync::Arc;

#[rustfmt::skip]
const TRAFFIC: [&str; 8] = [
    "loadBalancer", "connectionPool", "outlierDetection", "tls", "portLevelSettings", "tunnel", "proxyProtocol",
    "retryBudget",
];
const POOL: [&str; 2] = ["tcp", "http"];
pub(super) const TCP: [&str; 5] =
    ["maxConnections", "connectTimeout", "tcpKeepalive", "maxConnectionDuration", "idleTimeout"];
#[rustfmt::skip]
pub(super) const HTTP: [&str; 8] = [
    "http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection", "maxRetries", "idleTimeout",
    "h2UpgradePolicy", "useClientProtocol", "maxConcurrentStreams",
];
#[rustfmt::skip]
const OUTLIERS: [&str; 9] = [
    "consecutiveErrors", "splitExternalLocalOriginErrors", "consecutiveLocalOriginFailures",
    "consecutiveGatewayErrors", "consecutive5xxErrors", "interval", "baseEjectionTime", "maxEjectionPercent",
    "minHealthPercent",
];
const BUDGET: [&str; 2] = ["percent", "minRetryConcurrency"];

/// Share of the hosts that outlier detection may eject unless told otherwise.
const EJECTED: f64 = 10.0;

/// What a rule says of the calls of a host or of one subset of it.
#[derive(Clone, Debug, Default)]
struct Limits {
    /// Connections of one sidecar.
    connections: Option<(f64, Evidence)>,
    /// Requests of one sidecar that are under way.
    requests: Option<(f64, Evidence)>,
    /// Share of the hosts that may be ejected, in percent.
    ejects: Option<(f64, Evidence)>,
    /// Retries as a share of requests.
    budget: Option<(f64, Evidence)>,
}

impl Istio {
    /// Adds what a DestinationRule says of the calls of members and of Istio's gateways.
    pub(super) fn destination_rule(
        &self,
        cluster: &Cluster<'_>,
        object: &Object,
        gateways: &BTreeSet<Key>,
        facts: &mut Facts,
    ) {
        let Some(spec) = object.node.get("spec") else { return };
        let Some(host) = spec.str("host") else { return };
        let Some(to) = providers(object.namespace(), host) else { return };
        let rule = Rule { istio: self, size: pool_size(cluster, object.namespace(), host) };
        let limits = limits(spec, &mut facts.problems);
        let gateways = Arc::new(gateways.clone());
        rule.shares(&limits, Layer::ClientMesh, self.members.callers(), &to, facts);
        if !gateways.is_empty() {
            rule.shares(&limits, Layer::Gateway, only(&gateways), &to, facts);
        }
        // Each sidecar counts for itself, so that a component may have as many times more under way as it has instances.
        for (size, members) in self.members.sizes() {
            rule.bulkheads(&limits, size, members, &to, facts);
        }
    }
}

/// A DestinationRule in its mesh.
struct Rule<'a> {
    istio: &'a Istio,
    /// Instances behind the host, if that is known.
    size: Option<u32>,
}

impl Rule<'_> {
    /// What does not depend on how many sidecars there are: breaker and budget.
    fn shares(&self, limits: &Limits, layer: Layer, callers: Callers, to: &Providers, facts: &mut Facts) {
        let assumed = if layer == Layer::ClientMesh { self.istio.taken_for_granted() } else { Vec::new() };
        if let Some((percent, evidence)) = &limits.ejects {
            let mut policy = self.istio.policy(layer, Rank::Provider, evidence.clone());
            // What is not ejected gets the calls, so nothing fails at once when all of them are late or fail.
            policy.circuit_breaker = Some(*percent >= 100.0);
            policy.assumption = (*percent < 100.0).then(|| match self.size {
                Some(hosts) if f64::from(hosts) * percent < 100.0 => ejects_nobody(hosts, *percent),
                _ => ejects_some(*percent),
            });
            add(policy.between(callers.clone(), to.clone()), &assumed, facts);
        }
        if let Some((share, evidence)) = &limits.budget {
            let mut policy = self.istio.policy(layer, Rank::Provider, evidence.clone());
            policy.budget = Some(*share);
            add(policy.between(callers, to.clone()), &assumed, facts);
        }
    }

    fn bulkheads(&self, limits: &Limits, size: u32, members: &Arc<BTreeSet<Key>>, to: &Providers, facts: &mut Facts) {
        let assumed = self.istio.taken_for_granted();
        let mut push = |rank, calls, most: f64, evidence: &Evidence, assumption| {
            let policy = CallPolicy {
                calls,
                max_concurrent: Some(most * f64::from(size)),
                assumption,
                ..self.istio.policy(Layer::ClientMesh, rank, evidence.clone())
            };
            add(policy.between(only(members), to.clone()), &assumed, facts);
        };
        // Of requests both limits are true; of calls to stores, which are no requests, only that of connections.
        if let Some((most, evidence)) = &limits.connections {
            push(Rank::Namespace, Calls::All, *most, evidence, None);
        }
        match (&limits.requests, &limits.connections) {
            (Some((requests, _)), Some((connections, evidence))) if connections < requests => {
                push(Rank::Provider, Calls::Requests, *connections, evidence, Some(one_at_a_time()));
            }
            (Some((requests, evidence)), _) => push(Rank::Provider, Calls::Requests, *requests, evidence, None),
            (None, Some((connections, evidence))) => {
                push(Rank::Provider, Calls::Requests, *connections, evidence, Some(one_at_a_time()));
            }
            (None, None) => {}
        }
    }
}

fn one_at_a_time() -> Arc<PlatformAssumption> {
    assumption(
        "http1-connections",
        "a limit of connections is taken for one of requests: clients speak HTTP/1.1, one request at a time on each",
        None,
    )
}

fn ejects_some(percent: f64) -> Arc<PlatformAssumption> {
    assumption(
        &format!("outlier-detection-{percent}"),
        format!(
            "outlier detection that may eject {percent} % of the hosts is no circuit breaker: when all of them fail or are \
             late, those that are left still get calls"
        ),
        None,
    )
}

fn ejects_nobody(hosts: u32, percent: f64) -> Arc<PlatformAssumption> {
    assumption(
        &format!("outlier-detection-{hosts}-of-{percent}"),
        format!(
            "outlier detection that may eject {percent} % of {hosts} hosts is taken to eject none, as Envoy does since \
             1.28; before, it always ejected one"
        ),
        None,
    )
}

/// Instances of the workloads behind a Service; `None` if that is not known.
fn pool_size(cluster: &Cluster<'_>, namespace: &str, host: &str) -> Option<u32> {
    let mut labels = host.split('.');
    let (name, namespace) = (labels.next()?, labels.next().unwrap_or(namespace));
    let service = cluster.all(Role::Service, namespace, name).first()?;
    let keys = cluster.select(namespace, &Selector::plain(service.node.path(&["spec", "selector"])?));
    let behind = cluster.workloads.iter().filter(|w| keys.contains(&w.key));
    behind.map(|w| w.most_replicas(cluster)).sum()
}

/// What holds for all calls of a host: of subsets, if there are any, what all of them say, the weakest of each.
fn limits(spec: &Node, problems: &mut Vec<Problem>) -> Limits {
    let whole = traffic(spec, &Limits::default(), problems);
    let subsets = spec.get("subsets").map(Node::items).unwrap_or_default().iter();
    let subsets: Vec<Limits> = subsets.map(|subset| traffic(subset, &whole, problems)).collect();
    if subsets.is_empty() {
        return whole;
    }
    Limits {
        connections: weakest(&subsets, |l| &l.connections, |a, b| a > b),
        requests: weakest(&subsets, |l| &l.requests, |a, b| a > b),
        ejects: weakest(&subsets, |l| &l.ejects, |a, b| a < b),
        budget: weakest(&subsets, |l| &l.budget, |a, b| a > b),
    }
}

fn weakest(
    subsets: &[Limits],
    field: impl Fn(&Limits) -> &Option<(f64, Evidence)>,
    weaker: impl Fn(f64, f64) -> bool,
) -> Option<(f64, Evidence)> {
    let all: Option<Vec<_>> = subsets.iter().map(|l| field(l).clone()).collect();
    all?.into_iter().reduce(|a, b| if weaker(b.0, a.0) { b } else { a })
}

/// The traffic policy of a host or subset; what it does not say is that of the whole.
fn traffic(node: &Node, whole: &Limits, problems: &mut Vec<Problem>) -> Limits {
    let Ok(Some(block)) = Block::under(node, "trafficPolicy", &TRAFFIC, problems) else { return whole.clone() };
    let (tcp, http) = match Block::under(block.node(), "connectionPool", &POOL, problems) {
        Ok(Some(pool)) => (
            Block::under(pool.node(), "tcp", &TCP, problems).ok().flatten(),
            Block::under(pool.node(), "http", &HTTP, problems).ok().flatten(),
        ),
        _ => (None, None),
    };
    let mut limit = |block: Option<Block<'_>>, key: &'static str| {
        let most = block.and_then(|b| Some((b.count(key, problems).ok()??, b.evidence(key))));
        // 0 is "not set" in protobuf.
        most.filter(|(n, _)| *n > 0).map(|(n, evidence)| (f64::from(n), evidence))
    };
    let pooled = tcp.is_some() || http.is_some();
    let (connections, requests) = (limit(tcp, "maxConnections"), limit(http, "http2MaxRequests"));
    let kept = |own: Option<(f64, Evidence)>, whole: &Option<(f64, Evidence)>| if pooled { own } else { whole.clone() };
    Limits {
        connections: kept(connections, &whole.connections),
        requests: kept(requests, &whole.requests),
        ejects: outliers(&block, problems).unwrap_or_default().unwrap_or(whole.ejects.clone()),
        budget: budget(&block, problems).unwrap_or_default().or(whole.budget.clone()),
    }
}

/// The share of hosts that may be ejected; `Some(None)` if detection is there and switched off.
fn outliers(block: &Block<'_>, problems: &mut Vec<Problem>) -> Read<Option<(f64, Evidence)>> {
    let Some(outliers) = Block::under(block.node(), "outlierDetection", &OUTLIERS, problems)? else { return Ok(None) };
    let share = outliers.number("maxEjectionPercent", problems)?.filter(|p| *p > 0.0).unwrap_or(EJECTED);
    let errors = outliers.count("consecutive5xxErrors", problems)?.or(outliers.count("consecutiveErrors", problems)?);
    let gateway = outliers.count("consecutiveGatewayErrors", problems)?.unwrap_or(0);
    let local = outliers.count("consecutiveLocalOriginFailures", problems)?.unwrap_or(0);
    let off = errors == Some(0) && gateway == 0 && local == 0;
    Ok(Some((!off).then(|| (share, outliers.evidence("maxEjectionPercent")))))
}

fn budget(block: &Block<'_>, problems: &mut Vec<Problem>) -> Result<Option<(f64, Evidence)>, Misread> {
    let Some(budget) = Block::under(block.node(), "retryBudget", &BUDGET, problems)? else { return Ok(None) };
    let percent = budget.number("percent", problems)?.unwrap_or(20.0);
    Ok(Some((percent / 100.0, budget.evidence("percent"))))
}
