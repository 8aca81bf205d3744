//! OTLP's two encodings: leniency by table, the scanner against serde_json by property.

use super::replay::Replay;
use super::{Attribute, ResourceIndex, Sink, Span, otlp_json, otlp_proto, otlp_value};
use crate::source::{Location, Problem};
use proptest::prelude::*;
use std::sync::Arc;

/// Writes down everything that it is given.
#[derive(Default)]
struct Log(Vec<String>);

impl Log {
    fn spans(&self) -> Vec<&str> {
        self.0.iter().filter(|l| l.starts_with("span") || l.starts_with("dropped")).map(String::as_str).collect()
    }
}

impl Sink for Log {
    fn resource(&mut self, attributes: &[(Attribute, &str)]) -> ResourceIndex {
        let mut attributes = attributes.to_vec();
        attributes.sort();
        self.0.push(format!("resource {attributes:?}"));
        ResourceIndex(self.0.iter().filter(|l| l.starts_with("resource")).count() as u32)
    }
    fn span(&mut self, resource: ResourceIndex, span: &Span<'_>) {
        let mut attributes = span.attributes.to_vec();
        attributes.sort();
        self.0.push(format!("span {resource:?} {:?}", Span { attributes: &attributes, ..*span }));
    }
    fn dropped(&mut self, reason: &'static str) {
        self.0.push(format!("dropped {reason}"));
    }
    fn dependency(&mut self, caller: &str, callee: &str, calls: u64) {
        self.0.push(format!("dependency {caller} {callee} {calls}"));
    }
    fn document(&mut self) {
        self.0.push("document".into());
    }
    fn left_aside(&mut self, what: &'static str) {
        self.0.push(format!("left aside {what}"));
    }
    fn failed(&mut self, problem: Problem) {
        self.0.push(format!("failed {problem}"));
    }
}

fn json(text: &str) -> Log {
    let mut log = Log::default();
    otlp_json::decode_lines(text.as_bytes(), &Arc::from("f"), 1, &mut log);
    log
}

