use super::Problem;
use std::collections::BTreeMap;

/// How many inputs of one sort were seen, and what became of each: `seen = used + ignored + failed`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Everything that was looked at.
    pub seen: u64,
    /// Those that gave facts.
    pub used: u64,
    /// Those left aside on purpose.
    pub ignored: u64,
    /// Those that could not be read.
    pub failed: u64,
    /// Why inputs were left aside, with how many for each reason.
    pub reasons: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts one input that gave facts.
    pub fn used(&mut self) {
        self.seen += 1;
        self.used += 1;
    }

    /// Counts one input that was left aside.
    pub fn ignored(&mut self, why: impl Into<String>) {
        self.seen += 1;
        self.ignored += 1;
        *self.reasons.entry(why.into()).or_default() += 1;
    }

    /// Counts one input that could not be read; the reason is a [`Problem`].
    pub fn failed(&mut self) {
        self.seen += 1;
        self.failed += 1;
    }

    /// Counts inputs as used that were left aside for a reason that turned out not to hold.
    pub fn taken_up(&mut self, why: &str, count: u64) {
        let Some(aside) = self.reasons.get_mut(why) else { return };
        let count = count.min(*aside);
        *aside -= count;
        if *aside == 0 {
            self.reasons.remove(why);
        }
        self.ignored -= count;
        self.used += count;
    }

    /// Adds another tally to this one.
    pub fn merge(&mut self, other: Tally) {
        self.seen += other.seen;
        self.used += other.used;
        self.ignored += other.ignored;
        self.failed += other.failed;
        for (why, n) in other.reasons {
            *self.reasons.entry(why).or_default() += n;
        }
    }

    /// Whether everything seen is accounted for.
    pub fn balanced(&self) -> bool {
        self.seen == self.used + self.ignored + self.failed
    }
}

/// The account of a run's inputs: nothing is skipped that is not counted here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Files.
    pub files: Tally,
    /// Documents inside files.
    pub documents: Tally,
    /// Spans of traces; `ignored` is what the contract calls dropped.
    pub spans: Tally,
    /// What was wrong with inputs, in order of place.
    pub problems: Vec<Problem>,
}

impl Inventory {
    /// Adds another account to this one.
    pub fn merge(&mut self, other: Inventory) {
        self.files.merge(other.files);
        self.documents.merge(other.documents);
        self.spans.merge(other.spans);
        self.problems.extend(other.problems);
    }

    /// Sorts problems by place, drops repetitions, and checks that the books balance.
    ///
    /// # Panics
    /// If something seen is neither used, ignored nor failed: an input would have been skipped in silence.
    pub fn close(&mut self) {
        self.problems.sort();
        self.problems.dedup();
        for (what, tally) in [("files", &self.files), ("documents", &self.documents), ("spans", &self.spans)] {
            assert!(tally.balanced(), "{what} are not all accounted for: {tally:?}");
        }
    }
}
