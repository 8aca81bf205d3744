//! gRPC's service configuration: retries, hedging and deadlines of a client (SEMANTICS A.1, A.3, A.4).
//!
//! It is JSON, in a file that a program mounts, a variable of its environment or an option of its command line.

use super::native::milliseconds;
use super::{
    CallPolicy, Callers, Calls, Evidence, Facts, Layer, Origin, Program, Providers, Rank, Retried, RetryLayer,
    TimeoutOrigin,
};
use crate::parse::{Node, Outcome, documents};
use crate::source::{Location, Problem, unknown};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Clients treat more attempts than these as these, unless their code says otherwise.
const MOST_ATTEMPTS: u32 = 5;

const RETRY: [&str; 6] = [
    "maxAttempts",
    "initialBackoff",
    "maxBackoff",
    "backoffMultiplier",
    "retryableStatusCodes",
    "perAttemptRecvTimeout",
];
const HEDGING: [&str; 3] = ["maxAttempts", "hedgingDelay", "nonFatalStatusCodes"];

/// Whether a text is a service configuration.
pub fn recognises(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains("\"methodConfig\"")
}

/// What the service configurations of programs say of their calls.
pub fn link(programs: &[Program]) -> Facts {
    let mut facts = Facts::default();
    for program in programs {
        for file in program.files.iter().filter(|f| recognises(&f.text)) {
            read(program, &file.text, &|line| below(&file.at, line), &mut facts);
        }
        for variable in program.environment.iter().filter(|v| recognises(&v.value)) {
            read(program, &variable.value, &|_| variable.evidence.at.clone(), &mut facts);
        }
        for word in &program.arguments {
            let text = word.split_once('=').map_or(&**word, |(_, value)| value);
            if recognises(text) {
                read(program, text, &|_| program.evidence.at.clone(), &mut facts);
            }
        }
    }
    facts
}

fn below(first: &Location, line: u32) -> Location {
    Location::new(first.file.clone(), first.line.saturating_add(line).saturating_sub(1), 1)
}

fn read(program: &Program, text: &str, at: &dyn Fn(u32) -> Location, facts: &mut Facts) {
    let Some(document) = documents(&"".into(), text).into_iter().next() else { return };
    let root = match document.outcome {
        Outcome::Tree(root) => root,
        Outcome::Failed(problem) => {
            let reason = format!("a gRPC service configuration that is {}", problem.reason);
            facts.problems.push(Problem::new(at(problem.at.line), reason));
            return;
        }
        Outcome::Empty | Outcome::Template(..) => return,
    };
    let reader = Reader { at };
    // A success pays for a share of a failure: so many retries for each request, in the long run.
    let budget = root.path(&["retryThrottling", "tokenRatio"]).and_then(Node::float).filter(|r| *r > 0.0);
    for config in root.get("methodConfig").map(Node::items).unwrap_or_default() {
        let names = config.get("name").map(Node::items).unwrap_or_default();
        let retry = reader.retry(config, &mut facts.problems);
        let timeout = config.get("timeout").and_then(|node| {
            let ms = node.text().and_then(milliseconds);
            if ms.is_none() {
                facts
                    .problems
                    .push(Problem::new(at(node.line()), "`timeout` must be seconds such as `1.5s`; taken as unknown"));
            }
            Some((ms?, TimeoutOrigin::Explicit))
        });
        if retry.is_none() && timeout.is_none() {
            continue;
        }
        for name in names {
            let service = name.str("service").filter(|s| !s.is_empty());
            let evidence = Evidence::new(at(config.line()), "methodConfig");
            let (providers, rank) = match service {
                // The last part of a service's name is what people call the provider, but for the word "Service".
                Some(service) => {
                    let last = service.rsplit('.').next().unwrap_or(service);
                    (Providers::Called(last.into()), Rank::Provider)
                }
                None => (Providers::Anyone, Rank::Global),
            };
            let callers = Callers::Components(Arc::new(BTreeSet::from([program.key.clone()])));
            let scope = program.key.scope.clone();
            let mut policy = CallPolicy::new(scope, Layer::Library, callers, providers, evidence);
            (policy.calls, policy.rank) = (Calls::Requests, rank);
            (policy.retry, policy.timeout, policy.budget) = (retry.clone(), timeout, budget);
            facts.policies.push(policy);
        }
    }
}

