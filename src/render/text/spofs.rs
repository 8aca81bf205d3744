//! What takes an entry down alone.

use super::page::{Ink, Line, Page, arrows, shown, widths, wrapped};
use crate::render::Report;
use crate::rules::digest::{Alone, Row};
use crate::rules::words::{count, number};

/// How wide lines of this section are.
const WIDTH: usize = 112;

/// What takes an entry down alone, ranked, a few lines each.
pub(super) fn single_points(page: &mut Page, report: &Report<'_>, alone: &Alone, limit: usize) {
    if report.graph.entries().next().is_none() {
        page.line(Line::default().add(Ink::Weak, "No entry was found, so nothing can be said to take one down"));
        return;
    }
    heading(page, alone);
    let shown = shown(alone.rows.len(), limit);
    let rows: Vec<Vec<Line>> = alone.rows.iter().take(shown).map(cells).collect();
    let widths = widths(&rows);
    for (i, (row, cells)) in alone.rows.iter().zip(rows).enumerate() {
        page.row(&format!("{:>2} ", i + 1), cells, &widths);
        let mut way = Line::of("   ");
        if !row.way.is_empty() {
            way = way.add(Ink::Plain, arrows(report.labels, row.way.iter().copied()) + "  ");
        }
        page.line(way.add(Ink::Dim, &row.places));
        for (i, part) in wrapped(&row.fix, WIDTH).into_iter().enumerate() {
            let start = if i == 0 { Line::of("   ").add(Ink::Good, "fix: ") } else { Line::of("        ") };
            page.line(start.add(Ink::Plain, part));
        }
    }
    more(page, alone, shown);
}

/// How many there are, and how many components are only as a whole.
fn heading(page: &mut Page, alone: &Alone) {
    let takes = |n: usize| if n == 1 { "takes" } else { "take" };
    let whole = match alone.whole {
        0 => String::new(),
        n if alone.count == 0 => {
            let components = count(n, "component", "components");
            format!("; {components} {} one down only as a whole (a bad deploy of every replica)", takes(n))
        }
        n => format!("; {} more only as a whole (a bad deploy of every replica)", number(n as u64)),
    };
    let line = match alone.count {
        0 => Line::default().add(Ink::Good, "Alone, nothing takes down an entry"),
        n => {
            let things = count(n, "thing", "things");
            Line::default().add(Ink::Strong, format!("Alone, {things} {} down an entry", takes(n)))
        }
    };
    page.line(line.add(Ink::Plain, whole));
}

fn cells(row: &Row) -> Vec<Line> {
    vec![Line::default().add(Ink::Bad, &row.name), Line::of(&row.fails), Line::of(&row.victims)]
}

/// How many rows there are beyond those shown, and how many things are told in no row.
fn more(page: &mut Page, alone: &Alone, shown: usize) {
    let mut rest: Vec<String> = Vec::new();
    if let Some(n @ 1..) = alone.rows.len().checked_sub(shown) {
        rest.push(format!("{} more", number(n as u64)));
    }
    if alone.folded > 0 {
        rest.push(format!("{} on the same ways with the same victims", number(alone.folded as u64)));
    }
    if !rest.is_empty() {
        page.line(Line::of(format!("   and {}", rest.join(", "))));
    }
}
