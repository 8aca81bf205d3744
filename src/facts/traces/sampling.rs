//! How many requests one sampled span stands for, as the W3C tracestate says it.

/// What one call counts in sums that are adjusted for sampling: thousandths, so that sums stay exact integers.
pub const ONE: u64 = 1000;

/// Rejection thresholds are fractions of this: 14 hexadecimal digits.
const WHOLE: u128 = 1 << 56;

/// The adjusted count of a span in thousandths, from `ot=th:…` or the older `ot=p:…`; nothing if neither is there.
pub fn adjusted_count(trace_state: &str) -> Option<u64> {
    let vendor = trace_state.split(',').find_map(|member| member.trim().strip_prefix("ot="))?;
    let field = |name: &str| vendor.split(';').find_map(|pair| pair.strip_prefix(name)?.strip_prefix(':'));
    if let Some(digits) = field("th") {
        return from_threshold(digits);
    }
    let exponent: u32 = field("p")?.parse().ok()?;
    // 63 says that the span was never sampled by probability.
    (exponent <= 62).then(|| ONE.saturating_mul(1 << exponent))
}

fn from_threshold(digits: &str) -> Option<u64> {
    if !(1..=14).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let rejected = u128::from_str_radix(digits, 16).ok()? << (4 * (14 - digits.len()));
    let kept = WHOLE.checked_sub(rejected).filter(|&kept| kept > 0)?;
    let thousandths = (WHOLE * u128::from(ONE) + kept / 2) / kept;
    Some(u64::try_from(thousandths).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the specification, and what is no threshold.
    #[test]
    fn thresholds_give_counts() {
        for (state, expected) in [
            ("ot=th:0", Some(1000)),
            ("ot=th:8", Some(2000)),
            ("ot=th:c", Some(4000)),
            ("ot=th:fd70a4", Some(100_000)),
            ("vendor=x, ot=rv:abc;th:8", Some(2000)),
            ("ot=p:8;r:62", Some(256_000)),
            ("ot=p:63", None),
            ("ot=th:", None),
            ("ot=th:+8", None),
            ("ot=th:ffffffffffffff", Some(72_057_594_037_927_936_000u128.min(u64::MAX.into()) as u64)),
            ("ot=th:fffffffffffffff", None),
            ("not=th:8", None),
            ("", None),
        ] {
            assert_eq!(adjusted_count(state), expected, "{state}");
        }
    }
}
