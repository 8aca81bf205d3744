//! Retries, waits and worst paths from native manifests: the hand-checked oracles of the theory, as users see them.

use super::Folder;
use serde_json::{Value, json};

/// A native document of a service; `spec` is flow YAML without its braces.
fn service(name: &str, spec: &str) -> String {
    format!("apiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n---\n")
}

pub(super) fn manifest(services: &[(&str, &str)]) -> Folder {
    let text: String = services.iter().map(|(name, spec)| service(name, spec)).collect();
    Folder::with(&[("a.yaml", &text)])
}

pub(super) fn json_of(folder: &Folder, args: &[&str]) -> Value {
    let done = folder.command(&[args, &["--format", "json"]].concat()).assert().success();
    serde_json::from_slice(&done.get_output().stdout).unwrap()
}

pub(super) fn text_of(folder: &Folder, args: &[&str]) -> String {
    let done = folder.command(args).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

pub(super) fn id(name: &str) -> String {
    format!("service:default/{name}")
}

/// `[sum, max, max_unbudgeted]` of an outage.
fn amplification(report: &Value, entry: &str, target: &str) -> [Value; 3] {
    let rows = report["retries"]["amplification"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|r| r["entry"] == id(entry) && r["target"] == id(target) && r["fault"] == "outage")
        .unwrap_or_else(|| panic!("{entry} → {target} in {report}"));
    ["sum", "max", "max_unbudgeted"].map(|key| row[key].clone())
}

pub(super) fn close(value: &Value, expected: f64) -> bool {
    value.as_f64().is_some_and(|v| (v - expected).abs() < 1e-9 * expected)
}

const ORACLE: [(&str, &str); 5] = [
    ("cl", "entry: true, dependsOn: [{name: a, retry: {tries: 3}}]"),
    ("a", "dependsOn: [{name: b, retry: {tries: 4}}, {name: c, callsPerRequest: 2, retry: {tries: 2}}]"),
    ("b", "dependsOn: [{name: db, retry: {tries: 3}}]"),
    ("c", "dependsOn: [{name: db, retry: {tries: 3}}]"),
    ("db", ""),
];

/// THEORY 2.4: the sum 72, the maximum 36 with its arithmetic, and 45.9 under a budget of 10 %.
#[test]
fn sums_and_maxima() {
    let folder = manifest(&ORACLE);
    let report = json_of(&folder, &["retries"]);
    assert_eq!(amplification(&report, "cl", "db"), [72, 36, 36].map(|n| json!(n)));
    let row = &report["retries"]["amplification"].as_array().unwrap().iter().find(|r| r["target"] == id("db")).unwrap();
    assert_eq!(row["path"], json!(["cl", "a", "b", "db"].map(id)));
    let hops: Vec<&Value> = row["hops"].as_array().unwrap().iter().map(|h| &h["tries"]).collect();
    assert_eq!(hops, [3, 4, 3]);
    assert_eq!(row["assumptions"], json!(["one-call-per-request"]));
    let text = text_of(&folder, &["retries"]);
    assert!(
        text.contains("36     72        cl → a → b → db  3 library × 4 library × 3 library = 36  a.yaml:4"),
        "{text}"
    );

    let mut budgeted = ORACLE;
    budgeted[1].1 =
        "dependsOn: [{name: b, retry: {tries: 4, budget: 0.1}}, {name: c, callsPerRequest: 2, retry: {tries: 2}}]";
    let report = json_of(&manifest(&budgeted), &["retries"]);
    let [sum, max, unbudgeted] = amplification(&report, "cl", "db");
    assert!(close(&sum, 45.9) && max == 36 && unbudgeted == 36, "{sum} {max} {unbudgeted}");
}

/// A chain of services in which each call has the same retry settings, and its amplification at the end.
fn chain(hops: usize, retry: &str) -> Value {
    let names: Vec<String> = (0..=hops).map(|i| format!("s{i}")).collect();
    let specs: Vec<String> = (0..=hops)
        .map(|i| {
            let entry = if i == 0 { "entry: true, " } else { "" };
            if i < hops {
                format!("{entry}dependsOn: [{{name: s{}, retry: {{{retry}}}}}]", i + 1)
            } else {
                String::new()
            }
        })
        .collect();
    let services: Vec<(&str, &str)> = names.iter().zip(&specs).map(|(n, s)| (n.as_str(), s.as_str())).collect();
    let report = json_of(&manifest(&services), &["retries"]);
    amplification(&report, "s0", &format!("s{hops}"))[1].clone()
}

/// Tries include the first one: 3 retries on each of 3 layers are 64, 3 tries on each of 5 are 243, and a budget of 20 %
/// on each of 3 hops leaves 1.728.
#[test]
fn textbook_products() {
    assert_eq!(chain(3, "tries: 4"), 64);
    assert_eq!(chain(5, "tries: 3"), 243);
    assert!(close(&chain(3, "tries: 4, budget: 0.2"), 1.728));
    assert_eq!(chain(2, "tries: unlimited"), Value::Null);
    // A pause of 10 ms within a second: a hundred tries of what fails at once.
    assert_eq!(chain(1, "tries: unlimited, backoff: [10ms], timeout: 1s"), 100);
}

/// Loops of calls: finite if and only if the spectral radius is below 1, with a witness.
#[test]
fn loops_of_calls() {
    let ring = |back: &str| {
        let back = format!("dependsOn: [{{name: a, criticality: soft, callsPerRequest: {back}}}]");
        manifest(&[("a", "entry: true, dependsOn: [{name: b, retry: {tries: 2}}]"), ("b", &back)])
    };
    let unstable = json_of(&ring("0.6"), &["scan"]);
    let cycle = &unstable["retries"]["cycles"][0];
    assert!(close(&cycle["gain"], 1.2) && close(&cycle["spectral_radius"], 1.2f64.sqrt()), "{cycle}");
    assert_eq!((&cycle["witness"], &cycle["stable"]), (&json!([id("a"), id("b")]), &json!(false)));
    assert_eq!(amplification(&unstable, "a", "b"), [Value::Null, Value::Null, Value::Null]);
    assert_eq!(rules(&unstable, "LP021"), [json!([id("a"), id("b")])]);
    let stable = json_of(&ring("0.25"), &["scan"]);
    assert_eq!(stable["retries"]["cycles"][0]["stable"], true);
    assert!(close(&amplification(&stable, "a", "b")[0], 4.0));
    assert!(rules(&stable, "LP021").is_empty());
    // That two services call each other does not mean that one request goes round for ever.
    let plain = manifest(&[("a", "entry: true, dependsOn: [b]"), ("b", "dependsOn: [{name: a, criticality: soft}]")]);
    let plain = json_of(&plain, &["scan"]);
    assert_eq!((&plain["retries"]["cycles"][0]["spectral_radius"], rules(&plain, "LP021").len()), (&json!(1), 0));
}

/// THEORY 2.4, the trap: two loops that multiply by 0.6 each share a member, and together by 1.0954 a step.
#[test]
fn loops_that_are_stable_alone() {
    let soft = |to: &str, calls: &str| format!("{{name: {to}, criticality: soft, callsPerRequest: {calls}}}");
    let a = format!("dependsOn: [{}, {}]", soft("b", "0.6"), soft("c", "0.6"));
    let folder = manifest(&[
        ("e", "entry: true, dependsOn: [a]"),
        ("a", &a),
        ("b", "dependsOn: [{name: a, callsPerRequest: 1}]"),
        ("c", "dependsOn: [{name: a, callsPerRequest: 1}]"),
    ]);
    let report = json_of(&folder, &["retries"]);
    let cycle = &report["retries"]["cycles"][0];
    assert!(close(&cycle["spectral_radius"], 1.2f64.sqrt()) && close(&cycle["gain"], 0.6), "{cycle}");
    assert_eq!((&cycle["stable"], amplification(&report, "e", "a")[0].clone()), (&json!(false), Value::Null));
    let text = text_of(&folder, &["retries"]);
    assert!(text.contains("may never die out") && text.contains("spectral radius 1.1"), "{text}");
}

/// The subjects of a rule's findings.
pub(super) fn rules(report: &Value, rule: &str) -> Vec<Value> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().filter(|f| f["rule"] == rule).map(|f| f["subjects"].clone()).collect()
}

