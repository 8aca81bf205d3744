//! Istio (SEMANTICS A.1, A.2, A.4, B, C).

use super::cluster::{System, workload};

const MESH: &str =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {istio-injection: enabled}}\n---\n";
const V124: &str = "[platform.istio]\nversion = '1.24'";

/// `front` calls `cart` over HTTP; both are lines 1 to 28, a mesh that is injected adds 4 lines before.
fn shop() -> String {
    workload("front", "", "http://cart") + &workload("cart", "", "")
}

fn virtual_service(spec: &str) -> String {
    format!("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: cart}}\nspec: {spec}\n---\n")
}

fn route(route: &str) -> String {
    virtual_service(&format!("{{hosts: [cart], http: [{{{route} route: [{{destination: {{host: cart}}}}]}}]}}"))
}

fn destination_rule(policy: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: cart}}\nspec: {{host: cart, \
         trafficPolicy: {{{policy}}}}}\n---\n"
    )
}

/// Every way to say something about retries and limits of a route, and what is taken when nothing is said.
#[test]
fn routes() {
    let timeout = "client-mesh timeout none disabled :36";
    for (said, expected) in [
        // No block: two retries. A block without attempts, or with none: no retry at all.
        ("", format!("client-mesh ×3 platform-default on refused pauses 25,75 :36; {timeout}")),
        ("retries: {},", format!("client-mesh ×1 explicit :36; {timeout}")),
        ("retries: {attempts: 0},", format!("client-mesh ×1 explicit :36; {timeout}")),
        ("retries: {attempts: 3},", format!("client-mesh ×4 explicit on refused pauses 25,75,175 :36; {timeout}")),
        (
            "retries: {attempts: 2, perTryTimeout: 2s, retryOn: '5xx,reset', backoff: 2s},",
            format!("client-mesh ×3 explicit on refused+error+late each 2000 pauses 2000,6000 :36; {timeout}"),
        ),
        (
            "retries: {attempts: 1, retryOn: '503,409'},",
            format!("client-mesh ×2 explicit on error pauses 25 :36; {timeout}"),
        ),
        (
            "retries: {attempts: 1, retryOn: '5xx', perTryTimeout: 10s}, timeout: 5s,",
            "client-mesh ×2 explicit on refused+error pauses 25 :36; client-mesh timeout 5000 ms explicit :36"
                .to_owned(),
        ),
        ("timeout: 0s,", format!("client-mesh ×3 platform-default on refused pauses 25,75 :36; {timeout}")),
    ] {
        let system = System::read(V124, &(MESH.to_owned() + &shop() + &route(said)));
        let inbound = "server-mesh ×3 platform-default on refused pauses 25,75 :3";
        let (tries, limit) = expected.split_once("; ").unwrap();
        assert_eq!(system.edge("front", "cart"), format!("{tries}; {inbound}; {limit}"), "{said}");
        assert_eq!(system.problems, [""; 0], "{said}");
    }
}

/// The mesh's own defaults, by version, by what brings the sidecar in, and where the mesh configuration sets others.
#[test]
fn defaults() {
    let default = "client-mesh ×3 platform-default on refused pauses 25,75 :3";
    let unlimited = "client-mesh timeout none disabled :3";
    let meshed = MESH.to_owned() + &shop();
    for (toml, text, expected) in [
        ("", shop(), String::new()),
        (
            "",
            meshed.clone(),
            format!("{default}; {unlimited}; assumes istio-default-retries; assumes istio-inbound-retries"),
        ),
        (
            "[platform.istio]\nversion = '1.20'",
            meshed.clone(),
            format!("client-mesh ×3 platform-default on refused+error pauses 25,75 :3; {unlimited}"),
        ),
        // A pod's own word, in either place, beats that of its namespace.
        (
            V124,
            workload("front", "", "http://cart").replace(
                "{labels: {app: front}",
                "{annotations: {sidecar.istio.io/inject: 'true'}, labels: {app: front}",
            ) + &workload("cart", "", ""),
            "client-mesh ×3 platform-default on refused pauses 25,75 :7; client-mesh timeout none disabled :7"
                .to_owned(),
        ),
        (
            V124,
            MESH.to_owned()
                + &workload("front", ", sidecar.istio.io/inject: 'false'", "http://cart")
                + &workload("cart", "", ""),
            "server-mesh ×3 platform-default on refused pauses 25,75 :3".to_owned(),
        ),
        (
            V124,
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |-\n    \
             defaultHttpRetryPolicy:\n      attempts: 5\n---\n"
                .to_owned()
                + &workload("front", ", istio.io/rev: stable", "http://cart") + &workload("cart", "", ""),
            "client-mesh ×6 explicit on refused pauses 25,75,175,250 :7; client-mesh timeout none disabled :15"
                .to_owned(),
        ),
    ] {
        let system = System::read(toml, &text);
        assert_eq!(system.edge("front", "cart"), expected, "{text}");
        assert_eq!(system.problems, [""; 0], "{text}");
    }
}

