//! What happens, and where it stops, in words. Both the text for people and the JSON use them.

use crate::analysis::scenario::{Brake, Fault, Link, Outcome, Stop, What};
use crate::graph::Labels;
use crate::rules::words::{count, count_of, duration, factor, list, percent};

/// A time that may have no end.
fn time(ms: f64) -> String {
    if ms.is_finite() { duration(ms) } else { "for ever".to_owned() }
}

/// `40/s`.
fn rate(rps: f64) -> String {
    format!("{}/s", factor((rps * 10.0).round() / 10.0))
}

/// `40/s`, or `40/s, 10/s of which wait,`.
fn arriving(rps: f64, waiting: f64) -> String {
    if waiting > 0.99 * rps { rate(rps) } else { format!("{}, {} of which wait,", rate(rps), rate(waiting)) }
}

/// ` after 2 s`, if something happens later than the fault begins.
fn after(link: &Link) -> String {
    link.at_ms.filter(|ms| *ms > 0.0).map_or_else(String::new, |ms| format!(" after {}", duration(ms)))
}

fn amount(held: f64) -> String {
    if held.is_finite() { factor(held.round()) } else { "any number".to_owned() }
}

/// One thing that happens, in a sentence without a full stop.
pub(crate) fn link(labels: &Labels, link: &Link) -> String {
    let name = labels.of(link.component);
    match &link.what {
        What::Late { ms, usual_ms } => {
            let usual = usual_ms.map_or_else(String::new, |ms| format!(" instead of {}", duration(ms)));
            if ms.is_finite() {
                format!("{name} answers after {}{usual}", duration(*ms))
            } else {
                format!("{name} never answers")
            }
        }
        What::Waits { provider, ms, usual_ms, tries } => {
            let usual = usual_ms.map_or_else(String::new, |ms| format!(" instead of {}", duration(ms)));
            let tries = if *tries > 1.0 { format!(", {} tries", factor(*tries)) } else { String::new() };
            format!("{name} waits {} for {}{usual}{tries}", time(*ms), labels.of(*provider))
        }
        What::GivesUp { provider, after_ms, hard, .. } => {
            let then = if *hard { "and fails: it needs it" } else { "and goes on without" };
            format!("{name} gives up on {} after {} {then}", labels.of(*provider), time(*after_ms))
        }
        What::OutOfTime { ms, limit_ms } => {
            format!("{name} needs {} where {} are allowed: its answers come too late", time(*ms), duration(*limit_ms))
        }
        What::Retries { provider, tries, rps } => {
            let rps = rps.map_or_else(String::new, |rps| format!(", {}", rate(rps)));
            format!("{name} calls {} {} times for each call{rps}", labels.of(*provider), factor(*tries))
        }
        What::Fills { pool, held, capacity, rps, hit, enough_rps, full } => {
            let own = pool.map_or_else(String::new, |pool| format!(" of {}", labels.of(pool)));
            let has = format!("{}{own}", factor(*capacity));
            match rps {
                Some(rps) if *full => format!(
                    "{name} is full{}: {} would need {} at once, it has {has}; every request suffers",
                    after(link),
                    arriving(*rps, rps * hit),
                    amount(*held),
                ),
                Some(rps) => format!("{name} holds: {} need {} at once of {has}", rate(*rps), amount(*held)),
                None if *enough_rps > 0.0 => {
                    format!("{name} is full from {} on (it has {has} at once)", rate(*enough_rps))
                }
                None => format!("{name} is full at any load in the end (it has {has} at once)"),
            }
        }
        What::Drains { holders, held, others, capacity, rps, waiting_rps, enough_rps } => {
            let who = list(holders.iter().map(|&h| labels.of(h)), 3);
            let holds = if holders.len() == 1 { "holds" } else { "hold" };
            let enough = match (rps, *enough_rps) {
                (Some(rps), _) => {
                    let beside =
                        if *others >= 0.5 { format!(" beside {} of others", amount(*others)) } else { String::new() };
                    format!(
                        "{} need {} at once{beside}, it has {}",
                        arriving(*rps, waiting_rps.unwrap_or(*rps)),
                        amount(held - others),
                        factor(*capacity)
                    )
                }
                (None, enough) if enough > 0.0 => {
                    format!("{} are enough for all {}", rate(enough), factor(*capacity))
                }
                (None, _) => format!("any load is enough for all {} in the end", factor(*capacity)),
            };
            format!("{name} is exhausted{}: {who} {holds} it while waiting; {enough}", after(link))
        }
        What::Starved { pool, served } => {
            let served = match served {
                Some(served) if *served > 0.0 => format!(" for {} of its requests", percent(1.0 - served)),
                _ => String::new(),
            };
            format!("{name} finds nothing left in {}{served}", labels.of(*pool))
        }
        What::Fails { provider } => format!("{name} fails: it needs {}", labels.of(*provider)),
        What::Killed { needs_ms, drain_ms } => {
            format!(
                "a deploy of {name} now kills what is under way: it needs {}, and gets {} to stop",
                time(*needs_ms),
                duration(*drain_ms)
            )
        }
        What::Overloaded { from, times, rps, capacity } => {
            let from = from.map_or_else(String::new, |f| format!(" from {}", labels.of(f)));
            let times = if times.is_finite() {
                format!("{} times its load", factor((times * 100.0).round() / 100.0))
            } else {
                "more load".to_owned()
            };
            match (rps, capacity) {
                (Some(rps), Some(capacity)) => {
                    format!("{name} gets {times}{from}: {} of {}", rate(*rps), rate(*capacity))
                }
                (Some(rps), None) => {
                    format!("{name} gets {times}{from}: {}; nobody knows what it can take", rate(*rps))
                }
                (None, Some(capacity)) => format!("{name} gets {times}{from}: it can take {}", rate(*capacity)),
                (None, None) => format!("{name} gets {times}{from}: nobody knows how much, nor what it can take"),
            }
        }
        What::TakesOver { members, left } => {
            format!(
                "{} of {name} {} the load of {}",
                count_of(*left, "member", "members"),
                if *left == 1 { "takes" } else { "take" },
                members
            )
        }
        What::Restarts { provider, instances } => {
            let all = match instances {
                Some(n) if *n > 1 => format!("all {n} instances of {name} are"),
                _ => format!("{name} is"),
            };
            format!("{all} started again and again: a probe asks {}", labels.of(*provider))
        }
        What::Mixes { instances } => {
            format!("until it is done, old and new ones of {name}'s {instances} instances answer side by side")
        }
        What::Piles { consumer, rps, lasts_ms, waiting, drain_ms, lost } => {
            let off = match drain_ms {
                Some(ms) if ms.is_finite() => format!(", worked off in {}", duration(*ms)),
                Some(_) => ", which it never works off".to_owned(),
                None => String::new(),
            };
            let lost = lost.map_or_else(String::new, |n| format!("; {} are too old by then and lost", amount(n)));
            format!(
                "{} wait in {name} after {} without {} ({}){off}{lost}",
                amount(*waiting),
                time(*lasts_ms),
                labels.of(*consumer),
                rate(*rps)
            )
        }
        What::Cold { cache, times } => {
            format!(
                "{} is cold: {name} gets up to {} times the load",
                labels.of(*cache),
                factor((times * 100.0).round() / 100.0)
            )
        }
        What::Stores { from } => {
            format!("{name} keeps or passes on what {} writes; replicas copy it", labels.of(*from))
        }
        What::Reads { from } => format!("{name} takes it from {}", labels.of(*from)),
        What::Poisoned { queue, deliveries, blocked_ms } => {
            let times = deliveries.map_or_else(
                || "again and again".to_owned(),
                |n| if n.is_finite() { format!("{} times", factor(n)) } else { "without end".to_owned() },
            );
            let time =
                blocked_ms.filter(|ms| ms.is_finite()).map_or_else(String::new, |ms| format!(", for {}", duration(ms)));
            format!("{name} gets the message from {} {times}{time}", labels.of(*queue))
        }
        What::Takes { changed, instances } => {
            let all = instances
                .map_or_else(String::new, |n| if n > 1 { format!(", all {n} instances") } else { String::new() });
            format!("{name} takes the change of {}{all}", labels.of(*changed))
        }
        What::RollsOut { share } => {
            let at_once = if *share > 0.0 {
                format!("{} of its instances", percent(*share))
            } else {
                "one new instance".to_owned()
            };
            format!("a rollout of {name} itself is stopped after {at_once} if it looks at readiness")
        }
    }
}

