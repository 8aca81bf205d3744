//! Proxies' own configuration, mounted from a ConfigMap (SEMANTICS A.1, A.2, B, C): what `edge` does with its calls to
//! `cart`.

use super::cluster::{System, workload};

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
