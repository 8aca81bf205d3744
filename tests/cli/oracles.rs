//! Hand-checked numbers of the theory that other files of this folder do not have, from native manifests.

use super::Folder;
use super::load::{close, id, json_of, manifest};
use serde_json::{Value, json};

fn rows<'v>(value: &'v Value, key: &str) -> &'v Vec<Value> {
    value[key].as_array().unwrap()
}

/// THEORY 2.4, bounds (a) and (b): what is left of four tries under limits, pauses and a budget, by what goes wrong at the
/// callee. A fault of which no row speaks is as an outage.
#[test]
fn bounds_of_tries() {
    for (call, expected) in [
        ("retry: {tries: 4}", [4.0, 4.0, 4.0]),
        ("timeout: 1200ms, retry: {tries: 4, perTryTimeout: 500ms}", [4.0, 4.0, 3.0]),
        ("timeout: 1s, retry: {tries: 4}", [4.0, 4.0, 1.0]),
        ("timeout: none, retry: {tries: 4}", [4.0, 4.0, 1.0]),
        ("timeout: 3s, retry: {tries: 4, backoff: [2s]}", [2.0, 2.0, 1.0]),
        ("retry: {tries: 4, budget: 0.2}", [1.2, 1.2, 1.2]),
    ] {
        let a = format!("entry: true, dependsOn: [{{name: b, {call}}}]");
        let report = json_of(&manifest(&[("a", &a), ("b", "")]), &["retries"]);
        let of = |fault: &str| {
            let all = report["retries"]["amplification"].as_array().unwrap();
            all.iter().find(|r| r["fault"] == fault).map(|r| r["max"].clone())
        };
        let outage = of("outage").unwrap();
        for (fault, n) in ["outage", "error", "latency"].into_iter().zip(expected) {
            let found = of(fault).unwrap_or(outage.clone());
            assert!(close(&found, n), "{call}: {fault} {found}");
        }
    }
}

/// THEORY 2.0, oracle T: buffers of an hour and of ten minutes. Who needs both is hit after ten minutes, who needs one of
/// them after an hour, and not at all by what is over before.
#[test]
fn buffers_delay() {
    let system = |needs: &str| {
        let entry = format!("entry: true, dependsOn: [{needs}]");
        manifest(&[
            ("e", &entry),
            ("u", "dependsOn: [{name: v, buffer: 1h}]"),
            ("w", "dependsOn: [{name: v, buffer: 10m}]"),
            ("v", ""),
        ])
    };
    for (needs, ms) in [("u, w", 600_000), ("{need: 1, of: [u, w]}", 3_600_000)] {
        let folder = system(needs);
        let found = json_of(&folder, &["blast", "v"]);
        let entry = rows(&found, "affected").iter().find(|a| a["id"] == id("e")).unwrap();
        assert_eq!(entry["time_to_impact_ms"], ms, "{needs}");
        let short = json_of(&folder, &["blast", "v", "--duration", "5m"]);
        assert_eq!(short["affected"], json!([]), "{needs}");
    }
}

/// THEORY 2.6: two ways of .45 and .48 together hit 1 − .55 · .52 = .714 of the requests.
#[test]
fn shares_unite() {
    let folder = manifest(&[
        ("e", "entry: true, dependsOn: [{name: x, share: 0.5}, {name: y, share: 0.8}]"),
        ("x", "dependsOn: [{name: s, share: 0.9}]"),
        ("y", "dependsOn: [{name: s, share: 0.6}]"),
        ("s", ""),
    ]);
    for fault in ["outage", "latency"] {
        let found = json_of(&folder, &["blast", "s", "--fault", fault]);
        let entry = rows(&found, "affected").iter().find(|a| a["id"] == id("e")).unwrap();
        assert!(close(&entry["share"], 0.714), "{fault}: {entry}");
    }
}

/// SEMANTICS G.4: of two zones one may be lost up to half the capacity; of four consumers one dies and the others get a
/// third more each.
#[test]
fn redirected_load() {
    let cascades = |spec: &str, rps: u32| {
        let text = format!(
            "apiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{entry: true, load: {{rps: {rps}}}, \
             capacity: {{rps: 400}}, {spec}}}\n"
        );
        let found = json_of(&Folder::with(&[("a.yaml", &text)]), &["overload"]);
        found["cascades"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((cascades("replicas: 2, zones: [a, b]", 200), cascades("replicas: 4", 300)), (0, 0));
    // Either zone, or either instance.
    assert_eq!((cascades("replicas: 2, zones: [a, b]", 201), cascades("replicas: 4", 301)), (3, 1));
}

/// SEMANTICS G.5: a thousand clients a second that try for 2 s are 2,000 at once when the server is back; with pauses of up
/// to 500 ms at random 4,000 a second. G.9: at 280 of 300 a second with one retry 560 keep it down.
#[test]
fn herds_and_what_keeps_down() {
    let folder = manifest(&[
        (
            "client",
            "entry: true, load: {rps: 1000}, dependsOn: [{name: server, timeout: 2s, retry: {tries: 10, backoff: [100ms, 500ms]}}]",
        ),
        ("server", "capacity: {rps: 1500}"),
    ]);
    let herd = &json_of(&folder, &["overload"])["metastable"][0]["herd"];
    assert_eq!(herd, &json!({"requests": 2000, "window_ms": 500, "rps_with_jitter": 4000}));

    let folder = manifest(&[
        ("client", "entry: true, load: {rps: 280}, dependsOn: [{name: db, retry: {tries: 2}}]"),
        ("db", "capacity: {rps: 300}"),
    ]);
    let found = json_of(&folder, &["overload"]);
    let (row, cascade) = (&found["metastable"][0], &found["cascades"][0]);
    assert_eq!((&row["regime"], &row["hidden_capacity"]), (&json!("vulnerable"), &json!(150)));
    let excess = &cascade["overloaded"][0];
    assert_eq!((&excess["load"], &excess["stays"]), (&json!(560), &json!(true)), "{found:#}");
    assert_eq!(row["brakes"]["shed_to"], 150, "{row}");
}
