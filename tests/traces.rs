//! Spans to edges: joining, nodes nobody instrumented, measures, summaries.

#[path = "traces/support.rs"]
mod support;

use linchpin::facts::traces::{Options, Summary};
use support::{Span, bytes, edges, ingest_files, ingest_spans, ingest_texts, lines, span, total};

/// A caller's and a callee's span make a call, however they hang together.
#[test]
fn pairs_are_joined() {
    let root = || span("a", 1, 0).server();
    let cases: Vec<(&str, Vec<Span>, &[&str])> = vec![
        ("client and server", vec![root(), span("a", 2, 1).client(), span("b", 3, 2).server()], &["a -> b (call) 1"]),
        (
            "inner spans on both sides of the client",
            vec![root(), span("a", 2, 1), span("a", 3, 2).client(), span("a", 4, 3), span("b", 5, 4).server()],
            &["a -> b (call) 1"],
        ),
        ("no client span", vec![root(), span("a", 2, 1), span("b", 3, 2).server()], &["a -> b (call) 1"]),
        ("no server span", vec![root(), span("a", 2, 1).client(), span("b", 3, 2)], &["a -> b (call) 1"]),
        ("no kinds", vec![span("a", 1, 0).kind(0), span("b", 2, 1).kind(0)], &["a -> b (call) 1"]),
        (
            "a proxy without a name",
            vec![root(), span("a", 2, 1).client(), span("", 3, 2), span("b", 4, 3).server()],
            &["a -> b (call) 1"],
        ),
        (
            "a client around a client",
            vec![
                root(),
                span("a", 2, 1).client().with("server.address", "b"),
                span("a", 3, 2).client().with("server.address", "b"),
                span("b", 4, 3).server(),
            ],
            &["a -> b (call) 1"],
        ),
        ("layers of one server", vec![root(), span("a", 2, 1).server()], &[]),
        (
            "a service that calls itself",
            vec![root(), span("a", 2, 1).client(), span("a", 3, 2).server()],
            &["a -> a (call) 1"],
        ),
        ("a parent that is not there", vec![span("b", 3, 2).server()], &[]),
        ("its own parent", vec![span("b", 3, 3).server()], &[]),
        (
            "a circle",
            vec![span("a", 1, 3).client(), span("b", 2, 1).server(), span("c", 3, 2).client()],
            &["a -> b (call) 1", "b -> c (call) 1"],
        ),
        (
            "several servers under one client",
            vec![root(), span("a", 2, 1).client(), span("b", 3, 2).server(), span("b", 4, 2).server()],
            &["a -> b (call) 2"],
        ),
    ];
    for (name, spans, expected) in cases {
        let summary = ingest_spans(&spans);
        assert_eq!(edges(&summary), expected, "{name}");
        assert!(summary.spans.balanced(), "{name}");
    }
}

/// Whoever is called without recording spans is known by what its callers say.
#[test]
fn nodes_nobody_instrumented_are_found() {
    let db = |system: &str| span("a", 2, 1).client().with("db.system", system);
    let cases: Vec<(Span, &str)> = vec![
        (
            db("postgresql").with("server.address", "DB.shop").with("server.port", "5432").with("db.name", "orders"),
            "datastore:db.shop/orders",
        ),
        (db("postgresql").with("server.address", "db").with("server.port", "5433"), "datastore:db:5433/*"),
        (db("mysql").with("net.peer.name", "db").with("db.namespace", "x"), "datastore:db/x"),
        (db("mysql").with("net.peer.ip", "10.0.0.1").with("peer.service", "Orders-DB"), "datastore:orders-db/*"),
        // Without an address nobody else's store is the same.
        (db("mssql").with("db.name", "x"), "datastore:microsoft.sql_server@a/x"),
        (db("redis").with("net.peer.name", "localhost"), "cache:redis@a/*"),
        (db("redis").with("server.address", "cache").with("db.redis.database_index", "3"), "cache:cache/3"),
        (span("a", 2, 1).kind(0).with("db.system", "mysql").with("peer.address", "db:3306"), "datastore:db/*"),
        (span("a", 2, 1).with("db.system", "mysql").with("server.address", "db"), "datastore:db/*"),
        (
            span("a", 2, 1).client().with("server.address", "api.stripe.com").with("server.port", "443"),
            "external:api.stripe.com",
        ),
        (
            span("a", 2, 1).client().with("http.url", "https://u:secret@Api.example.com/x?k=secret"),
            "external:api.example.com",
        ),
        (span("a", 2, 1).client().with("peer.service", "billing"), "external:billing"),
        (span("a", 2, 1).client().with("rpc.service", "pkg.Billing"), "external:pkg.Billing"),
        (span("a", 2, 1).client().with("faas.invoked_name", "resize"), "function:resize"),
        (span("a", 2, 1).client().with("aws.s3.bucket", "images").with("rpc.service", "S3"), "object-store:images"),
    ];
    for (call, expected) in cases {
        let summary = ingest_spans(&[span("a", 1, 0).server(), call]);
        assert_eq!(edges(&summary), [format!("a -> {expected} (call) 1")]);
    }
    for silent in [span("a", 2, 1).client(), span("a", 2, 1).client().with("server.address", "127.0.0.1")] {
        let summary = ingest_spans(&[span("a", 1, 0).server(), silent]);
        assert!(edges(&summary).is_empty());
        assert_eq!(summary.spans.odd["no-peer"], 1);
    }
}