/// Where a fault stops, in a sentence without a full stop.
pub(crate) fn stop(labels: &Labels, stop: &Stop) -> String {
    let name = labels.of(stop.component);
    match &stop.by {
        Brake::Asynchronous { provider } => format!("{name} does not wait for {}: asynchronous", labels.of(*provider)),
        Brake::Queued { queue, consumer } => {
            format!("{name} goes on: {} lies between it and {}", labels.of(*queue), labels.of(*consumer))
        }
        Brake::Breaker { provider } => {
            format!("{name} stops waiting for {}: its circuit breaker fails calls at once", labels.of(*provider))
        }
        Brake::Bulkhead { provider, most } => {
            format!(
                "{name} has at most {} to {} under way: a bulkhead",
                count(*most as usize, "call", "calls"),
                labels.of(*provider)
            )
        }
        Brake::Reserved { pool, amount, spared } => {
            let pool = labels.of(*pool);
            if *spared {
                format!("{name} keeps its own {} of {pool}: reserved", factor(*amount))
            } else {
                format!("{name} can hold no more than its own {} of {pool}: reserved", factor(*amount))
            }
        }
        Brake::Timeout { pool, let_in, held, capacity } => {
            let let_in = let_in.map_or_else(String::new, |rps| format!(", as no more than {} are let in", rate(rps)));
            format!(
                "{} holds although {name} waits: {} of {} at once{let_in}",
                labels.of(*pool),
                amount(*held),
                factor(*capacity)
            )
        }
        Brake::Soft { provider } => format!("{name} goes on without {}: soft", labels.of(*provider)),
        Brake::Fallback { provider, standby } => {
            format!("{name} falls back from {} to {}", labels.of(*provider), labels.of(*standby))
        }
        Brake::Budget { provider, tries, configured } => format!(
            "{name} tries {} {} times and not {}: a budget",
            labels.of(*provider),
            factor(*tries),
            factor(*configured)
        ),
        Brake::Buffer { provider, ms } => {
            format!("{name} goes on for {} without {}: longer than it lasts", duration(*ms), labels.of(*provider))
        }
        Brake::DeadLetters { queue, deliveries, blocked_ms } => {
            let times = deliveries
                .filter(|n| n.is_finite())
                .map_or_else(String::new, |n| format!(" after {}", count(n as usize, "delivery", "deliveries")));
            let time =
                blocked_ms.filter(|ms| ms.is_finite()).map_or_else(String::new, |ms| format!(", {}", duration(ms)));
            format!("{} puts aside what {name} cannot handle{times}{time}", labels.of(*queue))
        }
        Brake::Optional { provider } => format!("{name} starts without {}: optional", labels.of(*provider)),
        Brake::Headroom { rps, capacity } => format!("{name} has room: {} of {}", rate(*rps), rate(*capacity)),
    }
}

