use serde::{Deserialize, Serialize};

/// Buckets per doubling of the value: 64 make a bucket 1.6 % wide, so that its middle is at most 0.8 % off.
const RESOLUTION_BITS: u32 = 6;

/// A distribution of durations in nanoseconds: counts in buckets whose width grows with the value.
///
/// Quantiles have a relative error of at most 1/128. All is integers, so two sketches add up to exactly the sketch of
/// both data sets, in any order and on any machine. A bucket is named by the exponent of its values and their next six
/// bits (what HdrHistogram calls log-linear); below 128 ns values are exact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sketch {
    /// Bucket and count, by bucket; no empty ones.
    buckets: Vec<(u16, u64)>,
}

impl Sketch {
    /// Adds a duration.
    pub fn add(&mut self, ns: u64) {
        let bucket = bucket(ns);
        match self.buckets.binary_search_by_key(&bucket, |&(b, _)| b) {
            Ok(i) => {
                if let Some((_, held)) = self.buckets.get_mut(i) {
                    *held = held.saturating_add(1);
                }
            }
            Err(i) => self.buckets.insert(i, (bucket, 1)),
        }
    }

    /// Adds another sketch.
    pub fn merge(&mut self, other: &Sketch) {
        if self.is_empty() || other.is_empty() {
            self.buckets.extend_from_slice(&other.buckets);
            return;
        }
        let mut both = Vec::with_capacity(self.buckets.len() + other.buckets.len());
        let mut held = self.buckets.iter().copied().peekable();
        for &(bucket, count) in &other.buckets {
            both.extend(std::iter::from_fn(|| held.next_if(|&(b, _)| b < bucket)));
            let same = held.next_if(|&(b, _)| b == bucket).map_or(0, |(_, count)| count);
            both.push((bucket, count.saturating_add(same)));
        }
        both.extend(held);
        self.buckets = both;
    }

    /// Number of durations.
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, &(_, count)| sum.saturating_add(count))
    }

    /// The `q`-quantile (0 to 1, nearest rank) in nanoseconds; nothing if there are no durations.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        let rank = ((q.clamp(0.0, 1.0) * count as f64).ceil() as u64).max(1);
        let mut below = 0u64;
        self.buckets.iter().find_map(|&(bucket, count)| {
            below = below.saturating_add(count);
            (below >= rank).then(|| middle(bucket))
        })
    }

    /// Whether there are no durations.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// Whether buckets are in order and none is empty, as [`Sketch::add`] leaves them: false for what was read from a
    /// broken file.
    pub fn is_sound(&self) -> bool {
        self.buckets.iter().all(|&(bucket, count)| count > 0 && bucket <= self::bucket(u64::MAX))
            && self.buckets.is_sorted_by(|a, b| a.0 < b.0)
    }
}

fn bucket(ns: u64) -> u16 {
    let exponent = (u64::BITS - ns.leading_zeros()).saturating_sub(RESOLUTION_BITS + 1);
    let mantissa = ns >> exponent;
    // Below 2^7 the mantissa is the value; above, it has its top bit set, which carries into the exponent.
    ((u64::from(exponent) << RESOLUTION_BITS) + mantissa) as u16
}

fn middle(bucket: u16) -> f64 {
    let exponent = (bucket >> RESOLUTION_BITS).saturating_sub(1);
    let mantissa = u64::from(bucket - (exponent << RESOLUTION_BITS));
    let width = 2f64.powi(i32::from(exponent));
    mantissa as f64 * width + (width - 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The middle of a value's bucket is within 1/128 of the value, over the whole range.
    #[test]
    fn the_error_is_bounded() {
        let mut ns = 1u64;
        while ns < u64::MAX / 3 {
            for value in [ns, ns + ns / 3, ns + ns / 127] {
                let error = (middle(bucket(value)) - value as f64).abs() / value as f64;
                assert!(error <= 1.0 / 128.0, "{value}: {error}");
            }
            ns *= 2;
        }
        assert_eq!(middle(bucket(0)), 0.0);
        assert!(bucket(u64::MAX) > bucket(u64::MAX / 2));
    }

    /// Buckets grow with the value, without gaps.
    #[test]
    fn buckets_are_contiguous() {
        let mut last = 0;
        for ns in 0..100_000 {
            let bucket = bucket(ns);
            assert!(bucket == last || bucket == last + 1, "{ns}");
            last = bucket;
        }
    }

    /// Merging gives exactly the sketch of all the data, and its quantiles are those of the data.
    #[test]
    fn merging_is_exact() {
        let (mut whole, mut odd, mut even) = (Sketch::default(), Sketch::default(), Sketch::default());
        for ns in 1..=10_000u64 {
            whole.add(ns * 1000);
            if ns % 2 == 0 { &mut even } else { &mut odd }.add(ns * 1000);
        }
        even.merge(&odd);
        assert_eq!(even, whole);
        assert!(whole.is_sound());
        for (q, expected) in [(0.0, 1e3), (0.5, 5e6), (0.99, 9.9e6), (1.0, 1e7)] {
            let found = whole.quantile(q).unwrap();
            assert!((found - expected).abs() / expected < 1.0 / 128.0, "{q}: {found}");
        }
        assert_eq!(Sketch::default().quantile(0.5), None);
    }
}
