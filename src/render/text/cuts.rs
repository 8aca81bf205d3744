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
    let counts: Vec<String> = (1..=complete_to)
        .map(|size| {
            let count = rows.iter().filter(|row| row.size == size).map(|row| row.count).fold(0, u64::saturating_add);
            match size {
                1 => format!("{} alone", number(count)),
                2 => format!("{} in pairs", number(count)),
                size => format!("{} of size {size}", number(count)),
            }
        })
        .collect();
    page.line(
        Line::default()
            .add(Ink::Strong, labels.of(first.entry))
            .add(Ink::Plain, format!(": minimal cut sets {}", list(&counts, counts.len())))
            .add(Ink::Dim, format!(" (complete up to size {complete_to})")),
    );
    if complete_to < asked {
        let why = match complete_to {
            0 => "its fault tree would be too large".to_owned(),
            size => format!("larger than {size} was not looked for: that would take too long"),
        };
        page.line(Line::of("  ").add(Ink::Weak, why));
    }
    let listed: Vec<&CutSets> = rows.iter().filter(|row| row.count > 0).collect();
    let shown = shown(listed.len(), limit);
    page.table("  ", listed.iter().take(shown).map(|row| cells(graph, labels, row)).collect());
    page.more("  ", listed.len(), shown);
}

/// `2 of` · `any of a and b  with  zone c` · how many cut sets that is, if several.
fn cells(graph: &Graph, labels: &Labels, row: &CutSets) -> Vec<Line> {
    let sides: Vec<String> = row.sides.iter().map(|members| side(graph, labels, members)).collect();
    let text = match sides[..] {
        [] => "too many to list".to_owned(),
        _ => sides.join(" with "),
    };
    let several = if row.count > 1 { count_of(row.count, "cut set", "cut sets") } else { String::new() };
    vec![Line::of(row.size.to_string()), Line::of(text), Line::default().add(Ink::Dim, several)]
}

/// `one instance of cart`, `any of zone a, volume data and 3 more`: the likeliest first.
fn side(graph: &Graph, labels: &Labels, members: &[(ComponentId, Level)]) -> String {
    let mut members = members.to_vec();
    members.sort_by_key(|&(id, level)| (level, id));
    let name = |&(id, level): &(ComponentId, Level)| match (level, graph.component(id).replicas) {
        (Level::Instance, Some(r)) if r.count > 1 => format!("one instance of {}", labels.of(id)),
        _ => labels.of(id).to_owned(),
    };
    let names = list(members.iter().map(name), NAMED);
    if members.len() > 1 { format!("any of {names}") } else { names }
}
