//! What is read, and what becomes of what is not.

use crate::{Folder, Ran, fixture, pair, problems, workload};
use serde_json::json;

/// Standard input is a file like others, alone or among them.
#[test]
fn standard_input() {
    let folder = pair();
    let piped = |args: &[&str], text: &str| -> Ran {
        let mut command = folder.command(args);
        command.write_stdin(text.to_owned());
        command.into()
    };
    for args in [&["scan", "-m", "-"][..], &["scan", "-"]] {
        let ran = piped(args, &workload("mail", &[]));
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains("<stdin>:3"), "{}", ran.out);
        assert!(!ran.out.contains("web"), "{}", ran.out);
    }
    let both = piped(&["blast", "mail", "-m", "-", "-m", "app.yaml"], &workload("mail", &[("WEB_URL", "http://web")]));
    assert_eq!(both.code, 0, "{}", both.err);
    let nothing = piped(&["scan", "-m", "-"], "");
    assert_eq!(nothing.code, 2);
    assert!(
        nothing.err.starts_with("error: nothing under <stdin> is a manifest that linchpin knows"),
        "{}",
        nothing.err
    );
}

/// A document that cannot be read costs neither its neighbours nor the exit code, and is named with its line.
#[test]
fn a_broken_document_beside_good_ones() {
    let folder = pair();
    let native =
        |field: &str| format!("apiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  {field}\n");
    folder.write("native.yaml", format!("{}---\n{}", native("timeout: 2s"), native("dependOn: [db]")));
    folder.write("broken.yaml", format!("{}---\na: [1,\n---\n{}", workload("mail", &[]), workload("cron", &[])));
    let report = folder.json(&["scan"]);
    let found = problems(&report);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("broken.yaml:19: not valid YAML: "), "{found:?}");
    assert_eq!(found[1], "native.yaml:11: unknown field `dependOn`");
    assert_eq!(report["inputs"]["documents"], json!({"seen": 11, "used": 9, "ignored": 0, "failed": 2, "reasons": {}}));
    let text = folder.run(&["scan"]);
    assert_eq!((text.code, &*text.err), (0, ""));
    assert!(text.out.contains("! native.yaml:11: unknown field `dependOn`; did you mean `dependsOn`?"), "{}", text.out);
}

