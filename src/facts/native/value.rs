//! The values of fields, each with what it may hold.

use super::duration::milliseconds;
use super::fields::{Placed, Read, expected};
use super::problems::Problems;
use crate::parse::Node;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::sync::Arc;

/// Names a type in the schema, and what a reader reads by one function of a scalar.
macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident($inner:ty), $what:literal, $read:expr, $schema:tt) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub(super) struct $name(pub(super) $inner);

        impl Read for $name {
            fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
                let read: fn(&Node) -> Option<$inner> = $read;
                let value = read(node);
                if value.is_none() {
                    problems.report(|| expected(node, field, $what));
                }
                value.map(Self)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

scalar!(
    /// A name: any text that is not empty.
    Name(Arc<str>), "a name",
    |node| node.text().map(str::trim).filter(|text| !text.is_empty()).map(Arc::from),
    {"type": "string", "minLength": 1}
);

scalar!(
    /// Yes or no.
    Flag(bool), "`true` or `false`",
    Node::bool,
    {"type": "boolean"}
);

scalar!(
    /// A count that may be zero.
    Count(u32), "a whole number, 0 or more",
    |node| node.int().and_then(|n| u32::try_from(n).ok()),
    {"type": "integer", "minimum": 0, "maximum": u32::MAX}
);

scalar!(
    /// A count of at least one.
    AtLeastOne(u32), "a whole number, 1 or more",
    |node| node.int().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0),
    {"type": "integer", "minimum": 1, "maximum": u32::MAX}
);

scalar!(
    /// A number that may be zero.
    Amount(f64), "a number, 0 or more",
    |node| node.float().filter(|x| *x >= 0.0),
    {"type": "number", "minimum": 0}
);

scalar!(
    /// A number above zero.
    Positive(f64), "a number above 0",
    |node| node.float().filter(|x| *x > 0.0),
    {"type": "number", "exclusiveMinimum": 0}
);

scalar!(
    /// A part of one.
    Share(f64), "a number from 0 to 1",
    |node| node.float().filter(|x| (0.0..=1.0).contains(x)),
    {"type": "number", "minimum": 0, "maximum": 1}
);

scalar!(
    /// A span of time in milliseconds that may be zero.
    Span(f64), "a duration with its unit, such as `500ms`, `2s` or `1m30s`",
    |node| node.text().and_then(milliseconds),
    {"type": "string", "pattern": r"^([0-9]+(\.[0-9]*)?(us|µs|ms|s|m|h|d))+$"}
);

scalar!(
    /// A limit in milliseconds. Zero is refused because half of the world's tools mean "no limit" by it.
    Limit(f64), "a duration above zero with its unit, such as `500ms`, `2s` or `1m30s`",
    |node| node.text().and_then(milliseconds).filter(|ms| *ms > 0.0),
    {"type": "string", "pattern": r"^([0-9]+(\.[0-9]*)?(us|µs|ms|s|m|h|d))+$"}
);

scalar!(
    /// A limit in milliseconds, or `none`: infinity.
    LimitOrNone(f64), "a duration above zero with its unit, such as `2s`, or `none`",
    |node| match node.text()? {
        "none" => Some(f64::INFINITY),
        text => milliseconds(text).filter(|ms| *ms > 0.0),
    },
    {"type": "string", "pattern": r"^(none|([0-9]+(\.[0-9]*)?(us|µs|ms|s|m|h|d))+)$"}
);

scalar!(
    /// Total tries, the first one included; `None` is unlimited.
    Tries(Option<u32>), "a whole number, 1 or more (the first try included), or `unlimited`",
    |node| match node.text()? {
        "unlimited" => Some(None),
        _ => node.int().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0).map(Some),
    },
    {"anyOf": [{"type": "integer", "minimum": 1, "maximum": u32::MAX}, {"const": "unlimited"}]}
);

/// Pauses between tries in milliseconds: one or several.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Backoff(pub(super) Vec<f64>);

impl Read for Backoff {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        let one = std::slice::from_ref(node);
        let items = if node.text().is_some() { one } else { node.items() };
        if items.is_empty() {
            problems.report(|| expected(node, field, "a duration or a list of durations"));
            return None;
        }
        items.iter().map(|item| Span::read(item, field, problems).map(|Span(ms)| ms)).collect::<Option<_>>().map(Self)
    }
}

impl JsonSchema for Backoff {
    fn schema_name() -> Cow<'static, str> {
        "Backoff".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let span = generator.subschema_for::<Span>();
        json_schema!({"anyOf": [span, {"type": "array", "items": span, "minItems": 1}]})
    }
}

/// In the schema a place is not seen.
impl<T: JsonSchema> JsonSchema for Placed<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
