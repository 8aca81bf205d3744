//! SCRAM, an independent program for fault trees (Debian package `scram`), as an oracle: the fault trees that linchpin
//! exports, and those that come with SCRAM, have as many minimal cut sets of each size in both.
//!
//! Without `scram` on the PATH nothing is compared, and the tests say so; with `LINCHPIN_NO_SKIP=1` they fail instead.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
#![expect(clippy::print_stderr, reason = "a test that is skipped has to say so")]

mod open_psa;

use linchpin::graph::algo::CutBounds;
use open_psa::Tree;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ALL: CutBounds = CutBounds { steps: 20_000_000, rows: 0 };

/// Whether there is something to compare with.
fn scram_is_there() -> bool {
    let there = Command::new("scram").arg("--version").output().is_ok_and(|o| o.status.success());
    assert!(there || std::env::var_os("LINCHPIN_NO_SKIP").is_none(), "scram is not on the PATH");
    if !there {
        eprintln!("skipped: scram is not on the PATH (Debian package scram)");
    }
    there
}

/// What SCRAM counts in the tree that these files hold together: by size, from 1 on.
fn by_scram(files: &[PathBuf], size: u32, scratch: &Path) -> Vec<u64> {
    let report = scratch.join("report.xml");
    // SCRAM leaves an old report in place when it fails: then the comparison would be with that.
    let _ = fs::remove_file(&report);
    let run = Command::new("scram")
        .args(["--zbdd", "-l", &size.to_string(), "-o"])
        .arg(&report)
        .args(files)
        .output()
        .unwrap();
    assert!(run.status.success(), "{files:?}: {}", String::from_utf8_lossy(&run.stderr));
    let report = fs::read_to_string(&report).unwrap();
    let products = report.split("<sum-of-products").nth(1).unwrap().split('>').next().unwrap();
    let distribution = products.split("distribution=\"").nth(1).map(|rest| rest.split('"').next().unwrap());
    let mut counts: Vec<u64> =
        distribution.unwrap_or_default().split_whitespace().map(|count| count.parse().unwrap()).collect();
    counts.resize(size as usize, 0);
    counts
}

/// A layered system of native manifests: entries on top, replicas and quorums below, and some calls back up.
fn manifest(seed: u64) -> String {
    const COMPONENTS: u64 = 60;
    let mut state = seed;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut documents = Vec::new();
    for id in 0..COMPONENTS {
        let mut needs: Vec<Value> = Vec::new();
        let below = COMPONENTS - id - 1;
        for _ in 0..random(4).min(below) {
            let back = random(12) == 0 && id > 10;
            let mut pick = || if back { random(id) } else { id + 1 + random(below.min(20)) };
            let mut of = vec![pick(), pick(), pick(), pick()];
            of.sort_unstable();
            of.dedup();
            of.retain(|&other| other != id);
            let names: Vec<String> = of.iter().map(|n| format!("c{n}")).collect();
            match (random(5), &names[..]) {
                (0..=1, [first, second, ..]) => needs.push(json!({"need": 1, "of": [first, second]})),
                (2, [_, _, _, ..]) => needs.push(json!({"need": 2, "of": names})),
                (_, [first, ..]) => needs.push(json!({"name": first})),
                (_, []) => {}
            }
        }
        let mut spec = json!({"dependsOn": needs, "replicas": 1 + random(2)});
        if id < 6 {
            spec["entry"] = json!({"weight": 1});
        }
        let document = json!({"apiVersion": "linchpin/v1", "kind": "Service", "metadata": {"name": format!("c{id}")}, "spec": spec});
        documents.push(document.to_string());
    }
    documents.join("\n---\n")
}

