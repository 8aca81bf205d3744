//! The JSON Schemas of what linchpin reads and writes.

use crate::config;
use crate::facts::native;

/// The schemas by name: what `linchpin schema` offers.
pub const NAMES: [&str; 5] = ["manifest", "config", "graph", "report", "blast"];

/// The text of a schema. Those of inputs are derived from the types that are read; those of outputs are contracts,
/// written by hand.
pub fn schema(name: &str) -> Option<String> {
    match name {
        "manifest" => Some(pretty(&native::schema())),
        "config" => Some(pretty(&config::schema())),
        "graph" => Some(include_str!("../schemas/graph.json").to_owned()),
        "report" => Some(include_str!("../schemas/report.json").to_owned()),
        "blast" => Some(include_str!("../schemas/blast.json").to_owned()),
        _ => None,
    }
}

fn pretty(schema: &schemars::Schema) -> String {
    format!("{:#}\n", schema.as_value())
}
