//! How many requests came in from outside while the traces were taken.

use super::observed::Pairs;
use crate::facts::traces::{Mode, ServiceKey, Summary};
use crate::graph::model::{Assumption, OBSERVED_RATES};
use std::collections::BTreeMap;

/// A handful of example traces says who calls whom, but not how often.
const FEWEST_REQUESTS: f64 = 20.0;
/// Nor does a moment.
const SHORTEST_S: f64 = 10.0;

/// What came in from outside, on average over the time that the traces cover.
#[derive(Debug, Default)]
pub(super) struct Offered {
    /// Requests per second that no traced caller accounts for, by slot; those of a queue are messages.
    pub rps: BTreeMap<usize, f64>,
    requests: f64,
    seconds: f64,
}

impl Offered {
    /// Nothing if the traces are too few or too short for a rate, or do not say when calls were made.
    pub fn of(summary: &Summary, slots: &BTreeMap<&ServiceKey, usize>, pairs: &Pairs<'_>) -> Self {
        let windows = pairs.values().flat_map(BTreeMap::values).filter_map(|calls| calls.window);
        let window = windows.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let seconds = window.map_or(0.0, |(first, last)| last.saturating_sub(first) as f64 / 1e9);
        let mut handled: BTreeMap<usize, f64> = BTreeMap::new();
        for (service, &slot) in slots {
            let operations = summary.services.get(service).into_iter().flat_map(|s| s.operations.values());
            *handled.entry(slot).or_default() += operations.map(|o| whole(o.adjusted)).sum::<f64>();
        }
        let (mut received, mut taken): (BTreeMap<usize, f64>, BTreeMap<usize, f64>) = Default::default();
        for (&(from, to, mode), operations) in pairs {
            let calls: f64 = operations.values().map(|c| whole(c.adjusted)).sum();
            if mode == Mode::Consume {
                *received.entry(from).or_default() += calls;
                // Each consumer gets all that comes.
                let most = taken.entry(to).or_default();
                *most = most.max(calls);
            } else {
                *received.entry(to).or_default() += calls;
            }
        }
        for (queue, calls) in taken {
            *handled.entry(queue).or_default() += calls;
        }
        let outside = |(slot, n): (usize, f64)| (slot, n - received.get(&slot).copied().unwrap_or(0.0));
        let outside: BTreeMap<usize, f64> = handled.into_iter().map(outside).filter(|(_, n)| *n > 0.0).collect();
        let requests = outside.values().sum();
        if requests < FEWEST_REQUESTS || seconds < SHORTEST_S {
            return Self::default();
        }
        Self { rps: outside.into_iter().map(|(slot, n)| (slot, n / seconds)).collect(), requests, seconds }
    }

    /// What is taken for granted where these rates are used.
    pub fn assumption(&self) -> Option<Assumption> {
        (!self.rps.is_empty()).then(|| Assumption {
            id: OBSERVED_RATES.into(),
            text: format!(
                "where no manifest says how many requests come, they are taken to be as many as traces saw: {} from outside in {}",
                grouped(self.requests),
                lasting(self.seconds)
            ),
            setting: Some("load.rps in a native manifest".into()),
            evidence: Vec::new(),
        })
    }
}

/// Adjusted counts are in thousandths.
fn whole(adjusted: u64) -> f64 {
    adjusted as f64 / 1000.0
}

/// `12,345`.
fn grouped(n: f64) -> String {
    let digits = format!("{n:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `90 s`, `10 min`, `36 h`.
fn lasting(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.0} h", s / 3600.0),
    }
}
