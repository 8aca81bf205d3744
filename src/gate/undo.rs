//! Which changed lines have to be taken back for a finding to be as at the base: tried, not guessed.

use super::judge::{Base, Without};
use super::{Cause, Compared, Lines, Snapshot, State, Undo, compare};
use crate::rules::Severity;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// The most systems that are tried.
const TRIES: usize = 48;
/// The most components of all tried systems together: larger systems are tried less often.
const WORK: usize = 9_000;
/// Changes that are tried at once when none is likelier than the others.
const AT_ONCE: usize = 4;
/// More lines than these are no help to anybody, unless nothing less will do.
const SHOWN: usize = 12;

/// Finds the undo of all findings that are new or worse, notes left aside.
pub(super) fn find(
    compared: &mut [Compared],
    head: &Snapshot,
    base: &Base<'_>,
    times: f64,
    components: usize,
    without: &Without<'_>,
) {
    let wanted = |c: &Compared| {
        matches!(c.state, State::New | State::Worsened) && (c.finding.severity > Severity::Note || c.fails.is_some())
    };
    let mut open: Vec<usize> = (0..compared.len()).filter(|&i| compared.get(i).is_some_and(wanted)).collect();
    let (lines, likely) = likeliest_first(base.lines, open.iter().filter_map(|&i| compared.get(i)));
    if open.is_empty() || lines.is_empty() {
        return;
    }
    let mut settle = |i: usize, taken: &[&Lines], least: bool| {
        if let Some(row) = compared.get_mut(i) {
            let mut lines: Vec<Lines> = taken.iter().map(|&l| l.clone()).collect();
            lines.sort();
            row.undo = Some(Undo { lines, least });
        }
    };
    if lines.len() == 1 {
        open.iter().for_each(|&i| settle(i, &lines, true));
        return;
    }
    let mut tries =
        Tries { left: TRIES.min(WORK / components.max(1)).max(1), head, base: base.snapshot, times, without };
    let fingerprint = |i: usize| head.risks.get(i).map_or("", |r| r.fingerprint.as_str());
    let (first, others) = lines.split_at(likely);
    for several in std::iter::once(first).chain(others.chunks(AT_ONCE)) {
        for (line, undone) in several.iter().zip(tries.each(several)) {
            open.retain(|&i| {
                let helps = undone.contains(fingerprint(i));
                if helps {
                    settle(i, &[line], true);
                }
                !helps
            });
        }
        if open.is_empty() {
            return;
        }
    }
    // All of them make the base, which does not have it. What can be left out is left out: files first, then lines.
    let files: BTreeSet<&str> = lines.iter().map(|l| &*l.file).collect();
    let of_file = |file: &str| lines.iter().copied().filter(|l| *l.file == *file).collect::<Vec<_>>();
    let parts = files.into_iter().map(of_file).filter(|part| part.len() > 1);
    let parts: Vec<Vec<&Lines>> = parts.chain(lines.iter().map(|&l| vec![l])).collect();
    for i in open {
        if tries.left == 0 && lines.len() > SHOWN {
            return;
        }
        let (mut taken, mut sure) = (lines.clone(), true);
        for part in &parts {
            let rest: Vec<&Lines> = taken.iter().copied().filter(|l| !part.contains(l)).collect();
            if rest.len() == taken.len() || rest.is_empty() {
                continue;
            }
            match tries.undone(&rest) {
                Some(undone) if undone.contains(fingerprint(i)) => taken = rest,
                Some(_) => {}
                None => {
                    sure = false;
                    break;
                }
            }
        }
        if sure || taken.len() <= SHOWN {
            settle(i, &taken, sure);
        }
    }
}

/// Lines in which some change along a finding stands come first, those before all that are where the finding is; then
/// others of the same files. If not all can be tried, these are. Gives the number of the first.
fn likeliest_first<'l, 'c>(lines: &'l [Lines], open: impl Iterator<Item = &'c Compared>) -> (Vec<&'l Lines>, usize) {
    let mut causes: FxHashMap<&str, BTreeSet<&Cause>> = FxHashMap::default();
    let mut own: BTreeSet<&str> = BTreeSet::new();
    for c in open {
        own.extend(c.finding.evidence.first().map(|e| &*e.at.file));
        for cause in &c.causes {
            causes.entry(&cause.at.file).or_default().insert(cause);
        }
    }
    let holds = |l: &Lines, cause: &Cause| {
        let range = if cause.removed { l.base } else { l.head };
        (range.start..range.end).contains(&cause.at.line)
    };
    let rank = |l: &Lines| match causes.get(&*l.file) {
        Some(causes) if causes.iter().any(|cause| holds(l, cause)) => u8::from(!own.contains(&*l.file)),
        Some(_) => 2,
        None => 3,
    };
    let mut ranked: Vec<(u8, &Lines)> = lines.iter().map(|l| (rank(l), l)).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let likely = ranked.iter().filter(|(rank, _)| *rank == 0).count();
    (ranked.into_iter().map(|(_, l)| l).collect(), likely)
}

/// A bounded number of systems that may be tried.
struct Tries<'t> {
    left: usize,
    head: &'t Snapshot,
    base: &'t Snapshot,
    times: f64,
    without: &'t Without<'t>,
}

impl Tries<'_> {
    /// What each of some lines undoes alone, of as many as may be tried.
    fn each(&mut self, lines: &[&Lines]) -> Vec<BTreeSet<String>> {
        let may = lines.get(..self.left.min(lines.len())).unwrap_or_default();
        self.left -= may.len();
        may.par_iter().map(|&line| self.outcome(&[line])).collect()
    }

    /// The fingerprints of the head that are neither new nor worse with some lines taken back; none of them if that is
    /// no system, nothing if nobody may try any more.
    fn undone(&mut self, taken: &[&Lines]) -> Option<BTreeSet<String>> {
        self.left = self.left.checked_sub(1)?;
        Some(self.outcome(taken))
    }

    fn outcome(&self, taken: &[&Lines]) -> BTreeSet<String> {
        let Some(tried) = (self.without)(taken) else { return BTreeSet::new() };
        let standing = compare(self.base, &tried, self.times);
        let states = tried.risks.iter().zip(standing.states);
        let bad = states.filter(|(_, at)| matches!(at.state, State::New | State::Worsened));
        let still: BTreeMap<&str, Severity> = bad.map(|(risk, _)| (&*risk.fingerprint, risk.severity)).collect();
        let all: BTreeSet<&str> = self.head.risks.iter().map(|r| &*r.fingerprint).collect();
        // A store that is taken out while something still refers to it is another fault and no undo.
        if still.iter().any(|(fingerprint, severity)| *severity > Severity::Note && !all.contains(fingerprint)) {
            return BTreeSet::new();
        }
        all.into_iter().filter(|f| !still.contains_key(f)).map(str::to_owned).collect()
    }
}
