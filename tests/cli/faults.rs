//! Faults other than outages, as users see them: the hand-checked oracles of the theory from native manifests, the two
//! stories, and what stops each.

use super::load::{json_of, text_of};
use super::{Folder, fixture};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// A folder with one native document for each of these: kind, name, spec as flow YAML without its braces.
fn system(components: &[(&str, &str, &str)]) -> Folder {
    let document = |(kind, name, spec): &(&str, &str, &str)| {
        format!("apiVersion: linchpin/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n---\n")
    };
    Folder::with(&[("a.yaml", &components.iter().map(document).collect::<String>())])
}

fn blast(folder: &Folder, args: &[&str]) -> Value {
    folder.json(&[&["blast"], args].concat())
}

fn rows<'v>(value: &'v Value, key: &str) -> &'v Vec<Value> {
    value[key].as_array().unwrap()
}

fn short(id: &Value) -> &str {
    id.as_str().unwrap().rsplit('/').next().unwrap()
}

/// `name` of what fails and `name?` of what is degraded.
fn affected(blast: &Value) -> BTreeSet<String> {
    let word = |a: &Value| format!("{}{}", short(&a["id"]), if a["state"] == "degraded" { "?" } else { "" });
    rows(blast, "affected").iter().map(word).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&n| n.to_owned()).collect()
}

fn of<'v>(blast: &'v Value, name: &str) -> &'v Value {
    let found = rows(blast, "affected").iter().find(|a| short(&a["id"]) == name);
    found.unwrap_or_else(|| panic!("{name} in {blast:#}"))
}

/// The link of a sort that happens to a component.
fn link<'v>(blast: &'v Value, what: &str, name: &str) -> &'v Value {
    let found = rows(blast, "links").iter().find(|l| l["what"] == what && short(&l["component"]) == name);
    found.unwrap_or_else(|| panic!("{what} {name} in {blast:#}"))
}

fn stops(blast: &Value) -> BTreeSet<String> {
    rows(blast, "stops").iter().map(|s| format!("{} {}", short(&s["component"]), s["by"].as_str().unwrap())).collect()
}

fn close(value: &Value, expected: f64) -> bool {
    value.as_f64().is_some_and(|v| (v - expected).abs() <= 1e-6 * expected.abs().max(1e-6))
}

/// Somebody late, somebody who waits with a pool of his own size, somebody who shares the pool.
fn pool(capacity: &str, load: &str, own: &str, edge: &str) -> Folder {
    let waiting = format!(
        "entry: true, load: {{rps: {load}}}, latency: {{p50: {own}}}, pools: [{{name: p}}], dependsOn: [{{name: slow{edge}}}]"
    );
    system(&[
        ("Service", "u", &waiting),
        ("Service", "other", "entry: true, pools: [{name: p, uses: 0}]"),
        ("External", "slow", ""),
        ("Pool", "p", &format!("capacity: {{concurrency: {capacity}}}")),
    ])
}

/// SEMANTICS G.2: a pool of 200 at 100 requests a second of 0.2 s each is used up after 1.8 s when calls hang for 5 s, and
/// then serves 40 a second; with a limit of 1 s it holds.
#[test]
fn pools_drain_by_littles_law() {
    let hang = blast(&pool("200", "100", "200ms", ", timeout: 4800ms"), &["slow", "--fault", "latency"]);
    assert_eq!(affected(&hang), set(&["u", "other"]));
    let drains = link(&hang, "drains", "p");
    assert!(close(&drains["held"], 500.0) && close(&drains["at_ms"], 1800.0), "{drains}");
    assert!(close(&drains["capacity"], 200.0) && close(&drains["rps"], 100.0), "{drains}");
    // 40 of 100 a second still get something.
    let other = of(&hang, "other");
    assert!(close(&other["share"], 0.6) && close(&other["time_to_impact_ms"], 1800.0), "{other}");
    assert_eq!(rows(other, "path").iter().map(short).collect::<Vec<_>>(), ["external:slow", "u", "p", "other"]);

    let limited = blast(&pool("200", "100", "0ms", ", timeout: 1s"), &["slow", "--fault", "latency"]);
    assert_eq!(affected(&limited), set(&["u"]));
    let holds = rows(&limited, "stops").iter().find(|s| s["by"] == "timeout").unwrap();
    assert!(close(&holds["held"], 100.0) && close(&holds["capacity"], 200.0), "{holds}");

    // What is over before the pool is used up starves nobody.
    let args = ["slow", "--fault", "latency", "--duration", "1s"];
    assert_eq!(affected(&blast(&pool("200", "100", "200ms", ", timeout: 4800ms"), &args)), set(&["u"]));
}

