//! Findings of both sides to what is new, worse, better and gone.

use super::{Amount, Gone, Risk, Snapshot, State};
use crate::rules::words::count;
use rustc_hash::FxHashMap;
use std::collections::{BTreeSet, VecDeque};

/// Rules whose findings take the place of worse ones of the same subject: what had one instance and now has two that
/// may share a machine is better off than before.
const SUCCESSIONS: [(&str, &str); 3] = [("LP004", "LP001"), ("LP003", "LP001"), ("LP003", "LP002")];

/// How the risks of the head stand to the base.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// For each risk of the head.
    pub states: Vec<Standpoint>,
    /// What the head has no longer.
    pub gone: Vec<Gone>,
}

/// How a risk of the head stands to the base.
#[derive(Clone, Debug, PartialEq)]
pub struct Standpoint {
    /// In a word.
    pub state: State,
    /// In which respects it differs, each in a few words.
    pub differences: Vec<String>,
    /// What it was, if it got worse or better.
    pub was: Option<Amount>,
}

/// Compares two sides. A number is worse when it is `times` what it was.
pub fn compare(base: &Snapshot, head: &Snapshot, times: f64) -> Standing {
    let mut free: Vec<bool> = vec![true; base.risks.len()];
    let mut matched: Vec<Option<usize>> = vec![None; head.risks.len()];
    let keys: [fn(&Risk) -> Option<&str>; 3] =
        [|r| Some(&r.fingerprint), |r| r.kin.as_deref(), |r| r.by_names.as_deref()];
    for key in keys {
        let mut left: FxHashMap<(&str, &str), VecDeque<usize>> = FxHashMap::default();
        for (i, was) in base.risks.iter().enumerate().filter(|(i, _)| free.get(*i) == Some(&true)) {
            if let Some(key) = key(was) {
                left.entry((was.rule.code, key)).or_default().push_back(i);
            }
        }
        for (risk, found) in head.risks.iter().zip(&mut matched).filter(|(_, found)| found.is_none()) {
            let same = key(risk).and_then(|key| left.get_mut(&(risk.rule.code, key)));
            *found = same.and_then(VecDeque::pop_front);
            if let Some(free) = found.and_then(|i| free.get_mut(i)) {
                *free = false;
            }
        }
    }
    let state = |(risk, found): (&Risk, &Option<usize>)| match found.and_then(|i| base.risks.get(i)) {
        Some(was) => {
            let (state, differences) = differences(base, was, risk, times);
            Standpoint { state, differences, was: (state != State::Unchanged).then(|| amount(was)) }
        }
        None => match succeeds(base, &free, risk) {
            None => Standpoint { state: State::New, differences: Vec::new(), was: None },
            Some(was) => Standpoint {
                state: State::Improved,
                differences: vec![format!("instead of {} {}", was.rule.code, was.rule.name)],
                was: Some(amount(was)),
            },
        },
    };
    // What gave way to something worse has not gone.
    let replaced = |was: &Risk| {
        let worse = |is: &Risk| SUCCESSIONS.contains(&(was.rule.code, is.rule.code)) && is.severity >= was.severity;
        head.risks.iter().any(|is| worse(is) && is.subjects.iter().any(|s| was.subjects.contains(s)))
    };
    let left = base.risks.iter().zip(&free).filter(|(was, free)| **free && !replaced(was));
    let gone = left.map(|(risk, _)| gone(risk));
    Standing { states: head.risks.iter().zip(&matched).map(state).collect(), gone: gone.collect() }
}

/// The worse finding of the base whose place one of the head takes.
fn succeeds<'b>(base: &'b Snapshot, free: &[bool], risk: &Risk) -> Option<&'b Risk> {
    let worse = |was: &Risk| SUCCESSIONS.contains(&(risk.rule.code, was.rule.code)) && was.severity >= risk.severity;
    let left = base.risks.iter().zip(free).filter(|(was, free)| **free && worse(was));
    left.map(|(was, _)| was).find(|was| was.subjects.iter().any(|s| risk.subjects.contains(s)))
}

fn amount(risk: &Risk) -> Amount {
    Amount {
        severity: risk.severity,
        message: risk.message.clone(),
        entries: risk.entries.iter().cloned().collect(),
        measure: risk.measure,
    }
}

fn gone(risk: &Risk) -> Gone {
    Gone {
        rule: risk.rule,
        severity: risk.severity,
        message: risk.message.clone(),
        fingerprint: risk.fingerprint.clone(),
        at: risk.at.clone(),
        subjects: risk.subjects.clone(),
    }
}

fn differences(base: &Snapshot, was: &Risk, is: &Risk, times: f64) -> (State, Vec<String>) {
    let (mut worse, mut better) = (Vec::new(), Vec::new());
    if is.severity != was.severity {
        let words = format!("{} instead of {}", is.severity.word(), was.severity.word());
        if is.severity > was.severity { worse.push(words) } else { better.push(words) }
    }
    if let (Some(now), Some(before)) = (is.measure, was.measure) {
        if now.worse_than(before, times) {
            worse.push(now.instead_of(before));
        } else if before.worse_than(now, times) {
            better.push(now.instead_of(before));
        }
    }
    // An entry that only changed its name is no more than before.
    let exposed: Vec<&str> = is.entries.difference(&was.entries).map(|name| &**name).collect();
    let there: BTreeSet<&str> = exposed.iter().copied().filter(|entry| base.entries.contains(*entry)).collect();
    if is.entries.len() > was.entries.len() || !there.is_empty() {
        let shown = if there.is_empty() { exposed } else { there.into_iter().collect() };
        let entries = count(is.entries.len(), "entry", "entries");
        worse.push(format!("hits {entries} instead of {}: {} too", was.entries.len(), shown.join(", ")));
    } else if is.entries.len() < was.entries.len() {
        better.push(format!("hits {} instead of {}", count(is.entries.len(), "entry", "entries"), was.entries.len()));
    }
    match (worse.is_empty(), better.is_empty()) {
        (false, _) => (State::Worsened, worse),
        (true, false) => (State::Improved, better),
        (true, true) => (State::Unchanged, Vec::new()),
    }
}
