//! Jobs: a pod that fails is started again, and with it every call that it makes (SEMANTICS A.1).

use super::cluster::Cluster;
use crate::facts::{CallPolicy, Callers, Calls, Evidence, Facts, Layer, Origin, Providers, Rank, RetryLayer};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Pods that a Job starts after the first one, unless it says otherwise.
const BACKOFF_LIMIT: i64 = 6;

/// The first pause between two pods and the longest one, in milliseconds.
const PAUSES_MS: (f64, f64) = (10_000.0, 360_000.0);

/// Adds how often Jobs start their pods. `backoffLimit` counts what comes after the first one; with
/// `backoffLimitPerIndex` nothing bounds all indexes together. What cannot be read is reported elsewhere and left open.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    for workload in &cluster.workloads {
        let node = &workload.object.node;
        let spec = match &*workload.object.kind {
            "Job" => node.get("spec"),
            "CronJob" => node.path(&["spec", "jobTemplate", "spec"]),
            _ => continue,
        };
        let Some(spec) = spec else { continue };
        let of = |field: &str| spec.get(field).filter(|n| !n.is_null());
        let limit = of("backoffLimitPerIndex").or_else(|| of("backoffLimit"));
        let retries = match limit {
            Some(written) => written.int().and_then(|n| u32::try_from(n).ok()),
            None => u32::try_from(BACKOFF_LIMIT).ok(),
        };
        let Some(retries) = retries else { continue };
        let (evidence, origin) = match limit {
            Some(written) => (Evidence::new(written.at(), "spec.backoffLimit"), Origin::Explicit),
            None => (Evidence::new(workload.object.name_node().at(), "metadata.name"), Origin::PlatformDefault),
        };
        let pause = |k: u32| (PAUSES_MS.0 * f64::from(1u32 << k.min(16))).min(PAUSES_MS.1);
        let layer = RetryLayer {
            timeout_ms: of("activeDeadlineSeconds").and_then(|n| n.float()).map(|s| s * 1000.0),
            backoff_ms: (0..retries.min(7)).map(pause).collect(),
            ..RetryLayer::new(Layer::Platform, retries.saturating_add(1), origin, evidence.clone())
        };
        let callers = Callers::Components(Arc::new(BTreeSet::from([workload.key.clone()])));
        facts.policies.push(CallPolicy {
            calls: Calls::All,
            rank: if limit.is_some() { Rank::Provider } else { Rank::Default },
            retry: Some(layer),
            ..CallPolicy::new(cluster.scope.clone(), Layer::Platform, callers, Providers::Anyone, evidence)
        });
    }
}