/// The SRE book, chapter 22: 1,000 threads, 1,000 requests a second of 100 ms, 5 % of which hang until 100 s have passed:
/// 5,095 threads would be needed, so that 19.6 % are served.
#[test]
fn five_percent_take_down_eighty() {
    let spec = "entry: true, load: {rps: 1000}, latency: {p50: 100ms}, capacity: {concurrency: 1000}, timeout: 100s, \
                dependsOn: [{name: slow, share: 0.05}]";
    let folder = system(&[("Service", "web", spec), ("External", "slow", "")]);
    let found = blast(&folder, &["slow", "--fault", "latency"]);
    assert!(close(&link(&found, "fills", "web")["held"], 5095.0), "{found:#}");
    let web = of(&found, "web");
    assert!(close(&web["share"], 1.0 - 1000.0 / 5095.0) && web["state"] == "failed", "{web}");
}

/// THEORY 2.3: two clients hold 30 each of a pool of 100; one becomes three times as slow, wants 90, and the other one,
/// whose own dependencies are fine, finds too little.
#[test]
fn a_shared_pool_starves_who_never_calls_what_is_slow() {
    let folder = system(&[
        ("Service", "u", "entry: true, load: {rps: 150}, latency: {p50: 0ms}, pools: [{name: p}], dependsOn: [db]"),
        ("Service", "v", "entry: true, load: {rps: 150}, latency: {p50: 200ms}, pools: [{name: p}]"),
        ("Datastore", "db", "latency: {p50: 200ms}"),
        ("Pool", "p", "capacity: {concurrency: 100}"),
    ]);
    let found = blast(&folder, &["db", "--fault", "latency", "--latency", "600ms"]);
    assert!(close(&link(&found, "drains", "p")["held"], 120.0), "{found:#}");
    assert_eq!(affected(&found), set(&["u", "v"]));
    assert!(close(&of(&found, "v")["share"], 1.0 - 100.0 / 120.0));
    // Twice as slow fits: 60 and 30.
    assert_eq!(affected(&blast(&folder, &["db", "--fault", "latency", "--latency", "400ms"])), set(&["u?"]));
}

/// Where nobody knows how many requests come, the number that is enough is told, and the answer says that it rests on it.
#[test]
fn unknown_rates_are_assumptions() {
    let folder = system(&[
        ("Service", "u", "entry: true, pools: [{name: p}], dependsOn: [{name: slow, timeout: 5s}]"),
        ("Service", "other", "entry: true, pools: [{name: p}]"),
        ("External", "slow", ""),
        ("Pool", "p", "capacity: {concurrency: 200}"),
    ]);
    let found = blast(&folder, &["slow", "--fault", "latency"]);
    let drains = link(&found, "drains", "p");
    assert!(close(&drains["enough_rps"], 40.0) && drains.get("rps").is_none(), "{drains}");
    assert!(drains["held"].is_null() && drains["unbounded"] == true, "{drains}");
    let rests = |row: &Value| rows(row, "assumptions").iter().any(|a| a == "rate-unknown");
    assert!(rests(drains) && rests(of(&found, "other")), "{found:#}");
    assert!(rows(&found, "assumptions").iter().any(|a| a["id"] == "rate-unknown"));
    let text = folder.run(&["blast", "slow", "--fault", "latency"]).out;
    assert!(text.contains("40/s are enough for all 200") && text.contains("Assumed"), "{text}");
}

/// Delay crosses soft edges, limits and shares: who only waits is degraded, who waits for ever or longer than is allowed
/// fails, and the share follows the requests.
#[test]
fn delay_is_not_failure() {
    let folder = system(&[
        ("Service", "web", "entry: true, dependsOn: [{name: api, share: 0.3, timeout: 30s}]"),
        ("Service", "api", "timeout: 5s, dependsOn: [{name: ads, criticality: soft, timeout: 10s}]"),
        ("Service", "ads", "latency: {p50: 100ms}"),
    ]);
    for (args, expected, share) in [
        (&["--latency", "2s"][..], &["api?", "web?"][..], 0.3),
        // `api` goes on without `ads` when it has waited 10 s for it, but allows itself 5 s only.
        (&[], &["api", "web"], 0.3),
    ] {
        let found = blast(&folder, &[&["ads", "--fault", "latency"], args].concat());
        assert_eq!(affected(&found), set(expected), "{found:#}");
        assert!(close(&of(&found, "web")["share"], share), "{found:#}");
    }
    // As an outage it is contained: nobody fails, and no request is hit.
    let outage = blast(&folder, &["ads"]);
    assert_eq!(affected(&outage), set(&["api?"]));
    assert_eq!((&of(&outage, "api")["share"], &of(&outage, "api")["without_share"]), (&json!(0), &json!(1)));
    // Without any limit the wait has no end.
    let folder = system(&[
        ("Service", "web", "entry: true, dependsOn: [{name: ads, criticality: soft, timeout: none}]"),
        ("Service", "ads", ""),
    ]);
    let found = blast(&folder, &["ads", "--fault", "latency"]);
    assert_eq!(affected(&found), set(&["web"]));
    assert!(link(&found, "waits", "web")["ms"].is_null());
}