/// Where no sidecar is shown, a resource of the mesh is taken as a sign of them; that is an assumption.
#[test]
fn sidecars_that_are_not_shown() {
    let system = System::read(V124, &(shop() + &route("retries: {attempts: 1},")));
    assert_eq!(
        system.edge("front", "cart"),
        "client-mesh ×2 explicit on refused pauses 25 :32; client-mesh timeout none disabled :32; assumes istio-sidecars"
    );
}

/// Calls of which the mesh sees no requests pass once: TLS from the client, ports that say TCP.
#[test]
fn the_mesh_retries_requests_only() {
    let tcp = shop().replace(
        "metadata: {name: cart}\nspec: {selector: {app: cart}, ports: [{",
        "metadata: {name: cart}\nspec: {selector: {app: cart}, ports: [{name: tcp-x, ",
    );
    let system = System::read(V124, &(MESH.to_owned() + &tcp));
    let inbound = "server-mesh ×3 platform-default on refused pauses 25,75 :3";
    assert_eq!(
        system.edge("front", "cart"),
        format!("client-mesh ×1 platform-default :31; {inbound}; client-mesh timeout none disabled :31")
    );
    let tls = shop().replace("http://cart", "https://cart:8443");
    assert_eq!(
        System::read(V124, &(MESH.to_owned() + &tls + &route("retries: {attempts: 9},"))).edge("front", "cart"),
        ""
    );
}

/// What speaks a protocol of its own is passed on as it is, by its address or by what it is; a store on HTTP is not.
#[test]
fn stores_speak_their_own_protocols() {
    for (target, image, tries) in [
        ("redis://cart:6379", "", false),
        ("cart:80", "redis", false),
        ("http://cart:9200", "elasticsearch", true),
        ("http://cart", "", true),
    ] {
        let cart = workload("cart", "", "").replace("{name: main,", &format!("{{name: main, image: '{image}',"));
        let text = MESH.to_owned() + &workload("front", "", target) + &cart;
        assert_eq!(
            System::read(V124, &text).edge("front", "cart").contains("client-mesh ×3"),
            tries,
            "{target} {image}"
        );
    }
}

/// Hosts outside: the mesh tries again where a ServiceEntry says that it is HTTP, and sees nothing of TLS.
#[test]
fn hosts_outside() {
    let out = |protocol: &str| {
        let entry = format!(
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: out}}\nspec: {{hosts: \
             [api.example.com], ports: [{{number: 80, name: a, protocol: {protocol}}}]}}\n"
        );
        System::read(V124, &(MESH.to_owned() + &workload("front", "", "http://api.example.com") + &entry))
    };
    assert_eq!(
        out("HTTP").edge("front", "api.example.com"),
        "client-mesh ×3 platform-default on refused pauses 25,75 :22; client-mesh timeout none disabled :22"
    );
    assert_eq!(out("TLS").edge("front", "api.example.com"), "");
}

/// A route that is delegated counts for the hosts of who delegates; one for other callers or namespaces does not count.
#[test]
fn whose_calls() {
    for (spec, tries) in [
        ("{hosts: [cart], http: [{delegate: {name: more}}]}", "×8"),
        ("{hosts: [cart.default.svc.cluster.local], http: [{retries: {attempts: 6}}]}", "×7"),
        ("{hosts: ['*.default.svc.cluster.local'], http: [{retries: {attempts: 6}}]}", "×7"),
        ("{hosts: [cart], http: [{match: [{sourceLabels: {app: front}}], retries: {attempts: 6}}]}", "×7"),
        ("{hosts: [cart], http: [{match: [{sourceLabels: {app: other}}], retries: {attempts: 6}}]}", "×3"),
        ("{hosts: [cart], exportTo: ['.'], http: [{retries: {attempts: 6}}]}", "×7"),
        ("{hosts: [cart], gateways: [gw], http: [{retries: {attempts: 6}}]}", "×3"),
        ("{hosts: [cart], gateways: [gw, mesh], http: [{match: [{gateways: [gw]}], retries: {attempts: 6}}]}", "×3"),
        // Of several routes the worst counts, and one that says nothing has the default.
        ("{hosts: [cart], http: [{retries: {attempts: 1}}, {route: []}]}", "×3"),
    ] {
        let more = virtual_service("{http: [{retries: {attempts: 7}}]}").replace("name: cart", "name: more");
        let system = System::read(V124, &(MESH.to_owned() + &shop() + &virtual_service(spec) + &more));
        let edge = system.edge("front", "cart");
        assert!(edge.starts_with(&format!("client-mesh {tries} ")), "{spec}: {edge}");
    }
}

