//! Real systems with known edges. They live beside the repository; without them these tests say so and pass.
//!
//! Recall is over the edges that a manifest can show, precision over the runtime edges whose two ends the truth names.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on must fail, and one that skips must say so"
)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const CORPORA: &str = "../shared/corpora";

/// Truth, the folder that it is the truth of, and the least recall and precision.
const SYSTEMS: [(&str, &str, f64); 15] = [
    ("online-boutique", "online-boutique", 0.98),
    // One variable of the frontend is only for the browser, and nothing in the manifests says so: 1 of 42 edges.
    ("opentelemetry-demo", "opentelemetry-demo", 0.975),
    ("opentelemetry-demo-k8s", "opentelemetry-demo-k8s", 0.975),
    ("example-voting-app", "example-voting-app", 0.98),
    ("emojivoto", "emojivoto", 0.98),
    ("eshop-on-containers", "eshop-on-containers", 0.98),
    ("mse-ewolff-microservice-kafka", "mse-ewolff-microservice-kafka", 0.98),
    ("aws-serverless-airline", "aws-serverless-airline", 0.95),
    ("serverless-examples", "serverless-examples", 0.95),
    ("bookinfo", "bookinfo", 0.0),
    ("mse-apssouza22-java-microservice", "mse-apssouza22-java-microservice", 0.0),
    ("mse-petclinic", "spring-petclinic-microservices", 0.0),
    ("mse-piggymetrics", "mse-piggymetrics", 0.0),
    ("mse-yidongnan-spring-cloud-netflix", "mse-yidongnan-spring-cloud-netflix", 0.0),
    ("spring-petclinic-microservices", "spring-petclinic-microservices", 0.0),
];

fn corpora() -> Option<&'static Path> {
    let path = Path::new(CORPORA);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {CORPORA} is not there");
    None
}

fn linchpin(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_linchpin")).args(args).output().unwrap()
}

fn json(path: PathBuf) -> Option<Value> {
    std::fs::read_to_string(path).ok().map(|text| serde_json::from_str(&text).unwrap())
}

type Edge = (String, String);