/// "One slow dependency takes everything down": each link with its numbers, in the order in which it happens.
#[test]
fn the_story_of_the_slow_dependency() {
    let folder = Folder::new();
    let before = fixture("stories/slow-dependency/before");
    let path = before.to_str().unwrap();
    let found = blast(&folder, &["pricing.example.com", "--fault", "latency", "--latency", "8s", "-m", path]);
    let told: Vec<String> = rows(&found, "links")
        .iter()
        .map(|l| format!("{} {}", l["what"].as_str().unwrap(), short(&l["component"])))
        .collect();
    let order = [
        "late external:pricing.example.com",
        "waits checkout",
        "retries checkout",
        "drains lambda-concurrency",
        "starved account",
        "starved search",
        "gives-up checkout",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|o| told.iter().position(|t| t == o)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {told:#?}");
    assert!(close(&link(&found, "late", "external:pricing.example.com")["usual_ms"], 200.0));
    let waits = link(&found, "waits", "checkout");
    assert!(close(&waits["ms"], 15_000.0) && close(&waits["tries"], 3.0), "{waits}");
    assert!(close(&link(&found, "retries", "checkout")["rps"], 300.0));
    // 100 a second for 15.05 s, and 38 of the others.
    let drains = link(&found, "drains", "lambda-concurrency");
    assert!(close(&drains["held"], 1543.0) && close(&drains["capacity"], 1000.0), "{drains}");
    let victims = affected(&found);
    for victim in ["account", "search", "checkout"] {
        assert!(victims.contains(victim), "{victims:?}");
    }
    assert_eq!(rows(&found, "entries").len(), 3);
    let text = folder.run(&["blast", "pricing.example.com", "--fault", "latency", "--latency", "8s", "-m", path]).out;
    for sentence in [
        "pricing.example.com answers after 8 s instead of 200 ms",
        "checkout waits 15 s for pricing.example.com instead of 200 ms, 3 tries",
        "checkout calls pricing.example.com 3 times for each call, 300/s",
        "pool lambda-concurrency is exhausted after 9.4 s: checkout holds it while waiting; 100/s need 1,505 at once beside 38 of others, it has 1,000",
        "search finds nothing left in pool lambda-concurrency for 35 % of its requests",
    ] {
        assert!(text.contains(sentence), "{sentence} in {text}");
    }
}

/// What is added to the slow dependency's story, and where the same run then stops: nobody who does not call it suffers.
#[test]
fn what_stops_the_slow_dependency() {
    let files = |edits: &[(&str, &str)]| {
        let read = |name: &str| {
            let path = fixture("stories/slow-dependency/before").join(name);
            let text = fs::read_to_string(path).unwrap();
            edits.iter().fold(text, |text, (from, to)| text.replace(from, to))
        };
        Folder::with(&[("serverless.yml", &read("serverless.yml")), ("linchpin.yaml", &read("linchpin.yaml"))])
    };
    let call = "{name: pricing.example.com, retry: {tries: 3, perTryTimeout: 5s}}";
    for (edits, stop, spared) in [
        (
            &[("    handler: src/checkout.handler", "    handler: src/checkout.handler\n    reservedConcurrency: 300")]
                [..],
            "checkout reserved",
            true,
        ),
        (&[(call, "{name: pricing.example.com, circuitBreaker: true, timeout: 5s}")], "checkout circuit-breaker", true),
        (&[(call, "{name: pricing.example.com, timeout: 1s}")], "checkout timeout", true),
        (&[(call, "{name: pricing.example.com, interaction: publish}")], "checkout asynchronous", true),
        // A budget alone keeps the load down, not the waiting.
        (
            &[(call, "{name: pricing.example.com, retry: {tries: 3, perTryTimeout: 5s, budget: 0.1}}")],
            "checkout budget",
            false,
        ),
        (&[], "", false),
    ] {
        let found = blast(&files(edits), &["pricing.example.com", "--fault", "latency", "--latency", "8s"]);
        let stops = stops(&found);
        assert!(stop.is_empty() || stops.contains(stop), "{stop} in {stops:?}");
        let victims = affected(&found);
        let search = victims.iter().any(|v| v.contains("search"));
        assert_eq!(search, !spared, "{edits:?}: {victims:?}");
    }
}

/// "The payment provider takes 4 s": the pool drains, the catalogue is blocked, retries come on top, and a deploy kills
/// what is under way; with a queue, a breaker, a budget and a reservation only the payments wait.
#[test]
fn the_story_of_the_payment_provider() {
    let folder = Folder::new();
    let run = |version: &str| {
        let path = fixture("stories/payments").join(version);
        blast(&folder, &["pay-provider", "--fault", "latency", "--latency", "4s", "-m", path.to_str().unwrap()])
    };
    let before = run("before");
    let told: Vec<&Value> = rows(&before, "links").iter().map(|l| &l["what"]).collect();
    for what in ["late", "waits", "retries", "killed", "drains", "starved", "gives-up", "fails"] {
        assert!(told.iter().any(|t| *t == what), "{what} in {told:?}");
    }
    assert!(close(&link(&before, "late", "external:pay-provider")["usual_ms"], 40.0));
    assert!(close(&link(&before, "waits", "payments")["ms"], 4500.0));
    let killed = link(&before, "killed", "checkout");
    assert!(close(&killed["drain_ms"], 5000.0) && killed["needs_ms"].as_f64().unwrap() > 9000.0, "{killed}");
    let drains = link(&before, "drains", "orders-db-connections");
    assert!(close(&drains["capacity"], 97.0) && close(&drains["rps"], 40.0), "{drains}");
    assert!(drains["held"].as_f64().unwrap() > 360.0, "{drains}");
    assert_eq!(affected(&before), set(&["payments", "checkout", "catalogue", "storefront"]));
    let path: Vec<&str> = rows(of(&before, "catalogue"), "path").iter().map(short).collect();
    assert_eq!(path, ["external:pay-provider", "payments", "checkout", "orders-db-connections", "catalogue"]);

    let after = run("after");
    assert_eq!(affected(&after), set(&["payments"]));
    let stops = stops(&after);
    assert!(stops.contains("checkout asynchronous") && stops.contains("payments circuit-breaker"), "{stops:?}");
    assert!(rows(&after, "entries").is_empty());
}

/// Bad data goes from its writer to the store and on to all readers and callers, whatever their replicas, and stops at a
/// queue that puts aside what cannot be handled.
#[test]
fn corruption_is_copied() {
    let components = [
        ("Service", "web", "entry: true, dependsOn: [orders, {name: search, criticality: soft}]"),
        (
            "Service",
            "orders",
            "replicas: 3, dependsOn: [{name: db, interaction: write}, {name: events, interaction: publish}]",
        ),
        ("Service", "search", "replicas: 5, dependsOn: [{name: db, interaction: read}]"),
        ("Service", "mailer", "dependsOn: [{name: events, interaction: consume}]"),
        ("Service", "audit", "dependsOn: [{name: db, interaction: write}]"),
        ("Queue", "events", ""),
        ("Datastore", "db", "replicas: 3"),
    ];
    let folder = system(&components);
    let found = blast(&folder, &["orders", "--fault", "corruption"]);
    assert_eq!(affected(&found), set(&["db", "events", "mailer", "search", "web"]));
    assert_eq!(affected(&blast(&folder, &["db", "--fault", "corruption"])), set(&["search", "web"]));
    assert_eq!(affected(&blast(&folder, &["mailer", "--fault", "corruption"])), set(&[]));
    // A store of which nobody says how it is used is both read and written, which is an assumption.
    let folder =
        system(&[("Service", "a", "dependsOn: [db]"), ("Service", "b", "dependsOn: [db]"), ("Datastore", "db", "")]);
    let found = blast(&folder, &["a", "--fault", "corruption"]);
    assert_eq!(affected(&found), set(&["b", "db"]));
    assert!(rows(&found, "assumptions").iter().any(|a| a["id"] == "store-direction-unknown"), "{found:#}");
}

/// SEMANTICS G.6: five deliveries 30 s apart are 150 s; without a dead-letter queue four days are 11,520 deliveries, and
/// only then is it LP050.
#[test]
fn poison_needs_a_dead_letter_queue() {
    let queue = |redrive: &str| {
        format!(
            "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: jobs\n      VisibilityTimeout: 30\n      MessageRetentionPeriod: 345600\n{redrive}  Dead:\n    Type: AWS::SQS::Queue\n  Worker:\n    Type: AWS::Lambda::Function\n    Properties: {{Timeout: 5, Runtime: python3.12, Handler: a.b}}\n  Source:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties:\n      EventSourceArn: !GetAtt Jobs.Arn\n      FunctionName: !Ref Worker\n"
        )
    };
    let redrive = "      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}\n";
    let found = |text: &str| {
        let folder = Folder::with(&[("template.yaml", text)]);
        let report = folder.json(&["scan"]);
        let rules: Vec<String> = rows(&report, "findings")
            .iter()
            .filter(|f| f["rule"] == "LP050")
            .map(|f| f["message"].as_str().unwrap().to_owned())
            .collect();
        (rules, blast(&folder, &["Jobs", "--fault", "corruption"]))
    };
    let (rules, poisoned) = found(&queue(""));
    assert!(rules.len() == 1 && rules[0].contains("11,520 times"), "{rules:?}");
    assert!(close(&link(&poisoned, "poisoned", "Worker")["deliveries"], 11_520.0));
    let (rules, stopped) = found(&queue(redrive));
    assert!(rules.is_empty() && affected(&stopped).is_empty(), "{rules:?} {stopped:#}");
    let stop = &rows(&stopped, "stops")[0];
    assert!(
        stop["by"] == "dead-letters" && close(&stop["blocked_ms"], 150_000.0) && close(&stop["deliveries"], 5.0),
        "{stop}"
    );
}

/// A change takes all who mount it at once, whatever their replicas, and goes on as an outage; optional mounts stop it.
#[test]
fn a_change_takes_all_at_once() {
    let workload = |name: &str, replicas: u32, optional: bool, env: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n        - name: {name}\n          image: registry.example.com/{name}\n          envFrom: [{{configMapRef: {{name: settings, optional: {optional}}}}}]\n          env: [{env}]\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}}}\n---\n"
        )
    };
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {A: b}\n---\n";
    let web = workload("web", 2, true, "{name: API_URL, value: 'http://api:80'}");
    let text = format!("{config}{web}{}{}", workload("api", 6, false, ""), workload("jobs", 4, false, ""));
    let folder = Folder::with(&[("k8s.yaml", &text)]);
    let found = blast(&folder, &["config:default/settings", "--fault", "change"]);
    assert_eq!(affected(&found), set(&["api", "jobs", "web"]));
    assert_eq!(link(&found, "takes", "api")["instances"], 6);
    assert_eq!(link(&found, "fails", "web")["provider"], "service:default/api");
    // As an outage a configuration takes nobody down: what runs has read it.
    assert_eq!(affected(&blast(&folder, &["config:default/settings"])), set(&[]));
    let report = folder.json(&["scan"]);
    let shared: Vec<&Value> = rows(&report, "findings").iter().filter(|f| f["rule"] == "LP060").collect();
    assert!(shared.len() == 1 && shared[0]["message"].as_str().unwrap().contains("api and jobs at once"), "{shared:?}");
}