/// A store's client that uses HTTP underneath is one call to the store, and a mapper around a driver is one call.
#[test]
fn layers_of_a_call_are_one_call() {
    let store = || span("a", 2, 1).client().with("db.system", "elasticsearch").with("server.address", "es");
    let http = span("a", 3, 2).client().with("server.address", "es").with("server.port", "9200");
    assert_eq!(edges(&ingest_spans(&[span("a", 1, 0).server(), store(), http])), ["a -> datastore:es/* (call) 1"]);
    let mapper = span("a", 4, 1).with("db.system", "elasticsearch").with("server.address", "es");
    let driver = span("a", 5, 4).client().with("db.system", "elasticsearch").with("server.address", "es");
    assert_eq!(edges(&ingest_spans(&[span("a", 1, 0).server(), mapper, driver])), ["a -> datastore:es/* (call) 1"]);
}

/// Producers and consumers meet at the queue that either of them names, in one trace or over a link.
#[test]
fn messages_meet_at_their_queue() {
    let send = |s: Span| s.producer().with("messaging.system", "kafka").with("messaging.destination.name", "orders");
    let receive = |s: Span| s.consumer().with("messaging.system", "kafka").with("messaging.destination", "orders");
    let both: &[&str] = &["a -> queue:kafka/orders (publish) 1", "b -> queue:kafka/orders (consume) 1"];
    let other = |s: Span| s.trace(&format!("{:032x}", 2));
    let cases: Vec<(&str, Vec<Span>, &[&str])> = vec![
        ("both name it", vec![send(span("a", 1, 0)), other(receive(span("b", 2, 0)))], both),
        ("one trace", vec![send(span("a", 1, 0)), receive(span("b", 2, 1))], both),
        ("consumer does not name it", vec![send(span("a", 1, 0)), span("b", 2, 1).consumer()], both),
        ("producer does not name it", vec![span("a", 1, 0).producer(), receive(span("b", 2, 1))], both),
        ("a link to it", vec![send(span("a", 1, 0)), other(span("b", 2, 0).consumer().link(1, 1))], both),
        ("a link from it", vec![span("a", 1, 0).producer(), other(receive(span("b", 2, 0)).link(1, 1))], both),
        (
            "a link, no name",
            vec![span("a", 1, 0).producer(), other(span("b", 2, 0).consumer().link(1, 1))],
            &["a -> b (publish) 1"],
        ),
        ("no name", vec![span("a", 1, 0).producer(), span("b", 2, 1).consumer()], &["a -> b (publish) 1"]),
        (
            "exchange and queue",
            vec![
                send(span("a", 1, 0)),
                span("b", 2, 1).consumer().with("messaging.system", "kafka").with("messaging.destination.name", "q"),
            ],
            &[
                "a -> queue:kafka/orders (publish) 1",
                "b -> queue:kafka/orders (consume) 1",
                "b -> queue:kafka/q (consume) 1",
            ],
        ),
        (
            "a link to a receive span",
            vec![receive(span("b", 1, 0)), other(receive(span("b", 2, 0)).link(1, 1))],
            &["b -> queue:kafka/orders (consume) 2"],
        ),
        ("a child that is linked as well", vec![send(span("a", 1, 0)), span("b", 2, 1).consumer().link(1, 1)], both),
        (
            "receive and process",
            vec![receive(span("b", 2, 0)), receive(span("b", 3, 2))],
            &["b -> queue:kafka/orders (consume) 1"],
        ),
        (
            "a client that sends",
            vec![send(span("a", 1, 0)).client().with("messaging.operation.type", "send")],
            &["a -> queue:kafka/orders (publish) 1"],
        ),
        (
            "a passing destination",
            vec![
                send(span("a", 1, 0))
                    .set("attributes", serde_json::json!([]))
                    .with("messaging.destination", "amq.gen-7")
                    .with("messaging.temp_destination", "true"),
            ],
            &["a -> queue:messaging/(temporary) (publish) 1"],
        ),
    ];
    for (name, spans, expected) in cases {
        assert_eq!(edges(&ingest_spans(&spans)), expected, "{name}");
    }
    // Where the sender is not there, what only it knew is lost: that is counted, whether the queue is known or not.
    for lost in [span("b", 2, 0).consumer().link(7, 7), receive(span("b", 2, 0)).link(7, 7)] {
        assert_eq!(ingest_spans(&[lost]).spans.odd["unlinked"], 1);
    }
}