/// Everything met is counted once: used, left aside with a reason, or failed.
#[test]
fn all_is_accounted_for() {
    let folder = pair();
    folder.write("empty.yaml", "# nothing\n---\n---\n");
    folder.write("readme.txt", "hello");
    folder.write("package.json", "{\"name\": \"x\"}");
    folder.write("ci.yaml", "on: push\njobs: {}\n");
    folder.write("bad.yaml", "a: [\n");
    folder.write(".gitignore", "ignored/\n");
    folder.write("ignored/app.yaml", workload("ignored", &[]));
    for (args, seen, ignored) in [(&["scan"][..], 8, 6), (&["scan", "--no-ignore"], 8, 5)] {
        let files = &folder.json(args)["inputs"]["files"];
        assert_eq!(files["seen"], seen, "{files}");
        assert_eq!((&files["ignored"], &files["failed"]), (&json!(ignored), &json!(1)), "{files}");
        let reasons: u64 = files["reasons"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(reasons, ignored, "{files}");
    }
    let listed = folder.run(&["scan", "--problems"]).out;
    for reason in ["1 file ignored: .gitignore", "1 file ignored: CI workflow", "1 file ignored: empty document"] {
        assert!(listed.contains(reason), "{listed}");
    }
}

/// Templates are named with the command that renders them, and never stop a run.
#[test]
fn templates() {
    let folder = pair();
    let template = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n  {{- include \"x\" . }}\n";
    folder.write("charts/cart/templates/service.yaml", template);
    folder.write("charts/cart/Chart.yaml", "apiVersion: v2\nname: cart\nversion: 1.0.0\n");
    folder.write("charts/cart/values.yaml", "replicas: 2\n");
    let report = folder.json(&["scan"]);
    assert_eq!(problems(&report), ["charts/cart/templates/service.yaml:4: is an unrendered Helm template"]);
    let text = folder.run(&["scan"]).out;
    assert!(text.contains("helm template charts/cart | linchpin scan -m -"), "{text}");
}

/// Trace exports among manifests are left aside with the option that reads them, whatever their dialect and size.
#[test]
fn trace_exports() {
    let folder = pair();
    let mut exports = 0;
    for file in std::fs::read_dir(fixture("traces/same")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".json") || name.ends_with(".jsonl") {
            exports += 1;
            folder.write(&format!("traces/{name}"), std::fs::read(path).unwrap());
        }
    }
    let aside =
        |args: &[&str]| folder.json(args)["inputs"]["files"]["reasons"]["trace export; pass it with -t"].clone();
    assert!(exports > 10);
    assert_eq!(aside(&["scan"]), json!(exports));
    folder.write("linchpin.toml", "[scan]\nmax_file_size = 900\n");
    assert_eq!(aside(&["scan"]), json!(exports), "too large to be a manifest");
    let ran = folder.run(&["scan", "traces/otlp.json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.ends_with("ignored: trace export; pass it with -t\n"), "{}", ran.err);
    assert_eq!(folder.run(&["scan", "-t", "traces/otlp.json"]).code, 0);
}

/// What says nothing by itself counts as used where another document includes or mounts it.
#[test]
fn named_documents_are_used() {
    let folder = Folder::new();
    let layer = "services: {a: {environment: {DB_HOST: b}}}\n";
    for (path, text) in [
        ("compose.yaml", "include: [{path: [sub/x.yml, sub/layer.yml]}]\n"),
        ("sub/x.yml", "services: {a: {image: a, volumes: ['./own.yml:/own.yml']}, b: {image: b}}\n"),
        ("sub/layer.yml", layer),
        ("sub/own.yml", "other: {host: b}\n"),
        ("sub/unused.yml", "other: 1\n"),
        ("sub/envoy.yml", "static_resources: {clusters: []}\n"),
        ("sub/kong.yml", "_format_version: '3.0'\nservices: []\n"),
    ] {
        folder.write(path, text);
    }
    let graph = folder.json(&["graph"]);
    let documents = json!({"seen": 7, "used": 4, "ignored": 3, "failed": 0, "reasons": {
        "no format that linchpin knows": 1, "configuration of a proxy that nothing in the input mounts": 2,
    }});
    assert_eq!(graph["inputs"]["documents"], documents);
    assert_eq!(graph["inputs"]["files"]["used"], 4);
}

/// JSON that looks a little like an answer of Jaeger is still a manifest.
#[test]
fn manifests_in_json() {
    let folder = Folder::new();
    folder.write("app.json", r#"{"apiVersion":"v1","data":null,"kind":"ConfigMap","metadata":{"name":"settings"}}"#);
    let graph = folder.json(&["graph"]);
    assert_eq!(graph["inputs"]["documents"]["used"], 1);
}

/// `--select` reads less, `--scope` looks at less, `--profile` switches on more.
#[test]
fn selections() {
    let folder = pair();
    folder.write("other/mail.yaml", workload("mail", &[]));
    folder.write(
        "compose.yaml",
        "name: dev\nservices:\n  api: {image: api, ports: ['80:80']}\n  debug: {image: debug, ports: ['81:81'], profiles: [tools]}\n",
    );
    let ids = |args: &[&str], key: &str| -> Vec<String> {
        let rows = folder.json(args)[key].clone();
        rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["graph", "--select", "other/**"], "components"), ["service:default/mail"]);
    assert_eq!(ids(&["graph", "--scope", "dev"], "components"), ["service:dev/api", "service:dev/debug"]);
    assert_eq!(ids(&["graph", "--scope", "compose:dev"], "components"), ["service:dev/api", "service:dev/debug"]);
    assert_eq!(ids(&["scan", "--scope", "dev"], "entries"), ["service:dev/api"]);
    let with_tools = ["scan", "--scope", "dev", "--profile", "tools"];
    assert_eq!(ids(&with_tools, "entries"), ["service:dev/api", "service:dev/debug"]);
}

/// Links: a loop, a dead end, and what is read anyway.
#[cfg(unix)]
#[test]
fn links() {
    use std::os::unix::fs::symlink;
    let folder = pair();
    folder.write("deep/er/mail.yaml", workload("mail", &[]));
    symlink("..", folder.path().join("deep/er/up")).unwrap();
    symlink("nowhere", folder.path().join("dead")).unwrap();
    symlink("app.yaml", folder.path().join("again.yaml")).unwrap();
    let report = folder.json(&["scan"]);
    assert_eq!(problems(&report), [""; 0]);
    assert_eq!(
        report["inputs"]["files"],
        json!({"seen": 5, "used": 2, "ignored": 3, "failed": 0, "reasons": {
            "a symbolic link that leads back to its own folder": 1,
            "a symbolic link to nothing": 1,
            "a symbolic link to what is read anyway": 1,
        }})
    );
}