/// THEORY 2.7 and SEMANTICS G.4: load runs down along retries and into cold caches, and over to those that are left; who
/// has room is said to have it, and of whom nothing is known nothing is said for certain.
#[test]
fn overload_runs_down() {
    let chain = [
        ("Service", "client", "entry: true, load: {rps: 200}, dependsOn: [{name: a, retry: {tries: 2}}]"),
        ("Service", "a", "capacity: {rps: 300}, dependsOn: [{name: db, retry: {tries: 3}}]"),
        ("Datastore", "db", "capacity: {rps: 1000}"),
    ];
    let folder = system(&chain);
    // λ of `a` is 400 with its retries, times 3: too much for `db` as well.
    let found = blast(&folder, &["a", "--fault", "overload", "--load", "3"]);
    assert_eq!(affected(&found), set(&["client", "db"]));
    assert!(close(&link(&found, "overloaded", "a")["rps"], 1200.0), "{found:#}");
    assert!(close(&link(&found, "overloaded", "db")["rps"], 3600.0), "{found:#}");
    let little = blast(&folder, &["a", "--fault", "overload", "--load", "1.2"]);
    assert!(affected(&little).is_empty() && stops(&little).contains("db headroom"), "{little:#}");

    let cache = [
        ("Service", "web", "entry: true, load: {rps: 10000}, dependsOn: [cache]"),
        ("Cache", "cache", "hitRatio: 0.95, dependsOn: [db]"),
        ("Datastore", "db", "capacity: {rps: 2000}"),
    ];
    let found = blast(&system(&cache), &["cache", "--fault", "overload"]);
    assert!(close(&link(&found, "cold", "db")["times"], 20.0), "{found:#}");
    let over = link(&found, "overloaded", "db");
    assert!(close(&over["rps"], 10_000.0) && close(&over["times"], 20.0), "{over}");

    // 3 zones: the limit is 66.7 %; 0.70 becomes 1.05, 0.60 becomes 0.90.
    for (load, falls) in [("210", true), ("180", false)] {
        let spec = format!("entry: true, load: {{rps: {load}}}, dependsOn: [m]");
        let folder = system(&[("Service", "lb", &spec), ("Service", "m", "replicas: 3, capacity: {rps: 300}")]);
        let found = blast(&folder, &["m", "--fault", "overload", "--level", "instance"]);
        assert_eq!(affected(&found).contains("lb"), falls, "{found:#}");
        assert!(close(&link(&found, "overloaded", "m")["capacity"], 200.0), "{found:#}");
    }

    let unknown = [("Service", "a", "entry: true, dependsOn: [b]"), ("Service", "b", "")];
    let found = blast(&system(&unknown), &["a", "--fault", "overload"]);
    assert_eq!(affected(&found), set(&["b?"]));
    assert_eq!(of(&found, "b")["assumptions"], json!(["capacity-unknown", "hard-dependencies"]));
}

