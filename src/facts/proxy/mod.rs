//! How proxies treat the calls that pass them, whatever platform configures them.

mod backoff;
mod conditions;
mod file;
mod haproxy;
mod nginx;

pub(super) use backoff::{ENVOY_BASE_MS, jittered};
pub(super) use conditions::Conditions;
pub(super) use file::policies;
pub(super) use haproxy::haproxy_retries;
pub(super) use nginx::next_upstream;

/// Envoy's limit of a route, retries included, in milliseconds.
pub(super) const ENVOY_TIMEOUT_MS: f64 = 15_000.0;

/// Requests that one Envoy has under way to a cluster at most, unless told otherwise.
pub(super) const ENVOY_REQUESTS: f64 = 1_024.0;
