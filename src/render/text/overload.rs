use super::assumed::rests_on;
use super::page::{Ink, Line, Page, place, shown, wrapped};
use crate::analysis::overload::{Backlog, Cascade, Feedback, OUTAGE_MS, Overload, Regime, Row, Trigger};
use crate::graph::{Assumption, Graph, Labels};
use crate::rules::load;
use crate::rules::words::{any_of, count, duration, factor, list};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rows of a section that fit a screen.
const ROWS: usize = 10;

/// Who gets more than he can serve, after what, and who then stays so; loops through pools, and queues.
pub fn overload(
    graph: &Graph,
    labels: &Labels,
    found: &Overload,
    assumptions: &[Assumption],
    limit: Option<usize>,
) -> String {
    let mut page = Page::default();
    let limit = limit.unwrap_or(ROWS);
    regimes(&mut page, graph, labels, found, limit);
    cascades(&mut page, graph, labels, found, limit);
    let feedbacks: Vec<&Feedback> = found.feedbacks.iter().collect();
    section(&mut page, "Loops through limited capacities", &feedbacks, limit, |f| load::feedback(graph, labels, f));
    let backlogs: Vec<&Backlog> = found.backlogs.iter().collect();
    section(&mut page, "Queues", &backlogs, limit, |b| backlog(labels, b));
    let holders = found.feedbacks.iter().flat_map(|f| &f.holders);
    let mut ids: BTreeSet<Arc<str>> = holders.flat_map(|h| h.bases.iter().map(|b| b.id().into())).collect();
    ids.extend(found.rows.iter().flat_map(|r| found.of(r.component)));
    rests_on(&mut page, graph, assumptions, &ids);
    page.finish()
}

fn regimes(page: &mut Page, graph: &Graph, labels: &Labels, found: &Overload, limit: usize) {
    let not_stable = found.rows.iter().filter(|r| r.regime != Regime::Stable).count();
    let known = count(found.rows.len(), "component", "components");
    let title = match (found.rows.len(), not_stable) {
        (0, _) => "Of no component both the load and the capacity are known".to_owned(),
        (_, 0) => format!("{known} of known load and capacity: each recovers from overload by itself"),
        (_, n) => format!("{n} of {known} of known load and capacity would not recover from overload"),
    };
    page.line(Line::default().add(if not_stable > 0 { Ink::Strong } else { Ink::Good }, title));
    if found.rows.is_empty() {
        page.line(Line::of(
            "load.rps on an entry and capacity.rps in native manifests, or [capacity] in linchpin.toml, say them",
        ));
    }
    let mut rows: Vec<&Row> = found.rows.iter().collect();
    let over = |r: &Row| r.load * r.amplification / r.capacity;
    rows.sort_by(|a, b| b.regime.cmp(&a.regime).then(over(b).total_cmp(&over(a))).then(a.component.cmp(&b.component)));
    let fits = shown(rows.len(), limit);
    let table = rows.iter().take(fits).map(|r| {
        let ink = match r.regime {
            Regime::Stable => Ink::Good,
            Regime::Vulnerable if r.certain == Regime::Stable => Ink::Weak,
            Regime::Vulnerable | Regime::Overloaded => Ink::Bad,
        };
        let then = if r.amplification > 1.0 {
            format!(
                "× {} once overloaded: recovers by itself up to {}",
                factor(r.amplification),
                load::rate(r.hidden_capacity())
            )
        } else {
            String::new()
        };
        let word =
            if r.certain == r.regime { r.regime.word().to_owned() } else { format!("{} at worst", r.regime.word()) };
        vec![
            Line::default().add(Ink::Strong, labels.of(r.component)),
            Line::default().add(ink, word),
            Line::of(format!("{} of {} a second", load::rate(r.load), load::rate(r.capacity))),
            Line::of(then),
            Line::default().add(Ink::Dim, place(graph.component(r.component).evidence.first())),
        ]
    });
    page.table("  ", table.collect());
    page.more("  ", rows.len(), fits);
    let herds = rows.iter().take(fits).filter_map(|r| Some((r, r.herd.filter(|h| h.at_once() > r.capacity)?)));
    for (r, herd) in herds {
        text(page, "  ", &load::herd(labels, r, herd));
    }
    let ways = rows.iter().take(fits).filter_map(|r| Some((r, load::ways_out(graph, labels, r)?)));
    for (r, ways) in ways {
        text(page, "  ", &format!("{} is got out of it by {ways}", labels.of(r.component)));
    }
}