/// SEMANTICS C: three services of 20 instances with 10 connections each want 600 of PostgreSQL's 97: 6.19 times. What is
/// reserved counts on neither side.
#[test]
fn pools_beside_what_is_asked_of_them() {
    let mut components = vec![("Pool", "connections".to_owned(), "capacity: {concurrency: 97}".to_owned())];
    for name in ["a", "b", "c"] {
        components.push((
            "Service",
            name.to_owned(),
            "replicas: 20, pools: [{name: connections, uses: 200}]".to_owned(),
        ));
    }
    let plain: Vec<(&str, &str, &str)> = components.iter().map(|(k, n, s)| (*k, n.as_str(), s.as_str())).collect();
    let report = system(&plain).json(&["scan"]);
    let pool = &rows(&report, "pools")[0];
    assert!(close(&pool["demand"], 600.0) && close(&pool["ratio"], 600.0 / 97.0), "{pool}");
    let found = rows(&report, "findings").iter().find(|f| f["rule"] == "LP011").unwrap();
    assert!(found["message"].as_str().unwrap().contains("6.19 times"), "{found}");

    let spec = "pools: [{name: p, reserved: 40}]";
    let folder = system(&[
        ("Service", "a", spec),
        ("Service", "b", "pools: [{name: p, uses: 60}]"),
        ("Pool", "p", "capacity: {concurrency: 100}"),
    ]);
    let pool = &rows(&folder.json(&["scan"]), "pools")[0].clone();
    assert!(close(&pool["reserved"], 40.0) && close(&pool["demand"], 60.0) && close(&pool["ratio"], 1.0), "{pool}");
    let report = folder.json(&["scan"]);
    assert!(!rows(&report, "findings").iter().any(|f| f["rule"] == "LP011"), "{report:#}");
}

