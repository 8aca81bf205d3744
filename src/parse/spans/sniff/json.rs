//! JSON dialects, told apart by the keys of the first document.

use super::super::json::{Broken, Cursor};
use super::{Format, Layout, READABLE, Sniffed};

/// Recognises JSON text whose end may be missing; it begins with a bracket.
pub(super) fn sniff(text: &[u8]) -> Sniffed {
    let mut cursor = Cursor::new(text, 1);
    let found = match text.first() {
        Some(b'[') => list(&mut cursor, 0),
        _ => object(&mut cursor, 0),
    };
    match found {
        Ok(Found::Spans(format, layout)) if layout != Layout::Nested || format == Format::Otlp => {
            Sniffed::Traces(format, if is_lines(text) { Layout::Lines } else { layout })
        }
        Ok(Found::Spans(format, layout)) => Sniffed::Traces(format, layout),
        Ok(Found::Other(reason, remedy)) => Sniffed::other(reason, remedy),
        Ok(Found::Foreign(reason)) => Sniffed::foreign(reason),
        Err(Broken::Truncated) => Sniffed::other("JSON that ends too early to tell what it is", READABLE),
        Err(broken) => Sniffed::other(format!("broken JSON: {broken} on line {}", cursor.line()), READABLE),
    }
}

/// Whether the first value is an object on a line of its own.
fn is_lines(text: &[u8]) -> bool {
    let mut first = Vec::new();
    let mut cursor = Cursor::new(text, 1);
    let whole = cursor.copy(&mut first).is_ok() && first.starts_with(b"{") && !first.contains(&b'\n');
    let rest = text.get(first.len()..).unwrap_or_default();
    whole && rest.iter().take_while(|byte| byte.is_ascii_whitespace()).any(|&byte| byte == b'\n')
}

/// Objects inside objects that are looked into; no dialect has more.
const MAX_DEPTH: u8 = 4;

