//! The YAML adapter, with serde_json as its oracle where YAML is JSON.

use linchpin::parse::{Node, Outcome, Value, documents};
use serde_json::Value as Json;

/// Whatever stands in a file, its documents follow each other, and everything in them has a place within the file. JSON
/// is read as JSON is.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // What ends a line is YAML's matter: a lone carriage return does.
    let lines = u32::try_from(text.split(['\n', '\r']).count()).expect("few lines");
    let found = documents(&"in".into(), &text);
    let mut last = 0;
    for document in &found {
        assert!(last < document.line && document.line <= lines, "line {} of {lines}", document.line);
        last = document.line;
        match &document.outcome {
            Outcome::Tree(root) => places(root, lines),
            Outcome::Failed(problem) => assert!(problem.at.line <= lines + 1, "{problem}"),
            Outcome::Template(_, line) => assert!(*line <= lines, "line {line} of {lines}"),
            Outcome::Empty => {}
        }
    }
    if let Ok(json @ (Json::Object(_) | Json::Array(_))) = serde_json::from_str::<Json>(&text)
        && let [document] = &found[..]
        && let Outcome::Tree(root) = &document.outcome
    {
        assert!(same(root, &json), "{text}\n{root:?}");
    }
}

fn places(root: &Node, lines: u32) {
    // Aliases make a tree as large as they like: its weight is bounded, and so is this walk.
    let mut rest = vec![root];
    for node in std::iter::from_fn(|| rest.pop()).take(100_000).collect::<Vec<_>>() {
        assert!((1..=lines).contains(&node.line()), "line {} of {lines}", node.line());
    }
}

/// Whether a tree says what a JSON value does. Text is text in both; numbers are as they are written.
fn same(node: &Node, json: &Json) -> bool {
    match (node.value(), json) {
        (Value::Null, Json::Null) => true,
        (Value::Scalar(text, _), Json::String(wanted)) => **text == **wanted,
        (Value::Scalar(..), Json::Bool(wanted)) => node.bool() == Some(*wanted),
        (Value::Scalar(text, _), Json::Number(wanted)) => {
            text.parse::<f64>().ok().zip(wanted.as_f64()).is_some_and(|(a, b)| a == b)
        }
        (Value::Sequence(items), Json::Array(wanted)) => {
            items.len() == wanted.len() && items.iter().zip(wanted).all(|(a, b)| same(a, b))
        }
        (Value::Mapping(entries), Json::Object(wanted)) => {
            entries.iter().all(|(key, value)| {
                key.text().and_then(|key| wanted.get(key)).is_some_and(|wanted| same(value, wanted))
            }) && entries.len() == wanted.len()
        }
        _ => false,
    }
}