/// The checklist of cascades on a serverless system that ignores all of it, and on one that heeds it.
#[test]
fn the_serverless_checklist() {
    let rules = |version: &str| {
        let path = fixture("stories/slow-dependency").join(version);
        let report = Folder::new().json(&["scan", path.to_str().unwrap()]);
        let mut count = BTreeMap::<String, usize>::new();
        for f in rows(&report, "findings") {
            *count.entry(f["rule"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        count
    };
    let (before, after) = (rules("before"), rules("after"));
    for rule in ["LP012", "LP023", "LP024"] {
        assert!(before.contains_key(rule), "{rule} in {before:?}");
        assert!(!after.contains_key(rule), "{rule} in {after:?}");
    }
}

/// Options that mean nothing for a fault, and what is no duration or factor, are mistakes.
#[test]
fn options_that_do_not_fit() {
    let folder = system(&[("Service", "a", "")]);
    for (args, says) in [
        (&["--latency", "8s"][..], "--fault latency"),
        (&["--fault", "latency", "--load", "2"], "--fault overload"),
        (&["--fault", "latency", "--latency", "8"], "duration"),
        (&["--fault", "overload", "--load", "0"], "factor"),
    ] {
        let ran = folder.run(&[&["blast", "a"], args].concat());
        assert!(ran.code == 2 && ran.err.contains(says), "{args:?}: {} {}", ran.code, ran.err);
    }
}

/// An image is everything that takes a change at once: whoever runs it, in which of its containers ever, and whatever his
/// replicas. One that nobody runs is unknown.
#[test]
fn a_change_of_an_image() {
    let workload = |name: &str, containers: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{replicas: 3, template: {{metadata: \
             {{labels: {{app: {name}}}}}, spec: {{{containers}}}}}}}\n---\n"
        )
    };
    let api = workload("api", "containers: [{name: api, image: 'acme/base:1.4'}]");
    let web = workload(
        "web",
        "initContainers: [{name: migrate, image: 'acme/base:1.4'}], containers: [{name: web, image: 'acme/web:2'}]",
    );
    let jobs = workload("jobs", "containers: [{name: jobs, image: 'acme/base:1.5'}]");
    let compose = "services:\n  db-admin: {image: 'acme/base:1.4'}\n";
    let folder = Folder::with(&[("k8s.yaml", &(api + &web + &jobs)), ("compose.yaml", compose)]);
    let found = blast(&folder, &["acme/base:1.4", "--fault", "change"]);
    let failed: BTreeSet<&str> = rows(&found, "failed").iter().map(short).collect();
    assert_eq!(failed, BTreeSet::from(["api", "db-admin", "web"]));
    assert_eq!(folder.run(&["blast", "acme/base:1.6", "--fault", "change"]).code, 2);
    assert_eq!(folder.run(&["blast", "acme/base:1.4"]).code, 2);
}

