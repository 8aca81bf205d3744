//! The Serverless Framework's variables, as far as files decide them.
//!
//! What only a deployment knows (`${env:…}`, `${ssm:…}`, `${cf:…}`) stays as it is written, for
//! [`super::super::leftover`]. A stage that nobody chooses is the framework's default, `dev`.

use crate::facts::cloud::leftover::closing;
use crate::parse::{Node, Outcome, Style, Value, documents};
use crate::source::{Files, beside};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How far variables lead to variables.
const DEPTH: u32 = 24;
/// How many nodes the variables of a service may make.
const STEPS: u32 = 400_000;
/// A text that grows beyond this is no name.
const LONGEST: usize = 1 << 16;

/// The variables of a service.
pub(super) struct Variables<'a> {
    root: &'a Node,
    files: &'a dyn Files,
    parsed: RefCell<BTreeMap<String, Option<Node>>>,
    used: RefCell<BTreeSet<Arc<str>>>,
    steps: Cell<u32>,
}

impl<'a> Variables<'a> {
    /// The variables of a service whose document is `root`.
    pub fn new(root: &'a Node, files: &'a dyn Files) -> Self {
        let (parsed, used) = (RefCell::new(BTreeMap::new()), RefCell::new(BTreeSet::new()));
        Self { root, files, parsed, used, steps: Cell::new(STEPS) }
    }

    /// The document with all variables that files decide.
    pub fn resolved(&self) -> Node {
        self.node(self.root, DEPTH)
    }

    /// The files that were needed.
    pub fn used(self) -> BTreeSet<Arc<str>> {
        self.used.into_inner()
    }

    fn node(&self, node: &Node, depth: u32) -> Node {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        if left == 0 || depth == 0 {
            return node.clone();
        }
        match node.value() {
            Value::Scalar(text, style) if text.contains("${") => self.scalar(node, text, *style, depth),
            Value::Sequence(items) => {
                node.with_value(Value::Sequence(items.iter().map(|item| self.node(item, depth)).collect()))
            }
            Value::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), self.node(value, depth)));
                node.with_value(Value::Mapping(entries.collect()))
            }
            _ => node.clone(),
        }
    }

    fn scalar(&self, node: &Node, text: &str, style: Style, depth: u32) -> Node {
        let whole = text.trim();
        if whole.starts_with("${") && closing(whole) == Some(whole.len() - 1) {
            return match self.value(&whole[2..whole.len() - 1], depth - 1) {
                // A name stands where it is used; a block where it is written.
                Some(found) => match found.value() {
                    Value::Scalar(text, _) if found.tag().is_none() => {
                        node.with_value(Value::Scalar(text.clone(), style))
                    }
                    _ => found,
                },
                None => node.clone(),
            };
        }
        node.with_value(Value::Scalar(self.text(text, depth).into(), style))
    }

    /// Text with its variables replaced.
    fn text(&self, text: &str, depth: u32) -> String {
        let mut done = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            done.push_str(&rest[..start]);
            let Some(length) = closing(&rest[start..]).filter(|_| done.len() < LONGEST && depth > 0) else {
                done.push_str(&rest[start..]);
                return done;
            };
            let inner = &rest[start + 2..start + length];
            match self.value(inner, depth - 1).as_ref().and_then(Node::text) {
                Some(value) => done.push_str(value),
                None => done.push_str(&rest[start..=start + length]),
            }
            rest = &rest[start + length + 1..];
        }
        done.push_str(rest);
        done
    }

    /// The value of what stands between the braces: the first of its sources that files decide.
    fn value(&self, inner: &str, depth: u32) -> Option<Node> {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        if depth == 0 || left == 0 {
            return None;
        }
        let sources = split(inner);
        let mut stage = false;
        for source in &sources {
            let source = self.text(source.trim(), depth);
            if source.starts_with("construct:") {
                return None;
            }
            if let Some(node) = self.source(&source, depth) {
                return Some(self.node(&node, depth));
            }
            stage |= source == "opt:stage" || source == "sls:stage";
        }
        stage.then(|| self.plain(&self.stage(depth)))
    }

    fn source(&self, source: &str, depth: u32) -> Option<Node> {
        let quoted = ['"', '\''].iter().find_map(|q| source.strip_prefix(*q)?.strip_suffix(*q));
        if let Some(literal) = quoted {
            return Some(self.plain(literal));
        }
        if matches!(source, "true" | "false" | "null") || source.parse::<f64>().is_ok() {
            return Some(self.plain(source));
        }
        if let Some(inner) = source.strip_prefix("strToBool(").and_then(|rest| rest.strip_suffix(')')) {
            return Some(self.plain(inner.trim_matches(['"', '\''])));
        }
        if let Some(rest) = source.strip_prefix("file(") {
            let (path, address) = rest.split_once(')')?;
            return self.file(path.trim(), address.strip_prefix(':').unwrap_or_default(), depth);
        }
        let (name, address) = source.split_once(':')?;
        match name {
            "self" => self.own(address, depth),
            "sls" if address == "stage" => Some(self.plain(&self.stage(depth))),
            "aws" if address == "region" => self.own("provider.region", depth),
            "param" => {
                let stage = self.stage(depth);
                let of = |stage: &str| self.root.path(&["params", stage, address]);
                let found = of(&stage).or_else(|| of("default"))?;
                Some(found.get("value").unwrap_or(found).clone())
            }
            _ => None,
        }
    }

    /// The stage that is deployed if nobody says which.
    fn stage(&self, depth: u32) -> String {
        let written = self.root.path(&["provider", "stage"]).and_then(Node::text).unwrap_or("dev");
        // `${opt:stage}` in the stage itself asks for what is being asked.
        let stage = match written.contains("${") && depth > 1 {
            true => self.text(&written.replace("opt:stage,", ""), depth.min(6) - 1),
            false => written.to_owned(),
        };
        if stage.contains("${") { "dev".to_owned() } else { stage.trim_matches(['\'', '"']).to_owned() }
    }

    fn own(&self, address: &str, depth: u32) -> Option<Node> {
        let found = self.down(self.root, address, depth);
        match (found, address) {
            (Some(found), "service") if !found.entries().is_empty() => found.get("name").cloned(),
            (Some(found), _) => Some(found),
            (None, "service.name") => self.root.get("service").cloned(),
            (None, "provider.stage") => Some(self.plain("dev")),
            (None, "provider.region") => Some(self.plain("us-east-1")),
            (None, _) => None,
        }
    }

    /// The node down a dotted path, variables on the way resolved.
    fn down(&self, from: &Node, address: &str, depth: u32) -> Option<Node> {
        let mut node = from.clone();
        for part in address.split('.').filter(|part| !part.is_empty()) {
            if node.text().is_some_and(|text| text.contains("${")) {
                node = self.node(&node, depth - 1);
            }
            node = match part.parse::<usize>() {
                Ok(index) if !node.items().is_empty() => node.items().get(index)?.clone(),
                _ => node.get(part)?.clone(),
            };
        }
        (!node.is_null()).then_some(node)
    }

    fn file(&self, path: &str, address: &str, depth: u32) -> Option<Node> {
        let path = beside(self.root.file(), path);
        let tree = self.parsed.borrow().get(&path).cloned();
        let tree = tree.unwrap_or_else(|| {
            let tree = self.read(&path);
            self.parsed.borrow_mut().insert(path.clone(), tree.clone());
            tree
        })?;
        self.down(&tree, address, depth)
    }

    fn read(&self, path: &str) -> Option<Node> {
        let data = [".yml", ".yaml", ".json"].iter().any(|e| path.ends_with(e));
        let text = self.files.read(path).filter(|_| data)?;
        let file: Arc<str> = path.into();
        let tree = documents(&file, &text).into_iter().find_map(|document| match document.outcome {
            Outcome::Tree(node) => Some(node),
            _ => None,
        });
        if tree.is_some() {
            self.used.borrow_mut().insert(file);
        }
        tree
    }

    fn plain(&self, text: &str) -> Node {
        self.root.with_value(Value::Scalar(text.into(), Style::Plain))
    }
}

