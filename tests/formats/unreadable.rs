//! What is no trace export is refused, with one reason that says what it is.

use crate::recorder::Recorder;
use crate::same::quick_gzip;

/// Each sort of other input has its reason, and what to do.
#[test]
fn other_inputs_are_refused_with_a_reason() {
    let utf16: Vec<u8> =
        "{}".encode_utf16().fold(vec![0xff, 0xfe], |all, unit| [all, unit.to_le_bytes().to_vec()].concat());
    let tar = [&[b'x'; 257][..], b"ustar", &[0; 100]].concat();
    let nested = quick_gzip(&quick_gzip(&quick_gzip(&quick_gzip(b"{}"))));
    let cases: &[(&[u8], &str)] = &[
        (b"", "an empty file"),
        (b" \n\t", "an empty file"),
        (b"kind: Deployment\n", "text that is no trace export"),
        (b"TraceID,SpanID\n1,2\n", "text that is no trace export"),
        (b"resourceSpans:\n- resource: {}\n", "OTLP written as YAML"),
        (b"[]", "an empty list"),
        (b"[1,2]", "a list that holds no spans"),
        (b"[[[{}]]]", "a list that holds no spans"),
        (b"{}", "JSON that is no trace export (keys: none)"),
        (br#"{"a":1,"b":2}"#, r#"JSON that is no trace export (keys: "a", "b")"#),
        (b"{\"\\u001b[31m\":1}", r#"(keys: "\u{1b}[31m")"#),
        (br#"{"data":{"resultType":"matrix"}}"#, r#"(keys: "data")"#),
        (br#"{"data":["frontend","cart"]}"#, "a list of names, not of traces"),
        (br#"{"traces":[{"traceID":"a","rootServiceName":"b"}]}"#, "search results"),
        (br#"[{"traceId":"a","id":"b","binaryAnnotations":[]}]"#, "Zipkin JSON of version 1"),
        (br#"[{"traceId":"a","spanId":"b","startTimeUnixNano":"1"}]"#, "OTLP spans without their resource"),
        (br#"{"schema":"linchpin.edges/1"}"#, "an edge summary, which holds no spans"),
        (b"{\"a\":1,}", "broken JSON: unexpected '}' in JSON on line 1"),
        (b"{\"a\"", "JSON that ends too early"),
        (b"\x00\x01\x02\x03binary", "binary data that is no trace export"),
        (b"\x0a\x7f\xff\x00", "binary data that is no trace export"),
        (&utf16, "text in UTF-16"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"PK\x03\x04", "a zip archive"),
        (&tar, "a tar archive"),
        (b"\xfd7zXZ\x00", "compressed by xz, bzip2 or lz4"),
        (&nested, "compressed more than 3 times"),
        (b"\x1f\x8b\x08\x00", "the compressed data is cut off"),
        (b"\x28\xb5\x2f\xfd\x08\x00\x00\x00\x00\x00", "the compressed data is damaged"),
    ];
    for (input, reason) in cases {
        let read = Recorder::of(input);
        assert_eq!(read.problems.len(), 1, "{input:?}: {:?}", read.problems);
        assert!(read.problems[0].contains(reason), "{input:?}: {:?} does not say {reason:?}", read.problems[0]);
        assert!(read.spans.is_empty() && read.documents == 0);
    }
}
