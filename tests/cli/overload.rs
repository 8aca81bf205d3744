//! Overload, cascades, queues, loops through pools and through what repairs, from native manifests: the hand-checked
//! oracles of the theory, as users see them.

use super::Folder;
use super::load::{close, id, json_of, manifest, rules, text_of};
use serde_json::{Value, json};

fn row<'v>(report: &'v Value, component: &str) -> &'v Value {
    let rows = report["metastable"].as_array().unwrap();
    rows.iter().find(|r| r["component"] == component).unwrap_or_else(|| panic!("{component} in {report}"))
}

/// THEORY 2.7, one server of 1,000 requests a second behind three tries: 300 recovers, 700 does not, with a budget of
/// 10 % it does; HotOS '21 with one retry of 300.
#[test]
fn one_server() {
    for (rps, retry, limit, amplification, regime) in [
        (300, "tries: 3", 1000.0, 3.0, "stable"),
        (700, "tries: 3", 1000.0, 3.0, "vulnerable"),
        (700, "tries: 3, budget: 0.1", 1000.0, 1.1, "stable"),
        (1200, "tries: 3", 1000.0, 3.0, "overloaded"),
        (149, "tries: 2", 300.0, 2.0, "stable"),
        (280, "tries: 2", 300.0, 2.0, "vulnerable"),
    ] {
        let client = format!("entry: true, load: {{rps: {rps}}}, dependsOn: [{{name: db, retry: {{{retry}}}}}]");
        let folder = manifest(&[("client", &client), ("db", &format!("capacity: {{rps: {limit}}}"))]);
        let report = json_of(&folder, &["scan"]);
        let db = row(&report, &id("db"));
        assert_eq!((&db["load"], &db["regime"]), (&json!(rps), &json!(regime)), "{rps} {retry}");
        assert!(
            close(&db["amplification"], amplification) && close(&db["hidden_capacity"], limit / amplification),
            "{db}"
        );
        assert_eq!(db["sustained_by"], if regime == "vulnerable" { json!([id("db")]) } else { json!([]) });
        assert_eq!(rules(&report, "LP041").len(), usize::from(regime != "stable"));
        let alone = json_of(&folder, &["overload"]);
        assert_eq!(alone["metastable"], report["metastable"]);
        let known: Vec<&Value> = report["assumptions"].as_array().unwrap().iter().map(|a| &a["id"]).collect();
        assert!(db["assumptions"].as_array().unwrap().iter().all(|id| known.contains(&id)), "{db}");
        assert!(db["assumptions"].as_array().unwrap().contains(&json!("overloaded-answers-nobody")));
    }
    let folder = manifest(&[
        ("client", "entry: true, load: {rps: 700}, dependsOn: [{name: db, retry: {tries: 3}}]"),
        ("db", "capacity: {rps: 1000}"),
    ]);
    let text = text_of(&folder, &["overload"]);
    assert!(
        text.contains("db  vulnerable  700 of 1,000 a second  × 3 once overloaded: recovers by itself up to 333"),
        "{text}"
    );
    assert!(text.contains("a retry budget of at most 42 %, a circuit breaker on client → db"), "{text}");
}

/// A kind with a spec, as a native document.
fn document(kind: &str, name: &str, spec: &str) -> String {
    format!("apiVersion: linchpin/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n---\n")
}