fn cascades(page: &mut Page, graph: &Graph, labels: &Labels, found: &Overload, limit: usize) {
    let empty = |c: &Cascade| found.cascades.of(Trigger::ColdCache(c.trigger.component())).is_some();
    // What a component's own outage leaves it in stands above, and a cache that is down is an empty one.
    let others = |c: &&Cascade| match c.trigger {
        Trigger::Outage(id) => c.overloaded.iter().any(|e| e.component != id) && !empty(c),
        Trigger::Instance(_) | Trigger::ColdCache(_) => true,
    };
    let mut stories: BTreeMap<String, Vec<&Cascade>> = BTreeMap::new();
    for c in found.cascades.rows.iter().filter(others) {
        stories.entry(load::outcome(labels, c)).or_default().push(c);
    }
    let mut rows: Vec<(String, Vec<&Cascade>)> = stories.into_iter().collect();
    rows.sort_by_key(|(_, of)| of.first().map(|c| (Reverse(c.overloaded.len()), c.trigger)));
    let rows: Vec<&(String, Vec<&Cascade>)> = rows.iter().collect();
    section(page, "Triggers", &rows, limit, |(outcome, of)| {
        let whens = any_of(of.iter().map(|c| load::when(graph, labels, c.trigger)), 3);
        format!("{whens}: {outcome}")
    });
    if found.cascades.tried < found.cascades.total {
        let (tried, total) = (found.cascades.tried, found.cascades.total);
        page.line(Line::of(format!(
            "  of {total} triggers {tried} were tried: the graph is too large for all of them"
        )));
    }
}

fn section<T>(page: &mut Page, title: &str, rows: &[&T], limit: usize, say: impl Fn(&T) -> String) {
    if rows.is_empty() {
        return;
    }
    page.gap();
    page.line(Line::default().add(Ink::Strong, title));
    let fits = shown(rows.len(), limit);
    rows.iter().take(fits).for_each(|row| text(page, "  ", &say(row)));
    page.more("  ", rows.len(), fits);
}

fn text(page: &mut Page, indent: &str, text: &str) {
    const WIDTH: usize = 110;
    for (i, line) in wrapped(text, WIDTH).into_iter().enumerate() {
        page.line(Line::of(format!("{indent}{}{line}", if i == 0 { "" } else { "  " })));
    }
}

fn backlog(labels: &Labels, b: &Backlog) -> String {
    let (queue, consumer) = (labels.of(b.queue), labels.of(b.consumer));
    let mut said: Vec<String> = Vec::new();
    if let Some(waiting) = b.waiting(OUTAGE_MS) {
        let after = match b.drain_ms(OUTAGE_MS) {
            Some(ms) if ms.is_finite() => format!(", worked off in {}", duration(ms)),
            Some(_) => ", never worked off".to_owned(),
            None => String::new(),
        };
        let load = load::rate(b.load.unwrap_or(0.0));
        said.push(format!(
            "{load} a second: {} without {consumer} leave {} waiting{after}",
            duration(OUTAGE_MS),
            factor(waiting.round())
        ));
    }
    said.extend(b.longest_without_loss_ms().map(|ms| format!("lost after {}", load::long(ms))));
    said.extend(b.given_up_ms.map(|ms| format!("given up on after {} of failing", load::long(ms))));
    format!("{queue} → {consumer}: {}", list(said, 4))
}
