//! Resilience4j: instances of retry, time limiter, circuit breaker and bulkhead, matched to providers by their names
//! (SEMANTICS A.1; DESIGN section 12, Library settings).

use super::property::path;
use super::view::View;
use crate::facts::{CallPolicy, Callers, Calls, Evidence, Layer, Origin, Providers, Rank, RetryLayer, TimeoutOrigin};
use crate::source::{Problem, unknown};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Modules of the library.
const MODULES: [&str; 8] = [
    "retry",
    "circuitbreaker",
    "timelimiter",
    "bulkhead",
    "thread-pool-bulkhead",
    "ratelimiter",
    "scheduled",
    "micrometer",
];

/// Settings of each module, in kebab case.
const RETRY: [&str; 17] = [
    "max-attempts",
    "max-retry-attempts",
    "wait-duration",
    "enable-exponential-backoff",
    "exponential-backoff-multiplier",
    "exponential-max-wait-duration",
    "enable-randomized-wait",
    "randomized-wait-factor",
    "retry-exceptions",
    "ignore-exceptions",
    "retry-exception-predicate",
    "result-predicate",
    "interval-bi-function",
    "fail-after-max-attempts",
    "event-consumer-buffer-size",
    "base-config",
    "interval-function",
];
const TIME_LIMITER: [&str; 4] =
    ["timeout-duration", "cancel-running-future", "event-consumer-buffer-size", "base-config"];
const BULKHEAD: [&str; 7] = [
    "max-concurrent-calls",
    "max-concurrent-call",
    "max-wait-time",
    "max-wait-duration",
    "writable-stack-trace-enabled",
    "event-consumer-buffer-size",
    "base-config",
];
const THREAD_POOL: [&str; 8] = [
    "max-thread-pool-size",
    "core-thread-pool-size",
    "queue-capacity",
    "keep-alive-duration",
    "writable-stack-trace-enabled",
    "event-consumer-buffer-size",
    "context-propagators",
    "base-config",
];

/// Defaults of the library: tries, pause between them, limit of one call, calls at once.
const TRIES: u32 = 3;
const WAIT_MS: f64 = 500.0;
const LIMIT_MS: f64 = 1_000.0;
const CONCURRENT: f64 = 25.0;

/// Pauses beyond these repeat the last one.
const PAUSES: u32 = 16;

/// A module of the library.
struct Module<'v, 'a> {
    view: &'v View<'a>,
    name: &'static str,
}

impl Module<'_, '_> {
    /// Names of the instances; `backends` is the old word.
    fn instances(&self) -> Vec<Arc<str>> {
        let at = |word: &str| self.view.children(&format!("resilience4j.{}.{word}", self.name));
        at("instances").into_iter().chain(at("backends")).collect()
    }

    /// Where an instance's own settings stand.
    fn own(&self, instance: &str) -> [String; 2] {
        ["instances", "backends"].map(|word| format!("resilience4j.{}.{word}.{instance}", self.name))
    }

    /// The key under which a setting of an instance stands: its own, its base configuration's, or the default one's.
    fn key(&self, instance: &str, setting: &str) -> Option<String> {
        let own = self.own(instance);
        let base = own.iter().find_map(|o| self.view.get(&format!("{o}.base-config"))).map(|(name, _)| name);
        let shared = format!("resilience4j.{}.configs.{}", self.name, base.as_deref().unwrap_or("default"));
        let places = own.into_iter().chain([shared]);
        places
            .map(|place| format!("{place}.{setting}"))
            .find(|key| self.view.get(key).is_some() || self.view.place(key).is_some())
    }

    fn number(&self, instance: &str, setting: &str, problems: &mut Vec<Problem>) -> Option<(f64, Evidence)> {
        self.view.number(&self.key(instance, setting)?, problems)
    }

    fn duration(&self, instance: &str, setting: &str, problems: &mut Vec<Problem>) -> Option<(f64, Evidence)> {
        self.view.duration(&self.key(instance, setting)?, 1.0, problems)
    }

    fn place(&self, instance: &str) -> Option<Evidence> {
        self.own(instance).iter().find_map(|own| self.view.place(own))
    }

    /// Reports settings that the module does not have: a misspelt one leaves the default in force.
    fn check(&self, known: &[&str], problems: &mut Vec<Problem>) {
        let configs = format!("resilience4j.{}.configs", self.name);
        let shared = self.view.children(&configs);
        for instance in self.instances() {
            // An instance without the configuration that it names does not start.
            let base = self.own(&instance).iter().find_map(|own| self.view.get(&format!("{own}.base-config")));
            if let Some((name, evidence)) = base
                && !shared.is_empty()
                && name != "default"
                && !name.contains("${")
                && !shared.iter().any(|known| path(std::iter::once(&**known)) == path(std::iter::once(&*name)))
            {
                let reason = format!("`{configs}` has no `{name}`, which `{instance}` is based on");
                problems.push(Problem::new(evidence.at, reason).remedy("declare it, or correct the name"));
            }
        }
        let own = self.instances().into_iter().map(|instance| self.own(&instance).to_vec());
        let shared = shared.iter().map(|name| vec![format!("{configs}.{name}")]);
        for places in own.chain(shared) {
            for own in places {
                for setting in self.view.children(&own) {
                    let fits = |k: &str| path(std::iter::once(k)) == path(std::iter::once(&*setting));
                    if !known.iter().any(|k| fits(k))
                        && let Some(evidence) = self.view.place(&format!("{own}.{setting}"))
                    {
                        problems.push(unknown(&format!("setting of a {}", self.name), &setting, known, evidence.at));
                    }
                }
            }
        }
    }
}

