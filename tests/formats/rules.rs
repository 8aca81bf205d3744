//! The encoding rules of each format, one case a rule.

use crate::recorder::Recorder;

/// Runs cases of (what, input, spans). Problems are compared by their number, reasons of dropped spans as they are.
fn check(cases: &[(&str, &str, &[&str], usize)]) {
    for (what, input, spans, problems) in cases {
        let read = Recorder::of(input.as_bytes());
        assert_eq!(read.spans, *spans, "{what}");
        assert_eq!(read.problems.len(), *problems, "{what}: {:?}", read.problems);
    }
}

/// Jaeger: ids, references, kinds, errors, times, processes.
#[test]
fn jaeger() {
    check(&[
        ("no process, no times", r#"[{"traceID":"a","spanID":"B","operationName":"o"}]"#, &[r#"[] a/b "o""#], 0),
        (
            "the first CHILD_OF of the same trace is the parent, the others are links",
            r#"[{"traceID":"a","spanID":"b","references":[
                {"refType":"FOLLOWS_FROM","traceID":"a","spanID":"1"},{"refType":"CHILD_OF","traceID":"f","spanID":"2"},
                {"refType":"CHILD_OF","traceID":"a","spanID":"3"},{"refType":"CHILD_OF","traceID":"a","spanID":"4"}]}]"#,
            &[r#"[] a/b<3 "" ->a/1 ->f/2 ->a/4"#],
            0,
        ),
        (
            "a FOLLOWS_FROM is a parent that does not wait; its trace id may lack the high half",
            r#"[{"traceID":"0000000000000001000000000000000a","spanID":"b",
                "references":[{"refType":"FOLLOWS_FROM","traceID":"a","spanID":"1"}]}]"#,
            &[r#"[] 1000000000000000a/b<1 "" follows"#],
            0,
        ),
        (
            "the old field for the parent",
            r#"{"traceID":"a","spanID":"b","parentSpanID":"c","references":[]}"#,
            &[r#"[] a/b<c """#],
            0,
        ),
        ("a parent of zeros is none", r#"{"traceID":"a","spanID":"b","parentSpanID":"0"}"#, &[r#"[] a/b """#], 0),
        ("a broken parent is no root", r#"{"traceID":"a","spanID":"b","parentSpanID":"x"}"#, &[], 1),
        (
            "broken ids cost only their span",
            r#"[{"traceID":"","spanID":"1"},{"traceID":"a","spanID":"0"},{"traceID":"a","spanID":"11111111111111111"},
                {"traceID":"a","spanID":{}},{"traceID":"a","spanID":"2"}]"#,
            &[r#"[] a/2 """#],
            1,
        ),
        (
            "integers as ids, negative ones too",
            r#"{"process":{"serviceName":"s"},"spans":[{"traceIdLow":-1,"traceIdHigh":1,"spanId":-2,"parentSpanId":0}]}"#,
            &[r#"[service.name=s] 1ffffffffffffffff/fffffffffffffffe """#],
            0,
        ),
        (
            "processes behind spans; a process that is missing; a process without name",
            r#"{"spans":[{"traceID":"a","spanID":"1","processID":"p"},{"traceID":"a","spanID":"2","processID":"q"},
                {"traceID":"a","spanID":"3","processID":"r"}],
                "processes":{"p":{"serviceName":"s"},"r":{"serviceName":"OTLPResourceNoServiceName"}}}"#,
            &[r#"[service.name=s] a/1 """#, r#"[] a/2 """#, r#"[] a/3 """#],
            1,
        ),
        (
            "errors as boolean, as text and as status; false is no error",
            r#"[{"traceID":"a","spanID":"1","tags":[{"key":"error","type":"bool","value":true}]},
                {"traceID":"a","spanID":"2","tags":[{"key":"error","type":"string","value":"timeout"}]},
                {"traceID":"a","spanID":"3","tags":[{"key":"otel.status_code","value":"ERROR"}]},
                {"traceID":"a","spanID":"4","tags":[{"key":"error","value":true},{"key":"otel.status_code","value":"OK"}]},
                {"traceID":"a","spanID":"5","tags":[{"key":"error","value":false}]},
                {"traceID":"a","spanID":"6","tags":[{"key":"error","value":"false"}]}]"#,
            &[
                r#"[] a/1 "" Error"#,
                r#"[] a/2 "" Error"#,
                r#"[] a/3 "" Error"#,
                r#"[] a/4 "" Error"#,
                r#"[] a/5 """#,
                r#"[] a/6 """#,
            ],
            0,
        ),
        (
            "tags of any type; binary ones, lists and unknown ones are left out",
            r#"{"traceID":"a","spanID":"1","tags":[{"key":"server.port","type":"int64","value":80},
                {"key":"peer.service","type":"binary","value":"AAAA"},{"key":"http.url","value":["x"]},{"key":"x","value":1},
                {"key":"peer.ipv4","value":3224716605},{"value":1},7,{"key":"span.kind","value":"server"}],
                "tag":{"http@method":"GET"}}"#,
            &[r#"[] a/1 Server "" server.port=80,peer.ipv4=192.53.69.61,http.method=GET"#],
            0,
        ),
        (
            "times as numbers, floats and text; what cannot be read is said, and its span used without it",
            r#"[{"traceID":"a","spanID":"1","startTime":1000,"duration":2},
                {"traceID":"a","spanID":"2","startTime":"1000","duration":2.5},
                {"traceID":"a","spanID":"3","startTime":"1970-01-01T00:00:01Z","duration":"2ms"},
                {"traceID":"a","spanID":"4","startTimeMillis":1,"duration":null},
                {"traceID":"a","spanID":"5","startTime":-1,"duration":"soon"},
                {"traceID":"a","spanID":"6","startTime":18446744073709551615,"duration":1e300}]"#,
            &[
                r#"[] a/1 "" 1000000+2000"#,
                r#"[] a/2 "" 1000000+2500"#,
                r#"[] a/3 "" 1000000000+2000000"#,
                r#"[] a/4 "" 1000000"#,
                r#"[] a/5 """#,
                r#"[] a/6 """#,
            ],
            1,
        ),
        ("an answer without traces", r#"{"data":[],"total":0}"#, &[], 0),
        ("an answer that is an error", r#"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#, &[], 1),
    ]);
}

