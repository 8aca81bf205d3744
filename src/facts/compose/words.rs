//! Small notations inside values: command lines and durations.

/// The words of a command line, with quotes and escapes as a shell reads them; an open quote ends with the text.
pub(super) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut started, mut quote) = (String::new(), false, None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => {
                started = true;
                word.extend(chars.next());
            }
            (c, Some(q)) if c == q => quote = None,
            (c, Some(_)) => word.push(c),
            ('"' | '\'', None) => (quote, started) = (Some(c), true),
            (c, None) if c.is_whitespace() => {
                if started {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            (c, None) => {
                started = true;
                word.push(c);
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}

/// A duration such as `1m30s`, in milliseconds.
pub(super) fn duration_ms(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let scale = match unit {
            "us" | "µs" => 0.001,
            "ms" => 1.0,
            "s" => 1_000.0,
            "m" => 60_000.0,
            "h" => 3_600_000.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * scale;
        rest = after;
    }
    Some(total).filter(|t: &f64| t.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words are what a shell would see.
    #[test]
    fn command_lines() {
        let rows: [(&str, &[&str]); 6] = [
            ("a b  c", &["a", "b", "c"]),
            ("sh -c 'a && b \"c\"'", &["sh", "-c", "a && b \"c\""]),
            ("a \"b \\\" c\" d\\ e", &["a", "b \" c", "d e"]),
            ("--url=\"http://x:80\"/y", &["--url=http://x:80/y"]),
            ("a '' 'open", &["a", "", "open"]),
            ("  ", &[]),
        ];
        for (line, want) in rows {
            assert_eq!(split(line), want, "{line}");
        }
    }

    /// Durations are sums of numbers with units; a number alone is none.
    #[test]
    fn durations() {
        let rows = [
            ("10s", Some(10_000.0)),
            ("1m30s", Some(90_000.0)),
            ("1h", Some(3.6e6)),
            ("1.5s", Some(1_500.0)),
            ("500us", Some(0.5)),
            ("10", None),
            ("", None),
            ("s", None),
            ("-1s", None),
        ];
        for (text, want) in rows {
            assert_eq!(duration_ms(text), want, "{text}");
        }
    }
}
