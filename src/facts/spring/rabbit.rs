//! RabbitMQ through Spring: what a template does when the broker does not take a message (SEMANTICS A.1, Spring Retry).

use super::calls::Call;
use super::registry::Registry;
use super::view::View;
use crate::facts::address::{Setting, in_settings};
use crate::facts::{Layer, Origin, RetryLayer};
use crate::source::Problem;

const RETRY: &str = "spring.rabbitmq.template.retry";

/// The sending of messages, if it is tried again: it is not unless that is switched on, and then three times in all, the
/// first one counted, with pauses of a second that do not grow.
pub(super) fn template(view: &View<'_>, registry: &Registry, problems: &mut Vec<Problem>) -> Option<Call> {
    let place = view.place(RETRY).filter(|_| view.flag(&format!("{RETRY}.enabled")) == Some(true))?;
    let addresses = view.list("spring.rabbitmq.addresses").join(",");
    let addresses = if addresses.is_empty() { view.get("spring.rabbitmq.host")?.0 } else { addresses };
    let setting = Setting { key: "spring.rabbitmq.host", value: &addresses };
    let (_, found) = in_settings(&[setting]).into_iter().next()?;
    let (tries, origin, at) = match view.number(&format!("{RETRY}.max-attempts"), problems) {
        Some((n, at)) => (n.min(f64::from(u32::MAX)) as u32, Origin::Explicit, at),
        None => (3, Origin::PlatformDefault, place.clone()),
    };
    let first = view.duration(&format!("{RETRY}.initial-interval"), 1.0, problems).map_or(1_000.0, |(ms, _)| ms);
    let factor = view.number(&format!("{RETRY}.multiplier"), problems).map_or(1.0, |(n, _)| n);
    let most = view.duration(&format!("{RETRY}.max-interval"), 1.0, problems).map_or(10_000.0, |(ms, _)| ms);
    let pause = |n: u32| (first * factor.powi(i32::try_from(n).unwrap_or(0))).min(most);
    let mut call = Call::new(registry.target(found.addresses, found.certain), Layer::Library, true, place);
    call.retry = Some(RetryLayer {
        backoff_ms: (0..tries.saturating_sub(1).min(16)).map(pause).collect(),
        ..RetryLayer::new(Layer::Library, tries, origin, at)
    });
    Some(call)
}
