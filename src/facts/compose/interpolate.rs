//! Variables in values: `${NAME:-default}` and its relatives, as Compose reads them (SEMANTICS E.2).

use super::variables::Variables;
use crate::parse::{Node, Value};
use crate::source::Problem;
use rustc_hash::FxHashSet;

/// Defaults may stand in defaults, but not without end.
const DEPTH_LIMIT: usize = 32;

/// One value may grow to this many bytes; longer ones are variables that multiply each other.
pub(super) const VALUE_LIMIT: usize = 64 * 1024;

/// All values of one file together may grow to this many bytes.
const FILE_LIMIT: usize = 16 * 1024 * 1024;

/// What was wrong with the variables of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A variable without a value and without a default; its name, unless that could be a piece of a password.
    Unset(Option<String>),
    /// A variable that the author demands (`${NAME:?}`) and nothing sets.
    Required(String),
    /// A `$` that begins nothing.
    Invalid,
    /// The value grows beyond [`VALUE_LIMIT`] or nests beyond [`DEPTH_LIMIT`].
    TooLarge,
}

/// The text with its variables replaced. Whatever cannot be replaced is empty or stays as it is written, and is told to
/// `trouble`.
pub(super) fn expand(
    text: &str,
    value_of: &dyn Fn(&str) -> Option<String>,
    trouble: &mut impl FnMut(Trouble),
) -> String {
    let mut out = String::with_capacity(text.len());
    into(&mut out, text, value_of, trouble, 0);
    out
}

fn into(
    out: &mut String,
    text: &str,
    value_of: &dyn Fn(&str) -> Option<String>,
    trouble: &mut impl FnMut(Trouble),
    depth: usize,
) {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let before = out.chars().next_back();
        rest = &rest[at + 1..];
        if out.len() > VALUE_LIMIT || depth > DEPTH_LIMIT {
            trouble(Trouble::TooLarge);
            out.clear();
            return;
        }
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('{') {
            let Some(end) = closing(inside) else {
                trouble(Trouble::Invalid);
                out.push('$');
                continue;
            };
            if !braced(out, &inside[..end], value_of, trouble, depth) {
                trouble(Trouble::Invalid);
                out.push_str("${");
                out.push_str(&inside[..=end]);
            }
            rest = &inside[end + 1..];
        } else {
            let name = name_at(rest);
            rest = &rest[name.len()..];
            match value_of(name) {
                _ if name.is_empty() => {
                    trouble(Trouble::Invalid);
                    out.push('$');
                }
                Some(value) => out.push_str(&value),
                None => trouble(Trouble::Unset(tellable(before, name).then(|| name.to_owned()))),
            }
        }
    }
    out.push_str(rest);
}

/// What stands between `${` and `}`. `false` if it is no variable.
fn braced(
    out: &mut String,
    inside: &str,
    value_of: &dyn Fn(&str) -> Option<String>,
    trouble: &mut impl FnMut(Trouble),
    depth: usize,
) -> bool {
    let name = name_at(inside);
    let operator = &inside[name.len()..];
    if name.is_empty() {
        return false;
    }
    let value = value_of(name);
    let (empty_counts, operator) = match operator.strip_prefix(':') {
        Some(operator) => (true, operator),
        None => (false, operator),
    };
    let set = value.as_deref().filter(|v| !(empty_counts && v.is_empty()));
    match (operator.chars().next(), set) {
        (None, _) if empty_counts => return false,
        (None, None) => trouble(Trouble::Unset(Some(name.to_owned()))),
        (None | Some('-' | '?'), Some(set)) => out.push_str(set),
        (Some('-'), None) => into(out, &operator[1..], value_of, trouble, depth + 1),
        (Some('?'), None) => trouble(Trouble::Required(name.to_owned())),
        (Some('+'), Some(_)) => into(out, &operator[1..], value_of, trouble, depth + 1),
        (Some('+'), None) => {}
        _ => return false,
    }
    true
}

