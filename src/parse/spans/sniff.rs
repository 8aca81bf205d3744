//! What an input is, by its first bytes: names of files are not looked at.

mod json;
mod protobuf;

use super::decompress::Compression;

/// Number of bytes that [`sniff`] wants to see, if there are as many: enough for one whole line of most exports.
pub const HEAD: usize = 1 << 20;

/// What a trace export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OpenTelemetry's `TracesData`: JSON, or protobuf in [`Layout::Message`] and [`Layout::Frames`]. Frames may hold
    /// either: a JSON message begins with `{`.
    Otlp,
    /// Tempo's JSON: OTLP under other keys.
    Tempo,
    /// Jaeger's JSON: answers of its API, traces, batches, span documents.
    Jaeger,
    /// Zipkin's JSON of version 2.
    Zipkin,
    /// Jaeger's list of calls between services, which are no spans.
    JaegerDependencies,
    /// linchpin's own edge summary.
    Edges,
}

impl Format {
    /// Name as people use it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Otlp => "OTLP",
            Format::Tempo => "Tempo JSON",
            Format::Jaeger => "Jaeger JSON",
            Format::Zipkin => "Zipkin JSON",
            Format::JaegerDependencies => "Jaeger dependencies",
            Format::Edges => "linchpin edges",
        }
    }
}

/// How records stand in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One JSON document a line.
    Lines,
    /// JSON documents of any shape: a list's elements are records, any other is one record.
    Values,
    /// JSON objects that hold lists of records.
    Nested,
    /// Messages with their length in front, possibly compressed one by one.
    Frames,
    /// One protobuf message.
    Message,
}

/// What the first bytes of an input say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// Nothing but white space.
    Empty,
    /// Compressed; what is inside has to be sniffed again.
    Compressed(Compression),
    /// A trace export, or OTLP of another signal: files may mix them, and decoders leave those aside.
    Traces(Format, Layout),
    /// Something else.
    Other {
        /// Why it cannot be read, as a fragment.
        reason: String,
        /// What to do instead.
        remedy: &'static str,
        /// It never was telemetry: documentation, a manifest, a picture. What lies beside exports is left aside then.
        foreign: bool,
    },
}

impl Sniffed {
    fn other(reason: impl Into<String>, remedy: &'static str) -> Self {
        Sniffed::Other { reason: reason.into(), remedy, foreign: false }
    }

    fn foreign(reason: impl Into<String>) -> Self {
        Sniffed::Other { reason: reason.into(), remedy: READABLE, foreign: true }
    }
}

/// What to give instead of something that is no trace export.
const READABLE: &str = "give OTLP (JSON or protobuf), or the JSON of Tempo, Jaeger or Zipkin v2";

/// Recognises an input by its first [`HEAD`] bytes, or all of it if it is shorter.
pub fn sniff(head: &[u8]) -> Sniffed {
    if let Some(compression) = Compression::sniff(head) {
        return Sniffed::Compressed(compression);
    }
    if let Some(layout) = protobuf::sniff(head) {
        return Sniffed::Traces(Format::Otlp, layout);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match text {
        [] => Sniffed::Empty,
        [b'{' | b'[', ..] => json::sniff(text),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Sniffed::other("text in UTF-16", "convert it to UTF-8"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] | [b'B', b'Z', b'h', ..] | [4, 0x22, 0x4d, 0x18, ..] => {
            Sniffed::other("compressed by xz, bzip2 or lz4", "decompress it first, or use gzip or zstd")
        }
        [b'P', b'A', b'R', b'1', ..] => Sniffed::other("Parquet, which linchpin does not read", READABLE),
        [b'P', b'K', 3, 4, ..] => Sniffed::other("a zip archive", "unpack it first"),
        _ if is_tar(head) => Sniffed::other("a tar archive", "unpack it first"),
        _ if text.starts_with(b"resourceSpans:") => Sniffed::other("OTLP written as YAML", "convert it to JSON"),
        _ if head.contains(&0) => Sniffed::foreign("binary data that is no trace export"),
        _ => Sniffed::foreign("text that is no trace export"),
    }
}

fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}
