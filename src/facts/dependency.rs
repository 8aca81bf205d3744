use super::policy::{RetryLayer, TimeoutOrigin};
use super::{Evidence, Key};
use crate::facts::address::Address;
use std::sync::Arc;

/// What passes between dependent and provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interaction {
    /// Call and wait.
    Sync,
    /// Send and go on.
    AsyncPublish,
    /// Receive.
    AsyncConsume,
    /// Read from a store.
    Read,
    /// Write to a store.
    Write,
    /// Start order only.
    Startup,
    /// A volume, config or secret that is mounted.
    Mount,
    /// Runs on a node, in a zone or region.
    PlacedOn,
    /// Takes from a limited capacity.
    UsesPool,
    /// Watches it.
    Observe,
    /// Needed to repair it.
    Recover,
}

impl Interaction {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Interaction::Sync => "sync",
            Interaction::AsyncPublish => "async-publish",
            Interaction::AsyncConsume => "async-consume",
            Interaction::Read => "read",
            Interaction::Write => "write",
            Interaction::Startup => "startup",
            Interaction::Mount => "mount",
            Interaction::PlacedOn => "placed-on",
            Interaction::UsesPool => "uses-pool",
            Interaction::Observe => "observe",
            Interaction::Recover => "recover",
        }
    }
}

/// What the provider's failure means for the dependent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Criticality {
    /// It fails too.
    Hard,
    /// It goes on, degraded.
    Soft,
}

impl Criticality {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Criticality::Hard => "hard",
            Criticality::Soft => "soft",
        }
    }
}

/// When a dependency matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// While requests are served: carries faults.
    Runtime,
    /// At start only.
    Startup,
    /// Being watched.
    Telemetry,
    /// Being allowed to.
    Permission,
}

impl Plane {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Plane::Runtime => "runtime",
            Plane::Startup => "startup",
            Plane::Telemetry => "telemetry",
            Plane::Permission => "permission",
        }
    }
}

/// How sure we are that the dependency exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A field that says so, or an address that is used as one.
    Declared,
    /// It follows from something else (a network policy, a mounted file).
    Inferred,
    /// Seen in traces.
    Observed,
}

impl Confidence {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Confidence::Declared => "declared",
            Confidence::Inferred => "inferred",
            Confidence::Observed => "observed",
        }
    }
}

/// Who is meant, as far as a reader can tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A component that the reader itself describes.
    Component(Key),
    /// A name in a namespace of the dependent's scope, as Ingress backends and mesh routes write it.
    Name {
        /// Namespace to look in.
        namespace: Arc<str>,
        /// A Service's (or Compose service's) name.
        name: Arc<str>,
    },
    /// Addresses found in one value. Several of them are one cluster of which one must answer.
    Addresses {
        /// The addresses, at least one.
        addresses: Vec<Address>,
        /// Whether the value is an address for sure. If not (a bare word under a key that only suggests one), it is a
        /// dependency if the name resolves, and nothing otherwise.
        certain: bool,
    },
    /// A name as people write it in native manifests and catalogs: `name`, `namespace/name` or an id.
    Reference(Arc<str>),
}

/// Several dependencies that stand for one requirement: `need` of them must work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Name of the requirement, unique within the dependent.
    pub id: Arc<str>,
    /// How many must work.
    pub need: u32,
}

/// What a reader says of one dependency: dependent → provider.
#[derive(Clone, Debug, PartialEq)]
pub struct DependencyFact {
    /// The dependent.
    pub from: Key,
    /// The provider.
    pub to: Target,
    /// What passes.
    pub interaction: Interaction,
    /// Whether the input says what passes. If not, `interaction` is a guess, and an edge to the same provider whose
    /// interaction is known is the same dependency.
    pub interaction_stated: bool,
    /// `None` if nothing says so: the graph then assumes hard.
    pub criticality: Option<Criticality>,
    /// When it matters.
    pub plane: Plane,
    /// How sure.
    pub confidence: Confidence,
    /// The requirement that it is part of, if not one of its own.
    pub group: Option<Group>,
    /// Share of the dependent's requests that use it.
    pub share: Option<f64>,
    /// Calls for each of those requests.
    pub calls_per_request: Option<f64>,
    /// Retry layers, each normalised to total tries.
    pub retry: Vec<RetryLayer>,
    /// Overall timeout in milliseconds; `f64::INFINITY` is known to be disabled.
    pub timeout: Option<(f64, TimeoutOrigin)>,
    /// A circuit breaker stands on it.
    pub circuit_breaker: bool,
    /// What takes over when it fails, as people write it.
    pub fallback: Option<Arc<str>>,
    /// How long the dependent goes on without it, in milliseconds.
    pub buffer_ms: Option<f64>,
    /// Probability that a failure of it becomes a failure of the dependent.
    pub probability: Option<f64>,
    /// Dependencies of one stage run in parallel; stages are sequential.
    pub stage: Option<Arc<str>>,
    /// For `uses-pool`: the most that the dependent may hold at once, and what is reserved for it.
    pub pool: Option<(Option<f64>, Option<f64>)>,
    /// Stated by the native manifest, whose fields win.
    pub native: bool,
    /// Where it stands.
    pub evidence: Evidence,
}

impl DependencyFact {
    /// A declared dependency of the runtime plane of which nothing more is known.
    pub fn new(from: Key, to: Target, interaction: Interaction, evidence: Evidence) -> Self {
        Self {
            from,
            to,
            interaction,
            interaction_stated: true,
            criticality: None,
            plane: Plane::Runtime,
            confidence: Confidence::Declared,
            group: None,
            share: None,
            calls_per_request: None,
            retry: Vec::new(),
            timeout: None,
            circuit_breaker: false,
            fallback: None,
            buffer_ms: None,
            probability: None,
            stage: None,
            pool: None,
            native: false,
            evidence,
        }
    }

    /// The same on another plane.
    #[must_use]
    pub fn plane(mut self, plane: Plane) -> Self {
        self.plane = plane;
        self
    }

    /// The same with another confidence.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// The same with a stated criticality.
    #[must_use]
    pub fn criticality(mut self, criticality: Criticality) -> Self {
        self.criticality = Some(criticality);
        self
    }
}