/// Index of the `}` that ends a variable, past the variables inside it.
fn closing(inside: &str) -> Option<usize> {
    let bytes = inside.as_bytes();
    let mut open = 0usize;
    for (i, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if i > 0 && bytes.get(i - 1) == Some(&b'$') => open += 1,
            b'}' if open == 0 => return Some(i),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The variable name that a text begins with.
fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &text[..end] }
}

/// Whether a name without braces may be shown: `pa$sword` is more likely a password than a variable.
fn tellable(before: Option<char>, name: &str) -> bool {
    before.is_none_or(|c| " /:=,'\"".contains(c)) && !name.contains(|c: char| c.is_ascii_lowercase())
}

/// Replaces the variables in all values of a tree; keys are left alone. `problems` gets each unset variable once.
pub(super) fn tree(node: &Node, variables: &Variables, problems: &mut Vec<Problem>) -> Node {
    let mut pass = Pass { variables, problems, told: FxHashSet::default(), grown: 0 };
    pass.node(node).unwrap_or_else(|| node.clone())
}

struct Pass<'a> {
    variables: &'a Variables,
    problems: &'a mut Vec<Problem>,
    told: FxHashSet<String>,
    grown: usize,
}

impl Pass<'_> {
    /// The node with its variables replaced; `None` if it has none.
    fn node(&mut self, node: &Node) -> Option<Node> {
        match node.value() {
            Value::Null => None,
            Value::Scalar(text, style) => {
                let text = self.scalar(node, text)?;
                Some(node.with_value(Value::Scalar(text.into_boxed_str(), *style)))
            }
            Value::Sequence(items) => {
                let new: Vec<Option<Node>> = items.iter().map(|item| self.node(item)).collect();
                new.iter().any(Option::is_some).then(|| {
                    let items = items.iter().zip(new).map(|(old, new)| new.unwrap_or_else(|| old.clone()));
                    node.with_value(Value::Sequence(items.collect()))
                })
            }
            Value::Mapping(entries) => {
                let new: Vec<Option<Node>> = entries.iter().map(|(_, value)| self.node(value)).collect();
                new.iter().any(Option::is_some).then(|| {
                    let entries = entries.iter().zip(new);
                    let entries = entries.map(|((k, old), new)| (k.clone(), new.unwrap_or_else(|| old.clone())));
                    node.with_value(Value::Mapping(entries.collect()))
                })
            }
        }
    }

    fn scalar(&mut self, node: &Node, text: &str) -> Option<String> {
        if !text.contains('$') || self.grown > FILE_LIMIT {
            return None;
        }
        let mut troubles = Vec::new();
        let expanded = expand(text, &|name| self.variables.get(name), &mut |t| troubles.push(t));
        self.grown += expanded.len();
        if self.grown > FILE_LIMIT {
            troubles = vec![Trouble::TooLarge];
        }
        for trouble in troubles {
            self.tell(node, trouble);
        }
        Some(expanded)
    }

    fn tell(&mut self, node: &Node, trouble: Trouble) {
        let (key, problem) = match trouble {
            Trouble::Unset(Some(name)) => (
                name.clone(),
                Problem::new(node.at(), format!("variable `{name}` is not set and has no default; it is empty"))
                    .remedy(format!("set it in `.env`, or write `${{{name}:-default}}`")),
            ),
            Trouble::Unset(None) => (
                "$".into(),
                Problem::new(node.at(), "a `$` stands before a name that is not set; both are dropped")
                    .remedy("write `$$` for a plain dollar"),
            ),
            Trouble::Required(name) => (
                name.clone(),
                Problem::new(node.at(), format!("variable `{name}` is required and not set; Compose would not start"))
                    .remedy("set it in `.env`"),
            ),
            Trouble::Invalid => (
                format!("${}", node.line()),
                Problem::new(node.at(), "a `$` that begins no variable; it is kept as it is")
                    .remedy("write `$$` for a plain dollar"),
            ),
            Trouble::TooLarge => (
                "${}".into(),
                Problem::new(node.at(), "variables expand to more than can be meant; the value is left empty"),
            ),
        };
        if self.told.insert(key) {
            self.problems.push(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<String> {
        match name {
            "SET" => Some("value".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn troubles(text: &str) -> Vec<Trouble> {
        let mut troubles = Vec::new();
        expand(text, &known, &mut |t| troubles.push(t));
        troubles
    }

    /// Every form of a variable gives what the specification says, and says nothing.
    #[test]
    fn forms() {
        let rows = [
            ("plain", "plain"),
            ("$SET", "value"),
            ("${SET}", "value"),
            ("a${SET}b$SET.c", "avaluebvalue.c"),
            ("${NONE:-default}", "default"),
            ("${NONE-default}", "default"),
            ("${EMPTY:-default}", "default"),
            ("${EMPTY-default}", ""),
            ("${EMPTY}", ""),
            ("${SET:-default}", "value"),
            ("${SET:?message}", "value"),
            ("${SET:+other}", "other"),
            ("${NONE:+other}", ""),
            ("${EMPTY+other}", "other"),
            ("${EMPTY:+other}", ""),
            ("${NONE:-${SET}}", "value"),
            ("${NONE:-http://${NONE:-a}:${NONE-80}/x}", "http://a:80/x"),
            ("${NONE:-Server=db;User Id=sa;Password=x}", "Server=db;User Id=sa;Password=x"),
            ("${NONE:-}", ""),
            ("$$SET", "$SET"),
            ("$${SET}", "${SET}"),
            ("a$$", "a$"),
            ("{{ $$x }}", "{{ $x }}"),
        ];
        for (text, want) in rows {
            assert_eq!(expand(text, &known, &mut |t| panic!("{text}: {t:?}")), want, "{text}");
        }
    }

    /// What is not right is told, and never stops the value.
    #[test]
    fn wrong_forms() {
        let unset = |name: &str| vec![Trouble::Unset(Some(name.into()))];
        let rows = [
            ("${NONE}", "", unset("NONE")),
            ("http://$NONE/", "http:///", unset("NONE")),
            ("${none}", "", unset("none")),
            ("pa$sword", "pa", vec![Trouble::Unset(None)]),
            ("x@$WORD", "x@", vec![Trouble::Unset(None)]),
            ("${NONE:?set it}", "", vec![Trouble::Required("NONE".into())]),
            ("${EMPTY:?}", "", vec![Trouble::Required("EMPTY".into())]),
            ("${", "${", vec![Trouble::Invalid]),
            ("${SET", "${SET", vec![Trouble::Invalid]),
            ("${}", "${}", vec![Trouble::Invalid]),
            ("${1}", "${1}", vec![Trouble::Invalid]),
            ("${SET!x}", "${SET!x}", vec![Trouble::Invalid]),
            ("$(date)", "$(date)", vec![Trouble::Invalid]),
            ("a$", "a$", vec![Trouble::Invalid]),
        ];
        for (text, want, told) in rows {
            assert_eq!(expand(text, &known, &mut |_| {}), want, "{text}");
            assert_eq!(troubles(text), told, "{text}");
        }
    }

    /// Defaults nested without end and variables that multiply are refused.
    #[test]
    fn bombs() {
        let deep = "${NONE:-".repeat(10_000) + &"}".repeat(10_000);
        assert!(troubles(&deep).contains(&Trouble::TooLarge));
        let long = |_: &str| Some("x".repeat(VALUE_LIMIT));
        let mut told = Vec::new();
        assert!(expand(&"$A".repeat(1000), &long, &mut |t| told.push(t)).len() <= 2 * VALUE_LIMIT);
        assert_eq!(told, [Trouble::TooLarge]);
    }
}
