//! OTLP of any size in the shape of the collector's file exporter: the same spans as JSON lines and as length-framed
//! protobuf. Traces are trees of services that call each other; spans of one trace come in different messages.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

const SERVICES: u64 = 300;
const SPANS_OF_RESOURCE: usize = 25;
const RESOURCES_OF_MESSAGE: usize = 4;

/// What was written.
pub struct Made {
    pub spans: u64,
}

/// Good enough to spread things (xorshift), and the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

struct Span {
    trace: u128,
    id: u64,
    parent: u64,
    kind: u8,
    start: u64,
    duration: u64,
    failed: bool,
    exception: bool,
    attributes: Vec<(&'static str, String, bool)>,
}

/// Writes about `bytes` of JSON to one file and the same spans to the other.
pub fn write(bytes: u64, json: &Path, proto: &Path) -> io::Result<Made> {
    let (mut json, mut proto) = (BufWriter::new(File::create(json)?), BufWriter::new(File::create(proto)?));
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let callees: Vec<Vec<u64>> = (0..SERVICES).map(|_| (0..5).map(|_| random.below(SERVICES)).collect()).collect();
    let mut waiting: BTreeMap<u64, Vec<Span>> = BTreeMap::new();
    let (mut written, mut spans, mut ready) = (0, 0, Vec::new());
    while written < bytes {
        trace(&mut random, &callees, &mut waiting);
        let full: Vec<u64> = waiting.iter().filter(|(_, s)| s.len() >= SPANS_OF_RESOURCE).map(|(k, _)| *k).collect();
        ready.extend(full.into_iter().filter_map(|service| Some((service, waiting.remove(&service)?))));
        while ready.len() >= RESOURCES_OF_MESSAGE {
            let message: Vec<(u64, Vec<Span>)> = ready.drain(..RESOURCES_OF_MESSAGE).collect();
            spans += message.iter().map(|(_, spans)| spans.len() as u64).sum::<u64>();
            let line = as_json(&message);
            written += line.len() as u64;
            json.write_all(line.as_bytes())?;
            let frame = as_proto(&message);
            proto.write_all(&(frame.len() as u32).to_be_bytes())?;
            proto.write_all(&frame)?;
        }
    }
    json.flush()?;
    proto.flush()?;
    Ok(Made { spans })
}

fn trace(random: &mut Random, callees: &[Vec<u64>], waiting: &mut BTreeMap<u64, Vec<Span>>) {
    let trace = u128::from(random.next()) << 64 | u128::from(random.next());
    let start = 1_720_000_000_000_000_000 + random.below(86_400_000_000_000);
    let mut servers = vec![(random.below(SERVICES), 0)];
    for depth in 0..8 {
        let (caller, parent) = servers[random.below(servers.len() as u64) as usize];
        let callee = callees[caller as usize][random.below(5) as usize];
        let (client, server) = (random.next(), random.next());
        for (service, id, parent, kind) in [(caller, client, parent, 3), (callee, server, client, 2)] {
            let text = |key, value: String| (key, value, false);
            let number = |key, value: u64| (key, value.to_string(), true);
            let host = format!("svc-{callee}.team-{}.svc.cluster.local", callee % 17);
            let url = format!("http://{host}:8080/api/v1/items/{}?q=a%20b&page=2", random.below(100_000));
            waiting.entry(service).or_default().push(Span {
                trace,
                id,
                parent,
                kind,
                start: start + depth * 1_000_000,
                duration: random.below(500_000_000),
                failed: random.below(20) == 0,
                exception: random.below(10) == 0,
                attributes: vec![
                    text("http.request.method", "GET".into()),
                    text("network.protocol.version", "1.1".into()),
                    text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36".into()),
                    text("thread.name", "http-nio-8080-exec-\"3\"".into()),
                    text("url.full", url),
                    text("server.address", host),
                    number("server.port", 8080),
                    number("http.response.status_code", 200),
                    text("peer.service", format!("svc-{callee}")),
                    number("thread.id", random.below(500)),
                ],
            });
        }
        servers.push((callee, server));
    }
}

fn resource(service: u64) -> Vec<(&'static str, String, bool)> {
    let text = |key, value: String| (key, value, false);
    vec![
        text("service.name", format!("svc-{service}")),
        text("service.namespace", format!("team-{}", service % 17)),
        text("service.instance.id", format!("{service:016x}-{service:016x}")),
        text("k8s.pod.name", format!("svc-{service}-7d9f8b6c5-x2b4z")),
        text("k8s.namespace.name", "prod".into()),
        text("telemetry.sdk.language", "java".into()),
        text("telemetry.sdk.version", "1.38.0".into()),
        text("process.command_line", "/usr/bin/java -Xmx512m -jar \"/app/app.jar\"".into()),
        text("host.name", format!("ip-10-0-{}.ec2.internal", service % 255)),
    ]
}

const STACK: &str = "at com.example.shop.Client.call(Client.java:42)\n\tat com.example.Foo.bar(Foo.java:17)\n";

fn exception() -> Vec<(&'static str, String, bool)> {
    vec![
        ("exception.type", "java.net.SocketTimeoutException".into(), false),
        ("exception.stacktrace", STACK.repeat(8), false),
    ]
}

fn as_json(message: &[(u64, Vec<Span>)]) -> String {
    let attributes = |attributes: &[(&str, String, bool)]| {
        let one = |(key, value, number): &(&str, String, bool)| {
            let field = if *number { "intValue" } else { "stringValue" };
            format!(r#"{{"key":"{key}","value":{{"{field}":{}}}}}"#, serde_json::to_string(value).unwrap())
        };
        attributes.iter().map(one).collect::<Vec<_>>().join(",")
    };
    let span = |s: &Span| {
        let parent = if s.parent == 0 { String::new() } else { format!("{:016x}", s.parent) };
        let events = if s.exception {
            format!(
                r#""events":[{{"timeUnixNano":"{}","name":"exception","attributes":[{}]}}],"#,
                s.start,
                attributes(&exception())
            )
        } else {
            String::new()
        };
        format!(
            r#"{{"traceId":"{:032x}","spanId":"{:016x}","parentSpanId":"{parent}","flags":257,"name":"GET /api/v1/items/{{id}}","kind":{},"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{}],{events}"status":{}}}"#,
            s.trace,
            s.id,
            s.kind,
            s.start,
            s.start + s.duration,
            attributes(&s.attributes),
            if s.failed { r#"{"code":2}"# } else { "{}" }
        )
    };
    let resource_spans = |(service, spans): &(u64, Vec<Span>)| {
        format!(
            r#"{{"resource":{{"attributes":[{}]}},"scopeSpans":[{{"scope":{{"name":"io.opentelemetry.tomcat-10.0","version":"2.4.0-alpha"}},"spans":[{}]}}],"schemaUrl":"https://opentelemetry.io/schemas/1.24.0"}}"#,
            attributes(&resource(*service)),
            spans.iter().map(span).collect::<Vec<_>>().join(",")
        )
    };
    format!("{{\"resourceSpans\":[{}]}}\n", message.iter().map(resource_spans).collect::<Vec<_>>().join(","))
}

fn as_proto(message: &[(u64, Vec<Span>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (service, spans) in message {
        let mut resource_spans = Vec::new();
        let mut resource_message = Vec::new();
        resource(*service).iter().for_each(|a| field(1, &attribute(a), &mut resource_message));
        field(1, &resource_message, &mut resource_spans);
        let mut scope_spans = Vec::new();
        let mut scope = Vec::new();
        field(1, b"io.opentelemetry.tomcat-10.0", &mut scope);
        field(2, b"2.4.0-alpha", &mut scope);
        field(1, &scope, &mut scope_spans);
        spans.iter().for_each(|s| field(2, &span(s), &mut scope_spans));
        field(2, &scope_spans, &mut resource_spans);
        field(3, b"https://opentelemetry.io/schemas/1.24.0", &mut resource_spans);
        field(1, &resource_spans, &mut out);
    }
    out
}

fn span(s: &Span) -> Vec<u8> {
    let mut out = Vec::new();
    field(1, &s.trace.to_be_bytes(), &mut out);
    field(2, &s.id.to_be_bytes(), &mut out);
    if s.parent != 0 {
        field(4, &s.parent.to_be_bytes(), &mut out);
    }
    field(5, b"GET /api/v1/items/{id}", &mut out);
    number(6, u64::from(s.kind), &mut out);
    fixed(7, s.start, &mut out);
    fixed(8, s.start + s.duration, &mut out);
    s.attributes.iter().for_each(|a| field(9, &attribute(a), &mut out));
    if s.exception {
        let mut event = Vec::new();
        fixed(1, s.start, &mut event);
        field(2, b"exception", &mut event);
        exception().iter().for_each(|a| field(3, &attribute(a), &mut event));
        field(11, &event, &mut out);
    }
    let mut status = Vec::new();
    if s.failed {
        number(3, 2, &mut status);
    }
    field(15, &status, &mut out);
    out
}

fn attribute((key, value, is_number): &(&str, String, bool)) -> Vec<u8> {
    let mut any = Vec::new();
    if *is_number {
        number(3, value.parse().unwrap(), &mut any);
    } else {
        field(1, value.as_bytes(), &mut any);
    }
    let mut out = Vec::new();
    field(1, key.as_bytes(), &mut out);
    field(2, &any, &mut out);
    out
}

fn varint(mut n: u64, out: &mut Vec<u8>) {
    while n > 127 {
        out.push(n as u8 | 128);
        n >>= 7;
    }
    out.push(n as u8);
}

fn field(n: u64, bytes: &[u8], out: &mut Vec<u8>) {
    varint(n << 3 | 2, out);
    varint(bytes.len() as u64, out);
    out.extend(bytes);
}

fn number(n: u64, value: u64, out: &mut Vec<u8>) {
    varint(n << 3, out);
    varint(value, out);
}

fn fixed(n: u64, value: u64, out: &mut Vec<u8>) {
    varint(n << 3 | 1, out);
    out.extend(value.to_le_bytes());
}
