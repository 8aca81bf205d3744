//! What ConfigMaps and Secrets hold. Values of Secrets are looked at and never kept.

use super::object::Object;
use super::role::Role;
use crate::parse::Node;
use std::borrow::Cow;

/// One key of a ConfigMap or Secret.
pub(super) struct Item<'a> {
    /// The key.
    pub key: &'a str,
    /// The node of the value, for its place.
    pub node: &'a Node,
    /// The value as pods see it.
    pub text: Cow<'a, str>,
}

/// The keys of a ConfigMap or Secret whose values are text; of a key written in two places the later one counts.
pub(super) fn items(object: &Object) -> impl Iterator<Item = Item<'_>> {
    raw(object).filter_map(|(key, node, encoded)| read(key, node, encoded))
}

/// One key of a ConfigMap or Secret.
pub(super) fn item<'a>(object: &'a Object, key: &str) -> Option<Item<'a>> {
    let (key, node, encoded) = raw(object).filter(|(k, ..)| *k == key).last()?;
    read(key, node, encoded)
}

/// Keys and values as written, and whether they are in base64. A Secret's `stringData` wins over its `data`.
fn raw(object: &Object) -> impl Iterator<Item = (&str, &Node, bool)> {
    let secret = object.role == Role::Secret;
    let fields = |key| object.node.get(key).into_iter().flat_map(Node::fields);
    let encoded = fields("data").map(move |(key, _, node)| (key, node, secret));
    encoded.chain(fields("stringData").filter(move |_| secret).map(|(key, _, node)| (key, node, false)))
}

fn read<'a>(key: &'a str, node: &'a Node, encoded: bool) -> Option<Item<'a>> {
    let text = node.text()?;
    let text = if encoded { String::from_utf8(base64(text)?).ok()?.into() } else { text.into() };
    Some(Item { key, node, text })
}

/// Standard base64 (RFC 4648), white space allowed; nothing if it is something else.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for c in text.trim_end().trim_end_matches('=').bytes().filter(|c| !c.is_ascii_whitespace()) {
        let digit = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Padding, white space and what is no base64 at all.
    #[test]
    fn base64_is_decoded() {
        for (text, bytes) in [
            ("", Some("")),
            ("Zg==", Some("f")),
            ("Zm8=", Some("fo")),
            ("Zm9v\nYmFy\n", Some("foobar")),
            ("cG9zdGdyZXM6Ly9kYi9hcHA/eD0x", Some("postgres://db/app?x=1")),
            ("not base64!", None),
        ] {
            assert_eq!(base64(text), bytes.map(|b| b.as_bytes().to_vec()), "{text}");
        }
    }
}
