//! Spring Cloud Gateway: routes, and the retries, timeouts and breakers of their filters (SEMANTICS A.1).

use super::calls::Call;
use super::registry::Registry;
use super::view::View;
use crate::facts::address::{Setting, in_settings};
use crate::facts::{Evidence, Layer, Origin, Retried, RetryLayer, TimeoutOrigin};
use crate::source::{Problem, unknown};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where routes stand, by version and flavour.
const ROOTS: [&str; 4] = [
    "spring.cloud.gateway",
    "spring.cloud.gateway.server.webflux",
    "spring.cloud.gateway.server.webmvc",
    "spring.cloud.gateway.mvc",
];

/// Retries of the filter when it does not say how many.
const RETRIES: u32 = 3;

/// Families of status codes by which the Retry filter tells what to try again.
const SERIES: [&str; 5] = ["INFORMATIONAL", "SUCCESSFUL", "REDIRECTION", "CLIENT_ERROR", "SERVER_ERROR"];

/// What the Retry filter understands.
const RETRY_ARGS: [&str; 8] =
    ["retries", "statuses", "methods", "series", "exceptions", "backoff", "jitter", "timeout"];

/// A filter with its arguments, keys in lower case without dashes.
struct Filter {
    name: String,
    args: BTreeMap<String, String>,
    evidence: Evidence,
}

/// The calls that routes make.
pub(super) fn routes(view: &View<'_>, registry: &Registry, problems: &mut Vec<Problem>) -> Vec<Call> {
    let mut calls = Vec::new();
    for root in ROOTS {
        let general = filters(view, &format!("{root}.default-filters"));
        let response = view.duration(&format!("{root}.httpclient.response-timeout"), 1.0, problems);
        for index in view.children(&format!("{root}.routes")) {
            let route = format!("{root}.routes.{index}");
            let Some((uri, evidence)) = view.get(&format!("{route}.uri")) else { continue };
            let Some(mut call) = call(&uri, evidence, registry) else { continue };
            // The route's own response timeout is in milliseconds; a negative one switches the limit off.
            let key = format!("{route}.metadata.response-timeout");
            let off = view.get(&key).is_some_and(|(text, _)| text.trim().starts_with('-'));
            let own = if off { Some(f64::INFINITY) } else { view.duration(&key, 1.0, problems).map(|(ms, _)| ms) };
            let limit = own.or(response.as_ref().map(|(ms, _)| *ms));
            let own_filters = filters(view, &format!("{route}.filters"));
            apply(&mut call, general.iter().chain(&own_filters), limit, problems);
            calls.push(call);
        }
    }
    calls
}

/// The call of a route: `lb://name` is looked up in the registry, other addresses as hosts; `forward:` stays here.
fn call(uri: &str, evidence: Evidence, registry: &Registry) -> Option<Call> {
    let balanced = uri.strip_prefix("lb:").map(|rest| rest.rsplit("://").next().unwrap_or(rest));
    if let Some(rest) = balanced {
        let name = rest.trim_start_matches('/').split(['/', ':', '?']).next().filter(|n| !n.is_empty())?;
        if name.contains("${") {
            return None;
        }
        return Some(Call::new(registry.service(name, true), Layer::Gateway, true, evidence));
    }
    let (_, found) = in_settings(&[Setting { key: "route.url", value: uri }]).into_iter().next()?;
    Some(Call::new(registry.target(found.addresses, found.certain), Layer::Gateway, true, evidence))
}

/// The filters of a list, in both forms: `Retry=3,BAD_GATEWAY` and a name with arguments.
fn filters(view: &View<'_>, list: &str) -> Vec<Filter> {
    let mut filters = Vec::new();
    for index in view.children(list) {
        let at = format!("{list}.{index}");
        if let Some((name, evidence)) = view.get(&format!("{at}.name")) {
            let mut args = BTreeMap::new();
            for arg in view.children(&format!("{at}.args")) {
                let key = format!("{at}.args.{arg}");
                let items = view.list(&key);
                let value = if items.is_empty() { String::new() } else { items.join(",") };
                args.insert(plain(&arg), value);
                for inner in view.children(&key).iter().filter(|i| !i.bytes().all(|b| b.is_ascii_digit())) {
                    let value = view.get(&format!("{key}.{inner}")).map(|(v, _)| v).unwrap_or_default();
                    args.insert(format!("{}.{}", plain(&arg), plain(inner)), value);
                }
            }
            filters.push(Filter { name, args, evidence });
        } else if let Some((text, evidence)) = view.get(&at) {
            filters.push(shortcut(&text, evidence));
        }
    }
    filters
}

