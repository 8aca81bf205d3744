//! `.env` and `env_file`: the dialect of Compose (quotes, comments, `export`, variables inside values).

use super::interpolate::{VALUE_LIMIT, expand};
use std::collections::BTreeMap;

/// How values are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Quotes, comments and variables have their meaning.
    Expanded,
    /// `format: raw`: everything after `=` is the value.
    Raw,
}

/// One variable of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name.
    pub(super) key: String,
    /// Its value; `None` if the line has a name only and nothing else sets it.
    pub(super) value: Option<String>,
    /// Line of the name, from 1.
    pub(super) line: u32,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// Its variables in order; of a name written twice both are here, the later one counts.
    pub(super) entries: Vec<Entry>,
    /// Lines that could not be read, and why.
    pub(super) wrong: Vec<(u32, String)>,
}

/// Reads a file. Variables in values are looked up with `outer` first, then among the earlier ones of the file.
pub(super) fn parse(text: &str, format: Format, outer: &dyn Fn(&str) -> Option<String>) -> Parsed {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parsed = Parsed::default();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut lines = (1u32..).zip(text.lines());
    while let Some((line, content)) = lines.next() {
        let content = content.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let content = content.strip_prefix("export ").map_or(content, str::trim_start);
        let end = content.find(['=', ':']).unwrap_or(content.len());
        let key = content[..end].trim_end();
        if key.is_empty() || key.contains(|c: char| c.is_whitespace() || c == '"' || c == '\'') {
            parsed.wrong.push((line, "not a variable; expected `NAME=value`".into()));
            continue;
        }
        let value = match content.get(end + 1..) {
            None => outer(key),
            Some(value) if format == Format::Raw => Some(value.to_owned()),
            Some(value) => {
                let lookup = |name: &str| outer(name).or_else(|| known.get(name).cloned());
                Some(read_value(value.trim_start(), &mut lines, &lookup))
            }
        };
        if let Some(value) = value.clone().filter(|v| v.len() <= VALUE_LIMIT) {
            known.insert(key.to_owned(), value);
        }
        parsed.entries.push(Entry { key: key.to_owned(), value, line });
    }
    parsed
}

fn read_value<'a>(
    start: &'a str,
    lines: &mut impl Iterator<Item = (u32, &'a str)>,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> String {
    match start.chars().next() {
        Some('\'') => quoted(&start[1..], '\'', lines),
        Some('"') => expand(&unescape(&quoted(&start[1..], '"', lines)), lookup, &mut |_| {}),
        _ => {
            // A `#` begins a comment only after white space: passwords and colours hold them.
            let comment = start.match_indices('#').map(|(i, _)| i);
            let end = comment.filter(|&i| start[..i].ends_with([' ', '\t']) || i == 0).min().unwrap_or(start.len());
            expand(start[..end].trim_end(), lookup, &mut |_| {})
        }
    }
}

/// The text up to the closing quote, which may stand on a later line.
fn quoted<'a>(start: &'a str, quote: char, lines: &mut impl Iterator<Item = (u32, &'a str)>) -> String {
    let mut value = String::new();
    let mut rest = start;
    loop {
        let mut escaped = false;
        for (i, c) in rest.char_indices() {
            if c == quote && !escaped {
                value.push_str(&rest[..i]);
                return value;
            }
            escaped = c == '\\' && quote == '"' && !escaped;
        }
        value.push_str(rest);
        match lines.next() {
            Some((_, next)) if value.len() <= VALUE_LIMIT => {
                value.push('\n');
                rest = next;
            }
            _ => return value,
        }
    }
}

/// Escapes of a double-quoted value; `\$` becomes `$$`, a plain dollar for the expansion that follows.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('$')) => out.push_str("$$"),
            ('\\', Some(c @ ('"' | '\\'))) => out.push(c),
            ('\\', Some(other)) => out.extend(['\\', other]),
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, format: Format) -> Vec<(String, Option<String>)> {
        let outer = |name: &str| (name == "OUTER").then(|| "o".to_owned());
        parse(text, format, &outer).entries.into_iter().map(|e| (e.key, e.value)).collect()
    }

    /// Each line means what Compose makes of it.
    #[test]
    fn lines() {
        let rows = [
            ("A=1", "1"),
            ("A = 1 ", "1"),
            ("export A=1", "1"),
            ("A: 1", "1"),
            ("A=", ""),
            ("A=x # comment", "x"),
            ("A=x#y", "x#y"),
            ("A=# all comment", ""),
            ("A='$OUTER # x'", "$OUTER # x"),
            ("A=\"$OUTER # x\" # c", "o # x"),
            ("A=\"a\\nb\\\"c\\$OUTER\"", "a\nb\"c$OUTER"),
            ("A=http://${OUTER}:${NONE:-80}/", "http://o:80/"),
            ("A=a:b=c;d", "a:b=c;d"),
            ("A=\"two\nlines\"", "two\nlines"),
            ("A=$$x", "$x"),
            ("\u{feff}A=1\r", "1"),
            ("A='open", "open"),
        ];
        for (text, want) in rows {
            assert_eq!(read(text, Format::Expanded), [("A".into(), Some(want.into()))], "{text:?}");
        }
    }

    /// A value sees the ones before it, a name alone is looked up outside, and a line that is neither is told.
    #[test]
    fn files() {
        let text = "# head\nHOST=cart\nPORT=70\nADDR=${HOST}:${PORT}\nOUTER\nNONE\n\nnot a variable\n";
        let parsed = parse(text, Format::Expanded, &|name| (name == "OUTER").then(|| "o".to_owned()));
        let addr = parsed.entries.iter().find(|e| e.key == "ADDR");
        assert_eq!(addr.map(|e| (e.value.as_deref(), e.line)), Some((Some("cart:70"), 4)));
        assert_eq!(parsed.entries[3].value.as_deref(), Some("o"));
        assert_eq!(parsed.entries[4].value, None);
        assert_eq!(parsed.wrong.iter().map(|w| w.0).collect::<Vec<_>>(), [8]);
    }

    /// Raw files are taken letter by letter.
    #[test]
    fn raw() {
        assert_eq!(read("A=\"$OUTER\" # x", Format::Raw), [("A".into(), Some("\"$OUTER\" # x".into()))]);
    }

    /// Variables that double each other stop growing.
    #[test]
    fn bomb() {
        let mut text = "A0=xxxxxxxxxx\n".to_owned();
        for i in 1..60 {
            text += &format!("A{i}=${{A{0}}}${{A{0}}}\n", i - 1);
        }
        let longest = read(&text, Format::Expanded).into_iter().filter_map(|(_, v)| Some(v?.len())).max();
        assert!(longest.is_some_and(|n| n <= 4 * VALUE_LIMIT));
    }
}
