//! Zuul routes, and clients of Feign and Ribbon with Hystrix around them.

use super::calls::Call;
use super::registry::Registry;
use super::view::View;
use crate::facts::address::{Setting, in_settings};
use crate::facts::{Evidence, Layer, Origin, RetryLayer, TimeoutOrigin};
use crate::source::Problem;

/// Prefixes of Feign's client settings, the current one first.
const FEIGN: [&str; 2] = ["spring.cloud.openfeign.client.config", "feign.client.config"];

/// Threads of a command's pool unless told otherwise.
const THREADS: f64 = 10.0;

/// Ribbon's own settings, which may stand at the top for all clients.
const RIBBON: [&str; 4] = ["ReadTimeout", "ConnectTimeout", "MaxAutoRetries", "MaxAutoRetriesNextServer"];

/// The calls that Zuul's routes make.
pub(super) fn routes(view: &View<'_>, registry: &Registry, problems: &mut Vec<Problem>) -> Vec<Call> {
    let mut calls = Vec::new();
    for name in view.children("zuul.routes") {
        let route = format!("zuul.routes.{name}");
        let call = if let Some((url, evidence)) = view.get(&format!("{route}.url")) {
            by_url(view, registry, &url, evidence, problems)
        } else {
            let named = view.get(&format!("{route}.service-id"));
            // Without a service, and in the short form `name: /path/**`, the route's name is the service's.
            let short = || Some((name.to_string(), view.place(&route)?));
            named.or_else(short).map(|(service, evidence)| by_service(view, registry, &service, evidence, problems))
        };
        calls.extend(call);
    }
    calls
}

/// A route to an address goes past Ribbon and Hystrix.
fn by_url(
    view: &View<'_>,
    registry: &Registry,
    url: &str,
    evidence: Evidence,
    problems: &mut Vec<Problem>,
) -> Option<Call> {
    let (_, found) = in_settings(&[Setting { key: "route.url", value: url }]).into_iter().next()?;
    let mut call = Call::new(registry.target(found.addresses, found.certain), Layer::Gateway, true, evidence);
    // Zuul's default is 10 s between two reads.
    let stated = view.duration("zuul.host.socket-timeout-millis", 1.0, problems);
    call.timeout =
        Some(stated.map_or((10_000.0, TimeoutOrigin::PlatformDefault), |(ms, _)| (ms, TimeoutOrigin::Explicit)));
    Some(call)
}

fn by_service(
    view: &View<'_>,
    registry: &Registry,
    service: &str,
    evidence: Evidence,
    problems: &mut Vec<Problem>,
) -> Call {
    let mut call = Call::new(registry.service(service, true), Layer::Gateway, true, evidence);
    call.timeout = hystrix(view, service, problems);
    call.circuit_breaker = Some(true);
    call.max_concurrent = threads(view, service, None, problems);
    ribbon(view, service, &mut call, problems);
    call
}

/// The clients that settings name. One that nothing else speaks of is called in all likelihood.
pub(super) fn clients(view: &View<'_>, registry: &Registry, problems: &mut Vec<Problem>) -> Vec<Call> {
    let mut calls = Vec::new();
    let guarded = view.flag("feign.hystrix.enabled") == Some(true);
    for prefix in FEIGN {
        for name in view.children(prefix).iter().filter(|n| !n.eq_ignore_ascii_case("default")) {
            let client = format!("{prefix}.{name}");
            let Some(evidence) = view.place(&client) else { continue };
            let target = match view.get(&format!("{client}.url")) {
                Some((url, _)) => match in_settings(&[Setting { key: "client.url", value: &url }]).into_iter().next() {
                    Some((_, found)) => registry.target(found.addresses, found.certain),
                    None => continue,
                },
                None => registry.service(name, false),
            };
            let mut call = Call::new(target, Layer::Library, false, evidence);
            let own = view.duration(&format!("{client}.read-timeout"), 1.0, problems);
            let general = || view.duration(&format!("{prefix}.default.read-timeout"), 1.0, &mut Vec::new());
            call.timeout = own.or_else(general).map(|(ms, _)| (ms, TimeoutOrigin::Explicit));
            if guarded {
                call.circuit_breaker = Some(true);
                call.max_concurrent = threads(view, name, Some(THREADS), problems);
                let around = hystrix(view, name, problems);
                call.timeout = smallest(call.timeout, around);
            }
            calls.push(call);
        }
    }
    for name in ribbon_clients(view) {
        if let Some(evidence) = view.place(&format!("{name}.ribbon")) {
            let mut call = Call::new(registry.service(&name, false), Layer::Library, false, evidence);
            ribbon(view, &name, &mut call, problems);
            calls.push(call);
        }
    }
    calls
}

