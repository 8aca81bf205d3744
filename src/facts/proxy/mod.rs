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

/// A retry budget of Envoy, in percent of all requests under way, retries included, as a share of the requests without
/// them (SEMANTICS G.3): 20 % of all are 25 % of those.
pub(super) fn of_requests(percent: f64) -> f64 {
    let share = (percent / 100.0).clamp(0.0, 0.99);
    share / (1.0 - share)
}

/// Envoy's limit of a route, retries included, in milliseconds.
pub(super) const ENVOY_TIMEOUT_MS: f64 = 15_000.0;

/// Requests that one Envoy has under way to a cluster at most, unless told otherwise.
pub(super) const ENVOY_REQUESTS: f64 = 1_024.0;
