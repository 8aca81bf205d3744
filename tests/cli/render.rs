//! `--render`: charts and kustomizations by their own tools, which are scripts here.

use super::{Folder, Ran, pair, problems, workload};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A folder with a chart of two templates and a part, and a kustomization that inflates a chart.
fn charts() -> Folder {
    let folder = pair();
    let template = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n";
    folder.write("charts/cart/Chart.yaml", "apiVersion: v2\nname: cart\nversion: 1.0.0\n");
    folder.write("charts/cart/templates/deploy.yaml", template);
    folder.write("charts/cart/templates/service.yaml", template);
    folder.write("charts/cart/charts/redis/Chart.yaml", "apiVersion: v2\nname: redis\nversion: 1.0.0\n");
    folder.write("charts/cart/charts/redis/templates/redis.yaml", template);
    folder
}

/// Puts a program of this name on the path of the run; it notes its arguments, then does what the script says.
fn tool(folder: &Folder, name: &str, script: &str) {
    let path = folder.path().join("bin").join(name);
    folder
        .write(&format!("bin/{name}"), format!("#!/bin/sh\nfor a in \"$@\"; do echo \"$a\" >> args; done\n{script}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn run(folder: &Folder, args: &[&str]) -> Ran {
    let mut command = folder.command(args);
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.path().join("bin").display()));
    command.into()
}

fn json(folder: &Folder, args: &[&str]) -> Value {
    let ran = run(folder, &[args, &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// A chart is one problem with the exact command, settings of the chart included.
#[test]
fn the_command_is_printed() {
    let folder = charts();
    let remedy = |report: &Value| report["inputs"]["problems"][0]["remedy"].as_str().unwrap().to_owned();
    let report = json(&folder, &["scan"]);
    let reason = "charts/cart/charts/redis/templates/redis.yaml:4: is an unrendered Helm template, and so are 2 others of this chart";
    assert_eq!(problems(&report), [reason]);
    assert_eq!(remedy(&report), "helm template charts/cart | linchpin scan -m -, or scan with --render");
    folder.write(
        "linchpin.toml",
        "[render.\"charts/cart\"]\nrelease = \"cart\"\nnamespace = \"shop\"\nvalues = [\"values/my prod.yaml\"]\n",
    );
    assert_eq!(
        remedy(&json(&folder, &["scan"])),
        "helm template cart charts/cart --namespace shop --values 'values/my prod.yaml' | linchpin scan -m -, or scan with --render"
    );
}

/// With `--render` the tool gets its arguments one by one, and what it prints takes the place of the templates.
#[test]
fn charts_are_rendered() {
    let folder = charts();
    folder.write(
        "linchpin.toml",
        "[render.\"charts/cart\"]\nrelease = \"cart\"\nnamespace = \"shop; touch hacked\"\nvalues = [\"v.yaml\"]\n",
    );
    folder.write("rendered.yaml", workload("cart", &[("DB_HOST", "db")]));
    fs::rename(folder.path().join("rendered.yaml"), folder.path().join("rendered.out")).unwrap();
    tool(&folder, "helm", "cat rendered.out");
    let graph = json(&folder, &["graph", "--render", "-m", "app.yaml", "-m", "charts"]);
    let cart = graph["components"].as_array().unwrap().iter().find(|c| c["id"] == "service:default/cart").unwrap();
    assert_eq!(cart["evidence"][0]["file"], "charts/cart (helm template)");
    assert_eq!(problems(&graph), [""; 0]);
    let args = fs::read_to_string(folder.path().join("args")).unwrap();
    let expected = ["template", "cart", "charts/cart", "--namespace", "shop; touch hacked", "--values", "v.yaml"];
    assert_eq!(args.lines().collect::<Vec<_>>(), expected);
    assert!(!folder.path().join("hacked").exists());
    let files = &graph["inputs"]["files"];
    let sum = ["used", "ignored", "failed"].iter().map(|k| files[k].as_u64().unwrap()).sum::<u64>();
    assert_eq!(files["seen"].as_u64().unwrap(), sum, "{files}");
}

/// Without `--render` nothing is run.
#[test]
fn nothing_is_run_unasked() {
    let folder = charts();
    tool(&folder, "helm", "touch was-run");
    run(&folder, &["scan"]);
    assert!(!folder.path().join("was-run").exists());
}

/// A kustomization that inflates charts is built by kustomize, in the scope of its own.
#[test]
fn kustomizations_are_rendered() {
    let folder = Folder::new();
    folder.write("prod/kustomization.yaml", "resources: [app.yaml]\nhelmCharts: [{name: redis}]\n");
    folder.write("prod/app.yaml", workload("web", &[("REDIS_HOST", "redis")]));
    folder.write("out", format!("{}---\n{}", workload("web", &[("REDIS_HOST", "redis")]), workload("redis", &[])));
    tool(&folder, "kustomize", "cat out");
    let graph = json(&folder, &["graph", "--render", "-m", "prod"]);
    assert_eq!(problems(&graph), [""; 0]);
    assert_eq!(graph["dependencies"].as_array().unwrap().len(), 1);
    assert_eq!(graph["components"][0]["scope"], "kubernetes:prod");
    assert_eq!(fs::read_to_string(folder.path().join("args")).unwrap(), "build\n--enable-helm\nprod\n");
}

/// A tool that is not there, fails, or prints what is no text: the chart stays unrendered and the run goes on.
#[test]
fn failing_tools() {
    for (script, expected) in [
        (None, "`helm` is not on PATH, so nothing is rendered"),
        (Some("echo 'Error: \\033[31mno such value' >&2; exit 1"), "`helm` fails: Error: "),
        (Some("printf '\\377\\376\\000'"), "`helm` prints no UTF-8 text"),
    ] {
        let folder = charts();
        if let Some(script) = script {
            tool(&folder, "helm", script);
        }
        let report = json(&folder, &["scan", "--render"]);
        let found = problems(&report);
        assert!(found.iter().any(|p| p.starts_with("charts/cart/Chart.yaml:1: ") && p.contains(expected)), "{found:?}");
        assert!(!found.iter().any(|p| p.contains('\u{1b}')), "{found:?}");
        assert_eq!(report["inputs"]["documents"]["used"], 4, "the others are read");
    }
}
