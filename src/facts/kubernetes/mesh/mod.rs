//! Meshes: what sidecars do with the calls of their workloads, and gateways of a mesh with those of users.

mod app_mesh;
pub(super) mod consul;
pub(super) mod gateway_api;
pub(super) mod istio;
mod linkerd;
mod members;

use super::cluster::Cluster;
use crate::config::Platform;
use crate::facts::{CallPolicy, Callers, Facts, Key, PlatformAssumption, Providers};
use crate::source::Problem;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The meshes of a cluster.
pub(super) struct Meshes {
    pub istio: istio::Istio,
    linkerd: linkerd::Linkerd,
    consul: consul::Consul,
}

impl Meshes {
    /// What the input shows of each mesh.
    pub(super) fn of(cluster: &Cluster<'_>, platform: &Platform, problems: &mut Vec<Problem>) -> Self {
        Self {
            istio: istio::Istio::of(cluster, platform, problems),
            linkerd: linkerd::Linkerd::of(cluster),
            consul: consul::Consul::of(cluster),
        }
    }

    /// Adds what they do. `gateways` are the entries that gateways of Istio make.
    pub(super) fn link(&self, cluster: &Cluster<'_>, gateways: &BTreeSet<Key>, facts: &mut Facts) {
        self.istio.link(cluster, gateways, facts);
        self.linkerd.link(cluster, facts);
        self.consul.link(cluster, facts);
        app_mesh::link(cluster, facts);
        // Linkerd reads such routes itself.
        gateway_api::link(cluster, &self.istio, !self.linkerd.has_members(), facts);
    }
}

/// An assumption about a platform.
fn assumption(id: &str, text: impl Into<String>, setting: Option<&str>) -> Arc<PlatformAssumption> {
    Arc::new(PlatformAssumption { id: id.into(), text: text.into(), setting: setting.map(str::to_owned) })
}

/// Adds a policy, and one more for each assumption that it rests on beside its own: a policy carries one.
fn add(policy: CallPolicy, assumptions: &[&Arc<PlatformAssumption>], facts: &mut Facts) {
    let bare = |assumption: &Arc<PlatformAssumption>| CallPolicy {
        calls: policy.calls,
        assumption: Some(assumption.clone()),
        ..CallPolicy::new(
            policy.scope.clone(),
            policy.layer,
            policy.callers.clone(),
            policy.providers.clone(),
            policy.evidence.clone(),
        )
    };
    facts.policies.extend(assumptions.iter().map(|a| bare(a)));
    facts.policies.push(policy);
}

/// Callers of whom nobody else is a member.
fn only(keys: &Arc<BTreeSet<Key>>) -> Callers {
    Callers::Components(keys.clone())
}

/// A host as meshes write it, for the policies of those who call it: a bare name is a Service of the rule's own
/// namespace, `*.ns.svc…` all workloads of a namespace.
fn providers(namespace: &str, host: &str) -> Option<Providers> {
    let host = host.trim_end_matches('.').to_lowercase();
    if host == "*" || host == "*.local" || host == "*.svc.cluster.local" {
        return Some(Providers::Scope);
    }
    if let Some(rest) = host.strip_prefix("*.") {
        let mut labels = rest.split('.');
        let (namespace, svc) = (labels.next()?, labels.next());
        return (svc == Some("svc")).then(|| Providers::Namespace(namespace.into()));
    }
    let target = super::route::host_target(namespace, &host)?;
    Some(Providers::Named { namespace: namespace.into(), target })
}
