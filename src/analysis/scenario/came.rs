use super::Brake;
use crate::analysis::call::{Call, Limit, Symptom};

/// What comes of one call to a provider that is late or fails.
pub(super) struct Came {
    /// How long the caller waits, all tries and all calls of a request together.
    pub(super) wait: f64,
    /// It comes to nothing.
    pub(super) fails: bool,
    /// Tries of each call.
    pub(super) tries: f64,
    /// Ids of assumptions.
    pub(super) assumptions: Vec<&'static str>,
    /// What holds it back.
    pub(super) stops: Vec<Brake>,
}

/// What comes of a call whose answers take so long, and are errors or not. An answer within all limits is only late;
/// otherwise all tries come to nothing.
pub(super) fn came(call: &Call, breaker: bool, ms: f64, fails: bool) -> Came {
    let limit = call.try_limit();
    let in_time = ms <= limit && ms.is_finite();
    let mut came = Came { wait: 0.0, fails: true, tries: 1.0, assumptions: Vec::new(), stops: Vec::new() };
    if in_time && !fails && !(breaker && limit.is_infinite()) {
        return Came { wait: ms * call.in_a_row(), fails: false, ..came };
    }
    if breaker {
        came.stops.push(Brake::Breaker { provider: call.to });
        if limit.is_infinite() && !fails {
            came.assumptions.push("breaker-counts-late-calls");
        }
        return came;
    }
    let symptom = if in_time { Symptom::Error } else { Symptom::Late };
    came.tries = call.tries(symptom, true);
    let configured = call.tries(symptom, false);
    if came.tries < configured {
        came.stops.push(Brake::Budget { provider: call.to, tries: came.tries, configured });
    }
    came.wait = if in_time { call.timeline(ms).length() } else { call.wait(f64::INFINITY) };
    came.wait *= call.in_a_row();
    if came.wait.is_infinite() && call.limit == Limit::Unknown {
        came.assumptions.push("no-limit-known");
        came.tries = 1.0;
    }
    came
}
