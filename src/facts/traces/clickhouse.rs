//! The query that summarises traces where they are stored: in ClickHouse, as OpenTelemetry's exporter writes them.
//!
//! Its rows are the lines of `linchpin.edges/1`, and they say what ingesting the same spans would say. What a span means
//! is told a second time there, in SQL; `tests/clickhouse.rs` holds both to the same answers, on the real engine.

use super::access::{READS, WRITES};
use super::collect::RPC_FAILURES;
use super::node::{CONSUMING, PUBLISHING};
use super::record::UNKNOWN;
use super::systems::{CACHES, RENAMED, USUAL_PORTS};
use crate::parse::spans::{Attribute, rfc3339};
use std::fmt::Write as _;

/// What is the same for all tables and periods: one query in five steps.
const TEMPLATE: &str = concat!(
    include_str!("clickhouse/functions.sql"),
    include_str!("clickhouse/spans.sql"),
    include_str!("clickhouse/tree.sql"),
    include_str!("clickhouse/calls.sql"),
    include_str!("clickhouse/lines.sql"),
);

/// In the place of a sketch's bucket, for a duration that nobody recorded. Buckets end at 3,775.
const NO_BUCKET: u16 = u16::MAX;

/// How long before and after the period spans are looked for that belong to a trace of the period.
const LONGEST_TRACE: u64 = 3600 * 1_000_000_000;

/// How the exporter stores attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schema {
    /// In columns of type `Map(LowCardinality(String), String)`.
    #[default]
    Map,
    /// In columns of type `JSON`.
    Json,
}

/// A table of ClickHouse: a name without or with that of its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table(String);

impl Table {
    /// A table named `table` or `database.table`.
    ///
    /// # Errors
    /// If a name has anything but letters, digits, `_` and `-`: it is written into a query.
    pub fn new(name: &str) -> Result<Self, String> {
        let is_plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        };
        let parts: Vec<&str> = name.split('.').collect();
        if parts.len() > 2 || !parts.iter().all(|part| is_plain(part)) {
            return Err("a table is named `table` or `database.table`, of letters, digits, _ and -".to_owned());
        }
        Ok(Self(parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(".")))
    }
}

/// A time in nanoseconds since the epoch, from RFC 3339 or a date, whose midnight in UTC is meant.
///
/// # Errors
/// If it is neither.
pub fn time(text: &str) -> Result<u64, String> {
    let midnight = format!("{text}T00:00:00Z");
    rfc3339(text)
        .or_else(|| rfc3339(&midnight))
        .filter(|&ns| i64::try_from(ns).is_ok())
        .ok_or_else(|| "a time is written as 2025-11-21T14:00:00Z or 2025-11-21".to_owned())
}

/// What to summarise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Where the spans are.
    pub table: Table,
    /// How they are stored.
    pub schema: Schema,
    /// Only traces that start at this time or later, in nanoseconds since the epoch.
    pub since: Option<u64>,
    /// Only traces that start before this time.
    pub until: Option<u64>,
}

impl Query {
    /// The text of the query.
    pub fn sql(&self) -> String {
        let (of_resources, of_spans): (Vec<Attribute>, Vec<Attribute>) =
            Attribute::ALL.iter().partition(|&&a| a <= Attribute::CloudRegion);
        let fills = [
            ("{{table}}", self.table.0.clone()),
            ("{{resource_attributes}}", self.attributes("ResourceAttributes", &of_resources)),
            ("{{span_attributes}}", self.attributes("SpanAttributes", &of_spans)),
            (
                "{{stored_window}}",
                self.window("Timestamp", |ns| format!("fromUnixTimestamp64Nano({ns})"), LONGEST_TRACE),
            ),
            ("{{span_window}}", self.window("start", |ns| ns.to_string(), 0)),
            ("{{trace_window}}", self.window("trace_start", |ns| ns.to_string(), 0)),
            ("{{old_names}}", list(RENAMED.iter().map(|(old, _)| old))),
            ("{{current_names}}", list(RENAMED.iter().map(|(_, current)| current))),
            ("{{systems}}", list(USUAL_PORTS.iter().map(|(system, _)| system))),
            ("{{usual_ports}}", USUAL_PORTS.iter().map(|(_, port)| port.to_string()).collect::<Vec<_>>().join(", ")),
            ("{{caches}}", list(CACHES)),
            ("{{consuming}}", list(CONSUMING)),
            ("{{publishing}}", list(PUBLISHING)),
            ("{{rpc_failures}}", list(RPC_FAILURES)),
            ("{{reads}}", list(READS)),
            ("{{writes}}", list(WRITES)),
            ("{{unknown}}", UNKNOWN.to_string()),
            ("{{no_bucket}}", NO_BUCKET.to_string()),
        ];
        fills.into_iter().fold(TEMPLATE.to_owned(), |sql, (mark, text)| sql.replace(mark, &text))
    }

