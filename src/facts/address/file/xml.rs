//! XML, as far as settings need it: elements, attributes and text.

use super::super::Found;
use super::{Entry, short, used};

/// An open element.
struct Open<'a> {
    name: &'a str,
    /// Which of all elements it is.
    number: usize,
    /// Its `name`, `key` or `id`, which says more than the element does.
    label: Option<String>,
}

/// Reads `<host>db</host>`, `<property name="url">…</property>`, `<add key="url" value="…"/>` and the like.
pub(super) fn scan(text: &str) -> Vec<(usize, Found)> {
    let text = &text.replace("<![CDATA[", "").replace("]]>", "");
    let mut entries = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let (mut rest, mut line, mut number) = (text.as_str(), 0, 0);
    while let Some(start) = rest.find('<') {
        let content = rest[..start].trim();
        if !content.is_empty()
            && let Some(key) = key_of(&open)
        {
            let lead = rest[..start].len() - rest[..start].trim_start().len();
            entries.push(Entry { line: line + breaks(&rest[..lead]), key, value: unescape(content) });
        }
        line += breaks(&rest[..start]);
        rest = &rest[start..];
        let (length, tag) = markup(rest);
        if let Some(tag) = tag {
            if tag.starts_with('/') {
                open.pop();
            } else {
                number += 1;
                let element = element(tag, line, number, &mut entries);
                if !tag.ends_with('/') {
                    open.push(element);
                }
            }
        }
        line += breaks(&rest[..length]);
        rest = &rest[length..];
    }
    used(&entries)
}

fn breaks(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

/// Length of the markup at the start of `text`, and what stands in it if it is a tag.
fn markup(text: &str) -> (usize, Option<&str>) {
    let until = |end: &str| text.find(end).map_or(text.len(), |i| i + end.len());
    if text.starts_with("<!--") {
        return (until("-->"), None);
    }
    let length = until(">");
    let tag = text.get(1..length.saturating_sub(1)).unwrap_or_default();
    (length, (!tag.starts_with(['!', '?'])).then_some(tag))
}

/// Adds the settings in a tag's attributes.
fn element<'a>(tag: &'a str, line: usize, number: usize, entries: &mut Vec<Entry>) -> Open<'a> {
    let tag = tag.trim_end_matches('/');
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes: Vec<(&str, String)> = Vec::new();
    while let Some((key, after)) = rest.split_once('=') {
        let Some(quote) = after.trim_start().chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let inner = &after.trim_start()[1..];
        let Some((value, after)) = inner.split_once(quote) else { break };
        attributes.push((key.trim(), unescape(value)));
        rest = after;
    }
    let is_label = |key: &str| matches!(key, "name" | "key" | "id");
    let label = attributes.iter().find(|(key, _)| is_label(key)).map(|(_, value)| short(value).to_owned());
    for (key, value) in &attributes {
        if is_label(key) || key.starts_with("xmlns") || key.contains(':') {
            continue;
        }
        let key = match &label {
            Some(label) if *key == "value" => label.clone(),
            Some(label) => format!("{label}.{number}.{}", short(key)),
            None => format!("{}.{number}.{}", short(name), short(key)),
        };
        entries.push(Entry { line, key, value: value.clone() });
    }
    Open { name: short(name), number, label }
}

/// The key of text inside the innermost element. The number of the parent keeps siblings' hosts and ports apart.
fn key_of(open: &[Open<'_>]) -> Option<String> {
    let (last, above) = open.split_last()?;
    Some(match (&last.label, above.last()) {
        (Some(label), _) => label.clone(),
        (None, Some(parent)) => format!("{}.{}.{}", parent.name, parent.number, last.name),
        (None, None) => last.name.to_owned(),
    })
}

fn unescape(text: &str) -> String {
    ["&quot;\"", "&apos;'", "&lt;<", "&gt;>", "&amp;&"].iter().fold(text.to_owned(), |text, pair| {
        let (entity, character) = pair.split_at(pair.len() - 1);
        text.replace(entity, character)
    })
}
