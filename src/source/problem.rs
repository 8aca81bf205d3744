use super::Location;
use std::fmt;

/// Something wrong with an input: what could not be read or understood, and what to do about it.
///
/// A problem never stops the run. It is not a finding: findings are about the system, problems about its description.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it is.
    pub at: Location,
    /// What is wrong, as a lower-case fragment without a full stop.
    pub reason: String,
    /// What to do, if there is something to do.
    pub remedy: Option<String>,
}

impl Problem {
    /// A problem without a remedy.
    pub fn new(at: Location, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into(), remedy: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.reason)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}
