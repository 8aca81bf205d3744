//! The committed JSON Schemas.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use linchpin::schema::{NAMES, schema};
use serde_json::Value;
use std::{env, fs};

/// `schemas/` holds what `linchpin schema` prints; run the tests with `LINCHPIN_BLESS=1` to write it again.
#[test]
fn committed_schemas_are_fresh() {
    for name in NAMES {
        let path = format!("{}/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = schema(name).unwrap();
        if env::var_os("LINCHPIN_BLESS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap_or_default(), text, "{path} is stale");
    }
    assert_eq!(schema("nonsense"), None);
}

/// Each schema is an object of JSON Schema 2020-12 that says what it describes.
#[test]
fn schemas_describe_themselves() {
    for name in NAMES {
        let schema: Value = serde_json::from_str(&schema(name).unwrap()).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
    }
}
