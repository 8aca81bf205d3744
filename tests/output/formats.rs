//! Formats of other tools: each is what its schema or its documentation asks for, whatever the input holds.

use crate::systems::{System, at, hostile, shop};
use linchpin::analysis::Analysis;
use linchpin::gate::{
    Cause, Compared, Comparison, Gone, LineRange, Lines, State, Undo, Verdict, Waived, WaiverProblem,
};
use linchpin::graph::{Graph, Labels};
use linchpin::render::{self, Report};
use linchpin::rules::{self, Finding};
use linchpin::source::Inventory;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// What a format makes of a report and, with a base, of a comparison.
type Render = fn(&Report<'_>, Option<&Comparison>) -> String;

/// Calls `with` with the report of a system, and with a comparison in which everything occurs if there is to be one.
fn reported<T>(system: &System, compare: bool, with: impl FnOnce(&Report<'_>, Option<&Comparison>) -> T) -> T {
    let System { graph, inventory, analysis } = system;
    let labels = Labels::new(graph);
    let findings = rules::check(graph, analysis, &labels);
    let report = Report { inventory, graph, labels: &labels, analysis, findings: &findings };
    let comparison = compare.then(|| comparison(&findings));
    with(&report, comparison.as_ref())
}

/// The first finding is new and fails, the second is worse, the third better, the fourth waived, the rest as before.
fn comparison(findings: &[Finding]) -> Comparison {
    let place = |line| at("k8s/a|b.yaml", line, "spec").at;
    let states = [State::New, State::Worsened, State::Improved];
    let compared = findings.iter().enumerate().map(|(i, finding)| Compared {
        finding: finding.clone(),
        state: states.get(i).copied().unwrap_or(State::Unchanged),
        was: None,
        differences: if i == 1 { vec!["1 failure suffices instead of 2".into()] } else { Vec::new() },
        causes: if i == 0 {
            vec![Cause { at: place(7), removed: false, what: "cart runs 1 instance instead of 3".into() }]
        } else {
            Vec::new()
        },
        undo: (i == 0).then(|| Undo {
            lines: vec![Lines {
                file: "k8s/a|b.yaml".into(),
                base: LineRange { start: 7, end: 8 },
                head: LineRange { start: 7, end: 8 },
            }],
            least: true,
        }),
        waiver: (i == 3).then(|| Waived {
            reason: "accepted until <autumn>".into(),
            owner: Some("platform".into()),
            expires: None,
            at: place(1),
        }),
        fails: (i == 0).then(|| "new, and the policy fails on new errors".into()),
    });
    Comparison {
        base: "origin/main (merge base 1a2b3c4d)".into(),
        head: "the working tree".into(),
        remarks: vec!["there was no merge base".into()],
        findings: compared.collect(),
        gone: findings
            .iter()
            .take(1)
            .map(|f| Gone {
                rule: f.rule,
                severity: f.severity,
                message: "it was here".into(),
                fingerprint: "00".into(),
                at: None,
                subjects: Vec::new(),
            })
            .collect(),
        changes: vec![Cause { at: place(7), removed: true, what: "cart runs 1 instance instead of 3".into() }],
        waivers: vec![WaiverProblem { at: place(2), reason: "expired on 2026-01-31".into(), fails: true }],
        policy: Vec::new(),
        verdict: Some(Verdict::Failed),
    }
}

/// The systems, with and without a base: a usual one, one with hostile names, and none at all.
fn each(mut with: impl FnMut(&str, &Report<'_>, Option<&Comparison>)) {
    let mut evil = shop();
    evil.graph = hostile();
    evil.analysis = Analysis::default();
    let empty = System { graph: Graph::default(), inventory: Inventory::default(), analysis: Analysis::default() };
    for (name, system) in [("shop", shop()), ("hostile", evil), ("empty", empty)] {
        for compare in [false, true] {
            reported(&system, compare, |report, comparison| with(name, report, comparison));
        }
    }
}

fn schema(file: &str) -> jsonschema::Validator {
    let path = format!("{}/tests/schemas/{file}", env!("CARGO_MANIFEST_DIR"));
    // OASIS' pattern of languages has a bracket too many, which not every engine takes as itself.
    let text = std::fs::read_to_string(path).unwrap().replace("{2}]?$", "{2}\\\\]?$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn valid(schema: &jsonschema::Validator, value: &Value) {
    let errors: Vec<String> = schema.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

/// SARIF logs are valid by the schema of OASIS, and every result has what GitHub needs: a rule, a place, a fingerprint.
#[test]
fn sarif_is_valid() {
    let schema = schema("sarif-schema-2.1.0.json");
    assert!(!schema.is_valid(&json!({"version": "2.1.0"})), "a schema that takes everything checks nothing");
    each(|name, report, comparison| {
        let log: Value = serde_json::from_str(&render::sarif(report, comparison)).unwrap();
        valid(&schema, &log);
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), report.findings.len(), "{name}");
        for result in results {
            let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
            assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
            assert_eq!(result["baselineState"].is_null(), comparison.is_none());
            assert!(name != "shop" || result["locations"][0]["physicalLocation"]["region"]["startLine"].is_u64());
        }
    });
}

/// The way of a failure is a code flow from what fails to who feels it; a waived result is suppressed with its reason.
#[test]
fn sarif_has_flows_states_and_suppressions() {
    reported(&shop(), true, |report, comparison| {
        let log: Value = serde_json::from_str(&render::sarif(report, comparison)).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let steps: Vec<&str> = results[0]["codeFlows"][0]["threadFlows"][0]["locations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["location"]["message"]["text"].as_str().unwrap())
            .collect();
        assert_eq!(
            steps,
            [
                "redis-cart fails",
                "cart needs redis-cart (sync)",
                "frontend needs cart (sync)",
                "entry frontend needs frontend (sync)"
            ]
        );
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(
            (&place["artifactLocation"]["uri"], &place["region"]["startLine"]),
            (&json!("k8s/a%7Cb.yaml"), &json!(7)),
            "what changed is where the reviewer looks"
        );
        let states: Vec<&str> = results.iter().take(4).map(|r| r["baselineState"].as_str().unwrap()).collect();
        assert_eq!(states, ["new", "updated", "updated", "unchanged"]);
        assert_eq!(results[3]["suppressions"][0]["justification"], "accepted until <autumn> (platform)");
        assert_eq!(results[3]["suppressions"][0]["kind"], "inSource");
        assert_eq!(results[0]["suppressions"], json!([]));
    });
}

/// JUnit's files are valid by their XSD. Without `xmllint` (Debian package libxml2-utils) nothing is compared.
#[test]
fn junit_is_valid() {
    let there = Command::new("xmllint").arg("--version").output().is_ok_and(|o| o.status.success());
    assert!(there || std::env::var_os("LINCHPIN_NO_SKIP").is_none(), "xmllint is not on the PATH");
    let xsd = format!("{}/tests/schemas/junit-10.xsd", env!("CARGO_MANIFEST_DIR"));
    each(|name, report, comparison| {
        let xml = render::junit(report, comparison);
        let head = xml.lines().nth(1).unwrap();
        match (name, comparison) {
            ("shop", Some(_)) => assert!(head.contains(" failures=\"2\" errors=\"0\""), "{head}"),
            ("empty", None) => assert!(head.contains(" failures=\"0\" errors=\"0\""), "{head}"),
            _ => {}
        }
        if there {
            let mut lint = Command::new("xmllint");
            let mut lint = lint
                .args(["--noout", "--schema", &xsd, "-"])
                .stdin(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            lint.stdin.take().unwrap().write_all(xml.as_bytes()).unwrap();
            let done = lint.wait_with_output().unwrap();
            assert!(done.status.success(), "{name}: {}\n{xml}", String::from_utf8_lossy(&done.stderr));
        }
    });
    if !there {
        eprintln!("skipped: xmllint is not on the PATH (Debian package libxml2-utils)");
    }
}

/// Reports for GitLab and reviewdog are valid by their schemas; waived findings are in neither.
#[test]
fn code_quality_and_diagnostics_are_valid() {
    let (gitlab, reviewdog) = (schema("gitlab-code-quality.json"), schema("reviewdog-diagnostic.json"));
    each(|_, report, comparison| {
        let issues: Value = serde_json::from_str(&render::gitlab(report, comparison)).unwrap();
        valid(&gitlab, &issues);
        let waived = comparison.map_or(0, |c| c.findings.iter().filter(|f| f.waiver.is_some()).count());
        assert_eq!(issues.as_array().unwrap().len() + waived, report.findings.len());
        for line in render::rdjsonl(report, comparison).lines() {
            valid(&reviewdog, &serde_json::from_str(line).unwrap());
        }
    });
}

/// Every annotation is one workflow command that no name can end, and no level has more than GitHub shows.
#[test]
fn annotations_are_commands() {
    each(|_, report, comparison| {
        let text = render::github(report, comparison);
        for level in ["error", "warning", "notice"] {
            assert!(text.matches(&format!("\n::{level} ")).count() <= 10);
        }
        for line in text.lines() {
            let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            assert!(["error ", "warning ", "notice "].iter().any(|level| head.starts_with(level)), "{line}");
            assert!(!message.is_empty() && !message.chars().any(char::is_control), "{line}");
        }
    });
    reported(&shop(), true, |report, comparison| {
        let text = render::github(report, comparison);
        let first = "::error file=k8s/a|b.yaml,line=2,col=1,title=waiver::expired on 2026-01-31\n\
                     ::error file=k8s/a|b.yaml,line=7,col=5,title=LP001 single-point-of-failure::redis-cart is a single \
                     instance: its loss takes down entry frontend (cart runs 1 instance instead of 3). To fix it, give ";
        assert!(text.starts_with(first), "{text}");
    });
}

/// A comment stays within GitHub's limit, closes what it opens, and counts what it leaves out.
#[test]
fn comments_have_a_limit() {
    let mut many = shop();
    let first = many.graph.unresolved[0].clone();
    for i in 0..3_000 {
        let mut more = first.clone();
        more.target = format!("lost-{i}-{}", "x".repeat(40)).into();
        many.graph.unresolved.push(more);
    }
    for compare in [false, true] {
        reported(&many, compare, |report, comparison| {
            let mut comparison = comparison.cloned();
            for c in comparison.iter_mut().flat_map(|c| &mut c.findings) {
                c.state = State::New;
            }
            let text = render::markdown(report, comparison.as_ref());
            assert!(text.chars().count() <= 65_536);
            assert!(!compare || text.contains("… and "), "{text}");
            assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
            assert_eq!(text.matches("```").count() % 2, 0);
        });
    }
}

/// What people see of a system and of a comparison.
#[test]
fn comments() {
    let comment: Render = render::markdown;
    insta::assert_snapshot!("comment_scan", reported(&shop(), false, comment));
    insta::assert_snapshot!("comment_gate", reported(&shop(), true, comment));
}

/// Names are text in every format that somebody's browser shows.
#[test]
fn names_are_no_markup() {
    each(|_, report, comparison| {
        let page = render::html(report, comparison);
        let tags = page.split('<').skip(1).map(|t| t.split([' ', '>', '/']).find(|s| !s.is_empty()).unwrap_or(""));
        let known = [
            "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "div", "table",
            "thead", "tbody", "tr", "th", "td", "ul", "li", "br", "span", "code", "details", "summary",
        ];
        for tag in tags {
            assert!(known.contains(&tag), "<{tag}> in {page}");
        }
        let text = render::markdown(report, comparison);
        let outside: String = text.split("```").step_by(2).collect::<String>().replace("\\]", "");
        assert!(!outside.contains("<script") && !outside.contains("<img") && !outside.contains("]("), "{outside}");
    });
}