fn linchpin(arguments: &[&str], manifests: &Path) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_linchpin")).args(arguments).arg("-m").arg(manifests).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every entry of generated systems has as many cut sets of each size in `linchpin cuts` as SCRAM finds in its exported
/// tree, and as many as the engine finds in the tree when it is read back.
#[test]
fn exported_trees_have_the_same_cut_sets() {
    let scratch = tempfile::tempdir().unwrap();
    let compare = scram_is_there();
    for seed in 0..4 {
        let manifests = scratch.path().join("system.yaml");
        fs::write(&manifests, manifest(seed)).unwrap();
        let report = linchpin(&["cuts", "--max-size", "3", "--format", "json"], &manifests);
        let report: Value = serde_json::from_str(&report).unwrap();
        let rows = report["cut_sets"].as_array().unwrap();
        for entry in (0..6).map(|id| format!("service:default/c{id}")) {
            let entry = entry.as_str();
            let of = |size: u64| rows.iter().filter(move |row| row["entry"] == entry && row["size"] == size);
            let told: Vec<u64> = (1..=3).map(|size| of(size).map(|row| row["count"].as_u64().unwrap()).sum()).collect();
            assert!(of(1).all(|row| row["complete_to"] == 3));
            let tree = scratch.path().join("tree.xml");
            fs::write(&tree, linchpin(&["graph", "--format", "open-psa", "--entry", entry], &manifests)).unwrap();
            assert_eq!(Tree::read(&[fs::read_to_string(&tree).unwrap()]).unwrap().counts(3, &ALL), told, "{entry}");
            if compare {
                assert_eq!(by_scram(&[tree], 3, scratch.path()), told, "{seed} {entry}");
            }
        }
    }
}

/// The coherent fault trees that come with SCRAM have the same cut sets in both up to size 4.
#[test]
fn trees_of_scram_have_the_same_cut_sets() {
    if !scram_is_there() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let file = |name: &str| Path::new("/usr/share/scram/input").join(name);
    for names in [
        &["BSCU/BSCU.xml"][..],
        &["Baobab/baobab1.xml", "Baobab/baobab1-basic-events.xml"],
        &["Baobab/baobab2.xml", "Baobab/baobab2-basic-events.xml"],
        &["Chinese/chinese.xml", "Chinese/chinese-basic-events.xml"],
        &["HIPPS/HIPPS.xml"],
        &["Lift/lift.xml"],
        &["SmallTree/SmallTree.xml"],
        &["Theatre/theatre.xml"],
        &["TwoTrain/two_train.xml"],
        &["ne574/ne574.xml"],
    ] {
        let files: Vec<PathBuf> = names.iter().map(|name| file(name)).collect();
        let documents: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        let counts = Tree::read(&documents).unwrap().counts(4, &ALL);
        assert_eq!(counts, by_scram(&files, 4, scratch.path()), "{names:?}");
    }
    for (name, why) in [("CEA9601/CEA9601.xml", "<not>"), ("ThreeMotor/three_motor.xml", "a house event that is true")]
    {
        let refused = Tree::read(&[fs::read_to_string(file(name)).unwrap()]).err();
        assert_eq!(refused, Some(format!("{why} is not supported")));
    }
}

/// Trees are read as they are written, and what the engine cannot express is an error, not something else.
#[test]
fn what_is_not_supported_is_an_error() {
    let tree = |formula: &str| {
        let gate = format!("<opsa-mef><define-fault-tree name='t'><define-gate name='g'>{formula}");
        Tree::read(&[format!("{gate}</define-gate></define-fault-tree></opsa-mef>")])
    };
    let event = |name: &str| format!("<basic-event name='{name}'/>");
    let (a, b, c) = (event("a"), event("b"), event("c"));
    for (formula, counts) in [
        (a.clone(), [1, 0, 0]),
        (format!("<or>{a}{b}<!-- and --></or>"), [2, 0, 0]),
        (format!("<atleast min='2'>{a}{b}{c}</atleast>"), [0, 3, 0]),
        (format!("<and>{a}<or>{b}{c}</or></and>"), [0, 2, 0]),
        (format!("<and>{a}{b}{c}</and>"), [0, 0, 1]),
    ] {
        assert_eq!(tree(&formula).unwrap().counts(3, &ALL), counts, "{formula}");
    }
    for operator in ["not", "xor", "nor", "nand", "iff"] {
        let refused = tree(&format!("<{operator}>{a}{b}</{operator}>")).err();
        assert_eq!(refused, Some(format!("<{operator}> is not supported")));
    }
    assert!(Tree::read(&["<opsa-mef><define-CCF-group/></opsa-mef>".to_owned()]).is_err());
    assert!(Tree::read(&["<opsa-mef>".to_owned()]).is_err());
}