/// THEORY 2.7 and SEMANTICS G.5: 10,000 requests a second on a cache that answers 95 of 100.
#[test]
fn a_cold_cache() {
    let text = [
        document("Service", "web", "entry: true, load: {rps: 10000}, dependsOn: [sessions]"),
        document("Cache", "sessions", "hitRatio: 0.95, dependsOn: [db]"),
        document("Datastore", "db", "capacity: {rps: 2000}"),
    ];
    let folder = Folder::with(&[("a.yaml", &text.concat())]);
    let report = json_of(&folder, &["scan"]);
    let db = row(&report, "datastore:default/db");
    assert!(
        close(&db["load"], 500.0) && close(&db["amplification"], 20.0) && close(&db["hidden_capacity"], 100.0),
        "{db}"
    );
    assert_eq!(
        (&db["regime"], rules(&report, "LP042")),
        (&json!("vulnerable"), vec![json!(["datastore:default/db", "cache:default/sessions"])])
    );
    let cold = report["cascades"].as_array().unwrap().iter().find(|c| c["what"] == "cold-cache").unwrap();
    assert_eq!(
        (&cold["trigger"], &cold["overloaded"][0]["load"], &cold["overloaded"][0]["stays"]),
        (&json!("cache:default/sessions"), &json!(10000), &json!(true))
    );
    assert!(rules(&report, "LP040").is_empty(), "it is told once");
    // Twice the capacity that an empty cache asks for is enough.
    let folder = Folder::with(&[("a.yaml", &text.concat().replace("2000", "20000"))]);
    let report = json_of(&folder, &["scan"]);
    assert!(rules(&report, "LP042").is_empty() && rules(&report, "LP041").is_empty());
}

/// THEORY 2.7, both bounds: at worst both stay down, for certain only the first.
#[test]
fn both_bounds() {
    let folder = manifest(&[
        ("client", "entry: true, load: {rps: 200}, dependsOn: [{name: a, retry: {tries: 2}}]"),
        ("a", "capacity: {rps: 300}, dependsOn: [{name: db, retry: {tries: 3}}]"),
        ("db", "capacity: {rps: 1000}"),
    ]);
    let report = json_of(&folder, &["scan"]);
    let regimes = |name: &str| ["regime", "certain_regime"].map(|key| row(&report, &id(name))[key].clone());
    assert_eq!(
        (regimes("a"), regimes("db")),
        ([json!("vulnerable"), json!("vulnerable")], [json!("vulnerable"), json!("stable")])
    );
    assert!(close(&row(&report, &id("db"))["amplification"], 6.0));
    let severities: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["rule"] == "LP041")
        .map(|f| &f["severity"])
        .collect();
    assert_eq!(severities, ["error", "warning"]);
}

/// SEMANTICS G.4: 0.70 of three zones' capacity is too much for two of them (1.05), 0.60 is not (0.90).
#[test]
fn a_zone_is_lost() {
    for (rps, falls) in [(700, true), (600, false)] {
        let web = format!("entry: true, replicas: 3, zones: [a, b, c], capacity: {{rps: 1000}}, load: {{rps: {rps}}}");
        let report = json_of(&manifest(&[("web", &web)]), &["scan"]);
        assert_eq!(rules(&report, "LP040"), if falls { vec![json!([id("web")])] } else { Vec::new() });
        let zone = report["cascades"].as_array().unwrap().iter().find(|c| c["trigger"] == "zone:a");
        let load = zone
            .map(|z| z["overloaded"][0]["load"].as_f64().unwrap() / z["overloaded"][0]["capacity"].as_f64().unwrap());
        assert!(load.is_some() == falls && load.is_none_or(|u| (u - 1.05).abs() < 1e-9), "{load:?}");
    }
}

/// SEMANTICS G.8: ten minutes at 100 a second are 60,000 messages, and 3,000 s at 120.
#[test]
fn a_backlog() {
    let text = [
        document("Service", "web", "entry: true, load: {rps: 100}, dependsOn: [{name: orders, interaction: publish}]"),
        document("Queue", "orders", ""),
        document("Service", "worker", "capacity: {rps: 120}, dependsOn: [{name: orders, interaction: consume}]"),
    ];
    let folder = Folder::with(&[("a.yaml", &text.concat())]);
    let report = json_of(&folder, &["overload"]);
    let backlog = &report["backlogs"][0];
    for (key, expected) in
        [("load", 100), ("drain", 120), ("outage_ms", 600_000), ("backlog", 60_000), ("drain_ms", 3_000_000)]
    {
        assert_eq!(backlog[key], expected, "{key}");
    }
    assert!(
        text_of(&folder, &["overload"]).contains("10 min without worker leave 60,000 waiting, worked off in 50 min")
    );
    let folder = Folder::with(&[("a.yaml", &text.concat().replace("rps: 120", "rps: 100"))]);
    let backlog = json_of(&folder, &["overload"])["backlogs"][0].clone();
    assert_eq!((&backlog["drain_ms"], &backlog["unbounded"]), (&Value::Null, &json!(true)));
    assert!(text_of(&folder, &["overload"]).contains("never worked off"));
}

