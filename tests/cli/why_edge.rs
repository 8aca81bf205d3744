//! `why-edge`: the arithmetic behind one edge, with the place of every number.

use crate::{Folder, Ran, workload};

/// `web` calls `cart` with a library that tries three times, in a mesh that does the same.
fn shop() -> Folder {
    let mesh = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: default\n  labels: {istio-injection: enabled}\n";
    let library = "apiVersion: linchpin/v1\nkind: Service\nmetadata: {name: web}\nspec:\n  dependsOn:\n    - name: \
                   cart\n      timeout: 2s\n      retry: {tries: 3}\n";
    let route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart}\nspec:\n  hosts: \
                 [cart]\n  http:\n    - route: [{destination: {host: cart}}]\n      timeout: 5s\n";
    let text = format!("{}---\n{}", workload("web", &[("CART_URL", "http://cart")]), workload("cart", &[]));
    Folder::with(&[
        ("app.yaml", &text),
        ("ns.yaml", mesh),
        ("web.linchpin.yaml", library),
        ("vs.yaml", route),
        ("linchpin.toml", "[platform.istio]\nversion = '1.20'\n"),
    ])
}

/// Factors, places, what each layer retries, and the limit in force.
#[test]
fn arithmetic() {
    let Ran { code, out, err } = shop().run(&["why-edge", "web", "cart"]);
    assert_eq!((code, &*err), (0, ""));
    for line in [
        "web → cart  sync, hard (assumed)",
        "  app.yaml:12 env.CART_URL",
        "Tries    3 (library, web.linchpin.yaml:8) × 3 (client-mesh, platform default, vs.yaml:7) = 9",
        "         in effect 9 when refused, 9 when answered with an error, ",
        "  client-mesh  3 tries  platform default  vs.yaml:7 spec.http",
        "    again when refused and error (connect-failure, refused-stream, 503, unavailable, cancelled); pauses",
        "Limit    2 s (library, explicit, web.linchpin.yaml:6), the least of its layers",
        "  client-mesh  5 s  explicit  vs.yaml:8 http.timeout",
        "Wait     at most 2 s if cart never answers",
    ] {
        assert!(out.lines().any(|l| l.starts_with(line)), "{line}\nnot in\n{out}");
    }
}

/// What numbers rest on is said with the setting that decides, in text and in JSON.
#[test]
fn assumptions_are_named() {
    let folder = shop();
    folder.write("linchpin.toml", "");
    let Ran { out, .. } = folder.run(&["why-edge", "web", "cart"]);
    assert!(out.contains("Assumed  ") && out.contains("([platform.istio] version in linchpin.toml decides)"), "{out}");
    let json = folder.json(&["why-edge", "web", "cart"]);
    assert_eq!(json["schema"], "linchpin.graph/1");
    assert_eq!(json["dependencies"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["dependencies"][0]["retry"]["tries"], 9);
    assert_eq!(json["dependencies"][0]["retry"]["layers"][1]["faults"], serde_json::json!(["refused"]));
    let ids: Vec<&str> = json["assumptions"].as_array().unwrap().iter().filter_map(|a| a["id"].as_str()).collect();
    assert_eq!(ids, ["istio-default-retries", "istio-inbound-retries"]);
}

/// An edge that is not there is an error that says what is there instead.
#[test]
fn no_such_edge() {
    let folder = shop();
    for (from, to, said) in [
        ("cart", "web", "error: `cart` does not need `web`, nor anything else\n"),
        ("web", "karte", "error: no component is called `karte`"),
    ] {
        let Ran { code, out, err } = folder.run(&["why-edge", from, to]);
        assert_eq!((code, &*out), (2, ""), "{err}");
        assert!(err.starts_with(said), "{err}");
    }
}

/// What the callee itself allows stands beside what its callers wait, in text and in JSON.
#[test]
fn the_callees_own_numbers() {
    let stack = "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Handler: x, Timeout: 20, ReservedConcurrentExecutions: 5}}\n  \
                 A: {Type: AWS::ApiGateway::RestApi}\n  M: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref A, HttpMethod: GET, \
                 Integration: {Type: AWS_PROXY, Uri: !Sub 'arn:aws:apigateway:x:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}}}\n";
    let folder = Folder::with(&[("stack.yaml", stack)]);
    let Ran { out, .. } = folder.run(&["why-edge", "A", "F"]);
    assert!(out.contains("Callee   allows itself 20 s for a call and 5 at once"), "{out}");
    let json = folder.json(&["why-edge", "A", "F"]);
    let of = |id: &str| json["components"].as_array().unwrap().iter().find(|c| c["name"] == id).unwrap().clone();
    assert_eq!(of("F")["settings"], serde_json::json!({"timeout_ms": 20_000, "capacity_concurrency": 5}));
    assert_eq!(of("A").get("settings"), None);
}

/// When calls were seen, which of them nobody waited for and what ran beside them, in text and in JSON.
#[test]
fn what_traces_saw() {
    let span = |service: &str, id: u64, parent: u64, kind: u8, start: u64, end: u64| {
        let at = |ms: u64| (1_763_733_600_000_000_000 + ms * 1_000_000).to_string();
        serde_json::json!({"resourceSpans": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"spans": [{
                "traceId": format!("{:032x}", 7), "spanId": format!("{id:016x}"), "name": "get", "kind": kind,
                "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
                "startTimeUnixNano": at(start), "endTimeUnixNano": at(end),
            }]}],
        }]})
        .to_string()
    };
    // `cart` and `ads` at once, then `ads` again, which outlasts the request.
    let spans = [
        span("web", 1, 0, 2, 0, 5_000),
        span("web", 2, 1, 3, 1_000, 2_000),
        span("cart", 3, 2, 2, 1_100, 1_900),
        span("web", 4, 1, 3, 1_500, 2_500),
        span("ads", 5, 4, 2, 1_600, 2_400),
        span("web", 6, 1, 3, 4_000, 6_000),
        span("ads", 7, 6, 2, 4_100, 5_900),
    ];
    let folder = shop();
    folder.write("traces/spans.jsonl", spans.join("\n"));
    let with_traces = |args: &[&str]| folder.run(&[args, &["-m", ".", "-t", "traces"]].concat());
    let Ran { code, out, err } = with_traces(&["why-edge", "web", "cart"]);
    assert_eq!(code, 0, "{err}");
    let seen = "\nSeen     on 2025-11-21 14:00:01 UTC\n         beside calls of ads (1 time)\n";
    assert!(out.contains(seen), "{out}");
    let out = with_traces(&["why-edge", "web", "ads"]).out;
    for line in [
        "Seen     from 2025-11-21 14:00:01 to 2025-11-21 14:00:04 UTC",
        "         1 call ended after the request that made them",
        "         beside calls of cart (1 time)",
    ] {
        assert!(out.lines().any(|l| l == line), "{line}\nnot in\n{out}");
    }
    let out = with_traces(&["graph", "--format", "json"]).out;
    let graph: serde_json::Value = serde_json::from_str(&out).unwrap();
    let to_ads = graph["dependencies"].as_array().unwrap().iter().find(|d| d["to"] == "service:ads").unwrap();
    let observed = &to_ads["observed"];
    assert_eq!(observed["detached"], 1);
    assert_eq!(
        observed["window"],
        serde_json::json!({"first_ms": 1_763_733_601_500_u64, "last_ms": 1_763_733_604_000_u64})
    );
    assert_eq!(observed["parallel"], serde_json::json!([{"with": "service:default/cart", "times": 1}]));
    let schema = serde_json::from_str(&linchpin::schema::schema("graph").unwrap()).unwrap();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&graph).map(|e| e.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}

