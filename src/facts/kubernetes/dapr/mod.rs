//! Dapr: applications with a sidecar, the stores and brokers that sidecars reach for them, and what sidecars do with
//! calls (SEMANTICS A.1; DESIGN section 12, Library settings).
//!
//! `apps` finds the applications and whom they invoke, `component` what stands behind Dapr's components, `resiliency`
//! reads retries, timeouts and breakers; `run` does so for each file that Dapr starts applications from.

mod apps;
mod component;
mod resiliency;
mod run;

use super::cluster::Cluster;
use crate::facts::Facts;
use apps::Apps;

pub use run::{RunFile, link as link_run_files};

/// Adds what Dapr's resources say of a cluster.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    let apps = Apps::deployed(cluster);
    let invoked = apps.invocations(facts);
    let components = component::link(cluster, &apps, facts);
    resiliency::link(cluster, &apps, &invoked, &components, facts);
}
