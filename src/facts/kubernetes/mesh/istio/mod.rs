//! Istio: its defaults, and what VirtualServices, DestinationRules, ServiceEntries and Sidecars do with calls.
//!
//! Where the input shows who has a sidecar, the mesh is those workloads; where it does not, its resources are taken as a
//! sign that everybody has one, as an assumption.

mod defaults;
mod destination_rule;
mod injection;
mod sidecar;
mod virtual_service;

use super::members::Members;
use super::{assumption, only, providers};
use crate::config::Platform;
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::object::Object;
use crate::facts::kubernetes::role::Role;
use crate::facts::{
    CallPolicy, Callers, Evidence, Facts, Key, Layer, PlatformAssumption, Providers, Rank, RetryLayer, TimeoutOrigin,
};
use crate::parse::Node;
use crate::source::Problem;
use defaults::Defaults;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(in crate::facts::kubernetes) use virtual_service::{Rule, rules};

/// What the input shows of Istio.
pub(in crate::facts::kubernetes) struct Istio {
    scope: Arc<str>,
    members: Members,
    defaults: Defaults,
    /// Everybody is taken for a member.
    everybody: Arc<PlatformAssumption>,
}

impl Istio {
    pub(super) fn of(cluster: &Cluster<'_>, platform: &Platform, problems: &mut Vec<Problem>) -> Self {
        Self {
            scope: cluster.scope.clone(),
            members: Members::of(cluster, injection::evidence),
            defaults: Defaults::of(cluster, platform.istio.version(), problems),
            everybody: assumption(
                "istio-sidecars",
                "the input does not show which workloads have Istio's sidecar; where one of Istio's resources speaks of \
                 a host, all its callers are taken to have one",
                None,
            ),
        }
    }

    pub(super) fn link(&self, cluster: &Cluster<'_>, gateways: &BTreeSet<Key>, facts: &mut Facts) {
        let before = facts.policies.len();
        self.members_calls(cluster, facts);
        for object in cluster.of(Role::Route).iter().filter(|o| is(o, "VirtualService")) {
            self.virtual_service(cluster, object, facts);
        }
        for object in cluster.of(Role::Traffic).iter().filter(|o| is(o, "DestinationRule")) {
            self.destination_rule(cluster, object, gateways, facts);
        }
        self.sidecars(cluster, before, facts);
    }

    /// Whether the input shows sidecars.
    pub(super) fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    /// Whom a resource of the mesh is for.
    pub(super) fn callers(&self) -> Callers {
        self.members.callers()
    }

    /// What a resource of the mesh rests on, beside what it says.
    pub(super) fn taken_for_granted(&self) -> Vec<&Arc<PlatformAssumption>> {
        self.members.is_empty().then_some(&self.everybody).into_iter().collect()
    }

    /// A policy of this cluster that says nothing yet.
    pub(super) fn policy(&self, layer: Layer, rank: Rank, evidence: Evidence) -> CallPolicy {
        let policy = CallPolicy::new(self.scope.clone(), layer, Callers::Everyone, Providers::Anyone, evidence);
        CallPolicy { rank, ..policy }
    }

    /// What the mesh does unless told otherwise: three tries, no limit of its own.
    pub(in crate::facts::kubernetes) fn default(&self, layer: Layer, rank: Rank, evidence: Evidence) -> CallPolicy {
        let mut policy = self.policy(layer, rank, evidence);
        policy.retry = Some(self.defaults.retry(layer, &policy.evidence));
        policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
        policy.assumption = self.defaults.assumption();
        policy
    }

    /// What the mesh does with connections of which it does not see the requests.
    pub(in crate::facts::kubernetes) fn connections(&self, layer: Layer, evidence: Evidence) -> CallPolicy {
        passed_through(self.policy(layer, Rank::Route, evidence))
    }

    /// Adds what holds for the calls of members whatever is configured.
    fn members_calls(&self, cluster: &Cluster<'_>, facts: &mut Facts) {
        for (evidence, members) in &self.members.by_evidence {
            let default = self.default(Layer::ClientMesh, Rank::Default, evidence.clone());
            facts.policies.push(default.between(only(members), Providers::Scope));
        }
        if self.members.is_empty() {
            return;
        }
        for (namespace, node) in http_hosts(cluster) {
            let Some(host) = node.text().and_then(|host| providers(namespace, host)) else { continue };
            let default = self.default(Layer::ClientMesh, Rank::Default, Evidence::new(node.at(), "spec.hosts"));
            facts.policies.push(default.between(self.members.callers(), host));
        }
        for service in cluster.of(Role::Service) {
            if let Some(evidence) = opaque(service) {
                let policy = passed_through(self.policy(Layer::ClientMesh, Rank::Provider, evidence));
                let host = providers(service.namespace(), &service.name);
                facts.policies.extend(host.map(|host| policy.between(self.members.callers(), host)));
            }
        }
        if let Some(evidence) = self.members.by_evidence.keys().next() {
            let policy = self.policy(Layer::ServerMesh, Rank::Default, evidence.clone());
            let policy = self.defaults.inbound(policy);
            facts
                .policies
                .extend(policy.map(|p| p.between(Callers::Everyone, Providers::Components(self.members.all.clone()))));
        }
    }
}

/// What a proxy does with connections of which it does not see the requests: it makes each once.
pub(in crate::facts::kubernetes) fn passed_through(policy: CallPolicy) -> CallPolicy {
    let retry = RetryLayer::new(policy.layer, 1, crate::facts::Origin::PlatformDefault, policy.evidence.clone());
    CallPolicy { retry: Some(retry), timeout: Some((f64::INFINITY, TimeoutOrigin::Disabled)), ..policy }
}

fn is(object: &Object, kind: &str) -> bool {
    &*object.group == "networking.istio.io" && &*object.kind == kind
}

/// Hosts outside the cluster to which the mesh speaks HTTP, with the namespace of their ServiceEntry. Of TLS and TCP it
/// sees no requests.
fn http_hosts<'a>(cluster: &Cluster<'a>) -> impl Iterator<Item = (&'a str, &'a Node)> {
    let speaks_http = |port: &Node| {
        let protocol = port.str("protocol").unwrap_or_default().to_ascii_uppercase();
        matches!(protocol.as_str(), "HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB" | "HTTP_PROXY")
    };
    cluster.of(Role::ServiceEntry).iter().copied().flat_map(move |object| {
        let spec = object.node.get("spec");
        let list = |key| spec.and_then(|s| s.get(key)).map(Node::items).unwrap_or_default();
        let hosts = if list("ports").iter().any(speaks_http) { list("hosts") } else { &[] };
        hosts.iter().map(|host| (object.namespace(), host))
    })
}

/// Where a Service says that Istio sees no requests on any of its ports: by the protocol's name, or a name that begins
/// with it. A port that says nothing is looked at.
fn opaque(service: &Object) -> Option<Evidence> {
    const OPAQUE: [&str; 9] = ["tcp", "tls", "https", "udp", "mongo", "mysql", "redis", "kafka", "amqp"];
    let ports = service.node.path(&["spec", "ports"])?.items();
    let opaque = |port: &Node| {
        let node = port.get("appProtocol").or(port.get("name"))?;
        let protocol = node.text()?.split('-').next()?.to_ascii_lowercase();
        OPAQUE.contains(&protocol.as_str()).then(|| Evidence::new(node.at(), "spec.ports"))
    };
    let found: Option<Vec<Evidence>> = ports.iter().map(opaque).collect();
    found?.into_iter().next()
}
