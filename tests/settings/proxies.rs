//! Proxies' own configuration, mounted from a ConfigMap (SEMANTICS A.1, A.2, B, C): what `edge` does with its calls to
//! `cart`.

use super::cluster::{System, workload};
use super::tree::Tree;

/// `edge` with two replicas mounts a file, whose first line is line 27.
fn system(name: &str, file: &str) -> System {
    let block: String = file.lines().map(|line| format!("    {line}\n")).collect();
    let text = workload("cart", "", "")
        + "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: edge}\nspec:\n  replicas: 2\n  template:\n    spec: \
           {containers: [{name: p, volumeMounts: [{name: c, mountPath: /etc/p}]}], volumes: [{name: c, configMap: {name: \
           c}}]}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n"
        + &format!("  {name}: |\n{block}");
    System::read("", &text)
}

/// nginx tries each peer once, and fewer only if it is told so; directives hold for the blocks inside.
#[test]
fn nginx() {
    for (file, expected) in [
        (
            "server {\n  location / { proxy_pass http://cart; }\n}",
            "gateway ×1 platform-default each 60000 :29; gateway timeout none disabled :29",
        ),
        (
            "server {\n  location / { proxy_pass http://cart:80/x; }\n  proxy_read_timeout 5s;\n}",
            "gateway ×1 platform-default each 5000 :29; gateway timeout none disabled :29",
        ),
        (
            "upstream cart_pool {\n  server cart:80;\n  server cart:81;\n  server cart:82;\n}\nserver {\n  \
             proxy_next_upstream error http_503;\n  proxy_next_upstream_tries 2;\n  location / {\n    proxy_pass \
             http://cart_pool;\n  }\n}",
            "gateway ×2 explicit on refused+error each 60000 :35; gateway timeout none disabled :37",
        ),
        (
            "location / { grpc_pass grpc://cart:50051; grpc_read_timeout 1m; proxy_read_timeout 1s; }",
            "gateway ×1 platform-default each 60000 :28; gateway timeout none disabled :28",
        ),
    ] {
        assert_eq!(system("default.conf", file).edge("edge", "cart"), expected, "{file}");
    }
}

/// HAProxy: three more connections, no limit; a backend's own settings beat those of the defaults before it.
#[test]
fn haproxy() {
    for (file, expected) in [
        (
            "frontend f\n  default_backend b\nbackend b\n  server s1 cart:80 check",
            "gateway ×4 platform-default on refused :30; gateway timeout none disabled :30",
        ),
        (
            "defaults\n  retries 1\n  timeout server 30s\nbackend b\n  timeout server 5000\n  retry-on conn-failure 503 \
             response-timeout\n  server s1 cart:80",
            "gateway ×2 explicit on refused+error+late each 5000 :29; gateway timeout none disabled :31",
        ),
    ] {
        assert_eq!(system("haproxy.cfg", file).edge("edge", "cart"), expected, "{file}");
    }
}

/// Envoy: no policy is one try, a policy without a number two; 15 seconds; 1024 requests in each Envoy.
#[test]
fn envoy() {
    let file = |route: &str, host: &str, cluster: &str| {
        format!(
            "static_resources:\n  listeners:\n  - name: l\n    virtual_hosts:\n    - domains: ['*']\n      {host}\n      \
             routes:\n      - match: {{prefix: /}}\n        route: {{cluster: cart, {route}}}\n  clusters:\n  - name: cart\n    \
             connect_timeout: 1s\n    {cluster}\n    load_assignment: {{endpoints: [{{lb_endpoints: [{{endpoint: {{address: \
             {{socket_address: {{address: cart, port_value: 80}}}}}}}}]}}]}}"
        )
    };
    let limit = "gateway timeout 15000 ms platform-default :36";
    for (route, host, cluster, expected) in [
        ("", "name: a", "type: STRICT_DNS", format!("gateway ×1 platform-default :36; {limit}; at most 2048")),
        (
            "retry_policy: {retry_on: '5xx', num_retries: 3, per_try_timeout: 0.25s}, timeout: 2s",
            "name: a",
            "circuit_breakers: {thresholds: [{max_requests: 10, retry_budget: {budget_percent: {value: 25.0}}}]}",
            "gateway ×4 explicit on refused+error+late each 250 pauses 25,75,175 budget 0.25 :36; gateway timeout 2000 ms \
             explicit :36; at most 20"
                .to_owned(),
        ),
        (
            "timeout: 0s",
            "retry_policy: {retry_on: connect-failure}",
            "outlier_detection: {consecutive_5xx: 3}",
            "gateway ×2 platform-default on refused pauses 25 :33; gateway timeout none disabled :36; at most 2048"
                .to_owned(),
        ),
        // A breaker of the whole only where all may be ejected, and no panic sends calls to them all the same.
        (
            "timeout: 0s",
            "retry_policy: {retry_on: connect-failure}",
            "outlier_detection: {max_ejection_percent: 100}\n    common_lb_config: {healthy_panic_threshold: {value: 0}}",
            "gateway ×2 platform-default on refused pauses 25 :33; gateway timeout none disabled :36; breaker; at most \
             2048"
                .to_owned(),
        ),
        (
            "timeout: 0s",
            "retry_policy: {retry_on: connect-failure}",
            "outlier_detection: {max_ejection_percent: 100}",
            "gateway ×2 platform-default on refused pauses 25 :33; gateway timeout none disabled :36; at most 2048"
                .to_owned(),
        ),
        (
            "retryPolicy: {retryOn: 'retriable-status-codes', numRetries: 1, retriableStatusCodes: [503], retryBackOff: \
             {baseInterval: 1s}}",
            "name: a",
            "type: STRICT_DNS",
            format!("gateway ×2 explicit on error pauses 1000 :36; {limit}; at most 2048"),
        ),
    ] {
        assert_eq!(system("envoy.yaml", &file(route, host, cluster)).edge("edge", "cart"), expected, "{route} {host}");
    }
}

