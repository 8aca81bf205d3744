//! Files of lines: properties, `.env`, INI, TOML, and whatever else has `key = value`.

use super::super::Found;
use super::Entry;

/// Reads `key = value` and `key: value` lines; a section (`[database]`) comes before its keys.
pub(super) fn scan(text: &str) -> Vec<(usize, Found)> {
    let mut entries = Vec::new();
    let mut section = String::new();
    let mut lines = text.lines().map(str::trim).enumerate();
    while let Some((index, line)) = lines.next() {
        if line.is_empty() || is_comment(line) {
            continue;
        }
        if let Some(head) = header(line) {
            section = super::short(head).to_owned();
            continue;
        }
        let mut line = line.to_owned();
        while line.ends_with('\\') {
            line.pop();
            line.push_str(lines.next().map_or("", |(_, next)| next));
        }
        let (key, value) = pair(&line);
        let key = if section.is_empty() || key.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
        entries.push(Entry { line: index, key, value: value.to_owned() });
    }
    super::used(&entries)
}

fn is_comment(line: &str) -> bool {
    ["#", ";", "!", "//", "--", "/*", "*", "%", "<!--", "{{"].iter().any(|mark| line.starts_with(mark))
}

/// `[section]` or `[[section]]`; not the list that may stand there in YAML.
fn header(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?.strip_suffix(']')?;
    let inner = inner.strip_prefix('[').and_then(|i| i.strip_suffix(']')).unwrap_or(inner).trim();
    (!inner.contains([',', '{', '['])).then_some(inner)
}

/// Key and value of a line; the key is empty where the line is a value alone.
fn pair(line: &str) -> (&str, &str) {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let line = line.strip_prefix("- ").unwrap_or(line);
    let key_of =
        |text: &str| text.len() <= 256 && !text.is_empty() && !text.contains(['/', '{', '(', '<', '?', '&', '@']);
    // `a:80` and `http://a` are values; `key: value`, `"key":"value"` and `key=value` are pairs.
    let colon = line.match_indices(':').map(|(i, _)| i).find(|i| {
        let after = &line[i + 1..];
        after.is_empty() || after.starts_with([' ', '\t', '"']) || line[..*i].ends_with('"')
    });
    let at = [line.find('='), colon].into_iter().flatten().min();
    match at.map(|i| (line[..i].trim(), &line[i + 1..])) {
        Some((key, value)) if key_of(key) => (key.trim_matches(['"', '\'']), clean(value)),
        // Directives: `remote http://a`.
        _ => match line.split_once([' ', '\t']) {
            Some((key, value)) if key_of(key) && !key.contains(':') => (key, clean(value)),
            _ => ("", clean(line)),
        },
    }
}

/// A value without a comment behind it and without the comma or semicolon of its line.
fn clean(value: &str) -> &str {
    let value = value.trim();
    let value =
        [" #", "\t#", " //", " ;"].iter().fold(value, |v, mark| v.split(mark).next().unwrap_or_default()).trim();
    let quoted = value.strip_suffix([',', ';']).filter(|v| v.ends_with(['"', '\'', ']']) || !v.contains([';', '=']));
    quoted.unwrap_or(value).trim_start_matches('>').trim()
}
