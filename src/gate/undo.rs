//! Which changed lines have to be taken back for a finding to be as at the base: tried, not guessed.

use super::judge::{Base, Without};
use super::{Cause, Changed, Compared, Index, Lines, Snapshot, State, Undo, compare};
use crate::graph::Graph;
use crate::rules::{Severity, stable_name};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// The most systems that are tried.
const TRIES: usize = 48;
/// The most components of all tried systems together: larger systems are tried less often.
const WORK: usize = 9_000;
/// Systems of more components are not tried: a try costs about half a scan, and a whole gate is to cost one and a half.
const TRIED: usize = 400;
/// Changes that are tried at once when none is likelier than the others.
const AT_ONCE: usize = 4;
/// More lines than these are no help to anybody, unless nothing less will do.
const SHOWN: usize = 12;

/// What is known of the head without trying anything.
pub(super) struct Known<'k> {
    /// Its graph.
    pub graph: &'k Graph,
    /// What changed in it.
    pub index: &'k Index<'k>,
}

/// Finds the undo of all findings that are new or worse, notes left aside.
pub(super) fn find(
    compared: &mut [Compared],
    head: &Snapshot,
    base: &Base<'_>,
    times: f64,
    known: &Known<'_>,
    without: &Without<'_>,
) {
    let wanted = |c: &Compared| {
        matches!(c.state, State::New | State::Worsened) && (c.finding.severity > Severity::Note || c.fails.is_some())
    };
    let mut open: Vec<usize> = (0..compared.len()).filter(|&i| compared.get(i).is_some_and(wanted)).collect();
    if open.is_empty() || base.lines.is_empty() {
        return;
    }
    let mut found = known_at_once(compared, &mut open, base.lines, known);
    let components = known.graph.components.len();
    if components <= TRIED {
        let left = TRIES.min(WORK / components.max(1)).max(1);
        found.extend(tried(compared, open, Tries { left, head, base, times, without }));
    } else {
        let lines = |i: usize| Some((i, along(base.lines, known, compared.get(i)?)?));
        found.extend(open.into_iter().filter_map(lines));
    }
    for (i, undo) in found {
        if let Some(row) = compared.get_mut(i) {
            row.undo = Some(undo);
        }
    }
}

/// What needs no trying: what is left over is not as the base. Takes it from what is open.
fn known_at_once(
    compared: &[Compared],
    open: &mut Vec<usize>,
    lines: &[Lines],
    known: &Known<'_>,
) -> Vec<(usize, Undo)> {
    let mut found = Vec::new();
    let telling = telling(lines, known.index.all());
    open.retain(|&i| {
        let Some(row) = compared.get(i) else { return false };
        let changes = known.index.of(known.graph, &row.finding);
        // What has several instances again is none of these any more.
        let alone = |c: &&&Changed| c.alone && row.finding.rule.code == "LP001" && c.about.len() == 1;
        let own = row.finding.subjects.first().map(|&s| stable_name(known.graph, s));
        let alone = changes.iter().filter(alone).find(|c| c.about.first() == own.as_ref());
        let line = match (lines, &telling[..]) {
            ([only], _) => Some(only),
            // Nothing else changes anything, so the base has all but this.
            (_, [only]) if !changes.is_empty() => Some(*only),
            _ => alone.and_then(|c| lines.iter().find(|l| holds(l, &c.cause))),
        };
        found.extend(line.map(|line| (i, Undo { lines: vec![line.clone()], least: true })));
        line.is_none()
    });
    found
}

/// The lines on which something changed; none if something changed elsewhere.
fn telling<'l>(lines: &'l [Lines], changes: &[Changed]) -> Vec<&'l Lines> {
    let housed = |c: &Changed| lines.iter().any(|l| holds(l, &c.cause));
    if !changes.iter().all(housed) {
        return Vec::new();
    }
    lines.iter().filter(|l| changes.iter().any(|c| holds(l, &c.cause))).collect()
}

/// Where something changed along a finding, if that is told by few lines: references that came, else whatever did.
fn along(lines: &[Lines], known: &Known<'_>, row: &Compared) -> Option<Undo> {
    let changes = known.index.of(known.graph, &row.finding);
    let came: Vec<&Changed> = changes.iter().copied().filter(|c| c.about.len() > 1 && !c.cause.removed).collect();
    let changes = if came.is_empty() { changes } else { came };
    let here: Vec<Lines> = lines.iter().filter(|l| changes.iter().any(|c| holds(l, &c.cause))).cloned().collect();
    (1..=SHOWN).contains(&here.len()).then_some(Undo { lines: here, least: false })
}

fn holds(lines: &Lines, cause: &Cause) -> bool {
    let range = if cause.removed { lines.base } else { lines.head };
    *lines.file == *cause.at.file && (range.start..range.end).contains(&cause.at.line)
}

/// What is found by trying.
fn tried(compared: &[Compared], mut open: Vec<usize>, mut tries: Tries<'_>) -> Vec<(usize, Undo)> {
    let (lines, likely) = likeliest_first(tries.base.lines, open.iter().filter_map(|&i| compared.get(i)));
    let mut found = Vec::new();
    let mut settle = |i: usize, taken: &[&Lines], least: bool| {
        let mut lines: Vec<Lines> = taken.iter().map(|&l| l.clone()).collect();
        lines.sort();
        found.push((i, Undo { lines, least }));
    };
    let head = tries.head;
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
            return found;
        }
    }
    // All of them make the base, which does not have it. What can be left out is left out: files first, then lines.
    let files: BTreeSet<&str> = lines.iter().map(|l| &*l.file).collect();
    let of_file = |file: &str| lines.iter().copied().filter(|l| *l.file == *file).collect::<Vec<_>>();
    let parts = files.into_iter().map(of_file).filter(|part| part.len() > 1);
    let parts: Vec<Vec<&Lines>> = parts.chain(lines.iter().map(|&l| vec![l])).collect();
    for i in open {
        if tries.left == 0 && lines.len() > SHOWN {
            break;
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
    found
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
    base: &'t Base<'t>,
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
        let standing = compare(self.base.snapshot, &tried, self.times);
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