/// Every span is used, or dropped for a reason, and what is odd about used ones is counted.
#[test]
fn spans_are_accounted_for() {
    let spans = [
        span("a", 1, 0).server(),
        span("a", 1, 0).server(),
        span("a", 2, 1).client(),
        span("a", 2, 1).client(),
        span("a", 2, 1).client(),
        span("b", 3, 2).server(),
        span("", 4, 3),
        span("a", 5, 99),
        span("a", 6, 0).trace(""),
        span("a", 7, 7),
        span("a", 8, 1).set("startTimeUnixNano", "0"),
    ];
    let ingested = ingest_texts(&[&lines(&spans)], 2, Options::default());
    let account = &ingested.summary.spans;
    let dropped: Vec<_> = account.dropped.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    assert_eq!((account.seen, account.used), (11, 6));
    assert_eq!(dropped, [("duplicate", 3), ("invalid-id", 1), ("no-service", 1)]);
    assert_eq!((account.odd["orphan"], account.odd["no-time"]), (2, 1));
    assert_eq!((ingested.inventory.spans.seen, ingested.inventory.spans.ignored), (11, 5));
    assert_eq!(edges(&ingested.summary), ["a -> b (call) 1"]);
}

/// A span that is its own ancestor is cut from its parent, and the others of its cycle are below it.
#[test]
fn cycles_are_cut() {
    let spans = [span("a", 1, 3).client(), span("a", 2, 1), span("a", 3, 2).client(), span("b", 4, 3).server()];
    let summary = ingest_spans(&spans);
    assert_eq!(summary.spans.odd["cycle"], 1);
    assert_eq!(edges(&summary), ["a -> b (call) 1"]);
    let about_itself = [span("a", 1, 2).client().with("server.address", "b"), span("a", 2, 1)];
    assert_eq!(edges(&ingest_spans(&about_itself)), ["a -> external:b (call) 1"]);
}

/// Which of two callees has the smaller id makes no difference to what a client around a client is taken for.
#[test]
fn ids_of_callees_mean_nothing() {
    for (inner, outer) in [(4, 5), (5, 4)] {
        let spans = [
            span("a", 1, 0).server(),
            span("a", 2, 1).client().failed(),
            span("a", 3, 2).client(),
            span("b", inner, 3).server(),
            span("c", outer, 2).server(),
        ];
        let summary = ingest_spans(&spans);
        assert_eq!((total(&summary, "a", "b").errors, total(&summary, "a", "c").errors), (0, 1), "{inner} {outer}");
    }
}

