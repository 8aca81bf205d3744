//! The name that somebody most likely meant.

use super::{Location, Problem};
use std::collections::BTreeSet;

/// Names longer than this are never typing errors of each other, and cost nothing to reject.
const LONGEST: usize = 128;

/// The word of a vocabulary that `name` most likely misspells; of equally near ones the first. Like [`similar`], but
/// that one letter may always be wrong: `qf` is `of` where there is no other word as short.
pub fn nearest<'a>(name: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(name, words, 1).into_iter().next()
}

/// The candidates that `name` may misspell, each once, nearest first: the fewest letters inserted, left out, replaced
/// or swapped with their neighbour, whatever their case; equally near ones in the order given. None for which more than
/// a third of the letters would have to change, so that a suggestion is never far-fetched: `s3` is no slip for `s1`.
pub fn similar<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    near(name, candidates, 0)
}

fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>, always: usize) -> Vec<&'a str> {
    let Some(name) = letters(name) else { return Vec::new() };
    let mut near: Vec<(usize, &'a str)> = Vec::new();
    for candidate in candidates {
        let Some(other) = letters(candidate) else { continue };
        let limit = (name.len().max(other.len()) / 3).max(always);
        if name.len().abs_diff(other.len()) > limit {
            continue;
        }
        let distance = distance(&name, &other);
        if distance <= limit {
            near.push((distance, candidate));
        }
    }
    near.sort_by_key(|&(distance, _)| distance);
    let mut seen = BTreeSet::new();
    near.into_iter().map(|(_, candidate)| candidate).filter(|candidate| seen.insert(*candidate)).collect()
}

/// The problem of a name that is none of those that exist, with the one that was probably meant: "unknown field
/// `dependOn`; did you mean `dependsOn`?".
pub fn unknown(what: &str, name: &str, known: &[&str], at: Location) -> Problem {
    let problem = Problem::new(at, format!("unknown {what} `{}`", shown(name)));
    problem.remedy(match nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known here: {}", quoted(known)),
    })
}

/// Names in code quotes, separated by commas.
pub fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// As much of a written name as a message can bear.
fn shown(name: &str) -> String {
    const BEARABLE: usize = 60;
    let mut text: String = name.chars().take(BEARABLE).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if name.chars().nth(BEARABLE).is_some() {
        text.push('…');
    }
    text
}

/// The letters of a name in lower case; `None` if it is empty or too long to be a name.
fn letters(name: &str) -> Option<Vec<char>> {
    (!name.is_empty() && name.len() <= LONGEST).then(|| name.chars().flat_map(char::to_lowercase).collect())
}

/// Optimal string alignment distance: Levenshtein's, with a swap of neighbours as one step.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        let mut left = i + 1;
        row.push(left);
        for (j, (y, pair)) in b.iter().zip(above.windows(2)).enumerate() {
            let &[diagonal, up] = pair else { continue };
            let mut least = (diagonal + usize::from(x != y)).min(up + 1).min(left + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if let (true, Some(start)) = (swapped, before.get(j.wrapping_sub(1))) {
                least = least.min(start + 1);
            }
            row.push(least);
            left = least;
        }
        before = above;
        above = row;
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [&str; 6] = ["dependsOn", "drain", "need", "of", "timeout", "perTryTimeout"];

    /// Each usual slip of a finger finds the name that was meant.
    #[test]
    fn slips() {
        for (written, meant) in [
            ("dependOn", Some("dependsOn")),
            ("depends_on", Some("dependsOn")),
            ("DEPENDSON", Some("dependsOn")),
            ("dependsno", Some("dependsOn")),
            ("timeuot", Some("timeout")),
            ("nead", Some("need")),
            ("off", Some("of")),
            ("pertrytimeout", Some("perTryTimeout")),
            ("retries", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, FIELDS), meant, "{written}");
        }
    }

    /// Known distances, with a swap as one step.
    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("kitten", "sitting", 3),
            ("ab", "ba", 1),
            ("abc", "", 3),
            ("", "", 0),
            ("ca", "abc", 3),
            ("same", "same", 0),
        ] {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            assert_eq!(distance(&chars(a), &chars(b)), expected, "{a} {b}");
            assert_eq!(distance(&chars(b), &chars(a)), expected, "{b} {a}");
        }
    }

    /// Of equally near candidates the first is taken, so that the answer does not depend on chance.
    #[test]
    fn ties_go_to_the_first() {
        assert_eq!(nearest("cart-x", ["cart-a", "cart-b"]), Some("cart-a"));
    }

    /// All that may have been meant, the likeliest first, each once.
    #[test]
    fn several_may_be_meant() {
        let names = ["payments-b", "payment-a", "payments-a", "cart", "payment-a"];
        assert_eq!(similar("payment-a", names), ["payment-a", "payments-a", "payments-b"]);
        assert_eq!(similar("", names), [""; 0]);
        assert_eq!(similar("s3", ["s1", "S3"]), ["S3"]);
    }

    /// A message shows as much of a name as it can bear, and nothing that could move a terminal's cursor.
    #[test]
    fn messages_are_short() {
        let said =
            unknown("field", &format!("\u{1b}[31m{}", "x".repeat(1 << 20)), &FIELDS, Location::start("f".into()));
        assert!(said.reason.len() < 100 && !said.reason.contains('\u{1b}'), "{}", said.reason);
        assert_eq!(
            unknown("word", "sof", &["hard", "soft"], Location::start("f".into())).to_string(),
            "f:1: unknown word `sof`; did you mean `soft`?"
        );
        let said = unknown("word", "x", &["hard", "soft"], Location::start("f".into())).to_string();
        assert_eq!(said, "f:1: unknown word `x`; known here: `hard`, `soft`");
    }

    /// A name of a megabyte is refused without being compared.
    #[test]
    fn huge_names_are_nobody() {
        assert_eq!(nearest(&"x".repeat(1 << 20), FIELDS), None);
    }
}