/// `Retry=3,INTERNAL_SERVER_ERROR,GET` has its arguments in their order, `CircuitBreaker=name=x,fallbackUri=/y` by name.
fn shortcut(text: &str, evidence: Evidence) -> Filter {
    let (name, rest) = text.split_once('=').unwrap_or((text, ""));
    let order = ["retries", "statuses", "methods"];
    let mut args = BTreeMap::new();
    for (i, arg) in rest.split(',').map(str::trim).filter(|a| !a.is_empty()).enumerate() {
        match (arg.split_once('='), order.get(i)) {
            (Some((key, value)), _) => drop(args.insert(plain(key), value.to_owned())),
            (None, Some(key)) => drop(args.insert((*key).to_owned(), arg.to_owned())),
            (None, None) => {}
        }
    }
    Filter { name: name.trim().to_owned(), args, evidence }
}

fn plain(key: &str) -> String {
    key.chars().filter(|c| *c != '-').flat_map(char::to_lowercase).collect()
}

/// What the filters do with a call. A response timeout is below them, so it limits each try.
fn apply<'f>(
    call: &mut Call,
    filters: impl Iterator<Item = &'f Filter>,
    limit: Option<f64>,
    problems: &mut Vec<Problem>,
) {
    for filter in filters {
        match filter.name.as_str() {
            "Retry" => {
                let Some(layer) = retry(filter, problems) else { continue };
                // A filter within another one starts all its tries anew for each of the outer one's.
                call.retry = Some(match call.retry.take() {
                    Some(outer) => {
                        RetryLayer { tries: outer.tries.zip(layer.tries).map(|(a, b)| a.saturating_mul(b)), ..layer }
                    }
                    None => layer,
                });
            }
            "CircuitBreaker" | "Hystrix" => call.circuit_breaker = Some(true),
            _ => {}
        }
    }
    let origin = |ms: f64| if ms.is_finite() { TimeoutOrigin::Explicit } else { TimeoutOrigin::Disabled };
    match (&mut call.retry, limit) {
        (Some(retry), Some(ms)) => retry.per_try_timeout_ms = Some(ms).filter(|ms| ms.is_finite()),
        (None, Some(ms)) => call.timeout = Some((ms, origin(ms))),
        _ => {}
    }
}

/// The Retry filter: by default 3 retries of GET requests that fail with a server error, or with no answer.
fn retry(filter: &Filter, problems: &mut Vec<Problem>) -> Option<RetryLayer> {
    for arg in filter.args.keys().filter(|a| !a.contains('.')) {
        if !RETRY_ARGS.contains(&arg.as_str()) {
            problems.push(unknown("argument of the Retry filter", arg, &RETRY_ARGS, filter.evidence.at.clone()));
        }
    }
    let (retries, origin) = match filter.args.get("retries") {
        Some(text) => match text.trim().parse::<u32>() {
            Ok(retries) => (retries, Origin::Explicit),
            Err(_) => {
                let reason = "`retries` of the Retry filter must be a whole number; its tries are taken as unknown";
                problems.push(Problem::new(filter.evidence.at.clone(), reason));
                return None;
            }
        },
        None => (RETRIES, Origin::PlatformDefault),
    };
    let listed = |key: &str| filter.args.get(key).map(|v| v.trim()).filter(|v| !v.is_empty());
    let exceptions = listed("exceptions");
    let throws = |names: &[&str]| exceptions.is_none_or(|e| names.iter().any(|n| e.contains(n)));
    // An empty series with no statuses leaves only exceptions.
    let series = filter.args.get("series").is_none_or(|s| !s.trim().is_empty());
    let retried = Retried {
        refused: throws(&["IOException", "ConnectException", "Exception"]),
        error: listed("statuses").is_some() || series,
        late: throws(&["TimeoutException", "java.lang.Exception"]),
    };
    for word in listed("series").into_iter().flat_map(|list| list.split(',')).map(str::trim) {
        if !SERIES.contains(&word) {
            problems.push(unknown("series of the Retry filter", word, &SERIES, filter.evidence.at.clone()));
        }
    }
    let words = |key: &str, default: &str| -> Arc<str> { format!("{key} {}", listed(key).unwrap_or(default)).into() };
    let mut conditions = vec![words("methods", "GET")];
    match listed("statuses") {
        Some(statuses) => conditions.push(format!("statuses {statuses}").into()),
        None => conditions.push(words("series", "SERVER_ERROR")),
    }
    let mut backoff = Vec::new();
    if let Some(first) = listed("backoff.firstbackoff").and_then(|t| super::duration::milliseconds(t, 1.0)) {
        let factor = listed("backoff.factor").and_then(|t| t.parse::<f64>().ok()).unwrap_or(2.0);
        let most = listed("backoff.maxbackoff").and_then(|t| super::duration::milliseconds(t, 1.0)).unwrap_or(f64::MAX);
        backoff =
            (0..retries.min(16)).map(|n| (first * factor.powi(i32::try_from(n).unwrap_or(16))).min(most)).collect();
    }
    let tries = retries.saturating_add(1);
    Some(RetryLayer {
        conditions,
        retried,
        backoff_ms: backoff,
        ..RetryLayer::new(Layer::Gateway, tries, origin, filter.evidence.clone())
    })
}