/// Of several versions of a span the same one is kept whatever their order, for itself and for its links.
#[test]
fn versions_have_an_order() {
    let both_orders = |make: &dyn Fn() -> [Span; 3]| {
        let [first, one, other] = make();
        let forwards = bytes(&ingest_spans(&[first, one, other]));
        let [first, one, other] = make();
        assert_eq!(bytes(&ingest_spans(&[other, one, first])), forwards);
    };
    let query = |text| span("a", 2, 1).client().with("db.system", "redis").with("db.statement", text);
    both_orders(&|| [span("a", 1, 0).server(), query("GET"), query("SET")]);
    let consumer = || span("b", 2, 0).consumer().trace(&format!("{:032x}", 2)).link(1, 1);
    both_orders(&|| [span("a", 1, 0).producer(), consumer(), consumer().failed()]);
}

/// Trace ids are compared by their low half, because some exporters cut the other, unless that would mix traces up.
#[test]
fn short_and_long_trace_ids_meet() {
    let long = format!("{:016x}{:016x}", 7, 1);
    let mixed = [span("a", 1, 0).client(), span("b", 2, 1).server().trace(&long)];
    assert_eq!(edges(&ingest_spans(&mixed)), ["a -> b (call) 1"]);
    let other = format!("{:016x}{:016x}", 8, 1);
    let apart = [span("a", 1, 0).client().trace(&long), span("b", 2, 1).server().trace(&other)];
    assert!(edges(&ingest_spans(&apart)).is_empty());
    assert_eq!(ingest_spans(&apart).spans.odd["orphan"], 1);
}

/// Zipkin's server halves share the client's id; children belong to the server's half.
#[test]
fn shared_spans_are_two_halves() {
    let zipkin = r#"[
      {"traceId":"1","id":"a","kind":"SERVER","name":"get","timestamp":1000,"duration":90,"localEndpoint":{"serviceName":"front"}},
      {"traceId":"1","id":"b","parentId":"a","kind":"CLIENT","name":"get","timestamp":1010,"duration":50,"localEndpoint":{"serviceName":"front"}},
      {"traceId":"1","id":"b","parentId":"a","kind":"SERVER","shared":true,"name":"get","timestamp":1020,"duration":30,"localEndpoint":{"serviceName":"back"}},
      {"traceId":"1","id":"c","parentId":"b","kind":"CLIENT","name":"select","timestamp":1025,"duration":5,"localEndpoint":{"serviceName":"back"},"remoteEndpoint":{"serviceName":"mysql"}}
    ]"#;
    let summary = ingest_texts(&[zipkin], 1, Options::default()).summary;
    assert_eq!(edges(&summary), ["back -> external:mysql (call) 1", "front -> back (call) 1"]);
    assert_eq!(summary.spans.used, 4);
}

/// A failed callee under a caller that stays fine is containment; nothing is known if there is no caller's own span.
#[test]
fn containment_is_counted() {
    let calls = |trace: u64, caller_fails: bool, callee_fails: bool| {
        let t = format!("{trace:032x}");
        let mark = |s: Span, fails: bool| if fails { s.failed() } else { s };
        vec![
            mark(span("a", 1, 0).server().named("GET /").trace(&t), caller_fails),
            mark(span("a", 2, 1).client().trace(&t), callee_fails),
            mark(span("b", 3, 2).server().named("get").trace(&t), callee_fails),
        ]
    };
    let mut spans = calls(1, false, true);
    spans.extend(calls(2, true, true));
    spans.extend(calls(3, false, false));
    spans.extend([span("job", 8, 0).client().failed(), span("b", 9, 8).server().named("get").failed()]);
    let summary = ingest_spans(&spans);
    let calls = total(&summary, "a", "b");
    assert_eq!((calls.calls, calls.errors, calls.failures, calls.contained, calls.requests), (3, 2, 2, 1, 3));
    assert_eq!((calls.callees["get"].calls, calls.callees["get"].errors), (3, 2));
    let job = total(&summary, "job", "b");
    assert_eq!((job.errors, job.failures, job.contained), (1, 0, 0));
}

