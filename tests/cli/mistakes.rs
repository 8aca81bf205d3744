//! What cannot be done ends in exit code 2, one message on standard error that says why, and nothing on standard output.

use crate::{Folder, pair, workload};

/// The message of a run that fails.
fn refused(folder: &Folder, args: &[&str]) -> String {
    let ran = folder.run(args);
    assert_eq!((ran.code, &*ran.out), (2, ""), "{args:?}: {}", ran.err);
    let message = ran.err.strip_prefix("error: ").unwrap_or_else(|| panic!("{args:?}: {}", ran.err));
    message.trim_end().to_owned()
}

/// Paths: missing, not a manifest, not a file at all, nothing in them; wherever they are named.
#[test]
fn paths() {
    let folder = pair();
    folder.write("notes/readme.txt", "nothing here");
    folder.write("binary.yaml", [0xff, 0xfe, 0, 0xd8]);
    folder.write("broken.yaml", "a: [1, 2\n");
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    for (path, message) in [
        ("nowhere", "nowhere: there is no such file or folder"),
        ("app.yaml/x", "app.yaml/x: Not a directory (os error 20)"),
        ("-x", "-x: there is no such file or folder"),
        ("empty", "nothing under empty is a manifest that linchpin knows (0 files looked at)"),
        (
            "notes",
            "nothing under notes is a manifest that linchpin knows (1 file looked at); ignored: not a manifest by name or \
             content",
        ),
        ("binary.yaml", "binary.yaml:1: is not UTF-8 text"),
        (
            "broken.yaml",
            "nothing under broken.yaml is a manifest that linchpin knows (1 file looked at); broken.yaml:1: not valid \
             YAML: unclosed bracket '['",
        ),
    ] {
        assert_eq!(refused(&folder, &["scan", "--", path]), message);
        assert_eq!(refused(&folder, &["graph", &format!("--manifests={path}")]), message);
        // Beside a file that can be read, a folder without manifests is no news; a path that is not there still is.
        if !message.starts_with("nothing under") {
            assert_eq!(refused(&folder, &["scan", "app.yaml", "--", path]), message);
        }
    }
}

/// A file that the system does not let us read is an error when it is named, and a problem when it is only met.
#[cfg(unix)]
#[test]
fn unreadable_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = pair();
    folder.write("closed.yaml", "a: b\n");
    let closed = folder.path().join("closed.yaml");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&closed).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    assert_eq!(
        refused(&folder, &["scan", "closed.yaml"]),
        "closed.yaml:1: cannot be read: Permission denied (os error 13)"
    );
    let report = folder.json(&["scan"]);
    assert_eq!(crate::problems(&report), ["closed.yaml:1: cannot be read: Permission denied (os error 13)"]);
}

/// Components: unknown with what was probably meant, and ambiguous with all that it could be.
#[test]
fn components() {
    let folder = pair();
    folder.write("cart.yaml", workload("cart", &[]));
    folder.write("other.yaml", workload("cart", &[]).replace("name: cart}\n", "name: cart, namespace: other}\n"));
    for args in [&["blast", "crat"][..], &["graph", "--focus", "crat"], &["graph", "--blast", "crat"]] {
        assert_eq!(refused(&folder, args), "no component is called `crat`; did you mean `cart`?", "{args:?}");
    }
    assert_eq!(
        refused(&folder, &["why", "nothing-like-it"]),
        "no component is called `nothing-like-it`; `linchpin graph --format text` lists all"
    );
    assert_eq!(
        refused(&folder, &["blast", "cart"]),
        "`cart` could be `service:default/cart`, `service:other/cart`; name one by its id"
    );
}

/// Flags: unknown, with a wrong value, that do not go together.
#[test]
fn flags() {
    let folder = pair();
    for (args, part) in [
        (&["scan", "--nope"][..], "unexpected argument '--nope'"),
        (&["scan", "--format", "dot"], "possible values: text, json"),
        (&["scan", "--threads", "none"], "invalid value 'none' for '--threads <N>'"),
        (&["scan", "--select", "["], "`[` is not a glob"),
        (&["scan", "--scope", "staging"], "there is no scope `staging`; there is `kubernetes` only"),
        (&["scan", "-m", "-", "-t", "-"], "standard input can be read only once"),
        (&["scan", "-o", "report.docx"], "its name has to end in one of .txt .json"),
        (&["sql", "clickhouse", "--table", "a b"], "a table is named `table` or `database.table`"),
        (&["sql", "clickhouse", "--since", "today"], "a time is written as 2025-11-21T14:00:00Z or 2025-11-21"),
        (&["sql", "clickhouse", "--since", "2025-11-21", "--until", "2025-11-21"], "--since has to be before --until"),
        (&["frobnicate"], "unrecognized subcommand 'frobnicate'"),
    ] {
        assert!(refused(&folder, args).contains(part), "{args:?}: {}", refused(&folder, args));
    }
}

/// A `linchpin.toml` that is not understood, with the line: settings that are quietly left out would change answers.
#[test]
fn settings() {
    for (text, message) in [
        ("\n[scann]\n", "linchpin.toml:2: unknown key `scann`; did you mean `scan`?"),
        ("[[entry]]\ncomponent = 3\n", "linchpin.toml:2: `component` must be text that is not empty"),
        ("[[entry]\n", "linchpin.toml:1: "),
    ] {
        let folder = pair();
        folder.write("linchpin.toml", text);
        assert!(refused(&folder, &[]).starts_with(message), "{}", refused(&folder, &[]));
        assert!(refused(&folder, &["graph", "-m", "app.yaml"]).starts_with(message));
    }
}
