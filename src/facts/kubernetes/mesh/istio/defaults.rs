//! What Istio does with requests unless told otherwise (SEMANTICS A.1, A.2), which depends on its version.

use super::super::assumption;
use crate::facts::block::Block;
use crate::facts::kubernetes::cluster::Cluster;
use crate::facts::kubernetes::config;
use crate::facts::kubernetes::role::Role;
use crate::facts::proxy::{Conditions, ENVOY_BASE_MS, jittered};
use crate::facts::{CallPolicy, Evidence, Layer, Origin, PlatformAssumption, RetryLayer};
use crate::parse::{Node, Outcome, documents};
use crate::source::Problem;
use std::sync::Arc;

/// Retries that Istio's routes have unless told otherwise.
const RETRIES: u32 = 2;

/// The first version that does not retry a 503 by default and that retries inbound calls (its release notes).
const REFINED: (u32, u32) = (1, 24);

/// Istio's defaults for requests.
pub(super) struct Defaults {
    version: Option<(u32, u32)>,
    /// `defaultHttpRetryPolicy` of the mesh configuration, instead of the built-in one.
    mesh_wide: Option<RetryLayer>,
    retries: Arc<PlatformAssumption>,
    inbound: Arc<PlatformAssumption>,
}

impl Defaults {
    pub(super) fn of(cluster: &Cluster<'_>, version: Option<(u32, u32)>, problems: &mut Vec<Problem>) -> Self {
        let setting = Some("[platform.istio] version in linchpin.toml");
        let mut defaults = Self {
            version,
            mesh_wide: None,
            retries: assumption(
                "istio-default-retries",
                "Istio's version is not known: its default retries are taken for those of 1.24 and later, of what could \
                 not be delivered only (before, also of 503)",
                setting,
            ),
            inbound: assumption(
                "istio-inbound-retries",
                "Istio's version is not known: the two retries that the callee's sidecar makes from 1.24 on are not \
                 counted",
                setting,
            ),
        };
        defaults.mesh_wide =
            mesh_config(cluster).and_then(|mesh| mesh_wide(&mesh, defaults.conditions(), problems).ok().flatten());
        defaults
    }

    /// The conditions of a policy that names none.
    pub(super) fn conditions(&self) -> Conditions {
        let mut words = vec!["connect-failure", "refused-stream"];
        if self.version.is_some_and(|v| v < REFINED) {
            words.push("503");
        }
        let mut conditions = Conditions::of(&words);
        // Statuses of gRPC that say that nothing was done. Errors that a callee gives as its answer are others.
        conditions.words.extend(["unavailable", "cancelled"].map(Arc::from));
        conditions
    }

    /// What the conditions of a policy that names none rest on.
    pub(super) fn assumption(&self) -> Option<Arc<PlatformAssumption>> {
        self.version.is_none().then(|| self.retries.clone())
    }

    /// The tries of a route that says nothing of them; `evidence` is what brings the mesh in.
    pub(super) fn retry(&self, layer: Layer, evidence: &Evidence) -> RetryLayer {
        match &self.mesh_wide {
            Some(retry) => RetryLayer { layer, ..retry.clone() },
            None => {
                let conditions = self.conditions();
                let mut retry = RetryLayer::new(layer, RETRIES + 1, Origin::PlatformDefault, evidence.clone());
                retry.backoff_ms = jittered(ENVOY_BASE_MS, None, RETRIES);
                retry.jitter = Some(true);
                retry.retried = conditions.retried(None);
                retry.conditions = conditions.words;
                retry
            }
        }
    }

    /// Says on `policy` what the sidecar of the callee does; nothing if the version is known to do nothing.
    pub(super) fn inbound(&self, mut policy: CallPolicy) -> Option<CallPolicy> {
        match self.version {
            Some(version) if version < REFINED => return None,
            Some(_) => {
                let conditions = Conditions::of(&["reset-before-request"]);
                let mut retry =
                    RetryLayer::new(policy.layer, RETRIES + 1, Origin::PlatformDefault, policy.evidence.clone());
                retry.backoff_ms = jittered(ENVOY_BASE_MS, None, RETRIES);
                retry.jitter = Some(true);
                retry.retried = conditions.retried(None);
                retry.conditions = conditions.words;
                policy.retry = Some(retry);
            }
            None => policy.assumption = Some(self.inbound.clone()),
        }
        Some(policy)
    }
}

/// The mesh configuration: `mesh` of the ConfigMap `istio` of the control plane, or an IstioOperator's.
fn mesh_config(cluster: &Cluster<'_>) -> Option<Node> {
    let maps = cluster.of(Role::ConfigMap).iter();
    let map = maps.filter(|o| o.namespace() == "istio-system" && (&*o.name == "istio" || o.name.starts_with("istio-")));
    let in_map = map.filter_map(|o| config::item(o, "mesh")).find_map(|item| {
        // The text is placed where it stands in the ConfigMap: as many lines down as the block begins.
        let lines = usize::try_from(item.node.at_text_line(0).line).unwrap_or(1).saturating_sub(1);
        let placed = "\n".repeat(lines.min(1_000_000)) + &item.text;
        match documents(item.node.file(), &placed).into_iter().next()?.outcome {
            Outcome::Tree(node) => Some(node),
            _ => None,
        }
    });
    let operators = || cluster.of(Role::Traffic).iter().filter(|o| &*o.kind == "IstioOperator");
    in_map.or_else(|| operators().find_map(|o| o.node.path(&["spec", "meshConfig"]).cloned()))
}

fn mesh_wide(
    mesh: &Node,
    conditions: Conditions,
    problems: &mut Vec<Problem>,
) -> Result<Option<RetryLayer>, crate::facts::block::Misread> {
    let block = Block::under(mesh, "defaultHttpRetryPolicy", &super::virtual_service::RETRIES, problems)?;
    block.map(|b| super::virtual_service::retry(&b, Layer::ClientMesh, conditions, problems)).transpose()
}