/// What a queue of one's own keeps, hides and delivers is said in its native manifest: what is too old is lost, a consumer
/// that may take longer than messages are hidden gets them twice, and a poisonous one needs dead letters.
#[test]
fn a_queue_of_ones_own() {
    let system = |queue: &str| {
        let web = "entry: true, load: {rps: 100}, dependsOn: [{name: orders, interaction: publish}]";
        let worker = "capacity: {rps: 120}, timeout: 25s, dependsOn: [{name: orders, interaction: consume}]";
        let text = [
            document("Service", "web", web),
            document("Queue", "orders", queue),
            document("Service", "worker", worker),
        ];
        Folder::with(&[("a.yaml", &text.concat())])
    };
    let backlog = json_of(&system("retention: 5m"), &["overload"])["backlogs"][0].clone();
    assert_eq!((&backlog["retention_ms"], &backlog["lost"]), (&json!(300_000), &json!(30_000)), "{backlog}");
    for (visibility, found) in [("20s", 1), ("30s", 0)] {
        let report = json_of(&system(&format!("visibility: {visibility}, deliveries: 3, deadLetter: true")), &["scan"]);
        assert_eq!((rules(&report, "LP030").len(), rules(&report, "LP050").len()), (found, 0), "{visibility}");
        let given_up = if found == 1 { 60_000 } else { 90_000 };
        assert_eq!(report["backlogs"][0]["given_up_after_ms"], given_up);
    }
    let report = json_of(&system("deliveries: unlimited, deadLetter: false"), &["scan"]);
    assert_eq!(rules(&report, "LP050").len(), 1);
}

/// Those who try again come back at once unless their pauses are random: a native manifest says whether they are.
#[test]
fn a_herd_with_and_without_jitter() {
    for (jitter, known, said) in [
        ("", Value::Null, Some("requests try it at once; random pauses of up to 200 ms would make that")),
        (
            ", jitter: false",
            json!(false),
            Some("requests try it at once; random pauses of up to 200 ms would make that"),
        ),
        (", jitter: true", json!(true), Some("requests try it within the 200 ms of their random pauses: ")),
        (", jitter: true, timeout: 300ms", json!(true), None),
    ] {
        let retry = format!("{{tries: 3, backoff: [200ms]{jitter}}}");
        let client = format!("entry: true, load: {{rps: 600}}, dependsOn: [{{name: db, timeout: 2s, retry: {retry}}}]");
        let folder = manifest(&[("client", &client), ("db", "capacity: {rps: 1000}")]);
        let herd = json_of(&folder, &["overload"])["metastable"].clone();
        let herd = row(&json!({"metastable": herd}), &id("db"))["herd"].clone();
        assert_eq!(herd["jitter"], known, "{herd}");
        let text = text_of(&folder, &["overload"]);
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.map_or(!one_line.contains("answers again"), |said| one_line.contains(said)), "{text}");
        // What is known to come back together is noted; what nobody knows is not.
        let report = json_of(&folder, &["scan"]);
        let found = report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "LP023");
        let severities: Vec<&Value> = found.map(|f| &f["severity"]).collect();
        assert_eq!(severities, vec!["note"; usize::from(known == json!(false))], "{jitter}");
    }
}

