//! Durations as Spring Boot reads them: ISO 8601 (`PT1.5S`), a number with a unit (`500ms`), or a bare number whose
//! unit the property decides.

/// Units of the simple form, in milliseconds; of two that begin alike the longer one stands first.
const UNITS: [(&str, f64); 7] =
    [("ns", 1e-6), ("us", 1e-3), ("ms", 1.0), ("s", 1e3), ("m", 6e4), ("h", 3.6e6), ("d", 8.64e7)];

/// Milliseconds of a duration; `unit` is what a bare number counts, in milliseconds. Nothing negative is one.
pub(super) fn milliseconds(text: &str, unit: f64) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(iso) = text.strip_prefix('p') {
        return iso_8601(iso);
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let length = match suffix.trim() {
        "" => unit,
        suffix => UNITS.iter().find(|(name, _)| *name == suffix)?.1,
    };
    digits.parse::<f64>().ok().map(|n| n * length).filter(|ms| ms.is_finite())
}

/// Days and a time: `1dt2h3m4.5s`, in lower case.
fn iso_8601(text: &str) -> Option<f64> {
    let (days, time) = text.split_once('t').unwrap_or((text, ""));
    let part = |text: &str, units: &[(char, f64)]| -> Option<f64> {
        let mut rest = text;
        let mut total = 0.0;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
            let (digits, tail) = rest.split_at(end);
            let mark = tail.chars().next()?;
            let (_, length) = units.iter().find(|(unit, _)| *unit == mark)?;
            total += digits.parse::<f64>().ok()? * length;
            rest = tail.get(mark.len_utf8()..)?;
        }
        Some(total)
    };
    let total = part(days, &[('d', 8.64e7)])? + part(time, &[('h', 3.6e6), ('m', 6e4), ('s', 1e3)])?;
    (!(days.is_empty() && time.is_empty()) && total.is_finite()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    /// Both forms, bare numbers in the property's unit, and what is no duration.
    #[test]
    fn durations() {
        for (text, unit, expected) in [
            ("500ms", 1.0, Some(500.0)),
            ("2s", 1.0, Some(2_000.0)),
            (" 1500 ", 1.0, Some(1_500.0)),
            ("30", 1_000.0, Some(30_000.0)),
            ("1m", 1.0, Some(60_000.0)),
            ("PT1.5S", 1.0, Some(1_500.0)),
            ("pt1m30s", 1.0, Some(90_000.0)),
            ("P1DT1H", 1.0, Some(90_000_000.0)),
            ("P", 1.0, None),
            ("PT5", 1.0, None),
            ("-5", 1.0, None),
            ("5 parsecs", 1.0, None),
            ("", 1.0, None),
            ("${TIMEOUT}", 1.0, None),
        ] {
            assert_eq!(milliseconds(text, unit), expected, "{text}");
        }
    }
}
