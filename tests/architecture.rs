//! Data flows one way: no stage imports one to its right, and `graph::algo` imports nothing of ours.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources must fail")]

use std::fs;
use std::path::{Path, PathBuf};

/// Stages from left to right. A file may import its own stage and those before it.
const STAGES: [(&str, u32); 13] = [
    ("source", 0),
    ("config", 1),
    ("discover", 2),
    ("parse", 2),
    ("facts", 3),
    ("graph", 4),
    ("analysis", 5),
    ("rules", 6),
    ("gate", 7),
    ("render", 8),
    ("schema", 9),
    ("run", 9),
    ("cli", 10),
];

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

fn stage_of(path: &Path) -> String {
    let relative = path.strip_prefix("src").unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn rank(stage: &str) -> Option<u32> {
    STAGES.iter().find(|(name, _)| *name == stage).map(|(_, rank)| *rank)
}

/// The stages that a file names with `crate::…`, in code and not in comments, with the line of each.
fn imports(text: &str) -> Vec<(usize, String)> {
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or("").to_owned() + "\n").collect();
    let mut found = Vec::new();
    for (at, marker) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + marker.len()..];
        for path in heads(rest) {
            found.push((line, path));
        }
    }
    found
}

/// The first names of a path: one, or those of a `{group}` at its own depth.
fn heads(rest: &str) -> Vec<String> {
    let name = |s: &str| -> String { s.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut depth, mut start, mut names) = (0usize, 0, Vec::new());
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                names.push(name(&group[start..i]));
                start = i + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

/// Imports are found in every form that rustfmt leaves them in.
#[test]
fn imports_are_found() {
    let text =
        "use crate::a::{B, c::D};\nuse crate::{\n    e::{F, G},\n    h,\n}; // crate::no\nfn x() { crate::i::j() }\n";
    let found: Vec<String> = imports(text).into_iter().map(|(_, name)| name).filter(|n| !n.is_empty()).collect();
    assert_eq!(found, ["a", "e", "h", "i"]);
}

/// No stage imports one to its right.
#[test]
fn imports_run_forward() {
    let mut all = Vec::new();
    files(Path::new("src"), &mut all);
    let mut wrong = Vec::new();
    for path in &all {
        let Some(own) = rank(&stage_of(path)) else { continue };
        let text = fs::read_to_string(path).unwrap();
        let in_algo = path.starts_with("src/graph/algo");
        for (line, stage) in imports(&text) {
            let theirs = rank(&stage);
            let backwards = theirs.is_some_and(|theirs| theirs > own);
            let out_of_algo = in_algo && stage != "graph";
            if backwards || out_of_algo {
                wrong.push(format!("{}:{line} imports crate::{stage}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the flow of data:\n{}", wrong.join("\n"));
}

/// `render` prints what others computed: it imports neither parsers nor readers' facts about formats.
#[test]
fn renderers_know_no_formats() {
    let mut all = Vec::new();
    files(Path::new("src/render"), &mut all);
    for path in &all {
        let text = fs::read_to_string(path).unwrap();
        for (line, stage) in imports(&text) {
            assert!(stage != "parse" && stage != "discover", "{}:{line} imports crate::{stage}", path.display());
        }
    }
}

/// Every folder under `src` is a stage: a new one has to be given its place.
#[test]
fn every_folder_is_a_stage() {
    for entry in fs::read_dir("src").unwrap() {
        let path = entry.unwrap().path();
        let stage = stage_of(&path);
        let entry_point = stage == "main" || stage == "lib";
        assert!(entry_point || rank(&stage).is_some(), "{} is no stage of tests/architecture.rs", path.display());
    }
}

/// The layout's own limit: a file over 500 lines is two files.
#[test]
fn files_are_small() {
    let mut all = Vec::new();
    files(Path::new("src"), &mut all);
    let long: Vec<String> = all
        .iter()
        .map(|path| (path, fs::read_to_string(path).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > 500)
        .map(|(path, lines)| format!("{} has {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
