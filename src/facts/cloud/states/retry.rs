//! How often a state tries.

use crate::facts::cloud::field::Field;
use crate::facts::{Evidence, Layer, Origin, Retried, RetryLayer};
use crate::source::Problem;
use std::sync::Arc;

/// Retries of a retrier that does not say how many.
const MAX_ATTEMPTS: f64 = 3.0;
/// Seconds before its first retry, and how much longer each further pause is.
const INTERVAL_S: f64 = 1.0;
const BACKOFF_RATE: f64 = 2.0;
/// Pauses that are worth telling apart.
const PAUSES: usize = 8;

/// How often a state tries, and what makes it try again.
#[derive(Clone, Debug)]
pub(in crate::facts::cloud) struct Tries {
    /// All tries, the first included.
    pub total: u32,
    origin: Origin,
    retried: Retried,
    conditions: Vec<Arc<str>>,
    backoff_ms: Vec<f64>,
    /// Every retrier says `JitterStrategy: FULL`.
    jitter: bool,
    evidence: Evidence,
}

impl Tries {
    /// The layer that it is on the edge to what the state calls.
    pub fn layer(&self, limit_ms: Option<f64>) -> RetryLayer {
        RetryLayer {
            per_try_timeout_ms: limit_ms,
            backoff_ms: self.backoff_ms.clone(),
            jitter: Some(self.jitter).filter(|_| self.total > 1),
            conditions: self.conditions.clone(),
            retried: self.retried,
            ..RetryLayer::new(Layer::Platform, self.total, self.origin, self.evidence.clone())
        }
    }
}

/// The tries of a state. Each retrier counts its own retries, so a state whose failures alternate may use them all:
/// the total is the sum.
pub(in crate::facts::cloud) fn tries(state: &Field<'_>, problems: &mut Vec<Problem>) -> Tries {
    const KNOWN: &[&str] = &[
        "ErrorEquals",
        "IntervalSeconds",
        "MaxAttempts",
        "BackoffRate",
        "MaxDelaySeconds",
        "JitterStrategy",
        "Comment",
    ];
    let Some(block) = state.get("Retry").map(|r| r.named("Retry")) else {
        let (origin, evidence) = (Origin::PlatformDefault, state.evidence());
        let (conditions, backoff_ms) = (Vec::new(), Vec::new());
        return Tries { total: 1, origin, retried: Retried::ALL, conditions, backoff_ms, jitter: false, evidence };
    };
    let mut tries = Tries {
        total: 1,
        origin: Origin::PlatformDefault,
        retried: Retried::NONE,
        conditions: Vec::new(),
        backoff_ms: Vec::new(),
        jitter: true,
        evidence: block.evidence(),
    };
    let mut most = 0.0;
    for retrier in block.items() {
        retrier.only(KNOWN, problems);
        tries.jitter &= retrier.get("JitterStrategy").is_some_and(|said| said.text().known() == Some("FULL"));
        let number = |key: &str, default: f64, least: f64, problems: &mut Vec<Problem>| match retrier.get(key) {
            Some(said) => said.named(format!("Retry.{key}")).number(least, "number", problems),
            None => Some(default),
        };
        let explicit = retrier.get("MaxAttempts").is_some();
        // What only the input of an execution knows is the platform's default to us.
        let attempts = number("MaxAttempts", MAX_ATTEMPTS, 0.0, problems).unwrap_or(MAX_ATTEMPTS);
        let interval = number("IntervalSeconds", INTERVAL_S, 0.0, problems).unwrap_or(INTERVAL_S);
        let rate = number("BackoffRate", BACKOFF_RATE, 1.0, problems).unwrap_or(BACKOFF_RATE);
        let longest = number("MaxDelaySeconds", f64::INFINITY, 0.0, problems).unwrap_or(f64::INFINITY);
        if explicit {
            tries.origin = Origin::Explicit;
        }
        if attempts <= 0.0 {
            continue;
        }
        tries.total = tries.total.saturating_add(attempts as u32);
        for error in retrier.get("ErrorEquals").map(|e| e.texts()).unwrap_or_default() {
            let Some(error) = error.known() else { continue };
            tries.retried = tries.retried.or(faults(error));
            if !tries.conditions.iter().any(|known| **known == *error) {
                tries.conditions.push(error.into());
            }
        }
        if attempts > most {
            most = attempts;
            let pause = |k: usize| (interval * rate.powi(i32::try_from(k).unwrap_or(i32::MAX))).min(longest) * 1000.0;
            tries.backoff_ms = (0..(attempts as usize).min(PAUSES)).map(pause).filter(|ms| ms.is_finite()).collect();
        }
    }
    tries
}

/// Which faults an error's name stands for. Names of the state's own making are errors that the callee answers with.
fn faults(error: &str) -> Retried {
    let (refused, answered, late) = match error {
        "States.ALL" => (true, true, true),
        "States.TaskFailed" => (true, true, false),
        "States.Timeout" | "States.HeartbeatTimeout" => (false, false, true),
        "Lambda.Unknown" => (true, true, true),
        _ if error.starts_with("Lambda.") => (true, false, false),
        _ if [
            "Throttl",
            "Throughput",
            "TooManyRequests",
            "LimitExceeded",
            "Unavailable",
            "SdkClient",
            "InternalServer",
        ]
        .iter()
        .any(|word| error.contains(word)) =>
        {
            (true, false, false)
        }
        _ => (false, true, false),
    };
    Retried { refused, error: answered, late }
}
