use super::search::{Field, Nearest, Search};
use crate::analysis::FaultModel;
use crate::analysis::amplification::{Fault, Hop, Load, amplification};
use crate::graph::algo::in_parallel;
use crate::graph::{ComponentId, DependencyId, Graph};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What makes a way the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A failure takes it most probably.
    Probability,
    /// It has the most dependencies.
    Length,
    /// Calls multiply most along it, from the entry to the source.
    Amplification,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Probability, Self::Length, Self::Amplification];

    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Probability => "probability",
            Self::Length => "length",
            Self::Amplification => "amplification",
        }
    }
}

/// The worst way of a failure into an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct WorstPath {
    /// What fails.
    pub source: ComponentId,
    /// Where users feel it.
    pub entry: ComponentId,
    /// In which sense it is the worst.
    pub by: By,
    /// The probability, the number of dependencies, or the calls for each request (infinite without bound).
    pub value: f64,
    /// `value` is a bound: the way leads through a loop, where the longest one is too hard to find. `path` is one way.
    pub bound: bool,
    /// From the source to the entry, both ends included.
    pub path: Vec<ComponentId>,
    /// The dependencies along `path`.
    pub edges: Vec<DependencyId>,
    /// The arithmetic of calls, from the entry on; nothing for the other sorts.
    pub hops: Vec<Arc<Hop>>,
}

impl WorstPath {
    /// The worst of a sort first. Of equally probable ways that into the heavier entry, then the shorter one, which rests
    /// on less.
    pub fn rank(&self, graph: &Graph, other: &Self) -> Ordering {
        let cell = |r: &Self| {
            let hops = u32::try_from(r.edges.len()).unwrap_or(u32::MAX);
            let weight = graph.component(r.entry).entry.map_or(0.0, |e| e.weight);
            Cell { by: r.by, value: r.value, hops, bound: r.bound, source: r.source.0, entry: r.entry.0, weight }
        };
        cell(self).rank(&cell(other))
    }
}

/// The worst rows of each sort, and how many there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorstPaths {
    /// By sort, source and entry.
    pub rows: Vec<WorstPath>,
    /// How many there are of each sort that was asked for.
    pub total: BTreeMap<By, u64>,
    /// Sources that were looked at for ways of failures to every entry, and all of them: of the others there is the most
    /// probable way into any entry.
    pub sources: (usize, usize),
}

/// Which paths are asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Only those of this source.
    pub from: Option<ComponentId>,
    /// Only those to this entry.
    pub to: Option<ComponentId>,
    /// In which senses.
    pub by: Vec<By>,
    /// Only those of at least this value.
    pub min: Option<f64>,
    /// The worst rows of each sort.
    pub limit: usize,
    /// The sources in the order in which they are looked at; by id if it is empty.
    pub order: Vec<ComponentId>,
    /// Dependencies that may be followed in all: when they are used up, the other sources are given with their worst entry
    /// alone, and the result says so.
    pub work: u64,
}

impl Default for Asked {
    fn default() -> Self {
        Self { from: None, to: None, by: By::ALL.to_vec(), min: None, limit: 10_000, order: Vec::new(), work: u64::MAX }
    }
}

/// A row without its path.
#[derive(Clone, Copy, Debug)]
struct Cell {
    by: By,
    value: f64,
    hops: u32,
    bound: bool,
    source: u32,
    entry: u32,
    /// Of the entry.
    weight: f64,
}

impl Cell {
    fn rank(&self, other: &Self) -> Ordering {
        let place = |c: &Self| (c.source, c.entry);
        let worse = other.value.total_cmp(&self.value).then(other.weight.total_cmp(&self.weight));
        let shorter = if self.by == By::Probability { self.hops.cmp(&other.hops) } else { Ordering::Equal };
        worse.then(shorter).then_with(|| place(self).cmp(&place(other)))
    }
}

