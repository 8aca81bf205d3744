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

/// Every example in the guides is what the program prints: a block that begins with `$ linchpin …` holds the command
/// and all of its output, run from the repository's root. `UPDATE_DOCS=1 cargo test --test docs` writes them anew.
#[test]
fn examples_are_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = fs::read_dir(root.join("docs")).unwrap().map(|f| f.unwrap().path());
    let guides = folder.filter(|f| f.extension().is_some_and(|e| e == "md")).chain([root.join("README.md")]);
    for guide in guides {
        let text = fs::read_to_string(&guide).unwrap().replace("\r\n", "\n");
        let fresh = with_fresh_examples(&text, root);
        if std::env::var_os("UPDATE_DOCS").is_some() && fresh != text {
            fs::write(&guide, &fresh).unwrap();
        }
        let committed = fs::read_to_string(&guide).unwrap().replace("\r\n", "\n");
        let stale = committed.lines().zip(fresh.lines()).find(|(committed, fresh)| committed != fresh);
        assert!(committed == fresh, "{} is stale, first at {stale:?}", guide.display());
    }
}

fn with_fresh_examples(text: &str, root: &Path) -> String {
    const OPEN: &str = "\n```\n$ linchpin ";
    let mut fresh = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        let (before, block) = rest.split_at(start + OPEN.len());
        let (command, body) = block.split_once('\n').expect("a command is followed by its output");
        let end = body.find("```").expect("the block ends");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_linchpin"))
            .args(command.split_whitespace())
            .current_dir(root)
            .env_remove("COLUMNS")
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "linchpin {command}: {}", String::from_utf8_lossy(&output.stderr));
        fresh.push_str(before);
        fresh.push_str(command);
        fresh.push('\n');
        fresh.push_str(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n'));
        fresh.push('\n');
        rest = &body[end..];
    }
    fresh.push_str(rest);
    fresh
}
