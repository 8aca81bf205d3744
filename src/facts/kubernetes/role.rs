//! What each kind of object is to us: the one table of kinds.

/// What an object is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Role {
    /// Runs pods.
    Workload,
    /// A store or broker that an operator runs, see [`super::operator`].
    Operated,
    /// A Service of the core group.
    Service,
    /// Endpoints or an EndpointSlice.
    Endpoints,
    /// Lets users in, see [`super::route`].
    Route,
    /// A mesh's statement of a host outside the mesh.
    ServiceEntry,
    /// Says what meshes and gateways do with calls, see [`super::mesh`] and [`super::route`].
    Traffic,
    /// A ConfigMap.
    ConfigMap,
    /// A Secret.
    Secret,
    /// A PersistentVolumeClaim.
    Claim,
    /// A PersistentVolume.
    Volume,
    /// A machine of the cluster.
    Node,
    /// A namespace.
    Namespace,
    /// A HorizontalPodAutoscaler or ScaledObject.
    Autoscaler,
    /// A NetworkPolicy.
    NetworkPolicy,
    /// A PodDisruptionBudget.
    Budget,
    /// A StorageClass.
    StorageClass,
    /// A ResourceQuota.
    Quota,
    /// A store or broker as Dapr's applications know it.
    DaprComponent,
    /// Who receives from a broker through Dapr.
    DaprSubscription,
    /// What Dapr's sidecars do with calls.
    DaprResiliency,
    /// A broker or channel of Knative.
    EventBuffer,
    /// Who receives from a broker or channel of Knative, or sends to it.
    EventLink,
    /// A release of a chart that the cluster makes itself.
    Release,
}

impl Role {
    /// Whether objects of this role live in a namespace.
    pub(super) fn namespaced(self) -> bool {
        !matches!(self, Role::Volume | Role::Node | Role::Namespace | Role::StorageClass)
    }
}

/// The role of a kind, or why it has none, in a stable wording.
pub(super) fn of(group: &str, kind: &str) -> Result<Role, String> {
    match (group, kind) {
        ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("", "ReplicationController" | "Pod" | "DeploymentConfig")
        | ("batch", "Job" | "CronJob")
        | ("apps.openshift.io", "DeploymentConfig")
        | ("argoproj.io", "Rollout")
        | ("serving.knative.dev", "Service") => Ok(Role::Workload),
        ("", "Service") => Ok(Role::Service),
        ("", "Endpoints") | ("discovery.k8s.io", "EndpointSlice") => Ok(Role::Endpoints),
        ("networking.k8s.io" | "extensions", "Ingress")
        | ("route.openshift.io" | "", "Route")
        | ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute" | "UDPRoute")
        | ("policy.linkerd.io", "HTTPRoute")
        | ("networking.istio.io", "VirtualService")
        | ("projectcontour.io", "HTTPProxy")
        | ("traefik.io" | "traefik.containo.us", "IngressRoute" | "IngressRouteTCP")
        | ("getambassador.io", "Mapping") => Ok(Role::Route),
        ("networking.istio.io", "ServiceEntry") => Ok(Role::ServiceEntry),
        ("networking.istio.io", "DestinationRule" | "Sidecar" | "Gateway")
        | ("install.istio.io", "IstioOperator")
        | ("gateway.networking.k8s.io", "Gateway" | "GatewayClass")
        | ("networking.k8s.io", "IngressClass")
        | ("gateway.networking.x-k8s.io", "XBackendTrafficPolicy")
        | ("traefik.io" | "traefik.containo.us", "Middleware" | "ServersTransport")
        | ("getambassador.io", "Module")
        | ("configuration.konghq.com", "KongIngress" | "KongUpstreamPolicy")
        | ("linkerd.io", "ServiceProfile")
        | (
            "consul.hashicorp.com",
            "ServiceRouter" | "ServiceResolver" | "ServiceDefaults" | "RouteRetryFilter" | "RouteTimeoutFilter",
        )
        | ("appmesh.k8s.aws", "VirtualService" | "VirtualRouter") => Ok(Role::Traffic),
        ("", "ConfigMap") => Ok(Role::ConfigMap),
        ("", "Secret") => Ok(Role::Secret),
        ("", "PersistentVolumeClaim") => Ok(Role::Claim),
        ("", "PersistentVolume") => Ok(Role::Volume),
        ("", "Node") => Ok(Role::Node),
        ("", "Namespace") => Ok(Role::Namespace),
        ("autoscaling", "HorizontalPodAutoscaler") | ("keda.sh", "ScaledObject") => Ok(Role::Autoscaler),
        ("networking.k8s.io" | "extensions", "NetworkPolicy") => Ok(Role::NetworkPolicy),
        ("policy", "PodDisruptionBudget") => Ok(Role::Budget),
        ("storage.k8s.io", "StorageClass") => Ok(Role::StorageClass),
        ("", "ResourceQuota") => Ok(Role::Quota),
        ("dapr.io", "Component") => Ok(Role::DaprComponent),
        ("dapr.io", "Subscription") => Ok(Role::DaprSubscription),
        ("dapr.io", "Resiliency") => Ok(Role::DaprResiliency),
        ("helm.toolkit.fluxcd.io", "HelmRelease") | ("argoproj.io", "Application") => Ok(Role::Release),
        ("argoproj.io", "ApplicationSet") => Err(format!("{kind}: deploys what is not in the input")),
        _ if super::eventing::is_buffer(group, kind) => Ok(Role::EventBuffer),
        _ if super::eventing::is_link(group, kind) => Ok(Role::EventLink),
        _ if super::operator::reads(group, kind) => Ok(Role::Operated),
        // Kubernetes' own groups have no dot or end in k8s.io.
        _ if !group.contains('.') || group.ends_with(".k8s.io") => Err(format!("{kind}: carries no dependency")),
        _ => Err(format!("{kind} ({group}): a custom resource that is not read")),
    }
}
