//! What is generated and committed is fresh.

use linchpin::rules;
use std::fs;
use std::path::Path;

/// `docs/rules/` is what the rules say; `UPDATE_DOCS=1 cargo test --test docs` writes it anew.
#[test]
fn rule_pages_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let pages = rules::pages();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (file, page) in &pages {
            fs::write(folder.join(file), page).unwrap();
        }
    }
    for (file, page) in &pages {
        let committed = fs::read_to_string(folder.join(file)).unwrap_or_default();
        assert_eq!(committed.replace("\r\n", "\n"), *page, "docs/rules/{file} is stale");
    }
    let mut there: Vec<_> =
        fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    let mut expected: Vec<_> = pages.into_iter().map(|(file, _)| file).collect();
    there.sort();
    expected.sort();
    assert_eq!(there, expected);
}

/// Every rule has all headings of its page, and codes and names are unique.
#[test]
fn rules_are_documented() {
    let mut seen = std::collections::BTreeSet::new();
    for rule in rules::ALL {
        let page = rules::explain(rule);
        for heading in ["## What it does", "## Why is this bad?", "## Example", "## Remedy"] {
            assert!(page.contains(&format!("\n{heading}\n")), "{} lacks {heading}", rule.code);
        }
        assert!(seen.insert(rule.code) && seen.insert(rule.name));
        assert_eq!(rules::find(&rule.code.to_lowercase()).map(|r| r.code), Some(rule.code));
    }
}