/// For every source the worst path to every entry that its outage reaches, sources in parallel. A dependency that a
/// failure cannot pass (soft, made redundant, of probability 0) is on no path; calls are followed whatever they are.
///
/// O(sources × what each reaches) beside [`amplification`].
pub fn worst_paths(graph: &Graph, asked: &Asked) -> WorstPaths {
    let entries: Vec<ComponentId> =
        graph.entries().map(|(id, _)| id).filter(|id| asked.to.is_none_or(|to| to == *id)).collect();
    let mut found = WorstPaths::default();
    let travels: Vec<By> = asked.by.iter().copied().filter(|by| *by != By::Amplification).collect();
    if !travels.is_empty() {
        travelling(graph, asked, &travels, &entries, &mut found);
    }
    if asked.by.contains(&By::Amplification) {
        multiplying(graph, asked, &entries, &mut found);
    }
    found.rows.sort_by_key(|r| (r.by, r.source, r.entry));
    found
}

fn travelling(graph: &Graph, asked: &Asked, by: &[By], entries: &[ComponentId], found: &mut WorstPaths) {
    let model = FaultModel::new(graph);
    let field = Field::new(graph, &model);
    let sources: Vec<u32> = match asked.from {
        Some(from) => vec![from.0],
        None if asked.order.is_empty() => graph.ids().map(|id| id.0).collect(),
        None => asked.order.iter().map(|id| id.0).collect(),
    };
    let sources: Vec<u32> = sources.into_iter().filter(|&s| !graph.component(ComponentId(s)).off).collect();
    let weights: Vec<f64> = entries.iter().map(|&e| graph.component(e).entry.map_or(0.0, |e| e.weight)).collect();
    let long = by.contains(&By::Length);
    let rows_of = |search: &mut Search<'_>, source: u32, found: &mut dyn FnMut(Cell)| {
        search.run(source);
        if long {
            search.lengthen();
        }
        for (&entry, &weight) in entries.iter().zip(&weights).filter(|(e, _)| e.0 != source) {
            let Some((probability, hops)) = search.value(entry.0) else { continue };
            for &by in by {
                let (value, bound) = match by {
                    By::Length => (f64::from(search.length(entry.0).0), search.length(entry.0).1),
                    By::Probability | By::Amplification => (probability, false),
                };
                if asked.min.is_none_or(|min| value >= min) {
                    found(Cell { by, value, hops, bound, source, entry: entry.0, weight });
                }
            }
        }
    };
    const CHUNK: usize = 16;
    const CHUNKS: usize = 64;
    let chunks: Vec<&[u32]> = sources.chunks(CHUNK).collect();
    let mut parts = Vec::new();
    // What a chunk costs does not depend on the threads, so neither does where the work ends.
    let mut left = asked.work;
    for chunks in chunks.chunks(CHUNKS) {
        if left == 0 {
            break;
        }
        found.sources.0 += chunks.iter().map(|c| c.len()).sum::<usize>();
        let done = in_parallel(
            chunks.len(),
            || Search::new(&field),
            |search, i| {
                let (mut cells, mut total): (BTreeMap<By, Vec<Cell>>, BTreeMap<By, u64>) = Default::default();
                let before = search.work;
                for &source in chunks[i] {
                    search.work += entries.len() as u64;
                    rows_of(search, source, &mut |cell| {
                        *total.entry(cell.by).or_default() += 1;
                        cells.entry(cell.by).or_default().push(cell);
                    });
                    cells
                        .values_mut()
                        .filter(|c| c.len() > asked.limit.saturating_mul(2))
                        .for_each(|c| keep(c, asked.limit));
                }
                cells.values_mut().for_each(|c| keep(c, asked.limit));
                (cells, total, search.work - before)
            },
        );
        left = done.iter().fold(left, |left, (_, _, work)| left.saturating_sub(*work));
        parts.extend(done);
    }
    found.sources.1 = sources.len();
    if by.contains(&By::Probability) {
        parts.push(left_out(&field, &sources[found.sources.0..], entries, &weights, asked));
    }
    let mut cells: BTreeMap<By, Vec<Cell>> = BTreeMap::new();
    by.iter().for_each(|&by| {
        found.total.entry(by).or_default();
    });
    for (part, total, _) in parts {
        for (by, n) in total {
            *found.total.entry(by).or_default() += n;
        }
        for (by, mut part) in part {
            let of = cells.entry(by).or_default();
            of.append(&mut part);
            keep(of, asked.limit);
        }
    }
    let mut by_source: BTreeMap<u32, Vec<Cell>> = BTreeMap::new();
    cells.into_values().flatten().for_each(|c| by_source.entry(c.source).or_default().push(c));
    let by_source: Vec<(u32, Vec<Cell>)> = by_source.into_iter().collect();
    let rows = in_parallel(
        by_source.len(),
        || Search::new(&field),
        |search, i| {
            let (source, cells) = &by_source[i];
            search.run(*source);
            if long {
                search.lengthen();
            }
            let row = |c: &Cell| {
                let (path, edges) = model.path(search.path(c.entry, c.by == By::Length));
                let (source, entry) = (ComponentId(c.source), ComponentId(c.entry));
                let likeliest = search.value(c.entry).filter(|_| c.by == By::Probability).map(|(value, _)| value);
                let value = likeliest.unwrap_or(c.value);
                WorstPath { source, entry, by: c.by, value, bound: c.bound, path, edges, hops: Vec::new() }
            };
            cells.iter().map(row).collect::<Vec<_>>()
        },
    );
    found.rows.extend(rows.into_iter().flatten());
}

