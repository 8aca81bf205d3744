//! Inputs that nobody would write on purpose: nothing panics, nothing hangs, the rest is read.

use super::*;
use proptest::prelude::*;

/// A system that touches every reader.
const SYSTEM: &str = include_str!("../../fixtures/kubernetes/hostile.yaml");

/// Every value of every object replaced by something of another sort: nothing panics.
#[test]
fn wrong_types_everywhere() {
    let lines: Vec<&str> = SYSTEM.lines().collect();
    for (i, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once(':').filter(|_| !line.trim_start().starts_with('#')) else { continue };
        let others = ["[[], {}, ~, text]", "{a: {b: [c]}}", "~"];
        for wrong in ["7", others[i % others.len()]] {
            let indent = line.len() - line.trim_start().len();
            let after = lines[i + 1..].iter().skip_while(|l| l.len() - l.trim_start().len() > indent && !l.is_empty());
            let head = lines[..i].join("\n");
            let tail: Vec<&str> = after.copied().collect();
            let text = format!("{head}\n{key}: {wrong}\n{}\n", tail.join("\n"));
            let _ = facts(&text);
            if wrong == "7" {
                let kustomization = "resources: [k8s.yaml]\nnamePrefix: a-\ncommonLabels: {a: b}";
                let _ = facts_of(&[("kustomization.yaml", kustomization), ("k8s.yaml", &text)]);
            }
        }
    }
}

/// The system itself is read in full: the test above would prove nothing on a text that nobody understands.
#[test]
fn the_system_is_understood() {
    let facts = facts(SYSTEM);
    assert!(facts.problems.is_empty(), "{:?}", facts.problems);
    assert!(facts.components.len() >= 12, "{:#?}", components(&facts));
    assert!(facts.dependencies.len() >= 15, "{:#?}", dependencies(&facts));
}

/// Kustomizations that include themselves, each other, or twice as much at every step come to an end.
#[test]
fn circles_and_towers_of_kustomizations() {
    let web = deployment("shop", "web", "image: x");
    let circle = facts_of(&[
        ("a/kustomization.yaml", "resources: [../b, web.yaml]"),
        ("b/kustomization.yaml", "resources: [../a]"),
        ("a/web.yaml", &web),
    ]);
    assert_eq!(components(&circle), ["service shop/web@a x1?"]);
    assert_eq!(circle.problems.len(), 1, "{:?}", circle.problems);

    let mut files: Vec<(String, String)> = (0..40)
        .map(|i| (format!("s{i}/kustomization.yaml"), format!("resources: [../s{0}, ../s{0}]", i + 1)))
        .collect();
    files.push(("s40/kustomization.yaml".to_owned(), "resources: [web.yaml]".to_owned()));
    files.push(("s40/web.yaml".to_owned(), web));
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let tower = facts_of(&files);
    assert_eq!(components(&tower), ["service shop/web@s0 x1?"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any scalar anywhere: names, hosts and selectors with odd characters are data.
    #[test]
    fn any_text_is_data(name in "\\PC{0,12}", value in "\\PC{0,24}") {
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let text = SYSTEM.replace("odd-name", &quoted(&name)).replace("odd-value", &quoted(&value));
        let _ = facts(&text);
    }
}