    /// Those attributes of a column that matter, as a map of texts.
    fn attributes(&self, column: &str, wanted: &[Attribute]) -> String {
        let keys: Vec<&str> = wanted.iter().map(|a| a.key()).collect();
        match self.schema {
            Schema::Map => format!("mapFilter((key, value) -> key IN ({}), {column})", list(&keys)),
            Schema::Json => {
                let mut pairs = String::new();
                for key in keys {
                    let path = key.replace('.', "`.`");
                    // Writing to a String cannot fail.
                    let _ = write!(pairs, "\n            ('{key}', {column}.`{path}`::Nullable(String)),");
                }
                let pairs = pairs.trim_end_matches(',');
                format!(
                    "CAST(arrayMap(pair -> (pair.1, assumeNotNull(pair.2)), arrayFilter(pair -> isNotNull(pair.2), \
                     [{pairs}])), 'Map(String, String)')"
                )
            }
        }
    }

    /// Whether a time is in the period, or at most `margin` away from it.
    fn window(&self, column: &str, literal: impl Fn(u64) -> String, margin: u64) -> String {
        let since = self.since.map(|ns| format!("{column} >= {}", literal(ns.saturating_sub(margin))));
        let until =
            self.until.map(|ns| format!("{column} < {}", literal(ns.saturating_add(margin).min(i64::MAX as u64))));
        let bounds: Vec<String> = since.into_iter().chain(until).collect();
        if bounds.is_empty() { "true".to_owned() } else { bounds.join(" AND ") }
    }
}

/// Words of this program's own, as literals.
fn list<'a>(words: impl IntoIterator<Item = &'a &'a str>) -> String {
    words.into_iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(since: Option<u64>, until: Option<u64>) -> Query {
        Query { table: Table::new("otel_traces").unwrap(), schema: Schema::Map, since, until }
    }

    /// What is no plain name gets into no query.
    #[test]
    fn tables_have_plain_names() {
        assert_eq!(Table::new("otel_traces"), Ok(Table("`otel_traces`".into())));
        assert_eq!(Table::new("otel-eu.traces"), Ok(Table("`otel-eu`.`traces`".into())));
        for name in ["", "a.", ".b", "a.b.c", "a b", "a`b", "a;b", "a'b", "a\nb", "(select 1)", "ä"] {
            assert!(Table::new(name).is_err(), "{name}");
        }
    }

    /// Times are moments or days.
    #[test]
    fn times_are_moments_or_days() {
        assert_eq!(time("1970-01-02"), Ok(86_400_000_000_000));
        assert_eq!(time("1970-01-01T01:00:00+01:00"), Ok(0));
        for text in ["", "yesterday", "2025-13-01", "1970-01-01' OR 1", "2500-01-01"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    /// Nothing of the template is left over, in either schema, and every attribute is asked for.
    #[test]
    fn everything_is_filled_in() {
        for schema in [Schema::Map, Schema::Json] {
            let sql = Query { schema, ..query(Some(1), Some(2)) }.sql();
            assert!(!sql.contains("{{"), "{sql}");
            assert!(Attribute::ALL.iter().all(|a| sql.contains(&format!("'{}'", a.key()))));
        }
    }

    /// Traces of the period may have spans around it; without a period everything is read.
    #[test]
    fn periods_are_windows() {
        let sql = query(Some(7_200_000_000_000), None).sql();
        assert!(sql.contains("WHERE Timestamp >= fromUnixTimestamp64Nano(3600000000000)\n"));
        assert!(query(None, None).sql().contains("WHERE true\n"));
    }
}
