use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A JSON value that borrows its text: small pieces of foreign documents, where any field may have any type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that is not negative.
    Natural(u64),
    /// A negative whole number.
    Negative(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Elements in order.
    Array(Vec<Value<'a>>),
    /// Members in order; of a key written twice the last one counts.
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// Reads one value. Nesting deeper than 127 is an error.
    pub fn parse(text: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The value of a key of an object, `None` if it is absent or `null`.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        let value = self.members().iter().rev().find(|(k, _)| k == key).map(|(_, v)| v)?;
        (*value != Value::Null).then_some(value)
    }

    /// The first of several keys that is there.
    pub fn any(&self, keys: &[&str]) -> Option<&Value<'a>> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// The text of the value of a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_text()
    }

    /// Text; nothing for anything else.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of an array; nothing for anything else.
    pub fn elements(&self) -> &[Value<'a>] {
        match self {
            Value::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The members of an object; nothing for anything else.
    pub fn members(&self) -> &[(Cow<'a, str>, Value<'a>)] {
        match self {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// A whole number that is not negative, also when written as text or as a float.
    pub fn natural(&self) -> Option<u64> {
        match self {
            Value::Natural(n) => Some(*n),
            Value::Float(x) if *x >= 0.0 && *x < 18_446_744_073_709_551_616.0 => Some(*x as u64),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Microseconds as nanoseconds.
    pub fn micros(&self) -> Option<u64> {
        match self {
            Value::Float(x) => Value::Float(x * 1_000.0).natural(),
            value => value.natural()?.checked_mul(1_000),
        }
    }

    /// A scalar as text, numbers in decimal; nothing for `null`, arrays and objects.
    pub fn scalar(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Value::Bool(b) => Cow::Borrowed(if *b { "true" } else { "false" }),
            Value::Natural(n) => n.to_string().into(),
            Value::Negative(n) => n.to_string().into(),
            Value::Float(x) => x.to_string().into(),
            Value::Text(text) => Cow::Borrowed(text),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        })
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Value::Natural(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(u64::try_from(value).map_or(Value::Negative(value), Value::Natural))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Key(key), value)) = access.next_entry()? {
            members.push((key, value));
        }
        Ok(Value::Object(members))
    }
}

/// A key that borrows where it can: serde's own `Cow` always copies.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Text(key) => Ok(Key(key)),
            _ => Err(serde::de::Error::custom("a key that is no text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every type is read, the last of a repeated key counts, and `null` counts as absent.
    #[test]
    fn values_are_read_as_they_are() {
        let value =
            Value::parse(r#"{"a":1,"a":"2","n":null,"f":1.5,"i":-3,"b":true,"l":[18446744073709551615]}"#).unwrap();
        assert_eq!(value.text("a"), Some("2"));
        assert_eq!(value.get("n"), None);
        assert_eq!(value.any(&["n", "i"]), Some(&Value::Negative(-3)));
        assert_eq!(value.get("a").and_then(Value::natural), Some(2));
        assert_eq!(value.get("f").and_then(Value::scalar).as_deref(), Some("1.5"));
        assert_eq!(value.get("b").and_then(Value::scalar).as_deref(), Some("true"));
        assert_eq!(value.get("l").map(|l| l.elements().len()), Some(1));
        assert_eq!(value.get("l").and_then(Value::scalar), None);
        assert_eq!(Value::Float(-1.0).natural(), None);
        assert_eq!(Value::Float(1e300).natural(), None);
    }

    /// Numbers out of range and deep nesting are errors, not crashes.
    #[test]
    fn hostile_values_are_errors() {
        assert!(Value::parse("1e999").is_err());
        assert!(Value::parse(&"[".repeat(100_000)).is_err());
    }
}
