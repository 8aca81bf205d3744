//! A file's text to its documents: each is parsed on its own, so that a broken one never costs its neighbours.

use super::node::Node;
use super::yaml;
use crate::source::Problem;
use std::sync::Arc;

/// Which templating language an unrendered document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Go templates: Helm charts, helmfile, gomplate.
    Go,
    /// Jinja: Ansible, Backstage skeletons (`${{ }}`, `{% %}`).
    Jinja,
}

/// What became of a document.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A tree.
    Tree(Node),
    /// Nothing but white space and comments.
    Empty,
    /// A template that has to be rendered first, and the line of its first directive.
    Template(Template, u32),
    /// Not readable.
    Failed(Problem),
}

/// A comment that speaks to linchpin, such as `# linchpin: ignore[LP001] reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Line of the comment.
    pub line: u32,
    /// What stands after `linchpin:`.
    pub text: String,
}

/// One YAML or JSON document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// First line of the document in its file.
    pub line: u32,
    /// Last line of the document in its file.
    pub end: u32,
    /// What became of it.
    pub outcome: Outcome,
    /// Comments that speak to linchpin.
    pub directives: Vec<Directive>,
    /// What is wrong in a document that is readable all the same (keys written twice).
    pub problems: Vec<Problem>,
}

/// Splits a file into documents and parses each.
///
/// The split is at `---` in column 1, which YAML forbids inside any scalar (YAML 1.2.2, rule `c-forbidden`); `...`
/// ends a document, `%` directives belong to the document that follows. JSON is read as the subset of YAML that it is.
pub fn documents(file: &Arc<str>, text: &str) -> Vec<Document> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    split(text).into_iter().map(|(line, part)| document(file, line, part)).collect()
}

fn document(file: &Arc<str>, line: u32, text: &str) -> Document {
    let end = line + u32::try_from(text.trim_end().matches('\n').count()).unwrap_or(u32::MAX / 2);
    let mut problems = Vec::new();
    let outcome = match yaml::parse(file, line, text, &mut problems) {
        Ok(Some(node)) => match template_in_tree(text, &node) {
            Some(found) => outcome_template(line, text, found),
            None => Outcome::Tree(node),
        },
        Ok(None) => match template_in_text(text) {
            Some(found) => outcome_template(line, text, found),
            None => Outcome::Empty,
        },
        Err(problem) => match template_in_text(text) {
            Some(found) => outcome_template(line, text, found),
            None => Outcome::Failed(problem),
        },
    };
    if !matches!(outcome, Outcome::Tree(_)) {
        problems.clear();
    }
    Document { line, end, outcome, directives: directives(line, text), problems }
}

fn outcome_template(line: u32, text: &str, found: Template) -> Outcome {
    let at = text.find("{{").into_iter().chain(text.find("{%")).min().unwrap_or(0);
    Outcome::Template(found, line + u32::try_from(text[..at].matches('\n').count()).unwrap_or(0))
}

/// A document that does not parse is a template if it has directives at all.
fn template_in_text(text: &str) -> Option<Template> {
    if text.contains("{%") || text.contains("${{") {
        Some(Template::Jinja)
    } else if text.contains("{{") {
        Some(Template::Go)
    } else {
        None
    }
}

/// A document that does parse may still be a template: `{{ x }}` reads as a mapping whose key is a mapping. Quoted
/// `"{{ x }}"` and text blocks are data (alert rules, dashboards, workflow templates), so they do not count.
fn template_in_tree(text: &str, node: &Node) -> Option<Template> {
    fn braces(node: &Node) -> bool {
        node.entries().iter().any(|(k, v)| !k.entries().is_empty() || braces(v)) || node.items().iter().any(braces)
    }
    let directive_line = || text.lines().any(|l| l.trim_start().starts_with("{%"));
    if !text.contains("{{") && !text.contains("{%") {
        return None;
    }
    (braces(node) || directive_line()).then(|| template_in_text(text)).flatten()
}

fn directives(first: u32, text: &str) -> Vec<Directive> {
    if !text.contains("linchpin:") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (line, content) in (first..).zip(text.lines()) {
        if let Some((_, comment)) = content.split_once('#')
            && let Some(text) = comment.trim_start().strip_prefix("linchpin:")
        {
            found.push(Directive { line, text: text.trim().to_owned() });
        }
    }
    found
}