/// The rows that some sources give.
type Part = (BTreeMap<By, Vec<Cell>>, BTreeMap<By, u64>, u64);

/// Of sources for which there was no time the worst entry alone, found for all of them at once.
fn left_out(field: &Field<'_>, sources: &[u32], entries: &[ComponentId], weights: &[f64], asked: &Asked) -> Part {
    if sources.is_empty() {
        return Part::default();
    }
    let nearest = field.worst_entries(entries.iter().map(|e| e.0));
    let cell = |&source: &u32| {
        let Nearest { entry, value, hops } = nearest[source as usize]?;
        let weight = entries.binary_search(&ComponentId(entry)).map_or(0.0, |i| weights[i]);
        let wanted = entry != source && asked.min.is_none_or(|min| value >= min);
        wanted.then_some(Cell { by: By::Probability, value, hops, bound: false, source, entry, weight })
    };
    let cells: Vec<Cell> = sources.iter().filter_map(cell).collect();
    let total = cells.len() as u64;
    (BTreeMap::from([(By::Probability, cells)]), BTreeMap::from([(By::Probability, total)]), 0)
}

fn keep(cells: &mut Vec<Cell>, limit: usize) {
    if cells.len() > limit {
        cells.sort_unstable_by(Cell::rank);
        cells.truncate(limit);
    }
}

/// The rows of amplification, seen from the target: of its faults the worst.
fn multiplying(graph: &Graph, asked: &Asked, entries: &[ComponentId], found: &mut WorstPaths) {
    let load = Load::new(graph);
    let wanted = |target: ComponentId, fault: Fault, max: f64| {
        fault == Fault::Outage && asked.from.is_none_or(|from| from == target) && asked.min.is_none_or(|min| max >= min)
    };
    let rows = amplification(graph, &load, entries, asked.limit, wanted);
    found.total.insert(By::Amplification, rows.total);
    found.rows.extend(rows.rows.into_iter().map(|row| WorstPath {
        source: row.target,
        entry: row.entry,
        by: By::Amplification,
        value: row.max,
        bound: false,
        edges: row.hops.iter().rev().map(|h| h.dependency).collect(),
        path: row.path.into_iter().rev().collect(),
        hops: row.hops,
    }));
}
