//! Text of inputs inside the markup of others.

use super::visible;

/// Text in XML and HTML, in elements and in double-quoted attributes.
pub(super) fn xml(text: &str) -> String {
    // Two characters that are no controls and yet not allowed.
    let allowed = visible(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    allowed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text in Markdown, in paragraphs and in cells of tables: nothing in it is markup, and nobody is mentioned.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A comment between keeps `@name` from calling somebody and `#1` from linking an issue.
            '@' | '#' => {
                out.push(c);
                out.push_str("<!-- -->");
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // `www.` and `https://` become links by themselves.
            ':' if out.ends_with("http") || out.ends_with("https") => out.push_str(":<!-- -->"),
            _ => out.push(c),
        }
    }
    out
}

/// A place or a name, in Markdown, in the type of code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", markdown(text))
}

/// A path as the reference part of a URI: `/` stays, everything that is not unreserved is percent-encoded. An absolute
/// path becomes a `file` URI.
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing of an input is markup in a comment on a pull request.
    #[test]
    fn markdown_is_text() {
        for (text, shown) in [
            ("cart → db", "cart → db"),
            ("a|b*c*", "a\\|b\\*c\\*"),
            ("<img src=x>", "&lt;img src=x&gt;"),
            ("cart@kustomize", "cart@<!-- -->kustomize"),
            ("![x](y)", "\\!\\[x\\](y)"),
            ("https://x.y", "https:<!-- -->//x.y"),
            ("a\nb", "a\\\\nb"),
        ] {
            assert_eq!(markdown(text), shown);
        }
    }

    /// Paths are references that every reader of URIs takes for the same path.
    #[test]
    fn paths_are_uris() {
        for (path, encoded) in [
            ("k8s/cart.yaml", "k8s/cart.yaml"),
            ("my files/käse#1.yaml", "my%20files/k%C3%A4se%231.yaml"),
            ("/abs/a:b.yaml", "file:///abs/a%3Ab.yaml"),
        ] {
            assert_eq!(uri(path), encoded);
        }
    }
}
