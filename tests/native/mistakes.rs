//! What is wrong with a wrong document, at which line, and what was probably meant.

use crate::{fixture, problems, read, trees};
use linchpin::facts::native;

/// A document with a spec in flow style on line 4.
fn with_spec(spec: &str) -> String {
    format!("apiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: web}}\nspec: {spec}\n")
}

/// A broken document costs itself only, and everything wrong with it is said at once.
#[test]
fn neighbours_are_read() {
    let read: Vec<_> = trees(&fixture("mixed.yaml")).iter().map(|node| read(node).is_ok()).collect();
    assert_eq!(read, [false, true, false, true]);
    assert_eq!(
        problems(&fixture("mixed.yaml")),
        [
            "linchpin.yaml:5: unknown field `dependOn`; did you mean `dependsOn`?",
            "linchpin.yaml:11: unknown apiVersion `linchpin/v2`; did you mean `linchpin/v1`?",
            "linchpin.yaml:12: unknown kind `service`; did you mean `Service`?",
            "linchpin.yaml:13: `name` is missing",
        ]
    );
}

/// Documents of anybody else are not ours; a wrong version of ours is.
#[test]
fn recognised_by_api_version() {
    for (version, ours) in [
        ("linchpin/v1", true),
        ("linchpin/v9", true),
        ("linchpin.dev/v1", true),
        ("linchpin", true),
        ("linchpins/v1", false),
        ("apps/v1", false),
        ("[linchpin/v1]", false),
    ] {
        let node = trees(&format!("apiVersion: {version}\nkind: Service\n"));
        assert_eq!(native::recognises(&node[0]), ours, "{version}");
    }
}

/// Each mistake is named at its line and column, with what to write instead.
#[test]
fn mistakes_in_a_spec() {
    let number = "must be a number, 0 or more";
    let share = "must be a number from 0 to 1";
    let duration = "must be a duration with its unit, such as `500ms`, `2s` or `1m30s`";
    let limit = "must be a duration above zero with its unit, such as `500ms`, `2s` or `1m30s`";
    for (spec, expected) in [
        ("{replica: 3}", "unknown field `replica`; did you mean `replicas`?".to_owned()),
        ("{replicas: three}", "`replicas` must be a whole number, 0 or more".into()),
        ("{replicas: -1}", "`replicas` must be a whole number, 0 or more".into()),
        ("{replicas: 1.5}", "`replicas` must be a whole number, 0 or more".into()),
        ("{replicas: [1]}", "`replicas` must be a whole number, 0 or more, not a list".into()),
        ("{replicas: 4294967296}", "`replicas` must be a whole number, 0 or more".into()),
        ("{need: 0}", "`need` must be a whole number, 1 or more".into()),
        ("{replicas: 2, need: 3}", "`need` is 3, but `replicas` is 2".into()),
        ("{zones: a}", "`zones` must be a list".into()),
        ("{zones: [a, a]}", "`zones` has the same name twice".into()),
        ("{zones: ['']}", "`zones` must be a name".into()),
        ("{entry: false}", "`entry` must be `true` or a mapping such as `{weight: 0.7}`".into()),
        ("{entry: {weight: -1}}", format!("`weight` {number}")),
        ("{entry: {wieght: 1}}", "unknown field `wieght`; did you mean `weight`?".into()),
        ("{capacity: 500}", "`capacity` must be a mapping".into()),
        ("{capacity: {rps: 0}}", "`rps` must be a number above 0".into()),
        ("{load: {rps: .inf}}", format!("`rps` {number}")),
        ("{latency: {p50: 20}}", format!("`p50` {duration}")),
        ("{latency: {p50: 2s, p99: 20ms}}", "`p50` is longer than `p99`".into()),
        ("{timeout: 0s}", format!("`timeout` {limit}")),
        ("{timeout: -1s}", format!("`timeout` {limit}")),
        ("{drain: 30}", format!("`drain` {duration}")),
        ("{retention: 4d}", "`retention` means nothing for this kind; it belongs to a Queue or Topic".into()),
        ("{visibility: 30s}", "`visibility` means nothing for this kind; it belongs to a Queue".into()),
        ("{deliveries: 3}", "`deliveries` means nothing for this kind; it belongs to a Queue or Topic".into()),
        ("{deadLetter: true}", "`deadLetter` means nothing for this kind; it belongs to a Queue or Topic".into()),
        ("{hitRatio: 0.9}", "`hitRatio` means nothing for this kind; it belongs to a Cache".into()),
        ("{region: eu}", "`region` means nothing for this kind; it belongs to a Zone".into()),
        ("{zone: a}", "`zone` means nothing for this kind; it belongs to a Node; others have `zones`".into()),
        ("{dependsOn: cart}", "`dependsOn` must be a list".into()),
        ("{dependsOn: [~]}", "`dependsOn` must be a list of names or mappings, not nothing".into()),
        ("{dependsOn: [[cart]]}", "`dependsOn` must be a mapping, not a list".into()),
        ("{dependsOn: [{}]}", "a dependency needs `name`, or `of` for several providers".into()),
        ("{dependsOn: [{name: a, of: [b]}]}", "a dependency has `name` or `of`, not both".into()),
        ("{dependsOn: [{name: a, need: 1}]}", "`need` belongs to `of`".into()),
        ("{dependsOn: [{of: []}]}", "`of` names nobody".into()),
        ("{dependsOn: [{of: [a, b], need: 3}]}", "`need` is 3, but `of` has 2".into()),
        ("{dependsOn: [{of: [a, a]}]}", "`of` has the same name twice".into()),
        ("{dependsOn: [{name: a, share: 1.5}]}", format!("`share` {share}")),
        ("{dependsOn: [{name: a, share: 30%}]}", format!("`share` {share}")),
        ("{dependsOn: [{name: a, probability: -0.1}]}", format!("`probability` {share}")),
        ("{dependsOn: [{name: a, callsPerRequest: -1}]}", format!("`callsPerRequest` {number}")),
        ("{dependsOn: [{name: a, interaction: asink}]}", {
            let words = "`sync`, `publish`, `consume`, `read`, `write`, `observe`, `recover`";
            format!("unknown interaction `asink`; known here: {words}")
        }),
        ("{dependsOn: [{name: a, interaction: wirte}]}", "unknown interaction `wirte`; did you mean `write`?".into()),
        ("{dependsOn: [{name: a, criticality: Hard}]}", "unknown criticality `Hard`; did you mean `hard`?".into()),
        ("{dependsOn: [{name: a, circuitBreaker: 5}]}", "`circuitBreaker` must be `true` or `false`".into()),
        ("{dependsOn: [{name: a, timeout: never}]}", {
            "`timeout` must be a duration above zero with its unit, such as `2s`, or `none`".into()
        }),
        ("{dependsOn: [{name: a, retry: 3}]}", "`retry` must be a mapping".into()),
        ("{dependsOn: [{name: a, retry: {budget: 0.1}}]}", "`tries` is missing".into()),
        ("{dependsOn: [{name: a, retry: {tries: 0}}]}", {
            "`tries` must be a whole number, 1 or more (the first try included), or `unlimited`".into()
        }),
        ("{dependsOn: [{name: a, retry: {tries: 2, backoff: []}}]}", {
            "`backoff` must be a duration or a list of durations, not a list".into()
        }),
        ("{dependsOn: [{name: a, retry: {tries: 2, backoff: [1]}}]}", format!("`backoff` {duration}")),
        ("{dependsOn: [{name: a, retry: {tries: 2, budget: 20}}]}", format!("`budget` {share}")),
        ("{pools: [{uses: 1}]}", "`name` is missing".into()),
        ("{pools: [{name: p, uses: -1}]}", format!("`uses` {number}")),
        ("{? [a] : b}", "a field's name must be text, not a list".into()),
        ("3", "`spec` must be a mapping".into()),
    ] {
        assert_eq!(problems(&with_spec(spec)), [format!("linchpin.yaml:4: {expected}")], "{spec}");
    }
}