struct Reader<'a> {
    at: &'a dyn Fn(u32) -> Location,
}

impl Reader<'_> {
    fn retry(&self, config: &Node, problems: &mut Vec<Problem>) -> Option<RetryLayer> {
        let (policy, hedging) = match (config.get("retryPolicy"), config.get("hedgingPolicy")) {
            (Some(policy), Some(_)) => {
                let reason =
                    "a method has both `retryPolicy` and `hedgingPolicy`, which gRPC refuses; taken as unknown";
                problems.push(Problem::new((self.at)(policy.line()), reason).remedy("keep one of them"));
                return None;
            }
            (Some(policy), None) => (policy, false),
            (None, Some(policy)) => (policy, true),
            (None, None) => return None,
        };
        let known = if hedging { &HEDGING[..] } else { &RETRY[..] };
        for (field, key, _) in policy.fields().filter(|(field, ..)| !known.contains(field)) {
            problems.push(unknown("field", field, known, (self.at)(key.line())));
        }
        let node = policy.get("maxAttempts");
        let place = (self.at)(node.map_or(policy.line(), Node::line));
        let attempts = node.and_then(Node::int).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 1);
        let Some(attempts) = attempts else {
            let reason = "`maxAttempts` must be a whole number above 1, the first attempt included; gRPC refuses this configuration";
            problems.push(Problem::new(place, reason).remedy("write 2 or more, or leave the policy out"));
            return None;
        };
        let origin = Evidence::new(place, "maxAttempts");
        let codes = policy.get(if hedging { "nonFatalStatusCodes" } else { "retryableStatusCodes" });
        let codes: Vec<String> = codes.map(Node::items).unwrap_or_default().iter().filter_map(code).collect();
        let pause = |field: &str| policy.str(field).and_then(milliseconds);
        let factor = policy.get("backoffMultiplier").and_then(Node::float).unwrap_or(1.0);
        let first = pause(if hedging { "hedgingDelay" } else { "initialBackoff" });
        let most = pause("maxBackoff").unwrap_or(f64::MAX);
        let tries = attempts.min(MOST_ATTEMPTS);
        let growth = |n: u32| if hedging { 1.0 } else { factor.powi(i32::try_from(n).unwrap_or(0)) };
        let retried = Retried {
            refused: codes.iter().any(|c| c == "UNAVAILABLE"),
            // What a server that is up answers when it fails.
            error: codes.iter().any(|c| !matches!(c.as_str(), "UNAVAILABLE" | "DEADLINE_EXCEEDED" | "CANCELLED")),
            // A copy is sent before the first one is known to be late; a retry waits for an answer or the deadline.
            late: hedging || policy.get("perAttemptRecvTimeout").is_some(),
        };
        Some(RetryLayer {
            per_try_timeout_ms: pause("perAttemptRecvTimeout"),
            backoff_ms: first
                .map_or_else(Vec::new, |first| (0..tries - 1).map(|n| (first * growth(n)).min(most)).collect()),
            conditions: codes.iter().map(|c| Arc::from(c.as_str())).collect(),
            retried,
            ..RetryLayer::new(Layer::Library, tries, Origin::Explicit, origin)
        })
    }
}

/// A status code by name, whatever its case, or by number.
fn code(node: &Node) -> Option<String> {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    let by_number = node.int().and_then(|n| usize::try_from(n).ok()).and_then(|n| NAMES.get(n));
    by_number.map(|name| (*name).to_owned()).or_else(|| Some(node.text()?.to_ascii_uppercase()))
}
