//! Input that was made to do harm: it ends in a problem, never in a crash, a hang, a full memory or a moved cursor.

use crate::{Folder, pair, problems, workload};
use serde_json::Value;

/// What is too deep, too long, endless or not text is named once, and costs nothing else.
#[test]
fn bombs() {
    let folder = pair();
    let long = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: long}}\ndata: {{x: \"{}\"}}\n",
        "y".repeat(10 << 20)
    );
    folder.write("long-line.yaml", long);
    folder.write("deep.yaml", "[".repeat(100_000) + &"]".repeat(100_000));
    folder.write("deep.json", "{\"apiVersion\":".repeat(100_000));
    folder.write("deeper.yaml", "- ".repeat(100_000));
    let mut bomb =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\ndata:\n  a: &a [x, x, x, x, x, x, x, x, x, x]\n"
            .to_owned();
    for (name, before) in ('b'..='j').zip('a'..) {
        bomb += &format!("  {name}: &{name} [{}]\n", vec![format!("*{before}"); 10].join(", "));
    }
    folder.write("bomb.yaml", bomb);
    folder.write("endless.yaml", "a: &a [*a]\n");
    folder.write("binary.yaml", [0u8, 1, 2, 0xff]);
    folder.write("merge.yaml", "a: &a {<<: *a, x: 1}\n");
    let report = folder.json(&["scan"]);
    let found = problems(&report);
    let files: Vec<&str> = found.iter().map(|p| p.split(':').next().unwrap()).collect();
    assert_eq!(
        files,
        ["binary.yaml", "bomb.yaml", "deep.json", "deep.yaml", "deeper.yaml", "endless.yaml", "merge.yaml"],
        "{found:?}"
    );
    assert!(found[1].ends_with("refused as an alias bomb"), "{found:?}");
    assert!(found.iter().all(|p| p.len() < 200), "{found:?}");
    assert_eq!(report["inputs"]["documents"]["used"], 5);
}

/// A byte order mark, carriage returns and tabs after values are how some editors write; a tab as indentation is not YAML.
#[test]
fn editors() {
    let folder = pair();
    let text = workload("mail", &[("DB_HOST", "db")]);
    folder.write("mark.yaml", format!("\u{feff}{}", text.replace('\n', "\t\r\n")));
    folder.write(
        "wide.yaml",
        text.replace("mail", "wide").encode_utf16().flat_map(u16::to_le_bytes).fold(
            vec![0xff, 0xfe],
            |mut all, byte| {
                all.push(byte);
                all
            },
        ),
    );
    folder.write("tab.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n");
    let graph = folder.json(&["graph"]);
    let from = |id: &str| graph["dependencies"].as_array().unwrap().iter().filter(|d| d["from"] == id).count();
    assert_eq!((from("service:default/mail"), from("service:default/wide")), (1, 1));
    let found = problems(&graph);
    assert!(found.len() == 1 && found[0].starts_with("tab.yaml:4: not valid YAML: tabs"), "{found:?}");
}

/// Names that end a string, a tag, a line or a terminal's patience.
const NAMES: [&str; 9] = [
    "</script><script>alert(1)</script>",
    "quo\\\"te",
    "apo'strophe",
    "\\e[2J\\e[31mred",
    "bell\\a\\b\\0end",
    "two\\nlines\\r\\n",
    "csi\\u009b31m",
    "right\\u202eleft",
    "back\\\\slash \\\" ] --> } ;",
];

/// A system in which everything that can have a name has a hostile one.
fn named() -> Folder {
    let folder = Folder::new();
    for (i, name) in NAMES.iter().enumerate() {
        let next = NAMES[(i + 1) % NAMES.len()];
        folder.write(
            &format!("{i}.yaml"),
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: \"{name}\", namespace: \"{next}\", labels: {{team: \"{name}\"}}}}\n\
                 spec:\n  selector: {{matchLabels: {{\"{name}\": \"{name}\"}}}}\n  template:\n    metadata: {{labels: {{\"{name}\": \"{name}\"}}}}\n    \
                 spec:\n      nodeSelector: {{topology.kubernetes.io/zone: \"{next}\"}}\n      \
                 containers: [{{name: \"{name}\", image: \"{name}\", env: [{{name: \"{name}_URL\", value: \"http://{next}:80\"}}]}}]\n      \
                 volumes: [{{name: v, configMap: {{name: \"{next}\"}}}}]\n---\n\
                 apiVersion: v1\nkind: Service\nmetadata: {{name: \"{name}\", namespace: \"{next}\"}}\nspec: {{type: NodePort, selector: {{\"{name}\": \"none\"}}}}\n---\n\
                 apiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: \"n{name}\"}}\nspec: {{dependsOn: [\"{next}\"], \"{name}\": 1}}\n---\n\
                 apiVersion: \"{name}\"\nkind: \"{name}\"\nmetadata: {{name: x}}\n"
            ),
        );
        folder.write(
            &format!("c{i}/compose.yaml"),
            format!("services:\n  \"{name}\": {{image: x, depends_on: [\"{next}\"], volumes: [\"{next}:/x\"]}}\n"),
        );
    }
    folder.write("a\u{1b}[2Jfile.yaml", "a: [\n");
    folder.write("new\nline.yaml", workload("line", &[("DB_HOST", "nobody")]));
    folder
}

/// No output has a control character, a direction mark or markup of its own making, and every JSON parses.
#[test]
fn names() {
    let folder = named();
    for args in [
        &["scan", "--problems", "--assumptions", "--limit", "1000"][..],
        &["graph"],
        &["graph", "--format", "text"],
        &["graph", "--format", "mermaid"],
        &["graph", "--collapse", "namespace"],
        &["blast", "\x1b[31mred"],
        &["blast", "apo'strophe"],
        &["why", "\u{202e}"],
        &["scan", "no\x1b[2Jwhere"],
        &["scan", "--scope", "\x1b[2J"],
        &["graph", "--format", "json"],
        &["scan", "--format", "json"],
    ] {
        let ran = folder.run(args);
        let json = args.contains(&"json");
        for text in [&ran.out, &ran.err] {
            let bad = text
                .chars()
                .find(|c| (c.is_control() && *c != '\n') || (!json && matches!(c, '\u{202a}'..='\u{202e}')));
            assert_eq!(bad, None, "{args:?}: {text}");
        }
        if json {
            let value: Value = serde_json::from_str(&ran.out).unwrap();
            assert!(value["schema"].as_str().unwrap().starts_with("linchpin."));
        }
    }
    let drawn = folder.run(&["graph", "--format", "mermaid"]).out;
    assert!(!drawn.contains("<script"), "{drawn}");
}
