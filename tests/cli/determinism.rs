//! The same answer for any number of threads and any order of files, byte for byte.

use crate::{Folder, fixture, workload};
use std::path::Path;

const COMMANDS: [&[&str]; 6] = [
    &["scan"],
    &["scan", "--format", "json"],
    &["scan", "--problems", "--assumptions"],
    &["graph", "--format", "json"],
    &["graph"],
    &["graph", "--format", "text"],
];

/// All files under a folder, as paths relative to it.
fn files(root: &Path, below: &str, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.file_type().unwrap().is_dir() {
            files(root, &path, into);
        } else {
            into.push(path);
        }
    }
}

/// The orders in which files are named: sorted, backwards, and dealt out as cards are.
fn orders(mut files: Vec<String>) -> Vec<Vec<String>> {
    files.sort();
    let backwards = files.iter().rev().cloned().collect();
    let dealt = (0..3).flat_map(|hand| files.iter().skip(hand).step_by(3).cloned()).collect();
    vec![files.clone(), backwards, dealt]
}

fn assert_same(folder: &Folder, blast: &str) {
    let mut found = Vec::new();
    files(folder.path(), "", &mut found);
    let orders = orders(found);
    let commands =
        COMMANDS.iter().map(|c| c.to_vec()).chain([vec!["blast", blast, "--format", "json"], vec!["blast", blast]]);
    for command in commands {
        let mut first: Option<(i32, String, String)> = None;
        for (i, order) in orders.iter().enumerate() {
            for threads in ["1", "4"] {
                let mut args = command.clone();
                args.extend(["--threads", threads]);
                args.extend(order.iter().flat_map(|path| ["-m", path.as_str()]));
                let ran = folder.run(&args);
                assert_eq!(ran.code, 0, "{command:?}: {}", ran.err);
                let answer = (ran.code, ran.out, ran.err);
                match &first {
                    None => first = Some(answer),
                    Some(first) => assert!(*first == answer, "{command:?} in order {i} with {threads} threads"),
                }
            }
        }
    }
}

fn copy(from: &Path) -> Folder {
    let folder = Folder::new();
    let mut found = Vec::new();
    files(from, "", &mut found);
    for path in found {
        folder.write(&path, std::fs::read(from.join(&path)).unwrap());
    }
    folder
}

/// The shipped system.
#[test]
fn shop() {
    assert_same(&copy(&fixture("shop")), "redis-cart");
}

/// Compose files that build on each other, kustomizations, and documents that are hostile.
#[test]
fn fixtures() {
    assert_same(&copy(&fixture("compose")), "service:shop/orders");
    let kubernetes = copy(&fixture("kubernetes"));
    let graph = kubernetes.json(&["graph"]);
    let any = graph["components"][0]["id"].as_str().unwrap().to_owned();
    assert_same(&kubernetes, &any);
}

/// A system large enough that threads have something to race for: layers, shared stores, cycles, twins in two files,
/// names that nothing has, broken documents.
#[test]
fn generated() {
    let folder = Folder::new();
    for i in 0..120_usize {
        let next: Vec<String> = [i * 7 + 1, i * 13 + 5, i / 2].iter().map(|n| format!("http://s{}", n % 130)).collect();
        let store = format!("postgres://u:p@store{}:5432/x", i % 4);
        let variables: Vec<(&str, &str)> = ["A_URL", "B_URL", "C_URL"]
            .into_iter()
            .zip(next.iter().map(String::as_str))
            .chain([("DB_URL", &*store)])
            .collect();
        folder.write(&format!("{}/s{i}.yaml", i % 7), workload(&format!("s{i}"), &variables));
        if i % 10 == 0 {
            folder.write(&format!("again/s{i}.yaml"), workload(&format!("s{i}"), &[("D_URL", "http://s3")]));
            folder.write(&format!("broken/b{i}.yaml"), "a: [\n---\nb: [\n");
        }
    }
    for i in 0..4 {
        folder.write(&format!("store{i}.yaml"), workload(&format!("store{i}"), &[]));
    }
    assert_same(&folder, "s3");
}
