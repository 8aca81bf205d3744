//! The OTLP JSON scanner, with serde_json as its oracle.

#[path = "spans.rs"]
mod spans;

use linchpin::parse::spans::otlp_json::decode;
use serde_json::Value;
use spans::Spans;

fn read(document: &str) -> Spans {
    let mut spans = Spans::default();
    decode(document, &"in".into(), 1, &mut spans);
    assert_eq!(spans.ends(), 1, "a document ends once");
    spans
}

/// Whatever stands in a document, it ends once. What is JSON gives the same spans when serde_json has to read it: the
/// scanner leaves documents to it that have an escape in a key.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let scanned = read(&text);
    let Ok(Value::Object(keys)) = serde_json::from_str(&text) else { return };
    let Some((before, rest)) = text.split_once('{') else { return };
    let comma = if keys.is_empty() { "" } else { "," };
    let escaped = format!("{before}{{\"\\u0078\":0{comma}{rest}");
    assert_eq!(read(&escaped), scanned, "{text}");
}
