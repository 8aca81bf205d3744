use std::borrow::Cow;

/// Text from an input that is safe on a terminal: what would move the cursor, change colours, hide or reorder text
/// stands there as an escape (`\u{1b}`).
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(deceives) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\r' => out.extend(c.escape_default()),
            c if deceives(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a character does something else than being seen: controls, direction marks, invisible characters.
pub(super) fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terminal escapes, line breaks and direction overrides become text; letters of any language stay.
    #[test]
    fn what_deceives_is_escaped() {
        for (text, shown) in [
            ("cart", "cart"),
            ("käse-服务-🧀", "käse-服务-🧀"),
            ("a\x1b[2Jb", "a\\u{1b}[2Jb"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}txt", "\\u{202e}txt"),
            ("a\0\u{7f}", "a\\u{0}\\u{7f}"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }
}
