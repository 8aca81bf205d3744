//! How counts and lists are put into sentences.

use crate::graph::{ComponentId, Labels};

/// `1 entry`, `2 entries`, `22,969 entries`.
pub fn count(n: usize, one: &str, several: &str) -> String {
    count_of(n as u64, one, several)
}

/// Like [`count`], for more than memory holds.
pub fn count_of(n: u64, one: &str, several: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { several })
}

/// A number with a comma between thousands: `22,969`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `38 %`; what is more than nothing is never shown as 0 %, what is less than all never as 100 %.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p > 0.0 && p < 1.0 => "<1 %".to_owned(),
        p if p > 99.0 && p < 100.0 => ">99 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

/// A time given in milliseconds, as short as people say it: `0.4 ms`, `38 ms`, `1.8 s`, `12 min`; hours and days only
/// where they are whole to the minute: `6 h`, `90 min`, `4 days`.
pub fn duration(ms: f64) -> String {
    const HOUR: f64 = 60.0;
    const DAY: f64 = 24.0 * HOUR;
    let minutes = (ms / 60_000.0).round();
    let (value, unit) = match ms {
        ms if ms < 999.5 => (ms, "ms"),
        ms if ms < 99_950.0 => (ms / 1000.0, "s"),
        _ if minutes == DAY => (1.0, "day"),
        _ if minutes % DAY == 0.0 => (minutes / DAY, "days"),
        _ if minutes % HOUR == 0.0 => (minutes / HOUR, "h"),
        ms => (ms / 60_000.0, "min"),
    };
    let text = if value < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") };
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// A factor of calls: `3`, `1.2`, `11,520`, `without end`.
pub fn factor(n: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "integral and small")]
    match n {
        n if !n.is_finite() => "without end".to_owned(),
        n if n >= 1e15 => format!("{n:.1e}"),
        n if n.fract() == 0.0 => number(n as u64),
        n if n >= 100.0 => number(n.round() as u64),
        n if n >= 0.01 => format!("{n:.2}").trim_end_matches('0').trim_end_matches('.').to_owned(),
        n => format!("{n:.1e}"),
    }
}

/// `a`, `a and b`, `a, b and c`, `a, b and 5 more` where at most `limit` are named.
pub fn list<S: AsRef<str>>(items: impl IntoIterator<Item = S>, limit: usize) -> String {
    joined(items, limit, "and")
}

/// The same where one of them is enough: `zone a is lost, zone b is lost or web answers nobody`.
pub fn any_of<S: AsRef<str>>(items: impl IntoIterator<Item = S>, limit: usize) -> String {
    joined(items, limit, "or")
}

fn joined<S: AsRef<str>>(items: impl IntoIterator<Item = S>, limit: usize, word: &str) -> String {
    let items: Vec<S> = items.into_iter().collect();
    let limit = limit.max(1);
    // Naming the last one costs no more than counting it.
    let shown = if items.len() == limit + 1 { items.len() } else { limit.min(items.len()) };
    let (named, rest) = items.split_at(shown);
    let join = |names: &[S]| names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    match (named, rest.len()) {
        ([], _) => String::new(),
        ([one], 0) => one.as_ref().to_owned(),
        ([first @ .., last], 0) => format!("{} {word} {}", join(first), last.as_ref()),
        (named, more) => format!("{} {word} {} more", join(named), number(more as u64)),
    }
}

/// `frontend → cartservice → redis-cart`; the middle of a long path is counted rather than shown.
pub fn arrows(labels: &Labels, path: impl DoubleEndedIterator<Item = ComponentId>) -> String {
    const SHOWN: usize = 7;
    let names: Vec<&str> = path.map(|id| labels.of(id)).collect();
    if names.len() <= SHOWN {
        return names.join(" → ");
    }
    let (head, tail) = (SHOWN - 3, 2);
    let middle = names.len() - head - tail;
    let (start, end) = (names.get(..head).unwrap_or_default(), names.get(names.len() - tail..).unwrap_or_default());
    format!("{} → … {middle} more … → {}", start.join(" → "), end.join(" → "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thousands are separated wherever the digits fall.
    #[test]
    fn numbers_have_commas() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (22_969, "22,969"), (1_234_567, "1,234,567")] {
            assert_eq!(number(n), text);
        }
        assert_eq!(count(1, "entry", "entries"), "1 entry");
        assert_eq!(count(0, "entry", "entries"), "0 entries");
    }

    /// Shares are rounded without turning something into nothing or a part into the whole.
    #[test]
    fn percentages_do_not_lie() {
        for (share, text) in [(0.0, "0 %"), (0.001, "<1 %"), (0.384, "38 %"), (0.999, ">99 %"), (1.0, "100 %")] {
            assert_eq!(percent(share), text);
        }
    }

    /// Times have at most two digits more than they need.
    #[test]
    fn times_are_short() {
        for (ms, text) in [
            (0.0, "0 ms"),
            (0.42, "0.4 ms"),
            (9.97, "10 ms"),
            (38.4, "38 ms"),
            (999.9, "1 s"),
            (1800.0, "1.8 s"),
            (99_990.0, "1.7 min"),
            (1_200_000.0, "20 min"),
            (3_599_999.0, "1 h"),
            (5_400_000.0, "90 min"),
            (21_600_000.0, "6 h"),
            (86_400_000.0, "1 day"),
            (90_000_000.0, "25 h"),
            (345_600_000.0, "4 days"),
            (345_660_000.0, "5761 min"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }

    /// Factors are whole where they can be, short where not, and never a rounded nothing.
    #[test]
    fn factors_are_short() {
        for (n, text) in [
            (1.0, "1"),
            (1.2, "1.2"),
            (1.1000001, "1.1"),
            (0.004, "4.0e-3"),
            (64.0, "64"),
            (243.5, "244"),
            (11_520.0, "11,520"),
            (1e300, "1.0e300"),
            (f64::INFINITY, "without end"),
        ] {
            assert_eq!(factor(n), text);
        }
    }

    /// Lists read like sentences and say how much they leave out.
    #[test]
    fn lists_say_how_many_more() {
        let names = ["a", "b", "c", "d", "e"];
        let lists: Vec<String> = (0..=5).map(|n| list(names.iter().take(n), 2)).collect();
        assert_eq!(lists, ["", "a", "a and b", "a, b and c", "a, b and 2 more", "a, b and 3 more"]);
    }
}
