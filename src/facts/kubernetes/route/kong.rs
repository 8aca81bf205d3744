//! Kong: what it does with the requests of an Ingress or a route of the Gateway API, and what annotations of a Service,
//! KongIngresses and KongUpstreamPolicies say of it (SEMANTICS A.1, B).

use super::gateway_policy;
use crate::facts::block::{Block, Misread, Read};
use crate::facts::kong::{CAMEL_COUNTERS, COUNTERS, Written, breaks, milliseconds, retries, tries};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::{CallPolicy, Evidence, Providers, Rank, Target, TimeoutOrigin};
use crate::parse::Node;
use crate::source::{Problem, nearest, unknown};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Annotations of a Service that say how it is called.
const ANNOTATIONS: [&str; 6] =
    ["retries", "connect-timeout", "read-timeout", "write-timeout", "upstream-policy", "override"];

const OVERRIDE: &str = "konghq.com/override";
const UPSTREAM_POLICY: &str = "konghq.com/upstream-policy";
const PROXY: [&str; 6] = ["retries", "connect_timeout", "read_timeout", "write_timeout", "protocol", "path"];

/// What holds for each of some Services behind an object. `each_ms` is what the object itself says of one try.
pub(super) fn policies(
    cluster: &Cluster<'_>,
    object: &Object,
    services: &BTreeSet<String>,
    each_ms: Option<f64>,
    problems: &mut Vec<Problem>,
) -> Vec<CallPolicy> {
    let place = Evidence::new(object.name_node().at(), "spec.ingressClassName");
    let own = overriding(cluster, object);
    let mut of = |name: &String| {
        let mut policy = gateway_policy(cluster, Rank::Provider, place.clone());
        let namespace: Arc<str> = object.namespace().into();
        let target = Target::Name { namespace: namespace.clone(), name: name.to_lowercase().into() };
        policy.providers = Providers::Named { namespace, target };
        policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
        let mut written = Ok(Written::default());
        if let Some(service) = cluster.all(Role::Service, object.namespace(), name).first().copied() {
            let settings = overriding(cluster, service).or(own);
            let annotations = service.node.path(&["metadata", "annotations"]);
            written = of_service(settings.and_then(|s| s.node.get("proxy")), annotations, problems);
            policy.circuit_breaker = breaker(cluster, service, settings, problems).unwrap_or_default();
        }
        // What cannot be read is unknown: no default stands in for it.
        policy.retry = written.ok().map(|written| {
            tries(policy.layer, Written { read_ms: written.read_ms.or(each_ms), ..written }, place.clone())
        });
        policy
    };
    services.iter().map(&mut of).collect()
}

/// The KongIngress that an object names.
fn overriding<'a>(cluster: &Cluster<'a>, object: &Object) -> Option<&'a Object> {
    named(cluster, object, OVERRIDE, "KongIngress")
}

fn named<'a>(cluster: &Cluster<'a>, object: &Object, annotation: &str, kind: &str) -> Option<&'a Object> {
    let name = object.node.path(&["metadata", "annotations", annotation])?.text()?;
    cluster.all(Role::Traffic, object.namespace(), name).iter().copied().find(|o| &*o.kind == kind)
}

/// Whether Kong takes instances of a Service out that fail.
fn breaker(
    cluster: &Cluster<'_>,
    service: &Object,
    settings: Option<&Object>,
    problems: &mut Vec<Problem>,
) -> Read<bool> {
    if let Some(policy) = named(cluster, service, UPSTREAM_POLICY, "KongUpstreamPolicy") {
        return policy.node.get("spec").map_or(Ok(None), |spec| breaks(spec, &CAMEL_COUNTERS, problems));
    }
    settings.and_then(|s| s.node.get("upstream")).map_or(Ok(None), |node| breaks(node, &COUNTERS, problems))
}

fn of_service(
    block: Option<&Node>,
    annotations: Option<&Node>,
    problems: &mut Vec<Problem>,
) -> Result<Written, Misread> {
    for (key, at, _) in annotations.into_iter().flat_map(Node::fields) {
        // Only what is nearly one of ours: Kong has many other annotations.
        let name = key.strip_prefix("konghq.com/").filter(|name| !ANNOTATIONS.contains(name));
        if let Some(name) = name.filter(|name| nearest(name, ANNOTATIONS).is_some()) {
            problems.push(unknown("annotation", name, &ANNOTATIONS, at.at()));
        }
    }
    let block = block.map(|node| Block::of(node, "proxy", &PROXY, problems)).transpose()?;
    let annotations = annotations.map(|node| Block::bare(node, "metadata.annotations"));
    // Of both, the annotation is the one that later versions of the controller still read.
    let places = |annotation: &'static str, key: &'static str| {
        [(annotations, annotation), (block, key)].into_iter().filter_map(|(block, key)| Some((block?, key)))
    };
    let mut found = Written::default();
    for (block, key) in places("konghq.com/retries", "retries") {
        let n = block.read(key, "a whole number from 0 to 32767", problems, |node| retries(node.int()?))?;
        found.retries = found.retries.or(n.map(|n| (n, block.evidence(key))));
    }
    for (annotation, key) in [
        ("konghq.com/connect-timeout", "connect_timeout"),
        ("konghq.com/write-timeout", "write_timeout"),
        ("konghq.com/read-timeout", "read_timeout"),
    ] {
        let mut first = None;
        for (block, key) in places(annotation, key) {
            first = first.or(block.read(key, "a whole number of milliseconds, 1 or more", problems, milliseconds)?);
        }
        // The last of the phases is the one in which an answer is waited for.
        found.read_ms = first;
    }
    Ok(found)
}
