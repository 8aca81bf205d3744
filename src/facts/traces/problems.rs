use crate::source::{Location, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Problems of one file that are told one by one; a file of nothing but broken lines must not fill memory with them.
const PER_FILE: usize = 20;

/// Problems by file: the first ones by place, whatever the order in which they were met, and how many there were.
#[derive(Debug, Default)]
pub struct Problems {
    files: BTreeMap<Arc<str>, (BTreeSet<Problem>, u64)>,
}

impl Problems {
    /// Adds a problem.
    pub fn push(&mut self, problem: Problem) {
        let (first, total) = self.files.entry(problem.at.file.clone()).or_default();
        *total += 1;
        first.insert(problem);
        if first.len() > PER_FILE {
            first.pop_last();
        }
    }

    /// Adds those of another.
    pub fn merge(&mut self, other: Problems) {
        for (file, (first, count)) in other.files {
            let told = first.len() as u64;
            first.into_iter().for_each(|problem| self.push(problem));
            if let Some((_, held)) = self.files.get_mut(&file) {
                *held += count - told;
            }
        }
    }

    /// All that are told, in order, and for each file how many are not.
    pub fn finish(self) -> Vec<Problem> {
        let mut all = Vec::new();
        for (file, (first, count)) in self.files {
            let untold = count - first.len() as u64;
            all.extend(first);
            if untold > 0 {
                all.push(Problem::new(Location::start(file), format!("{untold} more problems in this file")));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first problems by place are kept, in whatever order they come, and the others are counted.
    #[test]
    fn the_first_are_told_and_the_rest_counted() {
        let file: Arc<str> = "a".into();
        let problem = |line| Problem::new(Location::new(file.clone(), line, 1), "broken");
        let mut one = Problems::default();
        let mut other = Problems::default();
        (1..=50).rev().for_each(|line| if line % 2 == 0 { &mut one } else { &mut other }.push(problem(line)));
        one.merge(other);
        let told = one.finish();
        assert_eq!(told.len(), PER_FILE + 1);
        assert_eq!(told.first(), Some(&problem(1)));
        assert_eq!(told.get(PER_FILE - 1), Some(&problem(PER_FILE as u32)));
        assert_eq!(told.last().unwrap().reason, "30 more problems in this file");
    }
}
