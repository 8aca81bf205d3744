//! The tree that every manifest is read into: values with tags and places.

use crate::source::Location;
use std::fmt;
use std::sync::Arc;

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// A literal (`|`) or folded (`>`) block; such a node stands at the first line of its content.
    Block,
}

/// What a node holds. Merge keys (`<<`) are already applied, aliases already followed.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing: an empty value, `~` or `null`.
    Null,
    /// Text as written, after escapes; numbers and booleans are text until somebody asks.
    Scalar(Box<str>, Style),
    /// Items in order.
    Sequence(Vec<Node>),
    /// Keys and values in order; of a key written twice the last one is kept.
    Mapping(Vec<(Node, Node)>),
}

/// A node of a document: cheap to clone (aliases share it), aware of where it stands.
#[derive(Clone)]
pub struct Node(Arc<Inner>);

struct Inner {
    file: Arc<str>,
    line: u32,
    column: u32,
    tag: Option<Box<str>>,
    /// Number of nodes of the tree below with aliases expanded, so that an alias bomb is seen without walking it.
    weight: u64,
    value: Value,
}

impl Node {
    /// A node at a place. `tag` is a local tag without its `!` (`Ref`, `reset`); core tags are dropped by the parser.
    pub fn new(at: Location, tag: Option<Box<str>>, value: Value) -> Self {
        let weight = match &value {
            Value::Null | Value::Scalar(..) => 1,
            Value::Sequence(items) => items.iter().fold(1, |n: u64, i| n.saturating_add(i.0.weight)),
            Value::Mapping(entries) => {
                entries.iter().fold(1, |n: u64, (k, v)| n.saturating_add(k.0.weight).saturating_add(v.0.weight))
            }
        };
        Self(Arc::new(Inner { file: at.file, line: at.line, column: at.column, tag, weight, value }))
    }

    /// The same place and tag with another value: how overrides and interpolation make new trees.
    #[must_use]
    pub fn with_value(&self, value: Value) -> Self {
        Self::new(self.at(), self.0.tag.clone(), value)
    }

    /// Where the node begins.
    pub fn at(&self) -> Location {
        Location::new(self.0.file.clone(), self.0.line, self.0.column)
    }

    /// The file that the node stands in.
    pub fn file(&self) -> &Arc<str> {
        &self.0.file
    }

    /// Line of the node, from 1.
    pub fn line(&self) -> u32 {
        self.0.line
    }

    /// Place of line `index` (from 0) of a scalar's text: for files that stand inside a block scalar.
    pub fn at_text_line(&self, index: usize) -> Location {
        match &self.0.value {
            Value::Scalar(_, Style::Block) => Location::new(
                self.0.file.clone(),
                self.0.line + u32::try_from(index).unwrap_or(u32::MAX - 1_000_000),
                1,
            ),
            _ => self.at(),
        }
    }

    /// The local tag, without its `!`.
    pub fn tag(&self) -> Option<&str> {
        self.0.tag.as_deref()
    }

    /// What the node holds.
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// Number of nodes below and including this one, aliases expanded.
    pub fn weight(&self) -> u64 {
        self.0.weight
    }

    /// Whether the node is empty or null.
    pub fn is_null(&self) -> bool {
        matches!(self.0.value, Value::Null)
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.0.value {
            Value::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// A whole number (YAML 1.1 and 1.2 decimal; quoted numbers count, as most platforms accept them).
    pub fn int(&self) -> Option<i64> {
        self.text()?.trim().replace('_', "").parse().ok()
    }

    /// A number.
    pub fn float(&self) -> Option<f64> {
        self.text()?.trim().parse().ok().filter(|x: &f64| x.is_finite())
    }

    /// A boolean in any of YAML's spellings.
    pub fn bool(&self) -> Option<bool> {
        match self.text()? {
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
            _ => None,
        }
    }

    /// The items of a sequence; nothing for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.0.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; nothing for anything else.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.0.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// Entries whose key is a scalar, as `(key text, key node, value)`.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Node, &Node)> {
        self.entries().iter().filter_map(|(k, v)| Some((k.text()?, k, v)))
    }

    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|(k, _)| k.text() == Some(key)).map(|(_, v)| v)
    }

    /// The node of a key itself, for its place.
    pub fn key(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|(k, _)| k.text() == Some(key)).map(|(k, _)| k)
    }

    /// The value down a path of keys; array items are not addressed.
    pub fn path(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text of the value of a key.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The word for this sort of value, for messages.
    pub fn sort(&self) -> &'static str {
        match &self.0.value {
            Value::Null => "nothing",
            Value::Scalar(..) => "a scalar",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tag) = self.tag() {
            write!(f, "!{tag} ")?;
        }
        match &self.0.value {
            Value::Null => write!(f, "null"),
            Value::Scalar(text, _) => write!(f, "{text:?}"),
            Value::Sequence(items) => f.debug_list().entries(items).finish(),
            Value::Mapping(entries) => f.debug_map().entries(entries.iter().map(|(k, v)| (k, v))).finish(),
        }
    }
}
