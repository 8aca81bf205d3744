use super::{ALL, Rule};
use std::fmt::Write as _;

/// The documentation of a rule as a Markdown page.
pub fn explain(rule: &Rule) -> String {
    let mut page = format!("# {} {}\n\n", rule.code, rule.name);
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{}. Severity: {}.\n", capitalised(rule.summary), rule.severity.word());
    for line in rule.doc.lines() {
        page.push_str(line.strip_prefix(' ').unwrap_or(line));
        page.push('\n');
    }
    page
}

/// The file name of a rule's page under `docs/rules/`.
pub fn page(rule: &Rule) -> String {
    format!("{}-{}.md", rule.code, rule.name)
}

/// All pages of `docs/rules/`, by file name: one for each rule, and the table of them.
pub fn pages() -> Vec<(String, String)> {
    let mut index = "# Rules\n\n| Rule | Severity | What it finds |\n|---|---|---|\n".to_owned();
    let mut pages = Vec::new();
    for rule in ALL {
        let (file, severity) = (page(rule), rule.severity.word());
        let _ = writeln!(index, "| [{} {}]({file}) | {severity} | {} |", rule.code, rule.name, rule.summary);
        pages.push((file, explain(rule)));
    }
    pages.push(("README.md".to_owned(), index));
    pages
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