struct Score {
    missed: Vec<Edge>,
    invented: Vec<Edge>,
    recall: f64,
    precision: f64,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn score(truth: &Value, meta: &Value, graph: &Value) -> Score {
    let edge = |e: &Value| (text(&e["from"]), text(&e["to"]));
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for e in truth.as_array().unwrap() {
        for end in [text(&e["from"]), text(&e["to"])] {
            names.insert(end.to_lowercase(), end);
        }
    }
    for (name, others) in meta["aliases"].as_object().into_iter().flatten() {
        for other in others.as_array().into_iter().flatten() {
            names.insert(text(other).to_lowercase(), name.clone());
        }
    }
    let known = |c: &Value| -> Option<String> {
        let labels = std::iter::once(text(&c["name"])).chain(c["aliases"].as_array().into_iter().flatten().map(text));
        let scope = text(&c["scope"]);
        labels
            .flat_map(|l| [l.clone(), format!("{scope}/{l}"), l.split('.').next().unwrap_or("").to_owned()])
            .find_map(|l| names.get(&l.to_lowercase()).cloned())
    };
    let by_id: BTreeMap<String, Option<String>> =
        graph["components"].as_array().unwrap().iter().map(|c| (text(&c["id"]), known(c))).collect();
    let (mut runtime, mut got) = (BTreeSet::new(), BTreeSet::new());
    for d in graph["dependencies"].as_array().unwrap() {
        let ends = (by_id.get(&text(&d["from"])).cloned().flatten(), by_id.get(&text(&d["to"])).cloned().flatten());
        let (Some(from), Some(to)) = ends else { continue };
        if from == to {
            continue;
        }
        match d["plane"].as_str() {
            Some("runtime") => {
                runtime.insert((from.clone(), to.clone()));
                got.insert((from, to));
            }
            Some("startup") => {}
            _ => {
                got.insert((from, to));
            }
        }
    }
    let all: BTreeSet<Edge> = truth.as_array().unwrap().iter().map(edge).collect();
    let visible =
        |e: &&Value| e["in_manifests"].as_bool() == Some(true) && e["tier"].as_str().unwrap_or("core") == "core";
    let want: BTreeSet<Edge> = truth.as_array().unwrap().iter().filter(visible).map(edge).collect();
    let missed: Vec<Edge> = want.difference(&got).cloned().collect();
    let invented: Vec<Edge> = runtime.difference(&all).cloned().collect();
    let share = |wrong: usize, of: usize| if of == 0 { 1.0 } else { 1.0 - wrong as f64 / of as f64 };
    let (recall, precision) = (share(missed.len(), want.len()), share(invented.len(), runtime.len()));
    Score { missed, invented, recall, precision }
}

/// What the manifests show is found, and nothing is invented.
#[test]
fn known_systems_are_read_right() {
    let Some(corpora) = corpora() else { return };
    let mut failures = Vec::new();
    for (name, folder, least) in SYSTEMS {
        let Some(truth) = json(corpora.join(format!("truth/{name}.json"))) else { continue };
        let meta = json(corpora.join(format!("truth/{name}.meta.json"))).unwrap_or(Value::Null);
        let folder = corpora.join(folder);
        let out = linchpin(&["graph", "--format", "json", "-m", folder.to_str().unwrap()]);
        assert!(out.status.success(), "{name}: {}", String::from_utf8_lossy(&out.stderr));
        let graph: Value = serde_json::from_slice(&out.stdout).unwrap();
        let score = score(&truth, &meta, &graph);
        eprintln!("{name}: recall {:.3} precision {:.3}", score.recall, score.precision);
        if score.recall < least || score.precision < least {
            failures.push(format!("{name}: missed {:?}, invented {:?}", score.missed, score.invented));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Killing the cart's cache reaches exactly those who need it, each by the way it does.
#[test]
fn online_boutique_loses_its_cache() {
    let Some(corpora) = corpora() else { return };
    let manifests = corpora.join("online-boutique/kubernetes-manifests");
    let blast = |component: &str| -> Vec<String> {
        let out = linchpin(&["blast", component, "-m", manifests.to_str().unwrap(), "--format", "json"]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let report: Value = serde_json::from_slice(&out.stdout).unwrap();
        let affected = report["affected"].as_array().unwrap();
        assert!(affected.iter().all(|a| a["path"].as_array().is_some_and(|p| p.len() > 1)));
        affected.iter().map(|a| text(&a["id"]).rsplit('/').next().unwrap().to_owned()).collect()
    };
    assert_eq!(blast("redis-cart"), ["cartservice", "checkoutservice", "frontend", "loadgenerator"]);
    assert!(blast("loadgenerator").is_empty());
}

/// All of it is read: nothing crashes, and whatever could not be read is said once, with its line.
#[test]
fn every_corpus_is_accounted_for() {
    let Some(corpora) = corpora() else { return };
    let out = linchpin(&["graph", "--format", "json", "-m", corpora.to_str().unwrap()]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let graph: Value = serde_json::from_slice(&out.stdout).unwrap();
    for what in ["files", "documents"] {
        let tally = &graph["inputs"][what];
        let n = |key: &str| tally[key].as_u64().unwrap();
        assert_eq!(n("seen"), n("used") + n("ignored") + n("failed"), "{what}");
        assert!(n("used") > 500, "{what}");
    }
    let problems: Vec<(String, u64, String)> = graph["inputs"]["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (text(&p["file"]), p["line"].as_u64().unwrap(), text(&p["reason"])))
        .collect();
    let unique: BTreeSet<_> = problems.iter().collect();
    assert_eq!(unique.len(), problems.len());
    assert!(problems.iter().all(|(file, line, _)| !file.is_empty() && *line > 0));
}
