//! The one place that knows the YAML library: granit-parser's events to our tree.
//!
//! Aliases share nodes and are never copied; what a document would weigh with its aliases expanded is known without
//! expanding it, so that an alias bomb is refused in linear time.

use super::node::{Node, Style, Value};
use crate::source::{Location, Problem};
use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// A document may weigh this much beyond what is written in it before its aliases count as a bomb.
const EXPANSION_LIMIT: u64 = 1_000_000;

/// Parses the first document of `text`, whose first line is line `first` of `file`.
///
/// `None` is a document without content. Problems that do not stop the document are added to `problems`.
pub(super) fn parse(
    file: &Arc<str>,
    first: u32,
    text: &str,
    problems: &mut Vec<Problem>,
) -> Result<Option<Node>, Problem> {
    let options = granit_parser::options! { emit_comments: false };
    let mut builder = Builder { file, first, problems, anchors: FxHashMap::default(), stack: Vec::new(), root: None };
    let mut seen = false;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|e| {
            let line = first + u32::try_from(e.marker().line()).unwrap_or(1).saturating_sub(1);
            let column = u32::try_from(e.marker().col()).unwrap_or(0) + 1;
            Problem::new(Location::new(file.clone(), line, column), format!("not valid YAML: {}", e.info()))
        })?;
        match event {
            Event::DocumentStart(..) if seen => break,
            Event::DocumentStart(..) => seen = true,
            event => builder.event(event, &span)?,
        }
    }
    let root = builder.root.filter(|n| !n.is_null());
    match &root {
        Some(node) if node.weight() > EXPANSION_LIMIT + 4 * text.len() as u64 => Err(Problem::new(
            Location::new(file.clone(), first, 1),
            "aliases expand to more than a million nodes; refused as an alias bomb",
        )),
        _ => Ok(root),
    }
}

struct Builder<'a> {
    file: &'a Arc<str>,
    first: u32,
    problems: &'a mut Vec<Problem>,
    anchors: FxHashMap<usize, Node>,
    stack: Vec<Open>,
    root: Option<Node>,
}

/// A collection whose end has not come yet.
struct Open {
    at: Location,
    tag: Option<Box<str>>,
    anchor: usize,
    mapping: bool,
    key: Option<Node>,
    items: Vec<Node>,
    entries: Vec<(Node, Node)>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let mut at = self.at(span);
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                    // The span begins at the first line with text; the content begins with its blank lines.
                    let blank = text.len() - text.trim_start_matches('\n').len();
                    at.line = at.line.saturating_sub(u32::try_from(blank).unwrap_or(0));
                }
                let node = Node::new(at, local(tag.as_deref()), scalar(text, style, tag.as_deref()));
                self.finish(node, anchor);
            }
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(&id).cloned() else {
                    return Err(Problem::new(self.at(span), "an alias inside its own anchor; it would never end"));
                };
                self.finish(node, 0);
            }
            Event::SequenceStart(_, anchor, tag) => self.open(span, anchor, tag, false),
            Event::MappingStart(_, anchor, tag) => self.open(span, anchor, tag, true),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.stack.pop() {
                    let value = if open.mapping {
                        Value::Mapping(self.mapping(open.entries))
                    } else {
                        Value::Sequence(open.items)
                    };
                    self.finish(Node::new(open.at, open.tag, value), open.anchor);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, span: &Span, anchor: usize, tag: Option<Cow<'_, Tag>>, mapping: bool) {
        let (at, tag) = (self.at(span), local(tag.as_deref()));
        self.stack.push(Open { at, tag, anchor, mapping, key: None, items: Vec::new(), entries: Vec::new() });
    }

    fn finish(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(open) if !open.mapping => open.items.push(node),
            Some(open) => match open.key.take() {
                None => open.key = Some(node),
                Some(key) => open.entries.push((key, node)),
            },
        }
    }

    /// Applies merge keys (yaml.org/type/merge.html: own keys win, then the first mapping that has the key) and
    /// reports keys written twice.
    fn mapping(&mut self, written: Vec<(Node, Node)>) -> Vec<(Node, Node)> {
        let mut entries: Vec<(Node, Node)> = Vec::with_capacity(written.len());
        let mut places: FxHashMap<Box<str>, usize> = FxHashMap::default();
        let mut merges = Vec::new();
        for (key, value) in written {
            match key.text() {
                Some("<<") if !matches!(value.value(), Value::Scalar(..) | Value::Null) => merges.push(value),
                Some(text) => match places.get(text) {
                    Some(&i) => {
                        let before: &(Node, Node) = &entries[i];
                        let reason = format!(
                            "key `{}` is written twice (first on line {}); the last one counts",
                            shown(text),
                            before.0.line()
                        );
                        self.problems.push(Problem::new(key.at(), reason));
                        entries[i] = (key, value);
                    }
                    None => {
                        places.insert(text.into(), entries.len());
                        entries.push((key, value));
                    }
                },
                None => entries.push((key, value)),
            }
        }
        for source in merges {
            let list = if source.items().is_empty() { std::slice::from_ref(&source) } else { source.items() };
            for (key, value) in list.iter().flat_map(Node::entries) {
                if let Some(text) = key.text()
                    && !places.contains_key(text)
                {
                    places.insert(text.into(), entries.len());
                    entries.push((key.clone(), value.clone()));
                }
            }
        }
        entries
    }

    fn at(&self, span: &Span) -> Location {
        let line = self.first + u32::try_from(span.start.line()).unwrap_or(1).saturating_sub(1);
        Location::new(self.file.clone(), line, u32::try_from(span.start.col()).unwrap_or(0) + 1)
    }
}

