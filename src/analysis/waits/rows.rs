use super::worst::{Wait, Waits};
use crate::facts::Interaction;
use crate::graph::{ComponentId, DependencyId, Graph};

/// What a caller allows beside the worst wait for it.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeoutRow {
    /// Who allows: the caller, or the queue whose message is hidden for a time.
    pub from: ComponentId,
    /// Who needs: the callee, or the consumer.
    pub to: ComponentId,
    /// The dependency between them.
    pub dependency: DependencyId,
    /// The least limit of a try, in milliseconds.
    pub budget_ms: f64,
    /// How long the callee may take.
    pub worst: Wait,
    /// How long the callee may certainly take, in milliseconds, if only what has a limit is slow.
    pub limited_ms: f64,
    /// Tries of the callee's own calls that start when the caller has given up; nothing if they have no end.
    pub wasted_tries: Option<u64>,
}

impl TimeoutRow {
    /// What is left, in milliseconds; nothing if the wait has no end.
    pub fn slack_ms(&self) -> Option<f64> {
        self.worst.ms.is_finite().then_some(self.budget_ms - self.worst.ms)
    }

    /// Whether the callee may certainly take longer than the caller allows.
    pub fn inverted(&self) -> bool {
        self.worst.at_least > self.budget_ms
    }

    /// Whether it may do so even if whatever has no limit is fast: then it is not the missing limit alone that is wrong.
    pub fn inverted_by_limits(&self) -> bool {
        self.limited_ms > self.budget_ms
    }
}

/// Every call with a known limit to somebody of whom it is known how long he may take, or that nothing limits it; and
/// every queue that hides messages for a known time from consumers of which it is known. By from and to.
pub fn timeouts(graph: &Graph, waits: &Waits) -> Vec<TimeoutRow> {
    let of_calls = waits.calls.iter().filter_map(|call| {
        let (budget_ms, worst) = (call.try_limit(), waits.answer[call.to.0 as usize]);
        let known = budget_ms.is_finite() && !worst.unknown();
        // When calls of unknown length come before, nobody knows when the others start.
        let wasted_tries = worst.ms.is_finite().then(|| wasted(graph, waits, call.to, budget_ms)).flatten();
        let (from, to, dependency) = (call.from, call.to, call.dependency);
        let limited_ms = waits.limited[to.0 as usize];
        let row = TimeoutRow { from, to, dependency, budget_ms, worst, limited_ms, wasted_tries };
        known.then_some(row)
    });
    let consumed = graph.dependency_ids().map(|id| (id, graph.dependency(id)));
    let of_queues = consumed.filter(|(_, d)| d.interaction == Interaction::AsyncConsume).filter_map(|(id, d)| {
        let budget_ms = graph.component(d.to).settings.visibility_ms?;
        let worst = waits.answer[d.from.0 as usize];
        let limited_ms = waits.limited[d.from.0 as usize];
        let (from, to, wasted_tries) = (d.to, d.from, Some(0));
        let row = TimeoutRow { from, to, dependency: id, budget_ms, worst, limited_ms, wasted_tries };
        (!worst.unknown()).then_some(row)
    });
    let mut rows: Vec<TimeoutRow> = of_calls.chain(of_queues).collect();
    rows.sort_by_key(|r| (r.from, r.to, r.dependency));
    rows
}

/// The tries that a component starts when so much time has passed since it was called.
fn wasted(graph: &Graph, waits: &Waits, of: ComponentId, after: f64) -> Option<u64> {
    let own = waits.need[of.0 as usize];
    if own.ms <= after {
        return Some(0);
    }
    let settings = &graph.component(of).settings;
    let mut start = settings.p99_ms.or(settings.p50_ms).unwrap_or(0.0);
    let mut wasted = 0.0;
    for stage in waits.stages(graph, of) {
        let mut longest = 0.0f64;
        for number in stage {
            let call = &waits.calls[number as usize];
            let callee = waits.answer[call.to.0 as usize];
            let timeline = call.timeline(waits.counted(callee));
            let (length, times) = (timeline.length(), call.in_a_row());
            let left = after - start;
            if left == f64::NEG_INFINITY {
                // Behind a call that may never end nobody knows what starts.
                return None;
            }
            // Of the calls in a row those that start in time, the last of which may be cut: at least the first one.
            let begun = match left > 0.0 {
                true if length > 0.0 => (left / length).ceil().clamp(1.0, times),
                true => times,
                false => 0.0,
            };
            let cut = if begun > 0.0 { timeline.started(left - (begun - 1.0) * length.min(f64::MAX)) } else { 0.0 };
            let in_time = if begun > 0.0 { (begun - 1.0) * timeline.tries() + cut } else { 0.0 };
            wasted += times * timeline.tries() - in_time;
            longest = longest.max(length * times);
        }
        start += longest;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count below 2^53")]
    (wasted.is_finite() && wasted < 9e15).then_some(wasted.max(0.0).round() as u64)
}