/// A gateway of Istio's treats users' requests as sidecars treat those of workloads.
#[test]
fn gateways() {
    let gateway = virtual_service(
        "{hosts: [shop.example], gateways: [gw], http: [{timeout: 9s, route: [{destination: {host: cart}}]}]}",
    );
    let tcp = virtual_service("{hosts: [shop.example], gateways: [gw], tcp: [{route: [{destination: {host: cart}}]}]}");
    let system = |route: &str| {
        let breaker = destination_rule("outlierDetection: {maxEjectionPercent: 100}");
        let route = route.replace("name: cart", "name: way-in");
        System::read(V124, &(workload("cart", "", "") + &route + &breaker))
    };
    assert_eq!(
        system(&gateway).edge("way-in", "cart"),
        "gateway ×3 platform-default on refused pauses 25,75 :18; gateway timeout 9000 ms explicit :18; breaker"
    );
    assert_eq!(
        system(&tcp).edge("way-in", "cart"),
        "gateway ×1 platform-default :18; gateway timeout none disabled :18; breaker"
    );
}

/// Limits of connections and requests, breakers and budgets of a host, for a caller with two replicas.
#[test]
fn destination_rules() {
    let base = "client-mesh ×3 platform-default on refused pauses 25,75";
    let limit = "client-mesh timeout none disabled :3";
    for (policy, expected) in [
        ("connectionPool: {http: {http2MaxRequests: 50}}", format!("{base} :3; SERVER; {limit}; at most 100")),
        (
            "connectionPool: {tcp: {maxConnections: 10}, http: {http2MaxRequests: 50}}",
            format!("{base} :3; SERVER; {limit}; at most 20; assumes http1-connections"),
        ),
        // Without limits Istio sets none, whatever Envoy's own defaults are.
        ("connectionPool: {http: {maxRetries: 3}}", format!("{base} :3; SERVER; {limit}")),
        // Whoever is not ejected still gets calls: that is no breaker of calls to all of them.
        ("outlierDetection: {maxEjectionPercent: 100}", format!("{base} :3; SERVER; {limit}; breaker")),
        (
            "outlierDetection: {maxEjectionPercent: 50}",
            format!("{base} :3; SERVER; {limit}; assumes outlier-detection-50"),
        ),
        (
            "outlierDetection: {consecutive5xxErrors: 3}",
            format!("{base} :3; SERVER; {limit}; assumes outlier-detection-2-of-10"),
        ),
        ("outlierDetection: {consecutive5xxErrors: 0}", format!("{base} :3; SERVER; {limit}")),
        ("retryBudget: {percent: 10}", format!("{base} budget 0.1 :3; SERVER; {limit}")),
        ("retryBudget: {}", format!("{base} budget 0.2 :3; SERVER; {limit}")),
    ] {
        let system = System::read(V124, &(MESH.to_owned() + &shop() + &destination_rule(policy)));
        let server = "server-mesh ×3 platform-default on refused pauses 25,75 :3";
        assert_eq!(system.edge("front", "cart"), expected.replace("SERVER", server), "{policy}");
        assert_eq!(system.problems, [""; 0], "{policy}");
    }
}

/// What all subsets of a host say holds for the host, the weakest of each; what one of them leaves open does not.
#[test]
fn subsets() {
    for (subsets, expected) in [
        ("[{name: a, trafficPolicy: {connectionPool: {http: {http2MaxRequests: 9}}}}, {name: b}]", "at most 10"),
        (
            "[{name: a, trafficPolicy: {connectionPool: {http: {http2MaxRequests: 9}}}}, {name: b, trafficPolicy: \
             {connectionPool: {tcp: {}}}}]",
            "timeout none disabled :3",
        ),
    ] {
        let rule = destination_rule("connectionPool: {http: {http2MaxRequests: 5}}")
            .replace("spec: {", &format!("spec: {{subsets: {subsets}, "));
        let rule = if expected.starts_with("at") { rule.replace("9}", "4}") } else { rule };
        let edge = System::read(V124, &(MESH.to_owned() + &shop() + &rule)).edge("front", "cart");
        assert!(edge.ends_with(expected), "{edge}");
    }
}