/// Failure shows in the protocol's own status where the span has none.
#[test]
fn protocols_say_that_they_failed() {
    for (key, value, errors) in [
        ("http.response.status_code", "503", 1),
        ("http.status_code", "404", 0),
        ("rpc.grpc.status_code", "14", 1),
        ("rpc.grpc.status_code", "5", 0),
        ("error.type", "timeout", 1),
    ] {
        let spans = [span("a", 1, 0).server(), span("a", 2, 1).client().with("server.address", "x").with(key, value)];
        assert_eq!(total(&ingest_spans(&spans), "a", "external:x").errors, errors, "{key}={value}");
    }
}

/// Repetitions after a failure are retries; a loop over different things is not.
#[test]
fn retries_are_told_from_loops() {
    let call = |id: u64, start: u64, end: u64| {
        span("a", id, 1).client().named("get").with("server.address", "x").time(start, end)
    };
    let root = || span("a", 1, 0).server().time(0, 1000);
    let retried = [root(), call(2, 10, 20).failed(), call(3, 30, 40).failed(), call(4, 50, 60)];
    let calls = total(&ingest_spans(&retried), "a", "external:x");
    assert_eq!((calls.calls, calls.retries, calls.most_tries, calls.most_calls, calls.requests), (3, 2, 3, 3, 1));
    let looped = [root(), call(2, 10, 20), call(3, 30, 40), call(4, 50, 60)];
    let calls = total(&ingest_spans(&looped), "a", "external:x");
    assert_eq!((calls.calls, calls.retries, calls.most_tries, calls.most_calls), (3, 0, 1, 3));
    let overlapping = [root(), call(2, 10, 40).failed(), call(3, 30, 60)];
    assert_eq!(total(&ingest_spans(&overlapping), "a", "external:x").retries, 0);
    let said = [root(), call(2, 10, 20).with("http.request.resend_count", "1")];
    assert_eq!(total(&ingest_spans(&said), "a", "external:x").retries, 1);
}

/// Shares come from requests and not from calls, by operation; entries are server spans at the root.
#[test]
fn requests_are_counted_by_operation() {
    let mut spans = Vec::new();
    for (trace, name, calls) in [(1, "GET /cart", 2), (2, "GET /cart/12345", 0), (3, "GET /", 1)] {
        let t = format!("{trace:032x}");
        spans.push(span("a", 1, 0).server().named(name).trace(&t));
        for i in 0..calls {
            spans.push(span("a", 10 + i, 1).client().with("server.address", "x").trace(&t));
        }
    }
    let summary = ingest_spans(&spans);
    let (service, a) = summary.services.first_key_value().unwrap();
    let operations: Vec<_> = a.operations.iter().map(|(name, o)| (name.as_str(), o.requests, o.entries)).collect();
    assert_eq!(operations, [("GET /", 1, 1), ("GET /cart", 1, 1), ("GET /cart/{}", 1, 1)]);
    assert_eq!(summary.requests(service), 3);
    let calls = total(&summary, "a", "external:x");
    assert_eq!((calls.calls, calls.requests, calls.most_calls), (3, 2, 2));
    assert_eq!(summary.edges.values().next().unwrap().operations.len(), 2);
}

/// Calls that ran at the same time are seen, also those nobody waited for, and reads and writes.
#[test]
fn times_and_directions_are_measured() {
    let call = |id: u64, to: &str, start, end| span("a", id, 1).client().with("server.address", to).time(start, end);
    let summary = ingest_spans(&[
        span("a", 1, 0).server().time(0, 100),
        call(2, "x", 10, 50),
        call(3, "y", 20, 60),
        call(4, "z", 70, 150),
        span("a", 5, 1)
            .client()
            .with("db.system", "mysql")
            .with("server.address", "d")
            .with("db.statement", "SELECT 1")
            .time(80, 90),
        span("a", 6, 1)
            .client()
            .with("db.system", "mysql")
            .with("server.address", "d")
            .with("db.operation", "INSERT")
            .time(91, 92),
    ]);
    let beside = |to: &str| {
        let edge =
            summary.edges.iter().find(|(key, _)| format!("{:?}", key.to).contains(&format!("\"{to}\""))).unwrap().1;
        edge.parallel.values().sum::<u64>()
    };
    assert_eq!((beside("x"), beside("y"), beside("z"), beside("d")), (1, 1, 2, 2));
    assert_eq!((total(&summary, "a", "external:z").detached, total(&summary, "a", "external:x").detached), (1, 0));
    let store = total(&summary, "a", "datastore:d/*");
    assert_eq!((store.reads, store.writes), (1, 1));
    let latency = total(&summary, "a", "external:x").latency.quantile(0.5).unwrap();
    assert!((latency / 4e7 - 1.0).abs() < 0.01, "{latency}");
}