/// What the instances say of calls to the providers that have their names.
pub(super) fn policies(view: &View<'_>, problems: &mut Vec<Problem>) -> Vec<CallPolicy> {
    let module = |name| Module { view, name };
    let (retry, limiter, breaker) = (module("retry"), module("timelimiter"), module("circuitbreaker"));
    let (bulkhead, threads) = (module("bulkhead"), module("thread-pool-bulkhead"));
    for (module, known) in
        [(&retry, &RETRY[..]), (&limiter, &TIME_LIMITER), (&bulkhead, &BULKHEAD), (&threads, &THREAD_POOL)]
    {
        module.check(known, problems);
    }
    for name in view.children("resilience4j") {
        if !MODULES.iter().any(|known| path(std::iter::once(*known)) == path(std::iter::once(&*name)))
            && let Some(evidence) = view.place(&format!("resilience4j.{name}"))
        {
            problems.push(unknown("module of Resilience4j", &name, &MODULES, evidence.at));
        }
    }
    let mut names: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for module in [&retry, &limiter, &breaker, &bulkhead, &threads] {
        for name in module.instances() {
            names.entry(path(std::iter::once(&*name))).or_insert(name);
        }
    }
    let mut policies = Vec::new();
    for name in names.into_values() {
        let places = [&retry, &limiter, &breaker, &bulkhead, &threads];
        let Some(evidence) = places.iter().find_map(|m| m.place(&name)) else { continue };
        let callers = Callers::Components(Arc::new(BTreeSet::from([view.program().key.clone()])));
        let scope = view.program().key.scope.clone();
        let mut policy = CallPolicy::new(scope, Layer::Library, callers, Providers::Called(name.clone()), evidence);
        (policy.calls, policy.rank) = (Calls::All, Rank::Route);
        policy.retry = retry.place(&name).and_then(|place| tries(&retry, &name, place, problems));
        if limiter.place(&name).is_some() {
            let stated = limiter.duration(&name, "timeout-duration", problems);
            let limit =
                stated.map_or((LIMIT_MS, TimeoutOrigin::PlatformDefault), |(ms, _)| (ms, TimeoutOrigin::Explicit));
            // The retry stands around the limiter, so the limit is that of one try.
            match &mut policy.retry {
                Some(retry) => retry.per_try_timeout_ms = Some(limit.0),
                None => policy.timeout = Some(limit),
            }
        }
        policy.circuit_breaker = breaker.place(&name).map(|_| true);
        policy.max_concurrent = concurrent(view, &bulkhead, &threads, &name, problems);
        policies.push(policy);
    }
    policies
}

fn tries(retry: &Module<'_, '_>, name: &str, place: Evidence, problems: &mut Vec<Problem>) -> Option<RetryLayer> {
    // Older versions of the library call it so; it meant the same.
    let written = retry.key(name, "max-attempts").or_else(|| retry.key(name, "max-retry-attempts"));
    let (tries, origin, evidence) = match written {
        Some(key) => {
            let (tries, evidence) = retry.view.number(&key, problems)?;
            (tries.min(f64::from(u32::MAX)) as u32, Origin::Explicit, evidence)
        }
        None => (TRIES, Origin::PlatformDefault, place),
    };
    let wait = retry.duration(name, "wait-duration", problems).map_or(WAIT_MS, |(ms, _)| ms);
    let grows = retry.key(name, "enable-exponential-backoff").and_then(|k| retry.view.flag(&k)) == Some(true);
    let backoff = if grows {
        // The library's default multiplier is 1.5.
        let factor = retry.number(name, "exponential-backoff-multiplier", problems).map_or(1.5, |(n, _)| n);
        let most = retry.duration(name, "exponential-max-wait-duration", problems).map_or(f64::MAX, |(ms, _)| ms);
        let pauses = tries.saturating_sub(1).min(PAUSES);
        (0..pauses).map(|n| (wait * factor.powi(i32::try_from(n).unwrap_or(0))).min(most)).collect()
    } else if tries > 1 {
        vec![wait]
    } else {
        Vec::new()
    };
    let mut layer = RetryLayer { backoff_ms: backoff, ..RetryLayer::new(Layer::Library, tries, origin, evidence) };
    if let Some(key) = retry.key(name, "retry-exceptions") {
        let classes = retry.view.list(&key);
        layer.conditions = classes.iter().map(|c| Arc::from(c.rsplit('.').next().unwrap_or(c))).collect();
    }
    Some(layer)
}

/// Calls that all instances of the program together may have under way. Without a known number of instances there is
/// no such number.
fn concurrent(
    view: &View<'_>,
    bulkhead: &Module<'_, '_>,
    threads: &Module<'_, '_>,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<f64> {
    let instances = f64::from(view.program().most?);
    let semaphore = bulkhead.place(name).map(|_| {
        let stated = bulkhead
            .number(name, "max-concurrent-calls", problems)
            .or_else(|| bulkhead.number(name, "max-concurrent-call", problems));
        stated.map_or(CONCURRENT, |(n, _)| n)
    });
    // The default size of a pool is the number of processors, which no manifest tells.
    let pool = threads.number(name, "max-thread-pool-size", problems).map(|(n, _)| n);
    let each = match (semaphore, pool) {
        (Some(a), Some(b)) => a.min(b),
        (a, b) => a.or(b)?,
    };
    Some(each * instances)
}