/// THEORY 2.5: the callee may need 1.85 s of 1 s, and one of its tries starts for nobody.
#[test]
fn an_inversion() {
    let folder = manifest(&[
        ("a", "entry: true, dependsOn: [{name: b, timeout: 1s}]"),
        (
            "b",
            "latency: {p99: 50ms}, dependsOn: [{name: c, retry: {tries: 3, perTryTimeout: 500ms, backoff: [100ms, 200ms]}}]",
        ),
        ("c", ""),
    ]);
    let report = json_of(&folder, &["timeouts"]);
    let rows = report["timeouts"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    for (key, expected) in [("budget_ms", 1000), ("worst_ms", 1850), ("slack_ms", -850), ("wasted_tries", 1)] {
        assert_eq!(rows[0][key], expected, "{key}");
    }
    assert_eq!(rules(&json_of(&folder, &["scan"]), "LP030"), [json!([id("a"), id("b")])]);
    let text = text_of(&folder, &["timeouts"]);
    assert!(text.contains("a → b  has 1 s  may need 1.9 s  850 ms short, 1 wasted try"), "{text}");
}

/// THEORY 2.6: the likeliest way is not the one that starts best; `why` and `paths` agree on it.
#[test]
fn worst_ways() {
    let folder = manifest(&[
        ("e", "entry: true, dependsOn: [{name: x, probability: 0.5}, {name: y, probability: 0.8}]"),
        ("x", "dependsOn: [{name: s, probability: 0.9}]"),
        ("y", "dependsOn: [{name: s, probability: 0.6}]"),
        ("s", ""),
    ]);
    let found = json_of(&folder, &["paths", "--from", "s", "--to", "e", "--by", "probability"]);
    let rows = found["worst_paths"].as_array().unwrap();
    assert!(rows.len() == 1 && close(&rows[0]["value"], 0.48), "{rows:?}");
    assert_eq!(rows[0]["path"], json!(["s", "y", "e"].map(id)));
    let why = json_of(&folder, &["why", "e", "s"]);
    let likely = &why["worst_paths"][0];
    assert_eq!((&likely["value"], &likely["path"]), (&rows[0]["value"], &rows[0]["path"]));
    let sorts: Vec<&str> = why["worst_paths"].as_array().unwrap().iter().map(|r| r["by"].as_str().unwrap()).collect();
    assert_eq!(sorts, ["probability", "length", "amplification"]);
    let all = json_of(&folder, &["scan"]);
    assert_eq!(all["worst_paths"].as_array().unwrap().len(), 9, "three sources, three senses");
}

/// Each rule of retries and limits on a system that has its fault, beside one that has its remedy.
#[test]
fn rules_of_retries_and_limits() {
    let one = |spec: &str| manifest(&[("a", &format!("entry: true, {spec}")), ("b", ""), ("c", "dependsOn: [b]")]);
    let cases: [(&str, &str, &str); 7] = [
        ("LP020", "dependsOn: [{name: b, retry: {tries: 10}}]", "dependsOn: [{name: b, retry: {tries: 9}}]"),
        (
            "LP023",
            "dependsOn: [{name: b, retry: {tries: 2}}]",
            "dependsOn: [{name: b, retry: {tries: 2, backoff: [1ms]}}]",
        ),
        (
            "LP024",
            "dependsOn: [{name: b, retry: {tries: 2}}]",
            "dependsOn: [{name: b, circuitBreaker: true, retry: {tries: 2}}]",
        ),
        (
            "LP024",
            "dependsOn: [{name: b, retry: {tries: 2}}]",
            "dependsOn: [{name: b, retry: {tries: 2, budget: 0.1}}]",
        ),
        ("LP031", "dependsOn: [{name: b, timeout: none}]", "dependsOn: [{name: b, timeout: 1s}]"),
        (
            "LP032",
            "timeout: 1s, dependsOn: [{name: b, timeout: 2s}]",
            "timeout: 3s, dependsOn: [{name: b, timeout: 2s}]",
        ),
        ("LP033", "drain: 1s, dependsOn: [{name: b, timeout: 2s}]", "drain: 3s, dependsOn: [{name: b, timeout: 2s}]"),
    ];
    for (rule, wrong, right) in cases {
        let subject = |v: &Value| v.as_array().unwrap().contains(&json!(id("a"))) || rule == "LP020";
        let found = |spec: &str| rules(&json_of(&one(spec), &["scan"]), rule).iter().filter(|s| subject(s)).count();
        assert_eq!((found(wrong), found(right)), (1, 0), "{rule}");
    }
    // From 64 calls on it is an error, and a breaker makes it less.
    let severity = |spec: &str| {
        let report = json_of(&one(spec), &["scan"]);
        report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "LP020").map(|f| f["severity"].clone())
    };
    assert_eq!(severity("dependsOn: [{name: b, retry: {tries: 63}}]"), Some(json!("warning")));
    assert_eq!(severity("dependsOn: [{name: b, retry: {tries: 64}}]"), Some(json!("error")));
    assert_eq!(severity("dependsOn: [{name: b, circuitBreaker: true, retry: {tries: 64}}]"), Some(json!("warning")));
    // A limit of a try that leaves no time for a second one is dead; so is one beyond the caller's own.
    for spec in [
        "dependsOn: [{name: b, timeout: 1s, retry: {tries: 3, perTryTimeout: 1s}}]",
        "timeout: 1s, dependsOn: [{name: b, timeout: 30s}]",
    ] {
        let report = json_of(&one(spec), &["scan"]);
        let dead = report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "LP030");
        assert_eq!(dead.map(|f| &f["severity"]), Some(&json!("note")), "{spec}");
    }
}

