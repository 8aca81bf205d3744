//! What is said beside the manifests: `linchpin.toml`, annotations and labels.

use crate::{Folder, pair, problems, workload};
use serde_json::{Value, json};

fn component<'a>(graph: &'a Value, id: &str) -> &'a Value {
    let found = graph["components"].as_array().unwrap().iter().find(|c| c["id"] == id);
    found.unwrap_or_else(|| panic!("no {id} in {}", graph["components"]))
}

/// `from > to criticality` of every dependency that is about work.
fn edges(graph: &Value) -> Vec<String> {
    let rows = graph["dependencies"].as_array().unwrap().iter().filter(|d| d["plane"] == "runtime");
    rows.map(|d| format!("{} > {} {}", d["from"], d["to"], d["criticality"]).replace('"', "")).collect()
}

/// A chart to render that is not there is said, at its line; settings that work say nothing.
#[test]
fn settings_work_or_are_said_not_to() {
    let folder = pair();
    folder.write("linchpin.toml", "[probability]\nservice = 0.1\n[render.\"charts/cart\"]\nrelease = \"cart\"\n");
    let said = "linchpin.toml:3: `render` names `charts/cart`, which is no chart of the input";
    assert_eq!(problems(&folder.json(&["scan"])), [said]);
    folder.write(
        "linchpin.toml",
        "[[entry]]\ncomponent = \"web\"\nweight = 2\n[[criticality]]\nfrom = \"web\"\nto = \"db\"\ncriticality = \"soft\"\n\
         [platform.istio]\nversion = \"1.24\"\n[platform.kubernetes]\ncluster_domain = \"corp.local\"\n[alias]\nshopfront = \"web\"\n[capacity.web]\nrps = 5\n\
         [scan]\nexclude = [\"x/**\"]\nmax_file_size = \"1MiB\"\n\
         [scope.staging]\npaths = [\"staging/**\"]\n[assume]\ncontainment_min = 3\n",
    );
    assert_eq!(problems(&folder.json(&["scan"])), [""; 0]);
}

