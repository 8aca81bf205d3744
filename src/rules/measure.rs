//! How much of a fault there is, so that two sides can be compared.

use super::words::{duration, factor};
use crate::analysis::Level;

/// How bad a finding is within its rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// The smallest failure that suffices.
    Level(Level),
    /// Calls that one request becomes; infinite if nothing bounds them.
    Calls(f64),
    /// Factor by which calls multiply each time round a loop.
    Gain(f64),
    /// What is waited for in the worst case, in milliseconds; infinite if nothing limits it.
    Wait(f64),
    /// Failures that a group survives.
    Survives(u32),
}

impl Measure {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Measure::Level(_) => "level",
            Measure::Calls(_) => "calls",
            Measure::Gain(_) => "gain",
            Measure::Wait(_) => "wait_ms",
            Measure::Survives(_) => "survives",
        }
    }

    /// The number, if it is one.
    pub fn number(self) -> Option<f64> {
        match self {
            Measure::Level(_) => None,
            Measure::Calls(n) | Measure::Gain(n) | Measure::Wait(n) => Some(n),
            Measure::Survives(n) => Some(n.into()),
        }
    }

    /// The measure that [`Measure::word`] and a number or the word of a level stand for.
    pub fn of(word: &str, level: Option<Level>, number: Option<f64>) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of failures is small")]
        match (word, level, number) {
            ("level", Some(level), _) => Some(Measure::Level(level)),
            ("calls", _, Some(n)) => Some(Measure::Calls(n)),
            ("gain", _, Some(n)) => Some(Measure::Gain(n)),
            ("wait_ms", _, Some(n)) => Some(Measure::Wait(n)),
            ("survives", _, Some(n)) => Some(Measure::Survives(n as u32)),
            _ => None,
        }
    }

    /// Whether this is worse than it was. Numbers that grow have to be `times` what they were.
    pub fn worse_than(self, was: Self, times: f64) -> bool {
        match (self, was) {
            (Measure::Level(is), Measure::Level(was)) => is < was,
            (Measure::Survives(is), Measure::Survives(was)) => is < was,
            (Measure::Calls(is), Measure::Calls(was))
            | (Measure::Gain(is), Measure::Gain(was))
            | (Measure::Wait(is), Measure::Wait(was)) => is > was && (is.is_infinite() || is >= was * times),
            _ => false,
        }
    }

    /// What changed, in a few words: `24 calls instead of 6`.
    pub fn instead_of(self, was: Self) -> String {
        match (self, was) {
            (Measure::Level(is), Measure::Level(was)) => {
                format!("the loss of its {} suffices", Self::level(is))
                    + &format!(" instead of its {}", Self::level(was))
            }
            (Measure::Survives(is), Measure::Survives(was)) => format!("it survives {is} instead of {was}"),
            (Measure::Calls(is), Measure::Calls(was)) => format!("{} calls instead of {}", number(is), number(was)),
            (Measure::Gain(is), Measure::Gain(was)) => format!("{} a round instead of {}", number(is), number(was)),
            (Measure::Wait(is), Measure::Wait(was)) => format!("{} instead of {}", time(is), time(was)),
            _ => "it is measured otherwise".to_owned(),
        }
    }

    fn level(level: Level) -> &'static str {
        if level == Level::Component { "whole" } else { level.word() }
    }
}

fn number(n: f64) -> String {
    if n.is_finite() { factor(n) } else { "endless".to_owned() }
}

fn time(ms: f64) -> String {
    if ms.is_finite() { duration(ms) } else { "any time".to_owned() }
}
