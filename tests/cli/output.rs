//! Where answers go, and what they look like there.

use crate::{Folder, Ran, pair, workload};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// A reader that goes away after a line is a clean end, however much there is to say.
#[test]
fn a_closed_pipe() {
    let folder = Folder::new();
    for i in 0..300 {
        folder.write(
            &format!("{i}.yaml"),
            workload(&format!("service-number-{i}"), &[("NEXT_URL", "http://service-number-1")]),
        );
    }
    for args in [&["graph", "--format", "json"][..], &["scan", "--format", "json"], &["graph"], &["man"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_linchpin"))
            .args(args)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr)), (Some(0), "".into()), "{args:?}");
    }
}

/// Several files at once, each in the format of its ending; nothing is printed where nobody looks.
#[test]
fn several_files() {
    let folder = pair();
    let [json, text] = [&["scan", "--format", "json"][..], &["scan"]].map(|args| folder.run(args).out);
    let ran = folder.run(&["scan", "-o", "a.json", "-o", "b.txt"]);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", ""));
    assert!(fs::read_to_string(folder.path().join("a.json")).unwrap() == json);
    assert!(fs::read_to_string(folder.path().join("b.txt")).unwrap() == text);
    let ran = folder.run(&["graph", "-o", "g.dot", "-o", "g.mmd", "-o", "g.json", "-q"]);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", ""));
    assert_eq!(folder.names(), ["a.json", "app.yaml", "b.txt", "g.dot", "g.json", "g.mmd"]);
}

/// A format may be named before the file, and `-` is standard output, also several times; an unknown format before a `=`
/// is a part of the name.
#[test]
fn named_formats() {
    let folder = pair();
    let [text, github] = [&["scan"][..], &["scan", "--format", "github"]].map(|args| folder.run(args).out);
    assert!(github.starts_with("::error file=app.yaml,line="), "{github}");
    let ran = folder.run(&["scan", "-o", "text=-", "-o", "github=-", "-o", "gitlab=quality.json", "-o", "a=b.sarif"]);
    assert_eq!((ran.code, ran.out, &*ran.err), (0, text + &github, ""));
    assert_eq!(folder.names(), ["a=b.sarif", "app.yaml", "quality.json"]);
    let quality: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("quality.json")).unwrap()).unwrap();
    assert!(quality[0]["check_name"].is_string(), "{quality}");
}

/// What cannot be written is an error that names it, and leaves nothing behind.
#[test]
fn nowhere_to_write() {
    let folder = pair();
    fs::create_dir(folder.path().join("folder.json")).unwrap();
    for path in ["no/such/report.json", "app.yaml/report.json", "folder.json"] {
        let ran = folder.run(&["scan", "-o", path]);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{path}");
        assert!(ran.err.starts_with(&format!("error: cannot write `{path}`: ")), "{}", ran.err);
    }
    assert_eq!(folder.names(), ["app.yaml", "folder.json"]);
}

/// A run that is killed leaves no file, and the old one whole.
#[cfg(unix)]
#[test]
fn killed() {
    use std::io::Write as _;
    let folder = pair();
    folder.write("old.json", "old");
    let mut child = Command::new(env!("CARGO_BIN_EXE_linchpin"))
        .args(["scan", "-m", "-", "-m", "app.yaml", "-o", "new.json", "-o", "old.json"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // Its input does not end, so it is still reading when it dies.
    child.stdin.as_mut().unwrap().write_all(b"apiVersion: v1\n").unwrap();
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    assert_eq!(folder.names(), ["app.yaml", "old.json"]);
    assert_eq!(fs::read_to_string(folder.path().join("old.json")).unwrap(), "old");
}

/// Colours where they are asked for, and nowhere else.
#[test]
fn colours() {
    let folder = pair();
    let coloured = |variables: &[(&str, &str)], args: &[&str]| -> Ran {
        let mut command = folder.command(args);
        command.envs(variables.iter().copied());
        command.into()
    };
    for (variables, expected) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("NO_COLOR", "1")], false),
        (&[("CLICOLOR", "0")], false),
        (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false),
    ] {
        assert_eq!(coloured(variables, &["scan"]).out.contains('\x1b'), expected, "{variables:?}");
        assert_eq!(coloured(variables, &["blast", "nobody"]).err.contains('\x1b'), expected, "{variables:?}");
        for args in [&["graph", "--format", "json"][..], &["scan", "--format", "json"], &["graph"]] {
            assert!(!coloured(variables, args).out.contains('\x1b'), "{variables:?} {args:?}");
        }
        coloured(variables, &["scan", "-o", "report.txt"]);
        assert!(!fs::read_to_string(folder.path().join("report.txt")).unwrap().contains('\x1b'));
    }
}

/// Warnings are not printed to whoever wants quiet; errors are.
#[test]
fn quiet() {
    let folder = pair();
    folder.write("broken.yaml", "a: [\n");
    let loud = folder.run(&["graph"]);
    assert!(loud.err.starts_with("warning: 1 problem with the inputs"), "{}", loud.err);
    let quiet = folder.run(&["graph", "-q"]);
    assert_eq!((quiet.code, &*quiet.err, &quiet.out), (0, "", &loud.out));
    assert!(folder.run(&["blast", "nobody", "-q"]).err.starts_with("error: "));
}

/// Without a command the current folder is scanned; after `--` nothing is an option.
#[test]
fn arguments() {
    let folder = pair();
    folder.write("-dash.yaml", workload("dash", &[]));
    assert_eq!(folder.run(&[]).out, folder.run(&["scan", "."]).out);
    let dashed = folder.run(&["scan", "--format=json", "--", "-dash.yaml"]);
    assert_eq!(dashed.code, 0, "{}", dashed.err);
    assert!(dashed.out.contains("service:default/dash"));
    assert_eq!(folder.run(&["scan", "-m", "app.yaml"]).out, folder.run(&["scan", "app.yaml"]).out);
}
