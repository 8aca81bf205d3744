//! Settings as manifests write them: a mapping whose keys are known, read field by field.
//!
//! A field that is misspelt or of the wrong type is a problem with its line. Whoever reads the block then leaves out what
//! rests on the field, so that no default stands in for something that somebody did write.

use super::Evidence;
use super::native::milliseconds;
use crate::parse::Node;
use crate::source::{Problem, nearest, unknown};
use std::sync::Arc;

/// A field cannot be understood, which has been reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misread;

/// A field's value: `None` if it is not there.
pub(super) type Read<T> = Result<Option<T>, Misread>;

/// A mapping whose keys are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'n> {
    node: &'n Node,
    /// What it is called: `retries`.
    name: &'static str,
}

/// How a field writes times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// With units: `1m30s`; a bare number is a mistake, but for 0.
    Units,
    /// With units, or a bare number of seconds.
    Seconds,
    /// With units, or a bare number of milliseconds.
    Milliseconds,
}

impl<'n> Block<'n> {
    /// The block under a key; nothing if the key is absent or empty. What is no mapping is a problem.
    pub fn under(node: &'n Node, key: &'static str, known: &[&str], problems: &mut Vec<Problem>) -> Read<Self> {
        field(node, key).map(|node| Self::of(node, key, known, problems)).transpose()
    }

    /// A node as a block. Keys that are not known are reported with what was probably meant.
    pub fn of(
        node: &'n Node,
        name: &'static str,
        known: &[&str],
        problems: &mut Vec<Problem>,
    ) -> Result<Self, Misread> {
        if node.entries().is_empty() && node.sort() != "a mapping" {
            problems.push(Problem::new(node.at(), format!("`{name}` is {}, not a mapping", node.sort())));
            return Err(Misread);
        }
        for (key, at, _) in node.fields().filter(|(key, ..)| !known.contains(key)) {
            problems.push(unknown_field(name, key, known, at));
        }
        Ok(Self { node, name })
    }

    /// A mapping of which only some keys are ours, such as annotations.
    pub fn bare(node: &'n Node, name: &'static str) -> Self {
        Self { node, name }
    }

    /// The block's own node.
    pub fn node(&self) -> &'n Node {
        self.node
    }

    /// The value of a field; nothing if it is empty.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        field(self.node, key)
    }

    /// Evidence at a field, or at the block if it is not there.
    pub fn evidence(&self, key: &str) -> Evidence {
        match self.get(key) {
            Some(node) => Evidence::new(node.at(), format!("{}.{key}", self.name)),
            None => Evidence::new(self.node.at(), self.name),
        }
    }

    /// A whole number.
    pub fn integer(&self, key: &str, problems: &mut Vec<Problem>) -> Read<i64> {
        self.read(key, "a whole number", problems, Node::int)
    }

    /// A whole number, 0 or more.
    pub fn count(&self, key: &str, problems: &mut Vec<Problem>) -> Read<u32> {
        self.read(key, "a whole number, 0 or more", problems, |node| u32::try_from(node.int()?).ok())
    }

    /// A number, 0 or more.
    pub fn number(&self, key: &str, problems: &mut Vec<Problem>) -> Read<f64> {
        self.read(key, "a number, 0 or more", problems, |node| node.float().filter(|x| *x >= 0.0))
    }

    /// Yes or no.
    pub fn flag(&self, key: &str, problems: &mut Vec<Problem>) -> Read<bool> {
        self.read(key, "true or false", problems, Node::bool)
    }

    /// Text.
    pub fn text(&self, key: &str, problems: &mut Vec<Problem>) -> Read<&'n str> {
        self.read(key, "text", problems, Node::text)
    }

    /// A time in milliseconds. 0 is 0 here: what it means differs.
    pub fn time(&self, key: &str, form: Time, problems: &mut Vec<Problem>) -> Read<f64> {
        self.read(key, form.expected(), problems, |node| form.milliseconds(node.text()?))
    }

    /// A field by any reading.
    pub fn read<T>(
        &self,
        key: &str,
        expected: &str,
        problems: &mut Vec<Problem>,
        read: impl FnOnce(&'n Node) -> Option<T>,
    ) -> Read<T> {
        let Some(node) = self.get(key) else { return Ok(None) };
        match read(node) {
            Some(value) => Ok(Some(value)),
            None => {
                problems.push(misread(node, &format!("{}.{key}", self.name), expected));
                Err(Misread)
            }
        }
    }
}