/// What was asked, after the names of what failed: ` answers after 8 s (latency)`.
pub(crate) fn asked(outcome: &Outcome, several: bool) -> String {
    let scenario = &outcome.scenario;
    let how = match (scenario.fault, several) {
        (Fault::Outage, false) => "fails".to_owned(),
        (Fault::Outage, true) => "fail together".to_owned(),
        (Fault::Latency, _) => {
            let verbs = if several { ["answer", "never answer"] } else { ["answers", "never answers"] };
            scenario.latency_ms.map_or(verbs[1].to_owned(), |ms| format!("{} after {}", verbs[0], duration(ms)))
        }
        (Fault::Overload, _) => {
            let verb = if several { "get" } else { "gets" };
            let load = scenario
                .load
                .map_or("more than it can take".to_owned(), |times| format!("{} times the load", factor(times)));
            format!("{verb} {load}")
        }
        (Fault::Corruption, false) => "emits bad data".to_owned(),
        (Fault::Corruption, true) => "emit bad data".to_owned(),
        (Fault::Change, false) => "changes for the worse".to_owned(),
        (Fault::Change, true) => "change for the worse".to_owned(),
    };
    let time = scenario.duration_ms.map_or_else(String::new, |ms| format!(" for {}", duration(ms)));
    format!(" {how}{time} ({})", scenario.fault.word())
}
