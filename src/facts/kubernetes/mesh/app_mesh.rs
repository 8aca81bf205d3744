//! AWS App Mesh: retries and limits of a VirtualRouter's routes (SEMANTICS A.1).

use super::{assumption, providers};
use crate::facts::block::{Block, Misread, words};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::proxy::Conditions;
use crate::facts::{
    CallPolicy, Callers, Evidence, Facts, Layer, Origin, PlatformAssumption, Providers, Rank, RetryLayer, TimeoutOrigin,
};
use crate::parse::Node;
use crate::source::Problem;
use std::sync::Arc;

const GROUP: &str = "appmesh.k8s.aws";
const RETRY: [&str; 5] = ["maxRetries", "perRetryTimeout", "httpRetryEvents", "tcpRetryEvents", "grpcRetryEvents"];

/// Adds what the routes of VirtualRouters do. Who is reached by one is said by the VirtualServices that it provides.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    let everybody = assumption(
        "app-mesh-proxies",
        "where App Mesh's router speaks of a service, all its callers are taken to have App Mesh's proxy",
        None,
    );
    let callers = Callers::Components(Arc::new(cluster.workloads.iter().map(|w| w.key.clone()).collect()));
    let is = |o: &&Object, kind: &str| &*o.group == GROUP && &*o.kind == kind;
    for service in cluster.of(Role::Traffic).iter().copied().filter(|o| is(o, "VirtualService")) {
        let Some(spec) = service.node.get("spec") else { continue };
        let host = spec.str("awsName").unwrap_or(&service.name);
        let Some(to) = providers(service.namespace(), host) else { continue };
        let Some(reference) = spec.path(&["provider", "virtualRouter", "virtualRouterRef"]) else { continue };
        let namespace = reference.str("namespace").unwrap_or(service.namespace());
        let named = cluster.all(Role::Traffic, namespace, reference.str("name").unwrap_or_default());
        let router = named.iter().copied().find(|o| is(o, "VirtualRouter"));
        for route in router.and_then(|r| r.node.path(&["spec", "routes"])).map(Node::items).unwrap_or_default() {
            facts.policies.extend(policy(&cluster.scope, route, (&callers, &to), &everybody, &mut facts.problems));
        }
    }
}

fn policy(
    scope: &Arc<str>,
    route: &Node,
    (callers, to): (&Callers, &Providers),
    everybody: &Arc<PlatformAssumption>,
    problems: &mut Vec<Problem>,
) -> Option<CallPolicy> {
    let kinds = ["httpRoute", "http2Route", "grpcRoute"];
    let node = kinds.into_iter().find_map(|kind| route.get(kind))?;
    let place = Evidence::new(node.at(), "spec.routes");
    let policy = CallPolicy::new(scope.clone(), Layer::ClientMesh, callers.clone(), to.clone(), place);
    let mut policy = CallPolicy { rank: Rank::Route, assumption: Some(everybody.clone()), ..policy };
    let _ = requests(&Block::bare(node, "httpRoute"), &mut policy, problems);
    Some(policy)
}

fn requests(route: &Block<'_>, policy: &mut CallPolicy, problems: &mut Vec<Problem>) -> Result<(), Misread> {
    if let Some(timeout) = Block::under(route.node(), "timeout", &["perRequest", "idle"], problems)?
        && let Some(ms) = time(&timeout, "perRequest", problems)?
    {
        let origin = if ms > 0.0 { TimeoutOrigin::Explicit } else { TimeoutOrigin::Disabled };
        policy.timeout = Some((if ms > 0.0 { ms } else { f64::INFINITY }, origin));
        policy.evidence = timeout.evidence("perRequest");
    }
    let Some(block) = Block::under(route.node(), "retryPolicy", &RETRY, problems)? else { return Ok(()) };
    let Some(retries) = block.count("maxRetries", problems)? else { return Ok(()) };
    let each = time(&block, "perRetryTimeout", problems)?.filter(|ms| *ms > 0.0);
    let mut conditions = Conditions::default();
    for key in ["httpRetryEvents", "tcpRetryEvents", "grpcRetryEvents"] {
        for (event, node) in block.get(key).map(words).unwrap_or_default() {
            // App Mesh's names for Envoy's conditions.
            let known = match &*event {
                "server-error" => "5xx",
                "client-error" => "retriable-4xx",
                "stream-error" => "refused-stream",
                "connection-error" => "connect-failure",
                other => other,
            };
            if !conditions.add(known) {
                problems.push(Problem::new(node.at(), format!("`retryPolicy.{key}` cannot be read")));
            }
        }
    }
    let mut retry =
        RetryLayer::new(policy.layer, retries.saturating_add(1), Origin::Explicit, block.evidence("maxRetries"));
    retry.per_try_timeout_ms = each;
    retry.retried = conditions.retried(each);
    retry.conditions = conditions.words;
    policy.retry = Some(retry);
    Ok(())
}

/// `{unit: s, value: 2}` in milliseconds.
fn time(block: &Block<'_>, key: &'static str, problems: &mut Vec<Problem>) -> Result<Option<f64>, Misread> {
    let Some(time) = Block::under(block.node(), key, &["unit", "value"], problems)? else { return Ok(None) };
    let value = time.number("value", problems)?;
    let unit = time.read("unit", "`ms` or `s`", problems, |node| match node.text()? {
        "ms" => Some(1.0),
        "s" => Some(1_000.0),
        _ => None,
    })?;
    Ok(value.map(|value| value * unit.unwrap_or(1.0)))
}
