//! The JSON Schemas of what linchpin reads and writes.

use crate::config;
use crate::facts::native;
use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::Value;

/// The schemas by name, sorted: what `linchpin schema` offers.
pub const NAMES: [&str; 8] = ["baseline", "blast", "config", "gate", "graph", "manifest", "report", "waivers"];

/// The text of a schema. Those of inputs are derived from the types that are read; those of outputs are contracts,
/// written by hand.
pub fn schema(name: &str) -> Option<String> {
    match name {
        "manifest" => Some(written(native::schema())),
        "config" => Some(written(config::schema())),
        "graph" => Some(include_str!("../schemas/graph.json").to_owned()),
        "report" => Some(include_str!("../schemas/report.json").to_owned()),
        "baseline" => Some(include_str!("../schemas/baseline.json").to_owned()),
        "gate" => Some(include_str!("../schemas/gate.json").to_owned()),
        "waivers" => Some(include_str!("../schemas/waivers.json").to_owned()),
        "blast" => Some(include_str!("../schemas/blast.json").to_owned()),
        _ => None,
    }
}

fn written(mut schema: Schema) -> String {
    LeftOut.transform(&mut schema);
    format!("{:#}\n", schema.as_value())
}

/// An optional field is left out, not left empty: TOML has no empty values, and in YAML one is noise at best. The derived
/// schemas allow `null` for every optional field; this takes it away.
struct LeftOut;

impl Transform for LeftOut {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|t| t != "null");
            if let [only] = &types[..] {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(words)) = schema.get_mut("enum") {
            words.retain(|word| !word.is_null());
        }
        if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
            choices.retain(|choice| choice.get("type").is_none_or(|t| t != "null"));
            if let [Value::Object(only)] = &choices[..] {
                let only = only.clone();
                schema.remove("anyOf");
                for (key, value) in only {
                    schema.insert(key, value);
                }
            }
        }
        transform_subschemas(self, schema);
    }
}
