//! nginx's variables: `set $name api; proxy_pass http://$name:80;`.

use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// A host is no longer.
const LONGEST: usize = 253;
/// No statement that matters is longer.
const MOST: usize = 16 * 1024;

/// The text with variables replaced by the words that were last set above. What is set to a URL is left alone: it is
/// an address where it stands.
pub(super) fn substitute(text: &str) -> Cow<'_, str> {
    if !text.contains("set $") {
        return Cow::Borrowed(text);
    }
    let mut words: FxHashMap<&str, String> = FxHashMap::default();
    let mut all = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        for part in line.split_inclusive(';') {
            // Hostile texts grow no further than twice their size, and some.
            let fits = part.len() <= MOST && all.len() <= text.len() * 2 + MOST;
            let Some((name, value)) = assignment(part).filter(|_| fits) else {
                let part = if fits { Cow::Owned(replaced(part, &words)) } else { Cow::Borrowed(part) };
                all.push_str(&part);
                continue;
            };
            all.push_str(part);
            let value = replaced(value, &words);
            if value.contains(['$', '/']) || value.len() > LONGEST {
                words.remove(name);
            } else {
                words.insert(name, value);
            }
        }
    }
    Cow::Owned(all)
}

/// `set $name value;`, behind an opening brace perhaps.
fn assignment(part: &str) -> Option<(&str, &str)> {
    let at = part.find("set $")?;
    let first = part[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || c == '{');
    let (name, value) = part[at + "set $".len()..].trim_end().strip_suffix(';')?.split_once(char::is_whitespace)?;
    first.then(|| (name, value.trim().trim_matches(['"', '\''])))
}

fn replaced(text: &str, words: &FxHashMap<&str, String>) -> String {
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, variable) = rest.split_at(at);
        all.push_str(before);
        let braced = variable.starts_with("${");
        let start = if braced { 2 } else { 1 };
        let name = &variable[start..];
        let length = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
        let closed = !braced || name[length..].starts_with('}');
        let end = start + length + usize::from(braced && closed);
        match words.get(&name[..length]).filter(|_| closed) {
            Some(word) => all.push_str(word),
            None => all.push_str(&variable[..end]),
        }
        rest = &variable[end..];
    }
    all.push_str(rest);
    all
}
