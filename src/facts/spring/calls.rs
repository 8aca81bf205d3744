//! Calls whose providers and limits stand in the settings: routes of Spring Cloud Gateway and Zuul, clients of Feign
//! and Ribbon.

use super::gateway;
use super::kafka;
use super::netflix;
use super::rabbit;
use super::registry::Registry;
use super::view::View;
use crate::facts::Program;
use crate::facts::address::{Setting, in_settings};
use crate::facts::{
    CallPolicy, Callers, Calls, Confidence, DependencyFact, Evidence, Interaction, Layer, Origin, Providers, Rank,
    RetryLayer, Target, TimeoutOrigin,
};
use crate::source::Problem;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A provider that the settings name, and what they say of calls to it.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Who is called.
    pub target: Target,
    /// Who retries and waits: a gateway in front of the provider, or the caller's library.
    pub layer: Layer,
    /// A route says that its provider is called; settings of a client only that there is such a client.
    pub stated: bool,
    /// Tries.
    pub retry: Option<RetryLayer>,
    /// Limit of the whole call in milliseconds.
    pub timeout: Option<(f64, TimeoutOrigin)>,
    /// A circuit breaker stands on it.
    pub circuit_breaker: Option<bool>,
    /// Calls that all instances together may have under way.
    pub max_concurrent: Option<f64>,
    /// Where it is named.
    pub evidence: Evidence,
}

impl Call {
    /// A call of which only the provider is known.
    pub(super) fn new(target: Target, layer: Layer, stated: bool, evidence: Evidence) -> Self {
        Self {
            target,
            layer,
            stated,
            retry: None,
            timeout: None,
            circuit_breaker: None,
            max_concurrent: None,
            evidence,
        }
    }

    /// The dependency that it is.
    pub(super) fn dependency(self, program: &Program) -> DependencyFact {
        let fact = DependencyFact::new(program.key.clone(), self.target, Interaction::Sync, self.evidence);
        fact.confidence(if self.stated { Confidence::Declared } else { Confidence::Inferred })
    }

    /// What is done with it, if anything is known of that.
    pub(super) fn policy(self, program: &Program) -> Option<CallPolicy> {
        if self.retry.is_none() && self.timeout.is_none() && self.circuit_breaker.is_none() {
            return None;
        }
        let namespace = program.key.namespace.clone().unwrap_or_else(|| "default".into());
        let providers = match self.target {
            Target::Component(key) => Providers::Components(Arc::new(BTreeSet::from([key]))),
            target => Providers::Named { namespace, target },
        };
        let callers = Callers::Components(Arc::new(BTreeSet::from([program.key.clone()])));
        let scope = program.key.scope.clone();
        Some(CallPolicy {
            calls: Calls::All,
            rank: Rank::Route,
            retry: self.retry,
            timeout: self.timeout,
            circuit_breaker: self.circuit_breaker,
            max_concurrent: self.max_concurrent,
            ..CallPolicy::new(scope, self.layer, callers, providers, self.evidence)
        })
    }
}

/// All calls that the settings name.
pub(super) fn of(view: &View<'_>, registry: &Registry, problems: &mut Vec<Problem>) -> Vec<Call> {
    let mut calls = gateway::routes(view, registry, problems);
    calls.extend(netflix::routes(view, registry, problems));
    calls.extend(netflix::clients(view, registry, problems));
    calls.extend(kafka::producer(view, registry, problems));
    calls.extend(rabbit::template(view, registry, problems));
    calls.extend(config_client(view, registry, problems));
    calls
}

/// The client of a configuration server. It tries again only if told to fail fast and how to retry: then 6 times in
/// all unless told otherwise, with pauses from 1 s on that grow by a tenth, up to 2 s.
fn config_client(view: &View<'_>, registry: &Registry, problems: &mut Vec<Problem>) -> Option<Call> {
    const RETRY: &str = "spring.cloud.config.retry";
    let place = view.place(RETRY).filter(|_| view.flag("spring.cloud.config.fail-fast") == Some(true))?;
    let target = if view.flag("spring.cloud.config.discovery.enabled") == Some(true) {
        let id = view.get("spring.cloud.config.discovery.service-id");
        registry.service(&id.map_or_else(|| "configserver".to_owned(), |(id, _)| id), true)
    } else {
        let (url, _) = view.get("spring.cloud.config.uri")?;
        let (_, found) = in_settings(&[Setting { key: "spring.cloud.config.uri", value: &url }]).into_iter().next()?;
        registry.target(found.addresses, found.certain)
    };
    let stated = view.number(&format!("{RETRY}.max-attempts"), problems);
    let (tries, origin) = stated.map_or((6.0, Origin::PlatformDefault), |(n, _)| (n, Origin::Explicit));
    let tries = tries.min(f64::from(u32::MAX)) as u32;
    let first = view.duration(&format!("{RETRY}.initial-interval"), 1.0, problems).map_or(1_000.0, |(ms, _)| ms);
    let factor = view.number(&format!("{RETRY}.multiplier"), problems).map_or(1.1, |(n, _)| n);
    let most = view.duration(&format!("{RETRY}.max-interval"), 1.0, problems).map_or(2_000.0, |(ms, _)| ms);
    let pause = |n: u32| (first * factor.powi(i32::try_from(n).unwrap_or(0))).min(most);
    let mut call = Call::new(target, Layer::Library, true, place.clone());
    call.retry = Some(RetryLayer {
        backoff_ms: (0..tries.saturating_sub(1).min(16)).map(pause).collect(),
        conditions: vec!["at start".into()],
        ..RetryLayer::new(Layer::Library, tries, origin, place)
    });
    Some(call)
}
