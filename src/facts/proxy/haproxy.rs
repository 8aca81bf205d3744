use crate::facts::{Evidence, Layer, Origin, Retried, RetryLayer};

/// Retries of HAProxy unless told otherwise.
const RETRIES: u32 = 3;

/// The tries of HAProxy under its `retries`: after a failed connection, and after nothing else unless `retry-on` says so.
pub(in crate::facts) fn haproxy_retries(layer: Layer, retries: Option<u32>, evidence: Evidence) -> RetryLayer {
    let origin = if retries.is_some() { Origin::Explicit } else { Origin::PlatformDefault };
    let mut retry = RetryLayer::new(layer, retries.unwrap_or(RETRIES).saturating_add(1), origin, evidence);
    retry.retried = Retried::REFUSED;
    retry.conditions = vec!["conn-failure".into()];
    retry
}