/// What a component may hold of a pool is all that it has: requests that wait use it up for its others too. A pool fills
/// with those that wait, not with all that come.
#[test]
fn what_it_may_hold_of_a_pool() {
    let of = |pools: &str| {
        Folder::with(&[(
            "a.yaml",
            &format!(
                "apiVersion: linchpin/v1\nkind: Function\nmetadata: {{name: api}}\nspec:\n  entry: true\n  load: {{rps: 100}}\n  \
                 latency: {{p50: 10ms}}\n  dependsOn: [{{name: slow, timeout: 5s, share: 0.5}}]\n  pools: [{pools}]\n---\n\
                 {{apiVersion: linchpin/v1, kind: Function, metadata: {{name: other}}, spec: {{entry: true, load: {{rps: 20}}, \
                 latency: {{p50: 50ms}}, pools: [{{name: account}}]}}}}\n---\n\
                 {{apiVersion: linchpin/v1, kind: Service, metadata: {{name: slow}}, spec: {{latency: {{p50: 100ms}}}}}}\n---\n\
                 {{apiVersion: linchpin/v1, kind: Pool, metadata: {{name: account}}, spec: {{capacity: {{concurrency: 200}}}}}}\n"
            ),
        )])
    };
    // 100/s × (0.5 × 5.01 s + 0.5 × 60 ms) = 253.5; 6 are under way before, 50/s come on top: 94 / 50 = 1.88 s.
    for pools in ["{name: account, reserved: 100}", "{name: account, uses: 100}"] {
        let folder = of(pools);
        let args = ["blast", "slow", "--fault", "latency"];
        let text = text_of(&folder, &args);
        let full =
            "api is full after 1.9 s: 100/s, 50/s of which wait, would need 254 at once, it has 100 of pool account";
        assert!(text.contains(full), "{text}");
        // 100 of 253.5 get a place.
        assert!(text.contains("failed  api (entry)  61 % of requests"), "{text}");
        let report = json_of(&folder, &args);
        let link = report["links"].as_array().unwrap().iter().find(|l| l["what"] == "fills").unwrap();
        assert_eq!((&link["pool"], &link["waiting_rps"]), (&json!("pool:default/account"), &json!(50)));
        // It is over before nothing is left.
        let text = text_of(&folder, &[&args[..], &["--duration", "1s"]].concat());
        assert!(!text.contains("is full"), "{text}");
    }
    // (200 − 6 − 1) / 50 = 3.86 s.
    let text = text_of(&of("{name: account}"), &["blast", "slow", "--fault", "latency"]);
    let drained = "pool account is exhausted after 3.9 s: api holds it while waiting; 100/s, 50/s of which wait, need 254 at \
                   once beside 1 of others, it has 200";
    assert!(text.contains(drained), "{text}");
}

