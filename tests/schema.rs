//! The committed JSON Schemas, and that what linchpin writes fits them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use linchpin::schema::{NAMES, schema};
use serde_json::Value;
use std::{env, fs};

fn parsed(name: &str) -> Value {
    serde_json::from_str(&schema(name).unwrap()).unwrap()
}

/// `schemas/` holds what `linchpin schema` prints; run the tests with `LINCHPIN_BLESS=1` to write it again.
#[test]
fn committed_schemas_are_fresh() {
    for name in NAMES {
        let path = format!("{}/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = schema(name).unwrap();
        if env::var_os("LINCHPIN_BLESS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap_or_default(), text, "{path} is stale");
    }
    assert_eq!(schema("nonsense"), None);
}

/// Each schema is an object of JSON Schema 2020-12 that says what it describes, under a sorted name.
#[test]
fn schemas_describe_themselves() {
    assert!(NAMES.is_sorted());
    for name in NAMES {
        let schema = parsed(name);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
        assert_eq!(schema["type"], "object", "{name}");
    }
}

/// What is read has no empty values: a field that is not needed is left out.
#[test]
fn inputs_have_no_null() {
    for name in ["manifest", "config"] {
        assert!(!schema(name).unwrap().contains("null"), "{name}");
    }
}

/// The documents that the renderers are known to write fit the schemas, and no key of theirs is undescribed.
#[test]
fn outputs_fit() {
    for (name, snapshot) in [
        ("graph", "render__json_graph"),
        ("report", "render__json_report"),
        ("report", "drift__json"),
        ("report", "cuts__json"),
        ("report", "overload__json"),
        ("blast", "render__json_blast"),
    ] {
        let path = format!("{}/tests/output/snapshots/output__{snapshot}.snap", env!("CARGO_MANIFEST_DIR"));
        let snapshot = fs::read_to_string(path).unwrap();
        let document = snapshot.splitn(3, "---\n").nth(2).unwrap();
        let schema = parsed(name);
        let mut wrong = Vec::new();
        check(&schema, &schema, &serde_json::from_str(document).unwrap(), name, &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

/// What a gate answers and keeps, with findings of every sort and a waiver, fits the schemas.
#[test]
fn answers_of_a_gate_fit() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let service = |name: &str, replicas: u32, calls: &str| {
        format!(
            "apiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: {name}}}\n\
             spec: {{replicas: {replicas}, {}dependsOn: [{calls}]}}\n---\n",
            if name == "web" { "entry: true, " } else { "" }
        )
    };
    let calls = |tries: u32| format!("{{name: cart, timeout: 1s, retry: {{tries: {tries}, perTryTimeout: 90ms}}}}");
    write("old/shop.yaml", &(service("web", 2, &calls(9)) + &service("cart", 2, "") + &service("ads", 1, "")));
    write("new/shop.yaml", &(service("web", 1, &calls(11)) + &service("cart", 1, "")));
    write(
        "linchpin.toml",
        "[[waiver]]\nrule = \"LP001\"\nsubject = \"web\"\nreason = \"x\"\n[[waiver]]\nrule = \"LP004\"\nreason = \"y\"\n",
    );
    let run = |args: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("linchpin").unwrap();
        let output = command.current_dir(folder.path()).args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let json = ["--format", "json"];
    let gate = run(&[&["gate", "new", "--base-dir", "old"], &json[..]].concat());
    run(&["gate", "new", "--baseline", "known.json", "--update-baseline"]);
    let baseline = fs::read_to_string(folder.path().join("known.json")).unwrap();
    let waivers = run(&[&["waivers", "new"], &json[..]].concat());
    for (name, text) in [("gate", gate), ("baseline", baseline), ("waivers", waivers)] {
        let document: Value = serde_json::from_str(&text).unwrap();
        let mut wrong = Vec::new();
        check(&parsed(name), &parsed(name), &document, name, &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
        let rows = document.get("findings").or_else(|| document.get("waivers")).unwrap();
        assert!(!rows.as_array().unwrap().is_empty(), "{name}: {document:#}");
    }
}

/// The check itself sees a missing key, an undescribed one, a wrong type and a wrong word.
#[test]
fn misfits_are_seen() {
    let schema = parsed("blast");
    let document = serde_json::json!({
        "schema": "linchpin.blast/2", "fault": "flood", "failed": [1], "affected": [{"id": "a"}], "surprise": 1
    });
    let mut wrong = Vec::new();
    check(&schema, &schema, &document, "blast", &mut wrong);
    for expected in [
        "blast: entries is missing",
        "blast.surprise is not described",
        "blast.schema is not \"linchpin.blast/1\"",
        "blast.fault is none of [\"outage\",\"latency\",\"overload\",\"corruption\",\"change\"]",
        "blast.failed[]: 1 is no \"string\"",
        "blast.affected[]: path is missing",
    ] {
        assert!(wrong.iter().any(|w| w == expected), "{expected} not in {wrong:#?}");
    }
}

/// As much of JSON Schema as the output schemas use.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.strip_prefix('#').unwrap()).unwrap();
        return check(root, target, value, at, wrong);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = |choice: &Value| {
            let mut misfits = Vec::new();
            check(root, choice, value, at, &mut misfits);
            misfits.is_empty()
        };
        if !choices.iter().any(fits) {
            check(root, &choices[0], value, at, wrong);
        }
        return;
    }
    if schema.get("const").is_some_and(|only| only != value) {
        wrong.push(format!("{at} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        wrong.push(format!("{at} is none of {}", schema["enum"]));
    }
    let is = |sort: &Value| match sort.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        sort => panic!("{sort}"),
    };
    match &schema["type"] {
        Value::Null => {}
        Value::Array(sorts) if sorts.iter().any(is) => {}
        sort @ Value::String(_) if is(sort) => {}
        sorts => return wrong.push(format!("{at}: {value} is no {sorts}")),
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            wrong.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{name}");
        match schema["properties"].get(name).or_else(|| schema.get("additionalProperties")) {
            Some(schema) => check(root, schema, value, &at, wrong),
            None => wrong.push(format!("{at} is not described")),
        }
    }
    for item in value.as_array().into_iter().flatten() {
        check(root, &schema["items"], item, &format!("{at}[]"), wrong);
    }
}
