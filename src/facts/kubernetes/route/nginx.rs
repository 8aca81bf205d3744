//! ingress-nginx: what its annotations and its ConfigMap say of requests (SEMANTICS A.1, A.2, B).

use super::gateway_policy;
use crate::facts::block::{Block, Misread};
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::mesh::istio::passed_through;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::proxy::next_upstream;
use crate::facts::{CallPolicy, Evidence, Origin, Rank, RetryLayer, TimeoutOrigin};
use crate::parse::Node;
use crate::source::{Problem, unknown};

const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// Annotations that begin with `proxy`: one that is none of these is misspelt.
#[rustfmt::skip]
const PROXY: [&str; 18] = [
    "proxy-body-size", "proxy-buffer-size", "proxy-buffering", "proxy-buffers-number", "proxy-busy-buffers-size",
    "proxy-connect-timeout", "proxy-cookie-domain", "proxy-cookie-path", "proxy-http-version",
    "proxy-max-temp-file-size", "proxy-next-upstream", "proxy-next-upstream-timeout", "proxy-next-upstream-tries",
    "proxy-read-timeout", "proxy-redirect-from", "proxy-redirect-to", "proxy-request-buffering", "proxy-send-timeout",
];

/// Words of `proxy_next_upstream`.
#[rustfmt::skip]
const NEXT: [&str; 12] = [
    "error", "timeout", "invalid_header", "http_500", "http_502", "http_503", "http_504", "http_403", "http_404",
    "http_429", "non_idempotent", "off",
];

/// Names that charts give the controller's ConfigMap.
const MAPS: [&str; 4] =
    ["ingress-nginx-controller", "nginx-configuration", "nginx-ingress-controller", "nginx-load-balancer-conf"];

/// Tries, the first one included, and how long nginx waits between two pieces of an answer.
const TRIES: u32 = 3;
const READ_MS: f64 = 60_000.0;

/// What the controller does with the requests of an Ingress.
pub(super) fn policy(cluster: &Cluster<'_>, ingress: &Object, problems: &mut Vec<Problem>) -> CallPolicy {
    let place = Evidence::new(ingress.name_node().at(), "spec.ingressClassName");
    let policy = gateway_policy(cluster, Rank::Route, place);
    let annotations = ingress.node.path(&["metadata", "annotations"]);
    for (key, at, _) in annotations.into_iter().flat_map(Node::fields) {
        let name = key.strip_prefix(PREFIX).filter(|name| name.starts_with("proxy") && !PROXY.contains(name));
        problems.extend(name.map(|name| unknown("annotation", name, &PROXY, at.at())));
    }
    let through = annotations.and_then(|a| a.get("nginx.ingress.kubernetes.io/ssl-passthrough")).and_then(Node::bool);
    if through == Some(true) {
        return passed_through(policy);
    }
    let map = cluster.of(Role::ConfigMap).iter().find(|o| is_controllers(o)).and_then(|o| o.node.get("data"));
    let settings = Settings { annotations, map };
    settings.read(policy.clone(), problems).unwrap_or(policy)
}

/// Whether a ConfigMap is the controller's: by its name, which may have the release's before it.
fn is_controllers(map: &Object) -> bool {
    MAPS.iter().any(|name| map.name.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('-')))
}

/// Where a setting may stand: on the Ingress, else for all of the controller's.
struct Settings<'n> {
    annotations: Option<&'n Node>,
    map: Option<&'n Node>,
}

impl<'n> Settings<'n> {
    /// A setting by its bare name, as the block and key that say it.
    fn find(&self, name: &str) -> Option<(Block<'n>, String)> {
        let key = format!("{PREFIX}{name}");
        let own =
            self.annotations.filter(|a| a.get(&key).is_some()).map(|a| (Block::bare(a, "metadata.annotations"), key));
        let shared = || self.map.filter(|m| m.get(name).is_some()).map(|m| (Block::bare(m, "data"), name.to_owned()));
        own.or_else(shared)
    }

    fn read(&self, mut policy: CallPolicy, problems: &mut Vec<Problem>) -> Result<CallPolicy, Misread> {
        let mut time = |name| match self.find(name) {
            // The controller takes whole seconds without a unit.
            Some((block, key)) => Ok(block.count(&key, problems)?.map(|seconds| f64::from(seconds) * 1000.0)),
            None => Ok(None),
        };
        let read = time("proxy-read-timeout")?.unwrap_or(READ_MS);
        let whole = time("proxy-next-upstream-timeout")?.filter(|ms| *ms > 0.0);
        let (tries, evidence) = match self.find("proxy-next-upstream-tries") {
            Some((block, key)) => (block.count(&key, problems)?, block.evidence(&key)),
            None => (None, policy.evidence.clone()),
        };
        let words = match self.find("proxy-next-upstream") {
            Some((block, key)) => {
                let words = block.text(&key, problems)?;
                let mut strange = words.unwrap_or_default().split_whitespace().filter(|word| !NEXT.contains(word));
                if let Some(word) = strange.next() {
                    problems.push(unknown("word of `proxy-next-upstream`", word, &NEXT, block.evidence(&key).at));
                }
                words
            }
            None => None,
        };
        let origin = if tries.is_some() { Origin::Explicit } else { Origin::PlatformDefault };
        let retry = RetryLayer::new(policy.layer, tries.unwrap_or(TRIES), origin, evidence);
        let retry = if tries == Some(0) { retry.unlimited() } else { retry };
        let mut retry = next_upstream(retry, words.unwrap_or("error timeout"));
        // The gap between two pieces of an answer: for a callee that says nothing, the limit of one try.
        retry.per_try_timeout_ms = Some(read);
        retry.timeout_ms = whole;
        policy.retry = Some(retry);
        policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
        Ok(policy)
    }
}