/// What is lost with a machine or zone comes to what runs elsewhere too; what ran nowhere else is down. Places themselves
/// take over nothing.
#[test]
fn the_load_of_a_lost_place() {
    let folder = Folder::with(&[(
        "a.yaml",
        "{apiVersion: linchpin/v1, kind: Service, metadata: {name: web}, spec: {entry: true, load: {rps: 600}, dependsOn: \
         [{name: api, retry: {tries: 2}}, {name: pay, share: 0.1}]}}\n---\n\
         {apiVersion: linchpin/v1, kind: Service, metadata: {name: api}, spec: {replicas: 6, capacity: {rps: 1000}, \
         placedOn: [n1, n2, n3]}}\n---\n\
         {apiVersion: linchpin/v1, kind: Service, metadata: {name: pay}, spec: {placedOn: [n1]}}\n---\n\
         {apiVersion: linchpin/v1, kind: Node, metadata: {name: n1}, spec: {zone: z1}}\n---\n\
         {apiVersion: linchpin/v1, kind: Node, metadata: {name: n2}, spec: {zone: z1}}\n---\n\
         {apiVersion: linchpin/v1, kind: Node, metadata: {name: n3}, spec: {zone: z2}}\n",
    )]);
    let of = |place: &str| text_of(&folder, &["blast", place, "--fault", "overload"]);
    let text = of("z1");
    for said in [
        "pay fails: it needs node n1",
        "2 members of api take the load of 6",
        "api gets 2 times its load: 1,200/s of 333/s",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    assert!(!text.contains("node n3"), "{text}");
    let text = of("z2");
    assert!(text.contains("api has room: 600/s of 667/s") && text.contains("no entry is down"), "{text}");
}

/// What is turned away at the edge holds no place behind it: a pool that all that is let in could not exhaust holds, and
/// nothing is missing. Where the edge lets everything in, the remedy says so.
#[test]
fn throttling_at_the_edge() {
    let of = |load: &str| {
        Folder::with(&[(
            "a.yaml",
            &format!(
                "{{apiVersion: linchpin/v1, kind: Service, metadata: {{name: edge}}, spec: {{entry: true, {load} dependsOn: \
                 [{{name: api, callsPerRequest: 1}}]}}}}\n---\n\
                 {{apiVersion: linchpin/v1, kind: Function, metadata: {{name: api}}, spec: {{timeout: 40s, dependsOn: [slow], \
                 pools: [{{name: account}}]}}}}\n---\n\
                 {{apiVersion: linchpin/v1, kind: Function, metadata: {{name: other}}, spec: {{entry: true, pools: \
                 [{{name: account}}]}}}}\n---\n\
                 {{apiVersion: linchpin/v1, kind: External, metadata: {{name: slow}}}}\n---\n\
                 {{apiVersion: linchpin/v1, kind: Pool, metadata: {{name: account}}, spec: {{capacity: {{concurrency: 1000}}}}}}\n"
            ),
        )])
    };
    // 20/s × 40 s = 800 of 1,000; 30/s × 40 s = 1,200.
    for (load, findings, said) in [
        (
            "load: {limit: 20},",
            0,
            "pool account holds although api waits: 800 of 1,000 at once, as no more than 20/s are let in",
        ),
        (
            "load: {limit: 30},",
            1,
            "pool account is exhausted: api holds it while waiting; 25/s are enough for all 1,000",
        ),
        ("", 1, "pool account is exhausted: api holds it while waiting; 25/s are enough for all 1,000"),
    ] {
        let folder = of(load);
        let text = text_of(&folder, &["blast", "slow", "--fault", "latency"]);
        assert!(text.contains(said), "{load}: {text}");
        let report = json_of(&folder, &["scan"]);
        let found = report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "LP012");
        let fixes: Vec<&str> = found.map(|f| f["fix"].as_str().unwrap()).collect();
        assert_eq!(fixes.len(), findings, "{load}: {report}");
        let missing = fixes.iter().any(|fix| fix.contains("turn away at edge what is too much"));
        assert_eq!(missing, load.is_empty(), "{fixes:?}");
    }
    // More than is let in does not arrive.
    let folder = Folder::with(&[(
        "a.yaml",
        "{apiVersion: linchpin/v1, kind: Service, metadata: {name: edge}, spec: {entry: true, load: {rps: 50, limit: 100}, \
         dependsOn: [api]}}\n---\n\
         {apiVersion: linchpin/v1, kind: Service, metadata: {name: api}, spec: {capacity: {rps: 150}}}\n",
    )]);
    let text = text_of(&folder, &["blast", "edge", "--fault", "overload", "--load", "10"]);
    assert!(text.contains("api has room: 100/s of 150/s"), "{text}");
}

/// Configuration that a native manifest says somebody needs is mounted, not called: it is no call without a limit, and a
/// change takes all who mount it.
#[test]
fn configuration_is_mounted() {
    let folder = system(&[
        ("Service", "web", "entry: true, replicas: 3, dependsOn: [flags, {name: api, timeout: 1s}]"),
        ("Service", "api", ""),
        ("Config", "flags", ""),
    ]);
    let graph = json_of(&folder, &["graph"]);
    let edge = graph["dependencies"].as_array().unwrap().iter().find(|d| d["to"] == "config:default/flags").unwrap();
    assert_eq!((&edge["interaction"], &edge["plane"]), (&json!("mount"), &json!("startup")), "{edge}");
    let report = json_of(&folder, &["scan"]);
    assert!(!report["findings"].as_array().unwrap().iter().any(|f| f["rule"] == "LP031"), "{report}");
    let text = text_of(&folder, &["blast", "flags", "--fault", "change"]);
    assert!(text.contains("web takes the change of config flags, all 3 instances"), "{text}");
}