/// Routes of one entry to one backend that differ are listed each with its place, and which one counts; the limit of a
/// route is none of another one that says nothing.
#[test]
fn routes_that_differ() {
    let rule = |path: &str, rule: &str| {
        format!("    - matches: [{{path: {{value: {path}}}}}]\n      backendRefs: [{{name: cart}}]\n{rule}")
    };
    let route = format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: shop}}\nspec:\n  rules:\n{}{}{}",
        rule("/slow", "      retry: {attempts: 4}\n      timeouts: {request: 9s}\n"),
        rule("/fast", "      retry: {attempts: 1}\n      timeouts: {request: 500ms, backendRequest: 200ms}\n"),
        rule("/open", "      retry: {attempts: 2}\n      timeouts: {request: 0s}\n"),
    );
    let folder = Folder::with(&[("app.yaml", &workload("cart", &[])), ("route.yaml", &route)]);
    let Ran { out, .. } = folder.run(&["why-edge", "shop", "cart"]);
    for line in [
        "Tries    5 (gateway, route.yaml:8)",
        "Routes   differ: of each layer the most tries and the longest limit count",
        "  gateway  5 tries                       within 9 s     tries count   route.yaml:8 retry.attempts",
        "  gateway  2 tries, each at most 200 ms  within 500 ms                route.yaml:12 retry.attempts",
        "  gateway  3 tries                       no limit       limit counts  route.yaml:16 retry.attempts",
    ] {
        assert!(out.lines().any(|l| l.starts_with(line)), "{line}\nnot in\n{out}");
    }
    let routes = folder.json(&["why-edge", "shop", "cart"])["dependencies"][0]["routes"].clone();
    let rows: Vec<_> = routes
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            (
                r["retry"]["tries"].as_u64(),
                r["timeout"]["timeout_ms"].as_f64(),
                r["tries_count"] == true,
                r["limit_counts"] == true,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [(Some(5), Some(9_000.0), true, false), (Some(2), Some(500.0), false, false), (Some(3), None, false, true)]
    );
    folder.write("route.yaml", route.replace("timeouts: {request: 0s}", "name: open"));
    let Ran { out, .. } = folder.run(&["why-edge", "shop", "cart"]);
    assert!(out.contains("Limit    unknown: not every route says how long a call may take"), "{out}");
    // Routes that agree are told once.
    let alike = ["retry: {attempts: 1}", "retry: {attempts: 2}"]
        .iter()
        .fold(route, |text, r| text.replace(r, "retry: {attempts: 4}"));
    let alike = ["{request: 500ms, backendRequest: 200ms}", "{request: 0s}"]
        .iter()
        .fold(alike, |text, t| text.replace(t, "{request: 9s}"));
    folder.write("route.yaml", &alike);
    let Ran { out, .. } = folder.run(&["why-edge", "shop", "cart"]);
    assert!(!out.contains("Routes"), "{out}");
}