/// Severities and thresholds hold for a scan too; thresholds that change nothing are problems, and a rule that is none
/// is a mistake: a policy that does nothing in silence would change a verdict.
#[test]
fn policies_of_rules() {
    let folder = pair();
    folder.write(
        "linchpin.toml",
        "# policy\n[policy.rule.LP020]\nthreshold = 3\n[policy.rule.LP001]\nseverity = \"note\"\n",
    );
    let report = folder.json(&["scan"]);
    assert_eq!(problems(&report), ["linchpin.toml:2: the threshold of LP020 has no effect: it reports from 10 on"]);
    let severities: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|f| f["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["note", "note"]);
    folder.write("linchpin.toml", "[policy.rule.single-point-of-failure]\nseverity = \"off\"\n");
    assert_eq!(folder.json(&["scan"])["findings"], serde_json::json!([]));
    folder.write("linchpin.toml", "[policy.rule.single-point-of-failures]\nseverity = \"off\"\n");
    let ran = folder.run(&["scan"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("linchpin.toml:1: there is no rule `single-point-of-failures`; did you mean"),
        "{}",
        ran.err
    );
}

/// A file beyond `scan.max_file_size` is not read: a problem if it claims to be a manifest, and never read in part.
#[test]
fn larger_files_are_not_read() {
    let folder = pair();
    folder.write("large.yaml", workload("large", &[]) + &"#".repeat(2000));
    folder.write("large.txt", "#".repeat(2001));
    folder.write("linchpin.toml", "[scan]\nmax_file_size = 2000\n");
    let report = folder.json(&["scan"]);
    let size = std::fs::metadata(folder.path().join("large.yaml")).unwrap().len();
    assert_eq!(
        problems(&report),
        [format!("large.yaml:1: is larger than any manifest ({size} bytes; the limit is 2000 bytes)")]
    );
    assert_eq!(report["inputs"]["files"]["reasons"], json!({"too large for a manifest": 1}));
    folder.write("linchpin.toml", "[scan]\nmax_file_size = 4000\n");
    assert_eq!(problems(&folder.json(&["scan"])), [""; 0]);
    folder.write("linchpin.toml", "[scan]\nmax_file_size = 10\n");
    let mut piped = folder.command(&["scan", "-m", "-"]);
    piped.write_stdin(workload("web", &[]));
    let ran = crate::Ran::from(piped);
    assert_eq!((ran.code, &*ran.err), (2, "error: standard input is larger than 10 bytes; give files instead\n"));
}

/// Annotations and labels of workloads, and of their pods, say what a native manifest would.
#[test]
fn kubernetes_annotations() {
    let folder = pair();
    folder.write(
        "cart.yaml",
        r#"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  annotations:
    linchpin.dev/entry: "0.5"
    linchpin.dev/depends-on: "web, db?, mail"
    linchpin.dev/zones: a, b
  labels:
    linchpin.dev/replicas: "4"
    linchpin.dev/owner: carts
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata:
      labels: {app: cart, linchpin.dev/owner: carts}
      annotations: {linchpin.dev/need: "2", linchpin.dev/tmeout: 2s}
    spec: {containers: [{name: cart, image: registry.example.com/cart}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  jobTemplate:
    spec:
      template:
        metadata: {annotations: {linchpin.dev/depends-on: db}}
        spec: {containers: [{name: report, image: registry.example.com/report}]}
---
apiVersion: v1
kind: Pod
metadata: {name: lonely, annotations: {linchpin.dev/depends-on: web}}
spec: {containers: [{name: lonely, image: registry.example.com/lonely}]}
"#,
    );
    let graph = folder.json(&["graph"]);
    let cart = component(&graph, "service:default/cart");
    assert_eq!((&cart["replicas"], &cart["entry"], &cart["weight"]), (&json!(4), &json!(true), &json!(0.5)), "{cart}");
    assert_eq!(
        edges(&graph),
        [
            "job:default/report > service:default/db hard",
            "service:default/cart > service:default/db soft",
            "service:default/cart > service:default/web hard",
            "service:default/cart > zone:a hard",
            "service:default/cart > zone:b hard",
            "service:default/lonely > service:default/web hard",
            "service:default/web > service:default/db hard",
        ]
    );
    assert_eq!(problems(&graph), ["cart.yaml:18: unknown linchpin.dev label `tmeout`"]);
    let report = folder.json(&["scan"]);
    let dangling = report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "LP080").unwrap();
    assert_eq!(dangling["message"], "cart refers to mail: nothing in the input has this name");
    assert_eq!(dangling["evidence"][0]["line"], 8);
}

/// What stands on a workload and otherwise on its pods is a problem: one of them would be ignored in silence.
#[test]
fn annotations_that_disagree() {
    let folder = Folder::with(&[(
        "cart.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, annotations: {linchpin.dev/timeout: 2s}}\nspec:\n  \
         template:\n    metadata: {labels: {linchpin.dev/timeout: 3s}}\n    spec: {containers: [{name: c, image: c}]}\n",
    )]);
    assert_eq!(
        problems(&folder.json(&["graph"])),
        ["cart.yaml:6: `linchpin.dev/timeout` is written twice; only the first one counts"]
    );
}

/// Labels of Compose services, as a mapping and as a list.
#[test]
fn compose_labels() {
    let folder = Folder::with(&[(
        "compose.yaml",
        r#"
name: dev
services:
  web:
    image: registry.example.com/web
    labels:
      linchpin.dev/entry: "true"
      linchpin.dev/depends-on: "api | spare, db?"
      com.example.other: x
  api:
    image: registry.example.com/api
    labels: ["linchpin.dev/kind=Cache", "linchpin.dev/depends-on=db"]
  spare: {image: registry.example.com/api}
  db: {image: postgres}
"#,
    )]);
    let graph = folder.json(&["graph"]);
    assert_eq!(problems(&graph), [""; 0]);
    assert_eq!(component(&graph, "service:dev/web")["entry"], true);
    assert_eq!(
        edges(&graph),
        [
            "cache:dev/api > datastore:dev/db hard",
            "service:dev/web > cache:dev/api hard",
            "service:dev/web > datastore:dev/db soft",
            "service:dev/web > service:dev/spare hard",
        ]
    );
}

/// By `cluster_domain` a name of another cluster's Service is nobody of this one; without it every domain may be its own.
#[test]
fn the_domain_of_a_cluster() {
    let web = workload("web", &[("CART_URL", "http://cart.default.svc.other.example")]);
    let folder = Folder::with(&[("web.yaml", &web), ("cart.yaml", &workload("cart", &[]))]);
    assert_eq!(edges(&folder.json(&["graph"])), ["service:default/web > service:default/cart hard"]);
    folder.write("linchpin.toml", "[platform.kubernetes]\ncluster_domain = \"corp.example\"\n");
    assert!(!edges(&folder.json(&["graph"])).iter().any(|e| e.ends_with("service:default/cart hard")));
    folder.write("linchpin.toml", "[platform.kubernetes]\ncluster_domain = \"other.example\"\n");
    assert_eq!(edges(&folder.json(&["graph"])), ["service:default/web > service:default/cart hard"]);
}
