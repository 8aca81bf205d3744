//! Broken and malicious inputs: nothing crashes, and what could be read is kept.

use crate::recorder::Recorder;
use crate::same::{FILES, bytes, frame, gzip, quick_gzip};

/// Whatever is cut off, the spans that come are the first ones of the whole, and the cut is said or costs nothing.
#[test]
fn truncated_inputs_keep_what_stands_before_the_cut() {
    for (name, ..) in FILES {
        let whole = bytes(name);
        let all = Recorder::of(&whole).spans;
        // Small files are cut at every byte.
        let step = if whole.len() < 4_000 { 1 } else { 97 };
        for cut in (0..whole.len()).step_by(step).chain(whole.len() - 4..whole.len()) {
            let read = Recorder::of(&whole[..cut]);
            assert!(read.spans.len() <= all.len(), "{name} cut at {cut}");
            // A process may stand behind the cut, so only the spans themselves are compared.
            let ids = |lines: &[String]| -> Vec<String> {
                lines.iter().map(|line| line.rsplit("] ").next().unwrap_or_default().to_owned()).collect()
            };
            assert_eq!(ids(&read.spans), ids(&all)[..read.spans.len()], "{name} cut at {cut}");
            // Lines and frames may end anywhere; other documents may not.
            let may_end = name.ends_with('l') || name.ends_with("pb");
            let said = !read.problems.is_empty();
            assert!(said || may_end || read.spans.len() == all.len(), "{name} cut at {cut}");
        }
    }
}

/// A cut is said before smaller faults, in the words of its format.
#[test]
fn cuts_are_said_first() {
    let zipkin: &[u8] = br#"[{"traceId":"a","id":"1"},{"traceId":"a","id":""},{"traceId":"a","id":"2"}, "#;
    let (message, framed) = (bytes("otlp.pb"), bytes("otlp-framed.pb"));
    let cases = [
        (zipkin, 2, "in:1: the JSON ends too early", " (and 1 more in this document)"),
        (&message[..message.len() - 1], 6, "the message is cut off", "nothing behind it"),
        (&framed[..framed.len() - 1], 6, "message 3: the file is cut off within it", "nothing behind it"),
        (&framed[..2], 0, "binary data that is no trace export", ""),
    ];
    for (input, spans, reason, more) in cases {
        let read = Recorder::of(input);
        assert_eq!((read.spans.len(), read.problems.len()), (spans, 1), "{:?}", read.problems);
        assert!(read.problems[0].contains(reason) && read.problems[0].contains(more), "{:?}", read.problems);
    }
}

/// Any byte may be wrong: no crash, never more spans than there are.
#[test]
fn damaged_inputs_do_no_harm() {
    for (name, ..) in FILES {
        let whole = bytes(name);
        for (at, with) in (0..whole.len()).step_by(61).zip(b"\"{}[],:\\\0\xff\x0a".iter().cycle()) {
            let mut damaged = whole.clone();
            damaged[at] = *with;
            assert!(Recorder::of(&damaged).spans.len() <= 7, "{name} with {with} at {at}");
        }
    }
}

