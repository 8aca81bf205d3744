//! One trace, written in every format and layout (`fixtures/traces/same`), gives the same spans in the same order.

use crate::recorder::Recorder;
use linchpin::parse::spans::{Format, Layout, open};
use std::io::Read;
use std::path::Path;

const EXPECTED: [&str; 7] = [
    "[service.name=gateway] af7651916cd43dd8448eb211c80319c/b7ad6b7169203331 Server \"GET /cart\" \
     1700000000000000000+250000000 Error http.request.method=GET,http.response.status_code=500",
    "[service.name=gateway] af7651916cd43dd8448eb211c80319c/f067aa0ba902b7<b7ad6b7169203331 Client \"Cart/Get\" \
     1700000000001000000+200000000 Error rpc.system=grpc,peer.service=cart,server.address=10.0.0.7,server.port=7070",
    "[service.name=gateway] af7651916cd43dd8448eb211c80319c/53995c3f42cd8ad8<b7ad6b7169203331 Producer \
     \"orders publish\" 1700000000210000000+3000000 messaging.system=kafka,messaging.destination.name=orders",
    "[service.name=cart,service.namespace=shop,k8s.pod.name=cart-6f9c-x2x] \
     af7651916cd43dd8448eb211c80319c/83887e5d7da921ba<f067aa0ba902b7 Server \"Cart/Get\" \
     1700000000001500000+198000000 Error ot=th:8 rpc.system=grpc",
    "[service.name=cart,service.namespace=shop,k8s.pod.name=cart-6f9c-x2x] \
     af7651916cd43dd8448eb211c80319c/c2c7a4f3d1b5e697<83887e5d7da921ba Internal \"load \\\"cart\\\"\" \
     1700000000002000000+90000000",
    "[service.name=cart,service.namespace=shop,k8s.pod.name=cart-6f9c-x2x] \
     af7651916cd43dd8448eb211c80319c/1a2b3c4d5e6f7081<c2c7a4f3d1b5e697 Client \"HGET\" \
     1700000000002500000+80000000 Ok db.system=redis,db.operation=HGET,server.address=redis-cart,server.port=6379",
    "[service.name=billing] 5b8efff798038103/abc Consumer \"orders process\" 1700000000215000000+40000000 \
     messaging.system=kafka,messaging.destination.name=orders ->af7651916cd43dd8448eb211c80319c/53995c3f42cd8ad8",
];

/// Every fixture with what it has to be recognised as.
pub const FILES: [(&str, Format, Layout); 18] = [
    ("otlp.json", Format::Otlp, Layout::Nested),
    ("otlp.jsonl", Format::Otlp, Layout::Lines),
    ("otlp-resources.jsonl", Format::Otlp, Layout::Lines),
    ("otlp-array.json", Format::Otlp, Layout::Values),
    ("otlp.pb", Format::Otlp, Layout::Message),
    ("otlp-framed.pb", Format::Otlp, Layout::Frames),
    ("tempo.json", Format::Tempo, Layout::Nested),
    ("tempo-v2.json", Format::Tempo, Layout::Nested),
    ("jaeger.json", Format::Jaeger, Layout::Nested),
    ("jaeger-traces.json", Format::Jaeger, Layout::Values),
    ("jaeger-spans.json", Format::Jaeger, Layout::Values),
    ("jaeger-elasticsearch.jsonl", Format::Jaeger, Layout::Lines),
    ("jaeger-elasticsearch-hits.json", Format::Jaeger, Layout::Nested),
    ("jaeger-thrift.json", Format::Jaeger, Layout::Values),
    ("jaeger-protobuf.json", Format::Jaeger, Layout::Values),
    ("zipkin.json", Format::Zipkin, Layout::Values),
    ("zipkin-traces.json", Format::Zipkin, Layout::Values),
    ("zipkin.jsonl", Format::Zipkin, Layout::Lines),
];

/// The bytes of a fixture.
pub fn bytes(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/traces/same").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn expect_trace(what: &str, bytes: &[u8]) {
    let read = Recorder::of(bytes);
    assert_eq!(read.problems, [""; 0], "{what}");
    assert_eq!(read.spans, EXPECTED, "{what}");
}

/// Every format and layout gives the same spans, and is recognised as what it is.
#[test]
fn all_formats_give_the_same_spans() {
    for (name, format, layout) in FILES {
        let bytes = bytes(name);
        let input = open(bytes.as_slice(), &name.into()).unwrap();
        assert_eq!((input.format, input.layout), (format, layout), "{name}");
        expect_trace(name, &bytes);
    }
}

/// A process that is written beside each of its spans is given to the sink once.
#[test]
fn repeated_processes_are_one_resource() {
    for name in
        ["jaeger-spans.json", "jaeger-elasticsearch.jsonl", "jaeger-protobuf.json", "zipkin.json", "zipkin.jsonl"]
    {
        assert_eq!(Recorder::of(&bytes(name)).resources.len(), 3, "{name}");
    }
}

/// Compression, also twice, changes nothing.
#[test]
fn compressed_formats_give_the_same_spans() {
    for (name, ..) in FILES {
        let bytes = bytes(name);
        expect_trace(&format!("{name} in gzip"), &quick_gzip(&bytes));
        expect_trace(&format!("{name} in zstd"), &zstd::encode_all(&bytes[..], 1).unwrap());
        expect_trace(&format!("{name} in both"), &quick_gzip(&zstd::encode_all(&bytes[..], 1).unwrap()));
    }
}

/// The collector's framing holds JSON or protobuf, each message compressed or not.
#[test]
fn framed_messages_give_the_same_spans() {
    let lines = bytes("otlp.jsonl");
    let json: Vec<&[u8]> = lines.split(|&b| b == b'\n').filter(|line| !line.is_empty()).collect();
    let framed = bytes("otlp-framed.pb");
    let proto = unframe(&framed);
    for (what, messages) in [("JSON", json), ("protobuf", proto)] {
        let packed: Vec<Vec<u8>> = messages.iter().map(|m| zstd::encode_all(*m, 1).unwrap()).collect();
        expect_trace(&format!("framed {what}"), &frame(messages.iter().copied()));
        expect_trace(&format!("framed {what} in zstd"), &frame(packed.iter().map(Vec::as_slice)));
    }
}

/// Byte order marks, Windows line ends and blank lines are harmless.
#[test]
fn text_may_be_dressed_up() {
    let lines = String::from_utf8(bytes("otlp.jsonl")).unwrap().replace('\n', "\r\n\r\n");
    expect_trace("marked lines", format!("\u{feff}\n{lines}").as_bytes());
    expect_trace("marked document", &[b"\xef\xbb\xbf", bytes("jaeger.json").as_slice()].concat());
}

/// Compresses as gzip.
pub fn gzip(bytes: &[u8], level: flate2::Compression) -> Vec<u8> {
    let mut packed = Vec::new();
    let read = flate2::read::GzEncoder::new(bytes, level).read_to_end(&mut packed);
    assert!(read.is_ok(), "reading memory cannot fail");
    packed
}

/// Compresses as gzip, quickly.
pub fn quick_gzip(bytes: &[u8]) -> Vec<u8> {
    gzip(bytes, flate2::Compression::fast())
}

/// Puts each message's length in front of it.
pub fn frame<'a>(messages: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    messages.flat_map(|m| [&(m.len() as u32).to_be_bytes()[..], m].concat()).collect()
}

fn unframe(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut messages = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (message, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        messages.push(message);
        bytes = rest;
    }
    messages
}
