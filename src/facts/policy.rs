use super::Evidence;
use std::sync::Arc;

/// Which part of the path from caller to callee retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The caller's own library.
    Library,
    /// The caller's sidecar.
    ClientMesh,
    /// A gateway or ingress in front of the callee.
    Gateway,
    /// The callee's sidecar.
    ServerMesh,
    /// Redelivery by a queue.
    Queue,
    /// The platform (Lambda, Step Functions, Dapr's built-in).
    Platform,
}

impl Layer {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Layer::Library => "library",
            Layer::ClientMesh => "client-mesh",
            Layer::Gateway => "gateway",
            Layer::ServerMesh => "server-mesh",
            Layer::Queue => "queue",
            Layer::Platform => "platform",
        }
    }
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The input says it.
    Explicit,
    /// The platform does it unless told otherwise.
    PlatformDefault,
    /// Seen in traces.
    Observed,
    /// Nothing says it.
    Unknown,
}

impl Origin {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Origin::Explicit => "explicit",
            Origin::PlatformDefault => "platform-default",
            Origin::Observed => "observed",
            Origin::Unknown => "unknown",
        }
    }
}

/// Where an overall timeout comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeoutOrigin {
    /// The input says it.
    Explicit,
    /// The platform's default.
    PlatformDefault,
    /// Known to be switched off.
    Disabled,
    /// Nothing says it.
    Unknown,
}

impl TimeoutOrigin {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            TimeoutOrigin::Explicit => "explicit",
            TimeoutOrigin::PlatformDefault => "platform-default",
            TimeoutOrigin::Disabled => "disabled",
            TimeoutOrigin::Unknown => "unknown",
        }
    }
}

/// Which faults of a provider a layer tries again (SEMANTICS A.2). Where nothing says so: all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retried {
    /// It cannot be reached or refuses: the call fails at once.
    pub refused: bool,
    /// It answers with an error of its own.
    pub error: bool,
    /// It does not answer before the limit of one try.
    pub late: bool,
}

impl Retried {
    /// Whatever happens.
    pub const ALL: Self = Self { refused: true, error: true, late: true };
    /// Only what fails before the request is under way.
    pub const REFUSED: Self = Self { refused: true, error: false, late: false };
    /// Nothing that a provider does when it fails.
    pub const NONE: Self = Self { refused: false, error: false, late: false };

    /// What either of two tries again.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { refused: self.refused || other.refused, error: self.error || other.error, late: self.late || other.late }
    }
}

/// The retries of one layer, normalised: `tries` includes the first one.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryLayer {
    /// Which layer.
    pub layer: Layer,
    /// Total tries, at least 1; `None` with `unlimited`.
    pub tries: Option<u32>,
    /// Nothing bounds the number of tries.
    pub unlimited: bool,
    /// Where the number comes from.
    pub origin: Origin,
    /// Limit of one try, in milliseconds.
    pub per_try_timeout_ms: Option<f64>,
    /// Limit of all tries together, in milliseconds.
    pub timeout_ms: Option<f64>,
    /// Pauses between tries, in milliseconds; the last one repeats. The longest ones where they are random.
    pub backoff_ms: Vec<f64>,
    /// Whether pauses are random, so that those who failed together do not come back together; `None` if nobody says.
    pub jitter: Option<bool>,
    /// What is retried, in the platform's words.
    pub conditions: Vec<Arc<str>>,
    /// Which faults `conditions` mean.
    pub retried: Retried,
    /// Retries as a share of requests, at most.
    pub budget: Option<f64>,
    /// Where it stands.
    pub evidence: Option<Evidence>,
}

impl RetryLayer {
    /// So many tries of a layer, whatever fails, and nothing else known.
    pub fn new(layer: Layer, tries: u32, origin: Origin, evidence: Evidence) -> Self {
        Self {
            layer,
            tries: Some(tries.max(1)),
            unlimited: false,
            origin,
            per_try_timeout_ms: None,
            timeout_ms: None,
            backoff_ms: Vec::new(),
            jitter: None,
            conditions: Vec::new(),
            retried: Retried::ALL,
            budget: None,
            evidence: Some(evidence),
        }
    }

    /// The same without a bound on the tries.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        (self.tries, self.unlimited) = (None, true);
        self
    }
}
