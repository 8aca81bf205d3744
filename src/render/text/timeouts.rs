use super::assumed::rests_on;
use super::page::{Ink, Line, Page, place, shown};
use crate::analysis::call::Limit;
use crate::analysis::of_timeout;
use crate::analysis::waits::{Bases, Dead, TimeoutRow, Timeouts};
use crate::graph::{Assumption, DependencyId, Graph, Labels};
use crate::rules::words::{count, count_of, duration, list};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows that fit a screen.
const ROWS: usize = 30;

/// What callers allow beside what they may need, the shortest first; then what is wrong with limits otherwise.
pub fn timeouts(
    graph: &Graph,
    labels: &Labels,
    found: &Timeouts,
    assumptions: &[Assumption],
    limit: Option<usize>,
) -> String {
    let mut page = Page::default();
    let pair = |id: DependencyId| {
        let d = graph.dependency(id);
        Line::default().add(Ink::Strong, format!("{} → {}", labels.of(d.from), labels.of(d.to)))
    };
    let said = |id: DependencyId| {
        let d = graph.dependency(id);
        let at = d.timeouts.first().map(|t| &t.evidence).or(d.evidence.first());
        Line::default().add(Ink::Dim, place(at))
    };
    let short = found.rows.iter().filter(|r| r.inverted_by_limits()).count();
    let open = found.rows.iter().filter(|r| r.inverted()).count() - short;
    let title = match (found.rows.len(), short) {
        (0, _) => "Of no call both the limit and the wait are known".to_owned(),
        (n, 0) if open > 0 => {
            format!("{open} of {} before something without a limit", count(n, "limit stands", "limits stand"))
        }
        (n, 0) => format!("{}: none is too short", count(n, "limit", "limits")),
        (n, short) => format!("{short} of {} too short for what is behind", count(n, "limit is", "limits are")),
    };
    page.line(Line::default().add(if short > 0 { Ink::Strong } else { Ink::Good }, title));
    let mut rows: Vec<&TimeoutRow> = found.rows.iter().collect();
    let over = |r: &TimeoutRow| (r.limited_ms - r.budget_ms).max(if r.inverted() { 0.0 } else { f64::NEG_INFINITY });
    rows.sort_by(|a, b| over(b).total_cmp(&over(a)).then((a.from, a.to).cmp(&(b.from, b.to))));
    let table = rows.into_iter().map(|r| {
        let from_to = Line::default().add(Ink::Strong, format!("{} → {}", labels.of(r.from), labels.of(r.to)));
        vec![from_to, Line::of(format!("has {}", duration(r.budget_ms))), need(r), verdict(r), said(r.dependency)]
    });
    block(&mut page, table.collect(), limit);

    let chains = found.chains.iter().map(|c| {
        let way = c.calls.iter().map(|&id| labels.of(graph.dependency(id).to));
        let need = match c.need.at_least.is_finite() {
            true if c.need.ms.is_finite() => duration(c.need.at_least),
            true => format!("{} or more", duration(c.need.at_least)),
            false => "any time".to_owned(),
        };
        let part = if c.beside() { format!(", {} of it", duration(c.waited_ms)) } else { String::new() };
        let waits = format!("may need {need}{part} for {}", list(way, 4));
        let at = place(graph.component(c.component).evidence.first());
        let name = Line::default().add(Ink::Strong, labels.of(c.component));
        vec![
            name,
            Line::of(format!("has {}", duration(c.limit_ms))),
            Line::of(waits),
            Line::default().add(Ink::Dim, at),
        ]
    });
    let n = found.chains.len();
    headed(
        &mut page,
        &count(n, "component allows itself too little", "components allow themselves too little"),
        chains.collect(),
        limit,
    );

    let dead = found.dead.iter().map(|d| {
        let because = match d.what {
            Dead::PerTry => format!("all tries together have {}", duration(d.acting_ms)),
            Dead::BeyondCaller => format!("the caller itself has {}", duration(d.acting_ms)),
        };
        vec![
            pair(d.dependency),
            Line::of(format!("{} {}", duration(d.dead_ms), d.layer.word())),
            Line::of(because),
            said(d.dependency),
        ]
    });
    headed(&mut page, &count(found.dead.len(), "limit never acts", "limits never act"), dead.collect(), limit);

    let drains = found.drains.iter().map(|d| {
        let longest = if d.longest.endless() { "any time".to_owned() } else { duration(d.longest.at_least) };
        let at = place(graph.component(d.component).evidence.first());
        let name = Line::default().add(Ink::Strong, labels.of(d.component));
        let has = Line::of(format!("has {} to stop", duration(d.drain_ms)));
        vec![name, has, Line::of(format!("a request may take {longest}")), Line::default().add(Ink::Dim, at)]
    });
    let n = found.drains.len();
    headed(&mut page, &count(n, "drain is too short", "drains are too short"), drains.collect(), limit);

    let unlimited = |known: bool| {
        let of = found.unlimited.iter().filter(move |(_, l)| (*l != Limit::Unknown) == known);
        of.map(|&(id, _)| vec![pair(id), said(id)]).collect::<Vec<_>>()
    };
    let without = unlimited(true);
    headed(&mut page, &count(without.len(), "call has no limit", "calls have no limit"), without, limit);
    let unknown = unlimited(false);
    let n = count(
        unknown.len(),
        "call has no limit that the input knows of",
        "calls have no limit that the input knows of",
    );
    headed(&mut page, &n, unknown, limit);
    let bases = found.chains.iter().map(|c| c.need.bases).chain(found.drains.iter().map(|d| d.longest.bases));
    let mut ids: BTreeSet<Arc<str>> = found.rows.iter().flat_map(|r| of_timeout(graph, r)).collect();
    ids.extend(bases.flat_map(Bases::iter).map(|basis| basis.id().into()));
    rests_on(&mut page, graph, assumptions, &ids);
    page.finish()
}

fn need(r: &TimeoutRow) -> Line {
    Line::of(match r.worst.ms {
        ms if ms.is_finite() => format!("may need {}", duration(ms)),
        _ if r.limited_ms > 0.0 => format!("may need {} or more", duration(r.limited_ms)),
        _ => "may need any time".to_owned(),
    })
}

fn verdict(r: &TimeoutRow) -> Line {
    match r.slack_ms() {
        Some(slack) if slack >= 0.0 => Line::default().add(Ink::Good, format!("{} left", duration(slack))),
        Some(slack) => {
            let wasted = match r.wasted_tries {
                Some(n @ 1..) => format!(", {}", count_of(n, "wasted try", "wasted tries")),
                _ => String::new(),
            };
            Line::default().add(Ink::Bad, format!("{} short{wasted}", duration(-slack)))
        }
        None if r.inverted_by_limits() => {
            Line::default().add(Ink::Bad, format!("{} short or more", duration(r.limited_ms - r.budget_ms)))
        }
        None if r.inverted() => Line::default().add(Ink::Weak, "nothing limits what is behind"),
        None => Line::default().add(Ink::Weak, "not known to be enough"),
    }
}

fn headed(page: &mut Page, title: &str, rows: Vec<Vec<Line>>, limit: Option<usize>) {
    if !rows.is_empty() {
        page.gap();
        page.line(Line::default().add(Ink::Strong, title));
        block(page, rows, limit);
    }
}

fn block(page: &mut Page, rows: Vec<Vec<Line>>, limit: Option<usize>) {
    let total = rows.len();
    let fits = shown(total, limit.unwrap_or(ROWS));
    page.table("  ", rows.into_iter().take(fits).collect());
    page.more("  ", total, fits);
}
