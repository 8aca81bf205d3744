//! The shape of what is read: which fields lead to what readers look for.
//!
//! A reader that finds nothing where it looks cannot tell what nobody wrote from what is misspelt or of the wrong type.
//! A table of shapes can. It holds the way down to the blocks that check themselves ([`super::block`]).

use super::block::misread;
use crate::parse::Node;
use crate::source::{Problem, nearest, unknown};
use std::fmt;

/// What may stand at a place.
pub(super) enum Shape {
    /// Anything: not read, or checked by whoever reads it.
    Any,
    /// A scalar.
    Text,
    /// A whole number, 0 or more.
    Count,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A mapping of these fields, of which the last ones must be there.
    Map(&'static [(&'static str, Shape)], &'static [&'static str]),
    /// A mapping of these fields and others, which are checked where they are read.
    Open(&'static [(&'static str, Shape)]),
    /// A mapping whose keys are names.
    Names(&'static Shape),
    /// A list.
    List(&'static Shape),
    /// A field of earlier versions: what to write instead.
    Gone(&'static str),
}

/// Shapes as they are written: `_` is anything, `text` and `count` are scalars, `(word "a" "b")` one of some words,
/// `{field: shape, …; needed, …}` a mapping, `{.. field: shape, …}` one whose other fields are checked elsewhere,
/// `{* shape}` one whose keys are names, `[shape]` a list and `(gone "what to write")` a field that there was once.
macro_rules! shape {
    (_) => { $crate::facts::shape::Shape::Any };
    (text) => { $crate::facts::shape::Shape::Text };
    (count) => { $crate::facts::shape::Shape::Count };
    ((word $($word:literal)+)) => { $crate::facts::shape::Shape::Word(&[$($word),+]) };
    ((gone $instead:literal)) => { $crate::facts::shape::Shape::Gone($instead) };
    ((($shape:expr))) => { $shape };
    ([$item:tt]) => { $crate::facts::shape::Shape::List(&shape!($item)) };
    ({* $value:tt}) => { $crate::facts::shape::Shape::Names(&shape!($value)) };
    ({.. $($field:ident: $value:tt),*}) => {
        $crate::facts::shape::Shape::Open(&[$((stringify!($field), shape!($value))),*])
    };
    (@name $name:literal) => { $name };
    (@name $name:ident) => { stringify!($name) };
    ({$($field:tt: $value:tt),* $(,)? $(; $($need:ident),+)?}) => {
        $crate::facts::shape::Shape::Map(
            &[$((shape!(@name $field), shape!($value))),*],
            &[$($(stringify!($need)),+)?],
        )
    };
}
pub(super) use shape;

/// Holds a node to a shape. What is empty is not written, and what somebody fills in later, or a template's function
/// makes, may become anything.
pub(super) fn hold(node: &Node, shape: &'static Shape, path: &str, problems: &mut Vec<Problem>) {
    held(node, shape, Way { above: None, step: path }, problems);
}

/// The way down to a place, written out only where something is wrong.
#[derive(Clone, Copy)]
struct Way<'w> {
    above: Option<&'w Way<'w>>,
    step: &'w str,
}

impl Way<'_> {
    fn to<'w>(&'w self, step: &'w str) -> Way<'w> {
        Way { above: Some(self), step }
    }
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            write!(f, "{above}.")?;
        }
        f.write_str(self.step)
    }
}

fn held(node: &Node, shape: &'static Shape, path: Way<'_>, problems: &mut Vec<Problem>) {
    if matches!(shape, Shape::Any) {
        return;
    }
    let filled = node.text().is_some_and(|text| text.contains("${") || text.contains("{{"));
    if node.is_null() || filled || is_call(node) {
        return;
    }
    match shape {
        Shape::Any => {}
        Shape::Gone(instead) => {
            let reason = format!("`{path}` is of an earlier version and is not read");
            problems.push(Problem::new(node.at(), reason).remedy(*instead));
        }
        Shape::Text if node.text().is_none() => problems.push(misread(node, &path.to_string(), "text")),
        Shape::Text => {}
        Shape::Count if node.int().is_none_or(|n| u32::try_from(n).is_err()) => {
            problems.push(misread(node, &path.to_string(), "a whole number, 0 or more"));
        }
        Shape::Count => {}
        Shape::Word(words) => match node.text() {
            Some(word) if words.contains(&word) => {}
            Some(word) => problems.push(unknown(&format!("word for `{path}`:"), word, words, node.at())),
            None => problems.push(misread(node, &path.to_string(), "text")),
        },
        Shape::List(item) if node.sort() == "a list" => {
            node.items().iter().for_each(|node| held(node, item, path, problems));
        }
        Shape::List(_) => {
            let reason = format!("`{path}` is {}, not a list; nothing of it is read", node.sort());
            problems.push(Problem::new(node.at(), reason).remedy("write `-` before each item"));
        }
        Shape::Names(_) | Shape::Open(_) | Shape::Map(..) if node.sort() != "a mapping" => {
            let reason = format!("`{path}` is {}, not a mapping; nothing of it is read", node.sort());
            problems.push(Problem::new(node.at(), reason).remedy("write `field: value`"));
        }
        Shape::Names(value) => {
            node.fields().for_each(|(key, _, node)| held(node, value, path.to(key), problems));
        }
        Shape::Open(fields) => {
            for (name, shape) in *fields {
                if let Some(node) = node.get(name) {
                    held(node, shape, path.to(name), problems);
                }
            }
        }
        Shape::Map(fields, needed) => mapping(node, fields, needed, path, problems),
    }
}

/// Whether a value is a call of a template's function: a tag (`!Ref`), or a mapping with one key that is its name.
fn is_call(node: &Node) -> bool {
    let named = |(key, _): &(Node, Node)| key.text().is_some_and(|k| k == "Ref" || k.starts_with("Fn::"));
    node.tag().is_some() || node.entries().first().is_some_and(named)
}

/// Holds a mapping to its fields. Of those that are not known only what looks like a slip is reported: extensions are
/// many, and a field that nobody reads does no harm.
fn mapping(
    node: &Node,
    fields: &'static [(&'static str, Shape)],
    needed: &[&str],
    path: Way<'_>,
    problems: &mut Vec<Problem>,
) {
    let mut slips = false;
    for (key, at, value) in node.fields() {
        match fields.iter().find(|(name, _)| *name == key) {
            Some((_, shape)) => held(value, shape, path.to(key), problems),
            None => {
                let known: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
                let slip = slip(key, &known);
                slips |= slip.is_some();
                problems.extend(slip.map(|meant| {
                    let reason = format!("unknown field of `{path}`: `{key}`");
                    Problem::new(at.at(), reason).remedy(format!("did you mean `{meant}`?"))
                }));
            }
        }
    }
    let absent = needed.iter().find(|name| node.get(name).is_none_or(Node::is_null));
    if let Some(absent) = absent.filter(|_| !slips) {
        let problem = Problem::new(node.at(), format!("`{path}` has no `{absent}`"));
        problems.push(problem.remedy(format!("write `{absent}`; nothing can be read without it")));
    }
}

/// The field that was meant by one that is not known: a misspelt one, or another form of the word, such as `retries` for
/// `retry`.
fn slip<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    let alike = |name: &&&str| {
        let shared = key.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        shared >= 4 && shared * 2 >= key.len().max(name.len())
    };
    nearest(key, known.iter().copied()).or_else(|| known.iter().find(alike).copied())
}
