//! The walker over OTLP's wire format.

use super::spans::Spans;
use linchpin::parse::spans::{otlp_proto, read};
use linchpin::source::Location;

fn walk(message: &[u8]) -> Spans {
    let mut spans = Spans::default();
    otlp_proto::decode_message(message, &Location::start("in".into()), &mut spans);
    assert_eq!(spans.ends(), 1, "a message ends once");
    spans
}

/// Whatever stands in a message, it ends once, and has no more spans than room for them. Two messages in one are those of
/// both, as protobuf has it.
pub fn check(bytes: &[u8]) {
    let spans = walk(bytes);
    let found = spans.count("span") + spans.count("dropped");
    assert!(found <= bytes.len() / 2, "{found} spans in {} bytes", bytes.len());
    if spans.count("failed") == 0 {
        let twice = walk(&[bytes, bytes].concat());
        assert_eq!(twice.count("span") + twice.count("dropped"), 2 * found, "{bytes:02x?}");
    }
    // As a file, whose first bytes decide what it is taken for.
    let mut spans = Spans::default();
    if let Ok(counts) = read(bytes, &"in".into(), &mut spans) {
        assert_eq!(counts.spans, spans.count("span") as u64);
    }
}
