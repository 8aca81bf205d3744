/// Base of Envoy's pauses unless it is told otherwise, in milliseconds (SEMANTICS A.3).
pub(in crate::facts) const ENVOY_BASE_MS: f64 = 25.0;

/// Pauses that nobody needs to hear of: the last one repeats.
const PAUSES: u32 = 8;

/// The longest pauses of Envoy's jittered backoff in milliseconds: before retry k up to (2^k − 1) times the base, and
/// never more than `most` (10 times the base if absent).
pub(in crate::facts) fn jittered(base: f64, most: Option<f64>, retries: u32) -> Vec<f64> {
    let most = most.unwrap_or(base * 10.0);
    let mut pauses = Vec::new();
    for k in 1..=retries.min(PAUSES) {
        let pause = (f64::from((1u32 << k) - 1) * base).min(most);
        pauses.push(pause);
        if pause >= most {
            break;
        }
    }
    pauses
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Envoy's documented defaults: 25 ms grow to 250 ms.
    #[test]
    fn pauses_grow_to_their_limit() {
        assert_eq!(jittered(25.0, None, 2), [25.0, 75.0]);
        assert_eq!(jittered(25.0, None, 100), [25.0, 75.0, 175.0, 250.0]);
        assert_eq!(jittered(2000.0, Some(3000.0), 3), [2000.0, 3000.0]);
        assert!(jittered(25.0, None, 0).is_empty());
    }
}
