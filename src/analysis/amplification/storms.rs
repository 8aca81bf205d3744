use super::rows::{Amplification, Cell};
use crate::graph::ComponentId;
use rustc_hash::FxHashMap;

/// From here on many calls for one request are a storm.
pub const STORM: f64 = 10.0;

/// A target at which one request of some entry becomes [`STORM`] calls or more.
#[derive(Clone, Debug, PartialEq)]
pub struct Storm {
    /// The worst entry and fault of it.
    pub worst: Amplification,
    /// All entries from which it is a storm, by id.
    pub entries: Vec<ComponentId>,
    /// A target further down whose worst way leads through this one, and so tells its story.
    pub folded_into: Option<ComponentId>,
}

/// Storms by target while rows are met.
#[derive(Default)]
pub(super) struct Storms {
    of: FxHashMap<ComponentId, (Cell, Vec<ComponentId>)>,
}

impl Storms {
    /// Looks at a row.
    pub(super) fn see(&mut self, cell: &Cell) {
        if cell.max >= STORM {
            self.add(*cell, [cell.entry]);
        }
    }

    /// Adds those of other entries.
    pub(super) fn merge(&mut self, other: Self) {
        for (cell, entries) in other.of.into_values() {
            self.add(cell, entries);
        }
    }

    fn add(&mut self, cell: Cell, entries: impl IntoIterator<Item = ComponentId>) {
        match self.of.get_mut(&cell.target) {
            Some((worst, known)) => {
                if cell.rank(worst).is_lt() {
                    *worst = cell;
                }
                known.extend(entries);
            }
            None => {
                self.of.insert(cell.target, (cell, entries.into_iter().collect()));
            }
        }
    }

    /// The storms with their paths, the worst first.
    pub(super) fn finish(self, rows: impl Fn(&[Cell]) -> Vec<Amplification>) -> Vec<Storm> {
        let mut found: Vec<(Cell, Vec<ComponentId>)> = self.of.into_values().collect();
        found.sort_by(|(a, _), (b, _)| a.rank(b));
        let cells: Vec<Cell> = found.iter().map(|(cell, _)| *cell).collect();
        let rows = rows(&cells);
        let place: FxHashMap<ComponentId, usize> = rows.iter().enumerate().map(|(i, row)| (row.target, i)).collect();
        // Where the last call does not multiply, the storm is that of the caller; where it does, the callers' storms
        // are steps to this one.
        let mut folds: Vec<Option<ComponentId>> = vec![None; rows.len()];
        for (i, row) in rows.iter().enumerate() {
            let before = row.path.iter().rev().skip(1).copied();
            if row.hops.last().is_some_and(|hop| hop.gain() <= 1.0) {
                folds[i] = before.clone().next().filter(|caller| place.contains_key(caller));
                continue;
            }
            for step in before.filter_map(|b| place.get(&b).copied()).filter(|&step| step > i) {
                folds[step].get_or_insert(row.target);
            }
        }
        let storm = |((worst, (_, mut entries)), folded_into): ((Amplification, (Cell, Vec<ComponentId>)), _)| {
            entries.sort_unstable();
            entries.dedup();
            entries.shrink_to_fit();
            Storm { worst, entries, folded_into }
        };
        rows.into_iter().zip(found).zip(folds).map(storm).collect()
    }
}