/// Nesting of any depth, wherever it stands, costs at most the span that holds it.
#[test]
fn deep_nesting_costs_only_its_span() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let zipkin = format!(r#"[{{"traceId":"a","id":"1","tags":{{"x":{deep}}}}},{{"traceId":"a","id":"2"}}]"#);
    let jaeger = format!(r#"{{"spans":[{{"traceID":"a","spanID":"1","x":{deep}}},{{"traceID":"a","spanID":"2"}}]}}"#);
    for input in [zipkin, jaeger] {
        let read = Recorder::of(input.as_bytes());
        assert_eq!((read.spans.len(), read.dropped.as_slice()), (1, &["unreadable"][..]));
        assert!(read.spans[0].contains("a/2"));
        assert_eq!(read.problems.len(), 1, "{:?}", read.problems);
    }
    for opening in ["[", "{\"data\":[", "{\"trace\":", "{\"result\":", "{\"hits\":", "{\"_source\":", "{\"x\":"] {
        let read = Recorder::of(opening.repeat(100_000).as_bytes());
        assert!(read.spans.is_empty() && read.problems.len() == 1, "{opening}: {:?}", read.problems);
    }
    let closed = format!("{}{}", "{\"_source\":".repeat(1_000), "}".repeat(1_000));
    let read = Recorder::of(closed.as_bytes());
    assert!(read.spans.is_empty() && read.problems.len() == 1, "{:?}", read.problems);
}

/// A broken element costs none of its neighbours.
#[test]
fn broken_elements_cost_only_themselves() {
    let cases = [
        r#"[{"traceId":"a","id":"1"},{"traceId":"a","id":1e999},{"traceId":"a","id":nope},7,{"traceId":"a","id":"2"}]"#,
        r#"[[{"traceId":"a","id":"1"},{"id":}],[{"traceId":"a" "id":"3"},{"traceId":"a","id":"2"}]]"#,
        r#"{"data":[{"spans":[{"traceID":"a","spanID":"1"},{"x":tru}]},{"spans":[["a"],{"traceID":"a","spanID":"2"}]}]}"#,
    ];
    for input in cases {
        let read = Recorder::of(input.as_bytes());
        assert_eq!(read.spans.len(), 2, "{input}: {:?}", read.problems);
        assert!(!read.dropped.is_empty() && read.problems.len() == 1, "{input}: {:?}", read.problems);
    }
    let lines = b"{\"traceId\":\"a\",\"id\":\"1\"}\nnoise\n{\"traceId\":\n{\"traceId\":\"a\",\"id\":\"2\"}\n";
    let read = Recorder::of(lines);
    assert_eq!((read.spans.len(), read.documents, read.problems.len()), (2, 2, 2));
    assert!(read.problems[0].starts_with("in:2:") && read.problems[1].starts_with("in:3:"), "{:?}", read.problems);
}

/// Text that is not UTF-8 spoils only the values it stands in.
#[test]
fn bytes_that_are_no_text_spoil_only_themselves() {
    let read = Recorder::of(b"[{\"traceId\":\"a\",\"id\":\"1\",\"name\":\"\xff\"}]");
    assert_eq!((read.spans.as_slice(), read.problems.len()), (&["[] a/1 Internal \"\u{fffd}\"".to_owned()][..], 0));
}

/// Compressed data that is cut off gives what was there before.
#[test]
fn truncated_compression_keeps_what_was_read() {
    let lines: String = (1..20_000).map(|i| format!("{{\"traceId\":\"a\",\"id\":\"{:x}\"}}\n", i * 7919)).collect();
    for packed in [quick_gzip(lines.as_bytes()), zstd::encode_all(lines.as_bytes(), 1).unwrap()] {
        let read = Recorder::of(&packed[..packed.len() * 3 / 4]);
        assert!(read.spans.len() > 1_000, "{}", read.spans.len());
        assert!(read.problems.iter().any(|p| p.ends_with("the compressed data is cut off")), "{:?}", read.problems);
    }
}

/// However a small compressed file is cut, whole or in frames, it gives first spans of the whole and one reason.
#[test]
fn compressed_files_may_be_cut_at_every_byte() {
    let (lines, message) = (bytes("otlp.jsonl"), bytes("otlp.pb"));
    let packed = zstd::encode_all(&message[..], 1).unwrap();
    for whole in [quick_gzip(&lines), zstd::encode_all(&lines[..], 1).unwrap(), frame([packed.as_slice()].into_iter())]
    {
        let all = Recorder::of(&whole).spans;
        assert_eq!(all.len(), 7);
        for cut in 0..whole.len() {
            let read = Recorder::of(&whole[..cut]);
            assert_eq!(read.spans, all[..read.spans.len()], "cut at {cut}");
            // Whole lines may be there although the checksum behind them is not.
            assert!(read.problems.len() == 1 || read.spans.len() == 7, "cut at {cut}: {:?}", read.problems);
        }
    }
}

/// Bombs of each compression are stopped, whole or in frames.
#[test]
fn bombs_are_stopped() {
    let mut zeros = br#"[{"traceId":"a","id":"1"},{"traceId":""#.to_vec();
    zeros.resize(100 << 20, b'0');
    let zst = zstd::encode_all(&zeros[..], 1).unwrap();
    let gz = gzip(&zeros, flate2::Compression::best());
    for bomb in [gz, zst.clone(), frame([zst.as_slice()].into_iter())] {
        let read = Recorder::of(&bomb);
        assert!(read.problems.iter().any(|p| p.contains("bomb")), "{:?}", read.problems);
        assert!(read.spans.len() <= 1);
    }
}

/// Frames: a broken one costs only itself, a wrong length costs what follows.
#[test]
fn broken_frames_are_said() {
    let good = bytes("otlp-framed.pb");
    let packed = zstd::encode_all(&bytes("otlp.pb")[..], 1).unwrap();
    let mut damaged = packed.clone();
    damaged.truncate(packed.len() - 9);
    let mixed = frame([packed.as_slice(), damaged.as_slice(), packed.as_slice()].into_iter());
    let read = Recorder::of(&mixed);
    assert_eq!((read.spans.len(), read.documents, read.problems.len()), (14, 2, 1), "{:?}", read.problems);
    assert!(read.problems[0].contains("message 2: the compressed data is cut off"), "{:?}", read.problems);

    let wrong = [good.as_slice(), &[0xff; 4], b"rest"].concat();
    let read = Recorder::of(&wrong);
    assert_eq!((read.spans.len(), read.problems.len()), (7, 1), "{:?}", read.problems);
    assert!(read.problems[0].contains("message 4: its length"), "{:?}", read.problems);
}

/// Nothing but broken lines does not fill memory with problems.
#[test]
fn endless_broken_lines_are_given_up() {
    let lines = format!("{{\"traceId\":\"a\",\"id\":\"1\"}}\n{}", "x\n".repeat(5_000));
    let read = Recorder::of(lines.as_bytes());
    assert_eq!((read.spans.len(), read.problems.len()), (1, 1_001));
    assert!(read.problems[1_000].contains("the rest of the file is left out"), "{:?}", read.problems[1_000]);
}
