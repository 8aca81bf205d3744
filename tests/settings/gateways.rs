//! Gateways and Ingress controllers (SEMANTICS A.1, A.2, B, C): what they do with users' requests to `cart`.

use super::cluster::{System, workload};

/// Checks rows of (manifests after `cart` and its Service, what is known of the calls from `web` to `cart`).
fn check(rows: &[(String, &str)]) {
    for (text, expected) in rows {
        let system = System::read("", &(workload("cart", "", "") + text));
        assert_eq!(system.edge("web", "cart"), *expected, "{text}");
        assert_eq!(system.problems, [""; 0], "{text}");
    }
}

/// Checks rows of (manifests after `cart`, the one problem that is reported).
fn check_mistakes(rows: &[(String, &str)]) {
    for (text, problem) in rows {
        assert_eq!(System::read("", &(workload("cart", "", "") + text)).problems, [*problem], "{text}");
    }
}

/// An Ingress of a class with annotations, on lines 15 to 18.
fn ingress(class: &str, annotations: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web, annotations: {{{annotations}}}}}\nspec: \
         {{{class} defaultBackend: {{service: {{name: cart}}}}}}\n---\n"
    )
}

fn nginx(annotations: &str) -> String {
    ingress("ingressClassName: nginx,", annotations)
}

fn map(data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: ingress-nginx-controller}}\ndata: {{{data}}}\n---\n")
}

/// ingress-nginx: three tries unless told otherwise by the Ingress, else by the controller's ConfigMap.
#[test]
fn ingress_nginx() {
    let none = "gateway timeout none disabled :17";
    let default = format!("gateway ×3 platform-default on refused+late each 60000 :17; {none}");
    let rows = [
        (nginx(""), &*default),
        (ingress("", "nginx.ingress.kubernetes.io/rewrite-target: /"), &default),
        (ingress("", "kubernetes.io/ingress.class: nginx"), &default),
        (
            nginx("nginx.ingress.kubernetes.io/proxy-next-upstream-tries: '5'"),
            "gateway ×5 explicit on refused+late each 60000 :17; gateway timeout none disabled :17",
        ),
        (
            nginx("nginx.ingress.kubernetes.io/proxy-next-upstream-tries: '0'"),
            "gateway unlimited explicit on refused+late each 60000 :17; gateway timeout none disabled :17",
        ),
        (
            nginx("nginx.ingress.kubernetes.io/proxy-next-upstream: 'error timeout http_502'"),
            "gateway ×3 platform-default on refused+error+late each 60000 :17; gateway timeout none disabled :17",
        ),
        (
            nginx("nginx.ingress.kubernetes.io/proxy-next-upstream: 'off'"),
            "gateway ×1 explicit each 60000 :17; gateway timeout none disabled :17",
        ),
        (
            nginx("nginx.ingress.kubernetes.io/proxy-read-timeout: '7'"),
            "gateway ×3 platform-default on refused+late each 7000 :17; gateway timeout none disabled :17",
        ),
        (
            nginx("nginx.ingress.kubernetes.io/proxy-read-timeout: '7'")
                + &map("proxy-read-timeout: '9', proxy-next-upstream-tries: '2'"),
            "gateway ×2 explicit on refused+late each 7000 :23; gateway timeout none disabled :17",
        ),
        (
            nginx("nginx.ingress.kubernetes.io/ssl-passthrough: 'true'"),
            "gateway ×1 platform-default :17; gateway timeout none disabled :17",
        ),
        // Nobody says who serves it, or somebody whose settings are not read.
        (ingress("", ""), ""),
        (ingress("ingressClassName: alb,", ""), ""),
        (ingress("ingressClassName: nginx,", "nginx.org/proxy-read-timeout: 5s"), ""),
        (
            ingress("ingressClassName: outer,", "")
                + "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: outer}\nspec: {controller: \
                   k8s.io/ingress-nginx}\n",
            &default,
        ),
        (
            ingress("", "")
                + "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: outer, annotations: \
                   {ingressclass.kubernetes.io/is-default-class: 'true'}}\nspec: {controller: k8s.io/ingress-nginx}\n",
            &default,
        ),
    ];
    check(&rows);
    check_mistakes(&[
        (
            nginx("nginx.ingress.kubernetes.io/proxy-read-timeuot: '7'"),
            "17: unknown annotation `proxy-read-timeuot`; did you mean `proxy-read-timeout`?",
        ),
        (
            nginx("nginx.ingress.kubernetes.io/proxy-next-upstream-tries: some"),
            "17: `metadata.annotations.nginx.ingress.kubernetes.io/proxy-next-upstream-tries` cannot be read; write a \
             whole number, 0 or more",
        ),
    ]);
}

