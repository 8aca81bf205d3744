//! The Gateway API (SEMANTICS A.1, A.2, A.4, B).

use super::cluster::{System, workload};

fn gateway(class: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: gw}}\nspec: {{gatewayClassName: \
         {class}}}\n---\n"
    )
}

/// A route in front of `cart`; its rule is on line 23.
fn route(kind: &str, rule: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata: {{name: way-in}}\nspec: {{parentRefs: [{{name: \
         gw}}], rules: [{{{rule} backendRefs: [{{name: cart}}]}}]}}\n"
    )
}

fn edge(class: &str, kind: &str, rule: &str) -> System {
    System::read(
        "[platform.istio]\nversion = '1.24'",
        &(workload("cart", "", "") + &gateway(class) + &route(kind, rule)),
    )
}

/// Each way to write retries and limits; what is left out is up to who implements the route.
#[test]
fn routes() {
    let istio = "gateway timeout none disabled :23";
    for (class, kind, rule, expected) in [
        ("any", "HTTPRoute", "", String::new()),
        (
            "any",
            "HTTPRoute",
            "retry: {attempts: 3, codes: [500, 503]},",
            "gateway ×4 explicit on refused+error :23".into(),
        ),
        (
            "any",
            "HTTPRoute",
            "retry: {attempts: 1, backoff: 100ms},",
            "gateway ×2 explicit on refused pauses 100 :23".into(),
        ),
        (
            "any",
            "HTTPRoute",
            "retry: {attempts: 2}, timeouts: {request: 400ms, backendRequest: 200ms},",
            "gateway ×3 explicit on refused+late each 200 :23; gateway timeout 400 ms explicit :23".into(),
        ),
        ("any", "HTTPRoute", "timeouts: {request: 0s},", istio.replace("platform", "")),
        ("any", "HTTPRoute", "timeouts: {backendRequest: 0s},", istio.replace("platform", "")),
        ("any", "HTTPRoute", "timeouts: {backendRequest: 500ms},", "gateway timeout 500 ms explicit :23".into()),
        ("any", "HTTPRoute", "retry: {},", "gateway ×3 unknown on refused :23; assumes gateway-api-attempts".into()),
        ("any", "TCPRoute", "", String::new()),
        ("istio", "HTTPRoute", "", format!("gateway ×3 platform-default on refused pauses 25,75 :23; {istio}")),
        (
            "istio",
            "HTTPRoute",
            "retry: {},",
            format!("gateway ×3 platform-default on refused pauses 25,75 :23; {istio}"),
        ),
        ("istio", "HTTPRoute", "retry: {attempts: 0},", format!("gateway ×1 explicit :23; {istio}")),
        ("istio", "GRPCRoute", "", format!("gateway ×3 platform-default on refused pauses 25,75 :23; {istio}")),
        ("istio", "TCPRoute", "", format!("gateway ×1 platform-default :23; {istio}")),
        (
            "contour",
            "HTTPRoute",
            "",
            "gateway ×1 platform-default :23; gateway timeout 15000 ms platform-default :23".into(),
        ),
    ] {
        let system = edge(class, kind, rule);
        assert_eq!(system.edge("way-in", "cart"), expected, "{class} {kind} {rule}");
        assert_eq!(system.problems, [""; 0], "{class} {kind} {rule}");
    }
}

/// Filters of Consul's API gateway: one more try unless they say otherwise, and no limit of their own.
#[test]
fn consul_filters() {
    let filter = |kind: &str, spec: &str| {
        let text = format!(
            "---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: {kind}\nmetadata: {{name: f}}\nspec: {{{spec}}}\n"
        );
        let rule = format!(
            "filters: [{{type: ExtensionRef, extensionRef: {{group: consul.hashicorp.com, kind: {kind}, name: f}}}}],"
        );
        let system =
            System::read("", &(workload("cart", "", "") + &gateway("consul") + &route("HTTPRoute", &rule) + &text));
        assert_eq!(system.problems, [""; 0], "{kind} {spec}");
        system.edge("way-in", "cart")
    };
    assert_eq!(
        filter("RouteRetryFilter", "numRetries: 4, retryOn: [connect-failure]"),
        "gateway ×5 explicit on refused pauses 25,75,175,250 :28"
    );
    assert_eq!(
        filter("RouteRetryFilter", "retryOnStatusCodes: [503]"),
        "gateway ×2 platform-default on error pauses 25 :28"
    );
    assert_eq!(filter("RouteTimeoutFilter", "requestTimeout: 4s"), "gateway timeout 4000 ms explicit :28");
}

/// What the cluster would refuse is reported with its line.
#[test]
fn mistakes() {
    for (kind, rule, problem) in [
        ("HTTPRoute", "retries: {attempts: 3},", "23: unknown field of `rules`: `retries`; did you mean `retry`?"),
        (
            "GRPCRoute",
            "retry: {attempts: 3},",
            "23: unknown field of `rules`: `retry`; known here: `name`, `matches`, `filters`, `backendRefs`, \
             `sessionPersistence`",
        ),
        (
            "HTTPRoute",
            "timeouts: {request: 1s, backendRequest: 2s},",
            "23: `timeouts.backendRequest` is longer than `timeouts.request`, of which it is a part; make it the shorter one",
        ),
        ("HTTPRoute", "retry: {codes: [often]},", "23: `retry.codes` cannot be read; write status codes such as 503"),
    ] {
        assert_eq!(edge("any", kind, rule).problems, [problem], "{rule}");
    }
}

/// A route that is attached to a Service acts on the calls of the mesh, not on those of users.
#[test]
fn routes_of_a_mesh() {
    let text = workload("front", "", "http://cart")
        + &workload("cart", "", "")
        + &route("HTTPRoute", "timeouts: {request: 2s}, retry: {attempts: 1},")
            .replace("{name: gw}", "{kind: Service, name: cart}");
    assert_eq!(
        System::read("", &text).edge("front", "cart"),
        "client-mesh ×2 explicit on refused :32; client-mesh timeout 2000 ms explicit :32; assumes istio-sidecars"
    );
}

/// A budget joins the retries of whoever has some.
#[test]
fn budgets() {
    for (constraint, share) in [("budget: {percent: 5}", "0.05"), ("minRetryRate: {count: 10, interval: 1s}", "0.2")] {
        let policy = format!(
            "---\napiVersion: gateway.networking.x-k8s.io/v1alpha1\nkind: XBackendTrafficPolicy\nmetadata: {{name: \
             b}}\nspec: {{targetRefs: [{{kind: Service, name: cart}}], retryConstraint: {{{constraint}}}}}\n"
        );
        let text = workload("cart", "", "") + &gateway("any") + &route("HTTPRoute", "retry: {attempts: 1},") + &policy;
        let edge = System::read("", &text).edge("way-in", "cart");
        assert_eq!(edge, format!("gateway ×2 explicit on refused budget {share} :23"));
    }
}
