//! What Traefik does with requests, as the labels of Compose services say it (SEMANTICS A.1): its routers name
//! middlewares, and any service may define them.

use super::reader::{Reader, Subject};
use crate::facts::block::Time;
use crate::facts::{CallPolicy, Callers, Evidence, Layer, Origin, Providers, Rank, Retried, RetryLayer, TimeoutOrigin};
use crate::parse::Node;
use crate::source::{Problem, unknown};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Middlewares that are followed from one router, chains included.
const CHAIN: usize = 64;

const RETRY: [&str; 7] = [
    "attempts",
    "initialinterval",
    "timeout",
    "status",
    "disableretryonnetworkerror",
    "retrynonidempotentmethod",
    "maxrequestbodybytes",
];

/// Middlewares by name: their options in lower case, as Traefik reads them.
type Middlewares<'a> = BTreeMap<String, BTreeMap<String, &'a Node>>;

/// The middlewares that the labels of any service define.
pub(super) fn middlewares<'a>(subjects: &[Subject<'a>]) -> Middlewares<'a> {
    let mut found = Middlewares::new();
    for (key, value) in subjects.iter().flat_map(|s| labels(s.node)) {
        let key = key.to_ascii_lowercase();
        let Some(rest) = key.strip_prefix("traefik.http.middlewares.") else { continue };
        if let Some((name, option)) = rest.split_once('.') {
            found.entry(name.to_owned()).or_default().insert(option.to_owned(), value);
        }
    }
    found
}

fn labels(service: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let deployed = service.path(&["deploy", "labels"]);
    let all = service.get("labels").into_iter().chain(deployed);
    all.flat_map(Node::fields).map(|(key, _, value)| (key, value))
}

/// The middlewares that the routers of a service name, chains followed.
fn used<'m, 'a>(service: &Node, known: &'m Middlewares<'a>) -> Vec<&'m BTreeMap<String, &'a Node>> {
    let routers = labels(service).filter(|(key, _)| {
        let key = key.to_ascii_lowercase();
        key.starts_with("traefik.http.routers.") && key.ends_with(".middlewares")
    });
    let split = |text: &str| {
        let names = text.split(',').map(|name| name.split('@').next().unwrap_or(name).trim().to_ascii_lowercase());
        names.collect::<Vec<String>>()
    };
    let mut open: Vec<String> = routers.flat_map(|(_, value)| split(value.text().unwrap_or_default())).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(name) = open.pop() {
        if seen.len() >= CHAIN || !seen.insert(name.clone()) {
            continue;
        }
        let Some(options) = known.get(&name) else { continue };
        let chained = options.get("chain.middlewares").and_then(|node| node.text());
        open.extend(chained.map(split).unwrap_or_default());
        found.push(options);
    }
    found
}

impl Reader<'_> {
    /// What the proxy `front` does with requests for a service that is behind it: one try and no limit unless a
    /// middleware says otherwise. Its attempts count the first try.
    pub(super) fn through_traefik(
        &mut self,
        front: &Subject<'_>,
        service: &Subject<'_>,
        middlewares: &Middlewares<'_>,
        evidence: &Evidence,
    ) {
        let only = |key: &crate::facts::Key| Arc::new(BTreeSet::from([key.clone()]));
        let (callers, providers) = (Callers::Components(only(&front.key)), Providers::Components(only(&service.key)));
        let mut policy =
            CallPolicy::new(self.project.scope.clone(), Layer::Gateway, callers, providers, evidence.clone());
        policy.rank = Rank::Route;
        policy.retry = Some(RetryLayer::new(Layer::Gateway, 1, Origin::PlatformDefault, evidence.clone()));
        policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
        for options in used(service.node, middlewares) {
            if options.contains_key("circuitbreaker.expression") {
                policy.circuit_breaker = Some(true);
            }
            if options.keys().any(|option| option.starts_with("retry.")) {
                policy.retry = self.retry(options);
            }
        }
        self.facts.policies.push(policy);
    }

    /// A retry middleware; nothing if its attempts cannot be read, which is reported.
    fn retry(&mut self, options: &BTreeMap<String, &Node>) -> Option<RetryLayer> {
        let problems = &mut self.facts.problems;
        for (option, node) in options {
            if let Some(option) = option.strip_prefix("retry.").filter(|option| !RETRY.contains(option)) {
                problems.push(unknown("option of Traefik's `retry`:", option, &RETRY, node.at()));
            }
        }
        let attempts = options.get("retry.attempts");
        let tries = attempts.and_then(|n| n.int()).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
        let (Some(tries), Some(attempts)) = (tries, attempts) else {
            let at = attempts.or_else(|| options.values().next()).map(|n| n.at())?;
            let reason = "`retry.attempts` is no number above 0, which Traefik refuses";
            problems.push(Problem::new(at, reason).remedy("write the number of tries, the first one included"));
            return None;
        };
        let mut time = |option: &str| {
            let node = options.get(option)?;
            let ms = node.text().and_then(|text| Time::Seconds.milliseconds(text));
            if ms.is_none() {
                let reason = format!("`{option}` cannot be read");
                problems.push(Problem::new(node.at(), reason).remedy(format!("write {}", Time::Seconds.expected())));
            }
            ms.filter(|ms| *ms > 0.0)
        };
        let (pause, whole) = (time("retry.initialinterval"), time("retry.timeout"));
        let error = options.contains_key("retry.status");
        let refused = options.get("retry.disableretryonnetworkerror").and_then(|n| n.bool()) != Some(true);
        let evidence = Evidence::new(attempts.at(), "labels.retry.attempts");
        Some(RetryLayer {
            backoff_ms: pause.filter(|_| tries > 1).map(|ms| vec![ms, 2.0 * ms]).unwrap_or_default(),
            timeout_ms: whole,
            retried: Retried { refused, error, late: false },
            ..RetryLayer::new(Layer::Gateway, tries, Origin::Explicit, evidence)
        })
    }
}
