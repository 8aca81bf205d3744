use super::assumed::rests_on;
use super::page::{Ink, Line, Page, arrows, percent, shown};
use super::why::steps;
use crate::analysis::of_worst_path;
use crate::analysis::paths::{By, WorstPath, WorstPaths};
use crate::graph::{Assumption, Graph, Labels};
use crate::rules::arithmetic::product;
use crate::rules::words::{count, factor};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows of each sort that fit a screen.
const ROWS: usize = 20;

/// The worst ways of failures into entries, the worst of each sort first; a single way step by step.
pub fn paths(
    graph: &Graph,
    labels: &Labels,
    found: &WorstPaths,
    assumptions: &[Assumption],
    limit: Option<usize>,
) -> String {
    let mut page = Page::default();
    let one_pair = found.total.values().all(|n| *n <= 1);
    for (&by, &total) in &found.total {
        let mut rows: Vec<&WorstPath> = found.rows.iter().filter(|r| r.by == by).collect();
        rows.sort_by(|a, b| a.rank(graph, b));
        page.gap();
        page.line(Line::default().add(Ink::Strong, title(by, total)));
        if one_pair {
            for row in &rows {
                page.line(line(labels, row));
                steps(&mut page, graph, labels, row.edges.iter().rev());
            }
            continue;
        }
        let fits = shown(rows.len(), limit.unwrap_or(ROWS));
        let table = rows.iter().take(fits).map(|r| {
            vec![
                Line::default().add(Ink::Strong, labels.of(r.source)),
                Line::of(value(r)),
                Line::of(arrows(labels, r.path.iter().rev().copied())).add(Ink::Plain, because(r)),
            ]
        });
        page.table("  ", table.collect());
        page.more("  ", usize::try_from(total).unwrap_or(usize::MAX), fits);
    }
    let ids: BTreeSet<Arc<str>> = found.rows.iter().flat_map(|r| of_worst_path(graph, r)).collect();
    rests_on(&mut page, graph, assumptions, &ids);
    page.gap();
    page.line(Line::default().add(Ink::Dim, "a → b: a needs b"));
    page.finish()
}

fn title(by: By, total: u64) -> String {
    let ways = count(usize::try_from(total).unwrap_or(usize::MAX), "way", "ways");
    match by {
        By::Probability => format!("Most probable: {ways} of a failure into an entry"),
        By::Length => format!("Longest: {ways} of a failure into an entry"),
        By::Amplification => format!("Calls multiply most: {ways} of calls from an entry"),
    }
}

fn line(labels: &Labels, r: &WorstPath) -> Line {
    Line::of(format!("{}{}: ", value(r), because(r))).add(Ink::Plain, arrows(labels, r.path.iter().rev().copied()))
}

/// The arithmetic behind the calls, if they multiply.
pub(super) fn because(r: &WorstPath) -> String {
    let product = product(&r.hops);
    if product.is_empty() { product } else { format!(" ({product})") }
}

/// `48 %`, `at most 7 steps`, `12 calls`.
pub(super) fn value(r: &WorstPath) -> String {
    let most = if r.bound { "at most " } else { "" };
    match r.by {
        By::Probability => percent(r.value),
        By::Length if r.value == 1.0 => format!("{most}1 step"),
        By::Length => format!("{most}{} steps", factor(r.value)),
        By::Amplification if r.value == 1.0 => "1 call".to_owned(),
        By::Amplification if r.value.is_finite() => format!("{} calls", factor(r.value)),
        By::Amplification => "calls without end".to_owned(),
    }
}
