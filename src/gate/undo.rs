//! Which changed lines have to be taken back for a finding to be as at the base: tried, not guessed.

use super::judge::{Base, Without};
use super::{Compared, Lines, Snapshot, State, Undo, compare};
use crate::rules::Severity;
use std::collections::BTreeSet;

/// The most systems that are tried.
const TRIES: usize = 48;
/// The most components of all tried systems together: larger systems are tried less often.
const WORK: usize = 60_000;
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
    let lines: Vec<&Lines> = base.lines.iter().collect();
    if open.is_empty() || lines.is_empty() {
        return;
    }
    let mut tries = TRIES.min(WORK / components.max(1)).max(1);
    // Whether each finding of the head is neither new nor worse with some lines taken back.
    let mut undone = |taken: &[&Lines]| -> Option<BTreeSet<String>> {
        tries = tries.checked_sub(1)?;
        let Some(tried) = without(taken) else { return Some(BTreeSet::new()) };
        let standing = compare(base.snapshot, &tried, times);
        let states = tried.risks.iter().zip(standing.states);
        let bad = states.filter(|(_, (state, _))| matches!(state, State::New | State::Worsened));
        let still: BTreeSet<String> = bad.map(|(risk, _)| risk.fingerprint.clone()).collect();
        Some(head.risks.iter().map(|r| r.fingerprint.clone()).filter(|f| !still.contains(f)).collect())
    };
    let mut settle = |i: usize, taken: &[&Lines], least: bool| {
        if let Some(row) = compared.get_mut(i) {
            row.undo = Some(Undo { lines: taken.iter().map(|&l| l.clone()).collect(), least });
        }
    };
    if lines.len() == 1 {
        open.iter().for_each(|&i| settle(i, &lines, true));
        return;
    }
    let fingerprint = |i: usize| head.risks.get(i).map_or("", |r| r.fingerprint.as_str());
    let mut complete = true;
    for line in &lines {
        let Some(gone) = undone(&[line]) else {
            complete = false;
            continue;
        };
        open.retain(|&i| {
            let helps = gone.contains(fingerprint(i));
            if helps {
                settle(i, &[line], true);
            }
            !helps
        });
        if open.is_empty() {
            return;
        }
    }
    // All of them make the base, which does not have it. What can be left out is left out: files first, then lines.
    for i in open {
        let mut taken = lines.clone();
        let mut sure = complete;
        let files: BTreeSet<&str> = lines.iter().map(|l| &*l.file).collect();
        let parts =
            files.into_iter().map(|file| lines.iter().copied().filter(|l| &*l.file == file).collect::<Vec<_>>());
        let parts: Vec<Vec<&Lines>> = parts.chain(lines.iter().map(|&l| vec![l])).collect();
        for part in parts {
            let rest: Vec<&Lines> = taken.iter().copied().filter(|l| !part.contains(l)).collect();
            if rest.len() == taken.len() || rest.is_empty() {
                continue;
            }
            match undone(&rest) {
                Some(gone) if gone.contains(fingerprint(i)) => taken = rest,
                Some(_) => {}
                None => sure = false,
            }
        }
        if sure || taken.len() <= SHOWN {
            settle(i, &taken, sure);
        }
    }
}
