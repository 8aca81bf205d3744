/// Pauses between tries in milliseconds; the last one repeats. No pauses are no wait at all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pauses<'a>(pub(super) &'a [f64]);

impl Pauses<'_> {
    /// When the last of so many tries starts, if each takes `each` milliseconds; the first one starts at 0.
    pub(super) fn start_of(self, tries: f64, each: f64) -> f64 {
        let between = (tries - 1.0).max(0.0);
        let listed: f64 = self.0.iter().zip(0u32..).take_while(|(_, i)| f64::from(*i) < between).map(|(p, _)| p).sum();
        let last = self.0.last().copied().unwrap_or(0.0);
        times(between, each) + listed + times((between - self.0.len() as f64).max(0.0), last)
    }

    /// How many of `tries` start before `limit`, if each takes `each` milliseconds. The first one always does.
    pub(super) fn started(self, tries: f64, each: f64, limit: f64) -> f64 {
        if !each.is_finite() || limit <= 0.0 {
            return 1.0;
        }
        if limit.is_infinite() {
            return tries;
        }
        let (mut count, mut start) = (1.0, 0.0);
        for pause in self.0 {
            if count >= tries || start + each + pause >= limit {
                return count;
            }
            start += each + pause;
            count += 1.0;
        }
        let step = each + self.0.last().copied().unwrap_or(0.0);
        if step <= 0.0 {
            return tries;
        }
        // The last that starts strictly before the limit; what is on it but for rounding does not.
        let more = ((limit - start) / step - 1e-9).ceil() - 1.0;
        (count + more.max(0.0)).min(tries)
    }
}

/// A product in which nothing times without bound is nothing.
pub(super) fn times(count: f64, each: f64) -> f64 {
    if count == 0.0 || each == 0.0 { 0.0 } else { count * each }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts and counts agree with counting one by one, also where the last pause repeats and on the very limit.
    #[test]
    fn counts_agree_with_counting() {
        for pauses in [&[][..], &[100.0], &[100.0, 200.0], &[0.0]] {
            for each in [0.0, 250.0, 500.0] {
                for limit in [0.0, 1.0, 500.0, 1000.0, 1850.0, 3000.0] {
                    for tries in 1..12u32 {
                        let pause = |i: usize| pauses.get(i).or(pauses.last()).copied().unwrap_or(0.0);
                        let starts: Vec<f64> = (0..tries as usize)
                            .scan(0.0, |at, i| {
                                let start = *at;
                                *at += each + pause(i);
                                Some(start)
                            })
                            .collect();
                        let by_hand = starts.iter().filter(|&&s| s < limit).count().max(1);
                        let p = Pauses(pauses);
                        assert_eq!(
                            p.started(f64::from(tries), each, limit),
                            by_hand as f64,
                            "{pauses:?} {each} {limit} {tries}"
                        );
                        assert_eq!(p.start_of(f64::from(tries), each), starts[tries as usize - 1]);
                    }
                }
            }
        }
    }

    /// Without bound stays without bound and is never undefined.
    #[test]
    fn without_bound() {
        assert_eq!(Pauses(&[]).started(f64::INFINITY, 0.0, 1000.0), f64::INFINITY);
        assert_eq!(Pauses(&[10.0]).started(f64::INFINITY, 0.0, 1000.0), 100.0);
        assert_eq!(Pauses(&[]).started(5.0, f64::INFINITY, f64::INFINITY), 1.0);
        assert_eq!(Pauses(&[]).start_of(f64::INFINITY, 0.0), 0.0);
        assert_eq!(Pauses(&[1.0]).start_of(f64::INFINITY, 0.0), f64::INFINITY);
    }
}
