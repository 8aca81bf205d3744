use super::pauses::{Pauses, times};
use super::stage::{Stage, limits};

/// When the tries of a call start, if the callee takes the same time for each.
#[derive(Clone, Debug)]
pub struct Timeline<'a> {
    /// Outermost first.
    legs: Vec<Leg<'a>>,
    /// All tries together, in milliseconds.
    length: f64,
}

#[derive(Clone, Debug)]
struct Leg<'a> {
    /// How many start.
    tries: f64,
    /// How long each takes, all tries of the legs behind it included.
    each: f64,
    pauses: Pauses<'a>,
}

impl<'a> Timeline<'a> {
    /// O(layers). A layer that retries neither late answers nor errors has one try; one that retries late answers only
    /// has one if the callee answers in time.
    pub(super) fn new(stages: &'a [Stage], callee: f64) -> Self {
        let mut legs = Vec::with_capacity(stages.len());
        let mut length = callee;
        for (stage, limit) in stages.iter().zip(limits(stages)).rev() {
            let each = stage.per_try.min(length);
            let again = stage.retried.error || (stage.retried.late && length > stage.per_try);
            let pauses = Pauses(&stage.pauses);
            let tries = pauses.started(if again { stage.tries } else { 1.0 }, each, limit);
            length = stage.length(tries, each, limit);
            legs.push(Leg { tries, each, pauses });
        }
        legs.reverse();
        Self { legs, length }
    }

    /// How long all tries together take, in milliseconds; infinite if nothing limits them.
    pub fn length(&self) -> f64 {
        self.length
    }

    /// How many tries reach the callee.
    pub fn tries(&self) -> f64 {
        self.legs.iter().map(|leg| leg.tries).product()
    }

    /// How many of them start within so many milliseconds; none if there are none left.
    pub fn started(&self, within: f64) -> f64 {
        if within <= 0.0 {
            return 0.0;
        }
        let (mut count, mut left) = (0.0, within);
        for (i, leg) in self.legs.iter().enumerate() {
            let started = leg.pauses.started(leg.tries, leg.each, left);
            let behind: f64 = self.legs.iter().skip(i + 1).map(|leg| leg.tries).product();
            count += times(started - 1.0, behind);
            left -= leg.pauses.start_of(started, leg.each);
        }
        count + 1.0
    }
}