/// Sampled spans count for as many requests as they say, and skewed clocks lose no edge.
#[test]
fn sampling_and_skew_are_handled() {
    let summary = ingest_spans(&[
        span("a", 1, 0).server().set("traceState", "ot=th:c"),
        span("a", 2, 1).client().set("traceState", "ot=th:c").time(10, 20),
        span("b", 3, 2).server().set("traceState", "ot=th:c").time(5, 12),
    ]);
    let calls = total(&summary, "a", "b");
    assert_eq!((calls.calls, calls.adjusted, calls.skewed), (1, 4000, 1));
    assert_eq!(calls.latency.quantile(0.5).map(|ns| ns.round() / 1e7 > 0.99), Some(true));
    assert_eq!(summary.spans.odd["sampled"], 3);
}

fn system(traces: std::ops::Range<u64>) -> Vec<Span> {
    let mut spans = Vec::new();
    for n in traces {
        let t = format!("{:016x}{:016x}", n * 77 + 5, n * n + 11);
        let fail = |s: Span, yes: bool| if yes { s.failed() } else { s };
        spans.push(fail(span("front", 1, 0).server().named(&format!("GET /{}", n % 3)), n % 7 == 0).trace(&t));
        spans.push(fail(span("front", 2, 1).client(), n % 5 == 0).trace(&t).set("traceState", "ot=th:8"));
        spans.push(span("cart", 3, 2).server().named("get").trace(&t));
        spans.push(span("cart", 4, 3).client().with("db.system", "redis").with("server.address", "cache").trace(&t));
        spans.push(
            span("front", 5, 1)
                .producer()
                .with("messaging.system", "kafka")
                .with("messaging.destination.name", "o")
                .trace(&t),
        );
        if n % 4 == 0 {
            spans.push(span("cart", 3, 2).server().named("get").trace(&t));
        }
    }
    spans
}

/// Halves split by trace, ingested apart and merged, are byte for byte the whole, also by way of files.
#[test]
fn merged_halves_are_the_whole() {
    let whole = ingest_spans(&system(0..200));
    let (mut one, other) = (ingest_spans(&system(0..90)), ingest_spans(&system(90..200)));
    let files = ingest_texts(&[&bytes(&one), &bytes(&other)], 2, Options::default());
    one.merge(other);
    assert_eq!(bytes(&one), bytes(&whole));
    assert_eq!(bytes(&files.summary), bytes(&whole));
    assert_eq!(files.inventory.spans.seen, whole.spans.seen);
    assert_eq!(Summary::read(bytes(&whole).as_bytes(), &"f".into()).unwrap(), whole);
}

/// However many messages summaries list, all of them meet; but what is written lists the lowest only, and counts the others.
#[test]
fn listed_messages_are_bounded() {
    let header = r#"{"schema":"linchpin.edges/1","spans":{"seen":0,"used":0,"odd":{"unlinked":1}}}"#;
    let to = r#"{"node":{"kind":"queue","system":"kafka","name":"orders"}}"#;
    let handler =
        r#"{"by":{"service":{"name":"b"},"name":"process","adjusted":1000,"first":true},"messages":[[79998,5]]}"#;
    let shard = |first: u64| {
        let messages: Vec<String> = (first..80_000).step_by(2).map(|n| n.to_string()).collect();
        format!("{{\"sent\":{{\"to\":{to},\"messages\":[{}]}}}}\n", messages.join(","))
    };
    let shards = [format!("{header}\n{}", shard(0)), format!("{header}\n{}{{\"handler\":{handler}}}\n", shard(1))];
    let both = ingest_texts(&[&shards[0], &shards[1]], 2, Options::default()).summary;
    assert_eq!(edges(&both), ["b -> queue:kafka/orders (consume) 1"]);
    assert_eq!((both.spans.odd["unlinked"], both.spans.odd["unlisted"]), (1, 80_000 - 65_536));
    let listed = bytes(&both);
    assert!(listed.contains(",65535]") && !listed.contains(",65536"));
    assert_eq!(listed.lines().map(str::len).max().unwrap() / 1000, 24, "lines are cut");
    let one = ingest_texts(&[&shards.concat()], 1, Options::default()).summary;
    assert_eq!(bytes(&one), listed);
}

