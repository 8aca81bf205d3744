//! OpenShift's Route.

use super::{Backend, Route, gateway_policy, host_of, path_of};
use crate::facts::block::{Block, Time};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::proxy::haproxy_retries;
use crate::facts::{CallPolicy, Evidence, Rank, TimeoutOrigin};
use crate::parse::Node;
use crate::source::Problem;

/// How long the router waits for a piece of an answer unless told otherwise, in milliseconds.
const SERVER_MS: f64 = 30_000.0;

/// One host and path, with alternatives by weight.
pub(super) fn routes(cluster: &Cluster<'_>, object: &Object, problems: &mut Vec<Problem>) -> Vec<Route> {
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    let alternatives = spec.get("alternateBackends").map(Node::items).unwrap_or_default();
    let read = |node: &Node| {
        Some(Backend::service(object.namespace(), node.get("name")?, "to.name")?.weighted(node.get("weight")))
    };
    let backends = spec.get("to").into_iter().chain(alternatives).filter_map(read).collect();
    let policies = vec![policy(cluster, object, problems)];
    vec![Route { hosts: host_of(spec.str("host")), path: path_of(spec.str("path")), backends, policies }]
}

/// The router is HAProxy: it connects up to three times more, and waits half a minute for each piece of an answer.
fn policy(cluster: &Cluster<'_>, object: &Object, problems: &mut Vec<Problem>) -> CallPolicy {
    let mut policy = gateway_policy(cluster, Rank::Route, Evidence::new(object.name_node().at(), "spec"));
    let key = "haproxy.router.openshift.io/timeout";
    let annotations =
        object.node.path(&["metadata", "annotations"]).map(|node| Block::bare(node, "metadata.annotations"));
    let wait = match annotations.map(|block| block.time(key, Time::Milliseconds, problems)) {
        Some(Ok(Some(ms))) => ms,
        _ => SERVER_MS,
    };
    let mut retry = haproxy_retries(policy.layer, None, policy.evidence.clone());
    retry.per_try_timeout_ms = Some(wait);
    policy.retry = Some(retry);
    policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
    policy
}
