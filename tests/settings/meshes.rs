//! Linkerd, Consul and App Mesh (SEMANTICS A.1, A.2, A.4, B, C): what they do with the calls from `front` to `cart`.

use super::cluster::{System, workload};

const LINKERD: &str =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: default, annotations: {linkerd.io/inject: enabled}}\n---\n";

/// A mesh of 4 lines, `front` and `cart` with annotations of its Service (line 30), and more from line 33 on.
fn linkerd(annotations: &str, more: &str) -> System {
    let annotated = format!("metadata: {{name: cart, annotations: {{{annotations}}}}}\nspec: {{selector");
    let cart = workload("cart", "", "").replace("metadata: {name: cart}\nspec: {selector", &annotated);
    System::read("", &(LINKERD.to_owned() + &workload("front", "", "http://cart") + &cart + more))
}

/// Annotations of a Service: retries need conditions, limits do not.
#[test]
fn linkerd_annotations() {
    let none = "client-mesh timeout none disabled";
    for (annotations, expected) in [
        ("", format!("client-mesh ×1 platform-default :3; {none} :3")),
        ("retry.linkerd.io/http: 5xx", format!("client-mesh ×2 platform-default on refused+error :30; {none} :30")),
        (
            "retry.linkerd.io/grpc: unavailable, retry.linkerd.io/limit: '3'",
            format!("client-mesh ×4 explicit on error :30; {none} :30"),
        ),
        (
            "retry.linkerd.io/http: 500-504, retry.linkerd.io/timeout: 400ms",
            format!("client-mesh ×2 platform-default on error+late each 400 :30; {none} :30"),
        ),
        ("retry.linkerd.io/limit: '3'", format!("client-mesh ×1 platform-default :30; {none} :30")),
        (
            "timeout.linkerd.io/request: 10s, timeout.linkerd.io/response: 2s",
            "client-mesh ×1 platform-default :30; client-mesh timeout 2000 ms explicit :30".to_owned(),
        ),
        (
            "balancer.linkerd.io/failure-accrual: consecutive",
            format!("client-mesh ×1 platform-default :3; {none} :3; breaker"),
        ),
    ] {
        let system = linkerd(annotations, "");
        assert_eq!(system.edge("front", "cart"), expected, "{annotations}");
        assert_eq!(system.problems, [""; 0], "{annotations}");
    }
}

fn profile(spec: &str) -> String {
    format!(
        "apiVersion: linkerd.io/v1alpha2\nkind: ServiceProfile\nmetadata: {{name: cart.default.svc.cluster.local, namespace: \
         default}}\nspec: {{{spec}}}\n---\n"
    )
}

/// A ServiceProfile knows no number of retries, only a budget; what none of its routes matches is not retried.
#[test]
fn linkerd_profiles() {
    let none = "client-mesh timeout none disabled :35";
    for (spec, expected) in [
        (
            "routes: [{name: a, isRetryable: true}]",
            format!("client-mesh unlimited explicit on refused+error budget 0.2 :36; {none}"),
        ),
        (
            "retryBudget: {retryRatio: 0.001, minRetriesPerSecond: 10, ttl: 10s}, routes: [{name: a, isRetryable: true, timeout: \
             500ms}]",
            format!("client-mesh unlimited explicit on refused+error budget 0.001 :36; {none}"),
        ),
        ("routes: [{name: a, timeout: 500ms}]", format!("client-mesh ×1 platform-default :35; {none}")),
    ] {
        let system = linkerd("", &profile(spec));
        assert_eq!(system.edge("front", "cart"), expected, "{spec}");
    }
}

/// A route that is attached to a Service replaces what is annotated there.
#[test]
fn linkerd_routes() {
    let route = |annotations: &str, rule: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r, annotations: {{{annotations}}}}}\nspec: \
             {{parentRefs: [{{kind: Service, name: cart}}], rules: [{{{rule}}}]}}\n"
        )
    };
    let service = "retry.linkerd.io/http: 5xx, retry.linkerd.io/limit: '9'";
    for (annotations, rule, expected) in [
        (
            "retry.linkerd.io/http: gateway-error",
            "",
            "client-mesh ×2 platform-default on refused+error :35; client-mesh timeout none disabled :35",
        ),
        ("", "", "client-mesh ×1 platform-default :35; client-mesh timeout none disabled :35"),
        (
            "",
            "timeouts: {request: 3s}",
            "client-mesh ×1 platform-default :35; client-mesh timeout 3000 ms explicit :36",
        ),
        (
            "timeout.linkerd.io/request: 4s",
            "timeouts: {request: 3s}",
            "client-mesh ×1 platform-default :35; client-mesh timeout 4000 ms explicit :35",
        ),
    ] {
        assert_eq!(linkerd(service, &route(annotations, rule)).edge("front", "cart"), expected, "{annotations} {rule}");
    }
}