/// THEORY 2.0, oracle T: a consumer of 150 a second that is down for half an hour leaves 180,000 messages at 100 a second,
/// and takes an hour for them; who sends is not affected. That is part of the answer to what its failure does.
#[test]
fn what_waits_is_part_of_the_blast() {
    let text = [
        document("Service", "web", "entry: true, load: {rps: 100}, dependsOn: [{name: jobs, interaction: publish}]"),
        document("Queue", "jobs", ""),
        document("Service", "worker", "capacity: {rps: 150}, dependsOn: [{name: jobs, interaction: consume}]"),
    ];
    let folder = Folder::with(&[("a.yaml", &text.concat())]);
    for fault in ["outage", "latency", ""] {
        let asked = ["blast", "worker", "--duration", "30m", "--fault", fault];
        let found = json_of(&folder, &asked[..if fault.is_empty() { 2 } else { 6 }]);
        assert_eq!(found["entries"], json!([]), "{found:#}");
        let link = found["links"].as_array().unwrap().iter().find(|l| l["what"] == "piles-up").unwrap().clone();
        assert_eq!((&link["component"], &link["consumer"]), (&json!("queue:default/jobs"), &json!(id("worker"))));
        let (waiting, drain) = if fault.is_empty() { (60_000.0, 1_200_000.0) } else { (180_000.0, 3_600_000.0) };
        assert!(close(&link["waiting"], waiting) && close(&link["drain_ms"], drain), "{link}");
    }
    let text = text_of(&folder, &["blast", "worker", "--duration", "30m"]);
    assert!(text.contains("180,000 wait in jobs after 30 min without worker (100/s), worked off in 1 h"), "{text}");
    // A queue that is down keeps nothing.
    let both = json_of(&folder, &["blast", "worker", "jobs"]);
    assert!(both["links"].as_array().is_none_or(Vec::is_empty), "{both:#}");
}

/// A loop through a pool is told link by link, with the rate that is enough where no load is known.
#[test]
fn a_loop_through_a_pool() {
    let front = |load: &str| format!("entry: true, {load}dependsOn: [{{name: shop, retry: {{tries: 3}}}}]");
    let shop = "latency: {p99: 0ms}, pools: [{name: connections}], dependsOn: [{name: pay, timeout: 5s}]";
    let system = |load: &str| {
        let services = [("front", front(load)), ("shop", shop.to_owned()), ("pay", String::new())];
        let text: String = services.iter().map(|(name, spec)| document("Service", name, spec)).collect();
        Folder::with(&[("a.yaml", &(text + &document("Pool", "connections", "capacity: {concurrency: 200}")))])
    };
    let text = text_of(&system(""), &["overload"]);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains(
            "pay slow → shop holds one of the 200 places of pool connections for 5 s each → none left from 40 requests a second on → \
             front times out and tries 3 times → 3 times the load on shop: it feeds itself from 13 requests a second on"
        ),
        "{flat}"
    );
    for (rps, feeds) in [(13, false), (14, true)] {
        let report = json_of(&system(&format!("load: {{rps: {rps}}}, ")), &["overload"]);
        let row = &report["feedback"][0];
        assert!(close(&row["gain"], f64::from(rps) * 15.0 / 200.0) && row["feeds_itself"] == feeds, "{row}");
    }
}

/// What is needed to see or repair something must not go down with it: declared, whatever way back the failure takes.
#[test]
fn recovery_loops() {
    let loops = |services: &[(&str, &str)]| rules(&json_of(&manifest(services), &["scan"]), "LP083");
    let login = ("login", "entry: true, dependsOn: [{name: vpn, interaction: recover}]");
    assert_eq!(loops(&[login, ("vpn", "dependsOn: [login]")]), [json!([id("login"), id("vpn")])]);
    assert_eq!(
        loops(&[login, ("vpn", "dependsOn: [gate]"), ("gate", "dependsOn: [login]")]),
        [json!([id("login"), id("vpn")])]
    );
    let seen = ("login", "entry: true, dependsOn: [{name: vpn, interaction: observe}]");
    assert_eq!(loops(&[seen, ("vpn", "dependsOn: [login]")]).len(), 1);
    // It works without, it has another one, it only watches back: no loop.
    for vpn in [
        "dependsOn: [{name: login, criticality: soft}]",
        "dependsOn: [{need: 1, of: [login, local]}]",
        "dependsOn: [{name: login, interaction: observe}]",
    ] {
        assert!(loops(&[login, ("vpn", vpn), ("local", "")]).is_empty(), "{vpn}");
    }
    let text = text_of(&manifest(&[login, ("vpn", "dependsOn: [login]")]), &["scan"]);
    assert!(
        text.contains("No way back      vpn is needed to repair login and goes down with it: vpn → login"),
        "{text}"
    );
}

