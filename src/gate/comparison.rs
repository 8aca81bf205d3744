//! What a comparison says.

use crate::config::Date;
use crate::rules::{Finding, Measure, Rule, Severity};
use crate::source::Location;
use std::ops::Range;
use std::sync::Arc;

/// How a finding of the head stands to the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The base does not have it.
    New,
    /// The base has it, and less badly.
    Worsened,
    /// The base has it, and worse.
    Improved,
    /// It is what it was.
    Unchanged,
}

impl State {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            State::New => "new",
            State::Worsened => "worsened",
            State::Improved => "improved",
            State::Unchanged => "unchanged",
        }
    }
}

/// A finding of the head beside the base.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The finding, in terms of the head's graph, with the severity that the policy gives it.
    pub finding: Finding,
    /// How it stands to the base.
    pub state: State,
    /// What it was at the base, if it got worse or better.
    pub was: Option<Amount>,
    /// In which respects it differs from the base, each in a few words: `1 failure suffices instead of 2`.
    pub differences: Vec<String>,
    /// What changed in the system along it, each in a few words with its place: `cart runs 1 instance instead of 3`.
    /// Places of what went are those of the base.
    pub causes: Vec<Cause>,
    /// The fewest changed lines that have to be taken back for it to be as at the base; nothing where that was not
    /// found out, or nothing is to be undone.
    pub undo: Option<Undo>,
    /// The waiver that accepts it.
    pub waiver: Option<Waived>,
    /// Why it fails the gate, as the policy says it (`new, and policy fails on new or worse from warning up`); nothing
    /// if it does not.
    pub fails: Option<String>,
}

/// How much of a fault there was.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// How bad.
    pub severity: Severity,
    /// What was wrong.
    pub message: String,
    /// Stable names of the entries that it hit.
    pub entries: Vec<Arc<str>>,
    /// The number.
    pub measure: Option<Measure>,
}

/// A change of the system that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// Where: in the head, or in the base if it is there no longer.
    pub at: Location,
    /// It stands in the base only.
    pub removed: bool,
    /// What changed, in a few words.
    pub what: String,
}

/// Changed lines that are taken back together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The lines, by file and place.
    pub lines: Vec<Lines>,
    /// It was tried that these suffice, or follows from what they say, and none of them can be left out. Otherwise these
    /// are the lines on which something changed along the finding, or lines that suffice together.
    pub least: bool,
}

/// Lines of a file that differ between base and head. Lines count from 1; an empty range is a place between lines: the
/// other side has lines there that this one has not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lines {
    /// The file, as reported.
    pub file: Arc<str>,
    /// Lines of the base.
    pub base: LineRange,
    /// Lines of the head.
    pub head: LineRange,
}

/// The first line, and the first one after them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineRange {
    /// The first line.
    pub start: u32,
    /// The first one after them; `start` if there is none.
    pub end: u32,
}

impl From<Range<u32>> for LineRange {
    fn from(range: Range<u32>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// A finding of the base that the head has no longer.
#[derive(Clone, Debug, PartialEq)]
pub struct Gone {
    /// Which rule.
    pub rule: &'static Rule,
    /// How bad it was.
    pub severity: Severity,
    /// What was wrong.
    pub message: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Where it stood in the base.
    pub at: Option<Location>,
    /// The ids of the components that it was about.
    pub subjects: Vec<Arc<str>>,
}

/// Why a finding is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// Why.
    pub reason: Arc<str>,
    /// Who accepts it.
    pub owner: Option<Arc<str>>,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// Where the waiver stands.
    pub at: Location,
}

/// Whether it may pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing fails it.
    Passed,
    /// Some findings do, or a waiver that expired.
    Failed,
    /// It could not look: why, each reason a sentence without a full stop. Never taken for a pass.
    Blind(Vec<String>),
}

impl Verdict {
    /// The word of the output contract.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Passed => "pass",
            Verdict::Failed => "fail",
            Verdict::Blind(_) => "blind",
        }
    }
}

/// The head beside the base.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What the base is: `origin/main (merge base 1a2b3c4d)`, `folder old`, `report baseline.json`.
    pub base: String,
    /// What is compared with it: `the working tree`, or a commit or folder.
    pub head: String,
    /// What a reader should know of the comparison itself: that there was no merge base, that the base has no manifests.
    pub remarks: Vec<String>,
    /// All findings of the head: those that fail the gate first, then by state, then as a scan ranks them.
    pub findings: Vec<Compared>,
    /// What the base had and the head has not.
    pub gone: Vec<Gone>,
    /// What changed in the system, whether or not a finding rests on it.
    pub changes: Vec<Cause>,
    /// Waivers that are wrong: expired, unused or without effect. Expired ones fail the gate.
    pub waivers: Vec<WaiverProblem>,
    /// The policy in force, a sentence a line.
    pub policy: Vec<String>,
    /// Whether it may pass; nothing where nobody asks.
    pub verdict: Option<Verdict>,
}

/// A waiver that does not do what somebody wrote it for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaiverProblem {
    /// Where it stands.
    pub at: Location,
    /// What is wrong with it, in a sentence without a full stop.
    pub reason: String,
    /// It expired, and a finding would need it: that fails the gate.
    pub fails: bool,
}

impl Comparison {
    /// The findings of a state that nobody waived, in order.
    pub fn of(&self, state: State) -> impl Iterator<Item = &Compared> {
        self.findings.iter().filter(move |f| f.state == state && f.waiver.is_none())
    }

    /// The findings that are waived, in order.
    pub fn waived(&self) -> impl Iterator<Item = &Compared> {
        self.findings.iter().filter(|f| f.waiver.is_some())
    }

    /// Why it could not look, if so.
    pub fn blind(&self) -> &[String] {
        match &self.verdict {
            Some(Verdict::Blind(reasons)) => reasons,
            _ => &[],
        }
    }

    /// The same without a verdict: nothing fails, and what would have kept it from one is a remark.
    #[must_use]
    pub fn without_verdict(mut self) -> Self {
        if let Some(Verdict::Blind(reasons)) = self.verdict.take() {
            self.remarks.extend(reasons);
        }
        self.findings.iter_mut().for_each(|f| f.fails = None);
        self.findings.sort_by_key(|f| f.state);
        self
    }

    /// The findings that fail the gate, in order.
    pub fn failing(&self) -> impl Iterator<Item = &Compared> {
        self.findings.iter().filter(|f| f.fails.is_some())
    }
}
