use super::assumed::rests_on;
use super::page::{Ink, Line, Page, arrows, place, shown};
use crate::analysis::amplification::{Amplification, Fault, Retries, RetryCycle};
use crate::analysis::{of_amplification, of_cycle};
use crate::graph::{Assumption, Graph, Labels};
use crate::rules::arithmetic::{product, when};
use crate::rules::words::{self, count, factor};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows that fit a screen.
const ROWS: usize = 30;

/// Calls that multiply: the worst first, each with its arithmetic; loops of calls below. Rows of less than `min` calls
/// are left out, without one those of a single call.
pub fn retries(
    graph: &Graph,
    labels: &Labels,
    found: &Retries,
    assumptions: &[Assumption],
    min: Option<f64>,
    limit: Option<usize>,
) -> String {
    let mut page = Page::default();
    let hidden = |r: &&Amplification| min.map_or(r.max > 1.0, |min| r.max >= min);
    let mut rows: Vec<&Amplification> = found.amplification.rows.iter().filter(hidden).collect();
    let place = |r: &Amplification| (r.entry, r.target, r.fault);
    rows.sort_by(|a, b| b.max.total_cmp(&a.max).then(b.sum.total_cmp(&a.sum)).then(place(a).cmp(&place(b))));
    match rows.first() {
        None => {
            page.line(Line::default().add(Ink::Good, "No request becomes more than one call of anything on one way"));
            page.line(Line::of("as far as the input says: what is not known to retry is taken to try once"));
        }
        Some(worst) => {
            let (entry, target) = (labels.of(worst.entry), labels.of(worst.target));
            let calls = calls(worst.max);
            let title = format!("A request at {entry} becomes {calls} of {target} when it {}", when(worst.fault));
            page.line(Line::default().add(Ink::Strong, title));
            page.gap();
            let fits = shown(rows.len(), limit.unwrap_or(ROWS));
            let head = ["calls", "all ways", "along", "because"].map(|h| Line::default().add(Ink::Dim, h));
            let table = std::iter::once(head.to_vec()).chain(rows.iter().take(fits).map(|r| row(graph, labels, r)));
            page.table("  ", table.collect());
            page.more("  ", rows.len(), fits);
        }
    }
    if !found.cycles.is_empty() {
        page.gap();
        let unstable = found.cycles.iter().filter(|c| c.unstable()).count();
        let n = count(found.cycles.len(), "loop of calls", "loops of calls");
        page.line(Line::default().add(Ink::Strong, format!("{n}, {unstable} of which may never die out")));
        let mut cycles: Vec<&RetryCycle> = found.cycles.iter().collect();
        cycles.sort_by(|a, b| b.spectral_radius.total_cmp(&a.spectral_radius).then(a.members.cmp(&b.members)));
        let fits = shown(cycles.len(), limit.unwrap_or(ROWS));
        page.table("  ", cycles.iter().take(fits).map(|c| cycle(graph, labels, c)).collect());
        page.more("  ", cycles.len(), fits);
    }
    let of_rows = rows.iter().flat_map(|r| of_amplification(graph, r));
    let ids: BTreeSet<Arc<str>> = of_rows.chain(found.cycles.iter().flat_map(|c| of_cycle(graph, c))).collect();
    rests_on(&mut page, graph, assumptions, &ids);
    page.finish()
}

fn calls(max: f64) -> String {
    if max.is_finite() { format!("{} calls", factor(max)) } else { "calls without end".to_owned() }
}

fn row(graph: &Graph, labels: &Labels, r: &Amplification) -> Vec<Line> {
    let mut because = product(&r.hops);
    if r.max_unbudgeted > r.max {
        because.push_str(&format!(" ({} without budgets)", factor(r.max_unbudgeted)));
    }
    if r.max.is_infinite() && r.hops.iter().all(|h| h.gain().is_finite()) {
        because = "a loop of calls on the way does not die out".to_owned();
    }
    if r.fault != Fault::Outage {
        because = format!("when it {}: {because}", when(r.fault));
    }
    let of_layers = r.hops.iter().flat_map(|h| graph.dependency(h.dependency).retry.iter().flat_map(|r| &r.layers));
    let evidence =
        of_layers.filter(|l| l.unlimited || l.tries.is_some_and(|n| n > 1)).find_map(|l| l.evidence.as_ref());
    vec![
        Line::default().add(if r.max >= 64.0 { Ink::Bad } else { Ink::Weak }, factor(r.max)),
        Line::of(factor(r.sum)),
        Line::of(arrows(labels, r.path.iter().copied())),
        Line::of(because).add(Ink::Dim, format!("  {}", place(evidence))),
    ]
}

fn cycle(graph: &Graph, labels: &Labels, c: &RetryCycle) -> Vec<Line> {
    let verdict = if c.unstable() {
        Line::default().add(if c.stated { Ink::Bad } else { Ink::Weak }, "may never die out")
    } else {
        Line::default().add(Ink::Good, "dies out")
    };
    let members = words::list(c.members.iter().map(|&m| labels.of(m)), 3);
    let round = arrows(labels, c.witness.iter().chain(c.witness.first()).copied());
    let at = c.edges.first().and_then(|&id| graph.dependency(id).evidence.first());
    vec![
        Line::default().add(Ink::Strong, members),
        verdict,
        Line::of(format!("× {} a round by {round}, spectral radius {}", factor(c.gain), factor(c.spectral_radius))),
        Line::default().add(Ink::Dim, place(at)),
    ]
}
