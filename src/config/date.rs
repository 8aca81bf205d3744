//! Days of the calendar.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use toml::value::Datetime;

/// A day: `2026-01-31`. Days compare in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day, if the calendar has it.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }

    /// The day so many days after 1970-01-01.
    pub fn of_days(days: u64) -> Option<Self> {
        // Years that begin in March, in eras of 400: leap days come last.
        let shifted = days.checked_add(719_468)?;
        let (era, day) = (shifted / 146_097, shifted % 146_097);
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * month + 2) / 5 + 1;
        let calendar = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year + u64::from(calendar <= 2);
        Self::new(u16::try_from(year).ok()?, u8::try_from(calendar).ok()?, u8::try_from(of_month).ok()?)
    }

    /// The day so many days after this one; the last one that can be written if that is later.
    #[must_use]
    pub fn plus(self, days: u64) -> Self {
        const LAST: Date = Date { year: 9999, month: 12, day: 31 };
        Self::of_days(self.days().saturating_add(days)).filter(|d| *d <= LAST).unwrap_or(LAST)
    }

    /// Days since 1970-01-01; 0 before.
    fn days(self) -> u64 {
        let (year, month, day) = (u64::from(self.year), u64::from(self.month), u64::from(self.day));
        let year = if month <= 2 { year.saturating_sub(1) } else { year };
        let month = if month > 2 { month - 3 } else { month + 9 };
        let of_year = (153 * month + 2) / 5 + day - 1;
        (year * 365 + year / 4 - year / 100 + year / 400 + of_year).saturating_sub(719_468)
    }

    /// `YYYY-MM-DD`, each part in full.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| -> Option<u16> {
            parts.next().filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        if parts.next().is_some() {
            return None;
        }
        Self::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DateVisitor)
    }
}

/// TOML has dates of its own; people also write them as text.
struct DateVisitor;

impl<'de> Visitor<'de> for DateVisitor {
    type Value = Date;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a day of the calendar such as `2026-01-31`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Date, E> {
        Date::parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Date, A::Error> {
        let written = Datetime::deserialize(MapAccessDeserializer::new(map))?.to_string();
        self.visit_str(&written)
    }
}

impl JsonSchema for Date {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only days that the calendar has, written in full.
    #[test]
    fn days() {
        for (text, valid) in [
            ("2026-01-31", true),
            ("2024-02-29", true),
            ("2000-02-29", true),
            ("2026-02-29", false),
            ("1900-02-29", false),
            ("2026-04-31", false),
            ("2026-13-01", false),
            ("2026-00-01", false),
            ("2026-01-00", false),
            ("2026-1-31", false),
            ("26-01-31", false),
            ("2026-01-31-1", false),
            ("2026-01-31T00:00:00", false),
            ("+026-01-31", false),
            ("", false),
        ] {
            assert_eq!(Date::parse(text).map(|d| d.to_string()), valid.then(|| text.to_owned()), "{text}");
        }
    }

    /// Days are counted from 1970 on, leap years included.
    #[test]
    fn days_are_counted() {
        for (days, day) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_778, "2026-11-21"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            let date = Date::of_days(days).unwrap_or_else(|| panic!("{day}"));
            assert_eq!((date.to_string().as_str(), date.days()), (day, days));
        }
        let day = |text: &str| Date::parse(text);
        assert_eq!(day("2026-12-25").map(|d| d.plus(10)), day("2027-01-04"));
        assert_eq!(day("2026-12-25").map(|d| d.plus(u64::MAX)), day("9999-12-31"));
    }

    /// Later days are greater.
    #[test]
    fn days_are_ordered() {
        let days = ["2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01"].map(Date::parse);
        assert!(days.is_sorted() && days[0].is_some());
    }
}
