//! Findings that only whole systems show.

use crate::{Folder, pair, workload};
use serde_json::{Value, json};

/// What no entry leads to keeps its finding, without entries and after those that users feel; and has no row.
#[test]
fn what_no_entry_reaches() {
    let folder = pair();
    folder.write("linchpin.toml", "[[entry]]\ncomponent = \"web\"\n");
    folder.write(
        "batch.yaml",
        format!("{}---\n{}", workload("ledger", &[]), workload("report", &[("LEDGER_URL", "http://ledger")])),
    );
    let report = folder.json(&["scan"]);
    let found: Vec<(&Value, &Value)> =
        report["findings"].as_array().unwrap().iter().map(|f| (&f["message"], &f["entries"])).collect();
    let web = json!(["service:default/web"]);
    assert_eq!(
        found,
        [
            (&json!("db is a single instance: its loss takes down web"), &web),
            (&json!("web is a single instance: its loss takes down web"), &web),
            (&json!("ledger is a single instance: its loss takes down report, which no entry needs"), &json!([])),
        ]
    );
    let rows: Vec<&Value> = report["spofs"].as_array().unwrap().iter().map(|s| &s["component"]).collect();
    assert_eq!(rows, ["service:default/db", "service:default/web"]);
    let last = report["findings"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["rule"], &last["path"]),
        (&json!("LP001"), &json!(["service:default/ledger", "service:default/report"]))
    );
    let text = folder.run(&["scan"]).out;
    assert!(text.contains("Unfelt           ledger is a single instance"), "{text}");
}

/// A reference to nothing says which name was probably meant: a near one of the same sort in the same namespace, not a
/// stranger that only ends in the same word.
#[test]
fn names_that_were_probably_meant() {
    let folder = Folder::new();
    for name in ["cartservice", "payments", "web"] {
        folder.write(&format!("{name}.yaml"), workload(name, &[]));
    }
    folder.write(
        "other.yaml",
        workload("mailer", &[]).replace("metadata: {name: mailer}", "metadata: {name: mailer, namespace: other}"),
    );
    folder.write("settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n");
    folder.write("also.yaml", workload("also", &[]).replace("env: []", "envFrom: [{configMapRef: {name: settings}}]"));
    for (reference, meant) in [
        ("payment", Some("payments")),
        ("paymnets", Some("payments")),
        ("cart", Some("cartservice")),
        ("cart-svc", Some("cartservice")),
        ("adservice", None),
        ("mailers", None),
        ("settings", None),
    ] {
        folder.write("shop.yaml", workload("shop", &[("NEEDED_HOST", reference)]));
        let report = folder.json(&["scan"]);
        let found: Vec<&Value> =
            report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "LP080").collect();
        let hint = meant.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0]["message"],
            format!("shop refers to {reference}: nothing in the input has this name{hint}")
        );
    }
    folder.write("shop.yaml", workload("shop", &[]).replace("env: []", "envFrom: [{configMapRef: {name: setings}}]"));
    let report = folder.json(&["scan"]);
    let messages = report["findings"].to_string();
    let expected = "shop refers to ConfigMap default/setings, which is not there; did you mean `settings`?";
    assert!(messages.contains(expected), "{messages}");
}