fn one_span(fields: &str) -> String {
    format!(r#"{{"resourceSpans":[{{"resource":{{}},"scopeSpans":[{{"spans":[{{{fields}}}]}}]}}]}}"#)
}

const IDS: &str = r#""traceId":"000102030405060708090a0b0c0d0e0f","spanId":"0001020304050607""#;

/// Fields come in every form that exporters and their imitators write.
#[test]
fn fields_are_read_leniently() {
    let plain = json(&one_span(&format!(
        r#"{IDS},"name":"a","kind":3,"startTimeUnixNano":"1720000000000000000","endTimeUnixNano":"1720000000000000005","attributes":[{{"key":"server.port","value":{{"intValue":"80"}}}}],"status":{{"code":2}}"#
    )));
    assert_eq!(plain.spans().len(), 1);
    assert!(plain.spans()[0].contains("kind: Client") && plain.spans()[0].contains("duration_ns: Some(5)"));
    assert!(plain.spans()[0].contains(r#"(ServerPort, "80")"#) && plain.spans()[0].contains("status: Error"));
    for fields in [
        // Other order, white space, numbers for strings, names for numbers, snake case.
        r#" "status" : { "code" : "STATUS_CODE_ERROR" , "message":"}" } , "kind":"SPAN_KIND_CLIENT", "attributes":[{"value":{"intValue":80},"key":"server.port"}], "endTimeUnixNano":1720000000000000005, "startTimeUnixNano":1720000000000000000, "name":"\u0061","spanId":"0001020304050607", "traceId":"000102030405060708090A0B0C0D0E0F" "#,
        r#""trace_id":"AAECAwQFBgcICQoLDA0ODw==","span_id":"AAECAwQFBgc=","parent_span_id":"","name":"a","kind":"3","start_time_unix_nano":"1720000000000000000","end_time_unix_nano":"1720000000000000005","attributes":[{"key":"server.port","value":{"string_value":"80"}},{"key":"x","value":{"kvlistValue":{"values":[]}}}],"status":{"code":2},"links":null"#,
        // A key behind an escape is for the second reader.
        r#""trace\u0049d":"000102030405060708090a0b0c0d0e0f","spanId":"\u00300001020304050607","name":"a","kind":3,"startTimeUnixNano":"1720000000000000000","endTimeUnixNano":"1720000000000000005","attributes":[{"key":"server.port","value":{"intValue":"80"}}],"status":{"code":2}"#,
    ] {
        let fields = fields.replace(r"\u00300001020304050607", r"\u0030001020304050607");
        assert_eq!(json(&one_span(&fields)).0, plain.0, "{fields}");
    }
    let escaped =
        one_span(&format!(r#"{IDS},"attributes":[{{"key":"server\u002eport","value":{{"intValue":"80"}}}}]"#));
    assert!(json(&escaped).spans()[0].contains(r#"(ServerPort, "80")"#));
}

/// The resource is known before its spans, wherever it stands, and old and foreign names of lists are understood.
#[test]
fn documents_have_several_shapes() {
    let expected = json(
        r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[{"spans":[{"traceId":"000102030405060708090a0b0c0d0e0f","spanId":"0001020304050607"}]}]}]}"#,
    );
    assert_eq!(expected.0.len(), 3);
    for document in [
        r#"{"resource_spans":[{"scope_spans":[{"spans":[{IDS}]}],"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]}}]}"#,
        r#"[{"batches":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"instrumentationLibrarySpans":[{"spans":[{IDS}]}]}]}]"#,
        r#"{"trace":{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[{"spans":[{IDS}]}]}]},"status":"PARTIAL"}"#,
        r#"{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[{"spans":[{IDS}]}],"schemaUrl":""}"#,
        r#"[{"scope_spans":[{"spans":[{IDS}]}],"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]}}]"#,
    ] {
        assert_eq!(json(&document.replace("IDS", IDS)).0, expected.0, "{document}");
    }
}

/// Ids that are missing, zero or of wrong length drop the span; an empty parent makes a root, a broken one does not.
#[test]
fn bad_ids_are_dropped() {
    for (fields, dropped) in [
        (r#""traceId":"","spanId":"0001020304050607""#, true),
        (r#""traceId":"00000000000000000000000000000000","spanId":"0001020304050607""#, true),
        (r#""traceId":"0102","spanId":"0001020304050607""#, true),
        (r#""traceId":5,"spanId":{}"#, true),
        (r#""name":"no ids""#, true),
        (&format!(r#"{IDS},"parentSpanId":"xyz""#), true),
        (&format!(r#"{IDS},"parentSpanId":"""#), false),
        (&format!(r#"{IDS},"parentSpanId":"0000000000000000""#), false),
    ] {
        let log = json(&one_span(fields));
        assert_eq!(log.spans().len(), 1, "{fields}");
        assert_eq!(log.spans()[0] == "dropped invalid-id", dropped, "{fields}");
    }
}

/// Other signals are left aside, other JSON is a problem at its line, and neither costs the lines around it.
#[test]
fn lines_stand_alone() {
    let good = one_span(IDS);
    let text = format!(
        "{good}\n\n{{\"resourceLogs\":[]}}\n{{\"resourceMetrics\":[]}}\n{{}}\n{{\"a\":1}}\n{{\"resourceSpans\":\n17\n{good}"
    );
    let log = json(&text);
    let ends: Vec<&str> =
        log.0.iter().filter(|l| !l.starts_with("span") && !l.starts_with("res")).map(|l| &l[..]).collect();
    assert_eq!(log.spans().len(), 2);
    assert_eq!(ends[..4], ["document", "left aside logs", "left aside metrics", "document"]);
    assert!(ends[4].starts_with("failed f:6: JSON that is not"), "{}", ends[4]);
    assert!(ends[5].starts_with("failed f:7: broken JSON"), "{}", ends[5]);
    assert!(ends[6].starts_with("failed f:8: JSON that is not"), "{}", ends[6]);
    assert_eq!(ends[7], "document");
}

/// The second reader gives nothing again that the first one gave.
#[test]
fn readers_do_not_repeat_each_other() {
    let odd = r#""trace\u0049d":"0a","spanId":"0001020304050607""#;
    let spans = format!(r#"{{"spans":[{{{IDS}}},{{"name":"no ids"}},{{{odd}}},{{{IDS}}}]}}"#);
    let resource_spans = format!(r#"{{"resource":{{}},"scopeSpans":[{spans}]}}"#);
    let log = json(&format!(r#"{{"resourceSpans":[{resource_spans},{resource_spans}]}}"#));
    let words: Vec<&str> = log.0.iter().filter_map(|l| l.split(' ').next()).collect();
    let half = ["resource", "span", "dropped", "dropped", "span"];
    assert_eq!(words, [&half[..], &half[..], &["document"]].concat());
}

/// Text that ends in the middle keeps the spans before, each once, and says where it broke.
#[test]
fn truncation_keeps_what_was_read() {
    let whole =
        format!(r#"{{"resourceSpans":[{{"resource":{{}},"scopeSpans":[{{"spans":[{{{IDS}}},{{{IDS}}}]}}]}}]}}"#);
    for end in 0..whole.len() {
        let log = json(&whole[..end]);
        assert!(log.spans().len() <= 2, "{end}");
        assert_eq!(log.0.iter().filter(|l| l.starts_with("failed")).count(), usize::from(end > 0), "{end}");
    }
    assert_eq!(json(&whole[..whole.len() - 4]).spans().len(), 2);
    let long_string = whole.replace(r#""spanId""#, r#""x":"a"b","spanId""#);
    assert_eq!(json(&long_string).spans().len(), 0);
}

/// Deep nesting and bytes that are no text are survived.
#[test]
fn hostile_documents_are_survived() {
    let deep = format!(r#"{{"resourceSpans":[{{"x":{}1{}}}]}}"#, "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(json(&deep).0.last().map(String::as_str), Some("document"));
    let unbalanced = format!(r#"{{"resourceSpans":{}"#, "[{".repeat(200_000));
    assert!(json(&unbalanced).0[0].starts_with("failed"));
    let mut log = Log::default();
    let mut bytes = one_span(&format!(r#"{IDS},"name":"?""#)).into_bytes();
    let at = bytes.iter().position(|&b| b == b'?').unwrap();
    bytes[at] = 0xff;
    otlp_json::decode_lines(&bytes, &Arc::from("f"), 1, &mut log);
    assert!(log.spans()[0].contains("name: \"\u{fffd}\""));
}

// --- Property: the scanner understands what serde_json understands, in whatever form it is written. ---

/// An object's members in some order, with some white space.
fn object(members: Vec<(String, String)>, seed: u64) -> String {
    let mut members = members;
    let n = members.len().max(1);
    members.rotate_left(seed as usize % n);
    if seed & 8 > 0 {
        members.reverse();
    }
    let gap = ["", " ", "\n\t", ""][(seed >> 5) as usize & 3];
    let members: Vec<String> = members.iter().map(|(k, v)| format!("{gap}\"{k}\"{gap}:{gap}{v}")).collect();
    format!("{{{}{gap}}}", members.join(","))
}

fn member(key: &str, value: impl Into<String>) -> (String, String) {
    (key.to_owned(), value.into())
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        "[\"\\\\/{}\\[\\],:\u{0}-\u{1f}é😀a]{0,20}",
        Just("service.name".to_owned()),
        Just("x".repeat(100)),
    ]
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any_text().prop_map(|t| format!(r#"{{"stringValue":{}}}"#, quoted(&t))),
        2 => any::<i64>().prop_map(|n| format!(r#"{{"intValue":"{n}"}}"#)),
        1 => any::<i32>().prop_map(|n| format!(r#"{{"intValue":{n}}}"#)),
        1 => any::<bool>().prop_map(|b| format!(r#"{{"boolValue":{b}}}"#)),
        1 => Just(r#"{"arrayValue":{"values":[{"stringValue":"]"},null]}}"#.to_owned()),
        1 => Just("null".to_owned()),
        1 => Just("{}".to_owned()),
    ]
}

fn any_attributes() -> impl Strategy<Value = String> {
    let key = prop_oneof![proptest::sample::select(Attribute::ALL).prop_map(|a| a.key().to_owned()), any_text(),];
    let one = (key, any_value(), any::<u64>()).prop_map(|(k, v, seed)| {
        object(vec![member("key", quoted(&k)), member("value", v)], seed & !0x60 | seed & 0x20)
    });
    prop::collection::vec(one, 0..6).prop_map(|all| format!("[{}]", all.join(",")))
}

fn any_id(bytes: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::collection::vec(any::<u8>(), bytes).prop_map(|id| id.iter().map(|b| format!("{b:02x}")).collect()),
        1 => Just(String::new()),
        1 => Just("zz".repeat(bytes)),
    ]
    .prop_map(|text: String| quoted(&text))
}

fn any_span() -> impl Strategy<Value = String> {
    let number =
        prop_oneof![any::<u64>().prop_map(|n| format!("\"{n}\"")), (0u64..1 << 62).prop_map(|n| n.to_string())];
    let odd = prop_oneof![Just("null"), Just("[]"), Just("{\"a\":[{}]}"), Just("\"}\""), Just("-1.5e3"), Just("true")];
    (
        (any_id(16), any_id(8), any_id(8)),
        (any_text(), 0u64..7, number.clone(), number),
        (any_attributes(), 0u64..4, any_text(), any_id(16), any_id(8)),
        (any::<u64>(), any::<u16>(), odd),
    )
        .prop_map(
            |(
                (trace, id, parent),
                (name, kind, start, end),
                (attributes, status, state, lt, ls),
                (seed, keep, odd),
            )| {
                let link = object(vec![member("traceId", lt), member("spanId", ls)], seed);
                let all = vec![
                    member("traceId", trace),
                    member("spanId", id),
                    member("parentSpanId", parent),
                    member("flags", "257"),
                    member("name", quoted(&name)),
                    member("kind", kind.to_string()),
                    member("startTimeUnixNano", start),
                    member("endTimeUnixNano", end),
                    member("attributes", attributes),
                    member("events", odd),
                    member("status", format!(r#"{{"message":{},"code":{status}}}"#, quoted(&name))),
                    member("traceState", quoted(&state)),
                    member("links", format!("[{link}]")),
                ];
                let kept: Vec<_> =
                    all.into_iter().enumerate().filter(|(i, _)| i < &2 || keep >> i & 1 > 0).map(|(_, m)| m).collect();
                // Half of them in the usual order and form.
                object(kept, if seed & 1 > 0 { 0 } else { seed })
            },
        )
}

fn any_document() -> impl Strategy<Value = String> {
    let resource = any_attributes().prop_map(|attributes| format!(r#"{{"attributes":{attributes}}}"#));
    let spans =
        prop::collection::vec(any_span(), 0..4).prop_map(|spans| format!(r#"[{{"spans":[{}]}}]"#, spans.join(",")));
    let element = (resource, spans, any::<u64>(), any::<bool>()).prop_map(|(resource, scopes, seed, has_resource)| {
        let mut members = vec![member("scopeSpans", scopes), member("schemaUrl", "\"x\"")];
        if has_resource {
            members.insert(0, member("resource", resource));
        }
        object(members, seed)
    });
    prop::collection::vec(element, 0..3).prop_map(|all| format!(r#"{{"resourceSpans":[{}]}}"#, all.join(",")))
}

proptest! {
    /// Scanner and serde_json read the same from every document, and the scanner needs no help.
    #[test]
    fn scanner_and_serde_json_agree(document in any_document()) {
        let mut scanned = Log::default();
        let mut replay = Replay::new(&mut scanned);
        prop_assert!(otlp_json::scan_document(&document, &mut replay).is_ok(), "deviation");
        let mut oracle = Log::default();
        prop_assert!(otlp_value::decode(&document, &mut oracle).is_ok());
        prop_assert_eq!(scanned.0, oracle.0);
    }

    /// Text cut or changed anywhere gives no span twice and never panics; the document ends in one way.
    #[test]
    fn damage_is_survived(document in any_document(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let whole = json(&document).spans().len();
        let mut bytes = document.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let mut log = Log::default();
        otlp_json::decode_lines(&bytes, &Arc::from("f"), 1, &mut log);
        prop_assert!(log.spans().len() <= whole + 1);
        otlp_proto::decode_message(&bytes, &Location::start("f".into()), &mut log);
    }
}

// --- Protobuf ---

fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    varint(number << 3 | 2, &mut out);
    varint(bytes.len() as u64, &mut out);
    out.extend(bytes);
    out
}

fn varint(mut n: u64, out: &mut Vec<u8>) {
    while n > 127 {
        out.push(n as u8 | 128);
        n >>= 7;
    }
    out.push(n as u8);
}

fn fixed(number: u8, value: u64) -> Vec<u8> {
    [&[number << 3 | 1][..], &value.to_le_bytes()].concat()
}

fn proto(message: &[u8]) -> Log {
    let mut log = Log::default();
    otlp_proto::decode_message(message, &Location::start("f".into()), &mut log);
    log
}

fn attribute(key: &str, any: &[u8]) -> Vec<u8> {
    [field(1, key.as_bytes()), field(2, any)].concat()
}

/// The same span in protobuf and JSON gives the same calls, also where the resource comes last.
#[test]
fn both_encodings_agree() {
    let trace: Vec<u8> = (0..16).collect();
    let link = [field(1, &[7; 16]), field(2, &[8; 8])].concat();
    let span = [
        field(1, &trace),
        field(2, &trace[..8]),
        field(3, b"ot=th:8"),
        field(5, b"a"),
        vec![6 << 3, 3],
        fixed(7, 1_720_000_000_000_000_000),
        fixed(8, 1_720_000_000_000_000_005),
        field(9, &attribute("server.port", &[3 << 3, 80])),
        field(9, &attribute("messaging.destination.temporary", &[2 << 3, 1])),
        field(9, &attribute("unknown", &field(1, b"x"))),
        field(11, &fixed(1, 5)),
        field(13, &link),
        field(15, &[3 << 3, 2]),
        vec![0x85, 1, 1, 1, 0, 0],
    ]
    .concat();
    let scope = field(2, &field(2, &span));
    let resource = field(1, &field(1, &attribute("service.name", &field(1, b"a"))));
    let expected = json(
        r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[{"spans":[{"traceId":"000102030405060708090a0b0c0d0e0f","spanId":"0001020304050607","traceState":"ot=th:8","name":"a","kind":3,"startTimeUnixNano":"1720000000000000000","endTimeUnixNano":"1720000000000000005","attributes":[{"key":"server.port","value":{"intValue":"80"}},{"key":"messaging.destination.temporary","value":{"boolValue":true}}],"links":[{"traceId":"07070707070707070707070707070707","spanId":"0808080808080808"}],"status":{"code":2}}]}]}]}"#,
    );
    assert_eq!(expected.spans().len(), 1);
    assert_eq!(proto(&field(1, &[resource.clone(), scope.clone()].concat())).0, expected.0);
    assert_eq!(proto(&field(1, &[scope.clone(), resource].concat())).0, expected.0);
    // Cut off behind the span: it is kept.
    let cut = proto(&[field(1, &scope), vec![0x0a, 99]].concat());
    assert_eq!(cut.spans().len(), 1);
    assert!(cut.0.last().unwrap().starts_with("failed"));
}

/// Logs and metrics are told from spans by the types of their fields.
#[test]
fn other_signals_are_left_aside() {
    let in_scope = |record: &[u8]| field(1, &field(2, &field(2, record)));
    let log = [fixed(1, 5), vec![2 << 3, 9], field(3, b"INFO")].concat();
    let late_log = fixed(11, 5);
    let metric = [field(1, b"http.duration"), field(2, b"how long"), field(9, b"")].concat();
    let sum = [field(1, b"sixteen letters!"), field(7, &fixed(1, 5))].concat();
    assert_eq!(proto(&in_scope(&log)).0, ["left aside logs"]);
    assert_eq!(proto(&in_scope(&late_log)).0, ["left aside logs"]);
    assert_eq!(proto(&in_scope(&metric)).0, ["left aside metrics"]);
    assert_eq!(proto(&in_scope(&sum)).0, ["left aside metrics"]);
    assert_eq!(proto(&[]).0, ["document"]);
    assert_eq!(proto(&in_scope(&field(1, &[1; 16]))).spans(), ["dropped invalid-id"]);
}
