//! CloudFormation's intrinsic functions, as far as they can be worked out before deployment: short tags (`!Ref x`) and
//! long forms (`{"Ref": "x"}`) alike.
//!
//! Whatever cannot be worked out is a piece of a [`Text`] with a name. Chains of references are followed a limited way
//! and each value may cost a limited number of steps, so that no template is worth more work than it is long.

use super::leftover;
use super::text::{Part, Place, Text};
use super::world::World;
use crate::parse::{Node, Value};
use std::cell::Cell;

/// How many references lead from one to the next before nobody follows.
const DEPTH: u32 = 48;
/// How many nodes one value may take.
const STEPS: u32 = 5_000;

/// A value being worked out.
pub(super) struct Evaluation<'w> {
    pub(super) world: &'w World,
    steps: Cell<u32>,
}

impl World {
    /// What a value of a stack comes to.
    pub fn text(&self, stack: usize, node: &Node) -> Text {
        Evaluation { world: self, steps: Cell::new(STEPS) }.text(stack, node, DEPTH)
    }

    /// The values of a list, with functions that make lists worked out.
    pub fn texts(&self, stack: usize, node: &Node) -> Vec<Text> {
        Evaluation { world: self, steps: Cell::new(STEPS) }.list(stack, node, DEPTH)
    }

    /// What a value of a stack is when conditions that are known are applied; `None` where it is left out.
    pub fn settled(&self, stack: usize, node: &Node) -> Option<Node> {
        Evaluation { world: self, steps: Cell::new(STEPS) }.settled(stack, node, DEPTH)
    }
}

/// The function that a node calls, and its argument.
pub(super) fn intrinsic(node: &Node) -> Option<(&str, Node)> {
    if let Some(tag) = node.tag() {
        return Some((tag, Node::new(node.at(), None, node.value().clone())));
    }
    let [(key, argument)] = node.entries() else { return None };
    let name = key.text()?;
    let name = name.strip_prefix("Fn::").or(Some(name).filter(|n| matches!(*n, "Ref" | "Condition")))?;
    Some((name, argument.clone()))
}