/// Parts of the text with the line that each begins on.
fn split(text: &str) -> Vec<(u32, &str)> {
    let mut parts = Vec::new();
    let (mut start, mut start_line) = (0, 1);
    let (mut offset, mut line) = (0, 1u32);
    let mut content = false;
    for l in text.split_inclusive('\n') {
        let marker =
            l.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if marker {
            let head = &text[start..offset];
            // What stands before the first marker is a document only if it says something (directives do not).
            if content || (offset > 0 && !parts.is_empty()) {
                parts.push((start_line, head));
                (start, start_line) = (offset, line);
            } else if !head.contains("%YAML") && !head.contains("%TAG") {
                (start, start_line) = (offset, line);
            }
            content = true;
        } else if !content {
            let trimmed = l.trim_start();
            content = !(trimmed.is_empty() || trimmed.starts_with('#') || trimmed.starts_with('%'));
        }
        offset += l.len();
        line += 1;
    }
    if start < text.len() || parts.is_empty() {
        parts.push((start_line, &text[start..]));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Document> {
        documents(&Arc::from("f.yaml"), text)
    }

    fn shapes(text: &str) -> Vec<String> {
        read(text)
            .iter()
            .map(|d| match &d.outcome {
                Outcome::Tree(n) => format!("{}:{n:?}", d.line),
                Outcome::Empty => format!("{}:empty", d.line),
                Outcome::Template(t, l) => format!("{}:{t:?}@{l}", d.line),
                Outcome::Failed(p) => format!("{}:failed@{}", d.line, p.at.line),
            })
            .collect()
    }

    /// A broken document costs neither its neighbours nor their line numbers.
    #[test]
    fn a_broken_document_is_alone() {
        assert_eq!(
            shapes("a: 1\n---\nb: [1, c: }\n---\nc: 3\n"),
            ["1:{\"a\": \"1\"}", "2:failed@3", "4:{\"c\": \"3\"}"]
        );
    }

    /// Empty and comment-only documents are seen and counted, not errors.
    #[test]
    fn empty_documents_are_documents() {
        assert_eq!(shapes("# head\n---\na: 1\n---\n# nothing\n---\n"), ["2:{\"a\": \"1\"}", "4:empty", "6:empty"]);
        assert_eq!(shapes(""), ["1:empty"]);
        assert_eq!(shapes("# only a comment\n"), ["1:empty"]);
    }

    /// Unrendered templates are known for what they are; quoted braces are data.
    #[test]
    fn templates_are_recognised() {
        assert_eq!(shapes("a: {{ .Values.x }}\n"), ["1:Go@1"]);
        assert_eq!(shapes("a: 1\n{{- if .Values.x }}\nb: 2\n{{- end }}\n"), ["1:Go@2"]);
        assert_eq!(shapes("a: ${{ values.x }}\nb: {% if x %}\n"), ["1:Jinja@1"]);
        assert_eq!(shapes("a: \"{{ x }}\"\nb: |\n  {{ $labels.pod }}\n").len(), 1);
        assert!(matches!(read("a: \"{{ x }}\"\n")[0].outcome, Outcome::Tree(_)));
    }

    /// What other parsers trip over: BOM, CRLF, tabs after values, no final newline, `=` as a value.
    #[test]
    fn odd_bytes() {
        assert_eq!(shapes("\u{feff}a: 1\r\nb: 2\r\n"), ["1:{\"a\": \"1\", \"b\": \"2\"}"]);
        assert_eq!(shapes("a: 1\t\nb:\t2"), ["1:{\"a\": \"1\", \"b\": \"2\"}"]);
        assert_eq!(shapes("a: =\n"), ["1:{\"a\": \"=\"}"]);
    }

    /// JSON is read by the same reader, with tabs, escapes and places.
    #[test]
    fn json_is_yaml() {
        assert_eq!(
            shapes("{\n\t\"a\": [1, true, null, \"x\\/y\\u00e9\"],\n\t\"b\":{\"c\":-1.5e3}\n}\n"),
            ["1:{\"a\": [\"1\", \"true\", null, \"x/yé\"], \"b\": {\"c\": \"-1.5e3\"}}"]
        );
    }

    /// Comments that speak to linchpin are kept with their lines.
    #[test]
    fn directives_are_kept() {
        let d = read("---\na: 1 # linchpin: ignore[LP001] known\n");
        assert_eq!(d[0].directives, [Directive { line: 2, text: "ignore[LP001] known".into() }]);
    }
}
