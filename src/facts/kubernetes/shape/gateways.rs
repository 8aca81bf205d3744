//! Where users come in, and what gateways do with their requests.

use super::{Shape, shape};

/// The shape of the specification of routes of gateways and of what stands beside them. Of an Ingress the version
/// decides.
pub(super) fn shape(group: &str, kind: &str, version: &str) -> Option<&'static Shape> {
    Some(match (group, kind) {
        ("networking.k8s.io", "Ingress") if version == "v1" => &INGRESS,
        ("networking.k8s.io" | "extensions", "Ingress") => &OLD_INGRESS,
        ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute") => &ROUTE,
        ("gateway.networking.k8s.io", "TCPRoute" | "TLSRoute" | "UDPRoute") | ("policy.linkerd.io", "HTTPRoute") => {
            &PLAIN_ROUTE
        }
        ("gateway.networking.x-k8s.io", "XBackendTrafficPolicy") => &BUDGET,
        ("projectcontour.io", "HTTPProxy") => &HTTP_PROXY,
        ("traefik.io" | "traefik.containo.us", "IngressRoute" | "IngressRouteTCP") => &INGRESS_ROUTE,
        ("traefik.io" | "traefik.containo.us", "Middleware") => &MIDDLEWARE,
        ("traefik.io" | "traefik.containo.us", "ServersTransport") => &TRANSPORT,
        ("getambassador.io", "Mapping") => &MAPPING,
        ("getambassador.io", "Module") => &MODULE,
        ("route.openshift.io", "Route") => &OPENSHIFT,
        _ => return None,
    })
}

static INGRESS: Shape = shape!({
    backend: (gone "write `defaultBackend`"), defaultBackend: ((BACKEND)), ingressClassName: text,
    rules: [{host: text, http: {paths: [{path: text, pathType: _, backend: ((BACKEND)); backend}]; paths}}], tls: _,
});

const BACKEND: Shape = shape!({
    resource: _, service: {name: text, port: _; name}, serviceName: (gone "write `service: {name: …}`"), servicePort: _,
});

static OLD_INGRESS: Shape = shape!({
    backend: ((OLD_BACKEND)), defaultBackend: _, ingressClassName: text,
    rules: [{host: text, http: {paths: [{path: text, pathType: _, backend: ((OLD_BACKEND)); backend}]; paths}}], tls: _,
});

const OLD_BACKEND: Shape =
    shape!({resource: _, service: {name: text, port: _; name}, serviceName: text, servicePort: _});

static ROUTE: Shape = shape!({
    hostnames: [text], parentRefs: [((PARENT))], rules: [{.. backendRefs: [((REFERENCE))], filters: [_], matches: [_]}],
    useDefaultGateways: _,
});

/// Nothing else looks at the fields of these rules.
static PLAIN_ROUTE: Shape = shape!({
    hostnames: [text], parentRefs: [((PARENT))], rules: [{
        backendRefs: [((REFERENCE))], filters: [_], matches: [_], name: _, timeouts: {* _}
    }],
    useDefaultGateways: _,
});

const PARENT: Shape = shape!({group: text, kind: text, name: text, namespace: text, port: _, sectionName: text; name});

const REFERENCE: Shape = shape!({
    filters: _, group: text, kind: text, name: text, namespace: text, port: _, weight: count; name
});

static BUDGET: Shape = shape!({
    retryConstraint: _, sessionPersistence: _,
    targetRefs: [{group: text, kind: text, name: text; kind, name}]; targetRefs
});

static HTTP_PROXY: Shape = shape!({
    includes: [{conditions: [_], name: text, namespace: text; name}], ingressClassName: _,
    routes: [((HTTP_PROXY_ROUTE))],
    tcpproxy: {healthCheckPolicy: _, include: _, includes: _, loadBalancerPolicy: _, services: [((HTTP_PROXY_SERVICE))]},
    virtualhost: {
        authorization: _, corsPolicy: _, fqdn: text, ipAllowPolicy: _, ipDenyPolicy: _, jwtProviders: _,
        rateLimitPolicy: _, tls: _; fqdn
    },
});

const HTTP_PROXY_ROUTE: Shape = shape!({.. conditions: [_], services: [((HTTP_PROXY_SERVICE))]});