fn proxy(route: &str) -> String {
    format!(
        "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {{name: web}}\nspec: {{virtualhost: {{fqdn: h.example}}, \
         routes: [{{{route} services: [{{name: cart}}]}}]}}\n---\n"
    )
}

/// Contour: no retries unless told so, a limit of 15 seconds unless told otherwise.
#[test]
fn contour() {
    let limit = "gateway timeout 15000 ms platform-default";
    let envoy = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: envoy}\nspec: {replicas: 3, template: {spec: \
                 {containers: [{image: 'docker.io/envoyproxy/envoy:v1.30'}]}}}\n";
    check(&[
        (proxy(""), &format!("gateway ×1 platform-default :18; {limit} :18")),
        (
            proxy("retryPolicy: {},"),
            &format!("gateway ×2 platform-default on refused+error pauses 25 :18; {limit} :18"),
        ),
        (
            proxy("retryPolicy: {count: 0},"),
            &format!("gateway ×2 explicit on refused+error pauses 25 :18; {limit} :18"),
        ),
        (proxy("retryPolicy: {count: -1},"), &format!("gateway ×1 explicit :18; {limit} :18")),
        (
            proxy("timeoutPolicy: {response: 1s, idle: 10s}, retryPolicy: {count: 3, perTryTimeout: 150ms},"),
            "gateway ×4 explicit on refused+error+late each 150 pauses 25,75,175 :18; gateway timeout 1000 ms explicit :18",
        ),
        (
            proxy("retryPolicy: {count: 1, retryOn: [retriable-status-codes], retriableStatusCodes: [503]},"),
            &format!("gateway ×2 explicit on error pauses 25 :18; {limit} :18"),
        ),
        (
            proxy("timeoutPolicy: {response: infinity},"),
            "gateway ×1 platform-default :18; gateway timeout none disabled :18",
        ),
        (
            proxy("").replace("routes: [{ services: [{name: cart}]}]", "tcpproxy: {services: [{name: cart}]}"),
            "gateway ×1 platform-default :18; gateway timeout none disabled :18",
        ),
        (proxy("") + envoy, &format!("gateway ×1 platform-default :18; {limit} :18; at most 3072")),
        (
            ingress("ingressClassName: contour,", "projectcontour.io/num-retries: '4'"),
            "gateway ×1 platform-default :17; gateway timeout 15000 ms platform-default :17",
        ),
        (
            ingress(
                "ingressClassName: contour,",
                "projectcontour.io/num-retries: '4', projectcontour.io/retry-on: gateway-error, \
                 projectcontour.io/response-timeout: 2s, projectcontour.io/per-try-timeout: 1s",
            ),
            "gateway ×5 explicit on refused+error+late each 1000 pauses 25,75,175,250 :17; gateway timeout 2000 ms \
             explicit :17",
        ),
    ]);
    check_mistakes(&[
        (
            proxy("retryPolicy: {numRetries: 3},"),
            "18: unknown field of `retryPolicy`: `numRetries`; known here: `count`, `perTryTimeout`, `retryOn`, `retriableStatusCodes`",
        ),
        (
            proxy("timeoutPolicy: {reponse: 3s},"),
            "18: unknown field of `timeoutPolicy`: `reponse`; did you mean `response`?",
        ),
        (
            proxy("timeoutPolicy: {response: 3},"),
            "18: `timeoutPolicy.response` cannot be read; write a time with its unit, such as `500ms` or `2s`",
        ),
    ]);
}

fn ingress_route(route: &str, service: &str) -> String {
    format!(
        "apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {{name: web}}\nspec: {{routes: [{{{route} services: \
         [{{name: cart{service}}}]}}]}}\n---\n"
    )
}

fn traefik(kind: &str, name: &str, spec: &str) -> String {
    format!("apiVersion: traefik.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n---\n")
}