/// A key as it may be shown: keys can hold control characters, and a message is one line.
fn shown(key: &str) -> String {
    key.chars().take(60).flat_map(char::escape_debug).collect()
}

fn local(tag: Option<&Tag>) -> Option<Box<str>> {
    let tag = tag?;
    (!tag.is_yaml_core_schema()).then(|| tag.original().trim_start_matches('!').into())
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    let null = style == Style::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
    if null && !tag.is_some_and(|t| t.is_yaml_core_schema_tag("str")) {
        Value::Null
    } else {
        Value::Scalar(text.into_owned().into_boxed_str(), style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_one(text: &str) -> Result<Option<Node>, Problem> {
        parse(&Arc::from("f.yaml"), 1, text, &mut Vec::new())
    }

    fn tree(text: &str) -> Node {
        parse_one(text).ok().flatten().unwrap_or_else(|| panic!("no tree in {text:?}"))
    }

    /// Every value knows its line and column, also behind an alias.
    #[test]
    fn places() {
        let node = tree("a:\n  b: 1\n  c: [x, y]\n");
        let c = node.path(&["a", "c"]).map(|n| n.items()[1].at());
        assert_eq!(c, Some(Location::new(Arc::from("f.yaml"), 3, 10)));
    }

    /// Content of a block scalar is found on the lines after its indicator.
    #[test]
    fn block_scalar_lines() {
        let node = tree("a: 1\nb: |\n  first\n  second\n");
        let b = node.get("b").map(|n| n.at_text_line(1).line);
        assert_eq!(b, Some(4));
        let node = tree("b:\n  - >-\n    first\n    second\n");
        let b = node.get("b").map(|n| n.items()[0].at_text_line(0).line);
        assert_eq!(b, Some(3));
        let node = tree("b: |\n\n  first\n");
        assert_eq!(
            node.get("b").map(|n| (n.at_text_line(0).line, n.text().map(str::to_owned))),
            Some((2, Some("\nfirst\n".into())))
        );
    }

    /// Merge keys: own keys win, the first of several sources wins, sources may be lists.
    #[test]
    fn merge_keys() {
        let node = tree("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  a: 0\n");
        assert_eq!(format!("{:?}", node.get("z")), r#"Some({"a": "0", "b": "1", "c": "2"})"#);
        let twice = tree("x: &x {a: 1}\ny: &y {b: 2}\nz:\n  <<: *x\n  <<: *y\n");
        assert_eq!(format!("{:?}", twice.get("z")), r#"Some({"a": "1", "b": "2"})"#);
    }

    /// A key written twice is a problem with its line, and the last one counts.
    #[test]
    fn duplicate_keys() {
        let mut problems = Vec::new();
        let node = parse(&Arc::from("f"), 5, "a: 1\na: 2\n", &mut problems).ok().flatten();
        assert_eq!(node.and_then(|n| n.get("a").and_then(Node::int)), Some(2));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].at.line, 6);
    }

    /// Local tags are data; core tags are not.
    #[test]
    fn tags() {
        let node = tree("a: !GetAtt X.Arn\nb: !!str 1\nc: !reset null\nd: !Join [',', [a, !Ref B]]\n");
        assert_eq!(node.get("a").and_then(Node::tag), Some("GetAtt"));
        assert_eq!(node.get("b").and_then(Node::tag), None);
        assert_eq!(node.get("c").and_then(Node::tag), Some("reset"));
        assert!(node.get("c").is_some_and(Node::is_null));
        assert_eq!(node.get("d").and_then(|d| d.items()[1].items()[1].tag().map(str::to_owned)), Some("Ref".into()));
    }

    /// Alias bombs and deep nesting are refused, quickly and without recursion in our code.
    #[test]
    fn bombs() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for i in 1..10 {
            bomb += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(","));
        }
        assert!(parse_one(&bomb).is_err_and(|p| p.reason.contains("bomb")));
        assert!(parse_one(&"[".repeat(100_000)).is_err());
        assert!(parse_one("a: &a [*a]\n").is_err());
    }
}
