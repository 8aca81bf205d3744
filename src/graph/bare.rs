use super::model::{Component, ComponentId, Dependency, Timeout};
use crate::facts::{Confidence, Criticality, Interaction, Kind, Plane, Settings, TimeoutOrigin};
use std::sync::Arc;

impl Component {
    /// A component of which nothing is known but what it is.
    pub fn bare(id: impl Into<Arc<str>>, kind: Kind, name: impl Into<Arc<str>>) -> Self {
        Self {
            id: id.into(),
            kind,
            name: name.into(),
            namespace: None,
            scope: "".into(),
            aliases: Vec::new(),
            replicas: None,
            spread: None,
            off: false,
            entry: None,
            profiles: Vec::new(),
            images: Vec::new(),
            telemetry: false,
            spans: 0,
            seen_rps: None,
            seen_ms: None,
            owner: None,
            settings: Settings::default(),
            variants: Vec::new(),
            evidence: Vec::new(),
        }
    }
}

impl Dependency {
    /// A hard dependency at run time, as if somebody had declared it, of which nothing else is known.
    pub fn bare(from: ComponentId, to: ComponentId, interaction: Interaction) -> Self {
        Self {
            from,
            to,
            interaction,
            criticality: Criticality::Hard,
            assumed: false,
            plane: Plane::Runtime,
            confidence: Confidence::Declared,
            requirement: None,
            retry: None,
            timeout: Timeout { ms: None, origin: TimeoutOrigin::Unknown },
            timeouts: Vec::new(),
            routes: Vec::new(),
            max_concurrent: None,
            share: None,
            calls_per_request: None,
            circuit_breaker: false,
            fallback: None,
            buffer_ms: None,
            probability: None,
            assumptions: Vec::new(),
            stage: None,
            pool: None,
            observed: None,
            evidence: Vec::new(),
        }
    }
}
