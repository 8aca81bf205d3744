//! What scales workloads, and what Knative delivers to them.

use super::{Shape, shape};

/// The shape of the specification of autoscalers and of Knative's eventing.
pub(super) fn shape(group: &str, kind: &str) -> Option<&'static Shape> {
    Some(match (group, kind) {
        ("autoscaling", "HorizontalPodAutoscaler") => &HPA,
        ("keda.sh", "ScaledObject") => &KEDA,
        ("eventing.knative.dev", "Broker") => &BROKER,
        ("eventing.knative.dev", "Trigger") => &TRIGGER,
        ("messaging.knative.dev", "Subscription") => &SUBSCRIPTION,
        ("sources.knative.dev", _) => &SOURCE,
        ("dapr.io", "Resiliency") => &RESILIENCY,
        _ => return None,
    })
}

static HPA: Shape = shape!({
    behavior: _, maxReplicas: _, metrics: _, minReplicas: _,
    scaleTargetRef: {apiVersion: text, kind: text, name: text; name}, targetCPUUtilizationPercentage: _,
});

static KEDA: Shape = shape!({
    advanced: _, cooldownPeriod: _, fallback: _, idleReplicaCount: _, initialCooldownPeriod: _, maxReplicaCount: _,
    minReplicaCount: _, pollingInterval: _, scaleTargetRef: _,
    triggers: [{
        authenticationRef: _, metadata: {* text}, metricType: _, name: _, type: text, useCachedMetrics: _; type
    }];
    triggers
});

static BROKER: Shape = shape!({config: _, delivery: {* _}});

static TRIGGER: Shape = shape!({
    broker: text, brokerRef: _, delivery: {* _}, filter: _, filters: _, subscriber: ((DESTINATION)); subscriber
});

static SUBSCRIPTION: Shape = shape!({
    channel: {apiVersion: text, kind: text, name: text, ref: _; name}, delivery: {* _}, reply: _,
    subscriber: ((DESTINATION)); channel
});

static SOURCE: Shape = shape!({sink: ((DESTINATION))});

const DESTINATION: Shape = shape!({
    CACerts: _, audience: _, ref: {address: _, apiVersion: text, group: _, kind: text, name: text, namespace: text; name},
    uri: text,
});

/// Durations and numbers are checked where they are read.
static RESILIENCY: Shape = shape!({
    policies: {timeouts: {* text}, retries: {* {* _}}, circuitBreakers: {* {* _}}},
    targets: {apps: {* {* _}}, actors: {* {* _}}, components: {* {* _}}},
});
