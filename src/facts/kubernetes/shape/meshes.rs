//! What meshes are told, and what releases of charts are.

use super::{Shape, shape};

/// The shape of the specification of meshes' resources and of releases.
pub(super) fn shape(group: &str, kind: &str) -> Option<&'static Shape> {
    Some(match (group, kind) {
        ("networking.istio.io", "VirtualService") => &VIRTUAL_SERVICE,
        ("networking.istio.io", "DestinationRule") => &DESTINATION_RULE,
        ("networking.istio.io", "Sidecar") => &SIDECAR,
        ("networking.istio.io", "Gateway") => &GATEWAY,
        ("networking.istio.io", "ServiceEntry") => &SERVICE_ENTRY,
        ("linkerd.io", "ServiceProfile") => &SERVICE_PROFILE,
        ("consul.hashicorp.com", "ServiceRouter") => &SERVICE_ROUTER,
        ("consul.hashicorp.com", "ServiceResolver") => &SERVICE_RESOLVER,
        ("consul.hashicorp.com", "ServiceDefaults") => &SERVICE_DEFAULTS,
        ("appmesh.k8s.aws", "VirtualService") => &APP_MESH_SERVICE,
        ("appmesh.k8s.aws", "VirtualRouter") => &APP_MESH_ROUTER,
        ("helm.toolkit.fluxcd.io", "HelmRelease") => &HELM_RELEASE,
        ("argoproj.io", "Application") => &APPLICATION,
        _ => return None,
    })
}

static VIRTUAL_SERVICE: Shape = shape!({
    exportTo: [text], gateways: [text], hosts: [text],
    http: [{..
        delegate: {name: text, namespace: text; name}, match: [_], mirror: {host: text, port: _, subset: _; host},
        mirrors: [_], route: [((TO))]
    }],
    tcp: [{match: [_], route: [((TO))]}], tls: [{match: [_], route: [((TO))]}],
});

const TO: Shape = shape!({
    destination: {host: text, port: _, subset: text; host}, headers: _, weight: count; destination
});

static DESTINATION_RULE: Shape = shape!({
    exportTo: [text], host: text, subsets: [{labels: {* text}, name: text, trafficPolicy: {* _}; name}],
    trafficPolicy: {* _}, workloadSelector: _; host
});

static SERVICE_ENTRY: Shape = shape!({
    addresses: _, endpoints: [{
        address: text, labels: _, locality: _, network: _, ports: _, serviceAccount: _, weight: _
    }],
    exportTo: _, hosts: [text], location: (word "MESH_EXTERNAL" "MESH_INTERNAL"),
    ports: [{name: _, number: _, protocol: text, targetPort: _}],
    resolution: (word "NONE" "STATIC" "DNS" "DNS_ROUND_ROBIN" "DYNAMIC_DNS"), subjectAltNames: _,
    workloadSelector: {labels: {* text}}; hosts
});

static SIDECAR: Shape = shape!({
    egress: [{bind: _, captureMode: _, hosts: [text], port: _; hosts}], inboundConnectionPool: _,
    ingress: [{bind: _, captureMode: _, connectionPool: {* _}, defaultEndpoint: _, port: _, tls: _}],
    outboundTrafficPolicy: {egressProxy: _, mode: (word "REGISTRY_ONLY" "ALLOW_ANY")},
    workloadSelector: {labels: {* text}},
});

static GATEWAY: Shape = shape!({
    selector: {* text},
    servers: [{
        bind: _, defaultEndpoint: _, hosts: [text], name: _, port: {name: _, number: _, protocol: text, targetPort: _},
        tls: _; hosts, port
    }];
    servers
});

/// Routes and the budget are checked where they are read.
static SERVICE_PROFILE: Shape = shape!({dstOverrides: _, opaquePorts: _, retryBudget: _, routes: [_]});

static SERVICE_ROUTER: Shape = shape!({routes: [{destination: _, match: _}]});

static SERVICE_RESOLVER: Shape = shape!({
    connectTimeout: _, defaultSubset: _, failover: _, loadBalancer: _, prioritizeByLocality: _, redirect: _,
    requestTimeout: _, subsets: _,
});

static SERVICE_DEFAULTS: Shape = shape!({
    balanceInboundConnections: _, destination: _, envoyExtensions: _, expose: _, externalSNI: _,
    localConnectTimeoutMs: _, localRequestTimeoutMs: _, maxInboundConnections: _, meshGateway: _, mode: _,
    mutualTLSMode: _, protocol: _, rateLimits: _, transparentProxy: _,
    upstreamConfig: {defaults: ((UPSTREAM)), overrides: [((UPSTREAM))]},
});

const UPSTREAM: Shape = shape!({
    balanceOutboundConnections: _, connectTimeoutMs: _, envoyClusterJSON: _, envoyListenerJSON: _, limits: {* _},
    meshGateway: _, name: text, namespace: text, partition: _, passiveHealthCheck: {* _}, peer: _, protocol: _,
});

static APP_MESH_SERVICE: Shape = shape!({
    awsName: text, meshRef: _, provider: {
        virtualNode: _,
        virtualRouter: {virtualRouterARN: _, virtualRouterRef: {name: text, namespace: text; name}},
    },
});

static APP_MESH_ROUTER: Shape = shape!({
    awsName: _, listeners: _, meshRef: _, routes: [{
        grpcRoute: ((APP_MESH_ROUTE)), http2Route: ((APP_MESH_ROUTE)), httpRoute: ((APP_MESH_ROUTE)), name: _,
        priority: _, tcpRoute: _,
    }],
});

const APP_MESH_ROUTE: Shape = shape!({action: _, match: _, retryPolicy: {* _}, timeout: {* _}});

static HELM_RELEASE: Shape = shape!({
    chart: _, chartRef: _, commonMetadata: _, dependsOn: [_], driftDetection: _, healthCheckExprs: _, install: _,
    interval: _, kubeConfig: _, maxHistory: _, persistentClient: _, postRenderers: _, releaseName: text, rollback: _,
    serviceAccountName: _, storageNamespace: _, suspend: _, targetNamespace: text, test: _, timeout: _, uninstall: _,
    upgrade: _, values: {* _}, valuesFrom: [_], waitStrategy: _,
});

static APPLICATION: Shape = shape!({
    destination: {name: text, namespace: text, server: text}, ignoreDifferences: _, info: _, project: _,
    revisionHistoryLimit: _, source: ((SOURCE)), sourceHydrator: _, sources: [((SOURCE))], syncPolicy: _; destination
});

const SOURCE: Shape = shape!({
    chart: text, directory: _,
    helm: {
        apiVersions: _, fileParameters: _, ignoreMissingValueFiles: _, kubeVersion: _, namespace: _,
        parameters: [{forceString: _, name: text, value: text; name}], passCredentials: _, releaseName: text,
        skipCrds: _, skipSchemaValidation: _, skipTests: _, valueFiles: [text], values: text, valuesObject: {* _},
        version: _,
    },
    kustomize: _, name: _, path: text, plugin: _, ref: text, repoURL: text, targetRevision: _,
});
