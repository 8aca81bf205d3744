use super::page::{Ink, Line, Page, shown};
use crate::analysis::{CutSets, Level};
use crate::graph::{ComponentId, Graph, Labels};
use crate::rules::words::{count_of, list, number};

/// Rows of an entry that fit a screen.
const ROWS: usize = 20;
/// Members of a side that fit a line.
const NAMED: usize = 5;

/// The minimal cut sets of some entries, a block an entry: first how many there are and how far that is complete, then
/// the rows, smallest first. `asked` is the size that was asked for.
pub fn cuts(graph: &Graph, labels: &Labels, rows: &[CutSets], asked: u32, limit: Option<usize>) -> String {
    let mut page = Page::default();
    for of_entry in rows.chunk_by(|a, b| a.entry == b.entry) {
        page.gap();
        entry(&mut page, graph, labels, of_entry, asked, limit.unwrap_or(ROWS));
    }
    if rows.is_empty() {
        page.line(Line::of("there is no entry: name one with [[entry]] in linchpin.toml"));
    }
    page.finish()
}

fn entry(page: &mut Page, graph: &Graph, labels: &Labels, rows: &[CutSets], asked: u32, limit: usize) {
    let Some(first) = rows.first() else { return };
    let complete_to = first.complete_to;
    let count = |size: u32| {
        let counts = rows.iter().filter(|row| row.size == size).map(|row| row.count);
        match (size, counts.fold(0, u64::saturating_add)) {
            (_, 0) => None,
            (1, count) => Some(format!("{} alone", number(count))),
            (2, count) => Some(format!("{} in pairs", number(count))),
            (size, count) => Some(format!("{} of size {size}", number(count))),
        }
    };
    let counts: Vec<String> = (1..=complete_to).filter_map(count).collect();
    let head = Line::default().add(Ink::Strong, labels.of(first.entry));
    if complete_to == 0 {
        page.line(head.add(Ink::Weak, ": not looked at, because its fault tree would be too large"));
        return;
    }
    let complete = format!(" (minimal cut sets, complete up to size {complete_to})");
    page.line(head.add(Ink::Plain, format!(": {}", list(&counts, counts.len()))).add(Ink::Dim, complete));
    if complete_to < asked {
        let larger = format!("larger than {complete_to} was not found: that would take too long");
        page.line(Line::of("  ").add(Ink::Weak, larger));
    }
    let listed: Vec<Vec<Line>> =
        rows.iter().filter(|row| row.count > 0).flat_map(|row| lines(graph, labels, row)).collect();
    let (total, shown) = (listed.len(), shown(listed.len(), limit));
    page.table("  ", listed.into_iter().take(shown).collect());
    page.more("  ", total, shown);
}

/// The lines of a row: what suffices alone has one for each level.
fn lines(graph: &Graph, labels: &Labels, row: &CutSets) -> Vec<Vec<Line>> {
    let mut sides = row.sides.clone();
    sides.iter_mut().for_each(|side| side.sort_by_key(|&(id, level)| (level, id)));
    match &sides[..] {
        [] => vec![cells(row, "too many to list", None, row.count)],
        [alone] => {
            let levels = alone.chunk_by(|a, b| a.1 == b.1);
            levels.map(|of| cells(row, &side(graph, labels, of), Some(of), of.len() as u64)).collect()
        }
        sides => {
            let text = sides.iter().map(|members| side(graph, labels, members)).collect::<Vec<_>>().join(" with ");
            vec![cells(row, &text, sides.concat().get(..), row.count)]
        }
    }
}

/// `2` · `any of a and b with zone c` · what has to fail of them, if that is the same for all · how many cut sets.
fn cells(row: &CutSets, text: &str, members: Option<&[(ComponentId, Level)]>, count: u64) -> Vec<Line> {
    let level = match members {
        Some([(_, level), rest @ ..]) if rest.iter().all(|(_, other)| other == level) => match level {
            Level::Instance => "one instance",
            Level::Component => "as a whole",
            Level::Volume | Level::Node | Level::Zone | Level::Region | Level::Provider => level.word(),
        },
        _ => "",
    };
    let several = if count > 1 { count_of(count, "cut set", "cut sets") } else { String::new() };
    let dim = |text: &str| Line::default().add(Ink::Dim, text);
    vec![Line::of(row.size.to_string()), Line::of(text), dim(level), dim(&several)]
}

/// `cart`, `any of zone a, volume data and 3 more`.
fn side(graph: &Graph, labels: &Labels, members: &[(ComponentId, Level)]) -> String {
    let name = |&(id, level): &(ComponentId, Level)| match (level, graph.component(id).replicas) {
        (Level::Instance, Some(r)) if r.count > 1 => format!("one instance of {}", labels.of(id)),
        _ => labels.of(id).to_owned(),
    };
    let names = list(members.iter().map(name), NAMED);
    if members.len() > 1 { format!("any of {names}") } else { names }
}
