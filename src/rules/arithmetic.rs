//! How the products behind a number of calls are put into words.

use super::words::factor;
use crate::analysis::amplification::{Fault, Hop};
use crate::analysis::call::{Bound, LayerTries};
use std::sync::Arc;

/// `3 library × 2 calls × 4 client-mesh = 24`; what multiplies by one is left out, and so is the sum of a single factor.
pub fn product(hops: &[Arc<Hop>]) -> String {
    let total: f64 = hops.iter().map(|hop| hop.gain()).product();
    match factors(hops) {
        factors if factors.contains(" × ") => format!("{factors} = {}", factor(total)),
        factors => factors,
    }
}

/// `3 library × 2 calls × 4 client-mesh`.
pub fn factors(hops: &[Arc<Hop>]) -> String {
    hops.iter().flat_map(|hop| of_hop(hop)).collect::<Vec<_>>().join(" × ")
}

/// The factors of one call.
pub fn of_hop(hop: &Hop) -> Vec<String> {
    let calls = (hop.calls != 1.0).then(|| format!("{} calls", factor(hop.calls)));
    calls.into_iter().chain(hop.layers.iter().filter(|l| l.tries > 1.0).map(of_layer)).collect()
}

/// `3 library`, `1.2 library (budget)`, `2 of 4 client-mesh (deadline)`.
pub fn of_layer(layer: &LayerTries) -> String {
    let name = layer.layer.word();
    let (tries, configured) = (factor(layer.tries), factor(layer.configured));
    match layer.bound {
        Bound::Nothing => format!("{tries} {name}"),
        Bound::Deadline if layer.configured.is_infinite() => format!("{tries} {name} (until the deadline)"),
        Bound::Condition => format!("{tries} of {configured} {name} (not retried)"),
        Bound::Deadline => format!("{tries} of {configured} {name} (deadline)"),
        Bound::FirstTry => format!("{tries} of {configured} {name} (nothing ends the first)"),
        Bound::Budget => format!("{tries} {name} (budget)"),
    }
}

/// What is wrong with a target, as the end of a sentence.
pub fn when(fault: Fault) -> &'static str {
    match fault {
        Fault::Outage => "is down",
        Fault::Error => "answers with errors",
        Fault::Latency => "does not answer",
    }
}
