//! Variables inside values: their defaults are used, the others leave a hole that no host can span.

use super::host::HOLE;

/// Replaces `${X:-d}`, `${X-d}`, `${X:=d}` and Spring's `${X:d}` by `d`, and every variable without a default
/// (`${X}`, `$(X)`, `$X`, `{{x}}`, `%X%`) by [`HOLE`]. Linear, without recursion; unbalanced braces stay text.
pub(super) fn expand(text: &str) -> String {
    if !text.contains(['$', '{', '%']) {
        return text.to_owned();
    }
    // One buffer for each `${` that is still open.
    let mut open: Vec<String> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("${") {
            open.push(std::mem::take(&mut out));
            rest = after;
        } else if c == '}' && !open.is_empty() {
            let inner = default_of(&out);
            out = open.pop().unwrap_or_default();
            out.push_str(&inner);
            rest = &rest[1..];
        } else if let Some(after) = simple(rest) {
            out.push(HOLE);
            rest = after;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    // What was never closed is no variable, but no host either.
    open.push(out);
    open.join(HOLE.encode_utf8(&mut [0; 4]))
}

/// No variable's name is longer: keeps the search for its end short on hostile text.
const LONGEST: usize = 256;

/// What follows a variable that cannot have a default, if `text` begins with one.
fn simple(text: &str) -> Option<&str> {
    if let Some(after) = text.strip_prefix("$(") {
        let end = after.bytes().take(LONGEST).position(|b| b == b')')?;
        return Some(&after[end + 1..]);
    }
    if let Some(after) = text.strip_prefix("{{") {
        let end = after.as_bytes().windows(2).take(LONGEST).position(|pair| pair == b"}}")?;
        return Some(&after[end + 2..]);
    }
    if let Some(after) = text.strip_prefix('$') {
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        return (end > 0).then(|| &after[end..]);
    }
    let after = text.strip_prefix('%')?;
    let end = after.bytes().take(LONGEST).position(|b| b == b'%')?;
    let name = &after[..end];
    // `%40x%2F` is percent-encoding: a variable's name begins with a letter and is not two hex digits.
    let named = name.len() > 2
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.as_bytes().iter().take(2).all(u8::is_ascii_hexdigit);
    named.then(|| &after[end + 1..])
}

/// The default of the inside of `${…}`, whose own variables are already replaced.
fn default_of(inside: &str) -> String {
    // Sources of values, not names with defaults: `${env:X}`, `${self:custom.x}`, `${ssm:/a/b}`.
    #[rustfmt::skip]
    const SOURCES: &[&str] = &[
        "env", "file", "self", "opt", "ssm", "cf", "sls", "aws", "AWS", "custom", "param", "sys", "sm", "secret",
        "vault", "yaml", "resolve", "construct", "consul", "lookup", "inputs", "s3", "strToBool",
    ];
    let inside = match inside.split_once(':') {
        Some((source, name)) if SOURCES.contains(&source) => name,
        _ => {
            return match split_default(inside) {
                Some(default) => default.to_owned(),
                None => HOLE.to_string(),
            };
        }
    };
    match inside.split_once(":-") {
        Some((_, default)) => default.to_owned(),
        None => HOLE.to_string(),
    }
}

fn split_default(inside: &str) -> Option<&str> {
    let shell = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = inside.find(|c| !shell(c)).unwrap_or(inside.len());
    let (name, rest) = inside.split_at(end);
    let upper = !name.is_empty() && !name.contains(|c: char| c.is_ascii_lowercase());
    if let Some(default) = rest.strip_prefix(":-").or_else(|| rest.strip_prefix(":=")) {
        return Some(default);
    }
    if rest.starts_with(":?") || rest.starts_with(":+") {
        return None;
    }
    if upper && let Some(default) = rest.strip_prefix('-') {
        return Some(default);
    }
    // Spring: names may hold dots and dashes.
    let (name, default) = inside.split_once(':')?;
    let spring = |c: char| shell(c) || c == '.' || c == '-' || c == '[' || c == ']';
    (!name.is_empty() && name.chars().all(spring)).then_some(default)
}