/// Zipkin: kinds, endpoints, shared spans, errors, times.
#[test]
fn zipkin() {
    check(&[
        (
            "a client's remote endpoint is the peer and its address, unless tags know better",
            r#"[{"traceId":"a","id":"1","kind":"CLIENT","localEndpoint":{"serviceName":"s"},
                "remoteEndpoint":{"serviceName":"db","ipv4":"10.0.0.1","ipv6":"::1","port":5432},
                "tags":{"server.address":"pg","db.system":"postgresql"}},
                {"traceId":"a","id":"2","kind":"CLIENT","remoteEndpoint":{"ipv6":"::1","port":0}}]"#,
            &[
                "[service.name=s] a/1 Client \"\" \
                 server.address=pg,db.system=postgresql,peer.service=db,server.port=5432",
                r#"[] a/2 Client "" server.address=::1"#,
            ],
            0,
        ),
        (
            "a server's remote endpoint is its client, whose address is nobody's server",
            r#"[{"traceId":"a","id":"1","kind":"SERVER","remoteEndpoint":{"serviceName":"c","ipv4":"10.0.0.1","port":1}}]"#,
            &[r#"[] a/1 Server "" peer.service=c"#],
            0,
        ),
        (
            "without a kind a span is local, or a client if it knows both sides",
            r#"[{"traceId":"a","id":"1","localEndpoint":{"serviceName":"s"}},
                {"traceId":"a","id":"2","localEndpoint":{"serviceName":"s"},"remoteEndpoint":{"serviceName":"t"}},
                {"traceId":"a","id":"3","localEndpoint":{"serviceName":""},"tags":{"span.kind":"server"}}]"#,
            &[
                r#"[service.name=s] a/1 Internal """#,
                r#"[service.name=s] a/2 Client "" peer.service=t"#,
                r#"[] a/3 Server """#,
            ],
            0,
        ),
        (
            "both halves of a shared span",
            r#"[{"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"1","kind":"CLIENT"},
                {"traceId":"48485A3953BB6124","id":"1","kind":"SERVER","shared":true}]"#,
            &[r#"[] 463ac35c9f6413ad48485a3953bb6124/1 Client """#, r#"[] 48485a3953bb6124/1 Server "" shared"#],
            0,
        ),
        (
            "an error tag is an error whatever it holds",
            r#"[{"traceId":"a","id":"1","tags":{"error":""}},{"traceId":"a","id":"2","tags":{"error":"false"}}]"#,
            &[r#"[] a/1 Internal "" Error"#, r#"[] a/2 Internal """#],
            0,
        ),
        (
            "a time of 0 is unknown, one that is no number is said",
            r#"[{"traceId":"a","id":"1","timestamp":0,"duration":1},{"traceId":"a","id":"2","timestamp":"x"}]"#,
            &[r#"[] a/1 Internal ""+1000"#, r#"[] a/2 Internal """#],
            1,
        ),
        (
            "ids",
            r#"[{"traceId":"a","id":"1","parentId":""},{"traceId":"a","id":"2","parentId":"0000000000000000"},
                {"traceId":"a","id":"3","parentId":"zz"},{"traceId":"0","id":"4"},{"id":"5"},{"traceId":"a","id":6}]"#,
            &[r#"[] a/1 Internal """#, r#"[] a/2 Internal """#],
            1,
        ),
        ("a single span", r#"{"traceId":"a","id":"1","name":"n"}"#, &[r#"[] a/1 Internal "n""#], 0),
        (
            "destinations in Zipkin's words: an exchange before its queue, no name before none, OpenTelemetry's before all",
            r#"[{"traceId":"a","id":"1","kind":"PRODUCER","tags":{"kafka.topic":"t"}},
                {"traceId":"a","id":"2","kind":"CONSUMER","tags":{"rabbit.queue":"q","rabbit.exchange":"x"}},
                {"traceId":"a","id":"3","kind":"CONSUMER","tags":{"rabbit.routing_key":"q","rabbit.exchange":""}},
                {"traceId":"a","id":"4","kind":"PRODUCER","tags":{"jms.queue":7}},
                {"traceId":"a","id":"5","kind":"PRODUCER","tags":{"kafka.topic":"t","messaging.destination":"d"}}]"#,
            &[
                r#"[] a/1 Producer "" messaging.destination.name=t,messaging.system=kafka"#,
                r#"[] a/2 Consumer "" messaging.destination.name=x,messaging.system=rabbitmq"#,
                r#"[] a/3 Consumer "" messaging.destination.name=q,messaging.system=rabbitmq"#,
                r#"[] a/4 Producer """#,
                r#"[] a/5 Producer "" messaging.destination=d"#,
            ],
            0,
        ),
    ]);
}

