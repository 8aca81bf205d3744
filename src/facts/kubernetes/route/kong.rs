//! Kong: what it does with the requests of an Ingress, and what annotations of a Service and KongIngresses say of it
//! (SEMANTICS A.1, B).

use super::gateway_policy;
use crate::facts::block::{Block, Misread};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::proxy::next_upstream;
use crate::facts::{CallPolicy, Evidence, Origin, Providers, Rank, RetryLayer, Target, TimeoutOrigin};
use crate::parse::Node;
use crate::source::{Problem, nearest, unknown};
use std::collections::BTreeSet;

/// Retries, and how long Kong waits in each phase, unless told otherwise.
const RETRIES: u32 = 5;
const PHASE_MS: f64 = 60_000.0;

/// Annotations of a Service that say how it is called.
const ANNOTATIONS: [&str; 4] = ["retries", "connect-timeout", "read-timeout", "write-timeout"];

const OVERRIDE: &str = "konghq.com/override";
const PROXY: [&str; 6] = ["retries", "connect_timeout", "read_timeout", "write_timeout", "protocol", "path"];

/// What holds for an Ingress and, where a Service behind it says otherwise, for that Service.
pub(super) fn policies(
    cluster: &Cluster<'_>,
    ingress: &Object,
    services: &BTreeSet<String>,
    problems: &mut Vec<Problem>,
) -> Vec<CallPolicy> {
    let place = Evidence::new(ingress.name_node().at(), "spec.ingressClassName");
    let default = with(gateway_policy(cluster, Rank::Default, place.clone()), None, None);
    let mut policies = vec![default.clone()];
    let own = overriding(cluster, ingress);
    for name in services {
        let Some(service) = cluster.all(Role::Service, ingress.namespace(), name).first().copied() else { continue };
        let block = overriding(cluster, service).or(own);
        let annotated = service.node.path(&["metadata", "annotations"]);
        for (key, at, _) in annotated.into_iter().flat_map(Node::fields) {
            // Only what is nearly one of ours: Kong has many other annotations.
            let name = key.strip_prefix("konghq.com/").filter(|name| !ANNOTATIONS.contains(name));
            if let Some(name) = name.filter(|name| nearest(name, ANNOTATIONS).is_some()) {
                problems.push(unknown("annotation", name, &ANNOTATIONS, at.at()));
            }
        }
        let annotations = service.node.path(&["metadata", "annotations"]);
        if let Ok(Some(mut policy)) = of_service(&default, block, annotations, problems) {
            policy.rank = Rank::Provider;
            let namespace: std::sync::Arc<str> = ingress.namespace().into();
            let target = Target::Name { namespace: namespace.clone(), name: name.to_lowercase().into() };
            policy.providers = Providers::Named { namespace, target };
            policies.push(policy);
        }
    }
    policies
}

/// The `proxy` block of the KongIngress that an object names.
fn overriding<'a>(cluster: &Cluster<'a>, object: &Object) -> Option<&'a Node> {
    let name = object.node.path(&["metadata", "annotations", OVERRIDE])?.text()?;
    let found = cluster.all(Role::Traffic, object.namespace(), name).iter().find(|o| &*o.kind == "KongIngress")?;
    found.node.get("proxy")
}

fn of_service(
    default: &CallPolicy,
    block: Option<&Node>,
    annotations: Option<&Node>,
    problems: &mut Vec<Problem>,
) -> Result<Option<CallPolicy>, Misread> {
    let block = block.map(|node| Block::of(node, "proxy", &PROXY, problems)).transpose()?;
    let annotations = annotations.map(|node| Block::bare(node, "metadata.annotations"));
    // Of both, the annotation is the one that later versions of the controller still read.
    let mut find = |name: &str, key: &str| -> Result<Option<(f64, Evidence)>, Misread> {
        for (block, key) in [(annotations, key), (block, name)] {
            let Some(block) = block else { continue };
            if let Some(value) = block.count(key, problems)? {
                return Ok(Some((f64::from(value), block.evidence(key))));
            }
        }
        Ok(None)
    };
    let retries = find("retries", "konghq.com/retries")?;
    let read = find("read_timeout", "konghq.com/read-timeout")?;
    Ok((retries.is_some() || read.is_some()).then(|| with(default.clone(), retries, read)))
}

/// A policy with so many retries and such a wait for a piece of an answer.
fn with(mut policy: CallPolicy, retries: Option<(f64, Evidence)>, read: Option<(f64, Evidence)>) -> CallPolicy {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
    let whole = |n: f64| n.clamp(0.0, f64::from(u32::MAX)) as u32;
    let (tries, origin, evidence) = match retries {
        Some((n, evidence)) => (whole(n).saturating_add(1), Origin::Explicit, evidence),
        None => (RETRIES + 1, Origin::PlatformDefault, policy.evidence.clone()),
    };
    let retry = RetryLayer::new(policy.layer, tries, origin, evidence);
    let mut retry = next_upstream(retry, "error timeout");
    retry.per_try_timeout_ms = Some(read.map_or(PHASE_MS, |(ms, _)| ms));
    policy.retry = Some(retry);
    policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
    policy
}