impl Time {
    /// Milliseconds of a text in this form.
    pub fn milliseconds(self, text: &str) -> Option<f64> {
        let text = text.trim();
        let bare = text.parse::<f64>().ok().filter(|x| x.is_finite() && *x >= 0.0);
        match (self, bare) {
            (_, Some(0.0)) => Some(0.0),
            (Time::Seconds, Some(seconds)) => Some(seconds * 1000.0),
            (Time::Milliseconds, Some(ms)) => Some(ms),
            _ => milliseconds(text),
        }
    }

    /// What to write, for messages.
    pub fn expected(self) -> &'static str {
        match self {
            Time::Units => "a time with its unit, such as `500ms` or `2s`",
            Time::Seconds => "a time in seconds or with its unit, such as `2` or `500ms`",
            Time::Milliseconds => "a time in milliseconds or with its unit, such as `500` or `2s`",
        }
    }
}

/// The value of a key; nothing if it is empty, which platforms take as not written.
pub(super) fn field<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|value| !value.is_null())
}

/// `retry` for `retries` is too far for a slip of the finger, but it is the likeliest mistake of all: then the name that
/// begins alike was meant.
fn unknown_field(block: &str, key: &str, known: &[&str], at: &Node) -> Problem {
    let what = format!("field of `{block}`:");
    let problem = unknown(&what, key, known, at.at());
    let alike = key.get(..4).and_then(|stem| known.iter().find(|k| k.starts_with(stem)));
    match alike.filter(|_| nearest(key, known.iter().copied()).is_none()) {
        Some(meant) => problem.remedy(format!("did you mean `{meant}`?")),
        None => problem,
    }
}

/// The problem of a value that is not what a field takes. Values are not repeated: nobody knows what stands there.
pub(super) fn misread(node: &Node, field: &str, expected: &str) -> Problem {
    Problem::new(node.at(), format!("`{field}` cannot be read")).remedy(format!("write {expected}"))
}

/// Words of a list that is written as text with commas or as a sequence, in lower case.
pub(super) fn words(node: &Node) -> Vec<(Arc<str>, &Node)> {
    let split = |node| {
        // What is no text is a word that nobody knows, so that it is reported.
        let Some(text) = Node::text(node) else { return vec![(Arc::from(node.sort()), node)] };
        let parts = text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
        parts.map(move |part| (Arc::from(part.to_lowercase()), node)).collect::<Vec<(Arc<str>, &Node)>>()
    };
    match node.sort() {
        "a list" => node.items().iter().flat_map(split).collect(),
        _ => split(node),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Outcome, documents};

    fn tree(text: &str) -> Node {
        match documents(&"k8s.yaml".into(), text).into_iter().next().unwrap().outcome {
            Outcome::Tree(node) => node,
            other => panic!("{other:?}"),
        }
    }

    /// Misspelt keys and wrong types are reported where they stand; what is empty is not written.
    #[test]
    fn mistakes_are_reported() {
        let node = tree("retries:\n  atempts: 3\n  perTryTimeout: 2\n  count: many\n  empty:\n");
        let mut problems = Vec::new();
        let known = ["attempts", "perTryTimeout", "count", "empty"];
        let block = Block::under(&node, "retries", &known, &mut problems).unwrap().unwrap();
        assert_eq!(block.count("attempts", &mut problems), Ok(None));
        assert_eq!(block.time("perTryTimeout", Time::Units, &mut problems), Err(Misread));
        assert_eq!(block.count("count", &mut problems), Err(Misread));
        assert_eq!(block.count("empty", &mut problems), Ok(None));
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "k8s.yaml:2: unknown field of `retries`: `atempts`; did you mean `attempts`?",
                "k8s.yaml:3: `retries.perTryTimeout` cannot be read; write a time with its unit, such as `500ms` or `2s`",
                "k8s.yaml:4: `retries.count` cannot be read; write a whole number, 0 or more",
            ]
        );
        assert!(Block::under(&tree("retries: 3"), "retries", &known, &mut problems).is_err());
        assert!(Block::under(&tree("retries: {}"), "retries", &known, &mut problems).unwrap().is_some());
        assert!(Block::under(&tree("retries:"), "retries", &known, &mut problems).unwrap().is_none());
    }

    /// Bare numbers mean what the platform takes them for, and nothing where it takes none.
    #[test]
    fn times() {
        for (form, text, ms) in [
            (Time::Units, "1m30s", Some(90_000.0)),
            (Time::Units, "0", Some(0.0)),
            (Time::Units, "5", None),
            (Time::Seconds, "5", Some(5_000.0)),
            (Time::Seconds, "500ms", Some(500.0)),
            (Time::Milliseconds, "5", Some(5.0)),
            (Time::Seconds, "-5", None),
            (Time::Seconds, "inf", None),
        ] {
            assert_eq!(form.milliseconds(text), ms, "{text}");
        }
    }
}
