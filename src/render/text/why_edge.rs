//! One edge and every setting behind it.

use super::page::{Ink, Line, Page, percent, widths, wrapped};
use super::why::describe;
use crate::config::Date;
use crate::graph::{
    Dependency, Evidence, Graph, Labels, LayerTimeout, Origin, RetryLayer, RouteSettings, TimeoutOrigin,
};
use crate::render::{CallAccount, EdgeAccount};
use crate::rules::words::{count_of, duration, factor, list, number};
use std::cmp::Reverse;

/// Width at which explanations are broken.
const WIDTH: usize = 100;

/// Every layer, number, default and place that made the tries and the limit of calls from one component to another.
pub fn why_edge(graph: &Graph, labels: &Labels, edges: &[EdgeAccount]) -> String {
    let mut page = Page::default();
    for edge in edges {
        let d = graph.dependency(edge.dependency);
        page.gap();
        let name = format!("{} → {}", labels.of(d.from), labels.of(d.to));
        page.line(Line::default().add(Ink::Strong, name).add(Ink::Plain, format!("  {}", describe(graph, d))));
        for evidence in &d.evidence {
            page.line(Line::default().add(Ink::Dim, format!("  {}", said(evidence))));
        }
        page.gap();
        seen(&mut page, labels, d);
        let Some(calls) = &edge.calls else {
            page.line(Line::of("No calls are made here while requests are served."));
            continue;
        };
        tries(&mut page, d, calls);
        page.gap();
        limits(&mut page, d);
        routes(&mut page, d);
        wait(&mut page, labels.of(d.to), d, calls);
        own(&mut page, graph, d);
        guards(&mut page, d);
        assumptions(&mut page, graph, d);
    }
    page.finish()
}

/// `k8s/cart.yaml:12 spec.http.retries.attempts`.
fn said(evidence: &Evidence) -> String {
    format!("{} {}", evidence.at, evidence.field)
}

/// A heading and what it says.
fn headed(page: &mut Page, heading: &str, text: impl AsRef<str>) {
    page.line(Line::default().add(Ink::Strong, format!("{heading:<9}")).add(Ink::Plain, text));
}

/// When traces saw calls, which of them nobody waited for, and what ran beside them.
fn seen(page: &mut Page, labels: &Labels, d: &Dependency) {
    let Some(o) = &d.observed else { return };
    let mut says: Vec<String> = Vec::new();
    says.extend(o.window.map(|(first, last)| match (moment(first), moment(last)) {
        (first, last) if first == last => format!("on {first} UTC"),
        (first, last) => format!("from {first} to {last} UTC"),
    }));
    if o.detached > 0 {
        says.push(format!("{} ended after the request that made them", count_of(o.detached, "call", "calls")));
    }
    let mut beside = o.parallel.clone();
    beside.sort_by_key(|&(id, times)| (Reverse(times), id));
    if !beside.is_empty() {
        let beside =
            beside.iter().map(|&(id, times)| format!("{} ({})", labels.of(id), count_of(times, "time", "times")));
        says.push(format!("beside calls of {}", list(beside, 8)));
    }
    let mut heading = "Seen";
    for text in says {
        headed(page, std::mem::take(&mut heading), text);
    }
}

