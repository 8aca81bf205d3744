//! The OTLP JSON scanner, with serde_json as its oracle.

use super::spans::Spans;
use linchpin::parse::spans::otlp_json::decode;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;

fn read(document: &str) -> Spans {
    let mut spans = Spans::default();
    decode(document, &"in".into(), 1, &mut spans);
    assert_eq!(spans.ends(), 1, "a document ends once");
    spans
}

/// JSON in which no key is written twice: what that means, nobody says. Holds whether it is an object, and an empty one.
struct Unambiguous(Option<bool>);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Unambiguous;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unambiguous, A::Error> {
                let mut keys = BTreeSet::new();
                while let Some((key, _)) = map.next_entry::<String, Unambiguous>()? {
                    if !keys.insert(key) {
                        return Err(A::Error::custom("a key written twice"));
                    }
                }
                Ok(Unambiguous(Some(keys.is_empty())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Unambiguous, A::Error> {
                while seq.next_element::<Unambiguous>()?.is_some() {}
                Ok(Unambiguous(None))
            }
            fn visit_unit<E>(self) -> Result<Unambiguous, E> {
                Ok(Unambiguous(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Unambiguous, E> {
                Ok(Unambiguous(None))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Unambiguous, E> {
                Ok(Unambiguous(None))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Unambiguous, E> {
                Ok(Unambiguous(None))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Unambiguous, E> {
                Ok(Unambiguous(None))
            }
            fn visit_str<E>(self, _: &str) -> Result<Unambiguous, E> {
                Ok(Unambiguous(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Whatever stands in a document, it ends once. What is JSON gives the same spans when serde_json has to read it: the
/// scanner leaves documents to it that have an escape in a key.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let scanned = read(&text);
    let Ok(Unambiguous(Some(is_empty))) = serde_json::from_str(&text) else { return };
    let Some((before, rest)) = text.split_once('{') else { return };
    let comma = if is_empty { "" } else { "," };
    let escaped = format!("{before}{{\"\\u0078\":0{comma}{rest}");
    assert_eq!(read(&escaped), scanned, "{text}");
}