/// Traefik: one try and no limit, unless a middleware or a transport says otherwise. Its attempts count the first try.
#[test]
fn traefik_middlewares() {
    let none = "gateway timeout none disabled :18";
    let route = || ingress_route("middlewares: [{name: a}],", "");
    let controller = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: edge}\nspec: {replicas: 2, template: {spec: \
                      {containers: [{image: 'traefik:v3'}]}}}\n";
    check(&[
        (ingress_route("", ""), &format!("gateway ×1 platform-default :18; {none}")),
        (
            route() + &traefik("Middleware", "a", "retry: {attempts: 4, initialInterval: 100ms}"),
            &format!("gateway ×4 explicit on refused pauses 100,200 :23; {none}"),
        ),
        (
            route()
                + &traefik("Middleware", "a", "chain: {middlewares: [{name: b}]}")
                + &traefik("Middleware", "b", "retry: {attempts: 2, status: ['500-504']}"),
            &format!("gateway ×2 explicit on refused+error :28; {none}"),
        ),
        (
            route() + &traefik("Middleware", "a", "circuitBreaker: {expression: NetworkErrorRatio() > 0.3}"),
            &format!("gateway ×1 platform-default :18; {none}; breaker"),
        ),
        (
            route() + &traefik("Middleware", "a", "inFlightReq: {amount: 50}") + controller,
            &format!("gateway ×1 platform-default :18; {none}; at most 100"),
        ),
        (
            ingress_route("", ", serversTransport: slow")
                + &traefik("ServersTransport", "slow", "forwardingTimeouts: {responseHeaderTimeout: 5s}"),
            "gateway ×1 platform-default each 5000 :18; gateway timeout 5000 ms explicit :23",
        ),
        (
            ingress(
                "ingressClassName: traefik,",
                "traefik.ingress.kubernetes.io/router.middlewares: default-a@kubernetescrd",
            ) + &traefik("Middleware", "a", "retry: {attempts: 3}"),
            "gateway ×3 explicit on refused :23; gateway timeout none disabled :17",
        ),
    ]);
    check_mistakes(&[
        (
            route() + &traefik("Middleware", "a", "retry: {attempts: 0}"),
            "23: `retry.attempts` is missing or 0, which Traefik refuses; write the number of tries, the first one included",
        ),
        (
            route() + &traefik("Middleware", "a", "retry: {attempt: 2, attempts: 2}"),
            "23: unknown field of `retry`: `attempt`; did you mean `attempts`?",
        ),
        (
            route(),
            "17: Middleware default/a is not in the input, so what it does is not known; add its manifest to the scan",
        ),
    ]);
}

/// The same middlewares as labels of Compose services, which any service may define.
#[test]
fn traefik_labels() {
    for (labels, expected) in [
        (
            "traefik.http.routers.cart.rule: Host(`h`)",
            "gateway ×1 platform-default :6; gateway timeout none disabled :6",
        ),
        (
            "traefik.http.routers.cart.middlewares: r@docker\n      traefik.http.middlewares.r.retry.attempts: '4'",
            "gateway ×4 explicit on refused :7; gateway timeout none disabled :6",
        ),
        (
            "traefik.http.routers.cart.middlewares: c\n      traefik.http.middlewares.c.chain.middlewares: r,b\n      \
             traefik.http.middlewares.b.circuitbreaker.expression: NetworkErrorRatio() > 0.3\n      \
             traefik.http.middlewares.r.retry.attempts: 2\n      traefik.http.middlewares.r.retry.initialinterval: 100ms",
            "gateway ×2 explicit on refused pauses 100,200 :9; gateway timeout none disabled :6; breaker",
        ),
    ] {
        let text = format!(
            "services:\n  edge: {{image: 'traefik:v3'}}\n  cart:\n    image: shop/cart\n    labels:\n      {labels}\n"
        );
        let tree = super::tree::Tree::of(&[("compose.yaml", &text)]);
        assert_eq!(tree.edge("edge", "cart"), expected, "{labels}");
        assert_eq!(tree.problems, [""; 0], "{labels}");
    }
}

fn mapping(spec: &str) -> String {
    format!(
        "apiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata: {{name: web}}\nspec: {{prefix: /, service: cart, \
         {spec}}}\n---\n"
    )
}

