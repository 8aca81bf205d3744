use super::assumed::rests_on;
use super::page::{Ink, Line, Page, place, shown};
use crate::analysis::{PoolRow, Shared};
use crate::graph::{Assumption, ComponentId, Graph, Labels};
use crate::rules::words::{count, factor, list};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows that fit a screen.
const ROWS: usize = 30;
/// Components that fit a line.
const NAMED: usize = 4;

/// What couples components that look independent, that of the heaviest entries first; then limited capacities beside
/// what is asked of them, the scarcest first.
pub fn shared(
    graph: &Graph,
    labels: &Labels,
    (found, pools): (&[Shared], &[PoolRow]),
    assumptions: &[Assumption],
    limit: Option<usize>,
) -> String {
    let mut page = Page::default();
    let fits = |total| shown(total, limit.unwrap_or(ROWS));
    let title = match found.len() {
        0 => "Nothing couples components that look independent".to_owned(),
        n => {
            count(n, "component couples others that look independent", "components couple others that look independent")
        }
    };
    page.line(Line::default().add(if found.is_empty() { Ink::Good } else { Ink::Strong }, title));
    let name = |id: ComponentId| Line::default().add(Ink::Strong, labels.of(id));
    let at = |id: ComponentId| Line::default().add(Ink::Dim, place(graph.component(id).evidence.first()));
    let rows = found.iter().take(fits(found.len())).map(|s| {
        let coupled = format!("couples {}", list(s.dependents.iter().map(|&d| labels.of(d)), NAMED));
        let fall = match s.entries.len() {
            0 => Line::of("takes down no entry alone"),
            n => Line::default().add(Ink::Bad, format!("takes down {}", count(n, "entry", "entries"))),
        };
        vec![name(s.component), Line::of(coupled), fall, at(s.component)]
    });
    page.table("  ", rows.collect());
    page.more("  ", found.len(), fits(found.len()));

    if !pools.is_empty() {
        page.gap();
        page.line(Line::default().add(Ink::Strong, count(pools.len(), "limited capacity", "limited capacities")));
        let mut scarcest: Vec<&PoolRow> = pools.iter().collect();
        scarcest.sort_by(|a, b| b.ratio().total_cmp(&a.ratio()).then(a.pool.cmp(&b.pool)));
        let rows = scarcest.iter().take(fits(pools.len())).map(|row| {
            let who = format!("of {}", list(row.users.iter().map(|u| labels.of(u.component)), NAMED));
            vec![name(row.pool), has(row), wants(row), Line::of(who), at(row.pool)]
        });
        page.table("  ", rows.collect());
        page.more("  ", pools.len(), fits(pools.len()));
    }
    let ids: BTreeSet<Arc<str>> = pools.iter().flat_map(|p| &p.assumptions).map(|&id| id.into()).collect();
    rests_on(&mut page, graph, assumptions, &ids);
    page.finish()
}

fn has(row: &PoolRow) -> Line {
    let set_aside =
        if row.reserved > 0.0 { format!(", {} of it set aside", factor(row.reserved)) } else { String::new() };
    Line::of(format!("has {}{set_aside}", factor(row.capacity)))
}

fn wants(row: &PoolRow) -> Line {
    let (ink, text) = match row.demand {
        d if d.is_infinite() => (Ink::Bad, "no limit to what is wanted".to_owned()),
        d if row.oversubscribed() => (Ink::Bad, format!("{} may be wanted", factor(d.round()))),
        0.0 if row.unknown() > 0 => (Ink::Weak, "nobody knows what is wanted".to_owned()),
        d => (Ink::Good, format!("{} may be wanted", factor(d.round()))),
    };
    let unknown = match row.unknown() {
        n @ 1.. if row.demand > 0.0 => format!(", and what {} may, which nobody knows", count(n, "other", "others")),
        _ => String::new(),
    };
    Line::default().add(ink, text).add(Ink::Plain, unknown)
}
