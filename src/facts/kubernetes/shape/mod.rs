//! The shape of the resources that are read: which fields lead to what readers look for.
//!
//! A reader that finds nothing where it looks cannot tell what nobody wrote from what is misspelt or of the wrong type.
//! This table can. It holds the way down to the blocks that check themselves ([`crate::facts::block`]).

mod autoscaling;
mod gateways;
mod meshes;
mod operators;
mod pods;

use super::object::Object;
use crate::facts::block::misread;
use crate::parse::Node;
use crate::source::{Problem, nearest, unknown};

/// What may stand at a place.
enum Shape {
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
    (_) => { $crate::facts::kubernetes::shape::Shape::Any };
    (text) => { $crate::facts::kubernetes::shape::Shape::Text };
    (count) => { $crate::facts::kubernetes::shape::Shape::Count };
    ((word $($word:literal)+)) => { $crate::facts::kubernetes::shape::Shape::Word(&[$($word),+]) };
    ((gone $instead:literal)) => { $crate::facts::kubernetes::shape::Shape::Gone($instead) };
    ((($shape:expr))) => { $shape };
    ([$item:tt]) => { $crate::facts::kubernetes::shape::Shape::List(&shape!($item)) };
    ({* $value:tt}) => { $crate::facts::kubernetes::shape::Shape::Names(&shape!($value)) };
    ({.. $($field:ident: $value:tt),*}) => {
        $crate::facts::kubernetes::shape::Shape::Open(&[$((stringify!($field), shape!($value))),*])
    };
    (@name $name:literal) => { $name };
    (@name $name:ident) => { stringify!($name) };
    ({$($field:tt: $value:tt),* $(,)? $(; $($need:ident),+)?}) => {
        $crate::facts::kubernetes::shape::Shape::Map(
            &[$((shape!(@name $field), shape!($value))),*],
            &[$($(stringify!($need)),+)?],
        )
    };
}
use shape;

/// Adds what is wrong with the shape of an object.
pub(super) fn check(object: &Object, problems: &mut Vec<Problem>) {
    let (group, kind) = (&*object.group, &*object.kind);
    let of = pods::shape(group, kind)
        .or_else(|| autoscaling::shape(group, kind))
        .or_else(|| gateways::shape(group, kind, &object.version))
        .or_else(|| meshes::shape(group, kind))
        .or_else(|| operators::shape(group, kind));
    if let Some(metadata) = object.node.get("metadata") {
        hold(metadata, &pods::METADATA, "metadata", problems);
    }
    let Some(shape) = of else { return };
    // Resources that say it all beside their metadata.
    if matches!(kind, "StorageClass" | "ConfigMap") {
        hold(&object.node, shape, kind, problems);
        return;
    }
    let known = ["spec"];
    match object.node.get("spec") {
        Some(spec) => hold(spec, shape, "spec", problems),
        None => {
            let slip = object.node.fields().find(|(key, ..)| nearest(key, known).is_some());
            problems.extend(slip.map(|(key, at, _)| unknown("field", key, &known, at.at())));
        }
    }
}

/// Holds a node to a shape. What is empty is not written.
fn hold(node: &Node, shape: &'static Shape, path: &str, problems: &mut Vec<Problem>) {
    if node.is_null() {
        return;
    }
    match shape {
        Shape::Any => {}
        Shape::Gone(instead) => {
            let reason = format!("`{path}` is of an earlier version and is not read");
            problems.push(Problem::new(node.at(), reason).remedy(*instead));
        }
        Shape::Text if node.text().is_none() => problems.push(misread(node, path, "text")),
        Shape::Text => {}
        Shape::Count if node.int().is_none_or(|n| u32::try_from(n).is_err()) => {
            problems.push(misread(node, path, "a whole number, 0 or more"));
        }
        Shape::Count => {}
        Shape::Word(words) => match node.text() {
            Some(word) if words.contains(&word) => {}
            Some(word) => problems.push(unknown(&format!("word for `{path}`:"), word, words, node.at())),
            None => problems.push(misread(node, path, "text")),
        },
        Shape::List(item) if node.sort() == "a list" => {
            node.items().iter().for_each(|node| hold(node, item, path, problems));
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
            node.fields().for_each(|(key, _, node)| hold(node, value, &format!("{path}.{key}"), problems));
        }
        Shape::Open(fields) => {
            for (name, shape) in *fields {
                if let Some(node) = node.get(name) {
                    hold(node, shape, &format!("{path}.{name}"), problems);
                }
            }
        }
        Shape::Map(fields, needed) => mapping(node, fields, needed, path, problems),
    }
}

/// Holds a mapping to its fields. Of those that are not known only what looks like a slip is reported: extensions are
/// many, and a field that nobody reads does no harm.
fn mapping(
    node: &Node,
    fields: &'static [(&'static str, Shape)],
    needed: &[&str],
    path: &str,
    problems: &mut Vec<Problem>,
) {
    let known: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let mut slips = false;
    for (key, at, value) in node.fields() {
        match fields.iter().find(|(name, _)| *name == key) {
            Some((_, shape)) => hold(value, shape, &format!("{path}.{key}"), problems),
            None => {
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