/// Emissary: three seconds, and one try unless a policy with a condition that it knows says otherwise.
#[test]
fn emissary() {
    let limit = "gateway timeout 3000 ms platform-default :18";
    check(&[
        (mapping(""), &format!("gateway ×1 platform-default :18; {limit}")),
        (
            mapping("retry_policy: {retry_on: 5xx, num_retries: 10, per_try_timeout: 250ms}"),
            &format!("gateway ×11 explicit on refused+error+late each 250 pauses 25,75,175,250 :18; {limit}"),
        ),
        (
            mapping("timeout_ms: 500, retry_policy: {retry_on: gateway-error}"),
            "gateway ×2 platform-default on refused+error pauses 25 :18; gateway timeout 500 ms explicit :18",
        ),
        (mapping("timeout_ms: 0"), "gateway ×1 platform-default :18; gateway timeout none disabled :18"),
        (
            mapping("")
                + "apiVersion: getambassador.io/v3alpha1\nkind: Module\nmetadata: {name: ambassador}\nspec: {config: \
                   {retry_policy: {retry_on: 5xx, num_retries: 2}}}\n",
            &format!("gateway ×3 explicit on refused+error pauses 25,75 :23; {limit}"),
        ),
        (
            mapping("")
                + "apiVersion: getambassador.io/v3alpha1\nkind: Module\nmetadata: {name: ambassador}\nspec: {config: \
                   {cluster_request_timeout_ms: 5000}}\n",
            "gateway ×1 platform-default :18; gateway timeout 5000 ms explicit :23",
        ),
    ]);
    check_mistakes(&[(
        mapping("retry_policy: {retry_on: '5xx,reset', num_retries: 2}"),
        "18: unknown condition in `retry_policy.retry_on`, for which the whole policy is refused: `5xx,reset`; known here: \
         `5xx`, `gateway-error`, `connect-failure`, `retriable-4xx`, `refused-stream`, `retriable-status-codes`",
    )]);
}

/// Kong: six tries of a minute for each piece of an answer; annotations of the Service, else a KongIngress, say otherwise.
#[test]
fn kong() {
    let kong_ingress = "apiVersion: configuration.konghq.com/v1\nkind: KongIngress\nmetadata: {name: few}\nproxy: {retries: \
                        2, read_timeout: 5000}\n";
    for (annotations, more, expected) in [
        ("", "", "gateway ×6 platform-default on refused+late each 60000 :17"),
        (
            "konghq.com/retries: '1', konghq.com/read-timeout: '3000'",
            "",
            "gateway ×2 explicit on refused+late each 3000 :12",
        ),
        ("konghq.com/override: few", kong_ingress, "gateway ×3 explicit on refused+late each 5000 :23"),
        // What cannot be read is unknown, not the default.
        ("konghq.com/retries: many", "", ""),
    ] {
        let annotated = format!("metadata: {{name: cart, annotations: {{{annotations}}}}}\nspec: {{selector");
        let cart = workload("cart", "", "").replace("metadata: {name: cart}\nspec: {selector", &annotated);
        let text = cart + &ingress("ingressClassName: kong,", "") + more;
        let limit = "gateway timeout none disabled :17";
        let expected = format!("{expected}; {limit}");
        assert_eq!(System::read("", &text).edge("web", "cart"), expected.trim_start_matches("; "));
    }
    let breaks = |spec: &str| {
        format!(
            "apiVersion: configuration.konghq.com/v1beta1\nkind: KongUpstreamPolicy\nmetadata: {{name: few}}\nspec: {spec}\n"
        )
    };
    for (spec, breaker) in [
        ("{healthchecks: {passive: {unhealthy: {tcpFailures: 3}}}}", true),
        ("{healthchecks: {active: {unhealthy: {tcpFailures: 3}}}}", false),
    ] {
        let annotated = "metadata: {name: cart, annotations: {konghq.com/upstream-policy: few}}\nspec: {selector";
        let cart = workload("cart", "", "").replace("metadata: {name: cart}\nspec: {selector", annotated);
        let text = cart + &ingress("ingressClassName: kong,", "") + &breaks(spec);
        assert_eq!(System::read("", &text).edge("web", "cart").ends_with("; breaker"), breaker, "{spec}");
    }
    let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {gatewayClassName: \
                 kong}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\nspec: \
                 {parentRefs: [{name: g}], rules: [{backendRefs: [{name: cart}], timeouts: {backendRequest: 4s}}]}\n";
    assert_eq!(
        System::read("", &(workload("cart", "", "") + route)).edge("web", "cart"),
        "gateway ×6 platform-default on refused+late each 4000 :22; gateway timeout none disabled :22"
    );
}

/// OpenShift's router is HAProxy: three more connections, half a minute for each piece of an answer.
#[test]
fn openshift() {
    let route = |annotations: &str| {
        format!(
            "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {{name: web, annotations: {{{annotations}}}}}\nspec: {{to: \
             {{kind: Service, name: cart}}}}\n"
        )
    };
    let none = "gateway timeout none disabled :17";
    check(&[
        (route(""), &format!("gateway ×4 platform-default on refused each 30000 :17; {none}")),
        (
            route("haproxy.router.openshift.io/timeout: 5s"),
            &format!("gateway ×4 platform-default on refused each 5000 :17; {none}"),
        ),
    ]);
}
