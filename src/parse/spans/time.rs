//! Times and durations as text.

/// Nanoseconds since the epoch of an RFC 3339 time, `2017-01-26T16:46:31.639875-05:00`; `None` if it is none or lies
/// before 1970 or after 2554. A leap second counts as the second after it.
pub fn rfc3339(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = bytes.get(range)?;
        digits.iter().try_fold(0, |n, digit| digit.is_ascii_digit().then(|| n * 10 + i64::from(digit - b'0')))
    };
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let separated = separators.iter().all(|(i, byte)| bytes.get(*i) == Some(byte));
    if !separated || !matches!(bytes.get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let digits = rest.strip_prefix('.').map_or(0, |f| f.bytes().take_while(u8::is_ascii_digit).count());
    let fraction = rest.get(1..=digits).filter(|_| digits > 0).unwrap_or("0");
    let zone = rest.get(if digits > 0 { digits + 1 } else { 0 }..)?;
    let offset = match zone.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let at = bytes.len() - 5;
            let minutes = number(at..at + 2)? * 60 + number(at + 3..at + 5)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + (minute - offset) * 60 + second;
    u64::try_from(seconds).ok()?.checked_mul(1_000_000_000)?.checked_add(nanos(fraction)?)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Nanoseconds of the digits behind a decimal point; more than nine are cut.
fn nanos(fraction: &str) -> Option<u64> {
    let kept = fraction.get(..fraction.len().min(9))?;
    kept.parse::<u64>().ok()?.checked_mul(10u64.checked_pow(9 - kept.len() as u32)?)
}

/// Nanoseconds of a duration with units as Go and protobuf write it: `22938000ns`, `0.022938s`, `1m2.5s`.
pub fn duration(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total = 0u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(end)?;
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit_end)?;
        let unit: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        if !number.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()?.checked_mul(unit)? };
        let fraction = if fraction.is_empty() { 0 } else { u128::from(nanos(fraction)?) * u128::from(unit) };
        let fraction = u64::try_from(fraction / 1_000_000_000).ok()?;
        total = total.checked_add(whole)?.checked_add(fraction)?;
        rest = tail;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times in any zone and precision; oracle: GNU date.
    #[test]
    fn times_are_read() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2017-01-26T16:46:31.639875-05:00", 1_485_467_191, 639_875_000),
            ("2000-02-29T23:59:59.5+05:30", 951_848_999, 500_000_000),
            ("2024-12-31t00:00:00.1234567899z", 1_735_603_200, 123_456_789),
        ] {
            assert_eq!(rfc3339(text), Some(seconds * 1_000_000_000 + nanos), "{text}");
        }
    }

    /// What is no time, or none that fits, is none.
    #[test]
    fn broken_times_are_refused() {
        for text in [
            "",
            "2017",
            "2017-01-26",
            "2017-01-26T16:46:31",
            "2017-13-26T16:46:31Z",
            "2017-01-26T16:46:31.5",
            "2017-01-26T25:46:31Z",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59Z",
            "2017-01-26T16:46:31+05",
            "äääääääääääää",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }

    /// Go's and protobuf's durations.
    #[test]
    fn durations_are_read() {
        for (text, nanos) in [
            ("22938000ns", Some(22_938_000)),
            ("0.022938s", Some(22_938_000)),
            ("1m2.5s", Some(62_500_000_000)),
            ("1.5µs", Some(1_500)),
            (".5h", Some(1_800_000_000_000)),
            ("12", None),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1d", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(duration(text), nanos, "{text}");
        }
    }
}