/// `2025-11-21 14:00:03`, from nanoseconds since the epoch.
fn moment(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let day = Date::of_days(seconds / 86_400).map(|day| day.to_string()).unwrap_or_default();
    let of_day = seconds % 86_400;
    format!("{day} {:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

fn tries(page: &mut Page, d: &Dependency, calls: &CallAccount) {
    let Some(retry) = &d.retry else {
        headed(page, "Tries", "unknown: nothing says whether calls are tried again (counted as 1)");
        return;
    };
    headed(page, "Tries", product(&retry.layers, retry.tries));
    let [refused, error, late] = calls.tries.map(|n| if n.is_finite() { factor(n) } else { "unlimited".to_owned() });
    if retry.tries != Some(1) {
        let each = format!("in effect {refused} when refused, {error} when answered with an error, {late} when late");
        headed(page, "", each);
    }
    let rows: Vec<Vec<Line>> = retry.layers.iter().map(layer).collect();
    let widths = widths(&rows);
    for (row, layer) in rows.into_iter().zip(&retry.layers) {
        page.row("  ", row, &widths);
        for line in wrapped(&details(layer), WIDTH).iter().filter(|line| !line.is_empty()) {
            page.line(Line::of(format!("    {line}")));
        }
    }
}

/// `3 (library, k8s/app.yaml:12) × 3 (client-mesh, platform default, ns.yaml:5) = 9`; layers that try once are no
/// factor, unless there is no other.
fn product(layers: &[RetryLayer], tries: Option<u64>) -> String {
    let of_layer = |l: &RetryLayer| {
        let n = l.tries.filter(|_| !l.unlimited).map_or("unlimited".to_owned(), |n| number(u64::from(n)));
        let mut why = vec![l.layer.word().to_owned()];
        if l.origin != Origin::Explicit {
            why.push(origin(l.origin).to_owned());
        }
        why.extend(l.evidence.as_ref().map(|e| e.at.to_string()));
        format!("{n} ({})", why.join(", "))
    };
    let multiplying: Vec<&RetryLayer> = layers.iter().filter(|l| l.unlimited || l.tries != Some(1)).collect();
    match (multiplying.as_slice(), layers) {
        ([], [only]) => of_layer(only),
        ([], _) => "1: no layer tries again".to_owned(),
        ([only], _) => of_layer(only),
        (several, _) => {
            let factors: Vec<String> = several.iter().map(|l| of_layer(l)).collect();
            let result = tries.map_or("no bound".to_owned(), number);
            format!("{} = {result}", factors.join(" × "))
        }
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Explicit => "explicit",
        Origin::PlatformDefault => "platform default",
        Origin::Observed => "observed",
        Origin::Unknown => "number not stated",
    }
}

fn number_of_tries(l: &RetryLayer) -> String {
    match (l.unlimited, l.tries) {
        (false, Some(1)) => "1 try".to_owned(),
        (false, Some(n)) => format!("{n} tries"),
        _ => "unlimited".to_owned(),
    }
}

fn layer(l: &RetryLayer) -> Vec<Line> {
    vec![
        Line::of(l.layer.word()),
        Line::of(number_of_tries(l)),
        Line::of(origin(l.origin)),
        Line::default().add(Ink::Dim, l.evidence.as_ref().map(said).unwrap_or_default()),
    ]
}

/// When it tries again, and what bounds it.
fn details(l: &RetryLayer) -> String {
    let mut details: Vec<String> = Vec::new();
    if l.unlimited || l.tries != Some(1) {
        let words = [(l.retried.refused, "refused"), (l.retried.error, "error"), (l.retried.late, "late")];
        let when: Vec<&str> = words.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect();
        let when = if when.is_empty() { "nothing that is a fault".to_owned() } else { list(when, 3) };
        let conditions = match l.conditions.as_slice() {
            [] => String::new(),
            words => format!(" ({})", words.join(", ")),
        };
        details.push(format!("again when {when}{conditions}"));
    }
    details.extend(l.per_try_timeout_ms.map(|ms| format!("each at most {}", duration(ms))));
    details.extend(l.timeout_ms.map(|ms| format!("all within {}", duration(ms))));
    if !l.backoff_ms.is_empty() {
        let pauses = l.backoff_ms.iter().map(|ms| duration(*ms));
        details.push(format!("pauses up to {}", list(pauses, 8)));
    }
    details.extend(l.budget.map(|share| format!("retries at most {} of requests", percent(share))));
    details.join("; ")
}

fn limits(page: &mut Page, d: &Dependency) {
    let in_force = match (d.timeout.ms, d.timeout.origin) {
        (Some(ms), _) => {
            let of = d.timeouts.iter().find(|t| t.ms == Some(ms));
            let from = of.map(|t| format!(" ({}, {}, {})", t.layer.word(), limit_origin(t.origin), t.evidence.at));
            let least =
                if d.timeouts.iter().filter(|t| t.ms.is_some()).count() > 1 { ", the least of its layers" } else { "" };
            format!("{}{}{least}", duration(ms), from.unwrap_or_default())
        }
        (None, TimeoutOrigin::Disabled) => "none: every layer that is known sets none".to_owned(),
        (None, _) if d.routes.iter().any(|r| r.timeout.is_some()) => {
            "unknown: not every route says how long a call may take".to_owned()
        }
        (None, _) => "unknown: no layer says how long a call may take".to_owned(),
    };
    headed(page, "Limit", in_force);
    page.table("  ", d.timeouts.iter().map(limit).collect());
}

/// What each route says where they differ, and which one the tries and the limit above are those of.
fn routes(page: &mut Page, d: &Dependency) {
    if d.routes.is_empty() {
        return;
    }
    headed(page, "Routes", "differ: of each layer the most tries and the longest limit count");
    page.table("  ", d.routes.iter().map(|r| route(d, r)).collect());
}

fn route(d: &Dependency, r: &RouteSettings) -> Vec<Line> {
    let tries = r.retry.as_ref().map_or("tries unknown".to_owned(), number_of_tries);
    let each = r.retry.as_ref().and_then(|r| r.per_try_timeout_ms);
    let each = each.map(|ms| format!(", each at most {}", duration(ms))).unwrap_or_default();
    let limit = match r.timeout.as_ref().map(|t| t.ms) {
        Some(Some(ms)) => format!("within {}", duration(ms)),
        Some(None) => "no limit".to_owned(),
        None => "limit unknown".to_owned(),
    };
    let counts = match r.counts(d) {
        (true, true) => "both count",
        (true, false) => "tries count",
        (false, true) => "limit counts",
        (false, false) => "",
    };
    let place = r.retry.as_ref().and_then(|r| r.evidence.as_ref()).unwrap_or(&r.evidence);
    vec![
        Line::of(r.layer.word()),
        Line::of(format!("{tries}{each}")),
        Line::of(limit),
        Line::of(counts),
        Line::default().add(Ink::Dim, said(place)),
    ]
}

fn limit(t: &LayerTimeout) -> Vec<Line> {
    vec![
        Line::of(t.layer.word()),
        Line::of(t.ms.map_or("none".to_owned(), duration)),
        Line::of(limit_origin(t.origin)),
        Line::default().add(Ink::Dim, said(&t.evidence)),
    ]
}

fn limit_origin(origin: TimeoutOrigin) -> &'static str {
    match origin {
        TimeoutOrigin::Explicit => "explicit",
        TimeoutOrigin::PlatformDefault => "platform default",
        TimeoutOrigin::Disabled => "switched off",
        TimeoutOrigin::Unknown => "unknown",
    }
}

/// What the provider itself allows: how long for a call, how many at once, how long to finish them when told to stop.
fn own(page: &mut Page, graph: &Graph, d: &Dependency) {
    let settings = &graph.component(d.to).settings;
    let mut says: Vec<String> = Vec::new();
    says.extend(settings.timeout_ms.filter(|ms| ms.is_finite()).map(|ms| format!("{} for a call", duration(ms))));
    says.extend(settings.capacity_concurrency.map(|n| format!("{} at once", factor(n))));
    says.extend(settings.drain_ms.filter(|ms| ms.is_finite()).map(|ms| format!("{} to stop", duration(ms))));
    if !says.is_empty() {
        headed(page, "Callee", format!("allows itself {}", list(says, 3)));
    }
}

/// How long the caller waits in the end. Where no layer is known to limit anything, nobody knows.
fn wait(page: &mut Page, provider: &str, d: &Dependency, calls: &CallAccount) {
    let known = !d.timeouts.is_empty() || d.retry.is_some();
    let text = match calls.wait_ms {
        ms if ms.is_finite() => format!("at most {} if {provider} never answers", duration(ms)),
        _ if known && d.timeout.origin != TimeoutOrigin::Unknown => {
            format!("for ever if {provider} never answers, unless the caller itself gives up")
        }
        _ => return,
    };
    headed(page, "Wait", text);
}

fn guards(page: &mut Page, d: &Dependency) {
    if !d.circuit_breaker && d.max_concurrent.is_none() {
        return;
    }
    page.gap();
    if d.circuit_breaker {
        headed(page, "Breaker", "a circuit breaker stands on it");
    }
    if let Some(n) = d.max_concurrent {
        headed(page, "At once", format!("at most {n} calls of all instances together"));
    }
}

fn assumptions(page: &mut Page, graph: &Graph, d: &Dependency) {
    let assumed = graph.assumptions.iter().filter(|a| d.assumptions.contains(&a.id));
    for (i, assumption) in assumed.enumerate() {
        if i == 0 {
            page.gap();
        }
        let setting = assumption.setting.as_ref().map(|s| format!(" ({s} decides)")).unwrap_or_default();
        for (line, text) in wrapped(&format!("{}{setting}", assumption.text), WIDTH).iter().enumerate() {
            headed(page, if line == 0 && i == 0 { "Assumed" } else { "" }, text);
        }
    }
}
