use super::words::{duration, factor, list};
use super::{Context, Finding, rule};
use crate::analysis::scenario::{What, poisoned};
use crate::facts::{Interaction, Plane};
use crate::graph::{ComponentId, DependencyId};

rule! {
    /// ## What it does
    ///
    /// Finds queues and other asynchronous sources whose messages are delivered again when their consumer fails, with
    /// nowhere to put those that it can never handle: no dead-letter queue.
    ///
    /// ## Why is this bad?
    ///
    /// One message that crashes its consumer comes back until it is too old. On an SQS queue that keeps messages for 4
    /// days and hides them for 30 s these are 11,520 deliveries; on a stream or an ordered queue everything behind the
    /// message waits. Replicas do not help: each gets its turn. When it is gone at last, nobody knows what was in it.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// Orders:
    ///   Type: AWS::SQS::Queue          # no RedrivePolicy
    /// ```
    ///
    /// ## Remedy
    ///
    /// A dead-letter queue after a handful of deliveries (`RedrivePolicy: {maxReceiveCount: 5}`), with an alarm on it; for
    /// batches also partial batch responses, so that one message does not bring its neighbours back.
    "LP050" "poison-without-dlq", Warning, High, "Poison",
    "a message that cannot be handled comes again and again"
}

fn check(cx: &Context<'_>) -> Vec<Finding> {
    cx.graph.ids().filter_map(|queue| finding(cx, queue)).collect()
}

fn finding(cx: &Context<'_>, queue: ComponentId) -> Option<Finding> {
    let settings = &cx.graph.component(queue).settings;
    let consumes =
        |d: &crate::graph::Dependency| d.interaction == Interaction::AsyncConsume && d.plane == Plane::Runtime;
    let consumers: Vec<(DependencyId, ComponentId)> =
        cx.graph.dependents(queue).filter(|(_, d)| consumes(d)).map(|(id, d)| (id, d.from)).collect();
    let endless =
        |&(id, _): &(DependencyId, ComponentId)| cx.graph.dependency(id).retry.as_ref().is_some_and(|r| r.unlimited);
    let without =
        settings.dead_letter == Some(false) || (settings.dead_letter.is_none() && consumers.iter().any(endless));
    // What is given up on after a few deliveries is lost, but blocks nobody.
    let several = settings.deliveries.is_none_or(|n| n > 1.0);
    if !without || consumers.is_empty() || !several {
        return None;
    }
    let name = cx.labels.of(queue);
    let who = list(consumers.iter().map(|&(_, c)| cx.labels.of(c)), 3);
    let numbers = match poisoned(cx.graph, queue) {
        What::Poisoned { deliveries: Some(n), blocked_ms: Some(ms), .. } if n.is_finite() => {
            format!("{} times in {}", factor(n), duration(ms))
        }
        What::Poisoned { deliveries: Some(n), .. } if n.is_finite() => format!("{} times", factor(n)),
        What::Poisoned { blocked_ms: Some(ms), .. } if ms.is_finite() => {
            format!("again and again for {}", duration(ms))
        }
        _ => "again and again".to_owned(),
    };
    let message =
        format!("a message that {who} cannot handle comes from {name} {numbers}: there is no dead-letter queue");
    let subjects = std::iter::once(queue).chain(consumers.iter().map(|&(_, c)| c)).collect();
    let mut finding = Finding::new(&RULE, subjects, message);
    finding.path = consumers.first().map(|&(_, c)| vec![queue, c]).unwrap_or_default();
    finding.edges = consumers.first().map(|&(id, _)| vec![id]).unwrap_or_default();
    let own = cx.graph.component(queue).evidence.first();
    let places = consumers.iter().filter_map(|&(id, _)| cx.graph.dependency(id).evidence.first());
    finding.evidence = own.into_iter().chain(places).cloned().collect();
    finding.fix = format!("give {name} a dead-letter queue after a handful of deliveries, with an alarm on it");
    Some(finding)
}