/// Jaeger's dependencies are calls, not spans, bare or inside an answer.
#[test]
fn dependencies() {
    let pairs =
        r#"[{"parent":"a","child":"b","callCount":3},{"parent":"a"},{"parent":"b","child":"c","callCount":"4"}]"#;
    for input in [pairs.to_owned(), format!("{{\"data\":{pairs},\"total\":0}}")] {
        let read = Recorder::of(input.as_bytes());
        assert_eq!(read.dependencies, ["a>b 3", "b>c 4"], "{input}");
        assert_eq!(read.problems, ["in:1: a dependency without parent, child or callCount"], "{input}");
        assert!(read.spans.is_empty() && read.dropped.is_empty());
    }
}

/// Other signals of OpenTelemetry are left aside, also between traces.
#[test]
fn other_signals_are_left_aside() {
    let logs = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{}}]}]}]}"#;
    let metrics = r#"{"resourceMetrics":[]}"#;
    let traces = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0000000000000000000000000000000a","spanId":"000000000000000b"}]}]}]}"#;
    for lines in [[logs, metrics, traces], [traces, logs, metrics], [metrics, traces, logs]] {
        let read = Recorder::of(lines.map(|line| format!("{line}\n")).concat().as_bytes());
        assert_eq!((read.spans.len(), read.documents, read.left_aside.len()), (1, 1, 2), "{lines:?}");
        assert!(read.left_aside.contains(&"logs") && read.left_aside.contains(&"metrics"));
    }
    // ResourceLogs with one record: a time in field 1.
    let log = [b"\x0a\x0f\x12\x0d\x12\x0b\x09".as_slice(), &[1; 8], &[0x10, 9]].concat();
    for (what, bytes) in [("one message", log.clone()), ("framed", [&[0, 0, 0, 17][..], &log].concat())] {
        assert_eq!(Recorder::of(&bytes).left_aside, ["logs"], "{what}");
    }
}