impl Evaluation<'_> {
    fn step(&self) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0
    }

    /// What a value comes to, `depth` references from here at most.
    pub(super) fn text(&self, stack: usize, node: &Node, depth: u32) -> Text {
        if depth == 0 || !self.step() {
            return unknown("…");
        }
        let Some((function, argument)) = intrinsic(node) else {
            return match node.value() {
                Value::Scalar(text, _) => leftover::text(self, stack, text, depth - 1),
                _ => Text::default(),
            };
        };
        let depth = depth - 1;
        match function {
            "Ref" => argument.text().map_or_else(|| unknown("Ref"), |name| self.reference(stack, name, depth)),
            "GetAtt" => self.attribute(stack, &argument, depth),
            "Sub" => self.substitute(stack, &argument, depth),
            "Join" => self.join(stack, &argument, depth),
            "Select" => self.select(stack, &argument, depth),
            "If" => match self.branch(stack, &argument, depth) {
                Some(branch) => self.text(stack, &branch, depth),
                None => Text::default(),
            },
            "FindInMap" => self.constant(stack, &argument, depth),
            "ImportValue" => self.import(stack, &argument, depth),
            "Base64" => self.text(stack, &argument, depth),
            other => unknown(other),
        }
    }

    fn list(&self, stack: usize, node: &Node, depth: u32) -> Vec<Text> {
        if depth == 0 || !self.step() {
            return Vec::new();
        }
        let depth = depth - 1;
        match intrinsic(node) {
            Some(("Split", argument)) => {
                let [separator, source] = argument.items() else { return Vec::new() };
                split(&self.text(stack, source, depth), separator.text().unwrap_or_default())
            }
            Some(("If", argument)) => {
                self.branch(stack, &argument, depth).map_or_else(Vec::new, |branch| self.list(stack, &branch, depth))
            }
            Some(("Ref", _)) => split(&self.text(stack, node, depth), ","),
            Some(_) => vec![self.text(stack, node, depth)],
            None if !node.items().is_empty() => {
                node.items().iter().flat_map(|item| self.list(stack, item, depth)).collect()
            }
            None if node.text().is_some() => vec![self.text(stack, node, depth)],
            None => Vec::new(),
        }
    }

    fn settled(&self, stack: usize, node: &Node, depth: u32) -> Option<Node> {
        if depth == 0 || node.is_null() {
            return None;
        }
        match intrinsic(node) {
            Some(("If", argument)) => {
                self.branch(stack, &argument, depth).and_then(|branch| self.settled(stack, &branch, depth - 1))
            }
            Some(("Ref", name)) if name.text() == Some("AWS::NoValue") => None,
            _ => Some(node.clone()),
        }
    }

    /// The branch of `[condition, then, else]` that is taken; where that is open, the first that says anything.
    fn branch(&self, stack: usize, argument: &Node, depth: u32) -> Option<Node> {
        let [condition, then, otherwise] = argument.items() else { return None };
        let nothing = |node: &&Node| matches!(intrinsic(node), Some(("Ref", n)) if n.text() == Some("AWS::NoValue"));
        let said = match condition.text().and_then(|name| self.condition(stack, name, depth)) {
            Some(true) => Some(then).filter(|n| !nothing(n)),
            Some(false) => Some(otherwise).filter(|n| !nothing(n)),
            None => [then, otherwise].into_iter().find(|n| !nothing(n)),
        };
        said.cloned()
    }

    fn condition(&self, stack: usize, name: &str, depth: u32) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        let node = self.world.stack(stack)?.conditions.as_ref()?.get(name)?;
        self.holds(stack, node, depth)
    }

    fn holds(&self, stack: usize, node: &Node, depth: u32) -> Option<bool> {
        if !self.step() {
            return None;
        }
        let depth = depth.checked_sub(1)?;
        let (function, argument) = intrinsic(node)?;
        let each = || argument.items().iter().map(|item| self.holds(stack, item, depth));
        match function {
            "Equals" => {
                let [a, b] = argument.items() else { return None };
                let (a, b) = (self.text(stack, a, depth), self.text(stack, b, depth));
                Some(a.known()? == b.known()?)
            }
            "Not" => each().next()?.map(|holds| !holds),
            "And" if each().any(|holds| holds == Some(false)) => Some(false),
            "And" => each().collect::<Option<Vec<bool>>>().map(|all| all.into_iter().all(|holds| holds)),
            "Or" if each().any(|holds| holds == Some(true)) => Some(true),
            "Or" => each().collect::<Option<Vec<bool>>>().map(|all| all.into_iter().any(|holds| holds)),
            "Condition" => self.condition(stack, argument.text()?, depth),
            _ => None,
        }
    }

    /// `Ref`: a parameter's value, or a resource.
    fn reference(&self, stack: usize, name: &str, depth: u32) -> Text {
        if name.starts_with("AWS::") || depth == 0 {
            return unknown(name);
        }
        let Some(own) = self.world.stack(stack) else { return unknown(name) };
        if let Some(parameter) = own.parameters.get(name) {
            if let Some((parent, passed)) = &own.parent {
                let passed = passed.as_ref().and_then(|passed| passed.get(name));
                if let Some(passed) = passed {
                    return self.text(*parent, passed, depth - 1);
                }
            }
            let default = parameter.default.as_ref().map(|node| leftover::plain(node.text().unwrap_or_default()));
            return match default.filter(|text| text.known() != Some("")) {
                Some(stored) if parameter.stored => match self.world.stored(&stored) {
                    Some((other, value)) => self.text(other, &value, depth - 1),
                    None => Text::of(Part::Input(name.into())),
                },
                Some(text) => text,
                None => Text::of(Part::Input(name.into())),
            };
        }
        // `!Ref Function.Version`, `!Ref Api.Stage`: what SAM generates beside a resource.
        let id = name.split('.').next().unwrap_or(name);
        match own.resource(name).or_else(|| own.resource(id)) {
            Some(resource) => Text::of(Part::Resource(Place { stack, id: resource.id.clone() })),
            None => Text::of(Part::Input(name.into())),
        }
    }

    /// `GetAtt`: `A.B`, `[A, B]`, or an output of a nested stack.
    fn attribute(&self, stack: usize, argument: &Node, depth: u32) -> Text {
        let path: String = match argument.items() {
            [] => argument.text().unwrap_or_default().to_owned(),
            [id, rest @ ..] => {
                let rest = rest.iter().map(|node| node.text().map_or_else(|| "*".to_owned(), str::to_owned));
                std::iter::once(id.text().unwrap_or_default().to_owned()).chain(rest).collect::<Vec<_>>().join(".")
            }
        };
        self.member(stack, &path, depth)
    }

    fn member(&self, stack: usize, path: &str, depth: u32) -> Text {
        let (id, member) = path.split_once('.').unwrap_or((path, ""));
        if depth == 0 {
            return unknown(path);
        }
        if let (Some(output), Some(child)) = (member.strip_prefix("Outputs."), self.world.child(stack, id))
            && let Some(output) = self.world.stack(child).and_then(|s| s.outputs.get(output))
        {
            return self.text(child, &output.value, depth - 1);
        }
        self.reference(stack, id, depth)
    }

    /// `Sub`: text with `${Name}`, `${Name.Attribute}` and `${!Literal}`, and perhaps values for names of its own.
    fn substitute(&self, stack: usize, argument: &Node, depth: u32) -> Text {
        let (template, own) = match argument.items() {
            [] => (argument, None),
            [template, rest @ ..] => (template, rest.first()),
        };
        let template = template.text().unwrap_or_default();
        let mut text = Text::default();
        let mut rest = template;
        while let Some(start) = rest.find("${") {
            text.push(Part::Literal(rest[..start].to_owned()));
            let inner = &rest[start + 2..];
            let Some(end) = inner.find('}') else {
                text.push(Part::Literal(rest[start..].to_owned()));
                return text;
            };
            let (name, after) = (inner[..end].trim(), &inner[end + 1..]);
            if !self.step() {
                return text;
            }
            if let Some(literal) = name.strip_prefix('!') {
                text.push(Part::Literal(format!("${{{literal}}}")));
            } else if let Some(value) = own.and_then(|own| own.get(name)) {
                text.extend(self.text(stack, value, depth.saturating_sub(1)));
            } else if name.contains('.') {
                text.extend(self.member(stack, name, depth));
            } else {
                text.extend(self.reference(stack, name, depth));
            }
            rest = after;
        }
        text.push(Part::Literal(rest.to_owned()));
        text
    }

    fn join(&self, stack: usize, argument: &Node, depth: u32) -> Text {
        let [separator, items] = argument.items() else { return unknown("Join") };
        let separator = separator.text().unwrap_or_default();
        let mut text = Text::default();
        for (i, item) in self.list(stack, items, depth).into_iter().enumerate() {
            if i > 0 {
                text.push(Part::Literal(separator.to_owned()));
            }
            text.extend(item);
        }
        text
    }

    fn select(&self, stack: usize, argument: &Node, depth: u32) -> Text {
        let [index, items] = argument.items() else { return unknown("Select") };
        let index = index.int().and_then(|i| usize::try_from(i).ok());
        let item = index.and_then(|index| self.list(stack, items, depth).into_iter().nth(index));
        item.unwrap_or_else(|| unknown("Select"))
    }

    /// `FindInMap`: the constant, or the one that all rows of the table agree on.
    fn constant(&self, stack: usize, argument: &Node, depth: u32) -> Text {
        let [table, row, column, ..] = argument.items() else { return unknown("FindInMap") };
        let (row, column) = (self.text(stack, row, depth), self.text(stack, column, depth));
        let table = table.text().and_then(|name| self.world.stack(stack)?.mappings.as_ref()?.get(name));
        let (Some(table), Some(column)) = (table, column.known()) else { return unknown("FindInMap") };
        let found = match row.known() {
            Some(row) => table.get(row).and_then(|row| row.get(column)),
            None => {
                let mut cells = table.fields().filter_map(|(_, _, row)| row.get(column));
                let first = cells.next();
                first.filter(|first| cells.all(|cell| cell.text() == first.text()))
            }
        };
        match found.and_then(Node::text) {
            Some(text) => leftover::plain(text),
            None => unknown("FindInMap"),
        }
    }

    /// `ImportValue`: what another stack exports under this name.
    fn import(&self, stack: usize, argument: &Node, depth: u32) -> Text {
        let name = self.text(stack, argument, depth);
        match self.world.exported(&name) {
            Some((other, value)) => self.text(other, &value, depth.saturating_sub(1)),
            None => Text::of(Part::Input(name.core().unwrap_or_else(|| name.written()).into())),
        }
    }
}

fn unknown(name: &str) -> Text {
    Text::of(Part::Unknown(name.into()))
}

/// A value split at a separator, pieces kept whole.
fn split(text: &Text, separator: &str) -> Vec<Text> {
    if separator.is_empty() {
        return vec![text.clone()];
    }
    text.shape().split(separator).map(|shape| text.piece(shape.trim())).collect()
}
