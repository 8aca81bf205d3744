//! Texts from spans, made safe to keep: bounded, printable, without credentials.

use std::borrow::Cow;

/// Longer names are cut: nobody reads them, and a hostile input could fill memory with them.
const LONGEST: usize = 200;

/// A name without control characters and surrounding space, and not too long.
pub fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let fits = text.len() <= LONGEST;
    if fits && !text.bytes().any(|b| b.is_ascii_control()) && !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !c.is_control()).take(LONGEST).collect())
}

/// Host and port that a text names: `host`, `host:port`, `[::1]:port`, or a URL, of which nothing else is kept (what
/// else it has may be a credential). The host is in lower case; nothing if there is none.
pub fn host(text: &str) -> Option<(String, Option<u16>)> {
    let authority = authority(text).rsplit('@').next().unwrap_or_default();
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, rest)) => (v6, rest.strip_prefix(':')),
        // More than one colon without brackets: an IPv6 address.
        None if authority.matches(':').count() > 1 => (authority, None),
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let host = clean(host.trim_end_matches('.'));
    // Old Jaeger clients write IPv4 addresses as numbers, signed or not: nobody would recognise them.
    let is_number = host.strip_prefix('-').unwrap_or(&host).bytes().all(|b| b.is_ascii_digit());
    if host.is_empty() || is_number || host.contains(char::is_whitespace) {
        return None;
    }
    Some((host.to_ascii_lowercase(), port.and_then(|p| p.parse().ok()).filter(|&p| p > 0)))
}

/// The part of a URL between scheme and path; for anything else, what is before the first slash.
pub fn authority(text: &str) -> &str {
    let text = text.trim();
    let after_scheme = text.find("://").and_then(|i| text.get(i + 3..)).unwrap_or(text);
    after_scheme.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Whether a host is the caller itself, which says nothing about who is called.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

/// An operation's name, with what differs from request to request taken out, so that requests of one sort have one
/// name: query strings, credentials, and path segments that are numbers, UUIDs or long hexadecimal ids.
pub fn operation(name: &str) -> Cow<'_, str> {
    let name = clean(name);
    if !name.bytes().any(|b| matches!(b, b'/' | b'?')) {
        return name;
    }
    let name = name.split('?').next().unwrap_or_default();
    let mut parts: Vec<&str> = name.split('/').map(|part| if is_id(part) { "{}" } else { part }).collect();
    // scheme://user:password@host
    if let [scheme, "", authority, ..] = parts.as_mut_slice()
        && scheme.ends_with(':')
    {
        *authority = authority.rsplit('@').next().unwrap_or_default();
    }
    Cow::Owned(parts.join("/"))
}

fn is_id(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let id_like = part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    digits > 0 && (digits == part.len() || id_like && part.len() >= 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hosts are found in every form, and nothing but the host is kept.
    #[test]
    fn hosts_are_found() {
        for (text, expected) in [
            ("Db.Example.COM.", Some(("db.example.com", None))),
            ("db:5432", Some(("db", Some(5432)))),
            ("https://user:secret@api.example.com:8443/v1?token=secret", Some(("api.example.com", Some(8443)))),
            ("[::1]:80", Some(("::1", Some(80)))),
            ("fe80::1", Some(("fe80::1", None))),
            ("10.0.0.1:70000", Some(("10.0.0.1", None))),
            ("/var/run/app.sock", None),
            ("two words", None),
            ("-1062731519", None),
            ("", None),
        ] {
            assert_eq!(host(text), expected.map(|(host, port): (&str, _)| (host.to_owned(), port)), "{text}");
        }
        assert!(is_loopback("127.0.0.1") && is_loopback("::1") && is_loopback("localhost") && !is_loopback("db"));
    }

    /// Requests of one sort have one name, and names that carry no ids stay as they are.
    #[test]
    fn operations_lose_what_varies() {
        for (name, expected) in [
            ("GET /cart", "GET /cart"),
            ("GET /api/v1/items/12345?page=2", "GET /api/v1/items/{}"),
            ("GET /u/6f1c2f0e-1f5e-4d39-9d0a-6d1f0a1b2c3d/x", "GET /u/{}/x"),
            ("GET https://me:secret@host/a", "GET https://host/a"),
            ("oteldemo.CartService/AddItem", "oteldemo.CartService/AddItem"),
            ("GET /feedface", "GET /feedface"),
            ("a\u{1b}[31m\nb", "a[31mb"),
        ] {
            assert_eq!(operation(name), expected);
        }
        assert_eq!(operation(&"x".repeat(10_000)).len(), LONGEST);
    }
}
