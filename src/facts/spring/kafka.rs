//! Kafka producers: what they do when a broker does not take a record (SEMANTICS A.1).

use super::calls::Call;
use super::registry::Registry;
use super::view::View;
use crate::facts::address::{Setting, in_settings};
use crate::facts::{Layer, Origin, RetryLayer};
use crate::source::Problem;

const PRODUCER: &str = "spring.kafka.producer";

/// Time that a producer gives a record, all tries together, and each of them.
const DELIVERY_MS: f64 = 120_000.0;
const REQUEST_MS: f64 = 30_000.0;

/// The sending of records, if there are settings of a producer. It tries as often as the time for a record allows
/// unless told otherwise; `retries` counts what comes after the first try.
pub(super) fn producer(view: &View<'_>, registry: &Registry, problems: &mut Vec<Problem>) -> Option<Call> {
    let place = view.place(PRODUCER)?;
    let own = format!("{PRODUCER}.bootstrap-servers");
    let servers = [own.as_str(), "spring.kafka.bootstrap-servers"];
    let text = servers.iter().map(|key| view.list(key)).find(|list| !list.is_empty())?.join(",");
    let (_, found) = in_settings(&[Setting { key: "kafka.bootstrap-servers", value: &text }]).into_iter().next()?;
    let mut property = |name: &str| view.duration(&format!("{PRODUCER}.properties.{name}"), 1.0, problems);
    let delivery = property("delivery.timeout.ms").map_or(DELIVERY_MS, |(ms, _)| ms);
    let request = property("request.timeout.ms").map_or(REQUEST_MS, |(ms, _)| ms);
    let pause = property("retry.backoff.ms").map_or(100.0, |(ms, _)| ms);
    let layer = match view.number(&format!("{PRODUCER}.retries"), problems) {
        Some((retries, evidence)) => {
            let tries = (retries + 1.0).min(f64::from(u32::MAX)) as u32;
            RetryLayer::new(Layer::Library, tries, Origin::Explicit, evidence)
        }
        None => RetryLayer::new(Layer::Library, 1, Origin::PlatformDefault, place.clone()).unlimited(),
    };
    let mut call = Call::new(registry.target(found.addresses, found.certain), Layer::Library, true, place);
    call.retry = Some(RetryLayer {
        per_try_timeout_ms: Some(request),
        timeout_ms: Some(delivery),
        backoff_ms: if layer.tries == Some(1) { Vec::new() } else { vec![pause] },
        ..layer
    });
    Some(call)
}
