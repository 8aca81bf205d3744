//! Findings that are accepted for now.

use super::date::Date;
use super::place::Placed;
use super::value::Text;
use schemars::JsonSchema;
use serde::Deserialize;

/// A finding that is accepted, by whom, why and until when.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule, by its code (`LP001`) or name (`single-point-of-failure`).
    pub rule: Placed<Text>,
    /// The component, by id or unambiguous name; every finding of the rule if absent.
    pub subject: Option<Placed<Text>>,
    /// Why it is accepted.
    pub reason: Text,
    /// Who accepts it.
    pub owner: Option<Text>,
    /// The last day on which it holds; for ever if absent.
    pub expires: Option<Placed<Date>>,
}

impl Waiver {
    /// Whether it no longer holds on a day. It still holds on the day that it names.
    pub fn expired(&self, today: Date) -> bool {
        self.expires.as_ref().is_some_and(|last| **last < today)
    }
}