/// The sources of a variable: separated by commas outside quotes, braces and parentheses.
fn split(inner: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut open, mut quote) = (0u32, None);
    for (i, c) in inner.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{' | '(') => open += 1,
            (None, '}' | ')') => open = open.saturating_sub(1),
            (None, ',') if open == 0 => {
                parts.push(&inner[start..i]);
                start = i + 1;
            }
            (None, _) => {}
        }
    }
    parts.push(&inner[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn resolve(text: &str, files: &[(&str, &str)]) -> String {
        let files: BTreeMap<String, String> = files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
        let document = documents(&"a/serverless.yml".into(), text).into_iter().next();
        let Some(Outcome::Tree(root)) = document.map(|d| d.outcome) else { return "no tree".to_owned() };
        let resolved = Variables::new(&root, &files).resolved();
        resolved.path(&["custom", "x"]).map(|node| format!("{node:?}")).unwrap_or_default()
    }

    /// Each source of a variable, and fallbacks in order.
    #[test]
    fn sources_and_fallbacks() {
        let service = |value: &str| {
            format!(
                "service: shop\nprovider: {{name: aws, stage: \"${{opt:stage, 'beta'}}\"}}\nparams: {{default: {{p: q}}}}\ncustom:\n  y: {{z: [1, two]}}\n  x: {value}\n"
            )
        };
        for (value, expected) in [
            ("${self:service}-${sls:stage}", "\"shop-beta\""),
            ("${opt:stage, self:provider.stage}", "\"beta\""),
            ("${opt:table, 'orders'}", "\"orders\""),
            ("${self:custom.y.z.1}", "\"two\""),
            ("${self:custom.y}", "{\"z\": [\"1\", \"two\"]}"),
            ("${self:custom.none, self:custom.y.z.0}", "\"1\""),
            ("${param:p}", "\"q\""),
            ("${env:X, 'fallback'}", "\"fallback\""),
            ("${env:X}", "\"${env:X}\""),
            ("${aws:region}", "\"us-east-1\""),
            ("${file(more.yml):a.b}", "\"deep\""),
            ("${file(./${sls:stage}.json):k}", "\"v\""),
            ("${file(gone.yml):k, 'else'}", "\"else\""),
            ("a-${construct:jobs.queueUrl}", "\"a-${construct:jobs.queueUrl}\""),
        ] {
            let files = [("a/more.yml", "a: {b: deep}\n"), ("a/beta.json", "{\"k\": \"v\"}")];
            assert_eq!(resolve(&service(value), &files), expected, "{value}");
        }
    }

    /// Variables that lead in circles, or grow without bound, end.
    #[test]
    fn circles_end() {
        assert_eq!(resolve("service: s\ncustom: {x: \"${self:custom.x}\"}\n", &[]), "\"${self:custom.x}\"");
        let mut text = String::from("service: s\ncustom:\n  a0: xxxxxxxxxx\n");
        for i in 1..40 {
            text.push_str(&format!("  a{i}: \"${{self:custom.a{}}}${{self:custom.a{}}}\"\n", i - 1, i - 1));
        }
        text.push_str("  x: \"${self:custom.a39}\"\n");
        assert!(resolve(&text, &[]).len() < 1 << 20);
    }
}
