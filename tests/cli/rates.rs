//! How many requests there are: what manifests say, what traces saw where they are silent, and that all answers say the
//! same of them.

use super::Folder;
use super::load::{close, id, json_of, manifest, rules};
use serde_json::{Value, json};

/// A summary of traces in which `u` got so many requests in so many seconds, and called `slow.example` for each.
fn traces(requests: u64, seconds: u64) -> String {
    let counts = format!(r#""requests":{requests},"adjusted":{}"#, requests * 1000);
    let from = r#""from":{"namespace":"default","name":"u"}"#;
    let to = r#""to":{"node":{"kind":"external","address":"slow.example"}}"#;
    let window = 1_700_000_000_000_000_000u64;
    [
        format!(r#"{{"schema":"linchpin.edges/1","spans":{{"seen":{requests},"used":{requests}}}}}"#),
        r#"{"service":{"namespace":"default","name":"u","spans":1,"identities":[{}]}}"#.to_owned(),
        format!(r#"{{"operation":{{"namespace":"default","service":"u","name":"GET /",{counts},"entries":{requests}}}}}"#),
        format!(
            r#"{{"edge":{{{from},{to},"mode":"call","operation":"GET /","measured":{{"calls":{requests},{counts},"window":[{window},{}]}}}}}}"#,
            window + seconds * 1_000_000_000
        ),
    ]
    .join("\n")
}

/// `u` holds a place of a pool of 200 while it waits 4.8 s at most for what is slow, and `other` shares the pool.
fn system(load: &str, requests: u64, seconds: u64) -> Folder {
    let native = |kind: &str, name: &str, spec: &str| {
        format!("apiVersion: linchpin/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n---\n")
    };
    let u = format!(
        "{load}latency: {{p50: 200ms}}, pools: [{{name: p}}], dependsOn: [{{name: slow.example, timeout: 4800ms}}]"
    );
    let text = native("Service", "u", &u)
        + &native("Service", "other", "entry: true, pools: [{name: p, uses: 0}]")
        + &native("Pool", "p", "capacity: {concurrency: 200}");
    Folder::with(&[("m/a.yaml", &text), ("t/edges.jsonl", &traces(requests, seconds))])
}

const ASKED: [&str; 8] = ["blast", "slow.example", "--fault", "latency", "-m", "m", "-t", "t"];

fn drains(blast: &Value) -> Value {
    let links = blast["links"].as_array().unwrap();
    links.iter().find(|l| l["what"] == "drains").unwrap_or_else(|| panic!("{blast:#}")).clone()
}

fn rests(row: &Value) -> bool {
    row["assumptions"].as_array().is_some_and(|all| all.contains(&json!("observed-rates")))
}

/// SEMANTICS G.2 with the rate of traces: 6,000 requests in a minute are 100 a second, which use up 200 places after 1.8 s;
/// the answer says that it rests on what traces saw, and for how long they saw it.
#[test]
fn traces_say_how_many_requests_come() {
    let blast = system("", 6000, 60).json(&ASKED);
    let found = drains(&blast);
    assert!(close(&found["held"], 500.0) && close(&found["rps"], 100.0), "{found}");
    assert!(found["at_ms"].as_f64().is_some_and(|ms| (ms - 1800.0).abs() < 1.0), "{found}");
    let other = blast["affected"].as_array().unwrap().iter().find(|a| a["id"] == id("other")).unwrap();
    assert!(rests(&found) && rests(other), "{blast:#}");
    let texts = blast["assumptions"].as_array().unwrap().iter().filter(|a| a["id"] == "observed-rates");
    let texts: Vec<&str> = texts.map(|a| a["text"].as_str().unwrap()).collect();
    assert!(texts.len() == 1 && texts[0].ends_with("6,000 from outside in 60 s"), "{texts:?}");
    // Pools and overload rest on the same rate.
    let report = system("capacity: {rps: 150}, ", 6000, 60).json(&["scan", "-m", "m", "-t", "t"]);
    let (pool, row) = (&report["pools"][0], &report["metastable"][0]);
    let (pool, row) = (pool.clone(), row.clone());
    assert!(close(&row["load"], 100.0) && rests(&row), "{row}");
    assert!(rests(&pool), "{pool}");
}

/// A handful of traces, or a moment of them, is no rate; and what a manifest says holds.
#[test]
fn few_traces_are_no_rate() {
    for (load, requests, seconds, expected) in
        [("", 19, 60, None), ("", 6000, 9, None), ("load: {rps: 50}, ", 6000, 60, Some(50.0))]
    {
        let found = drains(&system(load, requests, seconds).json(&ASKED));
        assert_eq!(found.get("rps").and_then(Value::as_f64), expected, "{found}");
        assert!(!rests(&found), "{found}");
    }
}

/// What `overload` says of a trigger `blast --fault overload` says too: a failing callee is tried again by everybody above.
#[test]
fn loads_are_the_same_everywhere() {
    let folder = manifest(&[
        ("web", "entry: true, load: {rps: 180}, dependsOn: [{name: checkout, retry: {tries: 3}}]"),
        ("checkout", "replicas: 3, capacity: {rps: 250}, dependsOn: [{name: payments, retry: {tries: 2}}]"),
        ("payments", "capacity: {rps: 300}"),
    ]);
    let cascades = json_of(&folder, &["overload"])["cascades"].clone();
    let of_instance = cascades.as_array().unwrap().iter().find(|c| c["what"] == "instance").unwrap().clone();
    let blast = json_of(&folder, &["blast", "checkout", "--fault", "overload", "--level", "instance"]);
    for excess in of_instance["overloaded"].as_array().unwrap() {
        let links = blast["links"].as_array().unwrap();
        let link = links.iter().find(|l| l["what"] == "overloaded" && l["component"] == excess["component"]).unwrap();
        assert_eq!((&link["rps"], &link["capacity"]), (&excess["load"], &excess["capacity"]), "{blast:#}");
    }
    // 303 a second are just above the capacity of 300; twice by checkout and three times by web.
    let blast = json_of(&folder, &["blast", "payments", "--fault", "overload"]);
    assert!(close(&blast["links"][0]["rps"], 1818.0), "{blast:#}");
}

/// A consumer that fails for want of its database gets messages again, and the database more calls; it is no consumer with
/// too much to do, and what a queue did not take does not reach it.
#[test]
fn redelivered_messages_load_what_is_behind() {
    let native = |kind: &str, name: &str, spec: &str| {
        format!("apiVersion: linchpin/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n---\n")
    };
    let text = native(
        "Service",
        "api",
        "entry: true, load: {rps: 100}, dependsOn: [{name: jobs, interaction: publish, retry: {tries: 3}}]",
    ) + &native("Queue", "jobs", "")
        + &native(
            "Service",
            "worker",
            "capacity: {rps: 120}, dependsOn: [{name: jobs, interaction: consume, retry: {tries: 5}}, \
             {name: db, interaction: write}]",
        )
        + &native("Datastore", "db", "capacity: {rps: 150}");
    let folder = Folder::with(&[("a.yaml", &text)]);
    let report = json_of(&folder, &["scan"]);
    let of_worker = |c: &Value| c["overloaded"].as_array().unwrap().iter().any(|e| e["component"] == id("worker"));
    let cascades = json_of(&folder, &["overload"])["cascades"].clone();
    assert!(!cascades.as_array().unwrap().iter().any(of_worker), "{cascades:#}");
    assert!(rules(&report, "LP040").is_empty());
    let db =
        report["metastable"].as_array().unwrap().iter().find(|r| r["component"] == "datastore:default/db").unwrap();
    assert!(close(&db["load"], 100.0) && close(&db["amplification"], 5.0), "{db}");
}

/// 30 connections each of 3 instances are 90 of 97; a rollout that adds 2 instances asks for 150.
#[test]
fn rollouts_ask_for_more() {
    let workload = |kind: &str, name: &str, spec: &str, pod: &str| {
        format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  {spec}\n  selector: {{matchLabels: \
             {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{pod}]}}\n\
             ---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}, ports: \
             [{{port: 80}}]}}\n---\n"
        )
    };
    let orders = |strategy: &str| {
        let pod = "{name: orders, image: orders, env: [{name: DATABASE_URL, value: 'postgres://u:p@pg:5432/o'}, \
                   {name: DB_POOL_SIZE, value: '30'}]}";
        workload("Deployment", "orders", &format!("replicas: 3\n  strategy: {{{strategy}}}"), pod)
            + &workload("StatefulSet", "pg", "replicas: 1\n  serviceName: pg", "{name: pg, image: 'postgres:16'}")
    };
    for (strategy, rollout) in [
        ("type: RollingUpdate, rollingUpdate: {maxSurge: 2}", 150.0),
        ("type: RollingUpdate", 120.0),
        ("type: Recreate", 90.0),
    ] {
        let report = json_of(&Folder::with(&[("a.yaml", &orders(strategy))]), &["scan"]);
        let pool = &report["pools"][0];
        assert!(close(&pool["demand"], 90.0) && close(&pool["demand_rollout"], rollout), "{strategy}: {pool}");
        assert!(rules(&report, "LP011").is_empty(), "the demand is that without a rollout");
    }
}