/// Framed messages that fill many blocks, some of them compressed, are those of the lines; what is wrong with one is said
/// with its number in the file.
#[test]
fn frames_fill_many_blocks() {
    let lines = lines(&system(0..700));
    let frame = |message: &[u8]| [&u32::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat();
    let mut framed = Vec::new();
    for (i, line) in lines.lines().enumerate() {
        let packed = if i % 5 == 0 { zstd::encode_all(line.as_bytes(), 1).unwrap() } else { line.as_bytes().to_vec() };
        framed.extend(frame(&packed));
    }
    assert!(framed.len() > 1 << 20, "{}", framed.len());
    let whole = ingest_texts(&[&lines], 2, Options::default());
    let count = lines.lines().count();
    for threads in [1, 2] {
        let found = ingest_files(&[&framed], threads, Options::default());
        assert!(bytes(&found.summary) == bytes(&whole.summary), "{threads} threads");
        assert_eq!(found.inventory.documents.used as usize, count);
    }
    for (tail, reason) in [
        (&[0, 0, 1, 0, b'{'][..], "the file is cut off within it"),
        (&[0, 0], "the file is cut off within its length"),
        (&[0xff; 9], "its length, 4294967295 bytes, is beyond any real message"),
    ] {
        let found = ingest_files(&[&[framed.as_slice(), tail].concat()], 2, Options::default());
        assert!(bytes(&found.summary) == bytes(&whole.summary), "{reason}");
        let [problem] = &found.inventory.problems[..] else { panic!("{:?}", found.inventory.problems) };
        assert_eq!(problem.reason, format!("message {}: {reason}", count + 1));
    }
}

/// The same spans give the same bytes in any order, in any number of files, on any number of threads, in memory or not.
#[test]
fn order_threads_and_memory_do_not_matter() {
    let expected = bytes(&ingest_spans(&system(0..100)));
    let mut spans = system(0..100);
    spans.reverse();
    let text = lines(&spans);
    let mut files: Vec<String> = vec![String::new(); 7];
    for (i, line) in text.lines().enumerate() {
        files[i % 7] += &format!("{line}\n");
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    for threads in [1, 3] {
        for spans_in_memory in [0, 50, 1_000_000] {
            let ingested = ingest_texts(&files, threads, Options { spans_in_memory });
            assert_eq!(bytes(&ingested.summary), expected, "{threads} threads, {spans_in_memory} spans");
            assert_eq!(ingested.inventory.files.used, 7);
        }
    }
}

/// What is no trace export is refused with a reason, and costs nothing else.
#[test]
fn other_files_are_refused() {
    let good = lines(&system(0..1));
    let ingested = ingest_texts(
        &["hello", &good, "", "{\"schema\":\"linchpin.edges/9\",\"spans\":{\"seen\":0,\"used\":0}}\n"],
        2,
        Options::default(),
    );
    assert_eq!(ingested.summary.spans.seen, 6);
    assert_eq!((ingested.inventory.files.seen, ingested.inventory.files.failed), (4, 2));
    let reasons: Vec<String> = ingested.inventory.problems.iter().map(ToString::to_string).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons[2].contains("another version"), "{reasons:?}");
}

/// A broken summary is refused whole.
#[test]
fn broken_summaries_are_refused() {
    let good = bytes(&ingest_spans(&system(0..3)));
    for broken in [
        good.replace("\"mode\":\"call\"", "\"mode\":\"shout\""),
        good.replace("\"used\":", "\"used\":1"),
        good.replacen("\"latency\":[[", "\"latency\":[[65000,1],[", 1),
        good[..good.len() - 10].to_owned(),
    ] {
        assert!(Summary::read(broken.as_bytes(), &"f".into()).is_err());
    }
}
