//! A value that a resource states, with all that is needed to understand it.

use super::resource::Resource;
use super::text::{Part, Text};
use super::world::World;
use crate::facts::Evidence;
use crate::parse::{Node, Outcome, documents};
use crate::source::{Location, Problem, nearest};
use std::sync::Arc;

/// How the text of scalars is to be read.
#[derive(Clone)]
enum Form {
    /// As a stack's own.
    Own,
    /// Inside text that was worked out before (JSON in a `!Sub`): private characters stand for its pieces. With the
    /// place of the text, line by line if that is known.
    Inner(Arc<Text>, Node),
}

/// A value of a resource.
#[derive(Clone)]
pub(super) struct Field<'w> {
    world: &'w World,
    stack: usize,
    node: Node,
    name: Arc<str>,
    form: Form,
    /// What `${Name}` stands for in plain text (a state machine's `DefinitionSubstitutions`).
    substitutions: Arc<[(String, Text)]>,
}

impl<'w> Field<'w> {
    /// A property of a resource; `None` if it says nothing.
    pub fn of(world: &'w World, stack: usize, resource: &Resource, property: &str) -> Option<Self> {
        let (node, name) = resource.get(property)?;
        Self::new(world, stack, &node, name)
    }

    /// A node of a stack.
    pub fn new(world: &'w World, stack: usize, node: &Node, name: Arc<str>) -> Option<Self> {
        let node = world.settled(stack, node)?;
        Some(Self { world, stack, node, name, form: Form::Own, substitutions: [].into() })
    }

    /// The same with values for `${Name}` in plain text.
    #[must_use]
    pub fn substituting(mut self, values: Vec<(String, Text)>) -> Self {
        self.substitutions = values.into();
        self
    }

    /// The node itself.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<Self> {
        self.within(self.node.get(key)?)
    }

    /// The value down a path of keys.
    pub fn path(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |field, key| field.get(key))
    }

    /// The items of a list; a single value is a list of one.
    pub fn items(&self) -> Vec<Self> {
        match self.node.items() {
            [] if self.node.text().is_some() || !self.node.entries().is_empty() => vec![self.clone()],
            items => items.iter().filter_map(|item| self.within(item)).collect(),
        }
    }

    /// The entries of a mapping whose keys are plain.
    pub fn fields(&self) -> Vec<(String, Self)> {
        self.node.fields().filter_map(|(key, _, value)| Some((key.to_owned(), self.within(value)?))).collect()
    }

    fn within(&self, node: &Node) -> Option<Self> {
        let node = match self.form {
            Form::Own => self.world.settled(self.stack, node)?,
            Form::Inner(..) => Some(node.clone()).filter(|node| !node.is_null())?,
        };
        Some(Self { node, ..self.clone() })
    }

    /// What the value comes to.
    pub fn text(&self) -> Text {
        let text = match &self.form {
            Form::Own => self.world.text(self.stack, &self.node),
            Form::Inner(outer, _) => outer.piece(self.node.text().unwrap_or_default()),
        };
        if self.substitutions.is_empty() { text } else { substituted(text, &self.substitutions) }
    }

    /// What the values of a list come to.
    pub fn texts(&self) -> Vec<Text> {
        match self.form {
            Form::Own => self.world.texts(self.stack, &self.node),
            Form::Inner(..) => self.items().iter().map(Self::text).collect(),
        }
    }

    /// The value, if all of it is known.
    pub fn known(&self) -> Option<String> {
        self.text().known().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Where the value stands.
    pub fn at(&self) -> Location {
        match &self.form {
            Form::Own => self.node.at(),
            Form::Inner(_, outer) => outer.at_text_line(self.node.line().saturating_sub(1) as usize),
        }
    }

    /// Where the value stands, under the name of the property.
    pub fn evidence(&self) -> Evidence {
        Evidence::new(self.at(), self.name.clone())
    }

    /// The same under a name of its own.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// A number of at least `least`. Something else is a problem; what only a deployment knows is nothing.
    pub fn number(&self, least: f64, what: &str, problems: &mut Vec<Problem>) -> Option<f64> {
        let text = self.text();
        if self.node.text().is_some() || !text.parts().is_empty() {
            let known = text.known()?;
            if let Some(number) = known.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= least) {
                return Some(number);
            }
        }
        let reason = format!("`{}` is no {what}", self.name);
        let remedy = if least > 0.0 { "write a number greater than 0" } else { "write a number" };
        problems.push(Problem::new(self.at(), reason).remedy(remedy));
        None
    }

    /// A switch; `None` if only a deployment knows.
    pub fn flag(&self) -> Option<bool> {
        match self.text().known()?.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The mapping that a value is, or that its text says in JSON.
    pub fn object(&self) -> Option<Self> {
        if let Some(("ToJsonString", inner)) = super::evaluate::intrinsic(&self.node) {
            return self.within(&inner);
        }
        if !self.node.entries().is_empty() && super::evaluate::intrinsic(&self.node).is_none() {
            return Some(self.clone());
        }
        let text = self.text();
        let shape = text.shape();
        if !shape.trim_start().starts_with(['{', '[']) {
            return None;
        }
        let node = documents(self.node.file(), &shape).into_iter().find_map(|document| match document.outcome {
            Outcome::Tree(node) => Some(node),
            _ => None,
        })?;
        let outer = innermost(&self.node);
        Some(Self { node, form: Form::Inner(Arc::new(text), outer), ..self.clone() })
    }

    /// Reports keys of a block of a fixed form that are none of `known`.
    pub fn only(&self, known: &[&str], problems: &mut Vec<Problem>) {
        for (key, at, _) in self.node.fields().filter(|(key, _, _)| !known.contains(key) && !key.starts_with("Fn::")) {
            let at = match &self.form {
                Form::Own => at.at(),
                Form::Inner(_, outer) => outer.at_text_line(at.line().saturating_sub(1) as usize),
            };
            problems.push(crate::source::unknown(&format!("key in `{}`", self.name), key, known, at));
        }
    }
}

