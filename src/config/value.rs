//! The values of keys, each with what it may hold.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A type that is read from a number of any sort, with a condition.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $holds:expr, $schema:tt) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
        pub struct $name(pub f64);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let holds: fn(f64) -> bool = $holds;
                let number = deserializer.deserialize_any(Number { expected: $expected, holds })?;
                Ok(Self(number))
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

number!(
    /// A part of one.
    Share, "a number from 0 to 1", |x| (0.0..=1.0).contains(&x), {"type": "number", "minimum": 0, "maximum": 1}
);

number!(
    /// A number that may be zero.
    Weight, "a number, 0 or more", |x| x >= 0.0, {"type": "number", "minimum": 0}
);

number!(
    /// A number above zero.
    Positive, "a number above 0", |x| x > 0.0, {"type": "number", "exclusiveMinimum": 0}
);

number!(
    /// A whole number above zero.
    Count, "a whole number above 0", |x| x >= 1.0 && x.fract() == 0.0 && x <= 1e9, {"type": "integer", "minimum": 1}
);

struct Number {
    expected: &'static str,
    holds: fn(f64) -> bool,
}

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_f64<E: Error>(self, x: f64) -> Result<f64, E> {
        if x.is_finite() && (self.holds)(x) { Ok(x) } else { Err(E::invalid_value(Unexpected::Float(x), &self)) }
    }

    fn visit_i64<E: Error>(self, x: i64) -> Result<f64, E> {
        // Exact up to 2^53, far beyond any rate or weight.
        self.visit_f64(x as f64)
    }

    fn visit_u64<E: Error>(self, x: u64) -> Result<f64, E> {
        self.visit_f64(x as f64)
    }
}

/// Text that is not empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(Arc<str>);

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_str(Words)?;
        match text.trim() {
            "" => Err(D::Error::invalid_value(Unexpected::Str(""), &Words)),
            text => Ok(Self(text.into())),
        }
    }
}

struct Words;

impl Visitor<'_> for Words {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text that is not empty")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1})
    }
}

/// A pattern of paths with gitignore's wildcards: `*` within a folder, `**` across folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(globset::Glob);

impl Glob {
    /// The pattern as written.
    pub fn pattern(&self) -> &str {
        self.0.glob()
    }

    /// The pattern, ready to be put into a set.
    pub fn glob(&self) -> &globset::Glob {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Glob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(pattern) = Text::deserialize(deserializer)?;
        let glob = globset::GlobBuilder::new(&pattern).literal_separator(true).build();
        glob.map(Self).map_err(|e| D::Error::custom(format!("not a pattern of paths: {}", e.kind())))
    }
}

impl JsonSchema for Glob {
    fn schema_name() -> Cow<'static, str> {
        "Glob".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Text::json_schema(generator)
    }
}

/// A number of bytes: a whole number, or text with a unit (`64MiB`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl ByteSize {
    /// `64MiB`, `500kB` or `1024`.
    fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(end);
        let unit = match unit.trim_start() {
            "" | "B" => 1,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        digits.parse::<u64>().ok()?.checked_mul(unit).map(Self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Bytes)
    }
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = ByteSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size such as `64MiB`, or a number of bytes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ByteSize, E> {
        ByteSize::parse(text.trim()).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<ByteSize, E> {
        u64::try_from(number).map(ByteSize).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+ ?([kKMG]?B|[KMG]iB)?$"}]})
    }
}
