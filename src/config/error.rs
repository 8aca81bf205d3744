//! The TOML reader's errors in our words.

use super::place::{Origin, Place};
use crate::source::{Problem, unknown};

/// What is wrong, where, and what was probably meant.
pub(super) fn problem(error: &toml::de::Error, origin: &Origin) -> Problem {
    let place = Place::new(error.span().map_or(0, |span| span.start));
    let at = origin.locate(place);
    let message = error.message().lines().next().unwrap_or_default();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();

    if let (Some((name, known)), true) = (quoted.split_first(), message.starts_with("unknown ")) {
        let what = if message.starts_with("unknown variant") { "word" } else { "key" };
        return unknown(what, name, known, at);
    }
    if let (Some(name), true) = (quoted.first(), message.starts_with("missing field")) {
        return Problem::new(at, format!("`{name}` is missing"));
    }
    // "invalid type: string "…", expected a number": the value is not repeated.
    let wrong_value = message.starts_with("invalid ").then(|| message.rsplit_once(", expected ")).flatten();
    Problem::new(
        at,
        match wrong_value {
            Some((_, expected)) => format!("{}must be {}", key(origin.line(place)), plain(expected)),
            None => message.to_owned(),
        },
    )
}

/// The key of a line, in code quotes, if it has one.
fn key(line: &str) -> String {
    match line.split_once('=') {
        Some((key, _)) if !key.trim().is_empty() => format!("`{}` ", key.trim()),
        _ => String::new(),
    }
}

/// What is expected, in TOML's words instead of Rust's.
fn plain(expected: &str) -> &str {
    match expected {
        "u32" => "a whole number, 0 or more",
        "a string" => "text",
        "a sequence" => "a list",
        "a map" => "a table",
        expected if expected.starts_with("struct ") => "a table",
        expected => expected,
    }
}
