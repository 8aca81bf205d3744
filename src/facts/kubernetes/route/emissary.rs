//! Ambassador's and Emissary's Mapping: one prefix to one service (SEMANTICS A.1, B).

use super::{Backend, Route, gateway_policy, host_of, path_of};
use crate::facts::block::{Block, Misread, Time};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::proxy::{Conditions, ENVOY_BASE_MS, jittered};
use crate::facts::{CallPolicy, Evidence, Origin, Rank, RetryLayer, Target, TimeoutOrigin};
use crate::parse::Node;
use crate::source::{Problem, unknown};

/// How long a request may take unless told otherwise, in milliseconds.
const TIMEOUT_MS: f64 = 3_000.0;

/// The conditions that Emissary takes, one at a time.
#[rustfmt::skip]
const CONDITIONS: [&str; 6] =
    ["5xx", "gateway-error", "connect-failure", "retriable-4xx", "refused-stream", "retriable-status-codes"];

/// A service is written as a host with an optional scheme and port.
pub(super) fn routes(cluster: &Cluster<'_>, object: &Object, problems: &mut Vec<Problem>) -> Vec<Route> {
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    let Some(node) = spec.get("service") else { return Vec::new() };
    let text = node.text().unwrap_or_default();
    let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = authority.split([':', '/']).next().unwrap_or_default();
    // `cart.shop` is a Service of another namespace here, never a public host.
    let (name, namespace) = match host.split_once('.') {
        Some((name, rest)) => (name, rest.split('.').next().unwrap_or(rest)),
        None => (host, object.namespace()),
    };
    if name.is_empty() {
        return Vec::new();
    }
    let target = Target::Name { namespace: namespace.into(), name: name.to_lowercase().into() };
    let hosts = host_of(spec.str("hostname").or(spec.str("host")));
    let backends = vec![Backend::new(target, node, "service")];
    let mut policy = gateway_policy(cluster, Rank::Route, Evidence::new(spec.at(), "spec"));
    policy.retry = Some(RetryLayer::new(policy.layer, 1, Origin::PlatformDefault, policy.evidence.clone()));
    policy.timeout = Some((TIMEOUT_MS, TimeoutOrigin::PlatformDefault));
    let _ = requests(cluster, spec, &mut policy, problems);
    vec![Route { hosts, path: path_of(spec.str("prefix")), backends, policies: vec![policy] }]
}

fn requests(
    cluster: &Cluster<'_>,
    spec: &Node,
    policy: &mut CallPolicy,
    problems: &mut Vec<Problem>,
) -> Result<(), Misread> {
    let modules = cluster.of(Role::Traffic).iter().filter(|o| &*o.kind == "Module" && &*o.name == "ambassador");
    let everybodys = modules.filter_map(|o| o.node.path(&["spec", "config"])).next();
    for (block, key) in [
        (everybodys.map(|config| Block::bare(config, "spec.config")), "cluster_request_timeout_ms"),
        (Some(Block::bare(spec, "spec")), "timeout_ms"),
    ] {
        let Some(block) = block else { continue };
        let Some(ms) = block.number(key, problems)? else { continue };
        let off = ms <= 0.0;
        policy.timeout = Some(match off {
            true => (f64::INFINITY, TimeoutOrigin::Disabled),
            false => (ms, TimeoutOrigin::Explicit),
        });
        policy.evidence = block.evidence(key);
    }
    let known = ["retry_on", "num_retries", "per_try_timeout"];
    let own = Block::under(spec, "retry_policy", &known, problems)?;
    let block = match (own, everybodys) {
        (Some(own), _) => Some(own),
        (None, Some(config)) => Block::under(config, "retry_policy", &known, problems)?,
        (None, None) => None,
    };
    let Some(block) = block else { return Ok(()) };
    let Some(on) = block.text("retry_on", problems)?.filter(|on| CONDITIONS.contains(on)) else {
        let at = block.evidence("retry_on").at;
        let written = block.get("retry_on").and_then(Node::text).unwrap_or_default();
        let problem = unknown(
            "condition in `retry_policy.retry_on`, for which the whole policy is refused:",
            written,
            &CONDITIONS,
            at,
        );
        problems.push(problem);
        return Err(Misread);
    };
    let count = block.count("num_retries", problems)?;
    let each = block.time("per_try_timeout", Time::Units, problems)?.filter(|ms| *ms > 0.0);
    // The policy is handed to Envoy as it is, whose number is one.
    let retries = count.unwrap_or(1);
    let origin = if count.is_some() { Origin::Explicit } else { Origin::PlatformDefault };
    let mut retry = RetryLayer::new(policy.layer, retries.saturating_add(1), origin, block.evidence("num_retries"));
    let conditions = Conditions::of(&[on]);
    let whole = policy.timeout.map_or(f64::INFINITY, |(ms, _)| ms);
    retry.per_try_timeout_ms = each.filter(|ms| *ms < whole);
    retry.backoff_ms = jittered(ENVOY_BASE_MS, None, retries);
    retry.jitter = Some(true);
    retry.retried = conditions.retried(retry.per_try_timeout_ms);
    retry.conditions = conditions.words;
    policy.retry = Some(retry);
    Ok(())
}