const HTTP_PROXY_SERVICE: Shape = shape!({
    cookieRewritePolicies: _, healthPort: _, mirror: _, name: text, port: _, protocol: _, requestHeadersPolicy: _,
    responseHeadersPolicy: _, slowStartPolicy: _, validation: _, weight: count; name
});

static INGRESS_ROUTE: Shape = shape!({
    entryPoints: [text], parentRefs: _, tls: _,
    routes: [{
        kind: _, match: text, middlewares: [((MIDDLEWARE_NAME))], observability: _, priority: _, services: [{
            healthCheck: _, kind: text, middlewares: _, name: text, namespace: text, nativeLB: _, nodePortLB: _,
            passHostHeader: _, passiveHealthCheck: _, port: _, proxyProtocol: _, responseForwarding: _, scheme: _,
            serversTransport: text, sticky: _, strategy: _, terminationDelay: _, tls: _, weight: count; name
        }],
        syntax: _,
    }];
    routes
});

const MIDDLEWARE_NAME: Shape = shape!({name: text, namespace: text; name});

static MIDDLEWARE: Shape = shape!({
    addPrefix: _, basicAuth: _, buffering: _, chain: {middlewares: [((MIDDLEWARE_NAME))]; middlewares},
    circuitBreaker: {
        checkPeriod: _, expression: text, fallbackDuration: _, recoveryDuration: _, responseCode: _; expression
    },
    compress: _, contentType: _, digestAuth: _, encodedCharacters: _, errors: _, forwardAuth: _, grpcWeb: _,
    headers: _, inFlightReq: _, ipAllowList: _, ipWhiteList: _, passTLSClientCert: _, plugin: _, rateLimit: _,
    redirectRegex: _, redirectScheme: _, replacePath: _, replacePathRegex: _, retry: _, stripPrefix: _,
    stripPrefixRegex: _,
});

static TRANSPORT: Shape = shape!({
    certificatesSecrets: _, cipherSuites: _, disableHTTP2: _, forwardingTimeouts: _, insecureSkipVerify: _,
    maxIdleConnsPerHost: _, maxVersion: _, minVersion: _, peerCertURI: _, rootCAs: _, rootCAsSecrets: _,
    serverName: _, spiffe: _,
});

static MAPPING: Shape = shape!({
    add_linkerd_headers: _, add_request_headers: _, add_response_headers: _, allow_upgrade: _, ambassador_id: _,
    auth_context_extensions: _, auto_host_rewrite: _, bypass_auth: _, bypass_error_response_overrides: _,
    case_sensitive: _, circuit_breakers: _, cluster_idle_timeout_ms: _, cluster_max_connection_lifetime_ms: _,
    cluster_tag: _, connect_timeout_ms: _, cors: _, dns_type: _, docs: _, enable_ipv4: _, enable_ipv6: _,
    envoy_override: _, error_response_overrides: _, grpc: _, headers: _, health_checks: _, host: text,
    host_redirect: _, host_regex: _, host_rewrite: _, hostname: text, idle_timeout_ms: _, keepalive: _, labels: _,
    load_balancer: _, method: _, method_regex: _, modules: _, outlier_detection: _, path_redirect: _, precedence: _,
    prefix: text, prefix_exact: _, prefix_redirect: _, prefix_regex: _, priority: _, query_parameters: _,
    redirect_response_code: _, regex_headers: _, regex_query_parameters: _, regex_redirect: _, regex_rewrite: _,
    remove_request_headers: _, remove_response_headers: _, resolver: _, respect_dns_ttl: _, retry_policy: _,
    rewrite: _, service: text, shadow: _, stats_name: _, timeout_ms: _, tls: _, use_websocket: _, v2ExplicitTLS: _,
    v2BoolHeaders: _, v2BoolQueryParameters: _, v2CommaSeparatedOrigins: _, weight: _; service
});

static MODULE: Shape = shape!({ambassador_id: _, config: {
    circuit_breakers: _, cluster_idle_timeout_ms: _, cluster_max_connection_lifetime_ms: _,
    cluster_request_timeout_ms: _, connect_timeout_ms: _, listener_idle_timeout_ms: _, retry_policy: _,
}; config});

static OPENSHIFT: Shape = shape!({
    alternateBackends: [((TO))], host: text, httpHeaders: _, path: text, port: _, subdomain: _, tls: _,
    to: ((TO)), wildcardPolicy: _; to
});

const TO: Shape = shape!({kind: text, name: text, weight: count; name});