/// What cannot have an effect, or is misspelt, is reported.
#[test]
fn linkerd_mistakes() {
    let retries = "retry.linkerd.io/http: 5xx";
    for (system, problem) in [
        (
            linkerd("retry.linkerd.io/htpp: 5xx", ""),
            "30: unknown annotation `retry.linkerd.io/htpp`; did you mean `retry.linkerd.io/http`?",
        ),
        (
            linkerd("retry.linkerd.io/http: often", ""),
            "30: `retry conditions` cannot be read; write `5xx`, `gateway-error`, status codes, or statuses of gRPC",
        ),
        (
            linkerd(retries, &profile("routes: []")),
            "30: a ServiceProfile of this Service replaces its annotations for retries, timeouts and breakers; keep one of \
             the two",
        ),
    ] {
        assert_eq!(system.problems, [problem]);
    }
    let headless = workload("cart", "", "").replace(
        "metadata: {name: cart}\nspec: {",
        &format!("metadata: {{name: cart, annotations: {{{retries}}}}}\nspec: {{clusterIP: None, "),
    );
    // The Deployment's own specification is a block, so that only the Service's line has changed.
    assert_eq!(
        System::read("", &headless).problems,
        [
            "12: Linkerd applies no retries, timeouts or breakers to a headless Service; annotate a Service that has a cluster IP"
        ]
    );
}

fn consul(kind: &str, spec: &str) -> System {
    let object = format!(
        "apiVersion: consul.hashicorp.com/v1alpha1\nkind: {kind}\nmetadata: {{name: {}}}\nspec: {{{spec}}}\n",
        if kind == "ServiceDefaults" { "front" } else { "cart" }
    );
    let front = workload("front", "", "http://cart")
        .replace("metadata: {labels", "metadata: {annotations: {consul.hashicorp.com/connect-inject: 'true'}, labels");
    System::read("", &(front + &workload("cart", "", "") + &object))
}

/// Consul: no retries unless a route says something about them; Envoy's limit unless it says another.
#[test]
fn consul_entries() {
    let limit = "client-mesh timeout 15000 ms platform-default :32; assumes consul-request-timeout";
    for (kind, spec, expected) in [
        ("ServiceRouter", "routes: [{}]", format!("client-mesh ×1 platform-default :32; {limit}")),
        (
            "ServiceRouter",
            "routes: [{destination: {numRetries: 5, retryOnStatusCodes: [503], retryOnConnectFailure: true, requestTimeout: 2s}}]",
            "client-mesh ×6 explicit on refused+error pauses 25,75,175,250 :32; client-mesh timeout 2000 ms explicit :32"
                .to_owned(),
        ),
        (
            "ServiceRouter",
            "routes: [{destination: {retryOn: [5xx]}}]",
            format!("client-mesh ×2 platform-default on refused+error pauses 25 :32; {limit}"),
        ),
        ("ServiceResolver", "requestTimeout: 3s", "client-mesh timeout 3000 ms explicit :32".to_owned()),
        (
            "ServiceDefaults",
            "upstreamConfig: {defaults: {limits: {maxConcurrentRequests: 30}, passiveHealthCheck: {maxFailures: 3}}}",
            "breaker; at most 60".to_owned(),
        ),
    ] {
        let system = consul(kind, spec);
        assert_eq!(system.edge("front", "cart"), expected, "{kind} {spec}");
        assert_eq!(system.problems, [""; 0], "{spec}");
    }
    let system = consul("ServiceRouter", "routes: [{destination: {numRetrys: 5}}]");
    assert_eq!(system.problems, ["32: unknown field of `destination`: `numRetrys`; did you mean `numRetries`?"]);
}

/// App Mesh: what a router's routes say of the services that it provides.
#[test]
fn app_mesh() {
    let text = workload("front", "", "http://cart")
        + &workload("cart", "", "")
        + "apiVersion: appmesh.k8s.aws/v1beta2\nkind: VirtualService\nmetadata: {name: cart}\nspec: {provider: {virtualRouter: \
           {virtualRouterRef: {name: r}}}}\n---\napiVersion: appmesh.k8s.aws/v1beta2\nkind: VirtualRouter\nmetadata: {name: \
           r}\nspec: {routes: [{name: a, httpRoute: {timeout: {perRequest: {unit: s, value: 5}}, retryPolicy: {maxRetries: 4, \
           perRetryTimeout: {unit: ms, value: 900}, httpRetryEvents: [gateway-error], tcpRetryEvents: [connection-error]}}}]}\n";
    let system = System::read("", &text);
    assert_eq!(
        system.edge("front", "cart"),
        "client-mesh ×5 explicit on refused+error+late each 900 :37; client-mesh timeout 5000 ms explicit :37; assumes \
         app-mesh-proxies"
    );
    assert_eq!(system.problems, [""; 0]);
}
