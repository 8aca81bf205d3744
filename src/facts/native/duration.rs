//! Durations as people write them: `20ms`, `1m30s`.

/// Units and their length in milliseconds; of two that begin alike the longer one stands first.
const UNITS: [(&str, f64); 7] = [
    ("us", 0.001),
    ("µs", 0.001),
    ("ms", 1.0),
    ("s", 1_000.0),
    ("m", 60_000.0),
    ("h", 3_600_000.0),
    ("d", 86_400_000.0),
];

/// Milliseconds of a duration: one or more numbers, each with its unit (`us`, `µs`, `ms`, `s`, `m`, `h`, `d`). A
/// number without a unit is no duration: whether it meant seconds or milliseconds would be a guess.
pub(crate) fn milliseconds(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
        let (digits, tail) = rest.split_at(number);
        let (unit, length) = UNITS.into_iter().find(|(unit, _)| tail.starts_with(unit))?;
        total += digits.parse::<f64>().ok()? * length;
        rest = tail.strip_prefix(unit)?;
    }
    total.is_finite().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    /// Every unit and their sums; what has no unit, a sign or a stray letter is no duration.
    #[test]
    fn durations() {
        for (text, expected) in [
            ("20ms", Some(20.0)),
            ("500us", Some(0.5)),
            ("500µs", Some(0.5)),
            ("2s", Some(2_000.0)),
            ("1.5s", Some(1_500.0)),
            ("1m30s", Some(90_000.0)),
            ("1h", Some(3_600_000.0)),
            ("7d", Some(604_800_000.0)),
            ("0s", Some(0.0)),
            (" 2s ", Some(2_000.0)),
            ("", None),
            ("2", None),
            ("s", None),
            ("-2s", None),
            ("2 s", None),
            ("1.2.3s", None),
            ("2sec", None),
            ("2s3", None),
            ("2S", None),
            ("٢s", None),
            (".s", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
        assert_eq!(milliseconds(&format!("{}s", "9".repeat(400))), None, "not finite");
    }
}