/// A Deployment with its Service; `pod` is what its one container has beside a name.
fn workload(namespace: &str, name: &str, pod: &str) -> String {
    let meta = format!("metadata: {{name: {name}, namespace: {namespace}}}");
    let template = format!("metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: {name}, {pod}}}]}}");
    format!(
        "apiVersion: apps/v1\nkind: Deployment\n{meta}\nspec: {{selector: {{matchLabels: {{app: {name}}}}}, template: {{{template}}}}}\n\
         ---\napiVersion: v1\nkind: Service\n{meta}\nspec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}\n---\n"
    )
}

/// The registry that an image comes from is needed to start its pods again, if it is one of the cluster's own.
#[test]
fn a_registry_that_needs_what_it_starts() {
    for (image, found) in [("registry.infra:5000/shop/web:1", 1), ("registry.example.com/shop/web:1", 0), ("web:1", 0)]
    {
        let web = workload("shop", "web", &format!("image: '{image}'"));
        let registry =
            workload("infra", "registry", "image: registry, env: [{name: AUTH_URL, value: 'http://web.shop/auth'}]");
        let folder = Folder::with(&[("a.yaml", &(web + &registry))]);
        let report = json_of(&folder, &["scan"]);
        assert_eq!(rules(&report, "LP083").len(), found, "{image}");
        let graph = json_of(&folder, &["graph"]);
        let recover = graph["dependencies"].as_array().unwrap().iter().filter(|d| d["interaction"] == "recover");
        assert_eq!(recover.count(), found, "{image}");
        let blast = json_of(&folder, &["blast", "registry"]);
        assert_eq!(blast["affected"], json!([]), "such a dependency carries no outage");
    }
}

/// A caller that gives 1 s to one who needs 1.35 s for certain is wrong, whatever else that one waits for without a
/// limit; where nothing but the missing limit is wrong, that is what is found.
#[test]
fn certain_inversions() {
    let of = |b: &str| {
        let folder =
            manifest(&[("a", "entry: true, dependsOn: [{name: b, timeout: 1s}]"), ("b", b), ("c", ""), ("d", "")]);
        let report = json_of(&folder, &["scan"]);
        let rows = report["timeouts"].as_array().unwrap();
        let row = rows.iter().find(|r| r["to"] == id("b")).unwrap_or_else(|| panic!("{report}")).clone();
        (rules(&report, "LP030").len(), row, text_of(&folder, &["timeouts"]))
    };
    let limited = "{name: c, retry: {tries: 3, perTryTimeout: 400ms, backoff: [50ms, 100ms]}}";
    for other in ["d", "{name: d, timeout: none}"] {
        let (found, row, text) = of(&format!("dependsOn: [{limited}, {other}]"));
        assert_eq!((found, &row["at_least_ms"], &row["unbounded"]), (1, &json!(1350), &json!(true)), "{other}");
        assert!(text.contains("may need 1.4 s or more  350 ms short or more"), "{text}");
    }
    let (found, row, text) = of("dependsOn: [{name: c, timeout: 300ms}, {name: d, timeout: none}]");
    assert_eq!((found, &row["at_least_ms"]), (0, &json!(300)));
    assert!(text.contains("nothing limits what is behind"), "{text}");
}
