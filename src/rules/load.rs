//! How loads, what they trigger and what gets out of it are put into words.

use super::words::{duration, factor, list, percent};
use crate::analysis::overload::{Cascade, Feedback, Herd, Row, Trigger};
use crate::graph::{Graph, Labels};

/// Requests per second: `333`, `0.4`.
pub fn rate(rps: f64) -> String {
    if rps >= 10.0 && rps.is_finite() { factor(rps.round()) } else { factor(rps) }
}

/// A long time given in milliseconds: `12 min`, `6 h`, `4 days`.
pub fn long(ms: f64) -> String {
    const HOUR: f64 = 3_600_000.0;
    match ms {
        ms if ms < 2.0 * HOUR => duration(ms),
        ms if ms < 48.0 * HOUR => format!("{} h", factor((ms / HOUR * 10.0).round() / 10.0)),
        ms => format!("{} days", factor((ms / HOUR / 2.4).round() / 10.0)),
    }
}

/// `zone a is lost`, `payments answers nobody`, `one instance of web is down`, `sessions is empty`.
///
/// Who answers nobody may work all the same, and call others for it: what arrives there is the worst case, which a crash
/// alone does not bring about.
pub fn when(graph: &Graph, labels: &Labels, trigger: Trigger) -> String {
    let name = labels.of(trigger.component());
    match trigger {
        Trigger::Outage(id) if graph.component(id).kind.is_place() => {
            format!("{name} is lost")
        }
        Trigger::Outage(_) => format!("{name} answers nobody"),
        Trigger::Instance(_) => format!("one instance of {name} is down"),
        Trigger::ColdCache(_) => format!("{name} is empty"),
    }
}

/// What a trigger leads to, in a sentence.
pub fn cascade(graph: &Graph, labels: &Labels, c: &Cascade) -> String {
    format!("when {}, {}", when(graph, labels, c.trigger), outcome(labels, c))
}

/// `web gets 600 requests a second (it can serve 533)`, and whoever else gets too much after a trigger.
pub fn outcome(labels: &Labels, c: &Cascade) -> String {
    let down = |id| c.trigger == Trigger::Outage(id);
    let each = c.overloaded.iter().filter(|e| !down(e.component)).map(|e| {
        let stays = if e.stays { " and stays overloaded" } else { "" };
        let (name, load, capacity) = (labels.of(e.component), rate(e.load), rate(e.capacity));
        format!("{name} gets {load} requests a second (it can serve {capacity}){stays}")
    });
    list(each, 3)
}

/// Who comes back when a component recovers.
pub fn herd(labels: &Labels, row: &Row, herd: Herd) -> String {
    let name = labels.of(row.component);
    let requests = factor(herd.requests.round());
    if herd.window_ms <= 0.0 {
        return format!(
            "when {name} answers again, {requests} requests try it at once; pauses between tries, random ones, would spread \
             them"
        );
    }
    let (window, spread) = (duration(herd.window_ms), rate(herd.with_jitter()));
    match herd.jitter {
        Some(true) => format!(
            "when {name} answers again, {requests} requests try it within the {window} of their random pauses: {spread} a \
             second"
        ),
        Some(false) | None => format!(
            "when {name} answers again, {requests} requests try it at once; random pauses of up to {window} would make that \
             {spread} a second"
        ),
    }
}

/// What gets a component out of a state that sustains itself; nothing if that was not looked for.
pub fn ways_out(graph: &Graph, labels: &Labels, row: &Row) -> Option<String> {
    let brakes = row.brakes.as_ref()?;
    let mut ways: Vec<String> = Vec::new();
    ways.extend(brakes.budget.map(|budget| match budget {
        budget if budget > 0.0 => format!("a retry budget of at most {}", percent(budget)),
        _ => "no retries".to_owned(),
    }));
    ways.extend(brakes.breaker.map(|id| {
        let d = graph.dependency(id);
        format!("a circuit breaker on {} → {}", labels.of(d.from), labels.of(d.to))
    }));
    if brakes.shed_to > 0.0 {
        ways.push(format!("shedding load to {} a second", rate(brakes.shed_to)));
    }
    if brakes.capacity.is_finite() {
        ways.push(format!("serving {} a second", rate(brakes.capacity)));
    }
    let last = ways.pop()?;
    Some(if ways.is_empty() { last } else { format!("{}, or {last}", ways.join(", ")) })
}

/// `3 times`, `without end`.
fn times(n: f64) -> String {
    if n.is_finite() { format!("{} times", factor((n * 100.0).round() / 100.0)) } else { factor(n) }
}

/// The way round a loop through a limited capacity, link by link.
pub fn feedback(graph: &Graph, labels: &Labels, f: &Feedback) -> String {
    let Some(h) = f.holders.get(f.worst) else { return String::new() };
    let name = labels.of(h.component);
    let slow = f.slow(graph).map_or_else(String::new, |id| format!("{} slow → ", labels.of(id)));
    let held = if h.hold_ms.is_finite() { duration(h.hold_ms) } else { "without end".to_owned() };
    let places = factor(f.places);
    let own = if f.pool == h.component {
        format!("its {places} places")
    } else {
        format!("the {places} places of {}", labels.of(f.pool))
    };
    let from = if h.hold_ms.is_finite() {
        format!("from {} requests a second on", rate(f.exhausted_from()))
    } else {
        "at any rate".to_owned()
    };
    let again = match h.retried_by {
        Some((caller, tries)) => format!("{} times out and tries {}", labels.of(caller), times(tries)),
        None => "its callers try again".to_owned(),
    };
    let verdict = match (f.gain, f.feeds_itself()) {
        (Some(gain), Some(true)) => format!("it takes {} times the places there are, and feeds itself", factor(gain)),
        (Some(gain), _) => format!("it takes {} of the places, and dies out", percent(gain)),
        (None, _) if h.hold_ms.is_finite() => match f.sustained_from() {
            rps if rps > 0.0 => format!("it feeds itself from {} requests a second on (load unknown)", rate(rps)),
            _ => "it feeds itself at any rate".to_owned(),
        },
        (None, _) => "it feeds itself at any rate".to_owned(),
    };
    format!(
        "{slow}{name} holds one of {own} for {held} each → none left {from} → {again} → {} the load on {name}: {verdict}",
        times(h.amplification),
    )
}