enum Found {
    Spans(Format, Layout),
    Other(String, &'static str),
    Foreign(String),
}

type Finding = Result<Found, Broken>;

/// A list is what its first element is.
fn list(cursor: &mut Cursor<&[u8]>, depth: u8) -> Finding {
    cursor.peek()?;
    cursor.bump();
    if !cursor.element()? {
        return Ok(Found::Other("an empty list".to_owned(), "check that the export holds any spans"));
    }
    match cursor.peek()? {
        Some(b'{') => match object(cursor, depth + 1)? {
            // Elements of a list are records as they stand.
            Found::Spans(format, _) => Ok(Found::Spans(format, Layout::Values)),
            other => Ok(other),
        },
        Some(b'[') if depth == 0 => list(cursor, 1),
        _ => Ok(Found::Foreign("a list that holds no spans".to_owned())),
    }
}

/// Keys that decide at once, wherever they stand among others; otherwise all keys together.
fn object(cursor: &mut Cursor<&[u8]>, depth: u8) -> Finding {
    if depth > MAX_DEPTH {
        return Ok(unknown(&[]));
    }
    cursor.bump();
    let mut keys: Vec<String> = Vec::new();
    let ended = loop {
        let key = match cursor.member() {
            Ok(Some(key)) => key,
            Ok(None) => break Ok(()),
            Err(broken) => break Err(broken),
        };
        match key.as_str() {
            "resourceSpans" | "resource_spans" | "resourceLogs" | "resource_logs" | "resourceMetrics"
            | "resource_metrics" | "resourceProfiles" | "resource_profiles" => {
                return Ok(Found::Spans(Format::Otlp, Layout::Nested));
            }
            "batches" => return Ok(Found::Spans(Format::Tempo, Layout::Nested)),
            // One element of `resourceSpans`, as Java's logging exporter writes it.
            "scopeSpans" | "scope_spans" => return Ok(Found::Spans(Format::Otlp, Layout::Values)),
            "trace" | "result" if cursor.peek()? == Some(b'{') => {
                return Ok(match object(cursor, depth + 1)? {
                    Found::Spans(Format::Otlp | Format::Tempo, _) => Found::Spans(Format::Tempo, Layout::Nested),
                    _ => unknown(&[key]),
                });
            }
            "data" => return data(cursor, depth + 1),
            "hits" | "_source" => {
                let layout = if key == "hits" { Layout::Nested } else { Layout::Values };
                return Ok(Found::Spans(Format::Jaeger, layout));
            }
            "spans" if cursor.peek()? == Some(b'[') => return Ok(Found::Spans(Format::Jaeger, Layout::Values)),
            "schema" => {
                let mut value = Vec::new();
                cursor.copy(&mut value)?;
                if value.starts_with(b"\"linchpin.edges/") {
                    return Ok(Found::Spans(Format::Edges, Layout::Lines));
                }
                keys.push(key);
                continue;
            }
            _ => {}
        }
        keys.push(key);
        if let Err(broken) = cursor.skip() {
            break Err(broken);
        }
    };
    match (by_keys(&keys), ended) {
        (Some(found), _) => Ok(found),
        (None, Ok(())) => Ok(unknown(&keys)),
        (None, Err(broken)) => Err(broken),
    }
}

/// `data` of an answer of Jaeger's API.
fn data(cursor: &mut Cursor<&[u8]>, depth: u8) -> Finding {
    let jaeger = Found::Spans(Format::Jaeger, Layout::Nested);
    match cursor.peek()? {
        Some(b'[') => {}
        // An answer that says why there is no trace.
        Some(b'n') => return Ok(jaeger),
        _ => return Ok(unknown(&["data".to_owned()])),
    }
    cursor.bump();
    if !cursor.element()? {
        return Ok(jaeger);
    }
    match cursor.peek()? {
        Some(b'{') => Ok(match object(cursor, depth)? {
            Found::Spans(Format::Jaeger, _) => jaeger,
            Found::Spans(Format::JaegerDependencies, _) => Found::Spans(Format::JaegerDependencies, Layout::Nested),
            _ => unknown(&["data".to_owned()]),
        }),
        _ => Ok(Found::Other("a list of names, not of traces".to_owned(), "export traces: `/api/traces?service=NAME`")),
    }
}

/// What an object is by all of its keys.
fn by_keys(keys: &[String]) -> Option<Found> {
    let has = |names: &[&str]| names.iter().any(|name| keys.iter().any(|key| key == name));
    if has(&["parent"]) && has(&["child"]) && has(&["callCount"]) {
        return Some(Found::Spans(Format::JaegerDependencies, Layout::Values));
    }
    if has(&["startTimeUnixNano"]) {
        let reason = "OTLP spans without their resource, so without the service they belong to";
        return Some(Found::Other(reason.to_owned(), "export whole `resourceSpans`"));
    }
    if has(&["spanID", "spanId"]) && has(&["traceID", "traceId", "traceIdLow"]) {
        return Some(Found::Spans(Format::Jaeger, Layout::Values));
    }
    if has(&["traceId"]) && has(&["id"]) {
        return Some(if has(&["binaryAnnotations"]) {
            Found::Other("Zipkin JSON of version 1".to_owned(), "export version 2: `/api/v2/traces`")
        } else {
            Found::Spans(Format::Zipkin, Layout::Values)
        });
    }
    if has(&["traces"]) {
        let reason = "search results, which name traces and hold no spans";
        return Some(Found::Other(reason.to_owned(), "export the traces themselves: `/api/traces/<id>`"));
    }
    None
}

fn unknown(keys: &[String]) -> Found {
    let shown: Vec<String> =
        keys.iter().take(4).map(|key| format!("{:?}", key.chars().take(40).collect::<String>())).collect();
    let keys = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
    Found::Foreign(format!("JSON that is no trace export (keys: {keys})"))
}