/// What has no instances has no replicas.
#[test]
fn replicas_of_a_zone() {
    let text = "apiVersion: linchpin/v1\nkind: Zone\nmetadata: {name: a}\nspec:\n  replicas: 2\n";
    assert_eq!(
        problems(text),
        ["linchpin.yaml:5: `replicas` means nothing for this kind; it belongs to what has instances"]
    );
}

/// Every field of every mapping, misspelt in each of four ways, is reported at its line with the right suggestion.
#[test]
fn misspelt_fields() {
    let text = fixture("every-field.yaml");
    let mut tried = 0;
    for (index, line) in text.lines().enumerate() {
        let Some((key, value)) = line.trim_start_matches([' ', '-']).split_once(':') else { continue };
        if !key.chars().all(char::is_alphanumeric) || value.starts_with(char::is_alphanumeric) {
            continue;
        }
        let letters: Vec<char> = key.chars().collect();
        let mut swapped = letters.clone();
        swapped.swap(0, 1);
        let mut replaced = letters.clone();
        replaced[0] = 'q';
        let doubled = [&letters[..1], &letters[..]].concat();
        for wrong in [letters[1..].to_vec(), swapped, replaced, doubled] {
            let wrong: String = wrong.into_iter().collect();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines[index] = line.replacen(key, &wrong, 1);
            let expected = format!("linchpin.yaml:{}: unknown field `{wrong}`; did you mean `{key}`?", index + 1);
            let read = |node| native::read(node, &"native".into()).err().unwrap_or_default();
            let found: Vec<String> = trees(&lines.join("\n")).iter().flat_map(read).map(|p| p.to_string()).collect();
            assert!(found.contains(&expected), "{expected}\nnot in {found:#?}");
            tried += 1;
        }
    }
    assert!(tried > 150, "{tried} spellings");
}

/// A value of the wrong sort is never repeated: it may be a secret that slipped.
#[test]
fn values_are_not_repeated() {
    for field in ["timeout", "replicas", "capacity", "zones", "entry", "hitRatio"] {
        let said = problems(&with_spec(&format!("{{{field}: hunter2}}"))).join("\n");
        assert!(!said.is_empty() && !said.contains("hunter2"), "{said}");
    }
}

/// Ten thousand mistakes make a short list that says how long it could be; a huge name is shown in part.
#[test]
fn many_and_huge_mistakes() {
    let fields: Vec<String> = (0..10_000).map(|i| format!("zzz{i}: 1")).collect();
    let said = problems(&with_spec(&format!("{{{}}}", fields.join(", "))));
    assert_eq!(said.len(), 51);
    assert_eq!(said.last().map(String::as_str), Some("linchpin.yaml:4: and 9950 more problems in this document"));

    let said = problems(&with_spec(&format!("{{? \"{}\\e[31m\" : 1}}", "x".repeat(100_000)))).join("");
    assert!(said.len() < 1_000 && !said.contains('\u{1b}'), "{}", said.len());
}