/// Names `x` of which `x.ribbon.…` is set.
fn ribbon_clients(view: &View<'_>) -> Vec<String> {
    let named = view.entries().filter_map(|e| match e.parts.as_slice() {
        [name, ribbon, _, ..] if &**ribbon == "ribbon" => Some(name.to_string()),
        _ => None,
    });
    let mut names: Vec<String> = named.collect();
    names.sort();
    names.dedup();
    names
}

/// What Ribbon says of a client, its own settings before those for all: the limit of one try, and how many there are on
/// one server and on others, if that is said.
fn ribbon(view: &View<'_>, client: &str, call: &mut Call, problems: &mut Vec<Problem>) {
    let [read, _, same, next] = RIBBON.map(|key| {
        let own = format!("{client}.ribbon.{key}");
        if view.get(&own).is_some() { own } else { format!("ribbon.{key}") }
    });
    let per_try = view.duration(&read, 1.0, problems);
    let (same, next) = (view.number(&same, problems), view.number(&next, problems));
    let stated = same.clone().or(next.clone());
    match (stated, per_try) {
        (Some((_, evidence)), per_try) => {
            // Ribbon's defaults: no more tries on the same server, one on another.
            let count = |n: Option<(f64, Evidence)>, default: f64| n.map_or(default, |(n, _)| n) + 1.0;
            let tries = (count(same, 0.0) * count(next, 1.0)).min(f64::from(u32::MAX));
            let layer = RetryLayer::new(call.layer, tries as u32, Origin::Explicit, evidence);
            call.retry = Some(RetryLayer { per_try_timeout_ms: per_try.map(|(ms, _)| ms), ..layer });
        }
        (None, Some((ms, _))) => call.timeout = smallest(call.timeout, Some((ms, TimeoutOrigin::Explicit))),
        (None, None) => {}
    }
}

/// The time that Hystrix gives a command: 1 s unless told otherwise.
fn hystrix(view: &View<'_>, command: &str, problems: &mut Vec<Problem>) -> Option<(f64, TimeoutOrigin)> {
    for name in [command, "default"] {
        let at = format!("hystrix.command.{name}.execution");
        if view.flag(&format!("{at}.timeout.enabled")) == Some(false) {
            return Some((f64::INFINITY, TimeoutOrigin::Disabled));
        }
        if let Some((ms, _)) = view.duration(&format!("{at}.isolation.thread.timeout-in-milliseconds"), 1.0, problems) {
            return Some((ms, TimeoutOrigin::Explicit));
        }
    }
    Some((1_000.0, TimeoutOrigin::PlatformDefault))
}

/// Calls that the thread pools of a command in all instances together have under way. Zuul's own calls have none unless
/// one is set.
fn threads(view: &View<'_>, command: &str, default: Option<f64>, problems: &mut Vec<Problem>) -> Option<f64> {
    let instances = f64::from(view.program().most?);
    let own = view.number(&format!("hystrix.threadpool.{command}.core-size"), problems);
    let stated = own.or_else(|| view.number("hystrix.threadpool.default.core-size", problems));
    stated.map(|(n, _)| n).or(default).map(|n| n * instances)
}

fn smallest(a: Option<(f64, TimeoutOrigin)>, b: Option<(f64, TimeoutOrigin)>) -> Option<(f64, TimeoutOrigin)> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
        (a, b) => a.or(b),
    }
}