/// SEMANTICS G.10: of 30 s to stop a hook takes 10, so requests of 30 s lose up to 10 s of work; with 40 s they do not.
#[test]
fn a_hook_takes_its_time_from_the_drain() {
    let workload = |name: &str, spec: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  \
             template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{{spec}}}\n---\napiVersion: v1\nkind: Service\n\
             metadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}\n---\n"
        )
    };
    let route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: pay}\n\
                 spec: {hosts: [pay], http: [{timeout: 30s, route: [{destination: {host: pay}}]}]}\n";
    for (grace, found) in [(30, 1), (40, 0)] {
        let web = format!(
            "terminationGracePeriodSeconds: {grace}, containers: [{{name: web, image: web, \
             env: [{{name: PAY_URL, value: 'http://pay'}}], lifecycle: {{preStop: {{exec: {{command: [sleep, '10']}}}}}}}}]"
        );
        let text = workload("web", &web) + &workload("pay", "containers: [{name: pay, image: pay}]") + route;
        let report = json_of(&Folder::with(&[("a.yaml", &text)]), &["scan"]);
        assert_eq!(rules(&report, "LP033").len(), found, "{grace}");
        if found > 0 {
            let findings = report["findings"].as_array().unwrap();
            let message = findings.iter().find(|f| f["rule"] == "LP033").unwrap()["message"].as_str().unwrap();
            assert_eq!(message, "web has 20 s to finish when it is stopped, a request may take 30 s");
        }
    }
}

