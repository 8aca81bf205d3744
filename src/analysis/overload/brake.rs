use super::regime::Row;
use super::traffic::{Brake, Room, Traffic};
use crate::graph::DependencyId;

/// What would get a component out of a state that sustains itself, and by how much of it. Each is enough alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brakes {
    /// The largest retry budget on every call, as a share of requests, in whole percent; nothing if not even no retries
    /// at all would do.
    pub budget: Option<f64>,
    /// The call on which one circuit breaker alone does.
    pub breaker: Option<DependencyId>,
    /// Requests per second down to which load has to be shed until it has recovered.
    pub shed_to: f64,
    /// Requests per second that it would have to serve; infinite if no capacity does.
    pub capacity: f64,
}

/// Calls on which a breaker is tried: those with the most tries.
const TRIED: usize = 16;

/// Tries each. O(calls) for each attempt.
pub(super) fn brakes(traffic: &Traffic<'_>, row: &Row, room: &Room<'_>) -> Brakes {
    let v = row.component.0;
    let recovers = |brake: Brake| {
        let end = traffic.sustained(&traffic.everything(), room, brake, false);
        end.at.over.binary_search(&v).is_err()
    };
    // In percent: the more retries, the worse.
    let (mut enough, mut too_much) = (0u32, 1_000u32);
    let budget = if recovers(Brake::Budget(1.0)) {
        while too_much - enough > 1 {
            let middle = enough.midpoint(too_much);
            if recovers(Brake::Budget(1.0 + f64::from(middle) / 100.0)) {
                enough = middle;
            } else {
                too_much = middle;
            }
        }
        Some(f64::from(enough) / 100.0)
    } else {
        None
    };
    let mut retried: Vec<_> = traffic.edges.iter().filter(|e| e.overloaded > 1.0).collect();
    retried.sort_by(|a, b| {
        ((b.to == v).cmp(&(a.to == v)))
            .then(b.overloaded.total_cmp(&a.overloaded))
            .then(a.dependency.cmp(&b.dependency))
    });
    let breaker = retried.iter().take(TRIED).map(|e| e.dependency).find(|&id| recovers(Brake::Breaker(id)));
    Brakes { budget, breaker, shed_to: row.hidden_capacity(), capacity: row.load * row.amplification }
}
