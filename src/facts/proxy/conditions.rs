//! Envoy's retry conditions, which Istio, Contour, Emissary, Consul, App Mesh and Linkerd write too (SEMANTICS A.2).

use crate::facts::Retried;
use crate::parse::Node;
use crate::source::{Problem, unknown};
use std::sync::Arc;

/// What is retried, in the platform's words, and which faults that means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::facts) struct Conditions {
    /// The words, in the order written.
    pub words: Vec<Arc<str>>,
    refused: bool,
    error: bool,
    /// A try that takes too long is retried, if one try has a limit.
    late: bool,
}

/// Every condition with the faults that it covers: refused, error, late. Connection failures are resets to Envoy, and a
/// reset counts as a 5xx.
const KNOWN: [(&str, bool, bool, bool); 16] = [
    ("5xx", true, true, true),
    ("gateway-error", true, true, true),
    ("reset", true, false, true),
    ("reset-before-request", true, false, false),
    ("connect-failure", true, false, false),
    ("refused-stream", true, false, false),
    ("http3-post-connect-failure", true, false, false),
    // Conflicts, rate limits and marked answers are no faults of a provider that is ill.
    ("retriable-4xx", false, false, false),
    ("envoy-ratelimited", false, false, false),
    ("retriable-headers", false, false, false),
    // The codes stand beside it, and are conditions of their own here.
    ("retriable-status-codes", false, false, false),
    ("cancelled", false, true, false),
    ("deadline-exceeded", false, true, false),
    ("internal", false, true, false),
    ("resource-exhausted", false, true, false),
    ("unavailable", false, true, false),
];

impl Conditions {
    /// Conditions as written; a word that Envoy does not know is reported and covers nothing.
    pub fn read(words: Vec<(Arc<str>, &Node)>, problems: &mut Vec<Problem>) -> Self {
        let mut conditions = Self::default();
        for (word, node) in words {
            if !conditions.add(&word) {
                let names: Vec<&str> = KNOWN.iter().map(|(name, ..)| *name).collect();
                problems.push(unknown("retry condition", &word, &names, node.at()));
            }
        }
        conditions
    }

    /// Conditions that the platform itself sets.
    pub fn of(words: &[&str]) -> Self {
        let mut conditions = Self::default();
        for word in words {
            conditions.add(word);
        }
        conditions
    }

    /// Adds a condition or status code (`503`, `500-504`); false if there is none such.
    pub fn add(&mut self, word: &str) -> bool {
        let covers = match KNOWN.iter().find(|(name, ..)| *name == word) {
            Some(&(_, refused, error, late)) => (refused, error, late),
            None => match codes(word) {
                Some(highest) => (false, highest >= 500, false),
                None => return false,
            },
        };
        self.refused |= covers.0;
        self.error |= covers.1;
        self.late |= covers.2;
        self.words.push(word.into());
        true
    }

    /// The same where the platform also retries whatever could not be delivered.
    #[must_use]
    pub fn and_refused(mut self) -> Self {
        self.refused = true;
        self
    }

    /// The same where the platform itself retries a try that took too long.
    #[must_use]
    pub fn and_late(mut self) -> Self {
        self.late = true;
        self
    }

    /// The faults that are tried again. Without a limit of one try nothing notices that a try is late: what exceeds the
    /// limit of the whole call is never retried.
    pub fn retried(&self, per_try: Option<f64>) -> Retried {
        Retried { refused: self.refused, error: self.error, late: self.late && per_try.is_some() }
    }
}

/// The highest of the status codes that a word means.
fn codes(word: &str) -> Option<u16> {
    let code = |text: &str| text.parse().ok().filter(|code| (100..600).contains(code));
    match word.split_once('-') {
        Some((low, high)) => code(low).and(code(high)),
        None => code(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which faults each sort of condition covers, with and without a limit of one try.
    #[test]
    fn faults() {
        for (words, refused, error, late) in [
            (&["5xx"][..], true, true, true),
            (&["connect-failure", "refused-stream"], true, false, false),
            (&["reset"], true, false, true),
            (&["503", "retriable-status-codes"], false, true, false),
            (&["409"], false, false, false),
            (&["500-504"], false, true, false),
            (&["unavailable"], false, true, false),
        ] {
            let conditions = Conditions::of(words);
            assert_eq!(conditions.words.len(), words.len(), "{words:?}");
            assert_eq!(conditions.retried(Some(1.0)), Retried { refused, error, late }, "{words:?}");
            assert!(!conditions.retried(None).late, "{words:?}");
        }
        let mut conditions = Conditions::default();
        assert!(!conditions.add("6xx") && !conditions.add("999") && !conditions.add("500-"));
    }
}