/// What a cloud cuts off: an API after 29 s, a queue shows a message again before its function is done, and leaves a
/// function less than the advised six times its limit.
#[test]
fn limits_of_a_cloud() {
    let function = |name: &str, timeout: u32, event: &str| {
        format!(
            "  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n      {{Handler: a.b, Runtime: python3.12, \
             Timeout: {timeout}, Events: {{E: {{{event}}}}}}}\n"
        )
    };
    let queue = |name: &str, hidden: u32| {
        format!("  {name}: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: {hidden}}}}}\n")
    };
    let taken = |queue: &str| format!("Type: SQS, Properties: {{Queue: !GetAtt {queue}.Arn}}");
    let template = |api: u32, hidden: u32| {
        let head = "Transform: AWS::Serverless-2016-10-31\nResources:\n".to_owned();
        head + &function("Checkout", api, "Type: Api, Properties: {Path: /checkout, Method: post}")
            + &queue("Orders", hidden)
            + &function("Worker", 25, &taken("Orders"))
    };
    for (api, hidden, chain, inversion) in [(60, 200, 1, None), (20, 20, 0, Some("warning")), (20, 30, 0, Some("note"))]
    {
        let report = json_of(&Folder::with(&[("template.yaml", &template(api, hidden))]), &["scan"]);
        assert_eq!(rules(&report, "LP032").len(), chain, "{api}");
        // That a queue delivers again and again is a matter of dead letters, not of breakers.
        assert_eq!((rules(&report, "LP024").len(), rules(&report, "LP050").len()), (0, 1));
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|f| f["rule"] == "LP030").map(|f| f["severity"].clone());
        assert_eq!(found, inversion.map(|s| json!(s)), "{hidden}");
    }
}

