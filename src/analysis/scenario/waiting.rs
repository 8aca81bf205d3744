use super::{Link, Outcome, State, What};
use crate::analysis::overload::{OUTAGE_MS, backlogs};
use crate::analysis::rates;
use crate::facts::Interaction;
use crate::graph::Graph;

/// What waits in queues while those who take from them do not (SEMANTICS G.8): as long as the fault lasts, or for ten
/// minutes where nobody says for how long. A queue that is down itself keeps nothing.
pub(super) fn waiting(graph: &Graph, outcome: &Outcome) -> Vec<Link> {
    let down = |c| outcome.state_after(c) == State::Failed;
    if !graph.dependencies.iter().any(|d| d.interaction == Interaction::AsyncConsume && down(d.from)) {
        return Vec::new();
    }
    let rates = rates(graph);
    let rows = backlogs(graph).into_iter().filter(|b| down(b.consumer) && !down(b.queue));
    let link = |row: crate::analysis::overload::Backlog| {
        let lasts_ms = outcome.scenario.duration_ms.unwrap_or(OUTAGE_MS);
        let what = What::Piles {
            consumer: row.consumer,
            rps: row.load?,
            lasts_ms,
            waiting: row.waiting(lasts_ms)?,
            drain_ms: row.drain_ms(lasts_ms),
            lost: row.lost(lasts_ms).filter(|n| *n > 0.0),
        };
        let assumptions = rates.rests_on(row.queue).into_iter().collect();
        Some(Link { component: row.queue, what, at_ms: None, edge: Some(row.dependency), assumptions })
    };
    rows.filter_map(link).collect()
}
