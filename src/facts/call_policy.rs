use super::policy::{Layer, RetryLayer, TimeoutOrigin};
use super::{Evidence, Key, Target};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whose calls a [`CallPolicy`] holds for.
#[derive(Clone, Debug, PartialEq)]
pub enum Callers {
    /// Everybody in the scope.
    Everyone,
    /// Everybody in a namespace of the scope.
    Namespace(Arc<str>),
    /// These. Shared, because a mesh has one list of members and many policies.
    Components(Arc<BTreeSet<Key>>),
}

/// Calls to whom a [`CallPolicy`] holds for.
#[derive(Clone, Debug, PartialEq)]
pub enum Providers {
    /// Whoever the callers call.
    Anyone,
    /// Whoever of the scope the callers call: nothing outside the input.
    Scope,
    /// Whoever of a namespace of the scope they call.
    Namespace(Arc<str>),
    /// Whom a name or address means to a member of a namespace.
    Named {
        /// Namespace in which bare names are looked up.
        namespace: Arc<str>,
        /// Who is meant.
        target: Target,
    },
    /// These.
    Components(Arc<BTreeSet<Key>>),
    /// Those of the callers' own providers whose name is this, by the rules that match names of traces to components
    /// (the same name, else but for case, separators and the word "service"): how libraries name their instances.
    Called(Arc<str>),
}

/// Of the policies of one layer that state the same thing about a call, the one of the highest rank holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// What the platform does unless told otherwise.
    Default,
    /// Set for everything: a mesh, a controller, a library's default instance.
    Global,
    /// Set for a namespace.
    Namespace,
    /// Set for a provider.
    Provider,
    /// Set for a route of a provider, or for one caller of it.
    Route,
}

/// Which calls pass the place where a [`CallPolicy`] acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Calls {
    /// Requests that a proxy can tell apart (HTTP, gRPC): synchronous calls only.
    Requests,
    /// Every call, also to stores and queues: what a library or a connection pool acts on.
    All,
}

/// What a proxy, a platform or a library does with the calls that pass it, said apart from the dependencies
/// themselves: a VirtualService for everybody who calls its host, a Resilience4j instance for one caller.
///
/// Every field that is `None` leaves what a policy of a lower rank says. Several policies of one rank (the routes of a
/// host, variants) give the worst: most tries, the longest timeout.
#[derive(Clone, Debug, PartialEq)]
pub struct CallPolicy {
    /// The scope that it holds in.
    pub scope: Arc<str>,
    /// Where it acts between caller and provider.
    pub layer: Layer,
    /// Whose calls.
    pub callers: Callers,
    /// Calls to whom.
    pub providers: Providers,
    /// Which calls.
    pub calls: Calls,
    /// How it stands to other policies of its layer.
    pub rank: Rank,
    /// Tries; one try, explicit, is "known to be switched off". Its `layer` is that of the policy.
    pub retry: Option<RetryLayer>,
    /// Retries as a share of requests, at most, where it is set apart from the tries (a DestinationRule).
    pub budget: Option<f64>,
    /// Limit of the whole call in milliseconds; `f64::INFINITY` is known to be disabled, or with
    /// [`TimeoutOrigin::Unknown`] not known and nobody else's.
    pub timeout: Option<(f64, TimeoutOrigin)>,
    /// A circuit breaker or outlier detection.
    pub circuit_breaker: Option<bool>,
    /// Calls that all instances of a caller together may have under way, if that is limited (a bulkhead).
    pub max_concurrent: Option<f64>,
    /// What is assumed about the platform where its versions or implementations differ.
    pub assumption: Option<Arc<PlatformAssumption>>,
    /// Where it stands; a platform default has the evidence of what brings the platform in (the injection label).
    pub evidence: Evidence,
}

/// Something about a platform's behaviour that the input leaves open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlatformAssumption {
    /// Short name: `istio-inbound-retries`.
    pub id: Arc<str>,
    /// What is assumed, in a sentence, with the version that it is true of.
    pub text: String,
    /// The setting that would replace the assumption: `[platform.istio] version in linchpin.toml`.
    pub setting: Option<String>,
}

impl CallPolicy {
    /// A policy that says nothing yet.
    pub fn new(scope: Arc<str>, layer: Layer, callers: Callers, providers: Providers, evidence: Evidence) -> Self {
        Self {
            scope,
            layer,
            callers,
            providers,
            calls: Calls::Requests,
            rank: Rank::Provider,
            retry: None,
            budget: None,
            timeout: None,
            circuit_breaker: None,
            max_concurrent: None,
            assumption: None,
            evidence,
        }
    }

    /// The same for calls of somebody to somebody.
    #[must_use]
    pub fn between(&self, callers: Callers, providers: Providers) -> Self {
        Self { callers, providers, ..self.clone() }
    }

    /// The same at another place between caller and provider.
    #[must_use]
    pub fn at_layer(mut self, layer: Layer) -> Self {
        self.layer = layer;
        if let Some(retry) = &mut self.retry {
            retry.layer = layer;
        }
        self
    }

    /// Moves it into another scope.
    pub(super) fn rescope(&mut self, scope: &Arc<str>, rekey: &impl Fn(&mut Key)) {
        let all = |keys: &Arc<BTreeSet<Key>>| -> Arc<BTreeSet<Key>> {
            let moved = keys.iter().cloned().map(|mut key| {
                rekey(&mut key);
                key
            });
            Arc::new(moved.collect())
        };
        self.scope = scope.clone();
        if let Callers::Components(keys) = &mut self.callers {
            *keys = all(keys);
        }
        match &mut self.providers {
            Providers::Components(keys) => *keys = all(keys),
            Providers::Named { target: Target::Component(key), .. } => rekey(key),
            Providers::Named { .. } | Providers::Called(_) => {}
            Providers::Anyone | Providers::Scope | Providers::Namespace(_) => {}
        }
    }
}