/// A function ends by itself: whatever it waits for, it waits no longer than it may run, and no try that begins with it is
/// one for nobody. Settings of a host outside the input apply though no manifest declares it.
#[test]
fn functions_end_by_themselves() {
    let template = "service: shop\nprovider: {name: aws, runtime: nodejs20.x, timeout: 900}\nfunctions:\n  report:\n    handler: a.b\n    \
                    environment: {PRICING_URL: 'https://pricing.example.com/v2'}\n    events: [{http: {path: /r, method: get}}]\n";
    let folder = Folder::with(&[("serverless.yml", template)]);
    let rows = json_of(&folder, &["timeouts"])["timeouts"].clone();
    assert_eq!((&rows[0]["worst_ms"], &rows[0]["wasted_tries"]), (&json!(900_000), &json!(0)), "{rows}");
    let blast = json_of(&folder, &["blast", "pricing.example.com", "--fault", "latency"]);
    let link = |what: &str| blast["links"].as_array().unwrap().iter().find(|l| l["what"] == what).unwrap().clone();
    assert_eq!((&link("waits")["ms"], &link("out-of-time")["ms"]), (&json!(900_000), &json!(900_000)), "{blast:#}");

    let own = "apiVersion: linchpin/v1\nkind: Function\nmetadata: {name: report, namespace: shop}\nspec: {dependsOn: \
               [{name: pricing.example.com, timeout: 3s}]}\n";
    let folder = Folder::with(&[("serverless.yml", template), ("l.yaml", own)]);
    assert!(rules(&json_of(&folder, &["scan"]), "LP080").is_empty());
    let blast = json_of(&folder, &["blast", "pricing.example.com", "--fault", "latency"]);
    let waits = blast["links"].as_array().unwrap().iter().find(|l| l["what"] == "waits").unwrap();
    assert_eq!(waits["ms"], 3000, "{blast:#}");
}

/// Bounds that were hit are said, and totals stay exact.
#[test]
fn limits_are_said() {
    let folder = manifest(&ORACLE);
    let few = json_of(&folder, &["retries", "--limit", "1"]);
    assert_eq!(few["retries"]["amplification"].as_array().unwrap().len(), 1);
    assert_eq!(few["limits"], json!([{"section": "retries.amplification", "shown": 1, "total": 4}]));
    assert_eq!(few["retries"]["amplification"][0]["target"], id("db"), "the worst row stays");
    let few = json_of(&folder, &["paths", "--by", "length", "--limit", "2"]);
    assert_eq!(few["limits"], json!([{"section": "worst_paths.length", "shown": 2, "total": 4}]));
    assert!(text_of(&folder, &["retries", "--limit", "1"]).contains("and 3 more (--limit 4 shows all)"));
    assert!(!text_of(&folder, &["retries", "--min", "30"]).contains("cl → a → b  "));
}

