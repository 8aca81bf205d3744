//! Strict reading of mappings: what is not asked for is an unknown field.

use super::problems::Problems;
use crate::parse::{Node, Value};
use crate::source::{Location, Problem, unknown};

/// Something that a node of a native manifest can say.
pub(super) trait Read: Sized {
    /// Reads a node, the value of `field`. `None` if it cannot be read; then a problem says why.
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self>;
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) at: Location,
}

impl<T: Read> Read for Placed<T> {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        Some(Self { value: T::read(node, field, problems)?, at: node.at() })
    }
}

/// A mapping whose fields are asked for by name. The fields that exist are those that the code asks for, so no list of
/// them can be stale.
pub(super) struct Fields<'a> {
    node: &'a Node,
    asked: Vec<&'static str>,
    problems: &'a mut Problems,
}

impl<'a> Fields<'a> {
    /// Reads a mapping (an empty value is an empty one) and reports the fields that `read` did not ask for, each with
    /// the name that was probably meant. `read` must ask for all fields whatever it finds in the first ones.
    pub(super) fn read<T>(
        node: &'a Node,
        field: &str,
        problems: &'a mut Problems,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        if !matches!(node.value(), Value::Mapping(_) | Value::Null) {
            problems.report(|| expected(node, field, "a mapping"));
            return None;
        }
        let mut fields = Self { node, asked: Vec::new(), problems };
        let value = read(&mut fields);
        fields.close();
        value
    }

    /// The value of a field that need not be there.
    pub(super) fn optional<T: Read>(&mut self, name: &'static str) -> Option<T> {
        self.asked.push(name);
        T::read(self.node.get(name)?, name, self.problems)
    }

    /// The value of a field that must be there.
    pub(super) fn required<T: Read>(&mut self, name: &'static str) -> Option<T> {
        if self.node.get(name).is_none() {
            self.problem("", format!("`{name}` is missing"));
        }
        self.optional(name)
    }

    /// The items of a list; an empty value or no field is an empty list.
    pub(super) fn list<T: Read>(&mut self, name: &'static str) -> Vec<T> {
        self.asked.push(name);
        let Some(node) = self.node.get(name) else { return Vec::new() };
        if !matches!(node.value(), Value::Sequence(_) | Value::Null) {
            self.problems.report(|| expected(node, name, "a list"));
        }
        node.items().iter().filter_map(|item| T::read(item, name, self.problems)).collect()
    }

    /// Reports something wrong at a field, or at the mapping if there is no such field.
    pub(super) fn problem(&mut self, name: &str, reason: impl Into<String>) {
        let at = self.node.key(name).map_or_else(|| self.node.at(), Node::at);
        self.problems.report(|| Problem::new(at, reason));
    }

    fn close(self) {
        for (key, _) in self.node.entries() {
            match key.text() {
                Some(name) if self.asked.contains(&name) => {}
                Some(name) => self.problems.report(|| unknown("field", name, &self.asked, key.at())),
                None => self
                    .problems
                    .report(|| Problem::new(key.at(), format!("a field's name must be text, not {}", key.sort()))),
            }
        }
    }
}

/// A problem with a value of the wrong sort. The value itself is not repeated: it may be anything, a secret too.
pub(super) fn expected(node: &Node, field: &str, what: &str) -> Problem {
    let found = match node.value() {
        Value::Scalar(..) => String::new(),
        _ => format!(", not {}", node.sort()),
    };
    Problem::new(node.at(), format!("`{field}` must be {what}{found}"))
}
