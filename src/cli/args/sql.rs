//! What was typed of databases that hold traces.

use crate::facts::traces::clickhouse;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// `sql`
#[derive(Debug, ClapArgs)]
pub struct Sql {
    /// Where traces are stored.
    #[command(subcommand)]
    pub of: SqlOf,
}

/// Databases that traces are stored in.
#[derive(Debug, Subcommand)]
pub enum SqlOf {
    /// ClickHouse, as OpenTelemetry's exporter fills it
    #[command(
        after_help = "The rows are an edge summary: linchpin sql clickhouse | clickhouse-client | linchpin ingest -"
    )]
    Clickhouse(Clickhouse),
}

/// `sql clickhouse`
#[derive(Debug, ClapArgs)]
pub struct Clickhouse {
    /// Only traces that start at this time or later: 2025-11-21T14:00:00Z, or a date
    #[arg(long, value_name = "TIME", value_parser = clickhouse::time)]
    pub since: Option<u64>,
    /// Only traces that start before this time
    #[arg(long, value_name = "TIME", value_parser = clickhouse::time)]
    pub until: Option<u64>,
    /// The table of spans, with or without its database
    #[arg(long, value_name = "NAME", default_value = "otel_traces", value_parser = clickhouse::Table::new)]
    pub table: clickhouse::Table,
    /// How the table stores attributes
    #[arg(long, value_enum, default_value_t)]
    pub schema: TableSchema,
}

/// How a table stores attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TableSchema {
    /// In columns of type Map
    #[default]
    Map,
    /// In columns of type JSON
    Json,
}

impl From<TableSchema> for clickhouse::Schema {
    fn from(schema: TableSchema) -> Self {
        match schema {
            TableSchema::Map => clickhouse::Schema::Map,
            TableSchema::Json => clickhouse::Schema::Json,
        }
    }
}