/// Each assumption that a row names is explained at the top.
#[test]
fn assumptions_are_explained() {
    let folder = manifest(&[
        ("a", "entry: true, dependsOn: [{name: b, timeout: 1s}]"),
        ("b", "dependsOn: [{name: c, timeout: 3s}, d]"),
        ("c", ""),
        ("d", "latency: {p50: 10ms}"),
    ]);
    let report = json_of(&folder, &["scan"]);
    let known: Vec<&Value> = report["assumptions"].as_array().unwrap().iter().map(|a| &a["id"]).collect();
    let sections = ["timeouts", "worst_paths", "findings"].map(|key| report[key].as_array().unwrap());
    let amplification = report["retries"]["amplification"].as_array().unwrap();
    let named = sections.into_iter().chain([amplification]).flatten().filter_map(|row| row["assumptions"].as_array());
    let named: Vec<&Value> = named.flatten().collect();
    assert!(named.iter().any(|id| **id == "own-work-not-counted") && named.iter().any(|id| **id == "median-work"));
    for id in named {
        assert!(known.contains(&id), "{id} is not among {known:?}");
    }
}

/// What a queue took is not sent again because a consumer fails, and who sent it has not failed for those who call him: their
/// tries multiply what comes to the queue, deliveries what comes to the consumer and to what it calls.
#[test]
fn senders_do_not_repeat_what_was_taken() {
    let folder = Folder::with(&[(
        "a.yaml",
        "{apiVersion: linchpin/v1, kind: Queue, metadata: {name: jobs}, spec: {deliveries: 4}}\n---\n\
         {apiVersion: linchpin/v1, kind: Service, metadata: {name: front}, spec: {entry: true, dependsOn: \
         [{name: web, callsPerRequest: 2, retry: {tries: 2}}]}}\n---\n\
         {apiVersion: linchpin/v1, kind: Service, metadata: {name: web}, spec: {dependsOn: \
         [{name: jobs, interaction: publish, retry: {tries: 3}}]}}\n---\n\
         {apiVersion: linchpin/v1, kind: Service, metadata: {name: worker}, spec: {dependsOn: \
         [{name: jobs, interaction: consume}, {name: db, retry: {tries: 2}}]}}\n---\n\
         {apiVersion: linchpin/v1, kind: Service, metadata: {name: db}, spec: {}}\n",
    )]);
    let report = json_of(&folder, &["retries"]);
    let rows = report["retries"]["amplification"].as_array().unwrap();
    let calls = |target: &str| {
        let row = rows.iter().find(|r| r["target"] == *target && r["fault"] == "outage").unwrap();
        [&row["sum"], &row["max"]].map(|n| n.as_f64().unwrap())
    };
    assert_eq!(calls("queue:default/jobs"), [12.0, 12.0]);
    assert_eq!(calls(&id("worker")), [8.0, 8.0]);
    assert_eq!(calls(&id("db")), [16.0, 16.0]);
    let text = text_of(&folder, &["retries"]);
    assert!(text.contains("front → web → jobs → worker → db  2 calls × 4 queue × 2 library = 16"), "{text}");
}

