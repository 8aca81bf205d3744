//! How proxies treat the calls that pass them, whatever platform configures them.

mod backoff;
mod conditions;

pub(super) use backoff::{ENVOY_BASE_MS, jittered};
pub(super) use conditions::Conditions;