/// Kong's declarative file: five retries and a minute for each piece of an answer, unless a service says otherwise; an
/// upstream whose targets are taken out when they fail is a breaker.
#[test]
fn kong() {
    let pool = |checks: &str| {
        format!("upstreams: [{{name: pool, healthchecks: {checks}, targets: [{{target: 'cart:80'}}]}}]\n")
    };
    let limit = "gateway timeout none disabled :29";
    for (service, more, expected) in [
        ("url: 'http://cart:80/v1'", String::new(), "×6 platform-default on refused+late each 60000 :29"),
        (
            "host: cart, port: 80, retries: 2, read_timeout: 3000, connect_timeout: 500",
            String::new(),
            "×3 explicit on refused+late each 3000 :29",
        ),
        ("host: cart, retries: 0", String::new(), "×1 explicit each 60000 :29"),
        (
            "host: pool",
            pool("{passive: {unhealthy: {http_failures: 5}}}"),
            "×6 platform-default on refused+late each 60000 :29 breaker",
        ),
        (
            "host: pool",
            pool("{passive: {unhealthy: {http_failures: 0}}, active: {unhealthy: {http_failures: 1}}}"),
            "×6 platform-default on refused+late each 60000 :29",
        ),
    ] {
        let routes = "routes: [{name: cart, paths: [/cart]}]";
        let file = format!("_format_version: \"3.0\"\nservices: [{{name: cart, {service}, {routes}}}]\n{more}");
        let (tries, breaker) =
            expected.split_once(" breaker").map_or((expected, ""), |(tries, _)| (tries, "; breaker"));
        let expected = format!("gateway {tries}; {limit}{breaker}");
        assert_eq!(system("kong.yml", &file).edge("edge", "cart"), expected, "{file}");
    }
}

/// The upstreams of one file are a requirement each: any instance of one does not stand in for those of another.
#[test]
fn upstreams_apart() {
    let nginx = "upstream a { server a1:80; server a2:80; }\nupstream b { server b1:80; server b2:80; }\nserver {\n  \
                 location /a { proxy_pass http://a; }\n  location /b { proxy_pass http://b; }\n}\n";
    let kong = "_format_version: '3.0'\nservices:\n- {host: a, routes: [{paths: [/a]}]}\n- {host: b, routes: [{paths: \
                [/b]}]}\nupstreams:\n- {name: a, targets: [{target: 'a1:80'}, {target: 'a2:80'}]}\n- {name: b, targets: \
                [{target: 'b1:80'}, {target: 'b2:80'}]}\n";
    let compose = |file: &str| {
        let backend = |name: &str| format!("  {name}: {{image: shop/{name}}}\n");
        let backends: String = ["a1", "a2", "b1", "b2"].map(backend).concat();
        format!("services:\n  edge: {{image: shop/edge, volumes: ['./{file}:/etc/{file}:ro']}}\n{backends}")
    };
    for (file, text) in [("nginx.conf", nginx), ("kong.yml", kong)] {
        let tree = Tree::of(&[("compose.yaml", &compose(file)), (file, text)]);
        let members = |r: &linchpin::graph::Requirement| {
            let names = r.members.iter().map(|&d| tree.graph.component(tree.graph.dependency(d).to).name.to_string());
            format!("{} of {}", r.need, names.collect::<Vec<_>>().join(", "))
        };
        let requirements: Vec<String> = tree.graph.requirements.iter().map(members).collect();
        assert_eq!(requirements, ["1 of a1, a2", "1 of b1, b2"], "{file}");
    }
}

/// What a plugin of Kong counts in is done without while it is away, unless it says otherwise; what only gets logs is
/// no part of a request.
#[test]
fn kong_plugins() {
    let kong = |strict: &str| {
        format!(
            "_format_version: '3.0'\nservices: [{{url: 'http://cart', routes: []}}]\nplugins:\n- {{name: rate-limiting, \
             config: {{minute: 5, policy: redis, redis: {{host: limits}}{strict}}}}}\n- {{name: http-log, config: \
             {{http_endpoint: 'http://logs'}}}}\n"
        )
    };
    let compose = "services:\n  edge: {image: kong, volumes: ['./kong.yml:/kong.yml:ro']}\n  cart: {image: shop/cart}\n  \
                   limits: {image: redis}\n  logs: {image: shop/logs}\n";
    for (strict, word) in [("", "soft"), (", fault_tolerant: false", "hard")] {
        let tree = Tree::of(&[("compose.yaml", compose), ("kong.yml", &kong(strict))]);
        let criticality = |to: &str| tree.between("edge", to).first().map(|d| d.criticality.word());
        assert_eq!((criticality("limits"), criticality("cart")), (Some(word), Some("hard")));
        assert!(tree.edges().contains(&"edge → logs telemetry".to_owned()), "{:?}", tree.edges());
    }
}