/// A layer multiplies what its conditions say, in the words of the library: of what they leave out there is one try.
#[test]
fn what_is_not_tried_again() {
    let folder = manifest(&[
        (
            "web",
            "entry: true, dependsOn: [{name: pay, retry: {tries: 3, perTryTimeout: 1s, conditions: [UNAVAILABLE]}}]",
        ),
        ("pay", "dependsOn: [{name: bank, retry: {tries: 5, perTryTimeout: 1s, conditions: [refused]}}]"),
        ("bank", ""),
    ]);
    let report = json_of(&folder, &["retries"]);
    let rows = report["retries"]["amplification"].as_array().unwrap();
    let max = |target: &str, fault: &str| {
        let of = |fault: &str| rows.iter().find(|r| r["target"] == id(target) && r["fault"] == fault);
        of(fault).or(of("outage")).unwrap()["max"].clone()
    };
    assert_eq!(["outage", "error", "latency"].map(|f| max("pay", f)), [3, 3, 1].map(|n| json!(n)));
    // Further up a fault below is an error.
    assert_eq!(["outage", "error", "latency"].map(|f| max("bank", f)), [15, 3, 3].map(|n| json!(n)));
    let text = text_of(&folder, &["why-edge", "pay", "bank"]);
    assert!(text.contains("again when refused (refused)"), "{text}");
}

/// Who needs too long because of several waits is told the longest that is certain, and how much of the need it is.
#[test]
fn the_wait_that_takes_most() {
    let folder = manifest(&[
        ("web", "entry: true, timeout: 10s, dependsOn: [{name: a}, {name: b, timeout: 9s}, {name: c, timeout: 5s}]"),
        ("a", ""),
        ("b", ""),
        ("c", ""),
    ]);
    let text = text_of(&folder, &["timeouts"]);
    assert!(text.contains("web  has 10 s  may need 14 s or more, 9 s of it for b "), "{text}");
    let text = text_of(&folder, &["scan", "--all"]);
    assert!(text.contains("web allows itself 10 s and may need 14 s or more, 9 s of it to wait for b "), "{text}");
}

/// Who sends to a queue and handles what comes from it multiplies nothing where traces show that it does not send while it
/// handles messages; where they show that it does, or nothing, calls may lead round. Deliveries multiply what it calls.
#[test]
fn a_queue_of_ones_own_is_no_loop() {
    let attribute = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let message = |verb: &str| {
        json!([
            attribute("messaging.system", "kafka"),
            attribute("messaging.destination.name", "orders"),
            attribute("messaging.operation.type", verb)
        ])
    };
    let store = json!([attribute("db.system", "redis"), attribute("server.address", "cache")]);
    let spans = |sent_again: bool| {
        let span = |id: &str, parent: &str, name: &str, kind: u8, attributes: &Value| {
            json!({"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": format!("b7ad6b71692033{id}"),
                "parentSpanId": if parent.is_empty() { String::new() } else { format!("b7ad6b71692033{parent}") }, "name": name,
                "kind": kind, "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000010000000",
                "attributes": attributes})
        };
        let mut spans = vec![
            span("01", "", "POST /orders", 2, &json!([])),
            span("02", "01", "orders publish", 4, &message("publish")),
            span("03", "02", "orders process", 5, &message("process")),
            span("04", "03", "SET", 3, &store),
        ];
        if sent_again {
            spans.push(span("05", "03", "orders publish", 4, &message("publish")));
        }
        json!({"resourceSpans": [{"resource": {"attributes": [attribute("service.name", "shop")]},
            "scopeSpans": [{"spans": spans}]}]})
    };
    let queue =
        "{apiVersion: linchpin/v1, kind: Queue, metadata: {name: orders, namespace: kafka}, spec: {deliveries: 5}}\n";
    for (sent_again, loops) in [(false, 0), (true, 1)] {
        let folder = Folder::with(&[("a.yaml", queue), ("t.json", &spans(sent_again).to_string())]);
        let report = json_of(&folder, &["retries", "-m", "a.yaml", "-t", "t.json"]);
        assert_eq!(report["retries"]["cycles"].as_array().unwrap().len(), loops, "{report}");
        let rows = report["retries"]["amplification"].as_array().unwrap();
        let row = rows.iter().find(|r| r["target"].as_str().is_some_and(|t| t.starts_with("cache:"))).unwrap();
        let expected = if sent_again { (Value::Null, json!(true)) } else { (json!(6), Value::Null) };
        assert_eq!((row["sum"].clone(), row["unbounded"].clone()), expected, "{report}");
    }
}
