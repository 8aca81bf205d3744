//! Dapr: applications with a sidecar, the stores and brokers that sidecars reach for them, and what sidecars do with
//! calls (SEMANTICS A.1; DESIGN section 12, Library settings).
//!
//! `apps` finds the applications and whom they invoke, `component` what stands behind Dapr's components, `resiliency`
//! reads retries, timeouts and breakers.

mod apps;
mod component;
mod resiliency;

use super::cluster::Cluster;
use crate::facts::Facts;
use apps::Apps;

/// Adds what Dapr's resources say of a cluster.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    let apps = Apps::of(cluster);
    let invoked = apps.invocations(facts);
    let components = component::link(cluster, &apps, facts);
    resiliency::link(cluster, &apps, &invoked, &components, facts);
}
