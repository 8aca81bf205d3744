//! Little's law: what is held at once is the rate times how long it is held.

/// How long a request takes on average, if a share of them takes longer.
pub(super) fn mean(hit: f64, ms: f64, usual: f64) -> f64 {
    if hit > 0.0 { (1.0 - hit) * usual + hit * ms } else { usual }
}

/// Requests under way at once: Little's law, the part that waits limited by bulkheads.
pub(super) fn within(rps: f64, hit: f64, ms: f64, usual: f64, most_waiting: f64) -> f64 {
    if rps <= 0.0 {
        return 0.0;
    }
    let waiting = if hit > 0.0 { rps * hit * ms / 1000.0 } else { 0.0 };
    waiting.min(most_waiting) + rps * (1.0 - hit) * usual / 1000.0
}