/// Reports a key that is not known and looks like one of those that are read: what else a platform may know is not for
/// us to say.
pub(super) fn misspelt<'k>(
    keys: impl Iterator<Item = (&'k str, &'k Node)>,
    read: &[&str],
    others: &[&str],
    what: &str,
    problems: &mut Vec<Problem>,
) {
    for (key, at) in keys {
        if read.contains(&key) || others.contains(&key) {
            continue;
        }
        if let Some(meant) = nearest(key, read.iter().copied()) {
            let problem = Problem::new(at.at(), format!("unknown {what} `{key}`"));
            problems.push(problem.remedy(format!("did you mean `{meant}`?")));
        }
    }
}

/// The scalar that a function works on, whose lines are those of the result.
fn innermost(node: &Node) -> Node {
    let mut node = node.clone();
    for _ in 0..8 {
        let next = match super::evaluate::intrinsic(&node) {
            Some((_, argument)) => argument.items().first().cloned().unwrap_or(argument),
            None => break,
        };
        node = next;
    }
    node
}

/// Text with `${Name}` replaced.
fn substituted(text: Text, values: &[(String, Text)]) -> Text {
    let mut replaced = Text::default();
    for part in text.parts() {
        let Part::Literal(literal) = part else {
            replaced.push(part.clone());
            continue;
        };
        let mut rest = literal.as_str();
        while let Some(start) = rest.find("${") {
            let inner = &rest[start + 2..];
            let Some(end) = inner.find('}') else { break };
            let (name, after) = (inner[..end].trim(), &inner[end + 1..]);
            replaced.push(Part::Literal(rest[..start].to_owned()));
            match values.iter().find(|(known, _)| known == name) {
                Some((_, value)) => replaced.extend(value.clone()),
                None => replaced.push(Part::Input(name.into())),
            }
            rest = after;
        }
        replaced.push(Part::Literal(rest.to_owned()));
    }
    replaced
}
