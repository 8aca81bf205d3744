//! Minimal cut sets and fault trees as they are printed.

use crate::commands::ran;
use crate::systems::hostile;
use insta::assert_snapshot;
use linchpin::analysis::fault_tree;
use linchpin::cli::Exit;
use linchpin::render::open_psa::open_psa;
use std::collections::BTreeSet;

/// For people: a block an entry, how far it is complete, the likeliest first.
#[test]
fn text() {
    let told = ran(&["cuts", "--max-size", "3"]);
    assert_eq!(
        (told.exit, &*told.err),
        (
            Exit::Clean,
            "warning: 1 problem with the inputs: something may be missing here (`linchpin scan --problems` lists them)\n"
        )
    );
    assert_snapshot!(told.out);
}

/// For programs: the section of the report.
#[test]
fn json() {
    assert_snapshot!(ran(&["cuts", "--entry", "checkout", "--format", "json"]).out);
}

/// A fault tree in Open-PSA, names mapped to identifiers.
#[test]
fn fault_tree_as_open_psa() {
    let told = ran(&["graph", "--format", "open-psa", "--entry", "checkout"]);
    assert_eq!(told.exit, Exit::Clean, "{}", told.err);
    assert_snapshot!(told.out);
}

/// What cannot be meant is said so.
#[test]
fn mistakes() {
    for (args, error) in [
        (&["cuts", "--entry", "payments-a"][..], "`payments-a` is no entry"),
        (&["graph", "--format", "open-psa"], "a fault tree is that of one entry: name it with --entry"),
        (&["graph", "--entry", "checkout"], "use it with --format open-psa"),
    ] {
        let told = ran(args);
        assert_eq!(told.exit, Exit::Trouble, "{args:?}");
        assert!(told.err.contains(error), "{}", told.err);
    }
}

/// Hostile names become identifiers that differ, also where case does not count, and labels that are harmless text.
#[test]
fn hostile_names_in_open_psa() {
    let graph = hostile();
    for entry in graph.ids() {
        let tree = fault_tree(&graph, entry, 1_000).unwrap();
        let told = open_psa(&graph, entry, &tree);
        let identifier = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let names: Vec<&str> = told.split("name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(names.iter().all(|name| identifier(name)), "{names:?}");
        let defined = told.split("<define-basic-event name=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let defined: Vec<String> = defined.map(str::to_lowercase).collect();
        assert_eq!(defined.iter().collect::<BTreeSet<_>>().len(), defined.len());
        assert!(!told.contains(['\x1b', '\u{202e}', '\0']) && !told.contains("</script>"));
    }
}
