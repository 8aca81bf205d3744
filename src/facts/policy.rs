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
    /// Pauses between tries, in milliseconds; the last one repeats.
    pub backoff_ms: Vec<f64>,
    /// What is retried, in the platform's words.
    pub conditions: Vec<Arc<str>>,
    /// Retries as a share of requests, at most.
    pub budget: Option<f64>,
    /// Where it stands.
    pub evidence: Option<Evidence>,
}
