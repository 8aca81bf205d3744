//! What is left in plain text after a tool had its turn: the Serverless Framework's variables that only a deployment
//! can fill, and CloudFormation's dynamic references.

use super::evaluate::Evaluation;
use super::stack::Tool;
use super::text::{Part, Place, Text};
use std::sync::Arc;

/// A scalar of a stack. Only the Serverless Framework gives `${…}` in plain text a meaning.
pub(super) fn text(within: &Evaluation<'_>, stack: usize, text: &str, depth: u32) -> Text {
    let serverless = within.world.stack(stack).is_some_and(|s| s.tool == Tool::Serverless);
    if !serverless || !text.contains("${") {
        return resolved(within, text, depth);
    }
    let mut value = Text::default();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        value.push(Part::Literal(rest[..start].to_owned()));
        let Some(length) = closing(&rest[start..]) else {
            value.push(Part::Literal(rest[start..].to_owned()));
            return value;
        };
        value.extend(variable(within, stack, &rest[start + 2..start + length], depth));
        rest = &rest[start + length + 1..];
    }
    value.push(Part::Literal(rest.to_owned()));
    value
}

/// Where the brace that a text begins with (`${`) closes.
pub(super) fn closing(text: &str) -> Option<usize> {
    let mut open = 0u32;
    for (i, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' => {
                open = open.saturating_sub(1);
                if open == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

/// A scalar as it is: with dynamic references (`{{resolve:ssm:/orders/table}}`) known for what they are.
pub(super) fn plain(text: &str) -> Text {
    match dynamic(text) {
        Some(name) => Text::of(Part::Input(name.into())),
        None => Text::literal(text),
    }
}

/// The same, with what the input stores under the name.
fn resolved(within: &Evaluation<'_>, text: &str, depth: u32) -> Text {
    let Some(name) = dynamic(text) else { return Text::literal(text) };
    match within.world.stored(&Text::literal(name)) {
        Some((stack, value)) => within.text(stack, &value, depth),
        None => Text::of(Part::Input(last(name))),
    }
}

/// The name that a dynamic reference is for.
fn dynamic(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{resolve:")?.strip_suffix("}}")?;
    let mut parts = inner.splitn(3, ':');
    let (_service, name) = (parts.next()?, parts.next()?);
    (!name.is_empty()).then_some(name)
}

/// One variable that only a deployment can fill.
fn variable(within: &Evaluation<'_>, stack: usize, inner: &str, depth: u32) -> Text {
    let world = within.world;
    let first = inner.split(',').next().unwrap_or(inner).trim();
    if first.starts_with("AWS::") {
        return Text::of(Part::Unknown(first.into()));
    }
    let Some((source, name)) = first.split_once(':') else { return Text::of(Part::Input(first.into())) };
    let own = || world.stack(stack);
    match source.split('(').next().unwrap_or(source) {
        // A construct of the Lift plugin: its attributes are those of the resource that it is called after.
        "construct" => {
            let id = name.split('.').next().unwrap_or(name);
            match own().and_then(|s| s.resource(id)) {
                Some(resource) => Text::of(Part::Resource(Place { stack, id: resource.id.clone() })),
                None => Text::of(Part::Input(id.into())),
            }
        }
        "cf" => {
            let (wanted, output) = name.split_once('.').unwrap_or((name, ""));
            match world.output(wanted, output) {
                Some((other, value)) if other != stack => within.text(other, &value, depth),
                _ => Text::of(Part::Input(output.into())),
            }
        }
        "ssm" => match world.stored(&Text::literal(name.trim_end_matches("~true"))) {
            Some((other, value)) => within.text(other, &value, depth),
            None => Text::of(Part::Input(last(name))),
        },
        "sls" | "aws" | "git" | "opt" => Text::of(Part::Unknown(first.into())),
        _ => Text::of(Part::Input(last(name))),
    }
}

/// The last part of a path: what the thing is called.
fn last(path: &str) -> Arc<str> {
    path.rsplit(['/', '.', ':']).find(|part| !part.is_empty()).unwrap_or(path).into()
}