/// What is misspelt or of the wrong type is reported where it stands, and no default takes its place.
#[test]
fn mistakes() {
    for (said, problem, expected) in [
        ("retry: {attempts: 3},", "36: unknown field of `http`: `retry`; did you mean `retries`?", "×3"),
        ("retries: {atempts: 3},", "36: unknown field of `retries`: `atempts`; did you mean `attempts`?", "×1"),
        (
            "retries: {attempts: 3, perTryTimeout: 2},",
            "36: `retries.perTryTimeout` cannot be read; write a time with its unit, such as `500ms` or `2s`",
            "×3 unknown",
        ),
        ("retries: {attempts: 3, retryOn: 5xxx},", "36: unknown retry condition `5xxx`; did you mean `5xx`?", "×4"),
        ("retries: 3,", "36: `retries` is a scalar, not a mapping", "×3 unknown"),
    ] {
        let system = System::read("[platform.istio]\nversion = '1.20'", &(MESH.to_owned() + &shop() + &route(said)));
        assert_eq!(system.problems, [problem], "{said}");
        let edge = system.edge("front", "cart");
        assert!(edge.starts_with(&format!("client-mesh {expected}")), "{said}: {edge}");
    }
}

fn sidecar(spec: &str) -> String {
    format!("apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: own}}\nspec: {{{spec}}}\n---\n")
}

/// What a Sidecar does not let the caller's proxy know of, is reached without what the mesh says of it; what it lets in
/// bounds the workload.
#[test]
fn sidecars() {
    let route = route("timeout: 5s, retries: {attempts: 3},");
    let known = "client-mesh ×4 explicit on refused pauses 25,75,175 :36; server-mesh ×3 platform-default on refused \
                 pauses 25,75 :3; client-mesh timeout 5000 ms explicit :36";
    let passed = "client-mesh ×1 platform-default :41; server-mesh ×3 platform-default on refused pauses 25,75 :3; \
                  client-mesh timeout none disabled :41";
    for (spec, expected) in [
        ("", known),
        ("egress: [{hosts: ['./*']}]", known),
        ("egress: [{hosts: ['*/cart.default.svc.cluster.local']}]", known),
        ("egress: [{hosts: ['istio-system/*']}]", passed),
        ("egress: [{hosts: ['./front.default.svc.cluster.local']}]", passed),
        ("workloadSelector: {labels: {app: front}}, egress: [{hosts: ['istio-system/*']}]", passed),
        ("workloadSelector: {labels: {app: cart}}, egress: [{hosts: ['istio-system/*']}]", known),
    ] {
        let system = System::read(V124, &(MESH.to_owned() + &shop() + &route + &sidecar(spec)));
        assert_eq!(system.edge("front", "cart"), expected, "{spec}");
        assert_eq!(system.problems, [""; 0], "{spec}");
    }
    // Two replicas, each of which lets in so many.
    for (spec, capacity) in [
        ("inboundConnectionPool: {http: {http2MaxRequests: 50}, tcp: {maxConnections: 20}}", Some(40.0)),
        ("ingress: [{port: {number: 80}, connectionPool: {http: {http2MaxRequests: 5}}}]", Some(10.0)),
        ("workloadSelector: {labels: {app: front}}, inboundConnectionPool: {http: {http2MaxRequests: 50}}", None),
    ] {
        let system = System::read(V124, &(MESH.to_owned() + &shop() + &sidecar(spec)));
        assert_eq!(system.capacity("cart"), capacity, "{spec}");
    }
    for (spec, problem) in [
        (
            "inboundConnectionPool: {http: {http2MaxRequest: 5}}",
            "36: unknown field of `http`: `http2MaxRequest`; did you mean `http2MaxRequests`?",
        ),
        ("egress: [{host: ['./*']}]", "36: unknown field of `spec.egress`: `host`; did you mean `hosts`?"),
    ] {
        let system = System::read(V124, &(MESH.to_owned() + &shop() + &sidecar(spec)));
        assert_eq!(system.problems, [problem]);
    }
}

/// A VirtualService whose Gateways serve none of its hosts lets nobody in, which is said; one of them is enough.
#[test]
fn gateways_and_their_hosts() {
    let gateway = |hosts: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: gw}}\nspec: {{selector: {{istio: \
             ingressgateway}}, servers: [{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: [{hosts}]}}]}}\n---\n"
        )
    };
    let said = "37: no Gateway of VirtualService default/cart serves `shop.example.com`: nobody comes in; write the host \
                under `servers.hosts` of the Gateway";
    for (hosts, problems) in [
        ("shop.example.com", &[][..]),
        ("'*.example.com'", &[]),
        ("'default/*'", &[]),
        ("other.example.com, 'x/*.example.org'", &[said]),
    ] {
        let service = "{hosts: [shop.example.com], gateways: [gw], http: [{route: [{destination: {host: cart}}]}]}";
        let system = System::read("", &(shop() + &gateway(hosts) + &virtual_service(service)));
        assert_eq!(system.problems, problems, "{hosts}");
    }
}
