//! Properties: `a.b-c[0] = value`, whatever file they stand in.

use crate::parse::Node;
use crate::source::Location;
use std::sync::Arc;

/// Keys longer than this are nobody's.
const LONGEST_KEY: usize = 512;

/// More properties than any application has.
const MOST: usize = 20_000;

/// A property where it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Property {
    /// Its key, part by part, as written; the index of a list is a part.
    pub parts: Vec<Arc<str>>,
    /// Its value as written.
    pub value: Arc<str>,
    /// Where it stands.
    pub at: Location,
}

impl Property {
    /// The key in the form in which all spellings of it are one.
    pub(super) fn path(&self) -> String {
        path(self.parts.iter().map(|p| &**p))
    }

    /// The key as written.
    pub(super) fn key(&self) -> String {
        self.parts.join(".")
    }
}

/// The form in which all spellings of a key are one (Spring's relaxed binding): `max-attempts`, `maxAttempts` and
/// `max_attempts` are `maxattempts`.
pub(super) fn path<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut path = String::new();
    for part in parts {
        if !path.is_empty() {
            path.push('.');
        }
        path.extend(part.chars().filter(|c| *c != '-' && *c != '_').flat_map(char::to_lowercase));
    }
    path
}

/// The parts of a key: `a.b[0].c` are `a`, `b`, `0` and `c`; what stands in brackets is one part, dots and all.
pub(super) fn parts(key: &str) -> Vec<Arc<str>> {
    let mut parts = Vec::new();
    let mut rest = key.get(..key.floor_char_boundary(LONGEST_KEY)).unwrap_or_default();
    while !rest.is_empty() {
        if let Some((inner, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            parts.push(inner.into());
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        if end > 0 {
            parts.push(rest.get(..end).unwrap_or_default().into());
        }
        rest = rest.get(end..).unwrap_or_default();
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            // A bracket that never closes is a letter like any other.
            None if end == 0 => break,
            None => {}
        }
    }
    parts
}

/// The properties of a YAML document. Its nesting is bounded by the parser's 255.
pub(super) fn of_tree(node: &Node) -> Vec<Property> {
    let mut properties = Vec::new();
    if node.weight() <= MOST as u64 * 4 {
        flatten(node, &mut Vec::new(), &mut properties);
    }
    properties
}

fn flatten(node: &Node, prefix: &mut Vec<Arc<str>>, properties: &mut Vec<Property>) {
    if properties.len() >= MOST {
        return;
    }
    if let Some(text) = node.text() {
        properties.push(Property { parts: prefix.clone(), value: text.into(), at: node.at() });
        return;
    }
    for (index, item) in node.items().iter().enumerate() {
        prefix.push(index.to_string().into());
        flatten(item, prefix, properties);
        prefix.pop();
    }
    for (key, _, value) in node.fields() {
        let before = prefix.len();
        prefix.extend(parts(key));
        flatten(value, prefix, properties);
        prefix.truncate(before);
    }
}

/// The documents of a `.properties` file, separated by `#---` or `!---`.
pub(super) fn of_lines(file: &Arc<str>, text: &str) -> Vec<Vec<Property>> {
    let mut documents = vec![Vec::new()];
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let mut line = line.trim_start().to_owned();
        if line.starts_with("#---") || line.starts_with("!---") {
            documents.push(Vec::new());
            continue;
        }
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        while ends_open(&line)
            && let Some((_, next)) = lines.next()
        {
            line.pop();
            line.push_str(next.trim_start());
        }
        let end = line.find(['=', ':', ' ', '\t']).unwrap_or(line.len());
        let (key, rest) = line.split_at(end);
        let value = rest.trim_start().trim_start_matches(['=', ':']).trim_start();
        let line = u32::try_from(index).unwrap_or(u32::MAX - 1) + 1;
        if let Some(document) = documents.last_mut()
            && document.len() < MOST
        {
            let property = Property {
                parts: parts(key),
                value: value.replace("\\:", ":").replace("\\=", "=").into(),
                at: Location::new(file.clone(), line, 1),
            };
            document.push(property);
        }
    }
    documents
}

/// Whether a line goes on in the next one: it ends in an odd number of backslashes.
fn ends_open(line: &str) -> bool {
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spellings of one key are one path; indexes and brackets are parts.
    #[test]
    fn keys() {
        for (key, expected) in [
            ("spring.rabbitmq.host", "spring.rabbitmq.host"),
            (
                "resilience4j.retry.instances.stockService.maxAttempts",
                "resilience4j.retry.instances.stockservice.maxattempts",
            ),
            ("a.max-attempts", "a.maxattempts"),
            ("a.b[0].c", "a.b.0.c"),
            ("a.b[x.y].c", "a.b.x.y.c"),
            ("a[b", "a"),
            ("", ""),
        ] {
            assert_eq!(path(parts(key).iter().map(|p| &**p)), expected, "{key}");
        }
        assert_eq!(parts("a.b[x.y]").len(), 3, "what stands in brackets is one part");
    }

    /// Lines with every separator, comments, continuation and a second document.
    #[test]
    fn lines() {
        let text = "# comment\na.b=c\n a.c : d\nlong = one,\\\n  two\nurl=jdbc\\:x\n#---\nspring.profiles=docker\n";
        let documents = of_lines(&"f".into(), text);
        let shown: Vec<Vec<String>> = documents
            .iter()
            .map(|d| d.iter().map(|p| format!("{}:{}={}", p.at.line, p.key(), p.value)).collect())
            .collect();
        let first = vec!["2:a.b=c", "3:a.c=d", "4:long=one,two", "6:url=jdbc:x"];
        assert_eq!(shown, [first, vec!["8:spring.profiles=docker"]]);
    }
}
